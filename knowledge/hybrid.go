package knowledge

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// hybrid holds the weights of the search by words and meaning, fitted on the development questions and checked on the
// cards' own wordings, each left out once (docs/retrieval.md).
var hybrid = struct {
	rewrites float64 // of a model's rewrites of the question together, against the question

	wordings         int // generated questions near by meaning, whose clauses are looked at closely
	cards            int // hypotheses from cards
	passages, ranked int // and from the passages of each leg, and from the ranking by words

	words, meaning float64 // logit of a card: its words as a whole, its three best wordings by meaning, in spreads
	generated      float64 // logit of a clause by generated questions: as of a card, and this
	score, cosine  float64 // logit of a passage: its score in the ranking by words, its meaning in spreads
	passage        float64 // and this

	answers, place, lexical, dense float64 // logit that a clause of a card answers: for the first, for each further one, and for what it lacks to the best by words and by meaning
	itself, own, most              float64 // that a passage answers where it is what was meant, a card without clauses likewise; the most that one takes away
	flatness                       float64 // of the scores that are shown: answers quote what scores at least a share of the best
}{
	rewrites: 0.5,
	wordings: 150, cards: 20, passages: 30, ranked: 10,
	words: 16.5, meaning: 1.54, generated: -1,
	score: 13, cosine: 2.01, passage: 0.3,
	answers: 1.78, place: -0.77, lexical: 7.2, dense: 0.56,
	itself: 0.9, own: 0.8, most: 0.97,
	flatness: 0.33,
}

// hypothesis is one thing that may have been meant, and how probably each passage would then answer.
type hypothesis struct {
	logit float64
	share float64 // that it was meant: the softmax over all hypotheses
	gains map[int64]float64
}

// fuse ranks by words and meaning together, after both legs have ended.
func (s *Store) fuse(ctx context.Context, q Query, p parsed, f *found, k int) ([]*ranked, error) {
	cards := f.likelyCards()
	rests, err := s.followCards(ctx, q, cards)
	if err != nil {
		return nil, fmt.Errorf("follow cards: %w", err)
	}
	clauses, err := s.weighQuestions(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("weigh questions: %w", err)
	}
	h := fusion{pool: rankedPool(p, f, nil), best: bestOfDocuments(f), means: f.dense.means}
	ids := slices.Collect(maps.Keys(h.pool))
	for _, r := range rests {
		ids = append(ids, r.passage)
	}
	for _, c := range f.dense.passages[:min(len(f.dense.passages), hybrid.passages)] {
		ids = append(ids, c.id)
	}
	if h.near, err = s.meet(ctx, f, ids); err != nil {
		return nil, fmt.Errorf("compare passages: %w", err)
	}
	h.rescore()
	passages := f.likelyPassages(h.pool)
	for _, card := range cards {
		h.all = append(h.all, h.card(card, rests))
	}
	for _, id := range passages {
		h.all = append(h.all, h.passage(id))
	}
	for _, c := range clauses {
		h.all = append(h.all, h.clause(c))
	}
	h.share()
	f.cards = make([]CardHit, len(cards))
	for i, c := range cards {
		f.cards[i] = c.CardHit
		f.cards[i].Share = h.all[i].share
	}
	return h.cover(k), nil
}

// likelyPassages are the first of each leg and of the ranking by words.
func (f *found) likelyPassages(pool map[int64]*ranked) []int64 {
	seen := map[int64]bool{}
	var ids []int64
	add := func(id int64) {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	for _, list := range [][]candidate{f.passages, f.dense.passages} {
		for _, c := range list[:min(len(list), hybrid.passages)] {
			add(c.id)
		}
	}
	all := sorted(pool)
	for _, r := range all[:min(len(all), hybrid.ranked)] {
		add(r.id)
	}
	return ids
}

// resting is a passage that a card rests on.
type resting struct {
	card    uuid.UUID
	passage int64
	ord     int  // place in the card's basis
	own     bool // the card's answer, where none of its clauses is in the knowledge
}

// followCards finds the passages that cards rest on among the documents in force, as follow does.
func (s *Store) followCards(ctx context.Context, q Query, cards []closeCard) (rests []resting, err error) {
	ids, asks := make([]uuid.UUID, len(cards)), make([]int64, len(cards))
	for i, c := range cards {
		ids[i], asks[i] = c.Document.ID, c.ask
	}
	batch := &pgx.Batch{}
	batch.Queue(restsOn, q.Region.Prefix, string(q.On), ids).Query(func(rows pgx.Rows) (err error) {
		rests, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r resting, err error) {
			return r, row.Scan(&r.card, &r.passage, &r.ord, &r.own)
		})
		return err
	})
	batch.Queue(`SELECT id, body FROM asks WHERE id = ANY($1)`, asks).Query(func(rows pgx.Rows) error {
		var id int64
		var body string
		_, err := pgx.ForEachRow(rows, []any{&id, &body}, func() error {
			cards[slices.Index(asks, id)].Ask = body
			return nil
		})
		return err
	})
	return rests, s.db.SendBatch(ctx, batch).Close()
}

// restsOn finds the clauses of cards, or the answer of a card that has none here.
const restsOn = `
		WITH clauses AS (
			SELECT b.document_id AS card, b.ord, p.id
			FROM card_basis b
			CROSS JOIN LATERAL (
				SELECT id FROM documents WHERE title_key = b.title_key
				UNION SELECT id FROM documents WHERE number_key = b.number_key AND number_key <> '') AS d
			CROSS JOIN LATERAL (
				SELECT id FROM passages
				WHERE document_id = d.id AND clause = b.clause AND kind = 'policy' AND ` + inForce + `
				UNION ALL
				SELECT id FROM passages
				WHERE document_id = d.id AND starts_with(clause, b.clause || '（') AND kind = 'policy' AND ` + inForce + `) AS p
			WHERE b.document_id = ANY($3))
		SELECT card, id, ord, false FROM clauses
		UNION ALL
		SELECT p.document_id, p.id, 0, true FROM passages p
		WHERE p.document_id = ANY($3) AND NOT EXISTS (SELECT FROM clauses WHERE clauses.card = p.document_id)
		ORDER BY ord, id`

// order puts the benefits among the cards: first where one is closer than any card by its words, which is how they are
// found, else last.
func (f *found) order(cards, benefits []CardHit) []CardHit {
	if f.dense == nil {
		return closestFirst(slices.Concat(cards, benefits))
	}
	closest := 0.0
	for _, c := range cards {
		closest = max(closest, c.Similarity)
	}
	if len(benefits) > 0 && benefits[0].Similarity > closest {
		return slices.Concat(benefits[:1], cards, benefits[1:])
	}
	return slices.Concat(cards, benefits)
}

// byMeaning ranks by meaning alone, for measuring it.
func byMeaning(f *found, k int) []*ranked {
	if f.dense == nil {
		return nil
	}
	pool := map[int64]*ranked{}
	for _, c := range f.dense.passages {
		pool[c.id] = &ranked{candidate: c, legs: Legs{Dense: c.score}, score: c.score}
	}
	return top(pool, k)
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
