package prompts_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"xiaohe/prompts"
)

// followUps come after a script that has said whose fault it is not and who has to report.
var followUps = []prompts.Situation{prompts.FollowWhere, prompts.FollowWho, prompts.FollowHurt, prompts.FollowStay}

func TestFollowUpsComeInOrderAndThenStay(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]prompts.Situation{
		-1: prompts.FollowWhere, 0: prompts.FollowWhere, 1: prompts.FollowWho, 2: prompts.FollowHurt, 3: prompts.FollowStay, 4: prompts.FollowStay, 99: prompts.FollowStay,
	} {
		if got := prompts.FollowUp(n); got != want {
			t.Errorf("FollowUp(%d) = %s, not %s", n, got, want)
		}
	}
}

func TestWhatWasAskedIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	b := load(t)
	for shown, want := range map[string]prompts.Situation{
		"":                            prompts.FollowWhere,
		"unheard of":                  prompts.FollowWhere,
		"small_child_home_violence@3": prompts.FollowWhere, // asked whether it is safe
		"caregiver_medical@4":         prompts.FollowWhere, // asked for breath
		"caregiver_runaway@3":         prompts.FollowWhere, // asked who is near
		"teenager_suicide@4":          prompts.FollowHurt,  // asked where and who
		"caregiver_runaway@4":         prompts.FollowHurt,
		"teenager_after_high@4":       prompts.FollowWho,
		"teenager_bullying@3 teenager_follow_where@3 teenager_follow_who@3":   prompts.FollowStay,
		"caregiver_medical@4 caregiver_follow_where@4 caregiver_follow_who@4": prompts.FollowStay,
	} {
		if got := b.NextFollowUp(strings.Fields(shown)); got != want {
			t.Errorf("after %q: %s, not %s", shown, got, want)
		}
	}
}

// A talk in any situation: no follow-up asks what was asked before, and after at most three it stays.
func TestATalkAsksNothingTwice(t *testing.T) {
	t.Parallel()
	b := load(t)
	rapid.Check(t, func(t *rapid.T) {
		audience := rapid.SampledFrom(prompts.Audiences).Draw(t, "audience")
		level := rapid.IntRange(3, 4).Draw(t, "level")
		first := b.Render(prompts.Request{Situation: rapid.SampledFrom(prompts.Situations).Draw(t, "situation"), Audience: audience, Level: level, On: day})
		shown := []string{first.ID}
		var asked []prompts.Situation
		for turn := range 6 {
			next := b.NextFollowUp(shown)
			if next != prompts.FollowStay && slices.Contains(asked, next) || turn >= 3 && next != prompts.FollowStay {
				t.Fatalf("turn %d: %s after %v", turn, next, shown)
			}
			asked = append(asked, next)
			shown = append(shown, b.Render(prompts.Request{Situation: next, Audience: audience, Level: level, AISaid: true, On: day}).ID)
		}
	})
}

func TestFollowUpsAreShortAndLeaveAWayOut(t *testing.T) {
	t.Parallel()
	b := load(t)
	for _, situation := range followUps {
		for _, audience := range prompts.Audiences {
			for level := 3; level <= 4; level++ {
				r := b.Render(prompts.Request{Situation: situation, Audience: audience, Level: level, AISaid: true, HumanOnDuty: true, On: day})
				text := strings.Join(r.Bubbles, "")
				switch {
				case len(r.Bubbles) < 2 || len(r.Bubbles) > 3 || !r.QuickExit:
					t.Errorf("%s: %d bubbles, exit %v", r.ID, len(r.Bubbles), r.QuickExit)
				case !strings.Contains(text, "值班老师已经收到"):
					t.Errorf("%s says nothing of the human: %s", r.ID, text)
				case strings.Contains(text, "？") == (situation == prompts.FollowStay):
					t.Errorf("%s: the wrong number of questions: %s", r.ID, text)
				}
			}
		}
	}
}

// The same first sentence turn after turn sounds like a machine.
func TestFollowUpsDoNotBeginAlike(t *testing.T) {
	t.Parallel()
	b := load(t)
	for _, audience := range prompts.Audiences {
		for level := 3; level <= 4; level++ {
			last := ""
			for _, situation := range followUps {
				s := b.ScriptFor(situation, audience, level)
				if s.Bubbles[0] == last {
					t.Errorf("%s begins like the one before: %s", s.ID, last)
				}
				last = s.Bubbles[0]
			}
		}
	}
}

func TestReplyName(t *testing.T) {
	t.Parallel()
	r := prompts.Reply{ID: "small_child_home_violence@3", Version: 2}
	if got := r.Name(); got != "small_child_home_violence@3.v2" {
		t.Error(got)
	}
}

func TestSympathy(t *testing.T) {
	t.Parallel()
	b := load(t)
	for _, audience := range append([]prompts.Audience{"", "somebody"}, prompts.Audiences...) {
		for n := -4; n < 7; n++ {
			line := b.Sympathy(audience, n)
			if line == "" || utf8.RuneCountInString(line) > 40 || line == b.Sympathy(audience, n+1) {
				t.Errorf("%s %d: %q", audience, n, line)
			}
		}
	}
	if b.Sympathy("somebody", 1) != b.Sympathy(prompts.Teenager, 1) {
		t.Error("an unknown listener hears something else than a teenager")
	}
}
