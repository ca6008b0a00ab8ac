package knowledge

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"

	"xiaohe/knowledge/lexical"
)

// A card is asked for in many ways, and what stands in most of its wordings is what it is about: a term counts by how many
// of title, wordings and answer hold it, saturated, over the length of all. The search by words and meaning goes by this;
// the search by words alone goes by single wordings, as it was calibrated.
const (
	cardLength   = 21.33 // the mean length of the built-in cards, so that a score near 1 is one of a card that fits
	cardsLacking = `FROM documents d WHERE d.kind = 'card' AND d.replaced_by IS NULL AND NOT EXISTS (SELECT FROM card_words w WHERE w.document_id = d.id)`
)

// fillCards counts the words of cards that have not been counted. Only who fills the index calls it.
func (s *Store) fillCards(ctx context.Context) error {
	var lacking bool
	if err := s.db.QueryRow(ctx, `SELECT EXISTS (SELECT `+cardsLacking+`)`).Scan(&lacking); err != nil {
		return fmt.Errorf("look for cards whose words are not counted: %w", err)
	}
	if !lacking {
		return nil
	}
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		asked, err := termCounts(ctx, tx, `SELECT a.document_id, a.lex FROM asks a JOIN documents d ON d.id = a.document_id WHERE d.replaced_by IS NULL`)
		if err != nil {
			return err
		}
		df := map[int32]int{}
		for _, terms := range asked {
			for dim := range terms {
				df[dim]++
			}
		}
		if err := storeCardTotals(ctx, tx, len(asked), df); err != nil {
			return err
		}
		answers, err := termCounts(ctx, tx, `SELECT p.document_id, p.lex FROM passages p WHERE p.document_id IN (SELECT d.id `+cardsLacking+`)`)
		if err != nil {
			return err
		}
		return storeCardWords(ctx, tx, asked, answers)
	})
	if err != nil {
		return fmt.Errorf("count the words of cards: %w", err)
	}
	return nil
}

// termCounts reads rows of document and vector, and counts in how many vectors of a document each term stands.
func termCounts(ctx context.Context, tx pgx.Tx, sql string) (map[uuid.UUID]map[int32]int, error) {
	rows, err := tx.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	counts := map[uuid.UUID]map[int32]int{}
	var id uuid.UUID
	var v pgvector.SparseVector
	_, err = pgx.ForEachRow(rows, []any{&id, &v}, func() error {
		if counts[id] == nil {
			counts[id] = map[int32]int{}
		}
		for _, dim := range v.Indices() {
			counts[id][dim]++
		}
		return nil
	})
	return counts, err
}

// storeCardTotals replaces in how many cards each term is asked.
func storeCardTotals(ctx context.Context, tx pgx.Tx, n int, df map[int32]int) error {
	dims := slices.Sorted(maps.Keys(df))
	counts := make([]int32, len(dims))
	for i, dim := range dims {
		counts[i] = int32(df[dim])
	}
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM lexical_terms WHERE collection = 'card'`)
	batch.Queue(`INSERT INTO lexical_terms (collection, dim, df) SELECT 'card', * FROM unnest($1::int[], $2::int[])`, dims, counts)
	batch.Queue(`INSERT INTO lexical_totals VALUES ('card', $1) ON CONFLICT (collection) DO UPDATE SET n = excluded.n`, n)
	return tx.SendBatch(ctx, batch).Close()
}

// storeCardWords writes the vectors of the cards whose answers are given.
func storeCardWords(ctx context.Context, tx pgx.Tx, asked, answers map[uuid.UUID]map[int32]int) error {
	var ids []uuid.UUID
	var vectors []string
	for id, answer := range answers {
		counts := maps.Clone(asked[id])
		for dim := range answer {
			counts[dim]++
		}
		weights, length := lexical.Vector{}, 0.0
		for _, dim := range slices.Sorted(maps.Keys(counts)) { // in order, so that the sum is the same every time
			weight := 2 * float64(counts[dim]) / float64(counts[dim]+1)
			weights[dim] = float32(weight)
			length += weight * weight
		}
		for dim := range weights {
			weights[dim] *= float32(cardLength / math.Sqrt(length))
		}
		ids, vectors = append(ids, id), append(vectors, sparse(weights).String())
	}
	_, err := tx.Exec(ctx, `INSERT INTO card_words (document_id, holds_from, holds_until, region_prefix, lex)
		SELECT d.id, d.holds_from, d.holds_until, d.region_prefix, n.lex::sparsevec
		FROM unnest($1::uuid[], $2::text[]) AS n (id, lex) JOIN dated_documents d ON d.id = n.id ON CONFLICT DO NOTHING`, ids, vectors)
	return err
}

// cardsByWords scores every card in force by its words as a whole, over the most that the question could score. known tells
// whether any text holds a term: those that none does say nothing.
func cardsByWords(batch *pgx.Batch, q Query, stats lexical.Statistics, known func(dim int32) bool, f *found) {
	v, most := lexical.Vector{}, 0.0
	for _, dim := range slices.Sorted(maps.Keys(f.asks)) {
		idf := math.Log(1 + float64(stats.N)/float64(stats.DF[dim]+1))
		v[dim] = float32(idf)
		if known(dim) {
			most += idf
		}
	}
	batch.Queue(`SELECT document_id, -(lex <#> $3) FROM card_words WHERE `+inForce,
		q.Region.Prefix, string(q.On), sparse(v)).Query(func(rows pgx.Rows) error {
		f.byWords = map[uuid.UUID]float64{}
		var id uuid.UUID
		var score float64
		_, err := pgx.ForEachRow(rows, []any{&id, &score}, func() error {
			f.byWords[id] = score / max(most, 1)
			return nil
		})
		return err
	})
}
