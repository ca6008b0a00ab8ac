package guard_test

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"xiaohe/assistant/guard"
)

var update = flag.Bool("update", false, "write testdata/scores.txt anew")

// example is a claim over a ground, and whether it may be shown.
type example struct {
	ID     string          `json:"id"`
	Ground json.RawMessage `json:"ground"` // a ground, or the name of a shared one
	Claim  guard.Claim     `json:"claim"`
	Want   string          `json:"want"` // pass, drop
	Reason string          `json:"reason"`
	Author int             `json:"author"` // who wrote it; 0 in the sealed sets

	ground guard.Ground
}

// load reads examples with their grounds.
func load(tb testing.TB, name, grounds string) []example {
	tb.Helper()
	shared := map[string]guard.Ground{}
	if data, err := os.ReadFile(filepath.Join("testdata", grounds)); err == nil {
		if err := json.Unmarshal(data, &shared); err != nil {
			tb.Fatalf("read %s: %v", grounds, err)
		}
	}
	file, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	var all []example
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var e example
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			tb.Fatalf("%s: %v: %s", name, err, lines.Text())
		}
		var key string
		if json.Unmarshal(e.Ground, &key) == nil {
			ground, ok := shared[key]
			if !ok {
				tb.Fatalf("%s: %s: no ground %q", name, e.ID, key)
			}
			e.ground = ground
		} else if err := json.Unmarshal(e.Ground, &e.ground); err != nil {
			tb.Fatalf("%s: %s: %v", name, e.ID, err)
		}
		all = append(all, e)
	}
	return all
}

// score is how a set of examples fared.
type score struct {
	good, goodPassed, bad, badPassed int
	reasons                          map[string]int // why bad sentences were dropped
	wrongly                          map[string]int // why good sentences were
	wrong                            []string
}

func judge(all []example) score {
	s := score{reasons: map[string]int{}, wrongly: map[string]int{}}
	for _, e := range all {
		text, reason := guard.New(e.ground).Check(e.Claim)
		switch {
		case e.Want == "pass" && reason == "":
			s.good++
			s.goodPassed++
		case e.Want == "pass":
			s.good++
			s.wrongly[string(reason)]++
			s.wrong = append(s.wrong, fmt.Sprintf("dropped %s (%s): %s", e.ID, string(reason), e.Claim.Text))
		case reason == "":
			s.bad++
			s.badPassed++
			s.wrong = append(s.wrong, fmt.Sprintf("PASSED %s (%s): %s", e.ID, e.Reason, text))
		default:
			s.bad++
			s.reasons[string(reason)]++
		}
	}
	return s
}

func (s score) sums() string {
	return fmt.Sprintf("good sentences: %d of %d pass (%.1f %%)\nbad sentences:  %d of %d pass\n", s.goodPassed, s.good, 100*float64(s.goodPassed)/float64(max(s.good, 1)), s.badPassed, s.bad)
}

func (s score) String() string {
	return fmt.Sprintf("%sgood sentences dropped:%s\nbad sentences dropped: %s\n", s.sums(), counts(s.wrongly), counts(s.reasons))
}

// authors is how many people wrote the sentences of the development set.
const authors = 4

func by(all []example, author int) []example {
	return slices.DeleteFunc(slices.Clone(all), func(e example) bool { return e.Author != author })
}

// byAuthor gives the scores of each author's sentences, then of all.
func byAuthor(all []example) (score, string) {
	var b strings.Builder
	for author := 1; author <= authors; author++ {
		fmt.Fprintf(&b, "author %d\n%s\n", author, judge(by(all, author)))
	}
	s := judge(all)
	fmt.Fprintf(&b, "all\n%s", s)
	return s, b.String()
}

func counts(by map[string]int) string {
	var b strings.Builder
	for _, key := range sorted(by) {
		fmt.Fprintf(&b, " %s %d", key, by[key])
	}
	return b.String()
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// TestNothingUnsupportedPasses is the bar: no bad sentence passes, and at least nine of ten good ones of the first two
// authors do. The others paraphrase freely, and what is said in words that the guard does not know is dropped.
func TestNothingUnsupportedPasses(t *testing.T) {
	t.Parallel()
	all := load(t, "adversarial.jsonl", "grounds.json")
	s, text := byAuthor(all)
	for _, line := range s.wrong {
		t.Log(line)
	}
	if s.good < 900 || s.bad < 1650 {
		t.Errorf("%d sentences, %d good and %d bad: fewer than the set was made of", len(all), s.good, s.bad)
	}
	if s.badPassed > 0 {
		t.Errorf("%d bad sentences pass", s.badPassed)
	}
	for author, least := range leastGood {
		own := judge(by(all, author))
		if own.good == 0 || own.goodPassed*100 < own.good*least {
			t.Errorf("only %d of %d good sentences of author %d pass", own.goodPassed, own.good, author)
		}
	}
	golden(t, "scores.txt", text)
}

// leastGood is how many of a hundred good sentences must pass, by author.
var leastGood = map[int]int{1: 90, 2: 90, 3: 75, 4: 85}

// TestSealedSentences scores sentences that nobody who tunes the guard has read: they are counted, never printed.
func TestSealedSentences(t *testing.T) {
	t.Parallel()
	golden(t, "scores_sealed.txt", "first sealed set\n"+judge(load(t, "sealed.jsonl", "grounds_sealed.json")).sums()+
		"\nsecond sealed set\n"+judge(load(t, "sealed2.jsonl", "grounds_sealed2.json")).sums())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs; go test -run %s -update writes it anew\n%s", path, t.Name(), got)
	}
}
