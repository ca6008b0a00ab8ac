package understand

import (
	"strings"

	"xiaohe/knowledge/benefit"
)

// age reads one age: of the child, or of the grandparent who writes.
func (r *reader) age(i int) {
	t := r.m.tokens[i]
	if t.code == "rule" || t.code == "under" && r.policy || !r.asserted[i] || t.used {
		return
	}
	if r.askedAge(i) || r.then(i) || r.replaced(i) {
		return
	}
	w := r.personAt(i)
	if r.pendingIs("监护人.年龄") && t.lo >= adulthood || t.lo >= 30 {
		if t.lo >= adulthood && (w.self && w.role != child || r.pendingIs("监护人.年龄")) {
			r.says(i, i, "监护人.年龄", benefit.Number(t.lo, t.hi))
		}
		return
	}
	adult := w.role.isParent() || w.role == grand || w.role == outer || w.role == family
	if t.lo >= adulthood && adult && !r.pendingIs("孩子.年龄") && r.fixed == len(r.m.tokens) {
		return
	}
	lo, hi := t.lo, t.hi
	lo, hi = r.reached(i, lo, hi)
	if prefixed(r.m.norm[t.to:], "生日还没", "生日没", "的生日还没", "生日未") > 0 {
		lo, hi = lo-1, hi-1
	}
	r.ages = append(r.ages, ageSaid{at: i, child: r.childAt(i), lo: max(lo, 0), hi: max(hi, 0)})
}

// askedAge tells that the age at i is in question: 是不是要满18岁.
func (r *reader) askedAge(i int) bool {
	for j := i - 1; j >= max(0, i-2) && in(r.m.tokens[j].kind, question, wish, filler); j-- {
		if w := r.m.text(r.m.tokens[j]); w == "是不是" || w == "算不算" || w == "要不要" || w == "是否" || w == "算" {
			return true
		}
	}
	return false
}

// then tells that the age is of another time: 三岁的时候, 两岁就没了妈, 从三岁起.
func (r *reader) then(i int) bool {
	t := r.m.tokens[i]
	rest := r.m.norm[t.to:]
	if prefixed(rest, "的时候", "那年", "时", "起就", "开始", "那会", "就没", "就走", "就跑", "就跟", "就死", "就去", "就离", "就被", "就失", "时父", "时母", "走的", "跑的", "就不", "时就", "时爸", "时妈", "起", "多就") > 0 {
		return true
	}
	return i > 0 && r.m.text(r.m.tokens[i-1]) == "从" || t.from >= 2 && string(r.m.norm[t.from-2:t.from]) == "生他" || t.from >= 2 && string(r.m.norm[t.from-2:t.from]) == "不是" && r.fixed < len(r.m.tokens)
}

// reached turns the age at i that somebody will reach into the age now: 还差一个月满八岁, 明年五月才满十八.
func (r *reader) reached(i int, lo, hi int64) (int64, int64) {
	for j := i - 1; j >= max(0, i-5) && r.m.tokens[j].kind != stop; j-- {
		t := r.m.tokens[j]
		switch {
		case t.kind == duration && r.countsDown(i):
			years := (t.hi + 11) / 12
			return lo - max(years, 1), hi - max(years, 1)
		case t.kind == date && t.code == "future":
			return r.atBirthday(t, lo, hi)
		case t.kind == age:
			return lo, hi
		}
	}
	if containsAny(string(r.m.norm[max(0, r.m.tokens[i].from-7):r.m.tokens[i].from]), "差", "再过") {
		return lo - 1, hi - 1
	}
	return lo, hi
}

// atBirthday is the age today of somebody who will be that old on a day of the time to come.
func (r *reader) atBirthday(t token, lo, hi int64) (int64, int64) {
	year, _, _ := benefit.Day(t.lo).Date()
	now, _, _ := r.c.Today.Date()
	ahead := int64(year - now)
	switch {
	case ahead == 0:
		return lo - 1, hi - 1
	case strings.Contains(r.m.text(t), "月"):
		months, _ := between(r.c.Today, r.c.Today, benefit.Day(t.lo))
		return lo - months/12 - 1, hi - months/12 - 1
	}
	return lo - ahead - 1, hi - ahead // 明年满18: 16 or 17 now
}

// countsDown tells that a duration before i is what is still missing: 差半年十八, 还有三个月就十八了.
func (r *reader) countsDown(i int) bool {
	for j := i - 1; j >= max(0, i-4) && in(r.m.tokens[j].kind, duration, filler); j-- {
		if t := r.m.tokens[j]; t.kind == duration {
			before := string(r.m.norm[max(0, t.from-2):t.from])
			return containsAny(before, "差", "再过", "还有", "再有", "还要", "离")
		}
	}
	return false
}
