package triage

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// boundary is what stands between a rune and the one before it.
type boundary uint8

const (
	joined   boundary = iota // nothing
	light                    // a blank or a mark that people put between characters: words go on across it
	comma                    // ends a clause
	fullStop                 // ends a sentence
)

// text is a message brought to the form that rules and classifier read: letters, digits and known emoji only, in
// lower case and simplified characters. Everything points back to the raw bytes.
type text struct {
	raw    string
	runes  []rune
	start  []int32    // byte offset of the raw character of each rune
	end    []int32    // byte offset behind it
	before []boundary // what stands before each rune; one more for the end of the text
}

// maxExpansion bounds how many runes one raw character may become (U+FDFA would become eighteen).
const maxExpansion = 4

// normalise reads raw. Zero-width and control characters and combining marks vanish, full width becomes half width,
// other punctuation becomes a boundary.
func (t *Triage) normalise(raw string) *text {
	n := len(raw)/3 + 8
	x := &text{raw: raw, runes: make([]rune, 0, n), start: make([]int32, 0, n), end: make([]int32, 0, n), before: make([]boundary, 0, n+1)}
	pending := fullStop
	for at := 0; at < len(raw); {
		r, size := utf8.DecodeRuneInString(raw[at:])
		from, to := int32(at), int32(at+size)
		at += size
		if r == utf8.RuneError && size == 1 {
			pending = max(pending, light)
			continue
		}
		if kept, ok := t.simple(r); ok {
			x.push(kept, from, to, &pending)
			continue
		}
		if b, ok := separator(r); ok {
			pending = max(pending, b)
			continue
		}
		count := 0
		for rest := norm.NFKD.PropertiesString(raw[from:to]).Decomposition(); len(rest) > 0 && count < maxExpansion; count++ {
			part, width := utf8.DecodeRune(rest)
			rest = rest[width:]
			if kept, ok := t.simple(part); ok {
				x.push(kept, from, to, &pending)
			} else if b, ok := separator(part); ok {
				pending = max(pending, b)
			}
		}
	}
	x.before = append(x.before, fullStop)
	x.rejoin()
	return t.homophones.apply(x)
}

func (x *text) push(r rune, from, to int32, pending *boundary) {
	x.runes = append(x.runes, r)
	x.start = append(x.start, from)
	x.end = append(x.end, to)
	x.before = append(x.before, *pending)
	*pending = joined
}

// simple returns the comparable form of characters that need no decomposition.
func (t *Triage) simple(r rune) (rune, bool) {
	switch {
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		return r, true
	case r >= 'A' && r <= 'Z':
		return r + 'a' - 'A', true
	case r >= 0x3400 && r <= 0x9FFF, r >= 0x20000 && r <= 0x3FFFF:
		if s, ok := t.simplified[r]; ok {
			return s, true
		}
		return r, true
	case t.emoji[r]:
		return r, true
	}
	return 0, false
}

// separator tells what a character that is no word parts. ok is false for what may still decompose into letters.
func separator(r rune) (b boundary, ok bool) {
	switch r {
	case '。', '！', '？', '!', '?', '；', ';', '\n', '\r', '…', '\u2028', '\u2029':
		return fullStop, true
	case '，', ',', '、', '：', ':', '“', '”', '"', '「', '」', '『', '』', '《', '》', '（', '）', '(', ')', '【', '】':
		return comma, true
	}
	switch {
	case unicode.IsLetter(r): // of a script that nobody here reads, or still to be decomposed
		return 0, false
	case r < 0x80, unicode.IsSpace(r), unicode.IsPunct(r):
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return joined, true
		}
		return light, true
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Cc, unicode.Variation_Selector):
		return joined, true
	case unicode.In(r, unicode.So, unicode.Sk, unicode.Sm) && norm.NFKD.PropertiesString(string(r)).Decomposition() == nil:
		return light, true
	}
	return 0, false
}

// rejoin takes away marks that were put between single characters to hide a word (想。死。了): a comma or full stop
// between pieces of one and at most two runes parts nothing.
func (x *text) rejoin() {
	last := 0 // where the piece before the present mark began
	for i := 1; i < len(x.runes); i++ {
		if x.before[i] < comma {
			continue
		}
		next := i + 1
		for next < len(x.runes) && next < i+3 && x.before[next] < comma {
			next++
		}
		left, right := i-last, next-i
		last = i
		if min(left, right) == 1 && max(left, right) <= 2 {
			x.before[i] = light
		}
	}
}

// raw offsets of runes [from, to).
func (x *text) span(from, to int) (start, end int) {
	if from >= to || to > len(x.runes) {
		return 0, 0
	}
	return int(x.start[from]), int(x.end[to-1])
}
