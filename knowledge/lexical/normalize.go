// Package lexical turns Chinese text into BM25 vectors over character unigrams and bigrams.
// It is pure: text in, sparse vectors out. The scores come from PostgreSQL (pgvector sparsevec, inner product).
package lexical

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"xiaohe/knowledge/seed"
)

// Simplified returns the table from traditional characters to their simplified forms. It is shared: read only.
func Simplified() map[rune]rune { return simplified() }

var simplified = sync.OnceValue(func() map[rune]rune {
	table := map[rune]rune{}
	for _, line := range seed.Lines("traditional.tsv") {
		from, to, _ := strings.Cut(line, "\t")
		f, _ := utf8.DecodeRuneInString(from)
		t, _ := utf8.DecodeRuneInString(to)
		table[f] = t
	}
	return table
})

// Normalize brings text to the form that is compared: NFKC (full width to half width), lower case,
// traditional to simplified. Bytes that are no UTF-8 become U+FFFD, control characters blanks.
func Normalize(text string) string {
	table := simplified()
	return strings.Map(func(r rune) rune {
		if s, ok := table[r]; ok {
			return s
		}
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToLower(norm.NFKC.String(strings.ToValidUTF8(text, "\uFFFD"))))
}
