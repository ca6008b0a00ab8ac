package understand

import (
	"slices"
	"strings"

	"xiaohe/knowledge/benefit"
)

// happening is one thing said about a parent, in the order of the message.
type happening struct {
	kind     kind
	code     string
	at       int // token
	negated  bool
	past     bool
	timed    bool  // lo and hi are set
	lo, hi   int64 // months that it has lasted, or the term of a sentence
	fromDate bool
	served   bool // the time is what has passed, not the term
}

// parents collects what is said about father and mother and settles it.
func (r *reader) parents() {
	stories := map[string][]happening{}
	for i := range r.m.tokens {
		t := r.m.tokens[i]
		h, people := r.happeningAt(i, t)
		if t.kind == duration {
			h, people = r.loose(i)
		}
		for _, p := range people {
			stories[p] = append(stories[p], h)
		}
	}
	for _, p := range []string{"父亲", "母亲"} {
		if len(stories[p]) > 0 {
			r.settle(p, stories[p])
		}
	}
}

// happeningAt reads the token as something about a parent and tells whose.
func (r *reader) happeningAt(i int, t token) (happening, []string) {
	h, ok := r.recognize(i, t)
	if !ok || !r.asserted[i] || t.kind != contact && !r.claimed(i) || t.used && t.kind == disability {
		return h, nil
	}
	if in(h.kind, situation, verdict, leftOrDied, takenIn) && r.rumoured(i) {
		return h, nil
	}
	if h.code == "revoking" {
		return r.revoking(i, h)
	}
	h.negated = h.code != unknown && h.code != "closing" && r.negated(i) || t.kind == contact && r.notYet(i) && !r.anotherContact(i)
	h.negated = h.negated || r.otherPerson(i)
	h.past = r.pastAt(i)
	people := r.whose(i, t)
	if t.kind == leftOrDied && t.code == "both" || t.kind == foundling && !h.negated && !r.negated(i) {
		people = []string{"父亲", "母亲"}
	}
	if len(people) > 0 && (in(t.kind, situation, verdict, leftOrDied, takenIn, remarried, separated, working, event) || t.kind == contact && h.negated) {
		r.timing(&h)
	}
	return h, people
}

// situation settles a word of a situation: it may be a place of work or an errand, or harmless.
func (r *reader) situation(h happening, i int, t token) (happening, bool) {
	if slices.Contains(custodies, t.code) && r.workplace(t) {
		h.kind, h.code = working, "home" // 在监狱当狱警
		return h, true
	}
	h.code = r.refined(i, t)
	if h.code == "weak" && r.onTheWay(i) && strings.HasPrefix(r.m.text(t), "跑") {
		h.kind, h.code = working, "home" // 为讨工钱跑了一年多
		return h, true
	}
	return h, !r.harmless(i, t)
}

// anotherContact tells that the negation before i belongs to other words of contact: 两年没回家但每月寄生活费.
func (r *reader) anotherContact(i int) bool {
	for j := i - 1; j >= max(0, i-4); j-- {
		if k := r.m.tokens[j].kind; k == negation || k == stop {
			return false
		} else if k == contact {
			return true
		}
	}
	return false
}

// recognize tells whether the token is something said of parents, and settles words whose meaning depends on what
// stands beside them.
func (r *reader) recognize(i int, t token) (happening, bool) {
	h := happening{kind: t.kind, code: t.code, at: i}
	next := token{kind: stop}
	if i+1 < len(r.m.tokens) {
		next = r.m.tokens[i+1]
	}
	switch t.kind {
	case verdict:
		w := r.m.text(t)
		if i > 0 && (r.m.tokens[i-1].kind == de || i > 1 && r.m.text(r.m.tokens[i-1]) == "人" && r.m.tokens[i-2].kind == de) {
			return h, false // 打人的判了三年
		}
		if t.code == "sit" && r.pendingIs(".限制自由期限月数") {
			return h, false
		}
		return h, strings.HasSuffix(w, "了") || t.code != "" || !r.before(i, 3, wish, unsure) // 还不知道怎么判
	case takenIn, released, contact, remarried, separated, working, cause, disability:
	case situation:
		return r.situation(h, i, t)
	case leftOrDied:
		return h, !r.onTheWay(i)
	case sound:
		if t.code == "else" { // 没有别的
			h.code = "closing"
			return h, r.negated(i) && in(next.kind, stop, list)
		}
		return h, r.m.text(t) != "都在" || in(next.kind, stop, filler)
	case event:
		if t.code == "who" {
			h.kind, h.code = situation, unknown
			return h, r.nobodyKnows(i)
		}
	case money, number:
		if t.used || t.lo < 50*one || !r.sent(i) {
			return h, false
		}
		r.m.tokens[i].used = true
		r.support(i, t)
		h.kind, h.code = contact, "money"
	case foundling:
		h.kind, h.code = situation, unknown
		return h, !r.negated(i)
	default:
		return h, false
	}
	return h, true
}

