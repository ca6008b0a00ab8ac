package guard

import (
	"slices"
)

// checkPlaces: words that stand together in the sentence stand together in the span. A sentence is read unit by unit,
// and in each clause the fewest neighbouring clauses of the place that hold all its words are looked for. Where it goes
// on from one unit, clause or item of the place to another, it must name what that one begins with: who says 父亲 and
// then 失联 of 父亲服刑、母亲失联 has left out 母亲.
func (s *sentence) checkPlaces() Reason {
	if len(s.place.tokens) == 0 {
		return ""
	}
	for i := 0; i < len(s.said); {
		j := i
		for j < len(s.said) && s.said[j].unit == s.said[i].unit {
			j++
		}
		a := aligner{place: &s.place, text: s.text, named: make([]bool, len(s.place.tokens)), sure: make([]bool, len(s.place.tokens)), sureAll: make([]bool, len(s.place.tokens)), used: make([]bool, len(s.place.tokens))}
		if reason := a.unit(s.said[i:j]); reason != "" {
			return reason
		}
		i = j
	}
	return ""
}

// aligner follows one unit of a sentence through the place.
type aligner struct {
	place   *place
	text    text   // of the sentence
	named   []bool // tokens of the place that the unit has mentioned
	found   tags   // operators of the items that it rests on
	said    tags   // operators of the unit
	sureAll []bool // in any clause
	here    []int  // clauses of the place that the clause of the sentence has come to
	sure    []bool // those that it can only have meant
	used    []bool // those in the windows that its clauses rest on
	clauses []int  // of the place that were used
	last    int    // the unit used last
}

func (a *aligner) unit(words []said) Reason {
	a.last = -1
	if a.twice(words) {
		return Label
	}
	for i := 0; i < len(words); {
		j := i
		for j < len(words) && words[j].clause == words[i].clause {
			j++
		}
		if reason := a.clause(words[i:j]); reason != "" {
			return reason
		}
		i = j
	}
	if a.said&opOnly != a.found&opOnly || a.said&opExcept != a.found&opExcept {
		return Operator
	}
	if reason := a.conjuncts(); reason != "" {
		return reason
	}
	if reason := a.whom(); reason != "" {
		return reason
	}
	if a.bothNeeded() || a.eitherWill() {
		return Operator
	}
	return a.conditions()
}

// span is a run of clauses of the place.
type window struct{ from, to int } // clauses, both included

// clause finds the window of a clause and compares it.
func (a *aligner) clause(words []said) Reason {
	a.pair(words)
	var held, weak [][]int // clauses that each word stands in
	var subjects []bool
	for _, w := range words {
		if !w.content() || len(w.at) == 0 {
			continue
		}
		var in []int
		for _, at := range w.at {
			if !a.place.tokens[at].common {
				in = append(in, a.place.tokens[at].clause)
			}
		}
		switch {
		case len(in) == 0:
		case w.weak():
			weak = append(weak, in)
		default:
			held, subjects = append(held, in), append(subjects, a.subject(&w))
		}
	}
	if len(held) == 0 {
		a.name(words)
		return a.alone(words)
	}
	w, ok := a.narrowest(held, weak)
	if (!ok || a.unitOf(w.from) < a.last) && slices.Contains(subjects, true) {
		var rest [][]int
		for i, in := range held {
			if !subjects[i] {
				rest = append(rest, in)
			}
		}
		if v, found := a.narrowest(rest, weak); found && !a.acts(words, v) {
			w, ok = v, true
		}
	}
	if !ok {
		if last := len(words) - 1; words[0].item != words[last].item {
			return a.items(words)
		}
		return Label
	}
	if reason := a.follow(words, w); reason != "" {
		return reason
	}
	return a.operators(words, w)
}

// items lets each item of a clause rest on a window of its own.
func (a *aligner) items(words []said) Reason {
	for i := 0; i < len(words); {
		j := i
		for j < len(words) && words[j].item == words[i].item {
			j++
		}
		if reason := a.clause(words[i:j]); reason != "" {
			return reason
		}
		i = j
	}
	return ""
}

