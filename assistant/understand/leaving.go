package understand

import (
	"slices"
	"strings"

	"xiaohe/knowledge/benefit"
)

// resolveLeaving settles death, disappearance and contact. Contact outweighs that somebody left, and a lasting loss of
// contact outweighs that there once was some (民发〔2019〕62号 一: 失联 is 失去联系且未履行监护抚养责任满6个月).
func (r *reader) resolveLeaving(p string, s *story) {
	for _, h := range s.all {
		if h.kind == situation && slices.Contains([]string{died, missing, unknown, deported, revoked, crippled, ill}, h.code) {
			s.mark(h, h.code)
		}
	}
	left, isLeft := s.has(leftOrDied)
	weak, isWeak := s.has(situation, "weak")
	strong, isStrong := r.strongest(s)
	touch, inTouch := r.inTouch(s, strong, isStrong)
	end, dead := s.in[died]
	if later := max(strong.at, weak.at); dead && later > end.at && r.takenBack(end.at, later) {
		delete(s.in, died)
		dead = false
	}
	switch {
	case dead:
	case isLeft && !isWeak && !isStrong && r.anyDeath(s):
		s.in[died] = left
	case inTouch:
		for _, code := range []string{lost, died, missing, unknown} {
			s.out[code] = touch
		}
		s.only, s.at = s.only || r.tiedAway(s), touch.at
	case isStrong:
		r.gone(s, strong)
	case isWeak:
		r.gone(s, weak)
	case isLeft && (r.staysAway(s) || r.told["away"] == p || r.pendingIs(p+".失联月数")):
		r.gone(s, left)
	case isLeft && len(s.in) == 0:
		r.askWhetherDied(p, left)
	default:
		if h, ok := s.find(func(h happening) bool { return storyOf(h.kind, h.code) == "away" && h.kind == situation && h.negated }); ok {
			s.out[lost] = h
		}
	}
}

// takenBack tells whether the words between say that what was told before is not so: 说他妈死了，其实是跑了.
func (r *reader) takenBack(from, to int) bool {
	for _, t := range r.m.tokens[from:to] {
		if w := r.m.text(t); strings.HasPrefix(w, "其实") || strings.HasPrefix(w, "实际") {
			return true
		}
	}
	return false
}

// gone records that contact is lost, with the time.
func (r *reader) gone(s *story, h happening) {
	r.borrowTime(s, &h)
	s.in[lost] = h
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
		if r.returned(h) && !r.ahead(h.at) && h.at > strong.at {
			if left, ok := s.find(func(o happening) bool { return o.at < h.at && (storyOf(o.kind, o.code) == "away") }); ok && left.at < h.at {
				return h, true
			}
		}
		if h.kind != contact || h.negated || h.past || h.code == "bare" || h.code == "unanswered" {
			continue
		}
		if !lost || h.at > strong.at {
			return h, true
		}
	}
	return happening{}, false
}

// returned tells whether a happening says that somebody came back.
func (r *reader) returned(h happening) bool {
	w := r.m.text(r.m.tokens[h.at])
	return !h.negated && !h.past && (w == "回来了" || w == "回来" || w == "回家" || w == "放回来了") && (h.kind == released || h.kind == contact)
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

// anyDeath tells whether one of the words for leaving goes with a cause of death: 不在了，车祸走的 · 走的，肺癌.
func (r *reader) anyDeath(s *story) bool {
	_, ok := s.find(func(h happening) bool {
		if h.kind != leftOrDied || h.negated {
			return false
		}
		j := r.m.skip(h.at+1, filler, stop)
		after := j > h.at+1 && j < len(r.m.tokens) && (r.m.tokens[j].kind == situation && r.m.tokens[j].code == ill || in(r.m.tokens[j].kind, cause, emergency))
		return r.diedOf(h) || after && r.subjects[j].at == r.subjects[h.at].at
	})
	return ok
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
func (r *reader) staysAway(s *story) bool {
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
	last := h.at
	for _, o := range s.all {
		if storyOf(o.kind, o.code) == "away" && !o.negated {
			last = max(last, o.at)
		}
	}
	if lo, hi, ok := r.sinceAge(last); ok {
		h.timed, h.lo, h.hi = true, lo, hi
		return
	}
	if lo, hi, ok := r.leftOn(h.at); ok {
		h.timed, h.lo, h.hi, h.fromDate = true, lo, hi, true
		return
	}
	for _, o := range s.all {
		if o.timed && (in(o.kind, remarried, separated, working) || o.kind == event && strings.HasPrefix(r.m.text(r.m.tokens[o.at]), "吵")) && o.at < h.at && h.at-o.at <= 6 && !r.recentlyBetween(o.at, h.at) {
			h.timed, h.lo, h.hi = true, o.lo, o.hi
		}
	}
}

// sinceAge is how long ago it was, from the child's age then and now: 孩子三岁时走的 … 现在九岁.
func (r *reader) sinceAge(at int) (lo, hi int64, ok bool) {
	then, now := -1, -1
	for j, t := range r.m.tokens {
		if t.kind != age || t.hi >= adulthood {
			continue
		}
		if then < 0 && j < at && (r.then(j) && containsAny(string(r.m.norm[t.to:min(len(r.m.norm), t.to+8)]), "走", "跑", "离", "出去", "不见", "失联") || r.happenedAfter(j, at) && !r.stopBetween(j, at)) {
			then = j
		} else if !r.then(j) {
			now = j
		}
	}
	if then < 0 || now < 0 || r.m.tokens[now].lo <= r.m.tokens[then].hi {
		return 0, 0, false
	}
	was, is := r.m.tokens[then], r.m.tokens[now]
	return (is.lo-was.hi)*12 - 12, (is.hi-was.lo)*12 + 12, true
}

// leftOn is how long ago somebody left on a day named before: 前年过完年出去，到现在找不到人.
func (r *reader) leftOn(at int) (lo, hi int64, ok bool) {
	for j := at - 1; j > max(0, r.subjects[at].at); j-- {
		t := &r.m.tokens[j]
		if t.kind != date || t.code == "future" || t.used || r.subjects[j].at != r.subjects[at].at {
			continue
		}
		if after := string(r.m.norm[t.to:min(len(r.m.norm), t.to+4)]); containsAny(after, "出去", "出门", "走", "跑", "离", "不见") {
			t.used = true
			lo, hi = between(benefit.Day(t.lo), benefit.Day(t.hi), r.c.Today)
			return lo, hi, true
		}
	}
	return 0, 0, false
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
	r.told["open"] += p
	r.unclear = append(r.unclear, Unclear{
		Fact: fact, Quote: quote, Text: "您说“" + quote + "”：" + called(p) + "是去世了，还是离开了家？",
		Options: []Option{
			{"去世了", []Statement{r.statement(h.at, fact, options(died))}},
			{"离开家，没有音讯", gone},
			{"离开家，还有联系", []Statement{r.statement(h.at, fact, without(died, missing, lost, unknown))}},
		},
	})
}
