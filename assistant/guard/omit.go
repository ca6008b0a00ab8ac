package guard

import (
	"slices"
)

// leftOut tells whether token i narrows the word after it, which the sentence says without it.
func (a *aligner) leftOut(i int) bool {
	k := &a.place.tokens[i]
	if k.tags&qualifier == 0 || !k.content() || a.named[i] || i+1 == len(a.place.tokens) || !a.used[i+1] || a.place.tokens[i+1].from > k.to+1 {
		return false
	}
	for j := range a.place.tokens { // it stands elsewhere without
		if e := &a.place.tokens[j]; j != i+1 && a.used[j] && shares(e.senses, a.place.tokens[i+1].senses) && (j == 0 || a.place.tokens[j-1].tags&qualifier == 0 || a.named[j-1]) {
			return false
		}
	}
	return true
}

// conjuncts: where 且 joins two conditions, both are named or neither.
func (a *aligner) conjuncts() Reason {
	for i := range a.place.tokens {
		k := &a.place.tokens[i]
		if k.tags&opAnd == 0 || !slices.Contains(a.clauses, k.clause) {
			continue
		}
		if a.itemUsed(k.item) != a.itemUsed(k.item-1) {
			return Dropped
		}
	}
	return ""
}

// itemUsed tells whether an item has a word, beside numbers, that was mentioned, or has none.
func (a *aligner) itemUsed(item int) bool {
	empty, words, numbers := true, false, false
	for i := range a.place.tokens {
		k := &a.place.tokens[i]
		switch {
		case k.item != item || !k.content() || k.tags&general != 0:
			continue
		case k.number != nil:
			numbers = numbers || a.sureAll[i]
		case a.named[i]:
			return true
		default:
			words = true
		}
		empty = false
	}
	return empty || numbers && !words
}

// conditions: a condition that stands right before what the unit says is mentioned.
func (a *aligner) conditions() Reason {
	for i := range a.place.tokens {
		k := &a.place.tokens[i]
		if !a.used[i] {
			continue
		}
		if before := k.clause - 1; a.unitOf(before) == k.unit && a.conditional(before) && !a.mentioned(before) {
			return Dropped
		}
	}
	return ""
}

// conditional tells whether a clause of the place is a condition of what follows: 情况紧急的, 对严重的欺凌行为.
func (a *aligner) conditional(clause int) bool {
	first, last := -1, -1
	for i := range a.place.tokens {
		if a.place.tokens[i].clause == clause {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 {
		return false
	}
	from, to := a.place.tokens[first].from, a.place.tokens[last].to
	t := a.place.text[from:to]
	switch t[len(t)-1] {
	case '的', '时', '后', '前', '间', '下':
		return true
	}
	end := &a.place.tokens[last]
	return t[0] == '对' && (len(t) < 16 || end.tags&(child|self) != 0) || t[0] == '凡' || t[0] == '如'
}

// mentioned tells whether a clause has words of content that the unit has mentioned, or none.
func (a *aligner) mentioned(clause int) bool {
	none, children, numbers := true, false, false
	for i := range a.place.tokens {
		k := &a.place.tokens[i]
		if k.clause != clause {
			continue
		}
		children, numbers = children || k.tags&child != 0 && a.named[i], numbers || k.number != nil
		if !k.content() {
			continue
		}
		if a.named[i] {
			return true
		}
		none = none && (k.tags&(general|topic) != 0 || k.benefit != "")
	}
	return none || children && !numbers
}
