package benefit

import "math/bits"

// Result is what the rules say of one benefit.
type Result struct {
	ID        string
	Raw       Verdict  // the rule alone
	Final     Verdict  // after relations with other benefits
	Amount    Interval // 分; only where Final is not Ineligible
	Unit      string
	Payee     string
	CoveredBy string // the benefit that takes this one's place
	Received  bool
}

// Decide applies every rule in force to a case (BENEFITS §3.1, §3.4).
func (v *View) Decide(c *Case) []Result {
	return v.decide(v.evaluation(v.resolve(c)))
}

func (v *View) evaluation(values []Value) *evaluation {
	e := &evaluation{view: v, values: values, rules: make([]Verdict, len(Benefits))}
	for i := range e.rules {
		e.rules[i] = verdictUnknown
	}
	return e
}

// rawOf is the verdict of a rule alone; a rule that is not in force decides nothing.
func (v *View) rawOf(e *evaluation, rule int) Verdict {
	f := v.rules[rule]
	if f == nil {
		return Undetermined
	}
	return e.eval(f.condition)
}

func (v *View) decide(e *evaluation) []Result {
	results := make([]Result, 0, len(Benefits))
	for i, f := range v.rules {
		if f == nil {
			continue
		}
		r := Result{ID: f.rule.ID, Raw: e.raw(i)}
		r.Final = r.Raw
		for j, tie := range v.book.ties[i] {
			if tie.kind == Exclusive && tie.prefer == Other && v.rules[j] != nil {
				other := e.stands(j)
				if other == Eligible {
					r.CoveredBy = Benefits[j]
				}
				r.Final = min(r.Final, other.not())
			}
		}
		r.Received = e.received(f)
		if r.Final != Ineligible {
			r.Amount, r.Unit, r.Payee = f.amount(e)
		}
		results = append(results, r)
	}
	return results
}

// stands tells whether a benefit takes the place of another: its rule is met, or it is received already.
func (e *evaluation) stands(rule int) Verdict {
	if e.received(e.view.rules[rule]) {
		return Eligible
	}
	return e.raw(rule)
}

func (e *evaluation) received(f *frozen) bool {
	return f.rule.Receiving != nil && e.eval(f.rule.Receiving) == Eligible
}

// amount is the hull of the entries that may apply, up to the first that does.
func (f *frozen) amount(e *evaluation) (span Interval, unit, payee string) {
	span = scan(f.entries, e)
	for _, entries := range f.elsewhere {
		span = span.hull(scan(entries, e))
	}
	first := f.applying(e)[0]
	return span, first.Unit, first.Payee
}

func scan(entries []frozenEntry, e *evaluation) Interval {
	span, first := everything, true
	for i := range entries {
		entry := &entries[i]
		holds := Eligible
		if entry.When != nil {
			holds = e.eval(entry.When)
		}
		if holds == Ineligible {
			continue
		}
		value := entry.value(e)
		if first {
			span, first = value, false
		} else {
			span = span.hull(value)
		}
		if holds == Eligible {
			break
		}
	}
	return span
}

// applying lists the entries that may apply, at least one.
func (f *frozen) applying(e *evaluation) []*frozenEntry {
	var found []*frozenEntry
	for i := range f.entries {
		entry := &f.entries[i]
		holds := Eligible
		if entry.When != nil {
			holds = e.eval(entry.When)
		}
		if holds != Ineligible {
			found = append(found, entry)
		}
		if holds == Eligible {
			break
		}
	}
	if found == nil {
		found = append(found, &f.entries[len(f.entries)-1])
	}
	return found
}

// value is the amount of one entry.
func (entry *frozenEntry) value(e *evaluation) Interval {
	switch entry.Form {
	case ByFixed:
		return entry.Fixed
	case ByItem, AsPublished:
		return everything
	}
	standard := entry.standard(e)
	switch entry.Form {
	case ByRatio:
		return Interval{times(standard.Lo, entry.Ratio, entry.Rounding), times(standard.Hi, entry.Ratio, entry.Rounding)}
	case ByTopUp:
		var less Interval
		for _, fact := range entry.Less {
			less = less.plus(Interval{e.values[fact].Lo, e.values[fact].Hi})
		}
		if entry.LessStd != "" {
			less = less.plus(entry.less.Interval)
		}
		return standard.minus(less)
	}
	return standard
}

// standard is the entry's standard over the tiers that are still possible.
func (entry *frozenEntry) standard(e *evaluation) Interval {
	if entry.TierBy < 0 {
		return entry.standards[0].Interval
	}
	span, first := everything, true
	for open := (uint64(1)<<len(entry.standards) - 1) &^ e.values[entry.TierBy].Out; open != 0; open &= open - 1 {
		s := entry.standards[bits.TrailingZeros64(open)].Interval
		if first {
			span, first = s, false
		} else {
			span = span.hull(s)
		}
	}
	return span
}

// Money is the amount as people read it; empty where the benefit is out of reach.
func (r Result) Money() string {
	if r.Final == Ineligible {
		return ""
	}
	return showMoney(r.Amount, r.Unit)
}
