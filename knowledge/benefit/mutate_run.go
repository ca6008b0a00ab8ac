package benefit

import (
	"runtime"
	"slices"
	"sync"
)

// Mutation is how well the precedents guard the rules: what was changed by one slip, and how much of it they noticed.
type Mutation struct {
	Benefits []Guarded
}

// Guarded is one benefit: of All slips Killed were noticed, Equivalent change nothing that a family could notice, and
// Proposals has precedents that would notice the rest.
type Guarded struct {
	Benefit    string
	All        int
	Killed     int
	Equivalent int
	Proposals  []Proposal
}

// Rate is the share of the slips that can be noticed and were.
func (g Guarded) Rate() float64 { return rate(g.Killed, g.All-g.Equivalent) }

// Rate is the share over all benefits.
func (m Mutation) Rate() float64 {
	killed, all := 0, 0
	for _, g := range m.Benefits {
		killed, all = killed+g.Killed, all+g.All-g.Equivalent
	}
	return rate(killed, all)
}

func rate(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// Mutate measures the precedents of every benefit, or of the one that is named.
func (b *Book) Mutate(id string) Mutation { return b.mutate(id, mostDraws) }

func (b *Book) mutate(id string, draws int) Mutation {
	var m Mutation
	for _, rule := range b.Rules {
		if id == "" || rule.ID == id {
			m.Benefits = append(m.Benefits, Guarded{Benefit: rule.ID})
		}
	}
	var wait sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range m.Benefits {
		wait.Go(func() {
			free <- struct{}{}
			m.Benefits[i] = b.guard(b.byID[m.Benefits[i].Benefit], draws)
			<-free
		})
	}
	wait.Wait()
	return m
}

// guard measures one benefit.
func (b *Book) guard(rule *Rule, draws int) Guarded {
	g := Guarded{Benefit: rule.ID}
	index := slices.Index(Benefits, rule.ID)
	witnesses := b.witnesses(rule.ID)
	var survivors []slip
	for _, s := range b.slips(rule) {
		g.All++
		if b.noticed(rule, index, s, witnesses) {
			g.Killed++
		} else {
			survivors = append(survivors, s)
		}
	}
	g.Proposals, g.Equivalent = b.propose(rule, index, survivors, witnesses, draws)
	return g
}

// witness is a precedent that names the benefit, ready to be run.
type witness struct {
	Precedent
	child  *Case
	view   *View
	values []Value
}

// witnesses are the precedents that name a benefit and hold.
func (b *Book) witnesses(id string) []witness {
	var found []witness
	for _, p := range b.Precedents {
		_, verdict := p.Verdicts[id]
		_, amount := p.Amounts[id]
		if !verdict && !amount || len(b.run(p)) > 0 {
			continue
		}
		child, err := b.Case(p.Known)
		if err != nil {
			continue
		}
		view := b.At(p.Places, p.Day)
		found = append(found, witness{p, child, view, view.resolve(child)})
	}
	return found
}

// noticed tells whether one of the precedents fails on a slip.
func (b *Book) noticed(rule *Rule, index int, s slip, witnesses []witness) bool {
	views := map[*View]*View{}
	for _, w := range witnesses {
		view := views[w.view]
		if view == nil {
			view = w.view.mutant(rule, index, s)
			views[w.view] = view
		}
		if w.fails(view, rule.ID, index) {
			return true
		}
	}
	return false
}

// fails tells whether the precedent does not hold in a view.
func (w witness) fails(v *View, id string, index int) bool {
	f := v.rules[index]
	if f == nil {
		return true
	}
	e := v.evaluation(w.values)
	verdict := e.final(f)
	if want, stated := w.Verdicts[id]; stated && verdict != want {
		return true
	}
	if text, stated := w.Amounts[id]; stated {
		r := Result{ID: id, Final: verdict}
		r.Amount, r.Unit, r.Payee = f.amount(e)
		if got := v.amountText(w.child, r); got != text && plainAmount(got) != text {
			return true
		}
	}
	if w.Ask != nil && !slices.Equal(v.asks(w.child, w.Precedent), slices.Sorted(slices.Values(w.Ask))) {
		return true
	}
	return slices.ContainsFunc(w.Flips, func(flip string) bool { return !v.flipsTo(w.child, w.Precedent, flip) })
}
