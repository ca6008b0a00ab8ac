package understand

import (
	"slices"
	"strings"

	"xiaohe/knowledge/benefit"
)

// replyMonths reads a duration, a date, or two classes at school.
func (r *reader) replyMonths(fact string) {
	if r.tellsOfAnother() {
		return
	}
	for i, t := range r.m.tokens {
		switch {
		case t.kind == duration && (t.used || r.laterDuration(i) && (strings.Contains(r.m.text(t), "天") || t.from > 0 && r.m.norm[t.from-1] == '差')):
		case t.kind == duration && i > 0 && r.m.tokens[i-1].kind == kin && r.m.tokens[i-1].who.role.parent() != "":
			_, name, _ := strings.Cut(fact, ".")
			r.says(i-1, i, r.m.tokens[i-1].who.role.parent()+"."+name, benefit.Number(t.lo, t.hi))
		case t.kind == duration && r.shortOf(i):
			r.replies(fact, benefit.Number(t.lo-1, t.hi-1))
			return
		case t.kind == duration && !r.uncertain(i):
			if r.remaining(i) && strings.HasSuffix(fact, ".限制自由期限月数") {
				r.replies(fact, benefit.Number(t.lo, maxMonths))
			} else {
				r.replies(fact, benefit.Number(t.lo, t.hi))
			}
			return
		case t.kind == duration && t.from > 0 && strings.Contains(string(r.m.norm[max(0, t.from-2):t.from]), "差"):
		case t.kind == date && t.code != "future" && !strings.HasSuffix(fact, ".限制自由期限月数"):
			lo, hi := between(benefit.Day(t.lo), benefit.Day(t.hi), r.c.Today)
			r.replies(fact, benefit.Number(lo, hi))
			return
		case t.kind == number && t.lo%one == 0 && t.hi <= maxMonths*one && strings.TrimSpace(r.m.plain) == r.m.text(t):
			r.replies(fact, benefit.Number(t.lo/one, t.hi/one))
			return
		}
	}
	r.classesApart(fact)
}

// tellsOfAnother tells that the reply says what another relative or a stranger did, and nothing of a parent: its time is
// no answer. 昨天他叔叔用皮带打他.
func (r *reader) tellsOfAnother() bool {
	another := false
	for i, t := range r.m.tokens {
		switch {
		case t.kind == kin && t.who.role.isParent(), in(t.kind, situation, leftOrDied, contact, takenIn, residence):
			return false
		case t.kind == kin && !t.object && (t.who.role == family || t.who.role == outsider):
			another = another || r.subjects[i].at == i
		}
	}
	return another
}

// laterDuration tells whether another duration follows the one at i.
func (r *reader) laterDuration(i int) bool {
	return slices.ContainsFunc(r.m.tokens[i+1:], func(t token) bool { return t.kind == duration })
}

// shortOf tells that the time at i is not quite full: 差几天满半年.
func (r *reader) shortOf(i int) bool {
	t := r.m.tokens[i]
	before := string(r.m.norm[max(0, t.from-8):t.from])
	return t.lo > 0 && strings.Contains(before, "差") && (strings.Contains(r.m.text(t), "满") || containsAny(before, "才", "满", "到"))
}

// classesApart reads 一年级走的，我现在五年级.
func (r *reader) classesApart(fact string) {
	var seen []int64
	for _, t := range r.m.tokens {
		if n, ok := classes[r.m.text(t)]; ok {
			seen = append(seen, n)
		}
	}
	if len(seen) == 2 && seen[0] != seen[1] {
		d := max(seen[0], seen[1]) - min(seen[0], seen[1])
		r.replies(fact, benefit.Number(d*12-11, d*12+11))
	}
}

// replyAge reads a bare number as an age. The birth date answers the question for the age.
func (r *reader) replyAge(fact, person string) {
	if r.stated["孩子.年龄"] || r.stated["孩子.出生日期"] {
		return
	}
	for _, t := range r.m.tokens {
		if person == "孩子" && t.kind == duration && t.hi < 36 && !slices.ContainsFunc(r.m.tokens, func(u token) bool { return u.kind == number }) {
			r.replies("孩子.年龄", benefit.Number(t.lo/12, t.hi/12))
			return
		}
		if t.kind == number && t.lo%one == 0 && t.hi <= oldest*one && (person != "孩子" || t.hi <= 30*one) {
			if person == "孩子" {
				less := int64(0)
				if containsAny(r.m.plain, "再过", "差", "还有") {
					less = 1 // 再过两个月就十六
				}
				r.replies("孩子.年龄", benefit.Number(t.lo/one-less, t.hi/one-less))
				r.told["年龄"+r.currentChild()] = "有"
			} else {
				r.replies(fact, benefit.Number(t.lo/one, t.hi/one))
			}
			return
		}
	}
}

func (r *reader) replyNumber(fact string) {
	if r.unsureAnywhere() {
		return
	}
	for _, t := range r.m.tokens {
		switch {
		case t.kind == head:
			r.replies(fact, benefit.Number(t.lo, t.hi))
			return
		case t.kind == number && t.lo%one == 0 && t.hi <= 20*one:
			r.replies(fact, benefit.Number(t.lo/one, t.hi/one))
			return
		}
	}
	if n := r.listedPersons(); n > 1 || n == 1 && containsAny(r.m.plain, "就", "只") {
		r.replies(fact, benefit.Number(n, n))
	}
}

// listedPersons counts 我、老伴、两个孙子.
func (r *reader) listedPersons() (n int64) {
	for _, t := range r.m.tokens {
		switch t.kind {
		case kin, pronoun:
			if t.code != "either" {
				n++
			}
		case childcount:
			q, ok := parseNumber([]rune(r.m.text(t)))
			if !ok {
				return 0
			}
			n += q.lo / one
		case list, join, filler:
		default:
			return 0
		}
	}
	return n
}

// replyShare reads a share in per cent: 五成, 一半, 60.
func (r *reader) replyShare(fact string) {
	for _, t := range r.m.tokens {
		if t.kind != number || r.unsureAnywhere() || t.hi > 1000*one {
			continue
		}
		scale := int64(1)
		if prefixed(r.m.norm[t.to:], "成") > 0 {
			scale = 10
		}
		r.replies(fact, benefit.Number(t.lo*scale/one, t.hi*scale/one))
		return
	}
	if strings.Contains(r.m.plain, "一半") {
		r.replies(fact, benefit.Number(50, 50))
	}
}

// replyMoney reads an amount, or none. Sums are asked for by the month, what was paid for treatment by the year.
func (r *reader) replyMoney(fact string, no bool) {
	for i, t := range r.m.tokens {
		if t.kind != money && t.kind != number || r.unsureAnywhere() {
			continue
		}
		if r.daily(i) {
			return
		}
		lo, hi := t.lo, t.hi
		if !strings.HasSuffix(fact, "自付医疗费") && r.yearly(i, "") {
			lo, hi = lo/12, (hi+11)/12
		}
		r.replies(fact, benefit.Number(lo, hi))
		return
	}
	if no {
		r.replies(fact, benefit.Number(0, 0))
	}
}
