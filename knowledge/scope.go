package knowledge

import (
	"math"
	"sync"

	"xiaohe/knowledge/lexical"
	"xiaohe/knowledge/seed"
)

// offTopic holds how often terms occur in questions that people ask about other things (seed/offtopic.txt).
var offTopic = sync.OnceValue(func() lexical.Statistics {
	s := lexical.Statistics{DF: map[int32]int{}}
	for _, line := range seed.Lines("offtopic.txt") {
		s.N++
		for term := range lexical.Terms(line) {
			s.DF[lexical.Dimension(term)]++
		}
	}
	return s
})

// smoothing of the term probabilities, chosen on the development questions.
const smoothing = 0.05

// scope tells whether a question sounds like what the cards are asked or like other talk: the log odds of naive
// Bayes over its terms (Manning et al. 2008, ch. 13), above 0 for the cards, divided by the root of their number so
// that long questions do not run away. A term that neither side has ever used says nothing. asked are the statistics
// of the cards' wordings, so a card that is added widens the scope at once.
func (p parsed) scope(asked lexical.Statistics) float64 {
	other, sum := offTopic(), 0.0
	for _, dim := range p.spoken {
		if asked.DF[dim] > 0 || other.DF[dim] > 0 {
			sum += logProbability(asked, dim) - logProbability(other, dim)
		}
	}
	return sum / math.Sqrt(float64(max(len(p.spoken), 1)))
}

func logProbability(s lexical.Statistics, dim int32) float64 {
	return math.Log((float64(s.DF[dim]) + smoothing) / (float64(s.N) + 2*smoothing))
}
