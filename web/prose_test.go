package web

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
)

// The umbrella clause in plain words, as a good model writes it.
var umbrella = []string{
	`{"text":"您到海棠镇民政窗口去申请雨伞补贴。","passage":PASSAGE,"span":"监护人可以到海棠镇民政窗口申请雨伞补贴"}`,
	`{"text":"每个孩子每年六十六元。","passage":PASSAGE,"span":"每个孩子每年六十六元"}`,
	`{"text":"申请的时候带户口本和身份证。","passage":PASSAGE,"span":"申请时带户口本和身份证"}`,
}

const umbrellaFirst = "您到海棠镇民政窗口去申请雨伞补贴。"

// umbrellaWords are the sentences for a request, and how many characters the model has written when the first is complete.
func umbrellaWords(r llmtest.Request) (words string, first int) {
	n := 0
	for i, passage := range r.List("passages") {
		if strings.Contains(passage, "雨伞补贴，每个孩子") {
			n = i + 1
		}
	}
	words = strings.ReplaceAll(`{"sentences":[`+strings.Join(umbrella, ",")+`]}`, "PASSAGE", string(rune('0'+n)))
	return words, utf8.RuneCountInString(words[:strings.Index(words, "}")+1])
}

// withModel is a site whose model for prose answers as scripted, and a second one for opinions where it has a script.
func withModel(t *testing.T, script func(llmtest.Request) llmtest.Reply, opinions ...llmtest.Reply) *site {
	t.Helper()
	double := llmtest.New(t)
	double.Answer(llm.Prose, script)
	models := map[llm.Job]string{llm.Prose: "double"}
	for _, opinion := range opinions {
		double.Say(llm.Opinion, opinion)
		models[llm.Opinion] = "double"
	}
	client, err := llm.New(llm.Options{URL: double.URL, Models: models, Limits: map[llm.Job]llm.Limit{llm.Opinion: {Whole: hangs}}})
	must(t, err)
	s := newSite(t, unhurried, func(o *Options) { o.Assistant.UseModel(client) })
	t.Cleanup(client.Close)
	return s
}

// resting has the model rest after its first sentence until resume is closed.
func resting(resume <-chan struct{}) func(llmtest.Request) llmtest.Reply {
	return func(r llmtest.Request) llmtest.Reply {
		words, first := umbrellaWords(r)
		return llmtest.Rest(words, first, resume)
	}
}

// heard reads deltas up to the first text.
func (p *peer) heard() string {
	p.t.Helper()
	for {
		var d deltaData
		must(p.t, json.Unmarshal(p.until("bot.delta").D, &d))
		if d.Text != "" {
			return d.Text
		}
	}
}

func TestACheckedSentenceIsOnItsWayWhileTheModelStillWrites(t *testing.T) {
	t.Parallel()
	resume := make(chan struct{})
	s := withModel(t, resting(resume))
	p := s.visit().connect(0)
	p.until("caught_up")
	p.send("message-1", testAsk)
	var draft strings.Builder
	draft.WriteString(p.heard())
	if !strings.HasPrefix(draft.String(), umbrellaFirst+"[") {
		t.Errorf("first came %q", draft.String())
	}
	if n := s.one(`SELECT count(*) FROM messages WHERE sender_kind = 'bot'`); n != "0" {
		t.Error("the answer was stored before the model had ended")
	}
	close(resume)
	for {
		f := p.next()
		if f.T == "bot.delta" {
			var d deltaData
			must(t, json.Unmarshal(f.D, &d))
			draft.WriteString(d.Text)
			continue
		}
		if f.T != "msg" || !f.message().AI {
			continue
		}
		m := f.message()
		var meta answerMeta
		must(t, json.Unmarshal(m.Meta, &meta))
		if draft.String() != plain(m.Body) {
			t.Errorf("streamed %q, then stored %q", draft.String(), m.Body)
		}
		if !strings.HasPrefix(m.Body, umbrellaFirst) || !strings.Contains(m.Body, "每个孩子每年六十六元。") || !strings.Contains(meta.HTML, `<a class="mark" href="/documents/`) {
			t.Errorf("stored is %s", m.Meta)
		}
		if a := meta.Prose; a == nil || !a.Used || a.Passed != 3 || a.Model != "double" || a.Prompt == "" {
			t.Errorf("the account is %+v", a)
		}
		if c := meta.Citations[0]; !strings.Contains(testClause, c.Quote) || !strings.HasPrefix(c.Quote, "监护人可以到") {
			t.Errorf("the citation is %+v", c)
		}
		return
	}
}

// Care stands before a model's words, in the draft too.
func TestCareComesBeforeTheModelsWords(t *testing.T) {
	t.Parallel()
	s := withModel(t, func(r llmtest.Request) llmtest.Reply {
		words, _ := umbrellaWords(r)
		return llmtest.Say(words)
	})
	p := s.visit().connect(0)
	p.until("caught_up")
	p.send("message-1", saddened)
	draft := p.heard()
	for {
		m := p.until("msg").message()
		if !m.AI {
			continue
		}
		var meta answerMeta
		must(t, json.Unmarshal(m.Meta, &meta))
		if d := meta.Danger; d == nil || !d.Care || !strings.HasPrefix(draft, d.Bubbles[0]) || !strings.Contains(draft, umbrellaFirst) || !strings.HasPrefix(plain(m.Body), draft) {
			t.Errorf("the draft was %q, the answer %s", draft, m.Meta)
		}
		if !strings.Contains(meta.HTML, umbrellaFirst) || strings.Contains(meta.HTML, meta.Danger.Bubbles[0]) || !meta.Prose.Used {
			t.Errorf("after care it says %s", meta.HTML)
		}
		return
	}
}

