package triage

import (
	"slices"
	"sync"
)

// Windows of long messages, in runes. The overlap lets a sentence on the edge be read whole in one of them.
const (
	windowSize    = 2000
	windowOverlap = 200
)

// read applies rules and classifier to a message.
func (t *Triage) read(raw string) Result {
	r := Result{Versions: t.versions, Speaker: Unknown}
	bare := bareCall(raw)
	t.windows(t.normalise(raw), func(w *reading) {
		w.claim()
		w.readSpeaker(&r)
		if bare && len(w.claims) == 0 {
			return
		}
		t.decide(w, &r)
	})
	r.settle()
	return r
}

// decide adds what rules and classifier say of a window. A rule's claim counts as far as the classifier, which has
// seen how often that rule was right, does not hold the message for harmless; the classifier also speaks alone. The
// design let it raise to L2 only: on messages of other authors rules alone found .64 of L3 at 4.6 % false alarms, the
// two together more than that at a tenth (docs/triage.md).
func (t *Triage) decide(w *reading, r *Result) {
	if t.model == nil {
		for _, c := range w.claims {
			w.support(c, c.level, r)
		}
		return
	}
	v := t.model.read(w)
	if r.Speaker == Unknown {
		r.Speaker = t.model.speaker(v)
	}
	for _, c := range w.claims {
		level := c.level
		if !c.rule.Sure {
			level = t.model.agreed(v, c.level)
		}
		w.support(c, level, r)
	}
	if v.level == None {
		return
	}
	r.add(Evidence{Source: "classifier", RuleID: "classifier-" + string(v.category), Category: v.category, Level: v.level, Start: v.start, End: v.end})
	w.suspect(v.category, "", span{int32(w.scan.from), int32(w.scan.to)}, r)
	if r.MessageLevel >= Concern {
		r.flag(t.model.flags(v))
	}
	if v.level >= High {
		for _, c := range t.model.categories(v) {
			r.flag(implied[c])
		}
	}
}

// implied are the flags that a kind of danger points to by itself. Suspicion is enough (第四条), and a human decides.
var implied = map[Category][]Flag{
	PhysicalAbuse: {"R4"}, Neglect: {"R6"}, Runaway: {"R7"}, Trafficking: {"R7"}, CaregiverHarm: {"R9"}, SexualAbuse: {"R9"}, Violence: {"R9"},
}

// support adds the claim of a rule at the level at which it counts.
func (w *reading) support(c claim, level Level, r *Result) {
	start, end := w.text.span(int(c.at.from), int(c.at.to))
	e := Evidence{Source: "rules", RuleID: c.rule.ID, Category: c.rule.category, Level: level, Start: start, End: end, Script: c.rule.Script}
	r.add(e)
	if level >= Concern {
		r.flag(c.rule.Flags)
		w.suspect(c.rule.category, c.rule.Actor, c.at, r)
	}
}

// speaks tells whether a frame's pattern stands in a text.
func (t *Triage) speaks(frame, raw string) (found bool) {
	t.windows(t.normalise(raw), func(w *reading) { found = found || len(w.frame(frame)) > 0 })
	return found
}

// windows opens one window of a text after the other.
func (t *Triage) windows(x *text, each func(*reading)) {
	for from := 0; from < len(x.runes); from += windowSize - windowOverlap {
		to := min(from+windowSize, len(x.runes))
		w := t.book.open(x, from, to)
		each(w)
		w.close()
		if to == len(x.runes) {
			break
		}
	}
}

// reading is the work of the rules on one window.
type reading struct {
	*scan
	book   *ruleBook
	claims []claim
	at     []int32 // by rule: the number of its claim, from 1
	places []span  // of the cue in hand
	others []span  // of a pattern beside it
	frames map[string][]span
}

// claim is a rule that speaks at a level, and where.
type claim struct {
	rule  *rule
	level Level
	at    span
}

var readings = sync.Pool{New: func() any { return new(reading) }}

func (b *ruleBook) open(x *text, from, to int) *reading {
	w := readings.Get().(*reading)
	w.book = b
	w.scan = b.lexicon.find(x, from, to, w.scan)
	w.at = append(w.at[:0], make([]int32, len(b.rules))...)
	w.claims = w.claims[:0]
	w.frames = map[string][]span{}
	return w
}

func (w *reading) close() {
	w.text = nil
	readings.Put(w)
}

// frame returns the places where the patterns of a frame stand.
func (w *reading) frame(name string) []span {
	if places, ok := w.frames[name]; ok {
		return places
	}
	places := w.matchAll(w.book.frames[name], nil)
	w.frames[name] = places
	return places
}

func (s *scan) matchAll(sequences []sequence, out []span) []span {
	for i := range sequences {
		out = s.match(&sequences[i], out)
	}
	return out
}

// claim collects every rule that speaks, at the highest level that one of its cues supports.
func (w *reading) claim() {
	for _, element := range w.used {
		for _, c := range w.book.by[element] {
			have := w.at[c.rule.number]
			if have > 0 && w.claims[have-1].level == c.rule.Level {
				continue
			}
			level, at := w.strongest(c)
			switch {
			case level == None:
			case have == 0:
				w.claims = append(w.claims, claim{c.rule, level, at})
				w.at[c.rule.number] = int32(len(w.claims))
			case level > w.claims[have-1].level:
				w.claims[have-1] = claim{c.rule, level, at}
			}
		}
	}
	slices.SortFunc(w.claims, func(a, b claim) int { return a.rule.number - b.rule.number })
}

// strongest returns the highest level at which a cue speaks in the window, and where.
func (w *reading) strongest(c cueOf) (Level, span) {
	var level Level
	var where span
	w.places = w.match(c.cue, w.places[:0])
	for _, m := range w.places {
		if got := w.weigh(c.rule, m); got > level {
			level, where = got, m
		}
		if level == c.rule.Level {
			break
		}
	}
	return level, where
}

// weigh returns the level of a rule whose cue stands at m.
func (w *reading) weigh(rule *rule, m span) Level {
	if w.isMasked(m) || !w.holds(rule, m) || w.negated(m, rule.Bare) {
		return None
	}
	if rule.Firm {
		return rule.Level
	}
	return w.framed(rule, m)
}

// isMasked tells whether a cue lies wholly inside an idiom.
func (w *reading) isMasked(m span) bool {
	return w.covered(m, w.frame("idiom"))
}

// holds checks what has to be there beside the cue and what must not.
func (w *reading) holds(rule *rule, m span) bool {
	for _, g := range rule.and {
		if !w.anyWithin(g, m, rule.Scope) {
			return false
		}
	}
	scope := rule.Scope
	if scope == "message" { // what stands in another sentence takes nothing away
		scope = "sentence"
	}
	return !w.anyWithin(rule.not, m, scope)
}

func (w *reading) anyWithin(sequences []sequence, m span, scope string) bool {
	for i := range sequences {
		w.others = w.match(&sequences[i], w.others[:0])
		for _, o := range w.others {
			if w.within(o, m, scope) {
				return true
			}
		}
	}
	return false
}

// within tells whether o stands in the same clause, sentence or message as m.
func (w *reading) within(o, m span, scope string) bool {
	number := w.sentence
	switch scope {
	case "message":
		return true
	case "clause":
		number = w.clause
	}
	base := int32(w.scan.from)
	return number[o.from-base] <= number[m.to-1-base] && number[o.to-1-base] >= number[m.from-base]
}

func (w *reading) frameWithin(name string, m span, scope string) bool {
	for _, o := range w.frame(name) {
		if w.within(o, m, scope) {
			return true
		}
	}
	return false
}
