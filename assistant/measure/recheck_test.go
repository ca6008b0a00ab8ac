package measure

import (
	"strings"
	"testing"

	"xiaohe/assistant"
	"xiaohe/assistant/answer"
	"xiaohe/assistant/guard"
	"xiaohe/assistant/prose"
)

// What is shown is held against its grounds and its citation: whatever of them is not as it was checked is found.
func TestRecheckFindsWhatDoesNotHold(t *testing.T) {
	t.Parallel()
	const span = "社会散居孤儿基本生活费为每人每月2525元"
	clause := "一、标准。" + span + "。二、执行。各区县按月发放。"
	sound := func() (prose.Checked, assistant.Turn) {
		return prose.Checked{
				Claim:  guard.Claim{Text: "社会散居孤儿每人每月2525元。", Passage: 1, Span: span},
				Ground: guard.Ground{Passages: []guard.Passage{{Title: "通知", Clause: "一", Text: clause}}}, Citation: 3,
				Text: "社会散居孤儿每人每月2525元。",
			}, assistant.Turn{
				Answer:    "您好。社会散居孤儿每人每月2525元。[3]",
				Citations: []answer.Citation{{N: 1, Quote: "别的"}, {N: 3, Quote: "**" + span + "**。"}},
			}
	}
	for name, c := range map[string]struct {
		change func(*prose.Checked, *assistant.Turn)
		want   guard.Reason
	}{
		"as it was checked":          {func(*prose.Checked, *assistant.Turn) {}, ""},
		"said to a child":            {func(_ *prose.Checked, t *assistant.Turn) { t.Answer = answer.ToChild(t.Answer) }, ""},
		"another number on screen":   {func(_ *prose.Checked, t *assistant.Turn) { t.Answer = strings.Replace(t.Answer, "2525", "2552", 1) }, NotShown},
		"not on screen":              {func(_ *prose.Checked, t *assistant.Turn) { t.Answer = "您好。" }, NotShown},
		"another number in the text": {func(c *prose.Checked, _ *assistant.Turn) { c.Claim.Text = "社会散居孤儿每人每月2552元。" }, guard.Number},
		"a span of its own":          {func(c *prose.Checked, _ *assistant.Turn) { c.Claim.Span = "孤儿每月可以领钱" }, guard.Span},
		"no citation":                {func(_ *prose.Checked, t *assistant.Turn) { t.Citations = t.Citations[:1] }, NotCited},
		"another quote":              {func(_ *prose.Checked, t *assistant.Turn) { t.Citations[1].Quote = "各区县按月发放。" }, Misquote},
		"no quote":                   {func(_ *prose.Checked, t *assistant.Turn) { t.Citations[1].Quote = "" }, Misquote},
	} {
		checked, turn := sound()
		c.change(&checked, &turn)
		if got := recheck(checked, turn); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestSpreadTakesFromEachStyle(t *testing.T) {
	t.Parallel()
	var questions []Question
	for i, style := range []string{"lay", "lay", "lay", "mine", Unanswerable, "lay"} {
		questions = append(questions, Question{Style: style, Line: i + 1})
	}
	lines := func(limit int) (all []int) {
		for _, q := range Spread(questions, limit) {
			all = append(all, q.Line)
		}
		return all
	}
	for limit, want := range map[int][]int{0: {1, 2, 3, 4, 5, 6}, 1: {1}, 3: {1, 4, 5}, 4: {1, 2, 4, 5}, 9: {1, 2, 3, 4, 5, 6}} {
		got := lines(limit)
		if len(got) != len(want) {
			t.Fatalf("%d: %v, want %v", limit, got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%d: %v, want %v", limit, got, want)
			}
		}
	}
}

func TestTheTableHasNoTextOfQuestions(t *testing.T) {
	t.Parallel()
	gold := []Gold{{"通知", "一"}, {"通知", "二"}}
	answered := []Answered{
		{Question: Question{QID: "a", Style: "lay", Question: "这是问题", Gold: gold}, Citations: []answer.Citation{{Document: "《通知》", Clause: "一（二）"}, {Document: "通知", Clause: "三"}}},
		{Question: Question{QID: "b", Style: "lay", Question: "这是问题", Gold: gold[:1]}, Refused: true},
		{Question: Question{QID: "c", Style: Unanswerable, Question: "这是问题"}, Refused: true},
	}
	plain, model := ScoreAnswers(answered, false), ScoreAnswers(answered, true)
	if s := plain.All; s.Precision != .5 || s.Cited != .5 || s.Recall < .33 || s.Recall > .34 || s.Citations != 2 || s.Gold != 3 {
		t.Errorf("%+v", s)
	}
	if r := plain.Refusals; r.Precision != .5 || r.Recall != 1 {
		t.Errorf("%+v", r)
	}
	table := AnswerTable(plain, model)
	if strings.Contains(table, "这是问题") || strings.Count(table, "没有模型") != 2 || strings.Count(table, "接了模型") != 2 || !strings.Contains(table, "准确 0.500（1/2），召回 1.000（1/1）") {
		t.Error(table)
	}
	if got := plain.Mistakes(); !strings.Contains(got, "b 能答，却拒答了") || strings.Count(got, "\n") != 1 {
		t.Error(got)
	}
}
