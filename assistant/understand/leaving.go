package understand

import (
	"strings"

	"xiaohe/knowledge/benefit"
)

// resolveLeaving settles death, disappearance and contact. Contact outweighs that somebody left, and a lasting loss of
// contact outweighs that there once was some (民发〔2019〕62号 一: 失联 is 失去联系且未履行监护抚养责任满6个月).
func (r *reader) resolveLeaving(p string, s *story) {
	for _, h := range s.all {
		if h.kind == situation && (h.code == died || h.code == missing || h.code == unknown || h.code == deported || h.code == revoked || h.code == crippled || h.code == ill) {
			s.mark(h, h.code)
		}
	}
	left, isLeft := s.has(leftOrDied)
	weak, isWeak := s.has(situation, "weak")
	strong, isStrong := r.strongest(s)
	touch, inTouch := r.inTouch(s, strong, isStrong)
	_, dead := s.in[died]
	switch {
	case dead && !isStrong:
		return
	case isLeft && !isWeak && !isStrong && r.diedOf(left):
		s.in[died] = left
		return
	case inTouch:
		for _, code := range []string{lost, died, missing, unknown} {
			s.out[code] = touch
		}
		s.only = s.only || r.tiedAway(s)
		s.at = touch.at
		return
	case isStrong && !dead:
		h := strong
		r.borrowTime(s, &h)
		s.in[lost] = h
	case isWeak && !dead:
		h := weak
		r.borrowTime(s, &h)
		s.in[lost] = h
	case isLeft && (r.staysAway(s, left) || r.told["away"] == p || r.pendingIs(p+".失联月数")):
		h := left
		r.borrowTime(s, &h)
		s.in[lost] = h
	case isLeft && len(s.in) == 0:
		r.askWhetherDied(p, left)
	}
	if h, ok := s.find(func(h happening) bool { return h.kind == situation && (h.code == lost || h.code == "weak") && h.negated }); ok && !isStrong && !isWeak {
		s.out[lost] = h
	}
}

// strongest is the word that says contact is lost, the one with a duration first.
func (r *reader) strongest(s *story) (happening, bool) {
	var best happening
	found := false
	for _, h := range s.all {
		says := h.kind == situation && h.code == lost && !h.negated
		says = says || h.kind == contact && h.negated && r.lacks(h.at) && (r.m.text(r.m.tokens[h.at]) == "联系" || r.m.text(r.m.tokens[h.at]) == "音讯" || r.m.text(r.m.tokens[h.at]) == "消息" || r.m.text(r.m.tokens[h.at]) == "联络" || h.code == "touch")
		if says && (!found || h.timed && !best.timed) {
			best, found = h, true
		}
	}
	return best, found
}

// lacks tells whether the negation before i denies a state (没联系) and not a will (不联系).
func (r *reader) lacks(i int) bool {
	for j := i - 1; j >= max(0, i-4); j-- {
		if t := r.m.tokens[j]; t.kind == negation {
			return !strings.HasPrefix(r.m.text(t), "不")
		}
	}
	return true
}

// inTouch finds contact that was not lost afterwards.
func (r *reader) inTouch(s *story, strong happening, lost bool) (happening, bool) {
	for i := len(s.all) - 1; i >= 0; i-- {
		h := s.all[i]
		if h.kind != contact || h.negated || h.past || h.code == "bare" || h.code == "unanswered" {
			continue
		}
		if !lost || h.at > strong.at {
			return h, true
		}
	}
	return happening{}, false
}

// tiedAway tells whether a parent in touch only lives elsewhere: remarried or working.
func (r *reader) tiedAway(s *story) bool {
	_, again := s.has(remarried)
	_, work := s.has(working)
	_, money := s.find(func(h happening) bool {
		return h.kind == contact && !h.negated && (h.code == "money" || h.code == "visit")
	})
	return (again || work) && money && len(s.in) == 0
}

// diedOf tells whether the cause of a death stands before 走了: 车祸走的.
func (r *reader) diedOf(h happening) bool {
	for j := h.at - 1; j >= max(0, h.at-4); j-- {
		t := r.m.tokens[j]
		if t.kind == cause || t.kind == situation && t.code == ill || t.kind == emergency {
			return true
		}
		if t.kind == stop || t.kind == kin && !t.object {
			return false
		}
	}
	return false
}

// staysAway tells whether 走了 means leaving: never came back, gave nothing, called nobody.
func (r *reader) staysAway(s *story, left happening) bool {
	_, never := s.find(func(h happening) bool { return h.kind == contact && h.negated })
	return never
}

// borrowTime takes the duration from another word about the same absence where this one has none: 走了大半年没音讯,
// 改嫁三年了再没联系.
func (r *reader) borrowTime(s *story, h *happening) {
	if h.timed {
		return
	}
	for _, o := range s.all {
		away := storyOf(o.kind, o.code) == "away" && !o.negated || o.kind == contact && o.negated
		if away && o.timed {
			h.timed, h.lo, h.hi, h.fromDate = true, o.lo, o.hi, o.fromDate
			return
		}
	}
	for _, o := range s.all {
		if o.timed && in(o.kind, remarried, separated, working) && o.at < h.at && h.at-o.at <= 6 && !r.recentlyBetween(o.at, h.at) {
			h.timed, h.lo, h.hi = true, o.lo, o.hi
		}
	}
}

func (r *reader) recentlyBetween(i, j int) bool {
	for _, t := range r.m.tokens[i:j] {
		if w := r.m.text(t); w == "最近" || t.kind == kin && !t.object {
			return true
		}
	}
	return false
}

// askWhetherDied asks what 走了 means.
func (r *reader) askWhetherDied(p string, h happening) {
	t := r.m.tokens[h.at]
	quote := r.m.quote(t.from, t.to)
	fact := p + ".情形"
	gone := []Statement{r.statement(h.at, fact, options(lost))}
	if h.timed {
		gone = append(gone, r.statement(h.at, p+".失联月数", benefit.Number(h.lo, h.hi)))
	}
	r.unclear = append(r.unclear, Unclear{
		Fact: fact, Quote: quote, Text: "您说“" + quote + "”：" + called(p) + "是去世了，还是离开了家？",
		Options: []Option{
			{"去世了", []Statement{r.statement(h.at, fact, options(died))}},
			{"离开家，没有音讯", gone},
			{"离开家，还有联系", []Statement{r.statement(h.at, fact, without(died, missing, lost, unknown))}},
		},
	})
}
