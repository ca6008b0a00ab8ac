package benefit

import (
	"math"
	"math/rand/v2"
	"slices"
)

// samples is how many complete families are drawn for the open facts of a case.
const samples = 256

// sampling is the families that could be meant by a case, and what the rules say of each.
type sampling struct {
	view     *View
	open     []int       // facts that are drawn
	values   [][]Value   // of each family
	verdicts [][]Verdict // of each family, by index in Benefits
	amounts  [][]Fen     // of each family, for the benefits in sums
	sums     []int       // eligible benefits whose amount is open
}

// draw completes the open facts of a case. Each family draws each fact from a source of its own, the same every
// time: the same conversation gets the same questions, and what one case makes likelier than another is not chance.
// Only benefits that are still undetermined are evaluated; the others keep their verdict.
func (v *View) draw(c *Case, now *evaluation, open, sums []int, results []Result) *sampling {
	s := &sampling{view: v, open: open, sums: sums, values: make([][]Value, samples), verdicts: make([][]Verdict, samples), amounts: make([][]Fen, samples)}
	trial := c.Clone()
	e := v.evaluation(nil)
	tilts := v.tilts(now)
	decided := make([]Verdict, len(Benefits))
	for _, r := range results {
		decided[slices.Index(Benefits, r.ID)] = r.Final
	}
	for i := range s.values {
		for _, fact := range open {
			random := rand.New(rand.NewPCG(uint64(i), uint64(fact)))
			trial.said[fact] = v.drawOne(random, v.book.Dictionary.Facts[fact], c.said[fact], tilts[fact])
		}
		e.values = v.resolve(trial)
		for j := range e.rules {
			e.rules[j] = verdictUnknown
		}
		verdicts := slices.Clone(decided)
		for j, f := range v.rules {
			if f != nil && decided[j] == Undetermined {
				verdicts[j] = e.final(f)
			}
		}
		s.values[i], s.verdicts[i] = e.values, verdicts
		for _, j := range sums {
			amount, _, _ := v.rules[j].amount(e)
			s.amounts[i] = append(s.amounts[i], amount.Lo)
		}
	}
	return s
}

// tilts are the factors of 偏向 that hold for a case.
func (v *View) tilts(e *evaluation) []float64 {
	tilts := make([]float64, len(v.book.Dictionary.Facts))
	for i, f := range v.book.Dictionary.Facts {
		tilts[i] = 1
		if f.Tilt != nil && e.eval(f.Tilt.When) == Eligible {
			tilts[i] = f.Tilt.Times
		}
	}
	return tilts
}

// drawOne draws one value that is still possible.
func (v *View) drawOne(random *rand.Rand, f *Fact, value Value, tilt float64) Value {
	switch {
	case f.Type == Date:
		return value
	case f.Type == Place:
		return v.drawPlace(random, value)
	case f.Type.number():
		n := v.drawNumber(random, f, value)
		return Value{Lo: n, Hi: n}
	case f.Type == Multi:
		return drawMulti(random, f, value, tilt)
	}
	total := 0.0
	for i, weight := range f.Prior {
		if value.Out&(1<<i) == 0 {
			total += weight
		}
	}
	pick := random.Float64() * total
	last := 0
	for i, weight := range f.Prior {
		if value.Out&(1<<i) != 0 {
			continue
		}
		last = i
		if pick -= weight; pick < 0 {
			break
		}
	}
	return Value{Out: f.all() &^ (1 << last)}
}

// elsewhere is a place in no region.
const elsewhere int64 = 990000_000000

// drawPlace draws a place that was not said: where the child lives, or somewhere else.
func (v *View) drawPlace(random *rand.Rand, value Value) Value {
	if value.Lo == value.Hi {
		return value
	}
	place := v.Places.of("居住地")
	if random.IntN(2) == 0 {
		place = elsewhere
	}
	return Value{Lo: place, Hi: place}
}

// perThousand is what 先验 of a 多选 counts in: of a thousand families so many.
const perThousand = 1000

// drawMulti draws each option by its share; an exclusive one ends the draw.
func drawMulti(random *rand.Rand, f *Fact, value Value, tilt float64) Value {
	in := value.In
	for i, weight := range f.Prior {
		if bit := uint64(1) << i; (value.In|value.Out)&bit == 0 && random.Float64()*perThousand < weight*tilt {
			if f.Exclusive&bit != 0 && in == 0 {
				in = bit
				break
			}
			if f.Exclusive&bit == 0 {
				in |= bit
			}
		}
	}
	return Value{In: in, Out: f.all() &^ in}
}

// richest is the highest monthly sum that is drawn, in 分.
const richest = 10000_00

// drawNumber draws a cell between the numbers at which a rule changes its mind, then a number in it; sums of money
// that no rule compares are nothing in half of the families.
func (v *View) drawNumber(random *rand.Rand, f *Fact, value Value) int64 {
	lo, hi := value.Lo, value.Hi
	if f.Type == Money {
		if lo == 0 && random.IntN(2) == 0 {
			return 0
		}
		from, to := float64(max(lo, 100_00)), float64(max(min(hi, richest), lo, 100_00))
		return min(hi, max(lo, int64(from*math.Pow(to/from, random.Float64()))))
	}
	cells := []int64{lo}
	for _, cut := range v.cuts[f.index] {
		if cut > lo && cut <= hi {
			cells = append(cells, cut)
		}
	}
	k := random.IntN(len(cells))
	from, to := cells[k], hi
	if k+1 < len(cells) {
		to = cells[k+1] - 1
	}
	return from + random.Int64N(to-from+1)
}

// chances is how likely each benefit is among the families; what a worker must judge counts half.
func (s *sampling) chances() []float64 {
	chances := make([]float64, len(Benefits))
	for _, verdicts := range s.verdicts {
		for j, verdict := range verdicts {
			chances[j] += float64(verdict) / float64(Eligible)
		}
	}
	for j := range chances {
		chances[j] /= samples
	}
	return chances
}
