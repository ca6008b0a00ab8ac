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
	texts   string // rows of key, id and text that can be found
	vectors string // the table of its vectors
	key     string // the column there
	copied  string // further columns there, which are those of the text's row
	query   bool   // embedded as what people ask
}

// collections in the order of embedding: what is short and finds most comes first.
var collections = []collection{
	{`SELECT id::text AS key, body AS text, id, holds_from, holds_until, region_prefix FROM asks WHERE holds_from < holds_until`,
		"ask_vectors", "ask_id", ", document_id, holds_from, holds_until, region_prefix", true},
	{`SELECT body AS key, body AS text, body AS id FROM benefit_asks GROUP BY body`,
		"benefit_ask_vectors", "body", "", true},
	{`SELECT p.id::text AS key, d.title || E'\n' || p.path || E'\n' || p.body AS text, p.id, p.holds_from, p.holds_until, p.region_prefix
		FROM passages p JOIN documents d ON d.id = p.document_id WHERE p.kind = 'policy' AND p.holds_from < p.holds_until`,
		"passage_vectors", "passage_id", ", holds_from, holds_until, region_prefix", false},
	{`SELECT id::text AS key, body AS text, id, holds_from, holds_until, region_prefix FROM generated_questions WHERE holds_from < holds_until`,
		"generated_question_vectors", "question_id", ", holds_from, holds_until, region_prefix", true},
}

// lacking is the condition that a text t has no vector in generation $1.
func (c collection) lacking() string {
	return `NOT EXISTS (SELECT FROM ` + c.vectors + ` v WHERE v.` + c.key + ` = t.id AND v.generation = $1)`
}

// unembedded is a text without a vector.
type unembedded struct{ key, text string }

// missing reads some texts that have no vector in a generation, in no order but the same every time: the first of them are a
// sample of all.
func (c collection) missing(ctx context.Context, db *pgxpool.Pool, generation, limit int) ([]unembedded, error) {
	rows, err := db.Query(ctx, `SELECT t.key, t.text FROM (`+c.texts+`) t WHERE `+c.lacking()+` ORDER BY md5(t.key) LIMIT $2`, generation, limit)
	if err != nil {
		return nil, fmt.Errorf("find texts without vectors: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (u unembedded, err error) { return u, row.Scan(&u.key, &u.text) })
	if err != nil {
		return nil, fmt.Errorf("find texts without vectors: %w", err)
	}
	return all, nil
}

// store writes the vectors of texts; nil is the vector of one that the model refuses. The text's row is locked: its dates
// may be changing. Texts that are gone are passed over.
func (c collection) store(ctx context.Context, db *pgxpool.Pool, generation int, texts []unembedded, vectors [][]float32) error {
	keys, values := make([]string, len(texts)), make([]*string, len(texts))
	for i, t := range texts {
		keys[i] = t.key
		if vectors[i] != nil {
			v := half(vectors[i])
			values[i] = &v
		}
	}
	_, err := db.Exec(ctx, c.insert(), generation, keys, values)
	if err != nil {
		return fmt.Errorf("store vectors: %w", err)
	}
	return nil
}

// insert is the statement of store: generation, keys, vectors.
func (c collection) insert() string {
	into := `INSERT INTO ` + c.vectors + ` (` + c.key + `, generation` + c.copied + `, v) `
	const given = `unnest($2::text[], $3::text[]) AS n (key, v)`
	if c.copied == "" {
		return into + `SELECT n.key, $1, n.v::halfvec FROM ` + given + ` ON CONFLICT DO NOTHING`
	}
	table := map[string]string{"passage_vectors": "passages", "ask_vectors": "asks", "generated_question_vectors": "generated_questions"}[c.vectors]
	return into + `SELECT t.id, $1` + strings.ReplaceAll(c.copied, ", ", ", t.") + `, n.v::halfvec FROM ` + given +
		` JOIN ` + table + ` t ON t.id = n.key::bigint FOR SHARE OF t ON CONFLICT DO NOTHING`
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
