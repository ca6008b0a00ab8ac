package understand

import (
	"slices"
	"strings"
)

// subject is who a token is about, and where that person was named.
type subject struct {
	who    who
	at     int  // token that names the person, -1 if none
	parent role // the parent spoken of last
	child  string
}

// attribute finds out for every token whom it is about and whether it is said to be so.
func (r *reader) attribute() {
	tokens := r.m.tokens
	r.subjects, r.asserted = make([]subject, len(tokens)), make([]bool, len(tokens))
	cur := r.opening()
	supposed, concluded := false, false
	told := r.hearsay()
	from, to := r.strangers()
	sides := 0
	for i := range tokens {
		t := &tokens[i]
		switch t.kind {
		case supposing:
			supposed, concluded = t.code == "once" || !r.hypotheticalIsTheQuestion(r.m.text(*t)), t.code == "once"
		case ask, wish:
			concluded = true
		case stop:
			if t.code == "." || concluded {
				supposed = false
			}
		case kin, pronoun, childcount:
			cur = r.named(i, cur, &sides)
		case head:
			if i+1 < len(tokens) && tokens[i+1].kind == together && t.lo == 2 && t.hi == 2 && cur.parent != nobody {
				cur = subject{who: who{role: both}, at: i, parent: both, child: cur.child}
			}
		}
		r.subjects[i] = cur
		r.asserted[i] = !supposed && !told && !(i >= from && i < to)
	}
	r.postposed()
}

// hypotheticalIsTheQuestion tells that 如果 opens the very question, as officers ask it, and does not imagine another
// course of a family's story.
func (r *reader) hypotheticalIsTheQuestion(word string) bool {
	formal := strings.HasPrefix(word, "如果") || strings.HasPrefix(word, "假") || word == "若"
	return formal && r.c.Focus == "" && len(r.c.Told) == 0 && (r.speaker == "" || r.speaker == speaksOfficials)
}

// opening is whom the message is about before anybody is named: the person of the pending question, else nobody.
func (r *reader) opening() subject {
	s := subject{at: -1, child: r.currentChild()}
	focus := r.c.Focus
	if r.c.Pending != nil {
		focus, _, _ = strings.Cut(r.c.Pending.Fact, ".")
	}
	switch focus {
	case "父亲":
		s.parent = father
	case "母亲":
		s.parent = mother
	}
	if r.c.Pending != nil && s.parent != nobody {
		s.who.role = s.parent
	}
	return s
}

func (r *reader) currentChild() string {
	if len(r.c.Children) > 1 {
		return r.c.Child
	}
	return ""
}

// named is the subject after the person at token i has been named.
func (r *reader) named(i int, cur subject, sides *int) subject {
	tokens := r.m.tokens
	t := &tokens[i]
	if t.kind == childcount {
		return subject{who: who{role: child}, at: i, parent: cur.parent}
	}
	w, changes := r.meant(i, cur, sides)
	if !changes {
		return cur
	}
	prev := i - 1
	for prev >= 0 && tokens[prev].kind == filler && tokens[prev].to-tokens[prev].from == 1 {
		prev--
	}
	switch other := r.beside(prev); {
	case other >= 0 && r.pair(tokens[other].who.role, w.role) && (!w.self || r.bothAfter(i)):
		w = who{role: both}
		if tokens[prev].kind == join {
			tokens[other].who.role = both
		}
	case other >= 0 && tokens[prev].kind != join && !r.isObject(i, prev, w, cur):
	case r.isObject(i, prev, w, cur):
		t.object = true
		if w.role == child && cur.who.role != child && cur.child == "" {
			cur.child = w.label
		}
		return cur
	}
	next := subject{who: w, at: i, parent: cur.parent, child: cur.child}
	if w.role.isParent() {
		next.parent = w.role
	}
	if w.role == child {
		next.child = w.label
	}
	return next
}

// meant is whom the person word at i means; it changes nothing where it is no person after all (一个, 大的).
func (r *reader) meant(i int, cur subject, sides *int) (w who, changes bool) {
	t := r.m.tokens[i]
	switch {
	case t.kind == kin && t.code == "either":
		w = r.either(i, cur, sides)
		return w, w.role != nobody
	case t.who.role == third && t.who.label == "们":
		return who{role: both}, !r.raisedBy(i)
	case t.kind == kin && t.code == "official":
		return w, false
	case t.kind == kin && t.code == "ordinal":
		if !r.tellsChildrenApart(i) {
			return who{role: family}, strings.HasPrefix(r.m.text(t), "老") // 老大坐牢, 老二在家: grown sons
		}
		return t.who, true
	}
	return t.who, true
}

