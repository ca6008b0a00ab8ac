package knowledge

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"xiaohe/knowledge/lexical"
)

// Query is one search: what is in force in Region (and above it) on On, for a question in any wording.
type Query struct {
	Text     string
	Context  string // the question before, for one that leans on it; its words weigh less
	Region   Region
	On       Date
	K        int      // how many passages, at most MaxK
	Rewrites []string // the question in other words, as a model puts it, for the dense leg; they weigh less
	Terms    []string // words of policy that a model adds to the question, where there is no dense leg; they weigh as the lexicon's do
	Only     Leg      // for measuring: what one way of finding finds by itself
}

// Leg is a way of finding; none means all of them.
type Leg string

// The legs.
const (
	LexicalLeg Leg = "lexical" // words, cards and names of documents: all that there is without a model
	DenseLeg   Leg = "dense"   // meaning
)

// MaxK is the most passages that one search returns.
const MaxK = 50

// Hit is a found passage with its document.
type Hit struct {
	ID       int64
	Document Document // without body
	Passage
	Score float64
	Legs  Legs
}

// Legs are what each way of finding gave a hit, for looking into a ranking.
type Legs struct {
	Exact    float64  `json:"exact"`              // 1 where the question names the document, 2 the clause as well
	Lexical  float64  `json:"lexical"`            // BM25 of the passage over the most that the question could score
	Card     float64  `json:"card"`               // closeness of the best card that rests on this clause
	Dense    float64  `json:"dense,omitempty"`    // closeness in meaning, where a model for vectors is connected
	Rewrite  float64  `json:"rewrite,omitempty"`  // BM25 by the words that a model added to the question, on the scale of Lexical
	Question float64  `json:"question,omitempty"` // closeness of the best question that a model wrote for this clause
	Rerank   *float64 `json:"rerank,omitempty"`   // what the reranker says, on its own scale
}

// CardHit is a bridge card or a benefit whose wordings come close to the question.
type CardHit struct {
	Document   Document
	Ask        string  // the closest wording
	Similarity float64 // of words, 0..1
	Share      float64 // with a dense leg: how probably this is what was meant, 0..1
}

// Result of a search, best first.
type Result struct {
	Hits     []Hit
	Basis    []Hit     // more clauses that the first of Cards rests on, where that is a benefit
	Cards    []CardHit // bridge cards and benefits
	Reworded bool      // a model's terms had a part in the order of Hits; an answer rests on Support then
	Support  float64   // how well the best hit without them meets the question's own words
	Scope    float64   // above 0 where the question sounds like what the cards are asked, below where like other talk
	Empty    bool      // the text asks nothing: question words, greetings or punctuation alone, or no Chinese at all
}

// Candidates taken from each leg before fusion; cards that are followed to their clauses; cards, benefits and clauses of
// a benefit that are read in full.
const (
	passageCandidates = 60
	askCandidates     = 60
	followedCards     = 20
	benefitCandidates = 30
	readBenefits      = 3
	readCards         = 8
	readBasis         = 3
)

// Search finds passages and cards for a question. The legs run side by side on connections of their own.
func (s *Store) Search(ctx context.Context, q Query) (Result, error) {
	q.K = min(max(q.K, 1), MaxK)
	p := parse(q.Text, q.Context)
	p.suggest(q.Terms)
	f, err := s.find(ctx, q, p)
	if err != nil {
		return Result{}, fmt.Errorf("search: %w", err)
	}
	best, support, reworded, err := s.order(ctx, q, p, f)
	if err != nil {
		return Result{}, fmt.Errorf("rank: %w", err)
	}
	f.cards = f.cards[:min(readCards, len(f.cards))]
	cards := f.order(f.cards, f.benefits)
	basis, err := s.followFirst(ctx, q, f, best)
	if err != nil {
		return Result{}, fmt.Errorf("follow a benefit: %w", err)
	}
	hits, err := s.read(ctx, slices.Concat(best, basis), cards)
	if err != nil {
		return Result{}, fmt.Errorf("read what was found: %w", err)
	}
	basisHits := hits[len(best):]
	hits = hits[:len(best)]
	s.rerank(ctx, q, hits)
	return Result{Hits: hits[:min(q.K, len(hits))], Basis: basisHits, Cards: cards, Reworded: reworded, Support: support, Scope: f.scope, Empty: !asksSomething(q.Text, p)}, nil
}

