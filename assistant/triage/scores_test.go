package triage_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"xiaohe/assistant/triage/measure"
)

var update = flag.Bool("update", false, "rewrite the committed tables")

// took is the line of a report that differs from run to run.
var took = regexp.MustCompile(`(?m)^用时.*\n`)

// TestScores compares the tables of all data sets with the committed ones and holds the development set to its bars.
// The sealed files are scored and never read while triage is tuned; their figures are what they are.
func TestScores(t *testing.T) {
	tr := newTriage(t)
	for _, name := range []string{"dev", "trajectories", "everyday", "gate", "gate_trajectories", "threats", "threats_held"} {
		scores := measure.Score(tr, read(t, name+".jsonl"))
		if name == "dev" {
			bars(t, scores)
		}
		got := took.ReplaceAllString(scores.String(), "")
		file := filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs; look at the change and run with -update if it is meant. Now:\n%s", file, got)
		}
	}
}

// bars are those of the issue and of the design, §7.2.
func bars(t *testing.T, s *measure.Scores) {
	t.Helper()
	least := func(what string, share measure.Share, bar float64) {
		t.Helper()
		if share.Value() < bar {
			t.Errorf("%s: %v, bar %.3f", what, share, bar)
		}
	}
	most := func(what string, share measure.Share, bar float64) {
		t.Helper()
		if share.Value() > bar {
			t.Errorf("%s: %v, bar %.3f", what, share, bar)
		}
	}
	least("recall at L3", s.Recall, .95)
	for _, c := range s.Categories {
		least("recall at L3 of "+c.Name, c.Share, .90)
	}
	least("L4 at L3", s.Imminent, 1)
	least("L2 at L2", s.Concern, .85)
	least("flags", s.FlagFound, .90)
	most("harmless at L2", s.Alarm2, .01)
	most("harmless at L3", s.Alarm3, .003)
}
