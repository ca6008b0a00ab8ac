package knowledge

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// tuning holds the weights of the search, chosen on the development questions (docs/retrieval.md).
var tuning = struct {
	expansion float64 // of lexicon terms against the question's own
	card      float64 // of a card's closeness against the passage's own score
	second    float64 // of a card's second closest wording
	decay     float64 // from one basis clause of a card to the next
	agreement float64 // of further cards that rest on the same clause
	parent    float64 // of the best passage of the same document
	cardFloor float64 // cards below are not followed
}{expansion: 0.4, card: 2.0, second: 0.3, decay: 0.9, agreement: 0.2, parent: 0.1, cardFloor: 0.08}

// fuse unites the candidates of all legs, never truncating to one of them, and reads the best in full.
func (s *Store) fuse(ctx context.Context, q Query, p parsed, f found) (Result, error) {
	cards, err := s.cards(ctx, f.asks)
	if err != nil {
		return Result{}, err
	}
	basis, err := s.basis(ctx, q, cards)
	if err != nil {
		return Result{}, err
	}
	pool := map[int64]*ranked{}
	at := func(c candidate) *ranked {
		r := pool[c.id]
		if r == nil {
			r = &ranked{candidate: c}
			pool[c.id] = r
		}
		return r
	}
	best := map[uuid.UUID]float64{}
	for _, c := range f.passages {
		at(c).legs.Lexical = c.score / f.scale
		best[c.document] = max(best[c.document], c.score/f.scale)
	}
	for _, c := range f.named {
		r := at(c)
		r.legs.Lexical = c.score / f.scale
		r.legs.Exact = 1
		if p.matches(c.clause) {
			r.legs.Exact = 2
		}
	}
	for _, b := range basis { // closest first
		r := at(b.candidate)
		if r.legs.Card == 0 {
			r.legs.Card = b.closeness
		} else if r.cards++; r.cards <= 2 {
			r.legs.Card += tuning.agreement * b.closeness
		}
	}
	for _, r := range pool {
		r.score = 10*r.legs.Exact + r.legs.Lexical + tuning.card*r.legs.Card + tuning.parent*best[r.document]
	}
	hits, err := s.read(ctx, top(pool, q.K))
	return Result{Hits: hits, Cards: cards}, err
}

type ranked struct {
	candidate
	legs  Legs
	cards int // further cards that rest on it
	score float64
}

// top sorts the pool and keeps the best piece of each clause.
func top(pool map[int64]*ranked, k int) []*ranked {
	all := make([]*ranked, 0, len(pool))
	for _, r := range pool {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *ranked) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.id, b.id))
	})
	type clause struct {
		document uuid.UUID
		label    string
	}
	seen := map[clause]bool{}
	return slices.DeleteFunc(all, func(r *ranked) bool {
		c := clause{r.document, r.clause}
		drop := len(seen) >= k || r.clause != "" && seen[c]
		if !drop {
			if r.clause == "" {
				c.label = string(rune(r.id)) + "\x00"
			}
			seen[c] = true
		}
		return drop
	})
}

