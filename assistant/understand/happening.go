package understand

import (
	"slices"
	"strings"
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
	h := happening{kind: t.kind, code: t.code, at: i}
	switch t.kind {
	case situation, verdict, leftOrDied, takenIn, released, contact, remarried, separated, sound, working, cause, event, disability, studying:
	case money:
		if r.m.tokens[i].used || !r.sent(i) {
			return h, nil
		}
		r.m.tokens[i].used = true
		h.kind, h.code = contact, "money"
	case foundling:
		if r.negated(i) || !r.claimed(i) {
			return h, nil
		}
		return happening{kind: situation, code: unknown, at: i}, []string{"父亲", "母亲"}
	default:
		return h, nil
	}
	if !r.asserted[i] || t.kind != contact && !r.claimed(i) || t.used && t.kind == disability {
		return h, nil
	}
	if t.kind == sound && t.code == "else" {
		if !r.negated(i) || i+1 < len(r.m.tokens) && !in(r.m.tokens[i+1].kind, stop, list) {
			return h, nil
		}
		h.code = "closing"
	}
	if t.kind == sound && r.m.text(t) == "都在" && i+1 < len(r.m.tokens) && !in(r.m.tokens[i+1].kind, stop, filler) {
		return h, nil
	}
	if h.code == lost && strings.HasPrefix(r.m.text(t), "失踪") && r.declared(i) {
		h.code = missing
	}
	if h.code == "revoking" {
		return r.revoking(i, h)
	}
	if h.code == "untraced" {
		h.code = lost
		if r.neverKnown(i) {
			h.code = unknown
		}
	}
	if t.kind == event && t.code == "who" {
		if !r.nobodyKnows(i) {
			return h, nil
		}
		h.kind, h.code = situation, unknown
	}
	h.negated = h.code != unknown && h.code != "closing" && r.negated(i) || t.kind == contact && r.notYet(i)
	h.past = r.pastAt(i)
	people := r.whose(i, t)
	if t.kind == leftOrDied && t.code == "both" {
		people = []string{"父亲", "母亲"}
	}
	if len(people) == 0 {
		return h, nil
	}
	if in(t.kind, situation, verdict, leftOrDied, takenIn, remarried, separated, working, event) || t.kind == contact && h.negated {
		r.timing(&h)
	}
	return h, people
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