// beside is the person named right before position prev, with 和 or 、 between or nothing; -1 if there is none.
func (r *reader) beside(prev int) int {
	if prev > 0 && in(r.m.tokens[prev].kind, join, list) {
		prev--
	}
	if prev >= 0 && in(r.m.tokens[prev].kind, kin, pronoun) {
		return prev
	}
	return -1
}

// bothAfter tells whether 都 follows the person at i.
func (r *reader) bothAfter(i int) bool {
	j := r.m.skip(i+1, filler)
	return j < len(r.m.tokens) && (r.m.tokens[j].kind == together || strings.HasPrefix(r.m.text(r.m.tokens[j]), "都"))
}

// pair tells whether two persons are the child's two parents.
func (r *reader) pair(a, b role) bool {
	return a == father && b == mother || a == mother && b == father || a == self && (b == father || b == mother) || b == self && (a == father || a == mother)
}

// isObject tells whether the person at i is spoken of beside the subject: 跟奶奶过, 不要孩子, 带孙子.
func (r *reader) isObject(i, prev int, w who, cur subject) bool {
	if i > 0 && w.role == child && r.m.text(r.m.tokens[i-1]) == "在" {
		return true // 在孩子三岁时离家
	}
	if prev < 0 {
		return false
	}
	if (w.role == child || w.role == self || w.role == third) && cur.who.role.isParent() && strings.HasPrefix(r.m.text(r.m.tokens[prev]), "生") {
		return true // 妈妈生我的时候就死了
	}
	if at := r.counted(prev); r.hurts(at) {
		return true // 他爸打死了他妈, 撞死一个老人
	}
	if then := r.m.skip(i+1, de); w.role == child && cur.who.role.isParent() && then < len(r.m.tokens) && r.m.tokens[then].kind == age && r.then(then) {
		return true // 他妈孩子三岁时走的
	}
	switch t := r.m.tokens[prev]; t.kind {
	case toward:
		return true
	case filler, residence, remarried:
		return w.role == outsider
	case join:
		return cur.at >= 0 || w.role != child || r.raisedBy(i)
	case raising, event:
		return t.kind == raising && (w.role == child || w.role == self || w.role == third || w.role == home || w.role == grand || w.role == outer)
	case other, lawcase:
		next := i + 1
		ends := next >= len(r.m.tokens) || r.m.tokens[next].kind == stop
		return ends && w.role.isParent() && cur.who.role.isParent() && cur.at >= 0 && !r.stopBetween(cur.at, i) // 他爸捅伤他妈
	case contact, separated:
		return w.role == child || w.role == home || w.role == self
	}
	return false
}

// counted is the token before 一个, 两个 at i, or i where nothing is counted.
func (r *reader) counted(i int) int {
	if t := r.m.tokens[i]; t.kind == kin && t.code == "either" || t.kind == head {
		return i - 1
	}
	return i
}

// either is 一个 in 一个坐牢一个跑了 (one parent, the other) and 一个八岁一个五岁 (children).
func (r *reader) either(i int, cur subject, sides *int) who {
	tokens := r.m.tokens
	for j := i + 1; j < min(len(tokens), i+4); j++ {
		switch tokens[j].kind {
		case age, stage, number:
			if r.severalChildren() {
				*sides++
				return who{role: child, label: ordinals(*sides)}
			}
			return who{}
		case situation, verdict, leftOrDied, takenIn, remarried:
			if cur.parent == both || *sides > 0 && cur.parent != nobody {
				*sides++
				if *sides == 1 {
					return who{role: oneSide}
				}
				return who{role: otherSide}
			}
			return who{}
		case filler, being, studying:
		default:
			return who{}
		}
	}
	return who{}
}

// ordinals labels children that are told apart by nothing but their order.
func ordinals(n int) string {
	if n > 5 {
		return "另一个"
	}
	return "第" + string([]rune("一二三四五")[n-1]) + "个"
}

