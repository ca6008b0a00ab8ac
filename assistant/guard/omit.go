package guard

import (
	"regexp"
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
	if containsAny(string(a.text), "也要", "也得", "还要", "还得") {
		return "" // 财产也要符合规定: it says itself that there is more
	}
	for i := range a.place.tokens {
		k := &a.place.tokens[i]
		if k.tags&opAnd == 0 || !slices.Contains(a.clauses, k.clause) {
			continue
		}
		if i > 0 && a.itemUsed(k.item) != a.itemUsed(a.place.tokens[i-1].item) {
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
	if suchAs.MatchString(string(a.text)) {
		return ""
	}
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
	if forWhom.MatchString(string(t)) {
		return true
	}
	end := &a.place.tokens[last]
	return t[0] == '对' && (len(t) < 16 || end.tags&(child|self) != 0) || t[0] == '凡' || t[0] == '如'
}

// whom: where a clause that the unit rests on says of which people it speaks, 家庭经济困难的残疾学生, the unit has some word of
// that.
func (a *aligner) whom() Reason {
	if suchAs.MatchString(string(a.text)) {
		return ""
	}
	for i := range a.place.tokens {
		if a.tellsWhom(i) && a.rests(a.place.tokens[i].clause) && !a.namesAnyOf(i) {
			return Dropped
		}
	}
	return ""
}

// tellsWhom tells whether token i is the 的 between people and what narrows them.
func (a *aligner) tellsWhom(i int) bool {
	k := &a.place.tokens[i]
	return i+1 < len(a.place.tokens) && a.place.tokens[i+1].clause == k.clause && string(a.place.text[k.from:k.to]) == "的" &&
		subjects.MatchString(string(a.place.text[k.to:min(k.to+6, len(a.place.text))]))
}

// namesAnyOf tells whether the unit has a word of what stands before token i in its clause, or nothing there need be
// named: one of several, an age, which the reader's own may be.
func (a *aligner) namesAnyOf(i int) bool {
	words := false
	for j := i - 1; j >= 0 && a.place.tokens[j].clause == a.place.tokens[i].clause; j-- {
		k := &a.place.tokens[j]
		if a.named[j] && k.content() || k.tags&opOr != 0 || k.number != nil {
			return true
		}
		words = words || k.content() && k.tags&(child|actor|general|topic) == 0
	}
	return !words
}

// suchAs are words for those of whom was told before.
var suchAs = regexp.MustCompile(`这样的(人|家庭|孩子|娃|学生)|符合条件的`)

// rests tells whether the unit rests on a clause of the place.
func (a *aligner) rests(clause int) bool {
	for i := range a.place.tokens {
		if a.place.tokens[i].clause == clause && a.used[i] {
			return true
		}
	}
	return false
}

// subjects are nouns for those whom a rule is for.
var subjects = regexp.MustCompile(`^\p{Han}{0,3}(家庭|人员|对象|儿童|孤儿|未成年人|学生|居民|老年人|孩子|当事人|病人|患者|残疾人)($|[^成财委])`)

// forWhom ends a clause that says whom the next is for: …规定的家庭，给予….
var forWhom = regexp.MustCompile(`的(家庭|人员|对象|儿童|孤儿|未成年人|子女|学生|居民|老年人|孩子|户)$`)

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
