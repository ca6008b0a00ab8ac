package knowledge

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"xiaohe/knowledge/lexical"
	"xiaohe/knowledge/seed"
)

// entry of the lay-to-policy lexicon: any of the lay words brings in the policy terms.
type lexiconEntry struct {
	lay, policy []string
}

var lexicon = sync.OnceValue(func() []lexiconEntry {
	var entries []lexiconEntry
	for _, line := range seed.Lines("lexicon.tsv") {
		lay, rest, _ := strings.Cut(line, "\t")
		policy, _, _ := strings.Cut(rest, "\t")
		entries = append(entries, lexiconEntry{words(lay), words(policy)})
	}
	return entries
})

func words(field string) []string {
	var list []string
	for w := range strings.SplitSeq(field, "|") {
		if w = lexical.Normalize(strings.TrimSpace(w)); w != "" {
			list = append(list, w)
		}
	}
	return list
}

// expand returns the policy terms for the lay words that occur in normalised text.
func expand(text string) []string {
	var terms []string
	for _, e := range lexicon() {
		if slices.ContainsFunc(e.lay, func(w string) bool { return strings.Contains(text, w) }) {
			terms = append(terms, e.policy...)
		}
	}
	slices.Sort(terms)
	return slices.Compact(terms)
}

// stopReplacer blanks question words and politeness, longest first.
var stopReplacer = sync.OnceValue(func() *strings.Replacer {
	stop := seed.Lines("stopwords.txt")
	slices.SortStableFunc(stop, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	var pairs []string
	for _, w := range stop {
		pairs = append(pairs, lexical.Normalize(w), " ")
	}
	return strings.NewReplacer(pairs...)
})

// strip takes question words and politeness out of normalised text.
func strip(text string) string { return stopReplacer().Replace(text) }
