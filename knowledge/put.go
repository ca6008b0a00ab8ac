package knowledge

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"

	"xiaohe/knowledge/lexical"
)

// Outcome says what became of a document that was put.
type Outcome string

const (
	Added     Outcome = "added"     // new to the knowledge
	Updated   Outcome = "updated"   // a new version; the old one stays readable
	Unchanged Outcome = "unchanged" // the same bytes are already there
	Archived  Outcome = "archived"  // an older version than the one that is there
)

// writeLock serialises writers of the knowledge, so that the document frequencies stay exact.
const writeLock = 0x78686b6e // "xhkn"

// Put stores documents with their passages in one transaction: all or nothing.
func (s *Store) Put(ctx context.Context, entries ...Entry) ([]Outcome, error) {
	var outcomes []Outcome
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, writeLock); err != nil {
			return err
		}
		w := writer{tx: tx, df: map[string]map[int32]int{"passage": {}, "ask": {}}, n: map[string]int{}}
		for i := range entries {
			outcome, err := w.put(ctx, &entries[i])
			if err != nil {
				return fmt.Errorf("store %s: %w", entries[i].Document.File, err)
			}
			outcomes = append(outcomes, outcome)
		}
		return w.flush(ctx)
	})
	s.stir()
	return outcomes, err
}

// writer collects the changes of document frequencies over one transaction.
type writer struct {
	tx pgx.Tx
	df map[string]map[int32]int // by collection and dimension
	n  map[string]int
}

// count adds a text to the document frequencies.
func (w *writer) count(collection string, v lexical.Vector) {
	for dim := range v {
		w.df[collection][dim]++
	}
	w.n[collection]++
}

