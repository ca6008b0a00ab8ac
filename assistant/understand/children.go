package understand

import (
	"slices"
	"strconv"
	"strings"

	"xiaohe/knowledge/benefit"
)

// ageSaid is one age or birth date of a child.
type ageSaid struct {
	at     int
	child  string
	lo, hi int64
	born   bool // lo and hi are days
}

// children reads ages, birth dates and classes and keeps several children apart.
func (r *reader) children() {
	for i, t := range r.m.tokens {
		switch t.kind {
		case age:
			r.age(i)
		case number:
			r.bareAge(i)
		case date:
			r.born(i)
		case duration:
			r.monthsOld(i)
		}
	}
	r.tellApart()
	for _, a := range r.ages {
		if a.born {
			r.states(a.child, a.at, a.at, "孩子.出生日期", benefit.Number(a.lo, a.hi))
		} else {
			r.states(a.child, a.at, a.at, "孩子.年龄", benefit.Number(a.lo, a.hi))
		}
		r.told["年龄"+a.child] = strconv.FormatInt(a.lo, 10)
	}
}

// classAges bounds the age by the class where no age was said.
func (r *reader) classAges() {
	for _, c := range r.classes {
		if r.told["年龄"+c.child] == "" && c.class <= 9 {
			r.states(c.child, c.at, c.at, "孩子.年龄", benefit.Number(c.class+5, c.class+7))
		}
	}
}

// adulthood is the age from which a number of years is not taken for a child's unless it says so.
const adulthood = 18

// monthsOld reads the age of a baby: 宝宝才5个月.
func (r *reader) monthsOld(i int) {
	t, j := r.m.tokens[i], i-1
	for j >= 0 && r.m.tokens[j].kind == filler {
		j--
	}
	named := j >= 0 && r.m.tokens[j].kind == kin && r.m.tokens[j].who.role == child && !r.m.tokens[j].object
	ends := i+1 == len(r.m.tokens) || r.m.tokens[i+1].kind == stop || r.m.text(r.m.tokens[i+1]) == "了"
	if named && ends && !t.used && t.hi < 36 && strings.Contains(r.m.text(t), "月") {
		r.m.tokens[i].used = true
		r.ages = append(r.ages, ageSaid{at: i, child: r.childAt(i), lo: t.lo / 12, hi: t.hi / 12})
	}
}

// replaced tells that another value follows: 不是八岁是十八.
func (r *reader) replaced(i int) bool {
	return r.before(i, 2, negation) && i+1 < len(r.m.tokens)
}

// bareAge reads a number that is an age by its place: 大的12, 孩子今年18, 十八了, 我15.
func (r *reader) bareAge(i int) {
	tokens := r.m.tokens
	t := tokens[i]
	if t.lo%one != 0 || t.hi > 30*one || !r.asserted[i] {
		return
	}
	next := token{kind: stop}
	if i+1 < len(tokens) {
		next = tokens[i+1]
	}
	if !in(next.kind, stop, filler, kin, studying, working, pronoun, list, join, negation) || r.m.text(next) == "个" {
		return
	}
	j := i - 1
	for j >= 0 && (tokens[j].kind == filler || tokens[j].kind == date || tokens[j].kind == being || tokens[j].kind == together) {
		j--
	}
	after := j >= 0 && (tokens[j].kind == kin || tokens[j].kind == pronoun || tokens[j].kind == childcount)
	w := r.personAt(i)
	switch {
	case after && w.role == child && !tokens[j].object:
	case r.countsDown(i) && (w.role == child || w.role == nobody):
		lo, hi := r.reached(i, t.lo/one, t.hi/one)
		r.ages = append(r.ages, ageSaid{at: i, child: r.childAt(i), lo: lo, hi: hi}) // 还有三个月就十八了
		return
	case r.m.text(next) == "了" && (w.role == child || w.role == third) && after:
	case i > 0 && tokens[i-1].kind == date && r.m.text(tokens[i-1]) == "今年" && (w.role == child || w.role == third):
	case r.correctsNumber(i, age):
	case i == 0 && r.m.text(next) == "了" && r.c.Focus == "孩子" && r.c.Pending == nil && t.lo < 30*one:
	default:
		return
	}
	if r.replaced(i) {
		return
	}
	r.ages = append(r.ages, ageSaid{at: i, child: r.childAt(i), lo: t.lo / one, hi: t.hi / one})
}

// correctsNumber tells whether the bare number at i replaces a measure of the kind: 不是八岁是十八.
func (r *reader) correctsNumber(i int, k kind) bool {
	for j := i - 1; j >= max(0, i-4); j-- {
		switch t := r.m.tokens[j]; t.kind {
		case k:
			return r.before(j, 3, negation)
		case being, filler, stop, correcting:
		default:
			return false
		}
	}
	return false
}

// born reads a birth date: 2018年3月生, 一五年生的, 生日是2018年3月5日.
func (r *reader) born(i int) {
	tokens := r.m.tokens
	t := tokens[i]
	if t.code == "future" || !r.asserted[i] || t.used {
		return
	}
	j := i + 1
	for j < len(tokens) && tokens[j].kind == filler && j < i+3 {
		j++
	}
	ofYear := t.code == "year" && i > 0 && r.m.tokens[i-1].who.role == child || i > 1 && r.m.tokens[i-1].kind == being && r.m.tokens[i-2].who.role == child
	ofYear = ofYear && i+1 < len(tokens) && tokens[i+1].kind == de && (i+2 == len(tokens) || tokens[i+2].kind == stop)
	birthAfter := ofYear || j < len(tokens) && tokens[j].kind == birth
	k := i - 1
	for k >= 0 && k > i-4 && in(tokens[k].kind, filler, being, de) {
		k--
	}
	birthBefore := k >= 0 && tokens[k].kind == birth
	pending := (r.pendingIs("孩子.年龄") || r.pendingIs("孩子.出生日期")) && !strings.ContainsRune("今去前明后大上", r.m.norm[t.from])
	if !birthAfter && !birthBefore && !(pending && t.code != "bare") {
		return
	}
	if w := r.personAt(i); w.role.isParent() && !r.personIsFarther(i) && r.subjects[i].who.role != third && !pending {
		return
	}
	r.m.tokens[i].used = true
	r.ages = append(r.ages, ageSaid{at: i, child: r.childAt(i), lo: t.lo, hi: t.hi, born: true})
}

