package triage

import "slices"

// The classifier sees hashed character n-grams of the normalised text, the words that the rules know (each as its
// class, so that one learned from 揍 holds for 擂), and pairs of them. A comma and a full stop stand in the n-grams as
// marks of their own, and every stretch begins and ends with a mark.
const (
	longest   = 4
	edgeOf    = '^'
	pairReach = 12 // runes between the two words of a pair
	pairCount = 12 // pairs of one word, in a text that is longer than any message fewPairs
	fewPairs  = 1
)

// The kinds of features. Each kind is brought to its own length, so that many pairs do not drown a few words.
const (
	grams = iota
	known // words of a class, and rules that speak
	pairs
	kinds
)

// shares are the lengths of the kinds.
var shares = [kinds]float32{1, 1, 0.5}

// sink takes features in, more than once each.
type sink interface{ add(kind int, hash uint32) }

// collect gives all features of a stretch of a window to a sink.
func (w *reading) collect(s stretch, to sink) {
	w.grams(s, to)
	w.wordsOf(s, to)
	for _, c := range w.claims {
		if !c.rule.apart && int(c.at.from) >= s.from && int(c.at.to) <= s.to {
			to.add(known, mix(c.rule.hash, uint32(c.level)))
		}
	}
}

func (w *reading) grams(s stretch, to sink) {
	var window [longest]rune
	length := 0
	push := func(r rune) {
		copy(window[:], window[1:])
		window[longest-1] = r
		length = min(length+1, longest)
		hash := uint32(2166136261) // FNV-1a over the n-gram, read backwards so that each longer one goes on from it
		for n := 1; n <= length; n++ {
			c := uint32(window[longest-n])
			hash = (hash ^ (c & 0xFF)) * 16777619
			hash = (hash ^ (c >> 8)) * 16777619
			to.add(grams, hash^hash>>16)
		}
	}
	push(edgeOf)
	for i := s.from; i < s.to; i++ {
		if i > s.from && w.before[i] >= comma {
			push(',')
		}
		push(w.runes[i])
	}
	push(edgeOf)
}

// wordsOf adds the known words and their pairs.
func (w *reading) wordsOf(s stretch, to sink) {
	words := w.words
	hashes := w.book.lexicon.hashes
	most := pairCount
	if len(w.runes) > longText {
		most = fewPairs
	}
	begin, _ := slices.BinarySearchFunc(words, int32(s.from), func(a word, from int32) int { return int(a.from - from) })
	for i := begin; i < len(words) && int(words[i].from) < s.to; i++ {
		a := words[i]
		if int(a.to) > s.to {
			continue
		}
		to.add(known, mix(hashes[a.element], 0))
		count := 0
		for _, b := range words[i+1:] {
			if int(b.to) > s.to || b.from > a.to+pairReach || count == most {
				break
			}
			if b.from >= a.to {
				count++
				to.add(pairs, mix(hashes[a.element], hashes[b.element]))
			}
		}
	}
}

// mix makes one of two hashes (the finaliser of MurmurHash3).
func mix(a, b uint32) uint32 {
	h := a*0x9E3779B1 ^ b
	h = (h ^ h>>16) * 0x85EBCA6B
	h = (h ^ h>>13) * 0xC2B2AE35
	return h ^ h>>16
}
