package triage_test

import (
	"flag"
	"sync"
	"testing"

	"xiaohe/assistant/triage"
	"xiaohe/knowledge/lexical"
)

var ruleFile = flag.String("category", "", "check the examples of the rules of one category only")

func simplified() map[rune]rune { return lexical.Simplified() }

// trained is read once for all tests.
var trained = sync.OnceValues(func() (*triage.Triage, error) { return triage.New(simplified()) })

// newTriage returns one of the test's own, whose fault it may set.
func newTriage(t testing.TB) *triage.Triage {
	t.Helper()
	tr, err := trained()
	if err != nil {
		t.Fatal(err)
	}
	own := *tr
	return &own
}

// TestRulesSpeakInTheirExamples checks every example and counter-example that a rule carries.
func TestRulesSpeakInTheirExamples(t *testing.T) {
	tr := newTriage(t)
	for _, r := range tr.Rules() {
		if *ruleFile != "" && string(r.Category) != *ruleFile {
			continue
		}
		for _, text := range r.Yes {
			if got := tr.Speaks(r.ID, text); got < r.Level {
				t.Errorf("%s says %v, not %v, of: %s", r.ID, got, r.Level, text)
			}
		}
		for _, text := range r.No {
			if got := tr.Speaks(r.ID, text); got >= r.Level {
				t.Errorf("%s says %v of: %s", r.ID, got, text)
			}
		}
	}
}

// TestSureRulesAreNeverWrongOnWhatIsKnown lets the sure rules read every harmless message that triage learns from, and
// the everyday ones.
func TestSureRulesAreNeverWrongOnWhatIsKnown(t *testing.T) {
	tr := newTriage(t).WithoutClassifier()
	sure := map[string]triage.Level{}
	for _, r := range tr.Rules() {
		if r.Sure {
			sure[r.ID] = r.Level
		}
	}
	for _, it := range append(read(t, "train*.jsonl"), read(t, "everyday.jsonl")...) {
		if *it.Max > triage.Distress {
			continue
		}
		for _, e := range tr.Assess(triage.Input{Text: it.Text}).Evidence {
			if sure[e.RuleID] > triage.Distress && e.Level > triage.Distress {
				t.Errorf("%s says %v of %s: %s", e.RuleID, e.Level, it.ID, it.Text)
			}
		}
	}
}
