package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
)

// The questions of these tests: two that the notice answers, and one that nothing does.
const evalQuestions = `{"qid":"a","style":"lay","region":"330100","on":"2026-11-21","question":"杭州市社会散居孤儿基本生活费每人每月多少元","gold":[{"document":"杭州市孤儿标准通知","clause":"一"}]}

{"qid":"b","style":"number","region":"330100","on":"2026-11-21","question":"杭民发〔2025〕3号 各区县怎么发放","gold":[{"document":"杭州市孤儿标准通知","clause":"二"}]}
{"qid":"c","style":"unanswerable","region":"330100","on":"2026-11-21","question":"红烧肉怎么烧才好吃","gold":[]}
`

func questionFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "questions.jsonl")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestEvalAnswersTellsWhatIsWrongWithTheFile(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	line := func(fields string) string { return `{"qid":"x","question":"孤儿每月多少钱",` + fields + "}\n" }
	gold := `"gold":[{"document":"通知","clause":"一"}]`
	for name, c := range map[string]struct{ text, want string }{
		"empty":                 {"", "一个问题也没有"},
		"blank lines alone":     {"\n \n", "一个问题也没有"},
		"broken line":           {line(gold) + "\n{\"qid\":", "第 3 行写法不对"},
		"a list":                {"[]\n", "第 1 行写法不对"},
		"no gold":               {line(`"style":"lay"`), "第 1 行：没有 gold"},
		"gold without a clause": {line(`"gold":[{"document":"通知"}]`), "第 1 行：gold 里要写"},
		"gold where refused":    {line(`"style":"unanswerable",` + gold), "第 1 行：style 是 unanswerable"},
		"no question":           {`{"qid":"x",` + gold + `}`, "第 1 行：question 不能用"},
		"too long":              {`{"qid":"x","question":"` + strings.Repeat("孤儿", 3000) + `",` + gold + `}`, "第 1 行：question 不能用：话太长"},
		"impossible date":       {line(`"on":"2026-02-30",` + gold), "第 1 行："},
		"the same twice":        {line(gold) + line(gold), "第 2 行和第 1 行的 qid 一样"},
		"unknown region":        {line(gold) + strings.Replace(line(`"region":"火星",`+gold), `"x"`, `"y"`, 1), "第 2 行：没有找到地区"},
	} {
		p.refused(name, c.want, "eval", "answers", questionFile(t, c.text))
	}
	p.refused("missing file", "读不了", "eval", "answers", "none.jsonl")
	p.refused("a folder", "读不了", "eval", "answers", t.TempDir())
	p.refused("negative limit", "--limit", "eval", "answers", "--limit=-1", questionFile(t, evalQuestions))
	p.refused("wrong model", "--chat-model", "eval", "answers", questionFile(t, evalQuestions), "--chat-url", "https://example.com/v1")
}

// refused checks that a command ends with one line that says what is wrong.
func (p program) refused(name, want string, args ...string) {
	p.t.Helper()
	status, out, errOut := p.run(args...)
	if lines := strings.Split(strings.TrimSpace(errOut), "\n"); status == 0 || out != "" || !strings.Contains(lines[len(lines)-1], want) {
		p.t.Errorf("%s: status %d, stdout %q, stderr %q; want a line about %q", name, status, out, errOut, want)
	}
}

// scoredWay is one line of the JSON output.
type scoredWay struct {
	Model  bool
	Styles []struct{ Style string }
	All    struct {
		Questions int
		Precision float64 `json:"citation_precision"`
		Cited     float64
		Recall    float64 `json:"citation_recall"`
		P50       float64 `json:"p50_ms"`
		P99       float64 `json:"p99_ms"`
	}
	Refusals  struct{ Refused, Right, Meant int }
	Sentences *struct {
		Asked, Used, Passed, Dropped, Shown, Unsupported int
		Reasons, Ended                                   []struct {
			Reason, Says string
			N            int
		}
	}
}

func (p program) evalAnswers(args ...string) []scoredWay {
	p.t.Helper()
	status, out, errOut := p.run(append([]string{"eval", "answers", "--json"}, args...)...)
	if status != 0 {
		p.t.Fatalf("status %d: %s", status, errOut)
	}
	var ways []scoredWay
	for decoder := json.NewDecoder(strings.NewReader(out)); decoder.More(); {
		var way scoredWay
		if err := decoder.Decode(&way); err != nil {
			p.t.Fatal(err)
		}
		ways = append(ways, way)
	}
	return ways
}

