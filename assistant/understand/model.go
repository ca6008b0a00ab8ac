package understand

import (
	"slices"
	"strings"
	"unicode"
)

// Look is a message as the reader sees it, for checking what somebody else read out of it: a language model.
type Look struct {
	r *reader
}

// LookAt reads a message without taking anything from it.
func LookAt(text string, c Context) Look {
	c = c.clone()
	r := begin(text, c, false)
	if p := c.Pending; p != nil {
		r.c.Pending = &Pending{Fact: p.Fact} // its options are no words of the message
	}
	r.run()
	return Look{r}
}

// Clauses with this many characters that nobody understood may hold a fact: where nothing of the clause was understood,
// and where something was.
const (
	unreadAlone  = 2
	unreadBeside = 1
)

// Unread tells whether a message has a clause that was not understood. It need not name anybody: 房子烧得只剩三面墙. A
// question about policy tells nothing of a family.
func (l Look) Unread() bool {
	r := l.r
	if r.policy {
		return false
	}
	from := 0
	for i := 0; i <= len(r.m.tokens); i++ {
		if i < len(r.m.tokens) && r.m.tokens[i].kind != stop {
			continue
		}
		if l.unread(from, i) {
			return true
		}
		from = i + 1
	}
	return false
}

// unread tells whether the clause of the tokens from to to has words that were not understood. What only asks has none.
func (l Look) unread(from, to int) bool {
	r := l.r
	n, told := 0, false
	for i := from; i < to; i++ {
		t := r.m.tokens[i]
		switch {
		case in(t.kind, ask, policy, unsure, correcting):
			return false
		case t.kind == other && t.code == "":
			for _, c := range r.m.text(t) {
				if unicode.IsLetter(c) || unicode.IsNumber(c) {
					n++
				}
			}
		case !in(t.kind, other, stop, list, filler, de, kin, pronoun, household, together, join, being, toward):
			n++
		}
		told = told || l.told(t)
	}
	if told {
		return n >= unreadBeside+l.toldIn(from, to)
	}
	return n >= unreadAlone
}

// told tells whether a token is part of what was understood.
func (l Look) told(t token) bool {
	within := func(s Statement) bool { return t.from < s.To && t.to > s.From }
	text := l.r.m.quote(t.from, t.to)
	return slices.ContainsFunc(l.r.out, within) ||
		slices.ContainsFunc(l.r.unclear, func(u Unclear) bool { return strings.Contains(u.Quote, text) }) ||
		slices.ContainsFunc(l.r.places, func(p Place) bool { return strings.Contains(p.Quote, text) })
}

// toldIn counts the tokens of a clause that were understood.
func (l Look) toldIn(from, to int) int {
	n := 0
	for i := from; i < to; i++ {
		if l.told(l.r.m.tokens[i]) {
			n++
		}
	}
	return n
}

// personRoles are the roles of the words for the person of a fact. 监护人, 家庭 and 案件 can be anybody of the family.
var personRoles = map[string][]role{
	"父亲": {father, both, oneSide, otherSide},
	"母亲": {mother, both, oneSide, otherSide},
	"孩子": {child},
}

// meanings are the roles that a relation can have beside the one that it was given: whose son is spoken of depends on who
// speaks, which the words of a message that was not understood seldom tell.
var meanings = map[string][]role{
	"son": {child, father}, "daughter": {child, mother}, "brother": {child, father}, "sister": {child, mother},
	"husband": {father}, "wife": {mother}, "soninlaw": {father}, "daughterinlaw": {mother}, "brotherinlaw": {father}, "sisterinlaw": {mother},
}

// byOthers are facts of a child that words about others tell: 跟奶奶过, 他爸没给他办.
var byOthers = []string{"孩子.养育方式", "孩子.依法生育或收养", "孩子.已认定身份", "孩子.参加居民医保", "孩子.有居住证", "孩子.自付医疗费", "孩子.学校有营养餐"}

// About tells whether the characters from to to can be about the person of a fact. They are not where they name somebody
// else only, nor where they name nobody and the message never speaks of that parent.
func (l Look) About(from, to int, fact string) bool {
	person, _, _ := strings.Cut(fact, ".")
	named := l.named(from, to, false)
	has := func(roles []role, wanted ...role) bool {
		return slices.ContainsFunc(roles, func(w role) bool { return slices.Contains(wanted, w) })
	}
	switch wanted := personRoles[person]; {
	case len(wanted) == 0, slices.Contains(byOthers, fact):
		return len(named) == 0 || slices.ContainsFunc(named, func(w role) bool { return w != outsider }) || !l.strangers(from, to)
	case person == "孩子":
		return len(named) == 0 || has(named, wanted...)
	default:
		adults := slices.DeleteFunc(slices.Clone(named), func(w role) bool { return w == child }) // 撇下娃就跑了 tells of whoever ran
		if len(adults) > 0 {
			return has(adults, wanted...)
		}
		c := l.r.c
		asked := c.Pending != nil && strings.HasPrefix(c.Pending.Fact, person)
		everybody := l.named(0, len(l.r.m.norm), true)
		return len(everybody) == 0 || has(everybody, wanted...) || asked || c.Focus == person
	}
}

