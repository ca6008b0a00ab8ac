package knowledge

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Reranker compares a question with passages one by one, which finds a better order than vectors made apart, and takes
// longer.
type Reranker interface {
	// Rerank returns a score for each text, in their order; more is better, on any scale.
	Rerank(ctx context.Context, query string, texts []string) ([]float64, error)
}

const (
	rerankedHits = 20
	rerankWithin = 1500 * time.Millisecond
)

// UseReranker has a model put the first hits in order. It is to be called before the first search; nil leaves the store as
// it is.
func (s *Store) UseReranker(r Reranker) { s.reranker = r }

// rerank puts the first hits in the reranker's order; what the question names outright stays first. Where the reranker
// fails or is slow the order stays.
func (s *Store) rerank(ctx context.Context, q Query, hits []Hit) {
	pinned := slices.IndexFunc(hits, func(h Hit) bool { return h.Legs.Exact == 0 })
	if s.reranker == nil || q.Only != "" || pinned < 0 {
		return
	}
	hits = hits[pinned:min(max(pinned, rerankedHits), len(hits))]
	if len(hits) < 2 {
		return
	}
	texts := make([]string, len(hits))
	for i, h := range hits {
		texts[i] = indexedText(h.Document.Title, h.Path, h.Body)
	}
	ctx, cancel := context.WithTimeout(ctx, rerankWithin)
	defer cancel()
	scores, err := s.reranker.Rerank(ctx, q.Text, texts)
	if err != nil || len(scores) != len(hits) {
		return
	}
	for i := range hits {
		hits[i].Legs.Rerank = &scores[i]
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(*b.Legs.Rerank, *a.Legs.Rerank) })
}