// subject tells whether a word is a person or an office, or what a sentence begins with, and stands only in the first of
// its several units: who is named there also acts in the units that follow.
func (a *aligner) subject(w *said) bool {
	for _, i := range w.at {
		k := &a.place.tokens[i]
		first, last, head := k.unit, k.unit, -1
		for j := range a.place.tokens {
			if e := &a.place.tokens[j]; e.period == k.period {
				first, last = min(first, e.unit), max(last, e.unit)
				if head < 0 && e.content() {
					head = j
				}
			}
		}
		if k.unit != first || last == first || w.tags&(actor|kin) == 0 && (i != head || w.tags&(self|qualifier) != 0 || w.benefit != "") {
			return false
		}
	}
	return true
}

// acts tells whether somebody of their own acts in a window: an office that the words do not name, or name first.
func (a *aligner) acts(words []said, w window) bool {
	subject := len(words)
	for i := range words {
		if len(words[i].at) > 0 && words[i].content() && a.subject(&words[i]) {
			subject = min(subject, i)
		}
	}
	for i := range a.place.tokens {
		if k := &a.place.tokens[i]; k.clause < w.from || k.clause > w.to || k.tags&actor == 0 {
			continue
		}
		at := slices.IndexFunc(words, func(word said) bool { return slices.Contains(word.at, i) })
		if at < subject {
			return true
		}
	}
	return false
}

// narrowest is the window with the fewest clauses of one unit; of equal ones the first that goes on from where the last
// clause rested and holds most of the weak words. ok is false where no unit holds all.
func (a *aligner) narrowest(held, weak [][]int) (best window, ok bool) {
	cost := 1 << 30
	last := a.place.tokens[len(a.place.tokens)-1].clause
	for from := 0; from <= last; from++ {
		to := from
		for _, in := range held {
			nearest := 1 << 20
			for _, c := range in {
				if c >= from {
					nearest = min(nearest, c)
				}
			}
			to = max(to, nearest)
		}
		if to > last {
			break
		}
		if a.unitOf(to) != a.unitOf(from) {
			continue
		}
		c := (to - from) * 10
		if len(a.clauses) > 0 && from < a.clauses[len(a.clauses)-1] {
			c += 2
		}
		if a.last >= 0 && a.unitOf(from) != a.last {
			c++
		}
		for _, in := range weak {
			if !slices.ContainsFunc(in, func(k int) bool { return k >= from && k <= to }) {
				c++
			}
		}
		if c < cost {
			best, cost, ok = window{from, to}, c, true
		}
	}
	return best, ok
}

// pair lets two words that stand side by side rest on words that do so too, where there are such: 国家奖学金 is not
// found in 国家励志奖学金.
func (a *aligner) pair(words []said) {
	for i := 0; i+1 < len(words); i++ {
		x, y := &words[i], &words[i+1]
		if x.to != y.from {
			continue
		}
		var left, right []int
		phrase := a.text[x.from:y.to]
		for _, p := range x.at {
			e := &a.place.tokens[p]
			if to := e.from + len(phrase); to <= len(a.place.text) && slices.Equal(a.place.text[e.from:to], phrase) {
				left, right = append(left, p), append(right, p+1)
			}
		}
		if len(left) > 0 {
			x.at, y.at = left, right
		}
	}
}

// alone judges a clause that rests on nothing in the place, or on weak words only.
func (a *aligner) alone(words []said) Reason {
	if a.allowed(words, window{0, a.place.tokens[len(a.place.tokens)-1].clause}) {
		return Negation
	}
	for _, k := range words {
		if k.tags&opExcept != 0 && a.excepted() {
			continue
		}
		if k.tags&(opOnly|opExcept|opEach) != 0 || k.tags&opForbid != 0 && !a.place.has(opForbid) || k.tags&opNeedless != 0 && (a.place.has(opMust) || slices.ContainsFunc(words, func(k said) bool { return k.tags&(child|kin|actor) != 0 })) {
			return Operator
		}
	}
	return ""
}

// excepted tells whether the place makes an exception of something that was mentioned: 除法律另有规定外.
func (a *aligner) excepted() bool {
	for i := range a.place.tokens {
		if a.place.tokens[i].tags&opExcept == 0 {
			continue
		}
		for j := i + 1; j < len(a.place.tokens) && a.place.tokens[j].item == a.place.tokens[i].item; j++ {
			if a.named[j] {
				return true
			}
		}
	}
	return false
}
