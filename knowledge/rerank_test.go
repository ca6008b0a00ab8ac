package knowledge_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"xiaohe/knowledge"
)

// byWord reranks by how often a word occurs.
type byWord struct {
	word string
	err  error
	hang bool
}

func (r byWord) Rerank(ctx context.Context, _ string, texts []string) ([]float64, error) {
	if r.hang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	scores := make([]float64, len(texts))
	for i, text := range texts {
		scores[i] = float64(strings.Count(text, r.word))
	}
	return scores, r.err
}

func TestARerankerPutsTheFirstHitsInOrder(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	put(t, store, policy("甲办法", "民发〔2019〕62号", "100000", "孤儿生活费孤儿生活费"), policy("乙办法", "", "100000", "孤儿生活费按月"),
		policy("丙办法", "", "100000", "孤儿的生活，苹果苹果"))
	plain := search(t, store, "孤儿生活费", "100000", "2026-11-21")
	if plain[0] == "丙办法" {
		t.Fatalf("the order before is %v", plain)
	}
	store.UseReranker(byWord{word: "苹果"})
	if got := search(t, store, "孤儿生活费", "100000", "2026-11-21"); got[0] != "丙办法" || len(got) != 3 {
		t.Errorf("%v", got)
	}
	if got := search(t, store, "民发〔2019〕62号 孤儿生活费", "100000", "2026-11-21"); got[0] != "甲办法" || got[1] != "丙办法" {
		t.Errorf("what the question names must stay first: %v", got)
	}
	r, _ := store.Region(t.Context(), "")
	if found, err := store.Search(t.Context(), knowledge.Query{Text: "孤儿生活费", Region: r, On: "2026-11-21", K: 1}); err != nil ||
		len(found.Hits) != 1 || found.Hits[0].Document.Title != "丙办法" || *found.Hits[0].Legs.Rerank != 2 {
		t.Errorf("the best of more than were asked for: %+v %v", found.Hits, err)
	}
	for _, r := range []byWord{{word: "苹果", err: errors.New("down")}, {hang: true}} {
		store.UseReranker(r)
		if got := search(t, store, "孤儿生活费", "100000", "2026-11-21"); !slices.Equal(got, plain) {
			t.Errorf("without the reranker's answer: %v, want %v", got, plain)
		}
	}
}
