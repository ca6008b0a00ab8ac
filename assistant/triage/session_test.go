package triage_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xiaohe/assistant/triage"
	"xiaohe/assistant/triage/measure"
)

var start = time.Date(2026, 3, 2, 20, 0, 0, 0, time.UTC)

// talk plays messages one minute after another and returns the levels of the session.
func talk(tr *triage.Triage, texts ...string) []triage.Level {
	var session triage.Session
	var levels []triage.Level
	for i, text := range texts {
		in := triage.Input{Text: text, Session: session, Now: start.Add(time.Duration(i) * time.Minute)}
		r := tr.Assess(in)
		session = session.After(in, r)
		levels = append(levels, r.Level)
	}
	return levels
}

// TestASessionOnlyRises plays random messages in a random order.
func TestASessionOnlyRises(t *testing.T) {
	tr := newTriage(t)
	items := development(t)
	rapid.Check(t, func(t *rapid.T) {
		var session triage.Session
		now := start
		var before triage.Level
		for range rapid.IntRange(1, 8).Draw(t, "messages") {
			text := rapid.SampledFrom(items).Draw(t, "message").Text
			now = now.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, "minutes")) * time.Minute)
			in := triage.Input{Text: text, Session: session, Now: now}
			r := tr.Assess(in)
			if kept := session.Level(now); r.Level < kept || kept >= triage.High && kept < before {
				t.Fatalf("fell from %v to %v", before, r.Level)
			}
			stored, err := json.Marshal(session.After(in, r))
			if err != nil {
				t.Fatal(err)
			}
			session = triage.Session{}
			if err := json.Unmarshal(stored, &session); err != nil {
				t.Fatal(err)
			}
			before = r.Level
		}
	})
}

func TestHighIsKeptForSevenDaysUnlessAHumanLowersIt(t *testing.T) {
	tr := newTriage(t)
	in := triage.Input{Text: "我爸昨晚又拿皮带抽我，我躲在床底下不敢出来", Now: start}
	session := triage.Session{}.After(in, tr.Assess(in))
	level := func(s triage.Session, after time.Duration) triage.Level {
		return tr.Assess(triage.Input{Text: "低保怎么申请？", Session: s, Now: start.Add(after)}).Level
	}
	if got := level(session, 6*24*time.Hour); got < triage.High {
		t.Errorf("after six days %v", got)
	}
	if got := level(session, 8*24*time.Hour); got != triage.None {
		t.Errorf("after eight days %v", got)
	}
	if got := level(session.Lower(triage.None, start.Add(time.Hour)), 2*time.Hour); got != triage.None {
		t.Errorf("lowered by a human: %v", got)
	}
}

func TestRetractionThanksAndCalm(t *testing.T) {
	tr := newTriage(t)
	const danger = "我不想活了，今晚就从楼上跳下去"
	for _, c := range []struct {
		then string
		want triage.Level
	}{
		{"刚才逗你的", triage.Imminent}, {"我瞎说的", triage.Imminent}, {"嗯", triage.Imminent}, {"好的谢谢", triage.Imminent},
	} {
		if got := talk(tr, danger, c.then)[1]; got != c.want {
			t.Errorf("after %s: %v", c.then, got)
		}
	}
	const high = "最近老是用刀片划自己胳膊"
	if first := talk(tr, high)[0]; first != triage.High {
		t.Fatalf("%s is %v", high, first)
	}
	for then, want := range map[string]triage.Level{"我想通了，以后不麻烦你了": triage.Imminent, "谢谢": triage.High, "嗯嗯": triage.High} {
		if got := talk(tr, high, then)[1]; got != want {
			t.Errorf("after %s: %v, not %v", then, got, want)
		}
	}
}

func TestACueMayBeSplitOverMessages(t *testing.T) {
	tr := newTriage(t)
	if got := talk(tr, "我想", "死"); got[1] < triage.High {
		t.Errorf("%v", got)
	}
}

// TestTrajectories plays the dialogues: a share of their turns, and no dialogue may end below what it should.
func TestTrajectories(t *testing.T) {
	data, err := os.ReadFile("data/trajectories.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	items, err := measure.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	scores := measure.Score(newTriage(t), items)
	t.Logf("turns in range: %v", scores.Turns)
	const least = .90
	if scores.Turns.Value() < least {
		t.Errorf("fewer than %.2f of the turns are in range:\n%s", least, scores.Mistakes())
	}
}

// TestAFaultReachesAHuman breaks triage in the middle of a message.
func TestAFaultReachesAHuman(t *testing.T) {
	tr := newTriage(t)
	tr.SetFault(func(string) { panic("broken") })
	r := tr.Assess(triage.Input{Text: "低保怎么申请", Now: start})
	if r.Level != triage.Concern || !r.Failed() || r.Evidence[0].RuleID != "internal_error" {
		t.Errorf("%+v", r)
	}
	high := triage.Session{Max: triage.Imminent, MaxAt: start}
	if r := tr.Assess(triage.Input{Text: "嗯", Session: high, Now: start}); r.Level != triage.Imminent || !r.Failed() {
		t.Errorf("in a session at L4: %+v", r)
	}
}

// TestTheHelpButton checks the text that the button sends.
func TestTheHelpButton(t *testing.T) {
	r := newTriage(t).Assess(triage.Input{Text: triage.HelpText})
	if r.Level != triage.High || r.Evidence[0].Source != "button" {
		t.Errorf("%+v", r)
	}
}