// otherPerson tells that the person whom the word at i is about is denied: 不是爸爸坐牢，是妈妈.
func (r *reader) otherPerson(i int) bool {
	at := r.subjects[i].at
	return at > 0 && r.m.tokens[at-1].kind == negation && strings.HasSuffix(r.m.text(r.m.tokens[at-1]), "是") && !r.stopBetween(at, i)
}

// refined is the situation that a word means where it stands: 失踪 as declared by a court, parents who were never known.
func (r *reader) refined(i int, t token) string {
	switch {
	case t.code == lost && strings.HasPrefix(r.m.text(t), "失踪") && r.declared(i):
		return missing
	case t.code == "untraced" && r.neverKnown(i):
		return unknown
	case t.code == "untraced":
		return lost
	}
	return t.code
}

// declared tells whether a court declared what stands at i: 法院宣告他爸失踪.
func (r *reader) declared(i int) bool {
	t := r.m.tokens[i]
	before := string(r.m.norm[max(0, t.from-8):t.from])
	return strings.Contains(before, "宣告") && !strings.Contains(before, "申请") && !strings.Contains(before, "没")
}

// revoking reads 撤销 before the person whose custody it is: 法院撤销了他爸妈的监护资格.
func (r *reader) revoking(i int, h happening) (happening, []string) {
	t := r.m.tokens[i]
	if !strings.Contains(string(r.m.norm[t.to:min(len(r.m.norm), t.to+10)]), "监护") || r.negated(i) {
		return h, nil
	}
	h.code = revoked
	for j := i + 1; j < min(len(r.m.tokens), i+4); j++ {
		switch p := r.m.tokens[j].who.role; {
		case p == both:
			return h, []string{"父亲", "母亲"}
		case p.parent() != "":
			return h, []string{p.parent()}
		}
	}
	return h, nil
}

// neverKnown tells whether parents who cannot be traced were never known: a foundling's, or 生父母 in an institution
// (国办发〔2010〕54号 一: 查找不到生父母).
func (r *reader) neverKnown(i int) bool {
	if s := r.subjects[i].at; s >= 0 && strings.Contains(r.m.text(r.m.tokens[s]), "生") {
		return true
	}
	return slices.ContainsFunc(r.m.tokens, func(t token) bool { return t.kind == institution && t.code == "" || t.kind == foundling })
}

// nobodyKnows tells whether 是谁 at i stands in 爸爸是谁都不知道.
func (r *reader) nobodyKnows(i int) bool {
	for j := max(0, i-4); j < min(len(r.m.tokens), i+5); j++ {
		w := r.m.text(r.m.tokens[j])
		if r.m.tokens[j].kind == unsure || w == "查不出来" || strings.HasPrefix(w, "查不") || strings.HasPrefix(w, "说不") || strings.Contains(w, "没人知") || strings.Contains(w, "没人晓") {
			return true
		}
	}
	return false
}

// support records what a parent who lives elsewhere pays every month as income of the household.
func (r *reader) support(i int, t token) {
	for j := i - 1; j >= max(0, i-6) && r.m.tokens[j].kind != stop; j-- {
		if r.m.tokens[j].kind == saidMonth && !r.stated["家庭.转移收入"] {
			r.says(j, i, "家庭.转移收入", benefit.Number(t.lo, t.hi))
			return
		}
	}
}

// sent tells whether the money at i is what somebody gives: 每个月打八百块, 给一千五.
func (r *reader) sent(i int) bool {
	if !r.subjects[i].who.role.isParent() {
		return false
	}
	for j := i - 1; j >= max(0, i-4); j-- {
		t := r.m.tokens[j]
		if w := r.m.text(t); w == "打" || w == "给" || strings.HasPrefix(w, "寄") || strings.HasPrefix(w, "汇") || strings.HasPrefix(w, "转") || t.kind == contact && t.code == "money" {
			return !r.before(j, 3, negation)
		}
		if !in(t.kind, filler, kin, pronoun, toward, saidMonth) {
			return false
		}
	}
	return false
}

// pastAt tells that what stands at i held once: 以前, 过.
func (r *reader) pastAt(i int) bool {
	for j := i - 1; j >= max(0, i-5) && r.m.tokens[j].kind != stop; j-- {
		if r.m.tokens[j].kind == past {
			return true
		}
	}
	return false
}
