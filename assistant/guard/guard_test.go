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
	byReason                         map[string]map[string]int // why it should be dropped → why it was
	wrongly                          map[string]int            // good sentences dropped, by reason
	wrong                            []string
}

func judge(all []example) score {
	s := score{byReason: map[string]map[string]int{}, wrongly: map[string]int{}}
	for _, e := range all {
		text, reason := guard.New(e.ground).Check(e.Claim)
		if e.Want == "pass" {
			s.good++
			if reason == "" {
				s.goodPassed++
			} else {
				s.wrongly[string(reason)]++
				s.wrong = append(s.wrong, fmt.Sprintf("dropped %s (%s): %s", e.ID, reason, e.Claim.Text))
			}
			continue
		}
		s.bad++
		if s.byReason[e.Reason] == nil {
			s.byReason[e.Reason] = map[string]int{}
		}
		seen := string(reason)
		if reason == "" {
			s.badPassed, seen = s.badPassed+1, "PASSED"
			s.wrong = append(s.wrong, fmt.Sprintf("PASSED %s (%s): %s", e.ID, e.Reason, text))
		}
		s.byReason[e.Reason][seen]++
	}
	return s
}

func (s score) sums() string {
	return fmt.Sprintf("good sentences: %d of %d pass (%.1f %%)\nbad sentences:  %d of %d pass\n", s.goodPassed, s.good, 100*float64(s.goodPassed)/float64(max(s.good, 1)), s.badPassed, s.bad)
}

func (s score) String() string {
	var b strings.Builder
	b.WriteString(s.sums())
	if len(s.wrongly) > 0 {
		fmt.Fprintf(&b, "\ngood sentences dropped, by reason:%s\n", counts(s.wrongly))
	}
	b.WriteString("\nbad sentences: why they should be dropped → why they were\n")
	for _, reason := range sorted(s.byReason) {
		fmt.Fprintf(&b, "%-12s%s\n", reason, counts(s.byReason[reason]))
	}
	return b.String()
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

// TestNothingUnsupportedPasses is the bar: no bad sentence passes, at least nine of ten good ones do.
func TestNothingUnsupportedPasses(t *testing.T) {
	t.Parallel()
	all := load(t, "adversarial.jsonl", "grounds.json")
	s := judge(all)
	for _, line := range s.wrong {
		t.Log(line)
	}
	if len(all) < 300 || s.good < 120 || s.bad < 170 {
		t.Errorf("%d sentences, %d good and %d bad: fewer than the set was made of", len(all), s.good, s.bad)
	}
	if s.badPassed > 0 {
		t.Errorf("%d bad sentences pass", s.badPassed)
	}
	if s.goodPassed*10 < s.good*9 {
		t.Errorf("only %d of %d good sentences pass", s.goodPassed, s.good)
	}
	golden(t, "scores.txt", s.String())
}

// TestSealedSentences scores sentences that nobody who tunes the guard has read: they are counted, never printed.
func TestSealedSentences(t *testing.T) {
	t.Parallel()
	golden(t, "scores_sealed.txt", judge(load(t, "sealed.jsonl", "grounds_sealed.json")).sums())
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
