package triage_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"xiaohe/assistant/triage"
)

// TestNoOpinionLowers merges every kind of opinion, sensible or not, into what rules and classifier said.
func TestNoOpinionLowers(t *testing.T) {
	tr := newTriage(t)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.SampledFrom([]string{"我想死", "他昨晚又打我，我躲在床底", "低保怎么申请", "妈妈跑了没人管", ""}), rapid.String()).Draw(t, "text")
		r := tr.Assess(triage.Input{Text: text})
		o := triage.Opinion{
			Outcome:    rapid.SampledFrom([]triage.Outcome{triage.Answered, triage.NoAnswer, triage.Filtered, "?"}).Draw(t, "outcome"),
			Level:      triage.Level(rapid.IntRange(-3, 9).Draw(t, "level")),
			Categories: rapid.SliceOf(rapid.SampledFrom(triage.Categories)).Draw(t, "categories"),
			Flags:      []triage.Flag{triage.Flag(rapid.SampledFrom([]string{"R1", "R9", "R0", "", "x"}).Draw(t, "flag"))},
			Evidence:   rapid.SliceOf(rapid.SampledFrom([]string{"我", "想死", "nothing", ""})).Draw(t, "evidence"),
		}
		merged := tr.Merge(text, r, o)
		if merged.Level < r.Level || merged.MessageLevel < r.MessageLevel {
			t.Fatalf("%v fell to %v by %+v", r.Level, merged.Level, o)
		}
		for _, f := range r.Flags {
			if !slices.Contains(merged.Flags, f) {
				t.Fatalf("flag %s is gone", f)
			}
		}
		for _, e := range merged.Evidence {
			if e.Start < 0 || e.End > len(text) || e.Start > e.End {
				t.Fatalf("evidence %+v lies outside the message", e)
			}
		}
	})
}

func TestAnOpinionNeedsTheWords(t *testing.T) {
	tr := newTriage(t)
	const text = "今天天气不错，他说这是秘密"
	quiet := tr.Assess(triage.Input{Text: text})
	for _, c := range []struct {
		name, answer string
		want         triage.Level
	}{
		{"with the words", `{"level":3,"categories":["sexual_abuse"],"flags":["R9"],"evidence":["这是秘密"],"subject":"self"}`, triage.High},
		{"with other words", `{"level":4,"categories":[],"flags":[],"evidence":["他打我"],"subject":"self"}`, triage.Concern},
		{"without words", `{"level":3,"categories":[],"flags":[],"evidence":[],"subject":"self"}`, triage.Concern},
		{"lower", `{"level":0,"categories":[],"flags":[],"evidence":[],"subject":"self"}`, quiet.Level},
		{"no such level", `{"level":7,"categories":[],"flags":[],"evidence":[],"subject":"self"}`, quiet.Level},
		{"free text", `我不能回答这个问题`, quiet.Level},
		{"two answers", `{"level":4,"evidence":["这是秘密"]} {"level":0}`, quiet.Level},
	} {
		if got := tr.Merge(text, quiet, triage.ParseOpinion([]byte(c.answer))).Level; got != c.want {
			t.Errorf("%s: %v, not %v", c.name, got, c.want)
		}
	}
	if got := tr.Merge(text, quiet, triage.Opinion{Outcome: triage.Filtered}).Level; got != triage.Concern {
		t.Errorf("the provider refused the message: %v", got)
	}
}
