package extract

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden results")

// TestSealedScores holds the figures of messages that somebody else wrote and that are never looked at by who tunes: the
// facts that a good model would find, how many of them pass the check, and whether a model is asked where it can help.
func TestSealedScores(t *testing.T) {
	t.Parallel()
	d := book(t).Dictionary
	all := samplesOf(t, "testdata/sealed.jsonl")
	var facts, kept, refused, missed, asked int
	for _, s := range all {
		good, no, err := Check(d, s.Text, s.context(), answerOf(t, s.Facts...))
		if err != nil {
			t.Fatal("an answer in the right form is not read")
		}
		facts += len(s.Facts)
		refused += len(no)
		for _, statement := range good {
			kept += max(1, len(statement.Value.In))
		}
		if s.missed(t) {
			missed++
			if Worth(s.Text, s.context()) {
				asked++
			}
		}
	}
	got := fmt.Sprintf("%d messages, %d facts: kept %d, refused %d; a model is asked for %d of %d messages that it reads better\n", len(all), facts, kept, refused, asked, missed)
	t.Log(got)
	const golden = "testdata/scores_sealed.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("scores changed; they were\n%s", want)
	}
}