// find runs the legs.
func (s *Store) find(ctx context.Context, q Query, p parsed) (*found, error) {
	f := &found{}
	legs, within := errgroup.WithContext(ctx)
	if s.meaning != nil {
		legs.Go(func() (err error) { f.dense, err = s.denseLeg(within, q); return err })
	}
	stats, exact, err := s.prepare(within, q, p)
	if err != nil {
		legs.Go(func() error { return fmt.Errorf("prepare: %w", err) }) // which ends the dense leg
		return nil, legs.Wait()
	}
	f.scope = p.scope(stats["ask"])
	f.asks, f.askScale = askVector(q, p, stats["ask"])
	f.words, f.scale = vector(stats["passage"], p.original, p.expanded)
	legs.Go(func() error { return s.cardLeg(within, q, f.asks, f.askScale, f) })
	legs.Go(func() error { // together they take less time than the card leg while there are few passages
		batch := &pgx.Batch{}
		passageLeg(batch, q, p, f.words, exact, f)
		benefitLeg(batch, q, f.asks, f.askScale, f)
		questionLeg(batch, q, f.asks, f.askScale, f)
		if s.meaning != nil {
			known := func(dim int32) bool { return stats["passage"].DF[dim] > 0 || stats["ask"].DF[dim] > 0 }
			cardsByWords(batch, q, stats["card"], known, f)
		}
		return s.db.SendBatch(within, batch).Close()
	})
	if err := legs.Wait(); err != nil || f.dense != nil {
		return f, err
	}
	return f, s.rewriteLeg(ctx, q, p, stats["passage"], f)
}

// order ranks what the legs have found: by words and meaning where both are there, else by words, with what a model has
// added to them. It returns as many as the reranker looks at.
func (s *Store) order(ctx context.Context, q Query, p parsed, f *found) (best []*ranked, support float64, reworded bool, err error) {
	k := q.K
	if s.reranker != nil {
		k = max(k, rerankedHits)
	}
	switch {
	case q.Only == DenseLeg:
		return byMeaning(f, k), 0, false, nil
	case f.dense != nil:
		best, err = s.fuse(ctx, q, p, f, k)
		return best, 0, false, err
	}
	best, support, reworded = reword(p, f, k, q.K, rank(p, f, k))
	return best, support, reworded, nil
}

// parsed is a question made ready: weights by dimension for the lexical legs, and what it names outright.
type parsed struct {
	reference
	original map[int32]float64 // the question's own terms
	expanded map[int32]float64 // what the lexicon adds
	spoken   []int32           // all of its terms, question words too

	suggested map[int32]float64 // what a model adds
}

func parse(text, context string) parsed {
	p := parsed{reference: parseReference(text), original: ownTerms(text, context), expanded: map[int32]float64{}}
	p.expand(context, tuning.context)
	p.expand(text, 1)
	for dim := range p.original {
		delete(p.expanded, dim)
	}
	for term := range lexical.Terms(text) {
		p.spoken = append(p.spoken, lexical.Dimension(term))
	}
	slices.Sort(p.spoken) // so that what is summed over them is the same every time
	return p
}

// asksSomething is false for greetings, punctuation, and text without a Chinese character.
func asksSomething(text string, p parsed) bool {
	return len(p.original) > 0 && strings.ContainsFunc(text, isHan)
}

// ownTerms weighs the terms of a question and of the one that it leans on, without question words.
func ownTerms(text, context string) map[int32]float64 {
	terms := map[int32]float64{}
	for _, part := range []struct {
		text   string
		weight float64
	}{{context, tuning.context}, {text, 1}} {
		for term := range lexical.Terms(strip(lexical.Canonical(part.text))) {
			terms[lexical.Dimension(term)] = part.weight
		}
	}
	return terms
}

// expand takes what the lexicon adds to a text, at a share of the text's weight.
func (p parsed) expand(text string, weight float64) {
	for _, policy := range expand(lexical.Normalize(text)) {
		for term := range lexical.Terms(policy) {
			p.expanded[lexical.Dimension(term)] = weight * tuning.expansion
		}
	}
}

// prepare reads the document frequencies of the question's terms and the documents that it names: of each the version
// in force, else the current one, so that an expired document is found by its name.
func (s *Store) prepare(ctx context.Context, q Query, p parsed) (map[string]lexical.Statistics, []named, error) {
	dims := slices.Clone(p.spoken)
	for dim := range p.original {
		dims = append(dims, dim)
	}
	for dim := range p.expanded {
		dims = append(dims, dim)
	}
	for dim := range p.suggested {
		dims = append(dims, dim)
	}
	counted := []string{"passage", "ask"}
	if s.meaning != nil {
		counted = append(counted, "card")
	}
	stats := map[string]lexical.Statistics{}
	var all []named
	batch := &pgx.Batch{}
	batch.Queue(`SELECT collection, n FROM lexical_totals`).Query(func(rows pgx.Rows) error {
		var collection string
		var n int
		_, err := pgx.ForEachRow(rows, []any{&collection, &n}, func() error {
			stats[collection] = lexical.Statistics{N: n, DF: map[int32]int{}}
			return nil
		})
		return err
	})
	batch.Queue(`SELECT collection, dim, df FROM lexical_terms WHERE collection = ANY($2) AND dim = ANY($1)`, dims, counted).Query(func(rows pgx.Rows) error {
		var collection string
		var dim int32
		var df int
		_, err := pgx.ForEachRow(rows, []any{&collection, &dim, &df}, func() error {
			stats[collection].DF[dim] = df
			return nil
		})
		return err
	})
	batch.Queue(`
		SELECT DISTINCT ON (key) id, short_key, number_key, title_key FROM dated_documents
		WHERE kind = 'policy' AND starts_with($1, region_prefix)
		  AND (number_key <> '' AND strpos($2, number_key) > 0
		    OR strpos($3, short_key) > 0
		    OR EXISTS (SELECT FROM unnest($4::text[]) n WHERE strpos(title_key, n) > 0))
		ORDER BY key, $5::date >= holds_from AND $5::date < holds_until DESC, replaced_by IS NULL DESC, id`,
		q.Region.Prefix, p.text, p.title, p.names, string(q.On)).Query(func(rows pgx.Rows) error {
		var d named
		_, err := pgx.ForEachRow(rows, []any{&d.id, &d.title, &d.number, &d.whole}, func() error {
			all = append(all, d)
			return nil
		})
		return err
	})
	if err := s.db.SendBatch(ctx, batch).Close(); err != nil {
		return nil, nil, err
	}
	var exact []named
	for _, d := range all {
		if p.mentioned(d, all) {
			exact = append(exact, d)
		}
	}
	return stats, exact, nil
}

