package main

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"xiaohe/assistant/apikey"
	"xiaohe/database/dbtest"
)

var keyText = regexp.MustCompile(`密钥：(xk_[A-Za-z0-9_-]{43})\n`)

func TestKeysAreMadeAtTheTerminal(t *testing.T) {
	t.Parallel()
	p := newProgram(t).migrated()
	if out := p.must("key", "list"); !strings.Contains(out, "还没有密钥") {
		t.Error(out)
	}
	for wanted, args := range map[string][]string{
		"请写明密钥能做什么":       {"区妇联"},
		"没有“admin”这种用途":   {"区妇联", "--scope", "admin"},
		"火星":              {"区妇联", "--scope", "chat", "--region", "火星"},
		"每分钟的次数":          {"区妇联", "--scope", "chat", "--per-minute", "7000"},
		"不能是 0":           {"区妇联", "--scope", "chat", "--per-day", "0"},
		"请给密钥起个名字":        {" ", "--scope", "chat"},
		"名字不能用 xk_ 开头":    {"xk_abc", "--scope", "chat"},
		"每天的次数请写 1 到 100": {"区妇联", "--scope", "chat", "--per-day=-1"},
	} {
		status, _, errOut := p.run(append([]string{"key", "add"}, args...)...)
		if status != 1 || !strings.Contains(errOut, wanted) {
			t.Errorf("%v: %d %s", args, status, errOut)
		}
	}
	out := p.must("key", "add", "区妇联", "--scope", "chat,search", "--region", "杭州", "--per-minute", "10")
	m := keyText.FindStringSubmatch(out)
	if m == nil || !strings.Contains(out, "对话、查条文，杭州市，每分钟 10 次，每天 5000 次") {
		t.Fatal(out)
	}
	keys := apikey.New(dbtest.Pool(t, p.url), now)
	if _, err := keys.Find(t.Context(), m[1]); err != nil {
		t.Error(err)
	}
	if status, _, errOut := p.run("key", "add", "区妇联", "--scope", "chat"); status != 1 || !strings.Contains(errOut, "已经有") {
		t.Errorf("the same name: %d %s", status, errOut)
	}
	var lines []keyLine
	if err := json.Unmarshal([]byte(p.must("key", "list", "--json")), &lines); err != nil || len(lines) != 1 || lines[0].Region != "330100" || lines[0].CreatedBy != "命令行" {
		t.Errorf("%v %+v", err, lines)
	}
	if status, _, errOut := p.run("key", "disable", "区工会"); status != 1 || !strings.Contains(errOut, "没有名叫“区工会”的密钥") {
		t.Errorf("%d %s", status, errOut)
	}
	p.must("key", "disable", "区妇联")
	for line := range strings.Lines(p.must("key", "list")) {
		if len([]rune(line)) > 40 {
			t.Errorf("no line of a terminal with 80 columns: %s", line)
		}
	}
	if list := p.must("key", "list"); !strings.Contains(list, "已停用") || strings.Contains(list, m[1]) {
		t.Error(list)
	}
	if _, err := keys.Find(t.Context(), m[1]); err == nil {
		t.Error("a disabled key still opens")
	}
}
