package mask_test

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xiaohe/assistant/llm/mask"
)

var update = flag.Bool("update", false, "write the committed scores anew")

// sample is a text with the parts of it that must not and that must survive.
type sample struct {
	Text     string   `json:"text"`
	Hide     []string `json:"hide"`
	Keep     []string `json:"keep"`
	Question string   `json:"question"` // the text in sets of questions
}

func samples(t testing.TB, name string) []sample {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []sample
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var s sample
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, s)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// score counts what was hidden of what must be, and what was kept.
type score struct{ texts, hide, hidden, keep, kept int }

// judge hides every text by a table of its own. missed is told what went wrong.
func judge(all []sample, missed func(format string, a ...any)) score {
	n := score{texts: len(all)}
	for _, s := range all {
		out := mask.New().Hide(s.Text)
		for _, part := range s.Hide {
			n.hide++
			if strings.Contains(out, part) {
				missed("not hidden: %s\n  %s\n  %s", part, s.Text, out)
			} else {
				n.hidden++
			}
		}
		for _, part := range s.Keep {
			n.keep++
			if strings.Contains(out, part) {
				n.kept++
			} else {
				missed("not kept: %s\n  %s\n  %s", part, s.Text, out)
			}
		}
	}
	return n
}

func (n score) String() string {
	return fmt.Sprintf("%d texts, hidden %d/%d = %.4f, kept %d/%d", n.texts, n.hidden, n.hide, float64(n.hidden)/float64(max(n.hide, 1)), n.kept, n.keep)
}

func TestScores(t *testing.T) {
	t.Parallel()
	dev := judge(samples(t, "testdata/dev.jsonl"), t.Logf)
	// Texts of a second author, each batch written before the rules had seen it; recall at first sight was .72, .84 and .81.
	second := judge(samples(t, "testdata/second.jsonl"), t.Logf)
	// Texts of a third author in four parts; recall at first sight was .95, .83, .82 and .82 (before there was a lexicon of
	// plain words .82, .65, .65 and .57).
	third := judge(samples(t, "testdata/third.jsonl"), t.Logf)
	// Texts as hard as could be thought of, against the lexicon, in six parts; recall at first sight was .88, .85, .81,
	// .87, .88 and .75.
	fourth := judge(samples(t, "testdata/fourth.jsonl"), t.Logf)
	changed := 0
	benign := samples(t, "testdata/benign.jsonl")
	for _, s := range benign {
		if out := mask.New().Hide(s.Text); out != s.Text {
			changed++
			t.Logf("changed: %s\n  %s", s.Text, out)
		}
	}
	table := fmt.Sprintf("dev     %v\nsecond  %v\nthird   %v\nfourth  %v\nbenign  %d texts, changed %d\n", dev, second, third, fourth, len(benign), changed)
	golden(t, "testdata/scores.txt", table)
	if recall := float64(dev.hidden) / float64(dev.hide); recall < 0.99 {
		t.Errorf("recall %.4f is below 0.99", recall)
	}
	if changed > 0 {
		t.Errorf("%d texts with nothing to hide were changed", changed)
	}
}

// The sealed sets were written by others and are never looked at by who tunes: only their figures are told, and held.
func TestSealedScores(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/sealed*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatal("no sealed sets: ", err)
	}
	var table strings.Builder
	for _, name := range files {
		set := strings.TrimSuffix(filepath.Base(name), ".jsonl")
		fmt.Fprintf(&table, "%-8s%v\n", set, judge(samples(t, name), func(string, ...any) {}))
	}
	golden(t, "testdata/scores_sealed.txt", table.String())
}

// golden compares with committed figures.
func golden(t *testing.T, file, got string) {
	t.Helper()
	t.Log("\n" + got)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("scores changed; they were\n%s", want)
	}
}
