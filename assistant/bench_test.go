package assistant_test

import (
	"slices"
	"testing"
	"time"

	"xiaohe/assistant"
	"xiaohe/knowledge"
)

// BenchmarkTurn measures a turn without a model over the corpus (about 4,700 passages) and the built-in cards.
func BenchmarkTurn(b *testing.B) {
	store := corpusStore(b)
	cards, err := knowledge.Cards()
	if err != nil {
		b.Fatal(err)
	}
	hangzhou, err := store.Region(b.Context(), "330100")
	if err != nil {
		b.Fatal(err)
	}
	a := assistant.New(store)
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		question := cards[i%len(cards)].Document.Card.Asks[1]
		if _, err := a.Turn(b.Context(), assistant.Conversation{Region: hangzhou}, question); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
