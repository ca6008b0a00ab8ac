package understand

import (
	"slices"
	"strings"
)

// present are the situations that cannot hold for somebody who is at home, works or is in touch.
var present = []string{died, missing, imprisoned, rehab, detained, lost, deported, unknown}

// resolveSoundness tells whether the person said that a parent has no situation, or none but those named: outright, by
// two denials (没残疾没犯法), or by good health and a place in life.
func (r *reader) resolveSoundness(s *story) {
	found := map[string]int{}
	for _, h := range s.all {
		if sign := soundSign(h); sign != "" {
			found[sign] = h.at
		}
		if h.kind == sound && h.code == "alive" && !h.negated {
			s.out[died], s.out[missing], s.out[unknown] = h, h, h
			s.at = h.at
		}
	}
	count := 0
	for _, sign := range []string{"healthy", "intact", "lawful"} {
		if at, ok := found[sign]; ok {
			count++
			s.at = max(s.at, at)
		}
	}
	if at, ok := found["well"]; ok {
		found["healthy"], found["there"] = at, at
		s.at = max(s.at, at)
	}
	_, healthy := found["healthy"]
	there, isThere := found["there"]
	closing, isClosed := found["closing"]
	switch {
	case isClosed:
		s.only, s.at = true, closing
	case count >= 2, healthy && isThere:
		s.only = true
	case isThere && len(s.in) == 0:
		for _, code := range present {
			s.out[code] = happening{at: there}
		}
		s.at = there
	case len(s.in) == 0:
		r.resolveAlive(s)
	}
}

// soundSign is what a happening shows of a parent's soundness.
func soundSign(h happening) string {
	switch {
	case h.kind == sound && !h.negated && h.code != "" && h.code != "alive":
		return h.code
	case h.kind == sound && !h.negated && h.code == "", h.kind == situation && h.code == ill && h.negated, h.kind == cause && h.code == "illness" && h.negated:
		return "healthy"
	case h.kind == disability && h.negated:
		return "intact"
	case h.kind == situation && slices.Contains(custodies, h.code) && h.negated, h.kind == event && h.code == "crime" && h.negated:
		return "lawful"
	case h.kind == working && !h.negated:
		return "there"
	}
	return ""
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
