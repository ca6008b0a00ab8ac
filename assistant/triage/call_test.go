package triage_test

import (
	"testing"

	"xiaohe/assistant/triage"
)

// Whoever only asks for a person gets one, and not the words for somebody in danger.
func TestABareCallForAPersonIsNoDanger(t *testing.T) {
	t.Parallel()
	tr := newTriage(t)
	for text, want := range map[string]triage.Level{
		"我要找人": triage.None, " 我要找人！": triage.None, "我要跟人说话": triage.None, "转人工": triage.None,
		triage.HelpText: triage.High,
	} {
		if got := tr.Assess(triage.Input{Text: text}).Level; got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	if got := tr.Assess(triage.Input{Text: "我不想活了，我要找人"}).Level; got < triage.High {
		t.Errorf("a call beside danger: %v", got)
	}
}