// found are the raw results of the legs.
type found struct {
	passages []candidate
	named    []candidate           // passages of documents that the question names
	cards    []CardHit             // the closest first; only id, wording and closeness
	benefits []CardHit             // likewise
	basis    []candidate           // passages that the cards rest on, scored by closeness, the closest first
	scale    float64               // the passage score of a text that holds every term of the question
	dense    *denseFound           // nil where there is no dense leg
	byWords  map[uuid.UUID]float64 // with one: cards by their words as a whole

	asks, words lexical.Vector // the question beside wordings and beside passages
	askScale    float64        // as scale, of a wording
	scope       float64

	suggested  []suggested // passages by the words that a model added to the question, the best first
	questioned []candidate // passages by the questions that a model wrote for them, scored by closeness, the closest first
}

type candidate struct {
	id       int64
	document uuid.UUID
	clause   string
	local    bool // of a document that is not for the whole country
	score    float64
}

// candidates reads rows of id, document, clause, local and score.
func candidates(rows pgx.Rows) ([]candidate, error) {
	var all []candidate
	var c candidate
	_, err := pgx.ForEachRow(rows, []any{&c.id, &c.document, &c.clause, &c.local, &c.score}, func() error {
		all = append(all, c)
		return nil
	})
	return all, err
}

// inForce filters passages and wordings: $1 the asker's region prefix, $2 the date.
const inForce = `starts_with($1, region_prefix) AND $2::date >= holds_from AND $2::date < holds_until`

// passageLeg scans the passages in force, and those of the documents that the question names.
func passageLeg(batch *pgx.Batch, q Query, p parsed, v lexical.Vector, exact []named, f *found) {
	batch.Queue(`SELECT id, document_id, clause, region_prefix <> '', -(lex <#> $3) AS score
		FROM passages WHERE kind = 'policy' AND `+inForce+` ORDER BY score DESC, id LIMIT $4`,
		q.Region.Prefix, string(q.On), sparse(v), passageCandidates).Query(func(rows pgx.Rows) (err error) {
		f.passages, err = candidates(rows)
		f.passages = slices.DeleteFunc(f.passages, func(c candidate) bool { return c.score <= 0 }) // nothing shared
		return err
	})
	if len(exact) > 0 {
		ids := make([]uuid.UUID, len(exact))
		for i, d := range exact {
			ids[i] = d.id
		}
		batch.Queue(`SELECT id, document_id, clause, false, -(lex <#> $2) AS score FROM passages
			WHERE document_id = ANY($1) ORDER BY clause = ANY($3) DESC, score DESC, id LIMIT $4`,
			ids, sparse(v), append([]string{}, p.articles...), passageCandidates).Query(func(rows pgx.Rows) (err error) {
			f.named, err = candidates(rows)
			return err
		})
	}
}

// vector is the query side: idf by dimension. scale is the sum over the question's own terms,
// which is about what a text scores that holds each of them once.
func vector(stats lexical.Statistics, original, expanded map[int32]float64) (v lexical.Vector, scale float64) {
	v = lexical.Vector{}
	for _, dim := range slices.Sorted(maps.Keys(original)) { // in order, so that the sum is the same every time
		weight, idf := original[dim], stats.IDF(dim)
		v[dim] = float32(weight * idf)
		scale += weight * idf
	}
	for dim, weight := range expanded {
		v[dim] = float32(weight * stats.IDF(dim))
	}
	if len(v) == 0 { // nothing but punctuation: a vector that meets no text
		v[lexical.Dimension("\x00")] = 1
	}
	return v, max(scale, 1)
}
