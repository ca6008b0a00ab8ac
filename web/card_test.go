package web

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"xiaohe/assistant"
	"xiaohe/assistant/answer"
	"xiaohe/assistant/dialogue"
	"xiaohe/knowledge/benefit"
)

func decisionForTest() dialogue.Decision {
	notice := benefit.Source{Document: "甲通知", Number: "甲〔2025〕1号", Clause: "一", Seen: "官方"}
	other, unnumbered := notice, benefit.Source{Document: "乙报道", Number: unseen}
	other.Clause = "二"
	return dialogue.Decision{
		Child: "孙子", Chips: []dialogue.Chip{{Fact: "孩子.年龄", Label: "孩子几岁", Text: "8 岁", Quote: "孙子八岁了"}},
		Question: &dialogue.Question{Fact: "家庭.在享低保", Text: "家里吃低保吗？", Options: []dialogue.Option{{Label: "在吃低保"}}},
		Card: benefit.Card{Place: "杭州市", Day: "2026-11-21", Version: "v1",
			Eligible: []benefit.Item{{ID: "甲补贴", Plain: "甲", Sources: []benefit.Source{notice, other},
				Because: []benefit.Reason{{Text: "不满 18 岁", Met: true, Sources: []benefit.Source{notice}}}}},
			Open: []benefit.Item{{ID: "乙补贴", Sources: []benefit.Source{unnumbered},
				Missing: []benefit.Missing{{Fact: "孩子.年龄", Label: "孩子几岁", Ask: "孩子几岁了？"}}}},
			RuledOut: []benefit.Item{{ID: "丙补贴", Sources: []benefit.Source{unnumbered}, Because: []benefit.Reason{{Text: "爸爸在世"}}}},
		},
	}
}

func TestADecisionTravelsWithItsMessage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	decision := decisionForTest()
	s.web.assistant = scripted(func(context.Context, assistant.Conversation, string) (assistant.Turn, error) {
		return assistant.Turn{Answer: "可以申请甲。", Decision: &decision, Citations: []answer.Citation{
			{N: 1, Document: "甲通知", Number: "甲〔2025〕1号", Clause: "一", Place: answer.Place{DocumentID: "d", From: 1, To: 2}},
			{N: 2, Document: "丁", Number: "丁〔2025〕1号", Clause: "一"}}}, nil
	})
	v := s.visit()
	p := v.connect(0)
	p.until("caught_up")
	p.send("message-1", "问")
	p.until("msg")
	var meta struct {
		Citations []citationMeta
		Case      struct {
			dialogue.Decision
			Text  string
			Links map[string]string
		}
	}
	must(t, json.Unmarshal(p.until("msg").message().Meta, &meta))
	c := meta.Case
	if c.Question.Text != "家里吃低保吗？" || c.Chips[0].Quote != "孙子八岁了" || !strings.Contains(c.Text, "甲补贴") {
		t.Errorf("the page gets %+v", c)
	}
	if c.Links["甲〔2025〕1号 一"] != "/documents/d?from=1&to=2#cited" || c.Links["甲〔2025〕1号"] != "/documents/d" || len(c.Links) != 2 {
		t.Errorf("links are %v", c.Links)
	}
	if meta.Citations[1].Link != "" {
		t.Errorf("a document that is not stored opens at %q", meta.Citations[1].Link)
	}
	if c.Card.Eligible[0].Because[0].Sources != nil || c.Card.Open[0].Missing[0].Ask != "" {
		t.Error("the page loads what it does not show")
	}
	if decision.Card.Eligible[0].Because[0].Sources == nil || decision.Card.Open[0].Missing[0].Ask == "" {
		t.Error("the decision itself has lost something")
	}
}

