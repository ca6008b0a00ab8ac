package guard

import (
	"slices"
)

// follow goes through a clause in its order. Each unit, clause and item of the place that it comes to, beside the
// first, must be entered by the word that it begins with.
func (a *aligner) follow(words []said, w window) Reason {
	a.here = nil
	clear(a.sure)
	for _, k := range words {
		a.said |= k.tags & ops
	}
	for i := 0; i < len(words); {
		j := i
		for j < len(words) && words[j].item == words[i].item {
			j++
		}
		a.name(words[i:j])
		a.ascertain(words[i:j], w)
		if !a.enters(words[i:j], w) {
			return Label
		}
		i = j
	}
	return ""
}

// enters goes through an item of the sentence.
func (a *aligner) enters(words []said, w window) bool {
	var items []int
	for _, word := range words {
		if !word.content() || word.weak() {
			continue
		}
		var inClauses, inItems []int
		for _, at := range word.at {
			k := &a.place.tokens[at]
			if k.clause < w.from || k.clause > w.to || k.common {
				continue
			}
			a.used[at] = true
			inClauses, inItems = append(inClauses, k.clause), append(inItems, k.item)
		}
		if c, only := single(inClauses); only && !slices.Contains(a.here, c) {
			in := func(k *token) bool { return k.clause == c }
			unit := a.unitOf(c)
			switch {
			case a.last >= 0 && a.last != unit && (unit < a.last || !a.head(func(k *token) bool { return k.unit == unit }, a.named)):
				return false
			case len(a.here) > 0 && a.rivals(a.here, c, 1, clauseOf) && !a.head(in, a.sure) && !a.office(c),
				len(a.here) == 0 && !slices.Contains(a.clauses, c) && a.rivals(a.clauses, c, a.shared(c), clauseOf) && !a.head(in, a.named) && !a.office(c):
				return false
			}
			a.here, a.clauses, a.last = append(a.here, c), append(a.clauses, c), unit
		}
		if i, only := single(inItems); only && !slices.Contains(items, i) {
			if a.rivals(items, i, 1, itemOf) && !a.head(func(k *token) bool { return k.item == i }, a.sure) && !a.coordinate(i) {
				return false
			}
			items = append(items, i)
		}
	}
	return true
}

func clauseOf(k *token) int { return k.clause }

func itemOf(k *token) int { return k.item }

// shared is how many words clause c must share with one that an earlier clause rested on to be its rival: what comes
// next in the place goes on with the same subject.
func (a *aligner) shared(c int) int {
	if c > slices.Max(append([]int{-1}, a.clauses...)) {
		return 3
	}
	return 1
}

// rivals tells whether one of the parts used is built like part n, so that their words could be exchanged: both have a
// relative, an office or a number, or they share that many words.
func (a *aligner) rivals(parts []int, n, shared int, of func(*token) int) bool {
	for _, part := range parts {
		if part == n {
			continue
		}
		alike := 0
		for i := range a.place.tokens {
			x := &a.place.tokens[i]
			if of(x) != part || !x.content() {
				continue
			}
			for j := range a.place.tokens {
				y := &a.place.tokens[j]
				if of(y) != n || !y.content() {
					continue
				}
				switch {
				case x.number != nil && y.number != nil && (shared == 1 || x.number.kind == y.number.kind), x.tags&y.tags&kin != 0, shared == 1 && x.tags&y.tags&(actor|qualifier) != 0:
					return true
				case shares(x.senses, y.senses), x.benefit != "" && y.benefit != "":
					alike++
				}
			}
		}
		if alike >= shared && a.size(part, of) >= leastRival && a.size(n, of) >= leastRival {
			return true
		}
	}
	return false
}

// leastRival is the fewest words of content of a part that can be mistaken for another by a word that they share.
const leastRival = 3

// size counts the words of content of a part.
func (a *aligner) size(part int, of func(*token) int) (n int) {
	for i := range a.place.tokens {
		if k := &a.place.tokens[i]; of(k) == part && k.content() {
			n++
		}
	}
	return n
}

// name marks what words say.
func (a *aligner) name(words []said) {
	for _, w := range words {
		for _, at := range w.at {
			a.named[at] = true
		}
	}
}

// ascertain marks what words say that can mean only one token of the window.
func (a *aligner) ascertain(words []said, w window) {
	for _, word := range words {
		only, n := 0, 0
		for _, at := range word.at {
			if k := &a.place.tokens[at]; k.clause >= w.from && k.clause <= w.to {
				only = at
				n++
			}
		}
		if n == 1 {
			a.sure[only], a.sureAll[only] = true, true
		}
	}
}

// single is the only value of a list.
func single(list []int) (int, bool) {
	if len(list) == 0 {
		return 0, false
	}
	for _, v := range list[1:] {
		if v != list[0] {
			return 0, false
		}
	}
	return list[0], true
}

func (a *aligner) unitOf(clause int) int {
	for i := range a.place.tokens {
		if a.place.tokens[i].clause == clause {
			return a.place.tokens[i].unit
		}
	}
	return -1
}

func (a *aligner) clauseOfItem(item int) int {
	for i := range a.place.tokens {
		if a.place.tokens[i].item == item {
			return a.place.tokens[i].clause
		}
	}
	return -1
}

// head tells whether the first word of content in a part of the place was mentioned; a part without one has none
// to name.
func (a *aligner) head(in func(*token) bool, named []bool) bool {
	for i := range a.place.tokens {
		if k := &a.place.tokens[i]; in(k) && k.content() && !k.common {
			return named[i]
		}
	}
	return true
}

// office tells whether an office of a clause was mentioned that stands in no other: 政府 of 县级以上地方人民政府应当.
func (a *aligner) office(clause int) bool {
	for i := range a.place.tokens {
		if k := &a.place.tokens[i]; k.clause == clause && k.tags&actor != 0 && a.sure[i] {
			alone := true
			for j := range a.place.tokens {
				if e := &a.place.tokens[j]; e.clause != clause && shares(k.senses, e.senses) {
					alone = false
				}
			}
			if alone {
				return true
			}
		}
	}
	return false
}

// coordinate tells whether an item only adds to a list what may stand in the place of what was mentioned: 社会救助 of
// 孤儿、事实无人抚养儿童救助比例100% after 孤儿.
func (a *aligner) coordinate(item int) bool {
	for before := item - 1; before >= 0 && a.clauseOfItem(before) == a.clauseOfItem(item); before-- {
		last, n := -1, 0
		for i := range a.place.tokens {
			if k := &a.place.tokens[i]; k.item == before && k.content() {
				last = i
				n++
			}
		}
		if last >= 0 && a.named[last] && (n == 1 || a.place.tokens[last].number == nil) {
			return true
		}
		if n > 1 {
			return false
		}
	}
	return false
}
