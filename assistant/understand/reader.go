package understand

import (
	"reflect"
	"slices"
	"strings"

	"xiaohe/knowledge/benefit"
)

// said is what is said of a fact.
type said = benefit.Said

func options(names ...string) said { return benefit.Options(names...) }

func without(names ...string) said { return said{Out: names} }

func yesNo(yes bool) said {
	if yes {
		return options("是")
	}
	return options("否")
}

func splitList(s string) []string { return strings.Split(s, "、") }

// reader reads one message: the tokens, who each of them is about, and what has been understood so far.
type reader struct {
	m        *message
	c        Context
	speaker  string
	subjects []subject // per token
	asserted []bool    // per token: not supposed, not fiction
	fixed    int       // token from which everything corrects what was said before; len(tokens) if none
	policy   bool      // a question about the rules, not about a family
	out      []Statement
	unclear  []Unclear
	places   []Place
	unknown  bool
	told     map[string]string
	stated   map[string]bool // facts said in this message
	classes  []classSaid
	last     string // the parent that a word without a subject was last given to
	ages     []ageSaid
}

// says records one statement about the tokens from to to.
func (r *reader) says(from, to int, fact string, v said) { r.states("", from, to, fact, v) }

func (r *reader) states(child string, from, to int, fact string, v said) {
	s := Statement{Child: child, Fact: fact, Value: v, From: r.m.tokens[from].from, To: r.m.tokens[to].to}
	s.Quote = r.m.quote(s.From, s.To)
	s.Correction = to >= r.fixed
	if !slices.ContainsFunc(r.out, func(o Statement) bool {
		return o.Fact == fact && o.Child == child && o.Correction == s.Correction && reflect.DeepEqual(o.Value, v)
	}) {
		r.out = append(r.out, s)
	}
	r.stated[fact] = true
}

// childSays records a statement about the child that the token is about.
func (r *reader) childSays(from, to int, fact string, v said) {
	r.states(r.childAt(from), from, to, fact, v)
}

// childAt is the label of the child that token i is about.
func (r *reader) childAt(i int) string {
	if w := r.subjects[i].who; w.role == child {
		return w.label
	}
	return r.subjects[i].child
}

// claimed tells whether the token is said to be so: not supposed, not asked, not told of a film.
func (r *reader) claimed(i int) bool { return r.asserted[i] && !r.before(i, 3, question) }

// wished tells whether the token is wanted or asked for.
func (r *reader) wished(i int) bool { return r.before(i, 3, wish, question) }

// before finds one of the kinds among the n tokens before i, in the same clause and with nothing but particles between.
func (r *reader) before(i, n int, kinds ...kind) bool {
	for j := i - 1; j >= max(0, i-n); j-- {
		k := r.m.tokens[j].kind
		if in(k, kinds...) {
			return true
		}
		if !in(k, filler, together, toward, having, being, de, receiving) {
			return false
		}
	}
	return false
}

// cannot tells that the negation at i belongs to the verb before it: 受不了跑了.
func (r *reader) cannot(i int) bool {
	return r.m.text(r.m.tokens[i]) == "不" && i > 0 && r.m.tokens[i-1].kind == other && i+1 < len(r.m.tokens) && prefixed(r.m.norm[r.m.tokens[i].to:], "了", "起", "住", "下去", "上", "过") > 0
}

// negated tells whether what stands at i is denied: 没坐牢, 不是坐牢, 没有残疾、重病.
func (r *reader) negated(i int) bool {
	listed := false
	for j := i - 1; j >= max(0, i-6); j-- {
		switch t := r.m.tokens[j]; t.kind {
		case negation:
			return !r.cannot(j)
		case list:
			listed = true
		case join:
			listed = true
		case sound:
			if t.code != "else" {
				return false
			}
		case filler, together, toward, having, receiving, cause, income:
		case other:
			if w := r.m.text(t); w != "什么" && w != "啥" && w != "啥子" && w != "任何" && w != "大的" && w != "什么大的" {
				return false
			}
		case situation, disability, certificate, verdict, takenIn:
			if !listed && t.code != ill && !(j == i-1 && r.m.tokens[i].code == ill) {
				return false
			}
			listed = false
		case kin, pronoun:
			if !t.object {
				return false
			}
		default:
			return false
		}
	}
	return false
}

func (r *reader) stopBetween(i, j int) bool {
	for k := i + 1; k < j; k++ {
		if r.m.tokens[k].kind == stop {
			return true
		}
	}
	return false
}

// pendingIs tells whether the open question asks for a fact with this ending.
func (r *reader) pendingIs(suffix string) bool {
	return r.c.Pending != nil && strings.HasSuffix(r.c.Pending.Fact, suffix)
}
