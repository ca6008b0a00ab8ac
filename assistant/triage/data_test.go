package triage_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"xiaohe/assistant/triage"
	"xiaohe/assistant/triage/measure"
	"xiaohe/knowledge/lexical"
)

// read reads the files of data that a pattern names.
func read(t testing.TB, pattern string) []measure.Item {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("data", pattern))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %v", pattern, err)
	}
	var all []measure.Item
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		items, err := measure.Read(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, items...)
	}
	return all
}

// TestThereIsEnoughToLearnFrom counts the messages of each kind.
func TestThereIsEnoughToLearnFrom(t *testing.T) {
	for _, set := range []struct {
		pattern                     string
		all, category, high, benign int
	}{{"train*.jsonl", 2000, 150, 0, 800}, {"dev.jsonl", 1200, 40, 30, 600}, {"gate.jsonl", 300, 20, 20, 300}} {
		items := read(t, set.pattern)
		risk, high := map[triage.Category]int{}, map[triage.Category]int{}
		benign := 0
		ids := map[measure.ID]bool{}
		for _, it := range items {
			if ids[it.ID] || it.Min == nil {
				t.Errorf("%s: %s stands twice or has no level", set.pattern, it.ID)
			}
			ids[it.ID] = true
			switch {
			case *it.Max <= triage.Distress:
				benign++
			default:
				risk[it.Category]++
				if *it.Min >= triage.High {
					high[it.Category]++
				}
			}
		}
		if len(items) < set.all || benign < set.benign {
			t.Errorf("%s: %d messages, %d harmless", set.pattern, len(items), benign)
		}
		for _, c := range triage.Categories {
			if risk[c] < set.category || c != triage.Distressed && high[c] < set.high {
				t.Errorf("%s: %d of %s, %d at L3", set.pattern, risk[c], c, high[c])
			}
		}
	}
}

// shingles are the 3-grams of a text without marks; of a shorter text, the text itself.
func shingles(text string) map[string]bool {
	runes := []rune(strings.Map(func(r rune) rune {
		if unicode.IsPunct(r) || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, lexical.Normalize(text)))
	set := map[string]bool{}
	if len(runes) < 3 {
		set[string(runes)] = true
	}
	for i := 0; i+3 <= len(runes); i++ {
		set[string(runes[i:i+3])] = true
	}
	return set
}

// TestTestsAreHeldApart looks for messages of the development and sealed sets that come too near to one that was
// learned from: 3-gram Jaccard of .6 and more. It names ids, never words.
func TestTestsAreHeldApart(t *testing.T) {
	const near = 0.6
	learned := read(t, "train*.jsonl")
	sizes := make([]int, len(learned))
	by := map[string][]int{}
	for i, it := range learned {
		set := shingles(it.Text)
		sizes[i] = len(set)
		for s := range set {
			by[s] = append(by[s], i)
		}
	}
	for _, name := range []string{"dev.jsonl", "gate.jsonl"} {
		for _, it := range read(t, name) {
			set := shingles(it.Text)
			common := map[int]int{}
			for s := range set {
				for _, i := range by[s] {
					common[i]++
				}
			}
			for i, n := range common {
				if float64(n) >= near*float64(len(set)+sizes[i]-n) {
					t.Errorf("%s is too near to %s", it.ID, learned[i].ID)
				}
			}
		}
	}
}
