package guard

import (
	"slices"
	"strings"
)

// operators compares what a clause and its window deny, allow, demand and restrict.
func (a *aligner) operators(words []said, w window) Reason {
	var said, found tags
	for _, k := range words {
		said |= k.tags & ops
		if !a.sided(k, w) {
			return Comparator
		}
	}
	if reason := a.denials(words, w); reason != "" {
		return reason
	}
	if a.childActs(words, w) || a.oneSide(words, w) {
		return Label
	}
	list := false
	for i := range a.place.tokens {
		k := &a.place.tokens[i]
		if k.clause < w.from || k.clause > w.to {
			continue
		}
		found |= k.tags & ops &^ ofItems
		if a.itemUsed(k.item) {
			found |= k.tags & ofItems
			a.found |= k.tags & ofItems
		}
		list = list || k.joint != 0
		if i > 0 && strings.ContainsRune("（）", a.place.text[k.from-1]) {
			list = true
		}
		if a.leftOut(i) {
			return Dropped
		}
	}
	switch {
	case said&opMay != 0 && found&opMust != 0 && found&opMay == 0,
		said&(opMust|opNeed) != 0 && found&opMay != 0 && found&(opMust|opNeed) == 0 && said&opMay == 0,
		said&(opForbid|opNeedless) != 0 && found&denying == 0:
		return Negation
	case said&opAfter != 0 && said&opBefore == 0 && found&opBefore != 0 && found&opAfter == 0,
		said&opBefore != 0 && said&opAfter == 0 && found&opAfter != 0 && found&opBefore == 0:
		return Comparator
	case said&opAnd != 0 && found&(opAnd|opBoth|opJoin) == 0 && found&opOr != 0,
		said&opOr != 0 && found&opOr == 0 && !list,
		said&opEach != 0 && found&(opEach|opBoth) == 0,
		false:
		return Operator
	}
	if a.allowed(words, w) {
		return Negation
	}
	if words[0].tags&opOr != 0 && a.goesOn(words) {
		return Operator
	}
	if a.startsElsewhere(words, w) {
		return Dropped
	}
	if a.doneByAnother(words, w) {
		return Label
	}
	if a.crossed(words, w) {
		return Label
	}
	return ""
}

// allowed tells whether the sentence demands what the window only allows, or the other way round: where the window holds
// 应当 and 可以, the nearest before a word is its own.
func (a *aligner) allowed(words []said, w window) bool {
	for i := range words {
		mine := words[i].tags & (opMay | opMust)
		if mine == 0 || words[i].open {
			continue
		}
		agrees, differs := false, false
		next := i + 1
		for next < len(words) && len(words[next].at) == 0 {
			next++
		}
		if next == len(words) {
			continue
		}
		for _, at := range words[next].at {
			if k := &a.place.tokens[at]; k.clause < w.from || k.clause > w.to {
				continue
			}
			if theirs := a.modal(at); theirs == 0 || theirs&mine != 0 {
				agrees = true
			} else {
				differs = true
			}
		}
		if differs && !agrees {
			return true
		}
	}
	return false
}

// goesOn tells whether what the words begin with stands after 并 in the place.
func (a *aligner) goesOn(words []said) bool {
	for _, k := range words {
		for _, at := range k.at {
			if at > 0 && a.place.tokens[at-1].tags&(opAnd|opJoin) != 0 && strings.HasPrefix(string(a.place.text[a.place.tokens[at-1].from:]), "并") {
				return true
			}
		}
		if len(k.at) > 0 {
			return false
		}
	}
	return false
}

// startsElsewhere tells whether a time that the window counts 自受理申请之日起 is counted from something else: the words
// name 申请, but not 受理.
func (a *aligner) startsElsewhere(words []said, w window) bool {
	for i := range a.place.tokens {
		k := &a.place.tokens[i]
		if k.tags&opFrom == 0 || k.clause < w.from || k.clause > w.to || i+1 == len(a.place.tokens) {
			continue
		}
		verb := string(a.place.text[a.place.tokens[i+1].from:a.place.tokens[i+1].to])
		if a.named[i+1] || !slices.Contains([]string{"受理", "收到", "接到"}, verb) {
			continue
		}
		if what := i + 2; what < len(a.place.tokens) && slices.ContainsFunc(words, func(k said) bool { return slices.Contains(k.at, what) }) {
			return true
		}
	}
	return false
}