// severalChildren tells whether the message or the conversation speaks of several children.
func (r *reader) severalChildren() bool {
	if len(r.c.Children) > 1 {
		return true
	}
	ordinal := 0
	for i, t := range r.m.tokens {
		if t.kind == childcount || t.kind == kin && t.code == "ordinal" && i+1 < len(r.m.tokens) && in(r.m.tokens[i+1].kind, age, number, stage) {
			ordinal++
		}
		if t.kind == kin && t.code == "either" && i+1 < len(r.m.tokens) && in(r.m.tokens[i+1].kind, age, number) && i > 1 {
			ordinal++
		}
		if t.kind == head && i+1 < len(r.m.tokens) && r.m.tokens[i+1].who.role == child {
			ordinal++
		}
	}
	return ordinal > 0 || strings.Contains(r.m.plain, "个娃") || strings.Contains(r.m.plain, "个孩")
}

// tellsChildrenApart tells whether 大的, 小的 at i names a child.
func (r *reader) tellsChildrenApart(i int) bool {
	if slices.Contains(r.c.Children, r.m.tokens[i].who.label) || r.severalChildren() {
		return true
	}
	for j := i + 1; j < min(len(r.m.tokens), i+3); j++ {
		if in(r.m.tokens[j].kind, age, stage, number) {
			return true
		}
	}
	return false
}

// postposed gives a predicate before 的 to the person after it: 坐牢的爸爸, 捡来的, 在坐牢的是他爸.
func (r *reader) postposed() {
	tokens := r.m.tokens
	for i, t := range tokens {
		if !in(t.kind, situation, verdict, leftOrDied, takenIn, remarried, disability, grade) {
			continue
		}
		if s := r.subjects[i]; s.who.role.isParent() && s.at >= 0 && !r.stopBetween(s.at, i) {
			continue
		}
		j := i + 1
		ends := strings.HasSuffix(r.m.text(t), "的")
		if j < len(tokens) && tokens[j].kind == filler && tokens[j].to-tokens[j].from == 1 {
			j++
		}
		if j < len(tokens) && tokens[j].kind == duration {
			j++
		}
		if j < len(tokens) && tokens[j].kind == de {
			ends, j = true, j+1
		}
		said := ends && j < len(tokens) && tokens[j].kind == being
		if said {
			j++
		}
		if said && j < len(tokens) && tokens[j].kind == kin { // 坐牢的是他叔叔
			r.subjects[i].who, r.subjects[i].at = tokens[j].who, j
			continue
		}
		if ends && j < len(tokens) && tokens[j].kind == kin && tokens[j].who.role.isParent() {
			r.subjects[i].who, r.subjects[i].at = tokens[j].who, j
		}
	}
}

// personAt is the person that token i is about, with 他 resolved to whoever was spoken of last.
func (r *reader) personAt(i int) who {
	s := r.subjects[i]
	switch s.who.role {
	case third:
		for j := s.at - 1; j >= 0; j-- {
			if w := r.subjects[j].who; w.role == child || w.role.isParent() {
				return w
			}
		}
		if s.parent != nobody {
			return who{role: s.parent}
		}
		return who{role: child, label: s.child}
	case nobody:
		if r.c.Pending != nil {
			if strings.HasPrefix(r.c.Pending.Fact, "孩子.") {
				return who{role: child, label: s.child}
			}
			if s.parent != nobody {
				return who{role: s.parent}
			}
		}
		if p := r.told["残疾"]; p != "" && in(r.m.tokens[i].kind, disability, grade, certificate) || p == "孩子" && r.m.tokens[i].code == ill {
			return who{role: map[string]role{"父亲": father, "母亲": mother, "孩子": child}[p], label: s.child}
		}
		if s.parent != nobody && !r.childlike() {
			return who{role: s.parent}
		}
		return who{role: child, label: s.child}
	}
	return s.who
}

// childlike tells whether the message gives the age or school of somebody, so that it is the child it speaks of.
func (r *reader) childlike() bool {
	return slices.ContainsFunc(r.m.tokens, func(t token) bool { return t.kind == age && t.hi < 18 || t.kind == stage })
}

// personIsFarther tells whether the subject of token i was named in an earlier clause, so that a word about the child
// need not be about that person.
func (r *reader) personIsFarther(i int) bool {
	s := r.subjects[i]
	return s.at < 0 || r.stopBetween(s.at, i)
}
