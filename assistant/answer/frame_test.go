package answer

import (
	"slices"
	"strings"
	"testing"

	"xiaohe/assistant/dialogue"
	"xiaohe/knowledge"
	"xiaohe/knowledge/benefit"
)

// fits checks that a frame belongs to its reply: what ends it is in the reply, and each passage is the one that it is
// cited as.
func fits(t *testing.T, r Reply) {
	t.Helper()
	if r.Frame == nil {
		t.Fatal("no frame")
	}
	for line := range strings.Lines(strings.TrimSpace(r.Frame.After)) {
		if !strings.Contains(r.Text, strings.TrimSpace(line)) {
			t.Errorf("the frame ends with %q, the answer is %q", line, r.Text)
		}
	}
	for _, p := range r.Frame.Passages {
		if p.Citation > 0 && (r.Citations[p.Citation-1].N != p.Citation || !strings.Contains(p.Text, r.Citations[p.Citation-1].Quote)) || p.Text == "" || p.Marks == "" {
			t.Errorf("passage %+v is not that of its citation", p)
		}
	}
}

func TestFramesOfClausesAndCards(t *testing.T) {
	t.Parallel()
	clause := hit("办法", "第一条", "第一条　每人每天七元。由街道发放。", knowledge.Legs{Exact: 1})
	fits(t, Compose("某发〔2025〕1号", knowledge.Result{Scope: 5, Hits: []knowledge.Hit{clause}}, today))
	basis := knowledge.Basis{Document: "中华人民共和国民法典（第一编 总则）", Clause: "第三十六条", Confidence: "原文"}
	found := knowledge.Result{Scope: 5, Hits: []knowledge.Hit{article36}, Cards: []knowledge.CardHit{card("能不让他当监护人吗", "可以**向法院**申请。", 0.5, basis)}}
	r := Compose("能不让他当监护人吗", found, today)
	fits(t, r)
	if first := r.Frame.Passages[0]; first.Text != "可以**向法院**申请。" || first.Marks != "[1]" || first.Citation != 0 {
		t.Errorf("the card is %+v", first)
	}
	alone := Compose("能不让他当监护人吗", knowledge.Result{Scope: 5, Cards: found.Cards}, today)
	fits(t, alone)
	if len(alone.Frame.Passages) != 1 || alone.Frame.Passages[0].Citation != 1 {
		t.Errorf("a card that is cited itself: %+v", alone.Frame.Passages)
	}
}

// Words that call for help, greetings and refusals stay as they are.
func TestSomeWordsAreNotSaidInOthers(t *testing.T) {
	t.Parallel()
	beaten := card("有人打孩子", "正在打，先打 **110**。\n不许打。", 0.6, knowledge.Basis{Document: "乙", Confidence: "原文"})
	beaten.Document.Card.System = "人身安全"
	for name, found := range map[string]knowledge.Result{
		"danger": {Scope: 5, Cards: []knowledge.CardHit{beaten}}, "refused": {Scope: 9}, "a greeting": {Empty: true},
	} {
		if r := Compose("有人打孩子", found, today); r.Frame != nil {
			t.Errorf("%s: %+v", name, r.Frame)
		}
	}
}

// decided is an outcome with one benefit of each verdict.
func decided() dialogue.Outcome {
	item := func(id, verdict string) benefit.Item {
		return benefit.Item{ID: id, Plain: "通俗", Verdict: verdict, Apply: benefit.Apply{Where: "您的街道", Decides: "民政"},
			Because: []benefit.Reason{{Text: "您说的"}}, Papers: []string{"一", "二", "三"}, Sources: []benefit.Source{{Document: "办法", Clause: "第一条"}}}
	}
	out := dialogue.Outcome{Heard: true, Notes: []string{"年龄"}}
	eligible, open, out3, received := item("甲补贴", "eligible"), item("乙补贴", "undetermined"), item("丙补贴", "ineligible"), item("丁补贴", "eligible")
	eligible.Amount, open.Amount = &benefit.Amount{Text: "2525 元/月", Payee: "每人"}, &benefit.Amount{Text: "1000 元/月"}
	eligible.Warnings = []string{"2025-01-23 起的标准"}
	open.Missing = []benefit.Missing{{Label: "几口人"}}
	out3.Changes = []string{"满 6 个月"}
	out.Decision = dialogue.Decision{Question: &dialogue.Question{Text: "您家几口人？"}, Card: benefit.Card{
		Eligible: []benefit.Item{eligible}, Open: []benefit.Item{open}, RuledOut: []benefit.Item{out3}, Received: []benefit.Item{received}, Total: "2525 元", Choices: []string{"只能选一个"}}}
	return out
}

