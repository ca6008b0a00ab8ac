package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/llm/llmtest"
	"xiaohe/database/dbtest"
	"xiaohe/knowledge"
)

func TestTheIndexIsBuiltAndUsedFromTheTerminal(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	if status, out, _ := p.run("index", "status"); status != 0 || !strings.Contains(out, "只按字词查找") {
		t.Errorf("without a model: %d %s", status, out)
	}
	if status, out, errOut := p.run("index", "rebuild"); status == 0 || out != "" || !strings.Contains(errOut, "--embed-url") {
		t.Errorf("rebuild without a model: %d %s %s", status, out, errOut)
	}
	s := llmtest.New(t)
	model := []string{"--embed-url", s.URL, "--embed-model", "bag"}
	with := func(args ...string) (int, string, string) { return p.run(append(args, model...)...) }
	file := filepath.Join(t.TempDir(), "通知.md")
	if err := os.WriteFile(file, []byte(notice), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, errOut := with("ingest", file); status != 0 || !strings.Contains(errOut, "xiaohe index rebuild") {
		t.Errorf("before there is an index: %d %s", status, errOut)
	}
	if status, out, errOut := with("index", "rebuild"); status != 0 || !strings.Contains(out, "按字词和意思一起查找，模型 bag") {
		t.Fatalf("rebuild: %d %s %s", status, out, errOut)
	}
	second := filepath.Join(t.TempDir(), "第二份.md")
	if err := os.WriteFile(second, []byte(strings.ReplaceAll(notice, "3号", "4号")), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, errOut := with("ingest", second); status != 0 {
		t.Errorf("ingest: %d %s", status, errOut)
	}
	status, out, errOut := with("index", "status", "--json")
	var index knowledge.Index
	if err := json.Unmarshal([]byte(out), &index); status != 0 || err != nil {
		t.Fatalf("%d %s %v", status, errOut, err)
	}
	if g := index.Generations[0]; !index.Usable || g.Done != g.Total || g.Total < 1000 || g.Model != "bag" {
		t.Errorf("what was ingested is not embedded: %s", out)
	}
	if _, out, _ := with("search", "--json", "--region", "330100", "社会散居孤儿基本生活费"); !strings.Contains(out, `"dense":`) {
		t.Errorf("no figure of the dense leg: %s", out)
	}
	_, plain, _ := p.run("search", "--region", "330100", "社会散居孤儿基本生活费")
	s.Embed(func(llmtest.EmbedRequest) llmtest.Reply { return llmtest.Status(503) })
	if status, out, _ := with("search", "--region", "330100", "社会散居孤儿基本生活费"); status != 0 || out != plain {
		t.Errorf("with the endpoint down: %d\n%s\nwant what the words find\n%s", status, out, plain)
	}
	if status, _, errOut := with("index", "rebuild"); status == 0 || !strings.Contains(errOut, "向量模型没有应答") {
		t.Errorf("rebuild with the endpoint down: %d %s", status, errOut)
	}
	p.audited(t)
}

// audited looks for the row of the one index that was built: no text, and none for questions and documents that came later.
func (p program) audited(t *testing.T) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), p.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	rows, _ := conn.Query(t.Context(), `SELECT object_id, result, data FROM audit_log WHERE action = 'index.built'`)
	type row struct {
		ID, Result string
		Data       indexBuilt
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil || len(found) != 1 || found[0].ID != "1" || found[0].Result != "ok" || found[0].Data.Model != "bag" ||
		found[0].Data.Texts < 1000 || found[0].Data.Texts != found[0].Data.Total {
		t.Errorf("%v: the audit log has %+v", err, found)
	}
}

func TestWhatIsWrongWithTheVectorsIsSaidInOneLine(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	for name, c := range map[string]struct {
		reply llmtest.Reply
		want  string
	}{
		"a wrong key":         {llmtest.Status(401), "XIAOHE_EMBED_KEY"},
		"no such model":       {llmtest.Status(404), "--embed-model"},
		"a page for people":   {llmtest.Page(), "不像向量模型的接口"},
		"an endpoint at rest": {llmtest.Status(503), "没有应答（status 503）"},
	} {
		s := llmtest.New(t)
		s.Embed(func(llmtest.EmbedRequest) llmtest.Reply { return c.reply })
		p.oneLine(name, c.want, "index", "rebuild", "--embed-url", s.URL, "--embed-model", "m")
	}
	p.oneLine("nobody there", "连不上", "index", "rebuild", "--embed-url", "http://127.0.0.1:1/v1", "--embed-model", "m")
	p.oneLine("no such host", "连不上", "index", "rebuild", "--embed-url", "https://nowhere.invalid/v1", "--embed-model", "m")
	p.oneLine("no data set", "没有", "eval", "retrieval", filepath.Join(t.TempDir(), "nothing"))
}

// oneLine runs a command that fails with one line in Chinese.
func (p program) oneLine(name, want string, args ...string) {
	p.t.Helper()
	status, out, errOut := p.run(args...)
	if status != 1 || out != "" || !strings.Contains(errOut, want) || strings.Count(errOut, "\n") != 1 || strings.Contains(errOut, "level=") {
		p.t.Errorf("%s: status %d, stdout %q, stderr %q; want %q", name, status, out, errOut, want)
	}
}

// beir writes a data set of two documents.
func beir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"corpus.jsonl":  `{"_id":"d1","title":"孤儿","text":"孤儿基本生活费按月发放"}` + "\n" + `{"_id":"d2","title":"校车","text":"校车应当限速行驶"}` + "\n",
		"queries.jsonl": `{"_id":"q1","text":"孤儿生活费"}` + "\n" + `{"_id":"q2","text":"校车限速"}` + "\n",
		"qrels.tsv":     "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestEvalRetrievalScoresEachLeg(t *testing.T) {
	t.Parallel()
	p, s := newProgram(t), llmtest.New(t)
	status, out, errOut := p.run("eval", "retrieval", "--json", beir(t), "--embed-url", s.URL, "--embed-model", "bag")
	if status != 0 {
		t.Fatal(errOut)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 3 {
		t.Fatalf("%s", out)
	}
	for i, leg := range []string{"lexical", "dense", "fused"} {
		if !strings.Contains(lines[i], `"leg":"`+leg+`"`) || !strings.Contains(lines[i], `"recall@1":1`) || !strings.Contains(lines[i], `"p99_ms":`) {
			t.Errorf("%s: %s", leg, lines[i])
		}
	}
}

func TestAnInterruptedEvaluationLeavesNoSchema(t *testing.T) {
	t.Parallel()
	url, s := dbtest.URL(t), llmtest.New(t)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	pool := dbtest.Pool(t, url)
	schemas := func() []string {
		rows, err := pool.Query(t.Context(), `SELECT nspname FROM pg_namespace WHERE starts_with(nspname, 'eval_')`)
		if err != nil {
			t.Error(err)
			return nil
		}
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Error(err)
		}
		return names
	}
	var midway []string
	var once sync.Once
	s.Embed(func(llmtest.EmbedRequest) llmtest.Reply { // midway through embedding
		once.Do(func() { midway = schemas(); interrupt() })
		return llmtest.Hang()
	})
	var out, errOut bytes.Buffer
	status := run(ctx, []string{"eval", "retrieval", beir(t), "--embed-url", s.URL, "--embed-model", "bag", "--database", url}, &out, &errOut)
	if status == 0 || !strings.Contains(errOut.String(), "已停止") || len(midway) == 0 {
		t.Errorf("%d %s, schemas %v", status, errOut.String(), midway)
	}
	for _, left := range midway { // other tests' evaluations end too
		for slices.Contains(schemas(), left) {
			select {
			case <-t.Context().Done():
				t.Fatalf("schema %s is left", left)
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
}
