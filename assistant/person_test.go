package assistant_test

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"xiaohe/assistant"
	"xiaohe/knowledge/measure"
)

var showPerson = flag.Bool("person", false, "print the tuned messages that wantsPerson gets wrong (never the held ones)")

// counts of a half: positives found and missed, negatives taken for a wish.
type personCounts struct{ found, missed, wrong, negatives int }

func (c personCounts) String() string {
	return fmt.Sprintf("wishes %d, found %d, missed %d, recall %.3f; others %d, taken for one %d, precision %.3f",
		c.found+c.missed, c.found, c.missed, float64(c.found)/float64(c.found+c.missed), c.negatives, c.wrong, float64(c.found)/float64(c.found+c.wrong))
}

// TestWantsPerson scores the wish for a human being on messages of our own and counts what it finds in thousands of
// others, none of which was written with it in mind. The table is golden.
func TestWantsPerson(t *testing.T) {
	t.Parallel()
	halves := readPersonSet(t)
	var table strings.Builder
	for _, half := range []string{"tuned", "held"} {
		fmt.Fprintf(&table, "%-6s %s\n", half, halves[half])
	}
	for _, set := range []string{"everyday", "train_everyday", "train_everyday_3", "train_everyday_4", "train_questions", "train_policy", "dev", "gate"} {
		said, err := measure.ReadJSONL[struct{ Text string }]("triage/data/" + set + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, s := range said {
			if assistant.WantsPerson(s.Text) {
				found = append(found, s.Text)
			}
		}
		fmt.Fprintf(&table, "\n%s: %d of %d\n", set, len(found), len(said))
		for _, text := range found {
			fmt.Fprintf(&table, "  %s\n", text)
		}
	}
	compare(t, "testdata/person_golden.txt", table.String())
}

func readPersonSet(t *testing.T) map[string]personCounts {
	t.Helper()
	file, err := os.Open("testdata/person.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	halves := map[string]personCounts{}
	half := ""
	for lines := bufio.NewScanner(file); lines.Scan(); {
		sign, text, _ := strings.Cut(lines.Text(), " ")
		c := halves[half]
		got := sign != "#" && sign != "==" && assistant.WantsPerson(text)
		switch {
		case sign == "==":
			half = text
			continue
		case sign == "+" && got:
			c.found++
		case sign == "+":
			c.missed++
		case sign == "-":
			c.negatives++
			if got {
				c.wrong++
			}
		default:
			continue
		}
		halves[half] = c
		if *showPerson && half == "tuned" && got != (sign == "+") {
			t.Logf("%s %s", sign, text)
		}
	}
	return halves
}
