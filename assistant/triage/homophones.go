package triage

import (
	"io/fs"
	"slices"
	"strings"
)

// homophone is a way to write a word that hides it from filters, or a slip of typing or of speech recognition.
// An ambiguous one counts only where one of Needs stands in the same clause; never beside one of Never.
type homophone struct {
	From      string   `yaml:"from"`
	To        string   `yaml:"to"`
	Ambiguous bool     `yaml:"ambiguous"`
	Needs     []string `yaml:"needs"`
	Never     []string `yaml:"never"`

	from []rune
}

// homophones rewrites them, longest first.
type homophones struct {
	byFirst map[rune][]homophone
	begins  [1 << 10]uint64 // the characters of the first plane that an entry begins with, as bits
}

// mayBegin is a quick look before byFirst.
func (h *homophones) mayBegin(r rune) bool {
	return r >= 1<<16 || h.begins[r>>6]&(1<<(r&63)) != 0
}

func loadHomophones(files fs.FS) (*homophones, error) {
	var file struct {
		Homophones []homophone `yaml:"homophones"`
	}
	if err := readYAML(files, "rules/homophones.yaml", &file); err != nil {
		return nil, err
	}
	h := &homophones{byFirst: map[rune][]homophone{}}
	for _, e := range file.Homophones {
		e.from = []rune(e.From)
		h.byFirst[e.from[0]] = append(h.byFirst[e.from[0]], e)
		if r := e.from[0]; r < 1<<16 {
			h.begins[r>>6] |= 1 << (r & 63)
		}
	}
	for _, list := range h.byFirst {
		slices.SortStableFunc(list, func(a, b homophone) int { return len(b.From) - len(a.From) })
	}
	return h, nil
}

// apply returns the text with the words that are meant. Every new rune points to the whole of what was written.
func (h *homophones) apply(x *text) *text {
	var out *text
	done := 0 // runes of x that out has taken in
	for i := 0; i < len(x.runes); {
		if !h.mayBegin(x.runes[i]) {
			i++
			continue
		}
		e, n := h.at(x, i)
		if n == 0 {
			i++
			continue
		}
		if out == nil {
			out = &text{raw: x.raw}
		}
		out.take(x, done, i)
		from, to := x.start[i], x.end[i+n-1]
		b := x.before[i]
		for _, r := range e.To {
			out.runes = append(out.runes, r)
			out.start = append(out.start, from)
			out.end = append(out.end, to)
			out.before = append(out.before, b)
			b = joined
		}
		i += n
		done = i
	}
	if out == nil {
		return x
	}
	out.take(x, done, len(x.runes))
	out.before = append(out.before, fullStop)
	return out
}

func (x *text) take(from *text, i, j int) {
	x.runes = append(x.runes, from.runes[i:j]...)
	x.start = append(x.start, from.start[i:j]...)
	x.end = append(x.end, from.end[i:j]...)
	x.before = append(x.before, from.before[i:j]...)
}

// at returns the entry that applies at rune i and the number of runes it takes, 0 for none.
func (h *homophones) at(x *text, i int) (homophone, int) {
	for _, e := range h.byFirst[x.runes[i]] {
		from := e.from
		if i+len(from) > len(x.runes) || !slices.Equal(x.runes[i:i+len(from)], from) || x.crosses(i, i+len(from)) {
			continue
		}
		if e.Ambiguous || len(e.Never) > 0 {
			if !e.meant(x, i, i+len(from)) {
				continue
			}
		}
		return e, len(from)
	}
	return homophone{}, 0
}

// crosses tells whether a clause ends between runes i and j.
func (x *text) crosses(i, j int) bool {
	for k := i + 1; k < j; k++ {
		if x.before[k] >= comma {
			return true
		}
	}
	return false
}

// homophoneReach is how far an ambiguous entry looks for what it needs, in runes to either side.
const homophoneReach = 12

// meant decides an ambiguous entry from its neighbours.
func (e homophone) meant(x *text, i, j int) bool {
	near := string(x.runes[max(0, i-2):min(len(x.runes), j+2)])
	for _, n := range e.Never {
		if strings.Contains(near, n) {
			return false
		}
	}
	if !e.Ambiguous {
		return true
	}
	from, to := i, j
	for from > 0 && i-from < homophoneReach && x.before[from] < fullStop {
		from--
	}
	for to < len(x.runes) && to-j < homophoneReach && x.before[to] < fullStop {
		to++
	}
	around := string(x.runes[from:i]) + " " + string(x.runes[j:to])
	for _, n := range e.Needs {
		if strings.Contains(around, n) {
			return true
		}
	}
	return false
}
