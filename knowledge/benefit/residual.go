package benefit

import "slices"

// residual collects the facts that can still change the verdict of a condition. A derived fact that nobody is asked
// about stands for its sources; a fact whose gate is open brings the facts of the gate with it.
type residual struct {
	e     *evaluation
	facts map[int]bool
	rules map[int]bool // rules already entered through 规则
}

func (v *View) residual(e *evaluation, conditions ...*Node) []int {
	r := newResidual(e)
	for _, n := range conditions {
		r.add(n)
	}
	return r.sorted()
}

func newResidual(e *evaluation) residual { return residual{e, map[int]bool{}, map[int]bool{}} }

func (r residual) sorted() []int {
	found := make([]int, 0, len(r.facts))
	for i := range r.facts {
		found = append(found, i)
	}
	slices.Sort(found)
	return found
}

func (r residual) add(n *Node) {
	if n == nil || r.e.eval(n) != Undetermined {
		return
	}
	switch n.Op {
	case Manual:
	case Where:
		if n.Fact >= 0 {
			r.facts[n.Fact] = true
		}
	case RuleIs:
		if f := r.e.view.rules[n.rule]; f != nil && !r.rules[n.rule] {
			r.rules[n.rule] = true
			r.add(f.condition)
		}
	case Less, OneOf, HasAny, HasAll, Below:
		r.fact(n.Fact)
		if n.Op == Below && n.TierBy >= 0 && slices.ContainsFunc(n.bounds, func(b Interval) bool { return b != n.bounds[0] }) {
			r.fact(n.TierBy) // the tiers differ here
		}
	default:
		for _, kid := range n.Kids {
			r.add(kid)
		}
	}
}

// amount adds the facts that can still change the amount of a benefit.
func (r residual) amount(f *frozen) {
	for _, entry := range f.applying(r.e) {
		r.add(entry.When)
		for _, fact := range entry.Less {
			r.fact(fact)
		}
		if entry.TierBy >= 0 && slices.ContainsFunc(entry.standards, func(s Resolved) bool { return s.Interval != entry.standards[0].Interval }) {
			r.fact(entry.TierBy)
		}
	}
}

// fact adds a fact that is not known yet.
func (r residual) fact(i int) {
	d := r.e.view.book.Dictionary
	f := d.Facts[i]
	if r.facts[i] || f.known(r.e.values[i]) {
		return
	}
	if f.Formula != nil && f.Question == "" {
		for _, source := range d.sources(f) {
			r.fact(source)
		}
		return
	}
	if f.Gate != nil {
		r.add(f.Gate)
	}
	r.facts[i] = true
}

// conditions are the undecided conditions of a result: the rule's own, and those of the benefits that would cover it.
func (v *View) openConditions(e *evaluation, f *frozen) []*Node {
	open := []*Node{f.condition}
	for j, tie := range v.book.ties[f.index] {
		if tie.kind == Exclusive && tie.prefer == Other && v.rules[j] != nil {
			open = append(open, v.rules[j].condition)
		}
	}
	return open
}

// missing lists the facts that can still change the final verdict of a benefit.
func (v *View) missing(e *evaluation, id string) []int {
	f := v.find(id)
	if f == nil {
		return nil
	}
	return v.residual(e, v.openConditions(e, f)...)
}

func (v *View) factNames(facts []int) []string {
	names := make([]string, 0, len(facts))
	for _, i := range facts {
		names = append(names, v.book.Dictionary.Facts[i].Name)
	}
	return names
}

func (v *View) find(id string) *frozen {
	if i := slices.Index(Benefits, id); i >= 0 {
		return v.rules[i]
	}
	return nil
}
