package triage_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

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
		merged := tr.Merge(triage.Input{Text: text}, r, o)
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
		{"no such subject", `{"level":4,"categories":[],"flags":[],"evidence":["这是秘密"],"subject":"somebody"}`, quiet.Level},
		{"no subject", `{"level":4,"categories":[],"flags":[],"evidence":["这是秘密"]}`, quiet.Level},
		{"free text", `我不能回答这个问题`, quiet.Level},
		{"two answers", `{"level":4,"categories":[],"flags":[],"evidence":["这是秘密"],"subject":"self"} {"level":0}`, quiet.Level},
	} {
		if got := tr.Merge(triage.Input{Text: text}, quiet, triage.ParseOpinion([]byte(c.answer))).Level; got != c.want {
			t.Errorf("%s: %v, not %v", c.name, got, c.want)
		}
	}
	if got := tr.Merge(triage.Input{Text: text}, quiet, triage.Opinion{Outcome: triage.Filtered}).Level; got != triage.Concern {
		t.Errorf("the provider refused the message: %v", got)
	}
}

// TestAConcernOfAnOpinionCountsInTheSession: the third message at L2 makes L3 (S3), whoever found that it is at L2. What no
// words of the message bear out stays at L2.
func TestAConcernOfAnOpinionCountsInTheSession(t *testing.T) {
	tr := newTriage(t)
	const text = "今天天气不错，他说这是秘密"
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	opinion := func(level int, evidence string) triage.Opinion {
		return triage.ParseOpinion(fmt.Appendf(nil, `{"level":%d,"categories":["distress"],"flags":[],"evidence":[%q],"subject":"self"}`, level, evidence))
	}
	for _, c := range []struct {
		name    string
		before  int // messages at L2
		opinion triage.Opinion
		want    triage.Level
	}{
		{"the first", 0, opinion(2, "秘密"), triage.Concern},
		{"the second", 1, opinion(2, "秘密"), triage.Concern},
		{"the third", 2, opinion(2, "秘密"), triage.High},
		{"the third, refused by the provider", 2, triage.Opinion{Outcome: triage.Filtered}, triage.High},
		{"the third, without the words", 2, opinion(2, "别的话"), triage.Concern},
		{"the third, graver without the words", 2, opinion(4, "别的话"), triage.Concern},
		{"nothing after two", 2, opinion(1, "秘密"), triage.Concern},
		{"no answer after two", 2, triage.Opinion{Outcome: triage.NoAnswer}, triage.Concern},
	} {
		session := triage.Session{Turns: c.before, Max: min(triage.Level(2*c.before), triage.Concern), MaxAt: now}
		for i := range c.before {
			session.Concerns = append(session.Concerns, triage.Heard{At: now.Add(-time.Hour), Turn: i + 1})
		}
		in := triage.Input{Text: text, Session: session, Now: now}
		r := tr.Merge(in, tr.Assess(in), c.opinion)
		if r.Level != c.want || r.MessageLevel > triage.Concern {
			t.Errorf("%s: %v, not %v; the message alone %v", c.name, r.Level, c.want, r.MessageLevel)
		}
		if rise := slices.ContainsFunc(r.Evidence, func(e triage.Evidence) bool { return e.RuleID == "S3" }); rise != (c.want == triage.High) {
			t.Errorf("%s: evidence %+v", c.name, r.Evidence)
		}
	}
}
