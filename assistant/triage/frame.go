package triage

// How far before a cue a negator reaches, in runes of the clause. A bare cue carries a negator of its own; only one
// right before it turns it round (没有不想活).
const (
	negatorReach     = 6
	bareNegatorReach = 3
)

// negated tells whether the cue at m is denied: an odd number of negators is a denial, an even one (不是不想死,
// 谁说我不想死) is none.
func (w *reading) negated(m span, bare bool) bool {
	count := 0
	base := int32(w.scan.from)
	for _, n := range w.frame("negator") {
		if w.clause[n.from-base] != w.clause[m.from-base] || w.covered(n, w.frame("not negator")) {
			continue
		}
		inside := n.from >= m.from && n.to <= m.to
		switch {
		case bare && !inside && n.to <= m.from && m.from-n.to <= bareNegatorReach-1,
			!bare && (inside || n.to <= m.from && m.from-n.to <= negatorReach):
			count++
		}
	}
	return count%2 == 1
}

// covered tells whether m lies inside one of the places.
func (w *reading) covered(m span, places []span) bool {
	for _, p := range places {
		if p.from <= m.from && p.to >= m.to {
			return true
		}
	}
	return false
}

// framed lowers a rule where the words round the cue say that nobody here is in danger. A disclosure in another
// sentence is weighed on its own.
func (w *reading) framed(rule *rule, m span) Level {
	level := rule.Level
	if w.frameWithin("policy", m, "sentence") && !w.frameWithin("specific", m, "sentence") {
		level = min(level, Distress)
	}
	if w.frameWithin("fiction", m, "sentence") && !w.frameWithin("involved", m, "message") && !w.speaksOfSelf(m) {
		level = min(level, Distress)
	}
	if w.frameWithin("past", m, "sentence") && !w.frameWithin("present", m, "message") {
		if w.frameWithin("safe", m, "message") {
			level = min(level, Concern)
		} else {
			level = min(level, max(level-1, Distress))
		}
	}
	return level
}

// speaksOfSelf tells whether the words of a cue hold a first person: inside a story or a game it still counts.
func (w *reading) speaksOfSelf(m span) bool {
	for _, r := range w.runes[m.from:m.to] {
		if r == '我' || r == '俺' {
			return true
		}
	}
	return false
}