func (w *writer) put(ctx context.Context, e *Entry) (Outcome, error) {
	d := &e.Document
	var known bool
	err := w.tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM documents WHERE kind = $1 AND sha256 = $2 AND (kind = 'policy' OR key = $3))`,
		d.Kind, d.SHA256, d.Key).Scan(&known)
	if err != nil || known {
		return Unchanged, err
	}
	old, err := w.current(ctx, d)
	switch {
	case err == pgx.ErrNoRows:
		return Added, w.insert(ctx, e, nil)
	case err != nil:
		return "", err
	case d.Issued != "" && d.Issued < old.issued:
		if d.Expires == "" {
			d.Expires = Date(old.effective)
		}
		return Archived, w.insert(ctx, e, &old.id)
	}
	// The old version ends when the new one begins; it steps aside first, for one version of a key is current.
	d.ID = uuid.Must(uuid.NewV7())
	if _, err := w.tx.Exec(ctx, `UPDATE documents SET replaced_by = $2,
		expires = coalesce(expires, CASE WHEN effective < nullif($3, '')::date THEN nullif($3, '')::date END) WHERE id = $1`,
		old.id, d.ID, string(d.Effective)); err != nil {
		return "", err
	}
	return Updated, w.insert(ctx, e, nil)
}

// version is what put needs to know of the current version of a document.
type version struct {
	id                uuid.UUID
	issued, effective string
}

// current finds the current version of d: by key, or by title where one of the two carries no number.
func (w *writer) current(ctx context.Context, d *Document) (version, error) {
	var v version
	var key string
	err := w.tx.QueryRow(ctx, `SELECT id, key, issued, coalesce(effective::text, '') FROM documents
		WHERE kind = $1 AND replaced_by IS NULL
		  AND (key = $2 OR kind = 'policy' AND (number_key = '' OR $3 = '') AND title_key = $4 AND region_code = $5)
		ORDER BY key = $2 DESC LIMIT 1`,
		d.Kind, d.key(), NumberKey(d.Number), TitleKey(d.Title), longCode(d.Region)).Scan(&v.id, &key, &v.issued, &v.effective)
	if err == nil && NumberKey(d.Number) == "" {
		d.Key = key
	}
	return v, err
}

func (w *writer) insert(ctx context.Context, e *Entry, replacedBy *uuid.UUID) error {
	d := &e.Document
	if d.ID == uuid.Nil {
		d.ID = uuid.Must(uuid.NewV7())
	}
	tag, err := w.tx.Exec(ctx, `INSERT INTO documents (id, kind, key, title, title_key, short_key, number, number_key, issuer, region_code,
			region_prefix, issued, effective, expires, status, source, note, file, sha256, body, warnings, abolishes, card, replaced_by, benefit)
		SELECT $1, $2, $3, $4, $5, $23, $6, $7, $8, r.code, r.prefix, $10, nullif($11, '')::date, nullif($12, '')::date,
			$13, $14, $15, $16, $17, $18, coalesce($19, '{}'::text[]), coalesce($20, '{}'::text[]), $21, $22, $24
		FROM regions r WHERE r.code = $9`,
		d.ID, d.Kind, d.key(), d.Title, TitleKey(d.Title), d.Number, NumberKey(d.Number), d.Issuer, longCode(d.Region),
		d.Issued, string(d.Effective), string(d.Expires), d.Status, d.Source, d.Note, d.File, d.SHA256, d.Body,
		d.Warnings, d.Abolishes, d.Card, replacedBy, shortKey(d.Title), d.Benefit)
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return &InputError{fmt.Sprintf("没有代码为 %s 的地区", clip(d.Region, 20))}
	}
	if err := w.insertPassages(ctx, e); err != nil {
		return err
	}
	if err := w.insertAsks(ctx, d); err != nil {
		return err
	}
	if err := w.insertBasis(ctx, d); err != nil {
		return err
	}
	return w.abolish(ctx, d)
}

// indexedText is what a passage is indexed by: title and heading path in front of the clause
// (the title in every passage was worth 4.6 points of recall@5).
func indexedText(title, path, body string) string {
	return title + "\n" + path + "\n" + body
}

func (w *writer) insertPassages(ctx context.Context, e *Entry) error {
	n := len(e.Passages)
	ords, froms, tos, pages := make([]int, n), make([]int, n), make([]int, n), make([]int, n)
	clauses, paths, bodies, vectors := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	for i, p := range e.Passages {
		v := lexical.Document(indexedText(e.Document.Title, p.Path, p.Body), lexical.PassageLength)
		if e.Document.Kind != KindBenefit { // benefits are rendered anew with every rule set, and found by their wordings
			w.count("passage", v)
		}
		ords[i], froms[i], tos[i], pages[i] = i, p.From, p.To, p.Page
		clauses[i], paths[i], bodies[i], vectors[i] = p.Clause, p.Path, p.Body, sparse(v).String()
	}
	_, err := w.tx.Exec(ctx, `INSERT INTO passages (document_id, ord, clause, path, body, span_from, span_to, page, kind, region_prefix, holds_from, holds_until, lex)
		SELECT d.id, p.ord, p.clause, p.path, p.body, p.span_from, p.span_to, nullif(p.page, 0), d.kind, d.region_prefix, d.holds_from, d.holds_until, p.lex::sparsevec
		FROM dated_documents d, unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::int[], $7::int[], $8::int[], $9::text[])
		  AS p (ord, clause, path, body, span_from, span_to, page, lex)
		WHERE d.id = $1`,
		e.Document.ID, ords, clauses, paths, bodies, froms, tos, pages, vectors)
	return err
}

// insertAsks stores the wordings that a card is found by. Those of a benefit are stored once for all its documents.
func (w *writer) insertAsks(ctx context.Context, d *Document) error {
	if d.Kind != KindCard {
		return nil
	}
	asks := append([]string{d.Title}, d.Card.Asks...)
	vectors := make([]string, len(asks))
	var places []string
	if err := w.tx.QueryRow(ctx, `SELECT coalesce(array_agg(name ORDER BY length(name) DESC), '{}')
		FROM (SELECT name FROM regions r WHERE r.level > 0 AND starts_with((SELECT prefix FROM regions WHERE code = $1), r.prefix)
			UNION SELECT short_name FROM regions r WHERE r.level > 0 AND starts_with((SELECT prefix FROM regions WHERE code = $1), r.prefix)) n`,
		longCode(d.Region)).Scan(&places); err != nil {
		return err
	}
	for i, ask := range asks {
		v := lexical.Document(withoutPlaces(ask, places), lexical.AskLength)
		w.count("ask", v)
		vectors[i] = sparse(v).String()
	}
	_, err := w.tx.Exec(ctx, `INSERT INTO asks (document_id, body, region_prefix, holds_from, holds_until, lex)
		SELECT d.id, a.body, d.region_prefix, d.holds_from, d.holds_until, a.lex::sparsevec
		FROM dated_documents d, unnest($2::text[], $3::text[]) AS a (body, lex) WHERE d.id = $1`, d.ID, asks, vectors)
	return err
}

// insertBasis stores the clauses that a card or a benefit rests on.
func (w *writer) insertBasis(ctx context.Context, d *Document) error {
	if d.Card == nil {
		return nil
	}
	batch := &pgx.Batch{}
	for i, b := range d.Card.Basis {
		if b.Clause != "" {
			batch.Queue(`INSERT INTO card_basis VALUES ($1, $2, $3, $4, $5)`, d.ID, i, TitleKey(b.Document), NumberKey(b.Number), b.Clause)
		}
	}
	return w.tx.SendBatch(ctx, batch).Close()
}

// withoutPlaces takes the names of a card's own region out of a wording: the region is filtered for already, and people
// there do not say it.
func withoutPlaces(text string, places []string) string {
	for _, place := range places {
		text = strings.ReplaceAll(text, place, " ")
	}
	return text
}

// abolish ends the documents that d ends, and d itself where a document that is already there ends it.
func (w *writer) abolish(ctx context.Context, d *Document) error {
	if d.Kind != KindPolicy {
		return nil
	}
	end := string(d.Effective)
	if end == "" && len(d.Issued) == 10 {
		end = d.Issued
	}
	const note = `expires = $2::date, note = note || CASE WHEN note = '' THEN '' ELSE '；' END || '被《' || $3 || '》废止'`
	if len(d.Abolishes) > 0 && end != "" {
		if _, err := w.tx.Exec(ctx, `UPDATE documents SET `+note+`
			WHERE kind = 'policy' AND id <> $4 AND (number_key = ANY($1) OR title_key = ANY($1)) AND coalesce(expires > $2::date, true)`,
			d.Abolishes, end, d.Title, d.ID); err != nil {
			return err
		}
	}
	_, err := w.tx.Exec(ctx, `UPDATE documents o SET expires = n.effective,
			note = o.note || CASE WHEN o.note = '' THEN '' ELSE '；' END || '被《' || n.title || '》废止'
		FROM documents n WHERE o.id = $1 AND n.id <> o.id AND n.effective IS NOT NULL AND coalesce(o.expires > n.effective, true)
		  AND (o.number_key <> '' AND o.number_key = ANY(n.abolishes) OR o.title_key = ANY(n.abolishes))`, d.ID)
	return err
}

// flush writes the collected document frequencies.
func (w *writer) flush(ctx context.Context) error {
	for collection, df := range w.df {
		if w.n[collection] == 0 && len(df) == 0 {
			continue
		}
		dims := make([]int32, 0, len(df))
		for dim := range df {
			dims = append(dims, dim)
		}
		slices.SortFunc(dims, cmp.Compare[int32])
		by := make([]int32, len(dims))
		for i, dim := range dims {
			by[i] = int32(df[dim])
		}
		if _, err := w.tx.Exec(ctx, `INSERT INTO lexical_terms (collection, dim, df) SELECT $1, * FROM unnest($2::int[], $3::int[])
			ON CONFLICT (collection, dim) DO UPDATE SET df = lexical_terms.df + excluded.df`, collection, dims, by); err != nil {
			return err
		}
		if _, err := w.tx.Exec(ctx, `UPDATE lexical_totals SET n = n + $2 WHERE collection = $1`, collection, w.n[collection]); err != nil {
			return err
		}
	}
	return nil
}

func sparse(v lexical.Vector) pgvector.SparseVector {
	return pgvector.NewSparseVectorFromMap(v, lexical.Dimensions)
}
