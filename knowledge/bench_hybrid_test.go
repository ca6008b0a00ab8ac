package knowledge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pgvector/pgvector-go"

	"xiaohe/knowledge"
)

// realQuestions embeds questions with the server of scripts/test-embeddings.sh, where it runs, and everything else at once
// with the stand-in: what a search costs does not depend on which vectors it meets.
type realQuestions struct {
	*hashEmbedder
	address string
}

func (e realQuestions) Embed(ctx context.Context, texts []string, query bool) ([][]float32, error) {
	if e.address == "" || !query || len(texts) > 1 {
		return e.hashEmbedder.Embed(ctx, texts, query)
	}
	body, err := json.Marshal(struct {
		Model string   `json:"model"`
		Input []string `json:"input"`
	}{"e5-query", texts})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.address+"/embeddings", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Close = true // as the product asks a server without TLS
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var answer struct {
		Data []struct{ Embedding []float32 }
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || len(answer.Data) != 1 {
		return nil, fmt.Errorf("%d vectors: %w", len(answer.Data), err)
	}
	return [][]float32{answer.Data[0].Embedding}, nil
}

// benchmarkHybrid measures searches by words and meaning, the question embedded every time, and the scan of passages alone
// beside a bare query for the same vector.
func benchmarkHybrid(b *testing.B, pool *pgxpool.Pool, country knowledge.Region, questions []string) {
	e := newEmbedder("bench")
	e.dimension = 384
	embedder := realQuestions{e, os.Getenv("XIAOHE_TEST_EMBEDDINGS")}
	store := beside(pool, embedder)
	if err := store.Prepare(b.Context(), false); err != nil {
		b.Fatal(err)
	}
	if err := store.BuildIndex(b.Context(), nil); err != nil {
		b.Fatal(err)
	}
	if _, err := pool.Exec(b.Context(), `VACUUM ANALYZE passage_vectors, ask_vectors`); err != nil {
		b.Fatal(err)
	}
	b.Run("hybrid", func(b *testing.B) {
		var took []time.Duration
		for i := 0; b.Loop(); i++ {
			text := fmt.Sprintf("%s%d", questions[i%len(questions)], i) // none is in the cache
			start := time.Now()
			q := knowledge.Query{Text: text, Region: country, On: "2026-11-21", K: 10}
			found, err := store.Search(b.Context(), q)
			if err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(start))
			if len(found.Hits) > 0 && found.Hits[0].Legs.Dense == 0 {
				b.Log("without the dense leg")
			}
		}
		percentiles(b, took)
	})
	v := pgvector.NewHalfVector(e.vector(questions[0])).String()
	for name, scan := range map[string]string{
		"raw-dense":  `SELECT passage_id FROM passage_vectors ORDER BY v <=> $1::halfvec LIMIT 60`,
		"dense-scan": knowledge.PassagesByMeaning,
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			args := []any{v}
			if name == "dense-scan" {
				args = []any{country.Prefix, "2026-11-21", 1, v, 60}
			}
			for b.Loop() {
				start := time.Now()
				rows, err := pool.Query(b.Context(), scan, args...)
				if err != nil {
					b.Fatal(err)
				}
				for rows.Next() {
				}
				if rows.Err() != nil {
					b.Fatal(rows.Err())
				}
				took = append(took, time.Since(start))
			}
			percentiles(b, took)
		})
	}
}