func TestAFrameOfADecisionHoldsWhatMustBeSaid(t *testing.T) {
	t.Parallel()
	clause := hit("办法", "第一条", "第一条　每人每天七元。由街道发放。", knowledge.Legs{})
	r := Decision(decided(), []knowledge.Hit{clause}, nil, today)
	fits(t, r)
	f := r.Frame
	if f.Before != "有一处要请您再看看：年龄。\n\n" || !strings.HasPrefix(r.Text, f.Before) {
		t.Errorf("before: %q", f.Before)
	}
	for _, text := range []string{"最后由民政确认", "**2525 元**", "只能选一个", "您家几口人"} {
		if !strings.Contains(f.After, text) {
			t.Errorf("%s is not after every answer: %q", text, f.After)
		}
	}
	var ids, keys []string
	for _, l := range f.Lines {
		ids = append(ids, l.Item.ID)
	}
	for _, s := range f.Slots {
		keys = append(keys, s.Key)
	}
	if got := strings.Join(ids, " "); got != "甲补贴 乙补贴 丙补贴 丁补贴" {
		t.Errorf("lines: %s", got)
	}
	if f.Lines[0].Marks != "[1]" {
		t.Errorf("marks: %q", f.Lines[0].Marks)
	}
	// no amount but that of what can be had; nothing of what is received or ruled out
	for key, want := range map[string]bool{"金额:甲补贴": true, "金额:乙补贴": false, "参考金额:乙补贴": true, "参考金额:甲补贴": false, "金额:丙补贴": false,
		"去哪:丙补贴": false, "原因:丙补贴": true, "变化:丙补贴": true, "金额:丁补贴": false, "去哪:丁补贴": false, "结论:丁补贴": true, "还要弄清:乙补贴": true} {
		if slices.Contains(keys, key) != want {
			t.Errorf("%s: %v", key, !want)
		}
	}
	if i := slices.Index(keys, "金额:甲补贴"); f.Slots[i].Text != "2525 元/月（家里每个人）（2025-01-23 起的标准）" {
		t.Errorf("the amount is %q", f.Slots[i].Text)
	}
	child := decided()
	child.ByChild, child.Notes = true, nil
	f = Decision(child, []knowledge.Hit{clause}, nil, today).Frame
	if words := f.Before + f.After + f.Lines[0].Lead + f.Slots[0].Text + f.Lines[0].Parts[1].Text; strings.Contains(words, "您") || !strings.Contains(words, "这不是你的错") {
		t.Errorf("to a child it says %s", words)
	}
}

func TestAFrameOfAnExplanation(t *testing.T) {
	t.Parallel()
	out := decided()
	out.Notes, out.Explain = nil, out.Decision.Card.RuledOut
	r := Decision(out, nil, nil, today)
	fits(t, r)
	if len(r.Frame.Lines) != 1 || r.Frame.Lines[0].Item.ID != "丙补贴" || len(r.Frame.Lines[0].Parts) != 3 || strings.Contains(r.Frame.After, "最后由") {
		t.Errorf("%+v", r.Frame)
	}
	if r := Decision(dialogue.Outcome{Heard: true}, nil, nil, today); r.Frame != nil {
		t.Error("there is nothing to tell")
	}
}
