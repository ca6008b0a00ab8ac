package benefit

import "math/rand/v2"

// draw makes up a family of which every relevant fact is known: all of them at random, or a precedent with a few facts
// changed. Numbers lie near those at which a rule changes its mind, and rare situations are as likely as common ones:
// mistakes hide there.
func (f *finder) draw() (*View, *Case) {
	view, child := f.settings[f.random.IntN(len(f.settings))], f.book.Dictionary.NewCase()
	if len(f.witnesses) > 0 && f.random.IntN(2) == 0 {
		w := f.witnesses[f.random.IntN(len(f.witnesses))]
		child = w.child.Clone()
		if w.view.rules[f.index] != nil {
			view = w.view
		}
		for range f.random.IntN(3) {
			f.put(child, f.facts[f.random.IntN(len(f.facts))])
		}
	}
	for _, fact := range f.facts {
		if !child.touched[fact] {
			f.put(child, fact)
		}
	}
	return view, child
}

// put gives a fact a random value, unless its gate is shut.
func (f *finder) put(child *Case, index int) {
	fact := f.book.Dictionary.Facts[index]
	if fact.Gate != nil {
		e := evaluation{values: child.said}
		if e.eval(fact.Gate) == Ineligible {
			child.said[index], child.touched[index] = fact.domain(), false
			return
		}
	}
	if fact.Type == Date || fact.Type == Place {
		return
	}
	child.said[index], child.touched[index] = f.anyValue(fact), true
}

func (f *finder) anyValue(fact *Fact) Value {
	switch {
	case fact.Type.number():
		n := f.anyNumber(fact)
		return Value{Lo: n, Hi: n}
	case fact.Type == Multi:
		return anyOptions(f.random, fact)
	}
	return Value{Out: fact.all() &^ (1 << f.random.IntN(len(fact.Options)))}
}

// largest is the highest sum of money that is tried, in 分.
const largest = 5000_00

func (f *finder) anyNumber(fact *Fact) int64 {
	lo, hi := fact.Range.Lo, fact.Range.Hi
	if fact.Type == Money {
		hi = min(hi, largest)
	}
	if cuts := f.cuts[fact.index]; len(cuts) > 0 && f.random.IntN(3) > 0 {
		return min(hi, max(lo, cuts[f.random.IntN(len(cuts))]+f.random.Int64N(3)-1))
	}
	n := lo + f.random.Int64N(hi-lo+1)
	if fact.Type == Money {
		n = n / 100_00 * 100_00 // whole hundreds read well
	}
	return n
}

// anyOptions draws none, one or two options of a 多选.
func anyOptions(random *rand.Rand, fact *Fact) Value {
	in := uint64(0)
	for range random.IntN(3) {
		bit := uint64(1) << random.IntN(len(fact.Options))
		if fact.Exclusive&(bit|in) == 0 || in == 0 {
			in |= bit
		}
	}
	return Value{In: in, Out: fact.all() &^ in}
}