// tellApart settles several ages: two for one child are a choice or a slip, several children without names are labelled
// by their order.
func (r *reader) tellApart() {
	if r.selected() {
		return
	}
	plain := map[string][]int{}
	for i, a := range r.ages {
		if !a.born && a.at < r.fixed {
			plain[a.child] = append(plain[a.child], i)
		}
	}
	drop := map[int]bool{}
	for name, list := range plain {
		if len(list) < 2 {
			continue
		}
		if name == "" && r.severalChildren() || strings.HasPrefix(name, "两") {
			r.orderAges(list)
			continue
		}
		last := &r.ages[list[len(list)-1]]
		for _, i := range list[:len(list)-1] {
			if a := r.ages[i]; r.alternative(a.at, last.at) {
				last.lo, last.hi = min(last.lo, a.lo), max(last.hi, a.hi)
			}
			drop[r.ages[i].at] = true
		}
	}
	r.ages = slices.DeleteFunc(r.ages, func(a ageSaid) bool { return drop[a.at] })
	r.renameOrdinals()
}

// selected reads 我就问8岁那个: the age names one of the children and says nothing new.
func (r *reader) selected() bool {
	if len(r.c.Children) < 2 || len(r.ages) != 1 || prefixed(r.m.norm[r.m.tokens[r.ages[0].at].to:], "那个", "的那个", "这个", "的这个") == 0 {
		return false
	}
	for _, name := range r.c.Children {
		if r.told["年龄"+name] == strconv.FormatInt(r.ages[0].lo, 10) {
			r.c.Child, r.ages = name, nil
			return true
		}
	}
	return false
}

// alternative tells whether 还是, 或者 stands between two ages.
func (r *reader) alternative(i, j int) bool {
	text := string(r.m.norm[r.m.tokens[i].to:r.m.tokens[j].from])
	return strings.Contains(text, "还是") || strings.Contains(text, "或")
}

// byOrder are the labels of children told apart by age alone, the eldest first.
func byOrder(n int) []string {
	if n == 2 {
		return []string{"大的", "小的"}
	}
	return []string{"老大", "老二", "老三", "老四", "老五"}
}

// orderAges labels ages that were given one after the other: 两个孩子，八岁和五岁.
func (r *reader) orderAges(list []int) {
	slices.SortStableFunc(list, func(a, b int) int { return int(r.ages[b].lo - r.ages[a].lo) })
	names := byOrder(len(list))
	for n, i := range list {
		if n < len(names) {
			r.ages[i].child = names[n]
		}
	}
}

// renameOrdinals turns 一个…一个… into labels by age where the ages were said.
func (r *reader) renameOrdinals() {
	var list []int
	for i, a := range r.ages {
		if strings.HasPrefix(a.child, "第") && !a.born {
			list = append(list, i)
		}
	}
	if len(list) < 2 {
		return
	}
	before := map[string]string{}
	old := make([]string, len(r.ages))
	for _, i := range list {
		old[i] = r.ages[i].child
	}
	r.orderAges(list)
	for _, i := range list {
		before[old[i]] = r.ages[i].child
	}
	for i := range r.subjects {
		if n := before[r.subjects[i].who.label]; n != "" {
			r.subjects[i].who.label = n
		}
		if n := before[r.subjects[i].child]; n != "" {
			r.subjects[i].child = n
		}
	}
	for i := range r.m.tokens {
		if n := before[r.m.tokens[i].who.label]; n != "" {
			r.m.tokens[i].who.label = n
		}
	}
}

// labels keeps the list of children told apart and the one spoken of now.
func (r *reader) labels(c *Context) {
	var seen []string
	last := ""
	for i, t := range r.m.tokens {
		if t.kind == kin && t.who.role == child && t.who.label != "" && (t.code != "ordinal" || r.subjects[i].at == i) {
			if !slices.Contains(seen, t.who.label) {
				seen = append(seen, t.who.label)
			}
			if !t.object {
				last = t.who.label
			}
		}
	}
	for _, s := range r.out {
		if s.Child != "" && !slices.Contains(seen, s.Child) {
			seen = append(seen, s.Child)
		}
	}
	apart := r.severalChildren()
	for _, s := range seen {
		if !slices.Contains(c.Children, s) && (apart || len(c.Children) == 0 && len(seen) == 1 || r.describes(s)) {
			c.Children = append(c.Children, s)
		}
	}
	if slices.Contains(c.Children, last) {
		c.Child = last
	}
	if len(c.Children) < 2 {
		for i := range r.out {
			r.out[i].Child = ""
		}
	}
	for i, s := range r.out {
		if s.Child != "" && !slices.Contains(c.Children, s.Child) {
			r.out[i].Child = ""
		}
	}
}

// describes tells whether something was said of the child with that label alone.
func (r *reader) describes(label string) bool {
	return slices.ContainsFunc(r.out, func(s Statement) bool { return s.Child == label })
}
