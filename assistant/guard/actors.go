package guard

import (
	"slices"
	"strings"
)

// childActs tells whether the sentence says of the child what the window says of somebody else, whom it does not name.
func (a *aligner) childActs(words []said, w window) bool {
	if !slices.ContainsFunc(words, func(k said) bool { return k.tags&child != 0 }) {
		return false
	}
	others := false
	for i := range a.place.tokens {
		k := &a.place.tokens[i]
		if k.clause < w.from || k.clause > w.to {
			continue
		}
		if k.tags&(child|self) != 0 || k.benefit != "" || k.tags&(actor|kin) != 0 && a.named[i] {
			return false
		}
		others = others || k.tags&(actor|kin) != 0
	}
	return others
}

// twice tells whether two offices or people of the sentence can only be one and the same of the place: 派出所要报告公安.
func (a *aligner) twice(words []said) bool {
	by := map[int]string{}
	for _, k := range words {
		if k.tags&(actor|kin) == 0 || len(k.at) != 1 {
			continue
		}
		e, name := &a.place.tokens[k.at[0]], string(a.text[k.from:k.to])
		if other := by[k.at[0]]; other != "" && other != name && !slices.Contains(a.place.text[e.from:e.to], '（') {
			return true
		}
		by[k.at[0]] = name
	}
	return false
}

// oneSide tells whether the sentence gives to the father or the mother what the window gives to 一方, without saying so.
func (a *aligner) oneSide(words []said, w window) bool {
	if !slices.ContainsFunc(words, func(k said) bool { return k.tags&parent != 0 && len(k.at) == 0 }) {
		return false
	}
	return slices.ContainsFunc(a.place.tokens, func(k token) bool {
		return k.unit == a.unitOf(w.from) && strings.HasSuffix(string(a.place.text[k.from:k.to]), "一方")
	})
}

// doneByAnother tells whether 由, or 应当 after 您, gives to somebody what the window gives to another.
func (a *aligner) doneByAnother(words []said, w window) bool {
	for i, k := range words {
		switch {
		case k.tags&opBy != 0 && i+1 < len(words):
			if next := &words[i+1]; next.isThird(a.text) && !a.text.at(next.to, "的") || next.content() && len(next.at) > 0 && !a.byAny(next, w) {
				return true
			}
		case k.tags&(opMust|opNeed) != 0 && i > 0 && words[i-1].isReader(a.text) && a.obliges(w) && !slices.ContainsFunc(words, func(k said) bool { return k.tags&(kin|actor) != 0 && k.to < words[i].from }):
			return true
		}
	}
	return false
}

// obliges tells whether the window says what somebody must do.
func (a *aligner) obliges(w window) bool {
	who := false
	for i := range a.place.tokens {
		if k := &a.place.tokens[i]; k.unit == a.unitOf(w.to) && k.clause <= w.to {
			who = who || k.tags&(actor|kin) != 0
			if k.clause >= w.from && k.tags&opMust != 0 && who {
				return true
			}
		}
	}
	return false
}

// isReader tells of 您.
func (k *said) isReader(t text) bool {
	return slices.ContainsFunc([]string{"您", "你", "您家", "你家", "自己", "您自己", "你自己"}, func(w string) bool { return string(t[k.from:k.to]) == w })
}

// isThird tells of 他们 and the like, who are not named.
func (k *said) isThird(t text) bool {
	return slices.ContainsFunc([]string{"他", "她", "它", "他们", "她们", "它们", "其", "谁", "哪里", "哪个", "大家", "自己", "家里人", "人家", "别人"}, func(w string) bool { return string(t[k.from:k.to]) == w })
}

// byAny tells whether the window says 由 of a word, or says 由 of nobody.
func (a *aligner) byAny(k *said, w window) bool {
	none := true
	for i := range a.place.tokens {
		e := &a.place.tokens[i]
		if e.tags&opBy == 0 || e.clause < w.from || e.clause > w.to {
			continue
		}
		none = false
		n := 0
		for j := i + 1; j < len(a.place.tokens) && n < 4 && a.place.tokens[j].clause == e.clause; j++ {
			if slices.Contains(k.at, j) {
				return true
			}
			if a.place.tokens[j].content() && a.place.tokens[j].joint == 0 {
				n++
			}
		}
	}
	return none
}

// crossed tells whether what stands on the two sides of 高于, 参照 or 按 was exchanged, or their relation left out.
func (a *aligner) crossed(words []said, w window) bool {
	numbers := false
	for i, k := range words {
		numbers = numbers || k.number != nil
		if k.tags&opRelator == 0 || len(k.at) == 0 {
			continue
		}
		left, right := beside(words, i, -1), beside(words, i, 1)
		for _, at := range k.at {
			clause := a.place.tokens[at].clause
			if left != nil && a.allOn(left, clause, at, 1) || right != nil && a.allOn(right, clause, at, -1) {
				return true
			}
		}
	}
	for i := range a.place.tokens {
		k := &a.place.tokens[i]
		if k.tags&opRelator == 0 || a.named[i] || k.clause < w.from || k.clause > w.to || numbers {
			continue
		}
		if l, r := a.next(i, -1), a.next(i, 1); l >= 0 && r >= 0 && a.named[l] && a.named[r] {
			return true
		}
	}
	return false
}

// beside is the next word of content in a direction.
func beside(words []said, i, step int) *said {
	for i += step; i >= 0 && i < len(words); i += step {
		if words[i].content() && len(words[i].at) > 0 {
			return &words[i]
		}
	}
	return nil
}

// next is the next token of content of the place in a direction, in the same clause; -1 where there is none.
func (a *aligner) next(i, step int) int {
	clause := a.place.tokens[i].clause
	for i += step; i >= 0 && i < len(a.place.tokens) && a.place.tokens[i].clause == clause; i += step {
		if a.place.tokens[i].content() {
			return i
		}
	}
	return -1
}

// allOn tells whether a word stands in a clause only on one side of token at.
func (a *aligner) allOn(k *said, clause, at, side int) bool {
	seen := false
	for _, p := range k.at {
		if a.place.tokens[p].clause != clause {
			continue
		}
		if (p-at)*side < 0 {
			return false
		}
		seen = true
	}
	return seen
}
