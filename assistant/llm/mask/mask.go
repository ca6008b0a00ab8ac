// Package mask hides personal data before a text leaves the machine: identity cards, telephones, bank cards, accounts,
// plates, addresses below the county, names, schools and classes. Each becomes a placeholder as 〔姓名1〕, the same one
// wherever it stands, and is put back into what a model says.
//
// Numbers, addresses and names that words announce are found by their forms. Everything else is cut into the words and
// names that make it likeliest (likely.go), with a lexicon of plain words: a stretch that is no word and could be a name is
// hidden, for to hide a word costs little (it comes back with the answer) and to show a name much.
//
// What a decision may need stays: amounts, dates, ages, grades, provinces, cities and counties, offices, hotlines and the
// numbers of documents. So do dates of birth, whole: whether somebody is under 8, 16 or 18 turns on the day, and without
// a name, an address or a number the day points at nobody.
package mask

import (
	"cmp"
	"slices"
	"strings"
)

// Table holds what was hidden in the texts of one call. It is not safe for concurrent use.
type Table struct {
	public  map[string]bool // digits of numbers that stay
	marks   map[hidden]mark // what stands for a text
	texts   map[mark]string // what a placeholder stands for
	groups  map[hidden]int  // value → number
	spelled map[[2]int]int  // kind and number → spellings so far
	counts  [len(kindNames)]int
	taken   map[mark]bool     // look-alikes that came in a text: never given
	known   map[string]string // a name, or a short form of it → the name
	lengths uint64            // of the known, in characters: bit n
}

// hidden is a text, or the value that several texts spell, with its kind.
type hidden struct {
	kind kind
	text string
}

// New returns an empty table. public are telephone numbers that everybody may know: they stay.
func New(public ...string) *Table {
	t := &Table{public: map[string]bool{}, marks: map[hidden]mark{}, texts: map[mark]string{}, groups: map[hidden]int{},
		spelled: map[[2]int]int{}, taken: map[mark]bool{}, known: map[string]string{}}
	for _, number := range public {
		t.public[onlyDigits(number)] = true
	}
	return t
}

// Learn notes the names that texts tell, so that they are hidden in all texts of the call: also where a name stands
// alone in an earlier text than the one that tells whose it is. Hide does it for its own text.
func (t *Table) Learn(texts ...string) {
	for _, text := range texts {
		r := t.find(text)
		t.learn(r)
	}
}

// Hide returns the text with placeholders for personal data. Show of the result is the text again, byte for byte,
// whatever it holds.
func (t *Table) Hide(text string) string {
	r := t.find(text)
	t.learn(r)
	t.findKnown(r)
	t.findLookAlikes(r)
	spans := merge(r.spans)
	if len(spans) == 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 8*len(spans))
	last := 0
	for _, s := range spans {
		b.WriteString(text[last:s.from])
		if s.kind == person {
			s.value = t.whose(s.value)
		}
		b.WriteString(t.mark(s.kind, text[s.from:s.to], s.value).String())
		last = s.to
	}
	b.WriteString(text[last:])
	return b.String()
}

// find reads a text and marks everything that its own words give away.
func (t *Table) find(text string) *reading {
	r := read(text)
	r.findNumbers(t.public)
	r.findCodes()
	r.findMails()
	r.findPlates()
	r.findAddresses()
	r.findHamlets()
	r.findCorps()
	r.findNamedPlaces()
	r.findSchools()
	r.findFirms()
	r.findNames()
	return r
}

// mark is what stands for a text. Spellings of one value share its number.
func (t *Table) mark(k kind, text, value string) mark {
	key := hidden{k, text}
	if m, ok := t.marks[key]; ok {
		return m
	}
	if value == "" {
		value = text
	}
	group, n := hidden{k, value}, 0
	for n = t.groups[group]; n == 0; {
		t.counts[k]++
		if next := t.counts[k]; !t.taken[mark{k, next, 1}] {
			n = next
			t.groups[group] = n
		}
	}
	m := mark{kind: k, number: n}
	for at := [2]int{int(k), n}; m.spelling == 0 || t.taken[m]; {
		t.spelled[at]++
		m.spelling = t.spelled[at]
	}
	t.marks[key], t.texts[m] = m, text
	return m
}

// merge sorts spans and makes one of those that overlap; it is of the kind of the longest.
func merge(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to), cmp.Compare(a.kind, b.kind))
	})
	out := spans[:0]
	longest := 0
	for _, s := range spans {
		if s.from >= s.to {
			continue
		}
		if len(out) == 0 || s.from >= out[len(out)-1].to {
			out, longest = append(out, s), s.to-s.from
			continue
		}
		last := &out[len(out)-1]
		if size := s.to - s.from; size > longest {
			last.kind, longest = s.kind, size
		}
		if s.to > last.to {
			last.to, last.value = s.to, ""
		}
	}
	return out
}
