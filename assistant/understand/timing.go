package understand

import (
	"strings"

	"xiaohe/knowledge/benefit"
)

// timing gives a happening its duration: the one right after it, right before it, or alone in the next clause.
func (r *reader) timing(h *happening) {
	if r.until(h) {
		return
	}
	j, ok := r.timeNear(h.at)
	if !ok {
		return
	}
	if lo, hi, ok := r.fromTo(h, j); ok {
		h.timed, h.lo, h.hi = true, lo, hi
		return
	}
	t := &r.m.tokens[j]
	if j > h.at && in(h.kind, remarried, separated, working, event) && r.leadsOn(j) {
		return
	}
	t.used = true
	h.timed = true
	if t.kind == date {
		h.lo, h.hi = between(benefit.Day(t.lo), benefit.Day(t.hi), r.c.Today)
		h.fromDate = true
		return
	}
	h.lo, h.hi = t.lo, t.hi
	h.served = r.remaining(j) || h.kind != verdict && r.lasts(j)
}

// until reads the day on which custody ends; the term is at least what remains: 刑期到2028年6月.
func (r *reader) until(h *happening) bool {
	j := r.m.skip(h.at+1, filler, de, stop)
	if storyOf(h.kind, h.code) != "custody" || h.kind == released || j >= len(r.m.tokens) || j == h.at+1 {
		return false
	}
	t := &r.m.tokens[j]
	if t.kind != date || t.code != "future" || t.used || !strings.ContainsAny(r.m.text(r.m.tokens[j-1]), "到至") {
		return false
	}
	h.lo, _ = between(r.c.Today, r.c.Today, benefit.Day(t.lo))
	t.used, h.timed, h.hi, h.served = true, true, maxMonths, true
	return true
}

// fromTo reads a term given by its days: 服刑（2024年1月至2027年6月）.
func (r *reader) fromTo(h *happening, j int) (lo, hi int64, ok bool) {
	k := r.m.skip(j+1, filler)
	if storyOf(h.kind, h.code) != "custody" || k == j+1 || k >= len(r.m.tokens) || r.m.tokens[j].kind != date || r.m.tokens[k].kind != date {
		return 0, 0, false
	}
	from, to := r.m.tokens[j], r.m.tokens[k]
	if !strings.ContainsAny(r.m.text(r.m.tokens[k-1]), "至到") {
		return 0, 0, false
	}
	lo, _ = between(benefit.Day(from.hi), benefit.Day(from.hi), benefit.Day(to.lo))
	_, hi = between(benefit.Day(from.lo), benefit.Day(from.lo), benefit.Day(to.hi)+31)
	return lo, hi, true
}

// leadsOn tells whether the time at j belongs to the words after it: 改嫁以后 五年没来过.
func (r *reader) leadsOn(j int) bool {
	k := r.m.skip(j+1, filler, negation, together)
	return k < len(r.m.tokens) && in(r.m.tokens[k].kind, situation, contact)
}

// timeNear finds the unused duration or date that belongs to the word at i.
func (r *reader) timeNear(i int) (int, bool) {
	tokens := r.m.tokens
	fits := func(j int) bool {
		t := tokens[j]
		return !t.used && (t.kind == duration || t.kind == date && t.code != "future" && (tokens[i].kind != verdict || i+1 < len(tokens) && tokens[i+1].kind == filler && strings.Contains(r.m.text(tokens[i+1]), "("))) && !r.uncertain(j) && r.asserted[j]
	}
	j := i + 1
	for j < len(tokens) && j <= i+4 && (in(tokens[j].kind, filler, de, having, join, being, together) || r.m.text(tokens[j]) == "得" || tokens[j].kind == tokens[i].kind && tokens[i].kind == situation) {
		j++
	}
	if j < len(tokens) && fits(j) {
		return j, true
	}
	k := i - 1
	for k >= 0 && k >= i-4 && (in(tokens[k].kind, filler, negation, together, de) || tokens[i].kind == leftOrDied && (tokens[k].kind == join || strings.HasPrefix(r.m.text(tokens[k]), "吵"))) {
		k--
	}
	if k >= 0 && fits(k) && !(k > 0 && tokens[k-1].kind == verdict) && !r.happenedAfter(k, i) {
		return k, true
	}
	if j < len(tokens) && tokens[j].kind == stop {
		next := r.m.skip(j+1, filler, stop, having)
		if next < len(tokens) && next <= j+3 && fits(next) && tokens[next].kind == duration {
			after := r.m.skip(next+1, filler, negation, together)
			if after >= len(tokens) || !in(tokens[after].kind, situation, verdict, leftOrDied, takenIn, contact, remarried, separated, event, working, residence, money, number, income, kin) {
				return next, true
			}
		}
	}
	return 0, false
}

