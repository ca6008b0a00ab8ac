package benefit

import (
	"math"
	"slices"
)

// gain is how much of what is open the answer about a fact takes away: the uncertainty about each verdict, weighed,
// and the spread of the amounts that are granted but not known exactly.
func (s *Survey) gain(f *Fact, weights []float64) float64 {
	cells, of := s.partition(f)
	gain := 0.0
	for j, weight := range weights {
		if weight > 0 {
			gain += weight * s.settles(j, len(cells), of)
		}
	}
	for k := range s.families.sums {
		before := s.spread(k, everyFamily)
		after := 0.0
		for _, families := range cells {
			rest := before // one family alone says nothing of how far its like are apart
			if n := float64(len(families)); n > 1 {
				rest = s.spread(k, families) * n / (n - 1)
			}
			after += float64(len(families)) / samples * rest
		}
		gain += exactness * s.share(k) * max(0, before-after) / 100
	}
	return gain
}

// partition groups the families by their answer about a fact: the families of each cell, and the cell of each family.
func (s *Survey) partition(f *Fact) (cells [][]int, of []int) {
	numbers := map[Value]int{}
	of = make([]int, samples)
	for i, values := range s.families.values {
		key := s.cell(f, values[f.index])
		n, ok := numbers[key]
		if !ok {
			n = len(cells)
			numbers[key] = n
			cells = append(cells, nil)
		}
		cells[n] = append(cells[n], i)
		of[i] = n
	}
	return cells, of
}

// settles is how many bits about the verdict of a benefit the cells of a fact tell. Many cells of few families seem to
// tell more than they do; the mean of that error is taken off (Miller and Madow, 1955).
func (s *Survey) settles(benefit, cells int, of []int) float64 {
	counts := make([][3]float64, cells)
	var whole [3]float64
	for i, cell := range of {
		verdict := s.families.verdicts[i][benefit]
		counts[cell][verdict]++
		whole[verdict]++
	}
	bits, outcomes := entropy(whole)
	if outcomes < 2 {
		return 0
	}
	for _, count := range counts {
		h, _ := entropy(count)
		bits -= (count[0] + count[1] + count[2]) / samples * h
	}
	return max(0, bits-float64((cells-1)*(outcomes-1))/(2*samples*math.Ln2))
}

// entropy of a distribution of verdicts, in bits, and how many verdicts occur.
func entropy(counts [3]float64) (bits float64, outcomes int) {
	n := counts[0] + counts[1] + counts[2]
	for _, count := range counts {
		if count > 0 {
			outcomes++
			bits -= count / n * math.Log2(count/n)
		}
	}
	return bits, outcomes
}

// everyFamily lists all families.
var everyFamily = func() []int {
	all := make([]int, samples)
	for i := range all {
		all[i] = i
	}
	return all
}()

// spread is the mean distance of an amount from its mean among families, in 分.
func (s *Survey) spread(sum int, families []int) float64 {
	mean, distance := 0.0, 0.0
	for _, i := range families {
		mean += float64(s.families.amounts[i][sum]) / float64(len(families))
	}
	for _, i := range families {
		distance += math.Abs(float64(s.families.amounts[i][sum])-mean) / float64(len(families))
	}
	return distance
}

// share turns the sum of a benefit into one per month.
func (s *Survey) share(sum int) float64 {
	id := Benefits[s.families.sums[sum]]
	i := slices.IndexFunc(s.results, func(r Result) bool { return r.ID == id })
	return float64(perMonth(1200, s.results[i].Unit)) / 1200 * s.focus(s.families.sums[sum])
}

// cell is the class of a value: numbers between two cuts are alike; sums that no rule compares are told apart by
// size.
func (s *Survey) cell(f *Fact, value Value) Value {
	if !f.Type.number() || f.Type == Place {
		return value
	}
	cuts := s.view.cuts[f.index]
	switch {
	case len(cuts) == 0 && f.Type == Money:
		cuts = sizes
	case len(cuts) == 0: // how many people: each number counts
		return Value{Lo: value.Lo}
	}
	n, _ := slices.BinarySearch(cuts, value.Lo+1)
	return Value{Lo: int64(n)}
}

var sizes = []int64{1, 500_00, 1000_00, 2000_00, 4000_00}