// A person takes over: the model is not listened to any more, and the draft goes.
func TestAClaimEndsTheModelsWords(t *testing.T) {
	t.Parallel()
	s := withModel(t, resting(make(chan struct{}))) // it would never end
	worker := s.hire("worker", "王老师", xihuPrefix)
	v := s.visitIn(xihuPrefix)
	ticket := v.call(1)
	p := v.connect(0)
	p.until("caught_up")
	p.send("message-1", testAsk)
	if first := p.heard(); !strings.HasPrefix(first, umbrellaFirst) {
		t.Errorf("first came %q", first)
	}
	worker.claim(ticket)
	for {
		var d deltaData
		must(t, json.Unmarshal(p.until("bot.delta").D, &d))
		if d.Dropped {
			break
		}
	}
	s.settled()
	if n := s.one(`SELECT count(*) FROM messages WHERE sender_kind = 'bot'`); n != "0" {
		t.Error("小禾 has answered where a person does")
	}
}

// Whoever writes on, and tells of danger, does not wait for the end of a long answer.
func TestDangerDoesNotWaitForTheModel(t *testing.T) {
	t.Parallel()
	s := withModel(t, resting(make(chan struct{})))
	p := s.visit().connect(0)
	p.until("caught_up")
	p.send("message-1", testAsk)
	p.heard()
	_, meta := p.tell("message-2", beaten)
	if meta.Danger == nil || meta.Prose != nil {
		t.Errorf("the answer is %+v", meta)
	}
	s.says("2", `SELECT count(*) FROM messages WHERE sender_kind = 'bot'`)
	s.says("true", `SELECT body LIKE '%雨伞补贴%' FROM messages WHERE sender_kind = 'bot' ORDER BY seq LIMIT 1`)
}

// A second opinion finds danger while the model still writes: its words end, and the script takes their place.
func TestAnOpinionEndsTheModelsWords(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	danger := llmtest.Say(opinion(4, "他说这是秘密"))
	danger.Gate = gate
	s := withModel(t, resting(make(chan struct{})), danger)
	p := s.visit().connect(0)
	p.until("caught_up")
	p.send("message-1", testAsk+"，他说这是秘密")
	p.heard()
	close(gate)
	for {
		f := p.until("msg")
		var meta answerMeta
		must(t, json.Unmarshal(f.message().Meta, &meta))
		if !f.message().AI {
			continue
		}
		if meta.Danger == nil || meta.Danger.Care || meta.Triage != "L4" || meta.Prose != nil || strings.Contains(f.message().Body, "雨伞") {
			t.Errorf("the answer is %s %s", f.message().Body, f.message().Meta)
		}
		break
	}
	s.says("1", `SELECT count(*) FROM messages WHERE sender_kind = 'bot'`)
}

// The words of a message never reach the log, whatever the model does with them.
func TestAModelsFaultLeavesNoWordsInTheLog(t *testing.T) {
	t.Parallel()
	s := withModel(t, func(r llmtest.Request) llmtest.Reply {
		words, _ := umbrellaWords(r)
		return llmtest.Half(strings.ReplaceAll(words, "六十六", "九十九"), utf8.RuneCountInString(words)-20)
	})
	m, meta := s.visit().connect(0).tell("message-1", testAsk+"，我是秘密")
	if !strings.Contains(m.Body, "六十六元") || strings.Contains(m.Body, "九十九") || meta.Prose == nil || meta.Prose.Used || meta.Prose.Ended == "" {
		t.Errorf("the answer is %s %s", m.Body, m.Meta)
	}
	if logs := s.logs.String(); strings.Contains(logs, "秘密") || strings.Contains(logs, "九十九") || strings.Contains(logs, "雨伞") {
		t.Error("words are in the log")
	}
}

// Whoever comes while the model writes reads the draft from its beginning, by either way.
func TestWhoComesLaterReadsTheWholeDraft(t *testing.T) {
	t.Parallel()
	resume := make(chan struct{})
	s := withModel(t, resting(resume))
	v := s.visit()
	p := v.connect(0)
	p.until("caught_up")
	p.send("message-1", testAsk)
	p.heard()
	late, stream := v.connect(0), v.stream("")
	draft := late.heard()
	if !strings.HasPrefix(draft, umbrellaFirst+"[") {
		t.Fatalf("who comes later reads %q", draft)
	}
	for {
		e, ok := stream.next()
		if !ok {
			t.Fatal("the stream has ended")
		}
		if e.T != "bot.delta" {
			continue
		}
		if d := data[deltaData](t, e.frame); d.Text != draft || d.At != 0 {
			t.Errorf("the stream tells %+v", d)
		}
		break
	}
	close(resume)
	for {
		f := late.next()
		if f.T == "msg" && f.message().AI {
			if whole := plain(f.message().Body); draft != whole {
				t.Errorf("the draft was %q, the answer %q", draft, whole)
			}
			return
		}
		if f.T != "bot.delta" {
			continue
		}
		var d deltaData
		must(t, json.Unmarshal(f.D, &d))
		if d.At != utf8.RuneCountInString(draft) {
			t.Errorf("%q comes at %d, after %q", d.Text, d.At, draft)
		}
		draft += d.Text
	}
}
