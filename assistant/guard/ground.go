package guard

import (
	"slices"
	"unicode"
)

// checkGround: a sentence that names a passage has to do with it; one without passage and slot says no rule.
func (s *sentence) checkGround() Reason {
	switch {
	case len(s.span) > 0:
		if !s.verbatim() && !slices.ContainsFunc(s.said, func(w said) bool { return len(w.at) > 0 }) && len(s.facts.articles)+len(s.facts.documents)+len(s.facts.dates) == 0 {
			return Unfounded
		}
	case len(s.slots) > 0, s.retold:
	case len(s.facts.periods) > 0, len(s.named) > 0 && !s.judges():
		return Unfounded
	}
	return ""
}

// judges tells whether a sentence says a verdict of a benefit on the card; that it agrees is checked elsewhere.
func (s *sentence) judges() bool {
	if !slices.ContainsFunc(s.named, func(m mention) bool { return m.verdict != "" }) {
		return false
	}
	return tentative.MatchString(s.words) || open.MatchString(s.words) ||
		slices.ContainsFunc(s.clauses, func(c clause) bool { return stanceOf(c.plain) != silent })
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }
