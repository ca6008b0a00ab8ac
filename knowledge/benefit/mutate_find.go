package benefit

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// mostDraws is how many families are tried before a slip counts as one that nobody can notice.
const mostDraws = 60_000

// Proposal is a family that tells a slip from the rule, and what the rule says of it. An officer answers yes or no.
type Proposal struct {
	Benefit string
	Branch  string
	Slip    string // what was written wrong
	File    string
	Line    int
	Places  Places
	Day     Day
	Child   *Case
	Verdict Verdict
	Wrong   Verdict // what the slip would make of it
	Amount  string  // where the verdicts agree
}

// finder draws families for one rule and looks for what tells its slips from it.
type finder struct {
	book      *Book
	rule      *Rule
	index     int
	random    *rand.Rand
	witnesses []witness
	settings  []*View // places and days
	facts     []int   // that can matter, gates before what they guard
	cuts      map[int][]int64
	live      []candidate
}

// candidate is a slip for which a family is looked for.
type candidate struct {
	slip
	views map[*View]*View
	weak  *Proposal // a family of which the rule itself is not certain
}

// propose finds families that show the slips that the precedents do not notice; equivalent counts the slips that no
// family shows.
func (b *Book) propose(rule *Rule, index int, survivors []slip, witnesses []witness, draws int) (found []Proposal, equivalent int) {
	if len(survivors) == 0 {
		return nil, 0
	}
	f := finder{book: b, rule: rule, index: index, random: rand.New(rand.NewPCG(uint64(index), 7)), witnesses: witnesses}
	for _, s := range survivors {
		f.live = append(f.live, candidate{slip: s, views: map[*View]*View{}})
	}
	f.settings = f.places()
	f.facts, f.cuts = f.relevant()
	for range draws {
		if len(f.live) == 0 {
			break
		}
		found = append(found, f.try()...)
	}
	for _, c := range f.live {
		if c.weak != nil {
			found = append(found, *c.weak)
		} else {
			equivalent++
		}
	}
	slices.SortStableFunc(found, func(x, y Proposal) int {
		return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line))
	})
	return found, equivalent
}

// places are the places and days that make a difference: those of the precedents and of the local changes.
func (f *finder) places() []*View {
	var found []*View
	add := func(v *View) {
		if v.rules[f.index] != nil && !slices.Contains(found, v) {
			found = append(found, v)
		}
	}
	last := f.rule.From
	for _, row := range f.book.Rows {
		last = max(last, row.From)
	}
	for _, w := range f.witnesses {
		add(w.view)
		last = max(last, w.Day)
	}
	add(f.book.At(Everywhere(""), last))
	for _, o := range f.book.overlays {
		if o.ID == f.rule.ID {
			add(f.book.At(Everywhere(f.book.within(o.Region)), max(o.From, f.rule.From)))
		}
	}
	return found
}

// within is the code of a recorded county in a region, or the region's own.
func (b *Book) within(region int64) string {
	best := shortCode(region)
	if isCounty(region) {
		return best
	}
	for code, name := range b.Regions {
		if isCounty(code) && below(code, region) && (best == shortCode(region) || name.Code < best) {
			best = name.Code
		}
	}
	return best
}

// relevant lists the facts that the rule and its slips speak of, and the numbers at which something changes.
func (f *finder) relevant() ([]int, map[int][]int64) {
	d := f.book.Dictionary
	var order []int
	cuts := map[int][]int64{}
	var add func(fact int)
	tree := func(n *Node) {
		if n == nil {
			return
		}
		n.leaves(func(leaf *Node) {
			if leaf.Op < Less || leaf.Op > Below {
				return
			}
			add(leaf.Fact)
			if leaf.Op == Below && leaf.TierBy >= 0 {
				add(leaf.TierBy)
			}
			if leaf.Op == Less {
				cuts[leaf.Fact] = append(cuts[leaf.Fact], leaf.Limit)
			}
			for _, bound := range leaf.bounds {
				cuts[leaf.Fact] = append(cuts[leaf.Fact], bound.Lo)
			}
		})
	}
	add = func(fact int) {
		if slices.Contains(order, fact) {
			return
		}
		tree(d.Facts[fact].Gate)
		if !slices.Contains(order, fact) {
			order = append(order, fact)
		}
	}
	for _, v := range f.settings {
		for _, i := range f.involved() {
			if frozen := v.rules[i]; frozen != nil {
				tree(frozen.condition)
			}
		}
		for _, e := range v.rules[f.index].entries {
			tree(e.When)
			for _, fact := range e.Less {
				add(fact)
			}
			if e.TierBy >= 0 {
				add(e.TierBy)
			}
		}
	}
	return order, cuts
}

// involved are the rule itself, those that would cover it and those that it refers to.
func (f *finder) involved() []int {
	found := []int{f.index}
	for j, tie := range f.book.ties[f.index] {
		if tie.kind == Exclusive && tie.prefer == Other {
			found = append(found, j)
		}
	}
	for _, n := range f.book.conditionsOf(f.rule) {
		n.leaves(func(leaf *Node) {
			if leaf.Op == RuleIs {
				found = append(found, leaf.rule)
			}
		})
	}
	return found
}

// try draws one family and holds it against every slip.
func (f *finder) try() []Proposal {
	view, child := f.draw()
	values := view.resolve(child)
	e := view.evaluation(values)
	verdict, amount := f.judge(view, e)
	for i := range f.live {
		c := &f.live[i]
		mutant := c.in(view, f)
		wrong, other := f.judge(mutant, mutant.evaluation(values))
		if wrong == verdict && other == amount || verdict == Undetermined && c.weak != nil {
			continue
		}
		if child.Conflicts(view.Day) != nil {
			return nil
		}
		p := f.proposal(c.slip, view, mutant, f.shrink(child, view, mutant))
		if verdict == Undetermined {
			c.weak = &p
			continue
		}
		f.settle(p, view)
		return []Proposal{p}
	}
	return nil
}

// settle drops the slips that a proposed precedent would notice.
func (f *finder) settle(p Proposal, view *View) {
	values := view.resolve(p.Child)
	verdict, amount := f.judge(view, view.evaluation(values))
	f.live = slices.DeleteFunc(f.live, func(c candidate) bool {
		mutant := c.in(view, f)
		wrong, other := f.judge(mutant, mutant.evaluation(values))
		return wrong != verdict || p.Amount != "" && other != amount
	})
}

// in is the view in which the slip was made.
func (c candidate) in(v *View, f *finder) *View {
	mutant := c.views[v]
	if mutant == nil {
		mutant = v.mutant(f.rule, f.index, c.slip)
		c.views[v] = mutant
	}
	return mutant
}

// judge is the verdict on a benefit and its amount.
func (f *finder) judge(v *View, e *evaluation) (Verdict, Interval) {
	rule := v.rules[f.index]
	verdict := e.final(rule)
	if verdict == Ineligible {
		return verdict, Interval{}
	}
	amount, _, _ := rule.amount(e)
	return verdict, amount
}

// differs tells whether a slip makes a difference for a child, with the rule's own verdict unchanged.
func (f *finder) differs(child *Case, view, mutant *View, want Verdict) bool {
	values := view.resolve(child)
	verdict, amount := f.judge(view, view.evaluation(values))
	wrong, other := f.judge(mutant, mutant.evaluation(values))
	return verdict == want && (wrong != verdict || other != amount)
}

// shrink forgets what makes no difference, so that the officer reads a short story.
func (f *finder) shrink(child *Case, view, mutant *View) *Case {
	verdict, _ := f.judge(view, view.evaluation(view.resolve(child)))
	for _, name := range child.Facts() {
		less := child.Clone()
		less.Forget(name)
		if f.differs(less, view, mutant, verdict) {
			child = less
		}
	}
	return child
}

func (f *finder) proposal(s slip, view, mutant *View, child *Case) Proposal {
	values := view.resolve(child)
	verdict, amount := f.judge(view, view.evaluation(values))
	wrong, _ := f.judge(mutant, mutant.evaluation(values))
	p := Proposal{Benefit: f.rule.ID, Branch: s.branch, Slip: s.text, File: s.file, Line: s.line, Places: view.Places, Day: view.Day,
		Child: child, Verdict: verdict, Wrong: wrong}
	if wrong == verdict {
		r := Result{ID: f.rule.ID, Final: verdict, Amount: amount}
		_, r.Unit, _ = view.rules[f.index].amount(view.evaluation(values))
		p.Amount = view.amountText(child, r)
	}
	return p
}
