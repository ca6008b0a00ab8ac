package main

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"xiaohe/assistant/triage"
)

// These keep the weights below a million bytes: three for a feature and about three for its hash, and thirteen more
// where all heads know it.
const (
	mostFeatures = 100_000
	fullFeatures = 28_000
)

// vocabulary numbers the features that are learned from.
type vocabulary map[uint32]int

// feature is the number of a feature and what it counts.
type feature struct {
	row   int
	value float32
}

// seenTwice numbers the features that stand in at least two messages: what stands in one teaches nothing general.
func seenTwice(items []item) vocabulary {
	count := map[uint32]int{}
	for _, it := range items {
		for _, f := range it.features[0] {
			count[f.Hash]++
		}
	}
	maps.DeleteFunc(count, func(_ uint32, n int) bool { return n < 2 })
	return number(slices.Collect(maps.Keys(count)))
}

func number(hashes []uint32) vocabulary {
	slices.Sort(hashes)
	words := vocabulary{}
	for i, hash := range hashes {
		words[hash] = i
	}
	return words
}

// hashes lists the features in rising order.
func (v vocabulary) hashes() []uint32 { return slices.Sorted(maps.Keys(v)) }

// of returns the features that have a number, with what each counts.
func (v vocabulary) of(features []triage.Feature) []feature {
	var counts [triage.Kinds]int
	for _, f := range features {
		if _, ok := v[f.Hash]; ok {
			counts[f.Kind]++
		}
	}
	var values [triage.Kinds]float32
	for kind, n := range counts {
		values[kind] = triage.Share(kind) / float32(math.Sqrt(float64(max(n, 1))))
	}
	var known []feature
	for _, f := range features {
		if row, ok := v[f.Hash]; ok {
			known = append(known, feature{row, values[f.Kind]})
		}
	}
	return known
}

// strongest lists the features that move heads [from, to) most, strongest first.
func (f *fitted) strongest(from, to int) []uint32 {
	n := len(f.heads)
	hashes := f.words.hashes()
	force := make(map[uint32]float32, len(hashes))
	for _, hash := range hashes {
		for _, w := range f.weights[f.words[hash]*n+from : f.words[hash]*n+to] {
			force[hash] = max(force[hash], float32(math.Abs(float64(w))))
		}
	}
	slices.SortStableFunc(hashes, func(a, b uint32) int { return cmp.Or(cmp.Compare(force[b], force[a]), cmp.Compare(a, b)) })
	return hashes
}

// strongestFeatures keeps the features that move a level head most.
func strongestFeatures(f *fitted) vocabulary {
	hashes := f.strongest(0, triage.LevelHeads)
	return number(hashes[:min(len(hashes), mostFeatures)])
}

// forget leaves to the heads that tell no level only the features that move them most.
func forget(f *fitted) *fitted {
	n := len(f.heads)
	hashes := f.strongest(triage.LevelHeads, n)
	for _, hash := range hashes[min(len(hashes), fullFeatures):] {
		clear(f.weights[f.words[hash]*n+triage.LevelHeads : (f.words[hash]+1)*n])
	}
	return f
}

// train fits all features, keeps the strongest and fits these again.
func train(items []item) *fitted {
	return forget(fit(items, strongestFeatures(fit(items, seenTwice(items)))))
}
