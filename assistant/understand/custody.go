package understand

import (
	"slices"
	"strings"

	"xiaohe/knowledge/benefit"
)

// resolveCustody settles prison, detoxification and detention with their terms.
func (r *reader) resolveCustody(p string, s *story) {
	free, isFree := r.freed(p, s)
	_, suspended := s.has(verdict, "suspended")
	taken, isTaken := s.has(takenIn)
	untried := r.untried(s)
	for _, h := range s.all {
		switch {
		case h.kind == situation && slices.Contains(custodies, h.code):
			s.mark(h, h.code)
		case h.kind == verdict && untried && h.code == "": // 判几年还没判下来
		case h.kind == verdict && (h.code == "" || h.code == "life"):
			code := imprisoned
			if _, ok := s.in[rehab]; ok && !h.negated {
				code = rehab
			}
			s.mark(h, code)
		case h.kind == verdict && h.code == "pending" && isTaken:
			s.mark(happening{kind: situation, code: detained, at: taken.at}, detained)
		}
	}
	if h, held := s.in[imprisoned]; suspended && held {
		delete(s.in, imprisoned)
		s.out[imprisoned] = h
	}
	if isFree {
		for _, c := range custodies {
			delete(s.in, c)
			s.out[c] = free
		}
		return
	}
	held := false
	for _, c := range custodies {
		_, ok := s.in[c]
		held = held || ok
	}
	if isTaken && !held && !suspended {
		if r.told["custody"] == p {
			return
		}
		r.askWhereHeld(p, taken)
	}
}

// freed tells whether a parent has been released: 放出来了, 出狱, or 出来了 after custody.
func (r *reader) freed(p string, s *story) (happening, bool) {
	for i := len(s.all) - 1; i >= 0; i-- {
		h := s.all[i]
		if storyOf(h.kind, h.code) == "custody" && h.kind != released && !h.negated && !h.timed && h.at > 0 && i == len(s.all)-1 {
			return happening{}, false // 后来又进去了
		}
		if h.kind != released || h.negated {
			continue
		}
		w := r.m.text(r.m.tokens[h.at])
		if r.ahead(h.at) {
			continue
		}
		if w == "出来了" || w == "出来" || w == "回来了" || w == "放了" || w == "解除了" {
			_, earlier := s.find(func(o happening) bool {
				return storyOf(o.kind, o.code) == "custody" && o.kind != released && o.at < h.at
			})
			if !earlier && r.told["custody"] != p {
				continue
			}
			if w == "回来了" && !earlier {
				continue
			}
		}
		return h, true
	}
	return happening{}, false
}

// ahead tells that a release is still to come: 还有半年就出来了, 快出来了, 明年出来.
func (r *reader) ahead(i int) bool {
	if before := r.m.norm[:r.m.tokens[i].from]; len(before) > 0 && strings.ContainsRune("离等距", before[len(before)-1]) {
		return true // 离出来还有两年
	}
	for j := i - 1; j >= max(0, i-5) && r.m.tokens[j].kind != stop; j-- {
		t := r.m.tokens[j]
		if t.kind == date && t.code == "future" || t.kind == question || t.kind == wish || t.kind == negation {
			return true
		}
		w := r.m.text(t)
		if t.kind == duration && r.remaining(j) || w == "快" || w == "才" {
			return true
		}
	}
	return false
}

// askWhereHeld asks what 进去了 means.
func (r *reader) askWhereHeld(p string, h happening) {
	t := r.m.tokens[h.at]
	quote, fact := r.m.quote(t.from, t.to), p+".情形"
	offered := []Option{
		{"判了刑，在坐牢", []Statement{r.statement(h.at, fact, options(imprisoned))}},
		{"在强制戒毒", []Statement{r.statement(h.at, fact, options(rehab))}},
		{"拘留，或者还没判", []Statement{r.statement(h.at, fact, options(detained))}},
	}
	if h.timed {
		for i := range offered {
			offered[i].Statements = append(offered[i].Statements, r.statement(h.at, p+".限制自由期限月数", benefit.Number(h.lo, maxMonths)))
		}
	}
	r.says(h.at, h.at, fact, without(died, missing, unknown)) // whoever is held lives
	r.unclear = append(r.unclear, Unclear{Fact: fact, Quote: quote, Text: "您说“" + quote + "”：" + called(p) + "是判刑坐牢、强制戒毒，还是拘留？", Options: offered})
}

// term is how long freedom is taken away: the sentence if it was said, else at least what has passed or remains.
func (r *reader) term(s *story) (lo, hi int64, at happening, ok bool) {
	held := false
	for _, c := range custodies {
		_, in := s.in[c]
		held = held || in
	}
	if !held {
		return 0, 0, at, false
	}
	for _, h := range s.all {
		if h.negated || h.past {
			continue
		}
		switch {
		case h.kind == verdict && h.code == "life":
			return 180, maxMonths, h, true
		case h.kind == verdict && r.untried(s):
		case h.kind == verdict && h.timed && !h.served && h.code != "rest":
			return h.lo, h.hi, h, true
		case h.timed && storyOf(h.kind, h.code) == "custody" && h.kind != released && !h.fromDate:
			if exact := (h.code == rehab || h.code == detained || h.kind == situation && h.lo >= 12) && !h.served; exact && !ok {
				lo, hi, at, ok = h.lo, h.hi, h, true
			} else if !ok || h.lo > lo {
				lo, hi, at, ok = h.lo, maxMonths, h, true
			}
		}
	}
	return lo, hi, at, ok
}

// untried tells that there is no judgment yet.
func (r *reader) untried(s *story) bool {
	_, pending := s.has(verdict, "pending")
	return pending
}
