package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/database/dbtest"
	"xiaohe/knowledge"
)

// builtIn is a database on which the program has run before, so that its start is short.
var builtIn = dbtest.NewTemplate(func(ctx context.Context, pool *pgxpool.Pool) error {
	return knowledge.NewStore(pool, now).Load(ctx)
})

// program runs the command line on a database of its own.
type program struct {
	t   *testing.T
	url string
}

func newProgram(t *testing.T) program {
	return program{t, builtIn.URL(t)}
}

func (p program) run(args ...string) (status int, out, errOut string) {
	p.t.Helper()
	var stdout, stderr bytes.Buffer
	status = run(p.t.Context(), append(args, "--database", p.url), &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

const notice = "---\ntitle: \"杭州市孤儿标准通知\"\nnumber: \"杭民发〔2025〕3号\"\nissued: \"2025-01-10\"\neffective: \"2025-01-23\"\nregion: \"330100\"\n" +
	"source: \"https://example.cn/3\"\nstatus: \"现行有效\"\n---\n# 杭州市孤儿标准通知\n## 一、标准\n社会散居孤儿基本生活费为每人每月2525元。\n## 二、执行\n各区县按月发放。\n"

func (p program) ingest() {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), "通知.md")
	if err := os.WriteFile(file, []byte(notice), 0o600); err != nil {
		p.t.Fatal(err)
	}
	if status, out, errOut := p.run("ingest", "--json", file); status != 0 || !strings.Contains(out, `"outcome":"added"`) {
		p.t.Fatalf("ingest: %d %s %s", status, out, errOut)
	}
}

func TestWrongInputGetsAChineseMessageAndNoOutput(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	bad := filepath.Join(t.TempDir(), "bad.jsonl")
	if err := os.WriteFile(bad, []byte("{\"id\":\"1\"}\nnot json\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"unknown command":      {[]string{"frobnicate"}, "用法不对"},
		"unknown flag":         {[]string{"ask", "--colour", "x"}, "用法不对"},
		"no question":          {[]string{"ask"}, "请写要问的话"},
		"blank question":       {[]string{"ask", "  "}, "请先写下"},
		"20,000 characters":    {[]string{"ask", strings.Repeat("孤儿", 10000)}, "太长"},
		"binary":               {[]string{"ask", "\xff\xfe\x01"}, "不是文字"},
		"unknown region":       {[]string{"ask", "--region", "火星", "孤儿"}, "没有找到地区"},
		"unknown region code":  {[]string{"search", "--region", "999999", "孤儿"}, "没有代码"},
		"ambiguous region":     {[]string{"ask", "--region", "朝阳区", "孤儿"}, "不止一个"},
		"impossible date":      {[]string{"ask", "--on", "2026-02-30", "孤儿"}, "日期"},
		"no query":             {[]string{"search"}, "请写要查的话"},
		"k of nought":          {[]string{"search", "-k", "0", "孤儿"}, "-k"},
		"batch without a file": {[]string{"search", "--batch", "none.jsonl"}, "读不了文件"},
		"broken batch":         {[]string{"ask", "--batch", bad}, "读不了文件"},
		"no such path":         {[]string{"ingest", "none"}, "打不开"},
		"ingest nothing":       {[]string{"ingest"}, "用法不对"},
		"restore of garbage":   {[]string{"db", "restore", bad}, ""},
		"no evaluation set":    {[]string{"eval", "retrieval", t.TempDir()}, "读不了评测集"},
	} {
		status, out, errOut := p.run(c.args...)
		if status == 0 || !strings.Contains(errOut, c.want) || out != "" {
			t.Errorf("%s: status %d, stdout %q, stderr %q; want a message about %q", name, status, out, errOut, c.want)
		}
	}
}

func TestHelpNamesEveryCommand(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if status := run(t.Context(), []string{"--help"}, &out, &out); status != 0 {
		t.Fatalf("status %d", status)
	}
	for _, command := range []string{"serve", "ingest", "search", "ask", "eval", "db"} {
		if !strings.Contains(out.String(), command) {
			t.Errorf("help does not name %s", command)
		}
	}
}

func TestAskPrintsTheContract(t *testing.T) {
	t.Parallel()
	p := program{t, dbtest.URL(t)} // an empty one: the first start migrates and loads
	p.ingest()
	status, out, errOut := p.run("ask", "--json", "--region", "330100", "--on", "2026-11-21", "杭民发〔2025〕3号 孤儿每月多少钱", "红烧肉怎么烧才好吃")
	if status != 0 {
		t.Fatal(errOut)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines, want one a turn", len(lines))
	}
	keys := []string{"answer", "ask", "benefits", "citations", "facts", "handoff", "refused", "triage", "turn"}
	for _, line := range lines {
		var turn map[string]json.RawMessage
		if err := json.Unmarshal([]byte(line), &turn); err != nil {
			t.Fatal(err)
		}
		if got := slices.Sorted(maps.Keys(turn)); !slices.Equal(got, keys) {
			t.Errorf("keys %v, want %v", got, keys)
		}
	}
	var first struct {
		Answer    string
		Refused   bool
		Citations []map[string]any
		Facts     map[string]any
		Benefits  []any
	}
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil {
		t.Fatal(err)
	}
	if first.Refused || len(first.Citations) == 0 || first.Facts == nil || first.Benefits == nil {
		t.Fatalf("first turn %s", lines[0])
	}
	c := first.Citations[0]
	if got := slices.Sorted(maps.Keys(c)); !slices.Equal(got, []string{"clause", "document", "file", "n", "number", "quote", "url"}) {
		t.Errorf("citation keys %v", got)
	}
	if c["number"] != "杭民发〔2025〕3号" || c["clause"] != "一" || !strings.Contains(notice, c["quote"].(string)) || c["url"] != "https://example.cn/3" {
		t.Errorf("citation %v", c)
	}
	if !strings.Contains(lines[1], `"refused":true`) || !strings.Contains(lines[1], `"citations":[]`) {
		t.Errorf("off-topic turn %s", lines[1])
	}
}

func TestBatchesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.ingest()
	dir := t.TempDir()
	asks, searches := filepath.Join(dir, "a.jsonl"), filepath.Join(dir, "s.jsonl")
	var a, s strings.Builder
	for _, id := range []string{"c", "a", "b"} {
		a.WriteString(`{"id":"` + id + `","region":"330100","on":"2026-11-21","turns":["孤儿每月多少钱","要带什么"]}` + "\n")
		s.WriteString(`{"qid":"` + id + `","question":"杭民发〔2025〕3号","region":"330106","on":"2026-11-21"}` + "\n")
	}
	for file, text := range map[string]string{asks: a.String(), searches: s.String()} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, out, errOut := p.run("ask", "--batch", asks)
	for i, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if !strings.HasPrefix(line, `{"id":"`+[]string{"c", "a", "b"}[i]+`","turns":[{"turn":1,`) {
			t.Errorf("line %d: %.80s %s", i, line, errOut)
		}
	}
	_, out, errOut = p.run("search", "--batch", searches)
	for i, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if !strings.HasPrefix(line, `{"qid":"`+[]string{"c", "a", "b"}[i]+`","passages":[{"document":"杭州市孤儿标准通知","number":"杭民发〔2025〕3号","file":"通知.md","clause":"`) {
			t.Errorf("line %d: %.120s %s", i, line, errOut)
		}
	}
}