// strangers tells whether the words name people outside the family.
func (l Look) strangers(from, to int) bool {
	return containsAny(string(l.r.m.norm[from:to]), append([]string{"同桌", "同学"}, strangerWords...)...)
}

// Words by which a parent is known whatever stands around them.
var (
	fatherWords = []string{"爸", "爹", "父", "老子", "老汉", "女婿", "姑爷"}
	motherWords = []string{"妈", "娘", "母", "媳妇", "老婆", "堂客", "婆娘"}
)

// named are the roles of the persons that the words name. Objects of others' deeds count where all is true, and so does
// 他; 我 counts only as a parent or the child, and whoever holds an office not at all.
func (l Look) named(from, to int, all bool) []role {
	var found []role
	text := string(l.r.m.norm[from:to])
	if containsAny(text, fatherWords...) {
		found = append(found, father)
	}
	if containsAny(text, motherWords...) {
		found = append(found, mother)
	}
	if strings.Contains(text, "我女") {
		found = append(found, meanings["daughter"]...)
	}
	for _, t := range l.r.m.tokens {
		if t.to <= from || t.from >= to || !in(t.kind, kin, pronoun, childcount) || t.object && !all || t.code == "official" || t.code == "either" {
			continue
		}
		switch {
		case t.kind == childcount:
			found = append(found, child)
		case containsAny(l.r.m.text(t), "同桌", "同学", "邻居", "隔壁"):
			return []role{outsider}
		case t.kind == kin:
			found = append(append(found, t.who.role), meanings[t.code]...)
			if containsAny(l.r.m.text(t), "崽", "仔", "伢") {
				found = append(found, father)
			}
		case t.code == "me" && (t.who.role == child || t.who.role.isParent()):
			found = append(found, t.who.role)
		case t.code == "they":
			found = append(found, both)
		case t.code == "he" && all:
			found = append(found, father, mother, child)
		}
	}
	return found
}

// Claimed tells whether the characters from to to hold something that is said to be so: not supposed, not told of a
// film or of strangers.
func (l Look) Claimed(from, to int) bool {
	for i, t := range l.r.m.tokens {
		if t.to > from && t.from < to && t.kind != stop && l.r.asserted[i] {
			return true
		}
	}
	return false
}

// Span is an interval of whole numbers that words give.
type Span struct{ Lo, Hi int64 }

// Months are the durations among the characters from to to, Years the ages, Heads the numbers of persons.
func (l Look) Months(from, to int) []Span { return l.measures(from, to, duration) }
func (l Look) Years(from, to int) []Span  { return l.measures(from, to, age) }
func (l Look) Heads(from, to int) []Span  { return l.measures(from, to, head) }

func (l Look) measures(from, to int, k kind) []Span {
	var found []Span
	for _, t := range l.r.m.tokens {
		if t.kind == k && t.to > from && t.from < to {
			found = append(found, Span{t.lo, t.hi})
		}
	}
	return found
}

// Counts tells whether the characters from to to hold a number in any writing.
func (l Look) Counts(from, to int) bool {
	for _, t := range l.r.m.tokens {
		if t.to > from && t.from < to && in(t.kind, number, age, duration, date, money, grade, head, stage) {
			return true
		}
	}
	return strings.ContainsAny(string(l.r.m.norm[from:to]), "0123456789零〇一二两俩仨三四五六七八九十百千万半几")
}

// Asks tells whether the message asks about rules and not about a family.
func (l Look) Asks() bool { return l.r.policy }

// IsCorrection tells whether a message corrects a chip: 更正：爸爸的情况：强戒.
func IsCorrection(text string, c Context) bool {
	_, _, _, ok := relabelled(text, c)
	return ok || strings.HasPrefix(strings.TrimSpace(text), "更正")
}

// IsChoice tells whether a message is one of the answers that were offered, or several.
func IsChoice(text string, p *Pending) bool {
	_, ok := chosen(text, p)
	return ok
}
