package main

import (
	"math"
	"math/rand"

	"xiaohe/assistant/triage"
)

// Settings of the training.
const (
	epochs   = 8
	rate     = 3
	decay    = 1e-6
	seed     = 1
	positive = 1.0 // weight of a message that a head should notice
)

// fitted is a trained classifier before it is made small.
type fitted struct {
	heads   []string
	words   vocabulary
	weights []float32 // by feature, then head
	bias    []float32
}

// fit trains one logistic regression for each head by stochastic gradient descent. Products are rounded before
// they are added, so that no machine fuses the two and gives other bytes.
func fit(items []item, words vocabulary) *fitted {
	f := &fitted{heads: triage.Heads(), words: words}
	n := len(f.heads)
	f.weights = make([]float32, len(words)*n)
	f.bias = make([]float32, n)
	order := examples(items, words)
	random := rand.New(rand.NewSource(seed))
	for epoch := range epochs {
		random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		step := float32(rate / (1 + 0.35*float64(epoch)))
		for _, e := range order {
			f.learn(e, step)
		}
	}
	return f
}

// example is a stretch of text and what each head should say of it; negative is no opinion.
type example struct {
	features []feature
	want     []float32
}

// examples lists what is learned from: every message, and the pieces of harmless ones, which are harmless too.
func examples(items []item, words vocabulary) []example {
	heads := triage.Heads()
	var all []example
	for i := range items {
		want := make([]float32, len(heads))
		for h, name := range heads {
			w, ok := items[i].target(name)
			if !ok {
				w = -1
			}
			want[h] = w
		}
		stretches := items[i].features
		if items[i].Max >= triage.Concern {
			stretches = stretches[:1]
		}
		for _, s := range stretches {
			all = append(all, example{words.of(s), want})
		}
	}
	return all
}

func (f *fitted) learn(e example, step float32) {
	n := len(f.heads)
	scores := f.scores(e.features)
	push := make([]float32, n)
	for h, want := range e.want {
		if want < 0 {
			continue
		}
		slope := want - float32(1/(1+math.Exp(-float64(scores[h]))))
		if want > 0 {
			slope = float32(slope * positive)
		}
		push[h] = float32(step * slope)
		f.bias[h] += float32(push[h] * 0.1)
	}
	for _, x := range e.features {
		row := f.weights[x.row*n : x.row*n+n]
		for h, p := range push {
			row[h] += float32(p*x.value) - float32(step*decay*row[h])
		}
	}
}

func (f *fitted) scores(features []feature) []float32 {
	n := len(f.heads)
	sums := append([]float32(nil), f.bias...)
	for _, x := range features {
		for h, w := range f.weights[x.row*n : x.row*n+n] {
			sums[h] += float32(w * x.value)
		}
	}
	return sums
}

// quantise makes the weights small numbers: the largest of a head becomes triage.Most.
func quantise(f *fitted, hash string) ([]byte, error) {
	n := len(f.heads)
	hashes := f.words.hashes()
	small := make([]int8, len(f.weights))
	header := triage.Header{Data: hash}
	for h, name := range f.heads {
		var most float32
		for row := range hashes {
			most = max(most, float32(math.Abs(float64(f.weights[row*n+h]))))
		}
		scale := most / float32(triage.Most(h))
		for i, hash := range hashes {
			if scale > 0 {
				small[i*n+h] = int8(math.Round(float64(f.weights[f.words[hash]*n+h] / scale)))
			}
		}
		limit := limitsOf(name)
		header.Heads = append(header.Heads, triage.Head{Name: name, Bias: f.bias[h], Scale: scale, Threshold: limit.threshold, Agree: limit.agree})
	}
	return triage.Encode(header, hashes, small)
}