func TestSearchSeesOnlyTheAskersRegion(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.ingest()
	for region, want := range map[string]bool{"330100": true, "浙江杭州西湖区": true, "330000": false, "重庆": false} {
		_, out, errOut := p.run("search", "--json", "--region", region, "杭民发〔2025〕3号 孤儿")
		if got := strings.Contains(out, "杭州市孤儿标准通知"); got != want {
			t.Errorf("%s: found %v, want %v (%s)", region, got, want, errOut)
		}
	}
}

func TestEvalRetrievalReadsBEIR(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"corpus.jsonl":  `{"_id":"d1","title":"孤儿","text":"孤儿基本生活费按月发放"}` + "\n" + `{"_id":"d2","title":"校车","text":"校车应当限速行驶"}` + "\n",
		"queries.jsonl": `{"_id":"q1","text":"孤儿生活费"}` + "\n" + `{"_id":"q2","text":"校车限速"}` + "\n" + `{"_id":"q3","text":"无判断"}` + "\n",
		"qrels.tsv":     "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	status, out, errOut := p.run("eval", "retrieval", "--json", dir)
	if status != 0 || !strings.Contains(out, `"queries":2,"recall@1":1,"recall@5":1`) || !strings.Contains(out, `"nDCG@10":1`) {
		t.Errorf("%d %s %s", status, out, errOut)
	}
}

func TestStatusIsReadByPrograms(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	status, out, errOut := p.run("db", "status", "--json")
	if status != 0 || !strings.Contains(out, `"cards":`) {
		t.Fatalf("%d %s %s", status, out, errOut)
	}
}