func TestASheetNumbersItsDocumentsOnce(t *testing.T) {
	t.Parallel()
	v := sheetOf(decisionForTest())
	if len(v.Documents) != 2 || !slices.Equal(v.Documents[0].Clauses, []string{"一", "二"}) || v.Documents[1].Number != "" {
		t.Errorf("documents are %+v", v.Documents)
	}
	var kinds []string
	for _, g := range v.Groups {
		kinds = append(kinds, g.Kind)
	}
	if !slices.Equal(kinds, []string{"eligible", "open", "ruled_out"}) {
		t.Errorf("parts are %v", kinds)
	}
	if marks := v.Groups[0].Items[0].Marks; !slices.Equal(marks, []int{1}) {
		t.Errorf("the first benefit rests on %v", marks)
	}
	if open := v.Groups[1].Items[0]; open.Name != "乙补贴" || len(open.Marks) != 0 {
		t.Errorf("an open benefit is printed as %+v", open)
	}
}

func TestACardIsTidiedForPeople(t *testing.T) {
	t.Parallel()
	notice := benefit.Source{Document: "甲通知（文号未见，一家报道），与各档对得上", Number: unseen, Seen: "单源"}
	other := notice
	other.Document = "甲通知（文号未见，一家报道）"
	clause := benefit.Source{Document: "乙办法（试行）", Number: "乙〔2025〕1号", Clause: "三（一）与当地标准相衔接", Seen: "全文副本"}
	short := clause
	short.Clause = "三（一）"
	d := dialogue.Decision{
		Chips: []dialogue.Chip{{Fact: "父亲.情形", Text: "在坐牢"}, {Fact: "孩子.年龄", Text: "9～12 岁"}, {Fact: "母亲.情形", Text: "没有：去世了"}},
		Card: benefit.Card{
			Eligible: []benefit.Item{{ID: "甲", Stacks: []string{"可以和“乙”一起领", "可以和“丙”一起领"}, Sources: []benefit.Source{notice, other, clause, short}}},
			Open: []benefit.Item{{ID: "乙", Missing: []benefit.Missing{{Fact: "父亲.情形", Label: "爸爸的情况"}, {Fact: "孩子.年龄", Label: "孩子几岁"},
				{Fact: "母亲.情形", Label: "妈妈的情况"}}}, {ID: "丁", Missing: []benefit.Missing{{Fact: "父亲.情形", Label: "爸爸的情况"}}}},
		},
	}
	card := tidy(d)
	if got := card.Eligible[0].Stacks; !slices.Equal(got, []string{"可以和“乙”一起领"}) {
		t.Errorf("it stacks: %v", got)
	}
	want := []benefit.Source{{Document: "甲通知", Number: unseen, Seen: "只见到一家报道"}, {Document: "乙办法（试行）", Number: "乙〔2025〕1号", Clause: "三（一）"}}
	if got := card.Eligible[0].Sources; !slices.Equal(got, want) {
		t.Errorf("sources %+v", got)
	}
	if got := wants(card.Open[0].Missing); got != "孩子几岁、妈妈的情况" {
		t.Errorf("what was said is missing: %s", got)
	}
	if got := wants(card.Open[1].Missing); got != "爸爸的情况" {
		t.Errorf("nothing is missing, and it is open: %s", got)
	}
}

func TestWordsOfAChip(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"60 个月": "5 年", "24 个月（要求至少 6 个月）": "2 年（要求至少 6 个月）", "30～36 个月": "30～36 个月", "12 个月": "12 个月", "30 个月": "30 个月",
		"没有：去世了、在坐牢": "没有：去世了、在坐牢", "没有：去世了、在坐牢、找不到人": "没有：去世了、在坐牢等 3 样",
	} {
		if got := shorter(inYears(text)); got != want {
			t.Errorf("%s is shown as %s, want %s", text, got, want)
		}
	}
}

func TestWhatCanBeSaidOfAFact(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	var all map[string]factData
	r := s.do("GET", "/api/v1/facts", "", nil)
	if r.Status != http.StatusOK {
		t.Fatalf("status %d", r.Status)
	}
	r.into(t, &all)
	if !slices.Contains(all["父亲.情形"].Options, "在坐牢") || all["父亲.限制自由期限月数"].Unit != "个月" || len(all["孩子.户籍地"].Options) != 0 {
		t.Errorf("facts are %+v", all)
	}
}