// cards reads the cards behind the best wordings, best first. A card's closeness is that of its closest wording and
// a share of the second's: two wordings that come near say more than one.
func (s *Store) cards(ctx context.Context, asks []askHit) ([]CardHit, error) {
	var hits []CardHit
	index, count := map[uuid.UUID]int{}, map[uuid.UUID]int{}
	var ids []uuid.UUID
	for _, a := range asks {
		if a.score < tuning.cardFloor {
			continue
		}
		switch count[a.card]++; count[a.card] {
		case 1:
			index[a.card] = len(hits)
			ids = append(ids, a.card)
			hits = append(hits, CardHit{Document: Document{ID: a.card}, Ask: a.ask, Similarity: a.score / (1 + tuning.second)})
		case 2:
			hits[index[a.card]].Similarity += a.score * tuning.second / (1 + tuning.second)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := s.db.Query(ctx, selectDocument+`WHERE id = ANY($1)`, ids)
	if err != nil {
		return nil, err
	}
	documents, err := pgx.CollectRows(rows, scanDocument)
	for _, d := range documents {
		hits[index[d.ID]].Document = d
	}
	slices.SortStableFunc(hits, func(a, b CardHit) int { return cmp.Compare(b.Similarity, a.Similarity) })
	return hits, err
}

// based is a passage that a card rests on.
type based struct {
	candidate
	closeness float64
}

// basis finds the clauses that the cards rest on among the documents in force.
func (s *Store) basis(ctx context.Context, q Query, cards []CardHit) ([]based, error) {
	var closeness []float64
	var titles, numbers, clauses []string
	for _, c := range cards {
		weight := c.Similarity
		for _, b := range c.Document.Card.Basis {
			if b.Clause == "" {
				continue
			}
			closeness = append(closeness, weight)
			titles = append(titles, TitleKey(b.Document))
			numbers = append(numbers, NumberKey(b.Number))
			clauses = append(clauses, b.Clause)
			weight *= tuning.decay
		}
	}
	if len(clauses) == 0 {
		return nil, nil
	}
	rows, err := s.db.Query(ctx, `
		WITH basis AS (SELECT * FROM unnest($1::float8[], $2::text[], $3::text[], $4::text[]) AS b (closeness, title, number, clause))
		SELECT p.id, p.document_id, p.clause, b.closeness
		FROM basis b
		JOIN dated_documents d ON d.kind = 'policy' AND (b.number <> '' AND d.number_key = b.number OR d.title_key = b.title)
		  AND starts_with($5, d.region_prefix) AND $6::date >= d.holds_from AND $6::date < d.holds_until
		JOIN passages p ON p.document_id = d.id AND (p.clause = b.clause OR starts_with(p.clause, b.clause || '（'))
		ORDER BY b.closeness DESC, p.id`,
		closeness, titles, numbers, clauses, q.Region.Prefix, string(q.On))
	if err != nil {
		return nil, err
	}
	var all []based
	var b based
	_, err = pgx.ForEachRow(rows, []any{&b.id, &b.document, &b.clause, &b.closeness}, func() error {
		all = append(all, b)
		return nil
	})
	return all, err
}

// read fills in the hits, keeping their order.
func (s *Store) read(ctx context.Context, best []*ranked) ([]Hit, error) {
	hits := make([]Hit, len(best))
	index := map[int64]int{}
	ids := make([]int64, len(best))
	for i, r := range best {
		hits[i] = Hit{ID: r.id, Score: r.score, Legs: r.legs}
		index[r.id] = i
		ids[i] = r.id
	}
	rows, err := s.db.Query(ctx, `
		SELECT p.id, p.clause, p.path, p.body, p.span_from, p.span_to, coalesce(p.page, 0),
		  d.id, d.kind, d.title, d.issuer, d.number, d.region_code, d.issued, coalesce(d.effective::text, ''),
		  coalesce(d.expires::text, ''), d.status, d.source, d.note, d.file
		FROM passages p JOIN documents d ON d.id = p.document_id WHERE p.id = ANY($1)`, ids)
	if err != nil {
		return nil, err
	}
	var id int64
	var p Passage
	var d Document
	_, err = pgx.ForEachRow(rows, []any{&id, &p.Clause, &p.Path, &p.Body, &p.From, &p.To, &p.Page,
		&d.ID, &d.Kind, &d.Title, &d.Issuer, &d.Number, &d.Region, &d.Issued, &d.Effective,
		&d.Expires, &d.Status, &d.Source, &d.Note, &d.File}, func() error {
		h := &hits[index[id]]
		h.Passage, h.Document = p, d
		h.Document.Region = shortCode(d.Region)
		return nil
	})
	return hits, err
}
