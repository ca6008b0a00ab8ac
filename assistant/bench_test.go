package assistant_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"xiaohe/assistant"
	"xiaohe/database/dbtest"
	"xiaohe/ingest"
	"xiaohe/knowledge"
)

// BenchmarkTurn measures a turn without a model over the corpus (about 4,700 passages) and the built-in cards.
func BenchmarkTurn(b *testing.B) {
	files, _ := filepath.Glob(corpus + "/*_*.md")
	if len(files) == 0 {
		b.Skip("../shared/corpus is not here")
	}
	store := knowledge.NewStore(dbtest.New(b), fixedNow)
	if err := store.Load(b.Context()); err != nil {
		b.Fatal(err)
	}
	in := ingest.Ingester{Store: store}
	if _, err := in.Run(b.Context(), files); err != nil {
		b.Fatal(err)
	}
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