func TestEvalAnswersWithoutAModel(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.ingest()
	file := questionFile(t, evalQuestions)
	ways := p.evalAnswers(file)
	if len(ways) != 1 || ways[0].Model || ways[0].Sentences != nil {
		t.Fatalf("%+v", ways)
	}
	way := ways[0]
	if way.All.Questions != 3 || way.All.Cited != 1 || way.All.Recall != 1 || way.All.Precision <= 0 || way.All.Precision > 1 {
		t.Errorf("all %+v", way.All)
	}
	if way.Refusals.Refused != 1 || way.Refusals.Right != 1 || way.Refusals.Meant != 1 || way.All.P50 <= 0 || way.All.P99 < way.All.P50 {
		t.Errorf("refusals %+v, times %+v", way.Refusals, way.All)
	}
	if limited := p.evalAnswers("--limit", "2", file); limited[0].All.Questions != 2 || len(limited[0].Styles) != 2 {
		t.Errorf("limited %+v", limited[0])
	}
	status, out, errOut := p.run("eval", "answers", "--failures", questionFile(t, strings.Replace(evalQuestions, "孤儿标准通知", "别的通知", 1)))
	if status != 0 || !strings.Contains(out, "第 1 行 a 列出的条文都不对") || strings.Contains(out, "第 3 行") || !strings.Contains(out, "拒答（没有模型）：准确 1.000（1/1），召回 1.000（1/1）") {
		t.Errorf("status %d %s %s", status, out, errOut)
	}
}

// modelClaim is a sentence as a model says it.
type modelClaim struct {
	Text    string `json:"text"`
	Passage int    `json:"passage"`
	Span    string `json:"span"`
}

// goodSentences say what the notice says, resting on its words.
func goodSentences(r llmtest.Request) []modelClaim {
	var claims []modelClaim
	for i, passage := range r.List("passages") {
		for _, span := range []string{"社会散居孤儿基本生活费为每人每月2525元", "各区县按月发放"} {
			if strings.Contains(passage, span) {
				claims = append(claims, modelClaim{span + "。", i + 1, span})
			}
		}
	}
	return claims
}

func sentencesReply(claims []modelClaim) llmtest.Reply {
	return llmtest.JSON(struct {
		Sentences []modelClaim `json:"sentences"`
	}{claims})
}

func TestEvalAnswersSetsTheModelBesideNone(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.ingest()
	file := questionFile(t, evalQuestions)
	s := llmtest.New(t)
	model := []string{"--chat-url", s.URL, "--chat-models", "prose=double"}
	said := 0
	s.Answer(llm.Prose, func(r llmtest.Request) llmtest.Reply {
		good := goodSentences(r)
		said += len(good)
		return sentencesReply(good)
	})
	ways := p.evalAnswers(append(model, file)...)
	if len(ways) != 2 || ways[0].Model || ways[0].Sentences != nil || !ways[1].Model || ways[1].Sentences == nil {
		t.Fatalf("%+v", ways)
	}
	if g := ways[1].Sentences; said == 0 || g.Asked != 2 || g.Used == 0 || g.Passed != said || g.Dropped != 0 || g.Shown == 0 || g.Unsupported != 0 {
		t.Errorf("good answers, %d sentences: %+v", said, *g)
	}
	if ways[1].Refusals != ways[0].Refusals || ways[1].All.Cited != ways[0].All.Cited {
		t.Errorf("with a model %+v, without %+v", ways[1], ways[0])
	}

	s.Answer(llm.Prose, func(r llmtest.Request) llmtest.Reply { // each good sentence among bad ones
		var claims []modelClaim
		for _, good := range goodSentences(r) {
			wrong := good
			wrong.Text = llmtest.WrongNumbers(good.Text)
			claims = append(claims, good)
			if wrong.Text != good.Text {
				claims = append(claims, wrong)
			}
		}
		for _, bad := range llmtest.Sentences[:4] {
			claims = append(claims, modelClaim{Text: bad.Text})
		}
		return sentencesReply(claims)
	})
	status, out, errOut := p.run(append([]string{"eval", "answers", "--failures", file}, model...)...)
	if status != 0 || strings.Contains(out, "8888") || strings.Contains(out, "一定能领到") {
		t.Fatalf("status %d %s %s", status, out, errOut)
	}
	for _, want := range []string{"没有模型", "接了模型", "数字在依据里找不到（quantity）", "作了保证（promise）", "没有依据的 0 句（0.000）"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in the report:\n%s", want, out)
		}
	}

	s.Say(llm.Prose, llmtest.Status(401))
	down := p.evalAnswers(append(model, file)...)[1]
	if g := down.Sentences; g.Used != 0 || g.Shown != 0 || len(g.Ended) != 1 || g.Ended[0].Reason != "down" || down.All.Cited != 1 {
		t.Errorf("with a model that is down: %s", fmt.Sprintf("%+v %+v", down.All, *g))
	}
}
