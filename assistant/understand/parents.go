package understand

import (
	"slices"

	"xiaohe/knowledge/benefit"
)

// settle turns what was said about one parent into statements.
func (r *reader) settle(p string, story []happening) {
	s := newStory(story)
	if r.fixed < len(r.m.tokens) {
		s.corrected = r.fixed
	}
	r.resolveLeaving(p, s)
	r.resolveCustody(p, s)
	r.resolveSoundness(s)
	r.stateSituations(p, s)
	r.stateWork(p, s)
}

// story is what has been made of one parent's happenings.
type story struct {
	all       []happening
	in        map[string]happening
	out       map[string]happening
	only      bool // nothing else holds
	at        int  // token for the quote where nothing but absence of situations was said
	corrected int
}

func newStory(all []happening) *story {
	return &story{all: all, in: map[string]happening{}, out: map[string]happening{}, at: -1, corrected: -1}
}

func (s *story) find(accept func(happening) bool) (happening, bool) {
	for _, h := range s.all {
		if accept(h) {
			return h, true
		}
	}
	return happening{}, false
}

func (s *story) has(k kind, codes ...string) (happening, bool) {
	return s.find(func(h happening) bool {
		return h.kind == k && !h.negated && !h.past && (len(codes) == 0 || slices.Contains(codes, h.code))
	})
}

// mark puts a situation in or out.
func (s *story) mark(h happening, code string) {
	switch {
	case h.past && code != died:
	case h.negated:
		s.out[code] = h
	default:
		if old, ok := s.in[code]; !ok || !old.timed {
			s.in[code] = h
		}
	}
}

func (r *reader) statement(at int, fact string, v said) Statement {
	t := r.m.tokens[at]
	return Statement{Fact: fact, Value: v, Quote: r.m.quote(t.from, t.to), From: t.from, To: t.to, Correction: at >= r.fixed}
}

func called(p string) string {
	if p == "父亲" {
		return "爸爸"
	}
	return "妈妈"
}

// stateSituations writes the statements about 情形 with their durations.
func (r *reader) stateSituations(p string, s *story) {
	for _, e := range exclusive { // 得癌症死的: nothing else holds any more
		if h, ok := s.in[e]; ok {
			s.in = map[string]happening{e: h}
			s.only = false
			break
		}
	}
	var names, not []string
	from, to := len(r.m.tokens), -1
	for _, code := range situations {
		if h, ok := s.in[code]; ok {
			names = append(names, code)
			from, to = min(from, h.at), max(to, h.at)
			r.told[tellsOf(code)] = p
		} else if h, ok := s.out[code]; ok {
			not = append(not, code)
			if len(s.in) == 0 {
				from, to = min(from, h.at), max(to, h.at)
			}
		}
	}
	if len(names) == 0 && len(not) == 0 && !s.only {
		return
	}
	if to < 0 {
		from, to = s.at, s.at
	}
	if to < 0 {
		return
	}
	v := said{In: names, Out: not}
	if s.only {
		v = said{In: names, Only: true}
	}
	r.says(from, max(to, from), p+".情形", v)
	if r.isChange(p, s) {
		r.out[len(r.out)-1].Correction = true
	}
	r.stateTimes(p, s)
}

// tellsOf is the key under which it is remembered whose situation was told.
func tellsOf(code string) string {
	if slices.Contains(custodies, code) {
		return "custody"
	}
	if code == lost {
		return "away"
	}
	return code
}

// isChange tells that a release or a return changes what was told in an earlier message.
func (r *reader) isChange(p string, s *story) bool {
	_, free := s.out[imprisoned]
	_, back := s.out[lost]
	return free && r.c.Told["custody"] == p && len(s.in) == 0 || back && r.c.Told["away"] == p && len(s.in) == 0
}

// stateTimes writes how long contact has been lost and how long the term is.
func (r *reader) stateTimes(p string, s *story) {
	if h, ok := s.in[lost]; ok && h.timed {
		r.saysTime(h, p+".失联月数", h.lo, h.hi)
	}
	if lo, hi, h, ok := r.term(s); ok {
		r.saysTime(h, p+".限制自由期限月数", lo, hi)
	}
}

func (r *reader) saysTime(h happening, fact string, lo, hi int64) {
	from, to := h.at, h.at
	for j := max(0, h.at-3); j <= min(len(r.m.tokens)-1, h.at+4); j++ {
		if t := r.m.tokens[j]; t.used && (t.kind == duration || t.kind == date) {
			from, to = min(from, j), max(to, j)
		}
	}
	r.says(from, to, fact, benefit.Number(lo, hi))
}

// stateWork writes that a parent works away from home.
func (r *reader) stateWork(p string, s *story) {
	if h, ok := s.has(working, "away"); ok && len(s.in) == 0 {
		r.says(h.at, h.at, p+".外出务工", yesNo(true))
	}
}
