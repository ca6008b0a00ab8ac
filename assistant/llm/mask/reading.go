package mask

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"xiaohe/knowledge/seed"
)

// reading is a text made ready: its characters in one width, without those that nobody sees, and the words that begin
// and end at each. A character is at index i; [i, j) is a stretch of characters.
type reading struct {
	raw    string
	r      []rune
	from   []int // where character i begins in raw, in bytes
	to     []int // where it ends
	root   []*node
	ends   []class // of the words that end before character i
	starts []class // of those that begin at it
	// place is, where a region begins, its length; inRegion tells whether a character belongs to one.
	place    []int
	inRegion []bool
	// bound tells where an address, a school or a class ends: what follows may be a name.
	bound []bool

	// to which is hidden what is hidden at a character; 0: it is not.
	hiddenEnd  []int
	hiddenKind []kind

	spans []span
	names []name
}

// span is a stretch of raw that must not be seen, in bytes.
type span struct {
	from, to int
	kind     kind
	value    string // what it is a spelling of; empty: the text itself
}

// read makes a text ready.
func read(text string) *reading {
	t := &reading{raw: text}
	t.fold()
	n := len(t.r)
	t.root, t.ends, t.starts = make([]*node, n), make([]class, n+1), make([]class, n)
	t.place, t.inRegion, t.bound, t.hiddenEnd = make([]int, n), make([]bool, n), make([]bool, n+1), make([]int, n)
	t.hiddenKind = make([]kind, n)
	root := words()
	for i, r := range t.r {
		first := root.next[r]
		t.root[i] = first
		at := first
		for j := i + 1; at != nil; j++ {
			if c := at.class; c != 0 {
				t.ends[j] |= c
				t.starts[i] |= c
				if c&region != 0 {
					t.place[i] = j - i
				}
			}
			if j >= n {
				break
			}
			at = at.next[t.r[j]]
		}
	}
	for i := 0; i < n; {
		step := max(t.place[i], 1)
		if n := t.match(i, shortCounty); n > step && i > 0 && t.inRegion[i-1] && !strings.ContainsRune("省市区县盟旗", t.r[i-1]) && t.match(i+n, bare|numbered|school) == 0 {
			step = n // 杭州余杭
			t.place[i] = n
		}
		for j := i; j < i+t.place[i]; j++ {
			t.inRegion[j] = true
		}
		for j := i + 1; j < i+step; j++ {
			t.place[j] = 0
		}
		i += step
	}
	return t
}

// simplified are the simplified forms of traditional characters.
var simplified = sync.OnceValue(func() map[rune]rune {
	forms := map[rune]rune{}
	for _, line := range seed.Lines("traditional.tsv") {
		if r := []rune(strings.ReplaceAll(line, "\t", "")); len(r) == 2 {
			forms[r[0]] = r[1]
		}
	}
	return forms
})

// fold brings full-width characters to half width and traditional ones to simplified, and leaves out what is invisible.
func (t *reading) fold() {
	simple := simplified()
	for i := 0; i < len(t.raw); {
		r, size := utf8.DecodeRuneInString(t.raw[i:])
		switch {
		case isHan(r):
			if short, ok := simple[r]; ok {
				r = short
			}
		case r > ' ' && r <= '~':
		case r >= '！' && r <= '～':
			r -= '！' - '!'
		case r == '\u3000' || r == '\u00a0':
			r = ' '
		case r == '\u00ad' || r == '\u20e3' || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r):
			i += size
			continue
		}
		t.r, t.from, t.to = append(t.r, r), append(t.from, i), append(t.to, i+size)
		i += size
	}
}

// hide marks characters [i, j).
func (t *reading) hide(i, j int, k kind, value string) {
	if i < j {
		t.spans = append(t.spans, span{t.from[i], t.to[j-1], k, value})
		for at := i; at < j; at++ {
			t.hiddenEnd[at], t.hiddenKind[at] = max(t.hiddenEnd[at], j), k
		}
		t.bound[j] = t.bound[j] || k == address || k == schoolName || k == schoolClass
	}
}

// hiddenTo is where that ends which is hidden at i; i: it is not.
func (t *reading) hiddenTo(i int) int {
	if i >= len(t.r) {
		return i
	}
	return max(i, t.hiddenEnd[i])
}

// text is what stands in [i, j), without what is invisible.
func (t *reading) text(i, j int) string { return string(t.r[i:j]) }

// at is the character at i; 0 outside of the text.
func (t *reading) at(i int) rune {
	if i < 0 || i >= len(t.r) {
		return 0
	}
	return t.r[i]
}

// is tells whether the character at i alone is a word of class c.
func (t *reading) is(i int, c class) bool {
	return i >= 0 && i < len(t.r) && t.root[i] != nil && t.root[i].class&c != 0
}

// match is the length of the longest word of class c that begins at i; 0: none.
func (t *reading) match(i int, c class) int { return t.matchTo(i, len(t.r), c) }

// matchTo is the length of the longest word of class c in [i, to) that begins at i; 0: none.
func (t *reading) matchTo(i, to int, c class) int {
	if i < 0 || i >= len(t.r) || t.starts[i]&c == 0 {
		return 0
	}
	found, at := 0, t.root[i]
	for j := i + 1; at != nil && at.under&c != 0; j++ {
		if at.class&c != 0 {
			found = j - i
		}
		if j >= to {
			break
		}
		at = at.next[t.r[j]]
	}
	return found
}

// ended tells whether a word of class c ends before i.
func (t *reading) ended(i int, c class) bool { return i >= 0 && i < len(t.ends) && t.ends[i]&c != 0 }

// han tells whether a Chinese character stands at i.
func (t *reading) han(i int) bool { return isHan(t.at(i)) }

func isHan(r rune) bool {
	return r >= 0x4e00 && r <= 0x9fff || r >= 0x3400 && r <= 0x4dbf || r == '〇' || r >= 0x20000 && r <= 0x3ffff
}

// blanks is where the blanks end that begin at i: at most most of them.
func (t *reading) blanks(i, most int) int {
	for n := 0; n < most && isBlank(t.at(i)); n++ {
		i++
	}
	return i
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' }

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func isDigit(r rune) bool { return r >= '0' && r <= '9' }
