package knowledge_test

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/database/dbtest"
	"xiaohe/knowledge"
	"xiaohe/knowledge/lexical"
)

// BenchmarkSearch measures one search among 5,000 and 20,000 passages with all built-in cards, beside a bare pgvector
// query for the same vector in the same database: the ratio is what region, date, cards and fusion cost.
func BenchmarkSearch(b *testing.B) {
	for _, passages := range []int{5_000, 20_000} {
		b.Run(fmt.Sprint(passages), func(b *testing.B) {
			pool := dbtest.New(b)
			store := fill(b, pool, passages)
			questions := wordings(b)
			country, err := store.Region(b.Context(), knowledge.Country)
			if err != nil {
				b.Fatal(err)
			}
			b.Run("search", func(b *testing.B) {
				var took []time.Duration
				for i := 0; b.Loop(); i++ {
					start := time.Now()
					q := knowledge.Query{Text: questions[i%len(questions)], Region: country, On: "2026-11-21", K: 10}
					if _, err := store.Search(b.Context(), q); err != nil {
						b.Fatal(err)
					}
					took = append(took, time.Since(start))
				}
				percentiles(b, took)
			})
			benchmarkHybrid(b, pool, country, questions)
			b.Run("raw-pgvector", func(b *testing.B) {
				var took []time.Duration
				for i := 0; b.Loop(); i++ {
					start := time.Now()
					raw(b, pool, questions[i%len(questions)])
					took = append(took, time.Since(start))
				}
				percentiles(b, took)
			})
		})
	}
}

// percentiles reports the median and the 99th percentile in milliseconds.
func percentiles(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

func raw(b *testing.B, pool *pgxpool.Pool, question string) {
	v := map[int32]float32{}
	for term := range lexical.Terms(question) {
		v[lexical.Dimension(term)] = 1
	}
	rows, err := pool.Query(b.Context(), `SELECT id FROM passages ORDER BY lex <#> $1 LIMIT 60`, sparse(v))
	if err != nil {
		b.Fatal(err)
	}
	for rows.Next() {
	}
	if rows.Err() != nil {
		b.Fatal(rows.Err())
	}
}

// sparse writes a vector as pgvector reads it.
func sparse(v map[int32]float32) string {
	var s strings.Builder
	s.WriteByte('{')
	for dim, weight := range v {
		if s.Len() > 1 {
			s.WriteByte(',')
		}
		fmt.Fprintf(&s, "%d:%g", dim+1, weight)
	}
	fmt.Fprintf(&s, "}/%d", lexical.Dimensions)
	return s.String()
}

// wordings are real questions: the titles of the built-in cards and the first way of asking each.
func wordings(tb testing.TB) []string {
	cards, err := knowledge.Cards()
	if err != nil {
		tb.Fatal(err)
	}
	var all []string
	for _, c := range cards {
		all = append(all, c.Document.Title, c.Document.Card.Asks[0])
	}
	return all
}

// fill stores the built-in knowledge and documents of clauses shuffled from the cards' sentences, about 250
// characters each, until there are n passages.
func fill(tb testing.TB, pool *pgxpool.Pool, n int) *knowledge.Store {
	store := knowledge.NewStore(pool, fixedNow)
	if err := store.Load(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	cards, err := knowledge.Cards()
	if err != nil {
		tb.Fatal(err)
	}
	var sentences []string
	for _, c := range cards {
		sentences = append(sentences, strings.FieldsFunc(c.Document.Body, func(r rune) bool { return r == '\n' || r == '。' })...)
	}
	random := rand.New(rand.NewPCG(1, 2))
	counts, err := store.Counts(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	const each = 100
	for have := counts.Passages; have < n; have += each {
		e := knowledge.Entry{Document: knowledge.Document{Kind: knowledge.KindPolicy, Title: fmt.Sprintf("第%d号规定", have), Region: knowledge.Country}}
		for i := range each {
			var body strings.Builder
			for len([]rune(body.String())) < 250 {
				body.WriteString(sentences[random.IntN(len(sentences))] + "。")
			}
			e.Passages = append(e.Passages, knowledge.Passage{Clause: fmt.Sprintf("第%d条", i+1), Body: body.String()})
		}
		sum := sha256.Sum256([]byte(e.Document.Title))
		e.Document.SHA256 = sum[:]
		if _, err := store.Put(tb.Context(), e); err != nil {
			tb.Fatal(err)
		}
	}
	if _, err := pool.Exec(tb.Context(), `VACUUM ANALYZE`); err != nil { // as autovacuum does within a minute
		tb.Fatal(err)
	}
	return store
}
