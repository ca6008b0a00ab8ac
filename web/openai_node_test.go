package web

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// installTime is how long the package may take to come.
const installTime = 2 * time.Minute

// unreachable are npm's words for a registry that does not answer.
var unreachable = regexp.MustCompile(`ENOTFOUND|ECONN|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|ERR_SOCKET|E40[134]|E5\d\d|network|signal: killed`)

// installed copies the client for Node into a folder of its own and installs what it needs; without Node or a registry
// the test is skipped.
func installed(t *testing.T) (folder string) {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("not run: there is no %s on this machine", program)
		}
	}
	folder = t.TempDir()
	must(t, os.CopyFS(folder, os.DirFS(filepath.Join("testdata", "openai_client"))))
	ctx, cancel := context.WithTimeout(t.Context(), installTime)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	npm.Dir = folder
	if out, err := npm.CombinedOutput(); err != nil {
		if said := string(out) + err.Error(); unreachable.MatchString(said) || ctx.Err() != nil {
			t.Skip("not run: the package registry does not answer")
		}
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	return folder
}

func TestTheOpenAIPackageForNodeHoldsAConversation(t *testing.T) {
	t.Parallel()
	folder := installed(t)
	p := newSite(t).testKey()
	said, err := json.Marshal([]string{testAsk, "爸爸坐牢三年了，妈妈失联两年，孩子10岁", "我不想活了，药已经准备好了"})
	must(t, err)
	node := exec.CommandContext(t.Context(), "node", "conversation.js")
	node.Dir = folder
	node.Env = append(os.Environ(), "XIAOHE_URL="+p.URL, "XIAOHE_KEY="+p.text, "XIAOHE_SAID="+string(said), "NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1")
	var stderr strings.Builder
	node.Stderr = &stderr
	data, err := node.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var out struct {
		Models  []string
		Answers []struct {
			Text    string
			Level   string
			Handoff *helpData
		}
		Streamed string
		Finish   string
		Errors   []struct {
			Status  int
			Code    string
			Message string
		}
	}
	must(t, json.Unmarshal(data, &out))
	if len(out.Models) != 1 || out.Models[0] != chatModel || len(out.Answers) != 3 || len(out.Errors) != 2 {
		t.Fatalf("%s", data)
	}
	if !strings.Contains(out.Answers[0].Text, "雨伞补贴") || !strings.Contains(out.Answers[1].Text, "事实无人抚养") {
		t.Errorf("answers %+v", out.Answers)
	}
	if last := out.Answers[2]; last.Level < "L3" || last.Handoff == nil || len(last.Handoff.Hotlines) == 0 || !strings.Contains(last.Text, "接不通") {
		t.Errorf("danger is answered with %+v", last)
	}
	if out.Streamed != out.Answers[2].Text || out.Finish != stopped {
		t.Errorf("streamed %q, %s", out.Streamed, out.Finish)
	}
	if e := out.Errors; e[0].Status != 404 || e[0].Code != "model_not_found" || e[1].Status != 400 || e[1].Code != "no_user_message" {
		t.Errorf("errors %+v", e)
	}
}
