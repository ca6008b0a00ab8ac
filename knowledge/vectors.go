package knowledge

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pgvector/pgvector-go"
)

// collection is a kind of text that gets vectors, in SQL. Texts that hold on no day, such as those of replaced cards, get
// none.
type collection struct {
	texts   string // rows of id and text that can be found
	table   string // of the texts
	vectors string // the table of their vectors
	key     string // the column there
	copied  string // further columns there, which are those of the text's row
	query   bool   // embedded as what people ask
}

// collections in the order of embedding: what is short and finds most comes first.
var collections = []collection{
	{`SELECT id, body AS text FROM asks WHERE holds_from < holds_until`,
		"asks", "ask_vectors", "ask_id", "document_id, holds_from, holds_until, region_prefix", true},
	{`SELECT p.id, d.title || E'\n' || p.path || E'\n' || p.body AS text FROM passages p JOIN documents d ON d.id = p.document_id
		WHERE p.kind = 'policy' AND p.holds_from < p.holds_until`,
		"passages", "passage_vectors", "passage_id", "holds_from, holds_until, region_prefix", false},
	{`SELECT id, body AS text FROM generated_questions WHERE holds_from < holds_until`,
		"generated_questions", "generated_question_vectors", "question_id", "holds_from, holds_until, region_prefix", true},
}

// lacking is the condition that a text t has no vector in generation $1.
func (c collection) lacking() string {
	return `NOT EXISTS (SELECT FROM ` + c.vectors + ` v WHERE v.` + c.key + ` = t.id AND v.generation = $1)`
}

// unembedded is a text without a vector.
type unembedded struct {
	id   int64
	text string
}

// missing reads some texts that have no vector in a generation, in no order but the same every time: the first of them are a
// sample of all.
func (c collection) missing(ctx context.Context, db *pgxpool.Pool, generation, limit int) ([]unembedded, error) {
	rows, err := db.Query(ctx, `SELECT t.id, t.text FROM (`+c.texts+`) t WHERE `+c.lacking()+` ORDER BY md5(t.id::text) LIMIT $2`, generation, limit)
	if err != nil {
		return nil, fmt.Errorf("find texts without vectors: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (u unembedded, err error) { return u, row.Scan(&u.id, &u.text) })
	if err != nil {
		return nil, fmt.Errorf("find texts without vectors: %w", err)
	}
	return all, nil
}

// store writes the vectors of texts; nil is the vector of one that the model refuses. The text's row is locked: its dates
// may be changing. Texts that are gone are passed over.
func (c collection) store(ctx context.Context, db *pgxpool.Pool, generation int, texts []unembedded, vectors [][]float32) error {
	ids, values := make([]int64, len(texts)), make([]*string, len(texts))
	for i, t := range texts {
		ids[i] = t.id
		if vectors[i] != nil {
			v := half(vectors[i])
			values[i] = &v
		}
	}
	_, err := db.Exec(ctx, `INSERT INTO `+c.vectors+` (`+c.key+`, generation, v, `+c.copied+`) SELECT t.id, $1, n.v::halfvec, `+c.copied+`
		FROM unnest($2::bigint[], $3::text[]) AS n (id, v) JOIN `+c.table+` t ON t.id = n.id FOR SHARE OF t ON CONFLICT DO NOTHING`,
		generation, ids, values)
	if err != nil {
		return fmt.Errorf("store vectors: %w", err)
	}
	return nil
}

// half writes a vector as pgvector reads it.
func half(v []float32) string { return pgvector.NewHalfVector(v).String() }

// countGenerations is the statement that counts what each generation has and lacks.
func countGenerations() string {
	var done, refused, total []string
	for _, c := range collections {
		has := `EXISTS (SELECT FROM ` + c.vectors + ` v WHERE v.` + c.key + ` = t.id AND v.generation = g.id`
		done = append(done, `(SELECT count(*) FROM (`+c.texts+`) t WHERE `+has+`))`)
		refused = append(refused, `(SELECT count(*) FROM `+c.vectors+` v WHERE v.generation = g.id AND v.v IS NULL)`)
		total = append(total, `(SELECT count(*) FROM (`+c.texts+`) t)`)
	}
	count := func(parts []string) string {
		return `CASE WHEN state = 'retired' THEN 0 ELSE ` + strings.Join(parts, " + ") + ` END`
	}
	return `SELECT id, model, dimension, state, ` + count(done) + `, ` + count(total) + `, ` + count(refused) + `,
		created_at, active_at, retired_at
		FROM index_generations g ORDER BY id DESC LIMIT 10`
}

// lacks tells whether a generation lacks a vector.
func (s *Store) lacks(ctx context.Context, generation int) (bool, error) {
	conditions := []string{`EXISTS (SELECT ` + cardsLacking + `)`}
	for _, c := range collections {
		conditions = append(conditions, `EXISTS (SELECT FROM (`+c.texts+`) t WHERE `+c.lacking()+`)`)
	}
	var lacks bool
	err := s.db.QueryRow(ctx, `SELECT `+strings.Join(conditions, " OR "), generation).Scan(&lacks)
	if err != nil {
		return false, fmt.Errorf("look for texts without vectors: %w", err)
	}
	return lacks, nil
}
