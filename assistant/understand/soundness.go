package understand

import (
	"slices"
	"strings"
)

// present are the situations that cannot hold for somebody who is at home, works or is in touch.
var present = []string{died, missing, imprisoned, rehab, detained, lost, deported, unknown}

// resolveSoundness tells whether the person said that a parent has no situation, or none but those named.
func (r *reader) resolveSoundness(p string, s *story) {
	healthy, intact, lawful, there, closing := -1, -1, -1, -1, -1
	for _, h := range s.all {
		switch {
		case h.kind == sound && !h.negated && h.code == "closing":
			closing = h.at
		case h.kind == sound && !h.negated && h.code == "alive":
			s.out[died] = h
			s.out[missing] = h
			s.out[unknown] = h
			s.at = h.at
		case h.kind == sound && !h.negated && h.code == "there":
			there = h.at
		case h.kind == sound && !h.negated:
			healthy = h.at
		case h.kind == situation && h.code == ill && h.negated, h.kind == cause && h.negated && h.code == "illness":
			healthy = h.at
		case h.kind == disability && h.negated:
			intact = h.at
		case h.kind == situation && slices.Contains(custodies, h.code) && h.negated, h.kind == event && h.negated && h.code == "crime":
			lawful = h.at
		case h.kind == working && !h.negated:
			there = h.at
		}
	}
	count := 0
	for _, at := range []int{healthy, intact, lawful} {
		if at >= 0 {
			count++
			s.at = max(s.at, at)
		}
	}
	switch {
	case closing >= 0:
		s.only, s.at = true, closing
	case count >= 2, healthy >= 0 && there >= 0:
		s.only = true
	case there >= 0 && len(s.in) == 0:
		for _, code := range present {
			s.out[code] = happening{at: there}
		}
		s.at = there
	case len(s.in) == 0:
		r.resolveAlive(s)
	}
}

// resolveAlive notes what shows that a parent lives: 天天喝酒, 很少联系, 改嫁.
func (r *reader) resolveAlive(s *story) {
	for _, h := range s.all {
		seldom := h.kind == contact && h.code == "bare" && !h.negated && r.seldom(h.at)
		switch {
		case h.negated || h.past:
		case h.kind == verdict && h.code == "suspended":
			for _, code := range present {
				s.out[code] = h
			}
		case h.kind == event && h.code == "alive", seldom:
			s.out[died], s.out[missing], s.out[unknown] = h, h, h
		case h.kind == remarried:
			s.out[died], s.out[unknown] = h, h
		}
	}
}

// seldom tells whether the contact at i is told to happen, if rarely: 很少联系, 偶尔回来.
func (r *reader) seldom(i int) bool {
	t := r.m.tokens[i]
	return t.from > 0 && strings.ContainsRune("少尔常时年", r.m.norm[t.from-1])
}