// modal is the last 应当 or 可以 before a token in its clause; 0 where there is none.
func (a *aligner) modal(at int) tags {
	for i := at - 1; i >= 0 && a.place.tokens[i].clause == a.place.tokens[at].clause; i-- {
		if m := a.place.tokens[i].tags & (opMay | opMust); m != 0 {
			return m
		}
	}
	return 0
}

// ofItems are operators of their item only; the others belong to their clause.
const ofItems = opOnly | opExcept | opAnd

// denials: what the place denies is denied, and the other way round. Of all that one 不 denies, one word is enough.
func (a *aligner) denials(words []said, w window) Reason {
	theirs, mine := map[int]tags{}, map[int]tags{} // how the words of each negator are denied on the other side
	for _, k := range words {
		if !k.content() || k.measure || k.open {
			continue
		}
		var found []*token
		same := false
		for _, at := range k.at {
			if e := &a.place.tokens[at]; e.clause >= w.from && e.clause <= w.to {
				found = append(found, e)
				same = same || e.denied == 0 && k.denied == 0
			}
		}
		for _, e := range found {
			if e.negator > 0 && e.denied != 0 && !same {
				theirs[e.negator] |= agree(e.denied, k.denied)
			}
			if k.negator > 0 && k.denied != 0 {
				mine[k.negator] |= agree(k.denied, e.denied)
				if k.denied&opForbid != 0 && e.denied&opUnable != 0 {
					mine[k.negator] |= forbidden
				}
			}
		}
	}
	for _, both := range []map[int]tags{theirs, mine} {
		for _, how := range both {
			if how&agreeing == 0 || how&forbidden != 0 {
				return Negation
			}
		}
	}
	return ""
}

const (
	agreeing tags = 1 << iota
	opposing
	forbidden // what only could not be done
)

// agree compares how two words are denied: 不得 is not 不用.
func agree(one, other tags) tags {
	if other == 0 || one&opForbid != 0 && other == opNeedless || one == opNeedless && other&opForbid != 0 {
		return opposing
	}
	return agreeing
}

// sided: what stands before or after, above or below something does so in the place.
func (a *aligner) sided(k said, w window) bool {
	seen := false
	for _, at := range k.at {
		e := &a.place.tokens[at]
		if k.side == 0 || e.unit != a.unitOf(w.from) {
			continue
		}
		if e.side == 0 || e.side == k.side {
			return true
		}
		seen = true
	}
	return !seen
}

// eitherWill tells whether the sentence says 或 where the place joins two conditions by 且.
func (a *aligner) eitherWill() bool {
	if a.said&opOr == 0 || a.said&opAnd != 0 {
		return false
	}
	for i := 1; i+1 < len(a.place.tokens); i++ {
		if k := &a.place.tokens[i]; k.tags&opAnd != 0 {
			l, r := a.next(i, -1), a.next(i, 1)
			if l >= 0 && r >= 0 && a.named[l] && a.named[r] {
				return true
			}
		}
	}
	return false
}

// bothNeeded tells whether the sentence demands both of what the place joins by 或.
func (a *aligner) bothNeeded() bool {
	if a.said&(opOr|opMay) != 0 || a.said&(opMust|opNeed|opAnd) == 0 {
		return false
	}
	for i := 1; i+1 < len(a.place.tokens); i++ {
		if k := &a.place.tokens[i]; k.tags&opOr != 0 {
			if l, r := a.next(i, -1), a.next(i, 1); l >= i-2 && r >= 0 && r <= i+2 && l >= 0 && a.sureAll[l] && a.sureAll[r] {
				return true
			}
		}
	}
	return false
}