// happenedAfter tells that the duration at k says how soon something happened and not how long ago: 不到两个月就跑了.
func (r *reader) happenedAfter(k, i int) bool {
	if !in(r.m.tokens[k].kind, duration, age) || strings.HasSuffix(r.m.text(r.m.tokens[k]), "前") {
		return false
	}
	for _, t := range r.m.tokens[k+1 : i] {
		if r.m.text(t) == "就" {
			return true
		}
	}
	return false
}

// uncertain tells that the person does not know the time: 几年记不清.
func (r *reader) uncertain(j int) bool {
	tokens := r.m.tokens
	if w := r.m.text(tokens[j]); w != "几年" && w != "几个月" {
		return false
	}
	for k := max(0, j-5); k < min(len(tokens), j+5); k++ {
		if tokens[k].kind == unsure {
			return true
		}
	}
	return false
}

// remaining tells that the duration at j is still to come: 还剩一年, 还有半年.
func (r *reader) remaining(j int) bool {
	at := r.m.tokens[j].from
	for _, w := range []string{"还剩", "还有", "剩下", "还要", "再过", "还差", "还得", "还要坐", "还要关", "再坐", "再关", "剩", "还得坐", "只剩", "就剩", "还剩下", "不到", "再有", "差", "离", "剩下的"} {
		if k := []rune(w); at >= len(k) && hasPrefix(r.m.norm[at-len(k):], k) {
			return true
		}
	}
	return false
}

// lasts tells that the duration at j has passed so far: 三年了, 已经三年.
func (r *reader) lasts(j int) bool {
	t := r.m.tokens[j]
	return t.to < len(r.m.norm) && r.m.norm[t.to] == '了' || j > 0 && hasPrefix([]rune(r.m.text(r.m.tokens[j-1])), []rune("已"))
}

// loose reads durations that no word near them claims: the rest of a term, and 爸十年 妈三年 after both were said to be
// in prison.
func (r *reader) loose(i int) (happening, []string) {
	t := &r.m.tokens[i]
	h := happening{kind: verdict, code: "rest", at: i, timed: true, lo: t.lo, hi: t.hi, served: true}
	if t.used || r.uncertain(i) || !r.asserted[i] {
		return h, nil
	}
	if r.remaining(i) {
		if r.pendingIs(".限制自由期限月数") {
			return h, nil // the reply itself
		}
		if p := r.continued(i, token{kind: verdict}); p != "" {
			t.used = true
			return h, []string{p}
		}
		return h, nil
	}
	if i == 0 || r.m.tokens[i-1].kind != kin || r.m.tokens[i-1].object {
		return h, nil
	}
	p := r.m.tokens[i-1].who.role.parent()
	if p == "" {
		return h, nil
	}
	next := r.m.skip(i+1, filler)
	if next < len(r.m.tokens) && in(r.m.tokens[next].kind, situation, verdict, leftOrDied, takenIn, contact, negation) {
		return h, nil
	}
	for j := i - 1; j >= 0; j-- {
		switch storyOf(r.m.tokens[j].kind, r.m.tokens[j].code) {
		case "custody":
			h.code, h.served = "", false
			t.used = true
			return h, []string{p}
		case "away":
			t.used = true
			return happening{kind: situation, code: lost, at: i, timed: true, lo: t.lo, hi: t.hi}, []string{p}
		}
	}
	return h, nil
}
