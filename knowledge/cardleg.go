package knowledge

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/knowledge/lexical"
)

// askHit is a wording that comes close to the question.
type askHit struct {
	card  uuid.UUID
	ask   string
	score float64 // over the most that the question could score
}

// askVector is the query side for wordings. They are stored without the names of their own region, and are lay words
// themselves: the lexicon adds nothing.
func askVector(q Query, p parsed, stats lexical.Statistics) (v lexical.Vector, scale float64) {
	terms := p.original
	if q.Region.Level > 0 {
		terms = ownTerms(withoutPlaces(q.Text, []string{q.Region.Name, ShortName(q.Region.Name)}), q.Context)
	}
	return vector(stats, terms, nil)
}

// cardLeg finds the cards whose wordings come close, and the clauses that they rest on.
func (s *Store) cardLeg(ctx context.Context, q Query, v lexical.Vector, scale float64, f *found) error {
	rows, err := s.db.Query(ctx, `
		SELECT document_id, body, -(lex <#> $3) * CASE WHEN region_prefix <> '' THEN 1 + $5::float8 ELSE 1 END AS score
		FROM asks WHERE `+inForce+` ORDER BY score DESC, id LIMIT $4`,
		q.Region.Prefix, string(q.On), sparse(v), askCandidates, tuning.local)
	if err != nil {
		return err
	}
	asks, err := askHits(rows, scale)
	if err != nil {
		return err
	}
	hits := closest(asks)
	f.cards = hits[:min(followedCards, len(hits))]
	f.basis, err = s.follow(ctx, q, f.cards)
	return err
}

// askHits reads rows of document, wording and score.
func askHits(rows pgx.Rows, scale float64) ([]askHit, error) {
	var asks []askHit
	var a askHit
	_, err := pgx.ForEachRow(rows, []any{&a.card, &a.ask, &a.score}, func() error {
		if a.score /= scale; a.score > 0 {
			asks = append(asks, a)
		}
		return nil
	})
	return asks, err
}

// closest gathers the best wordings by card, best first. A card's closeness is that of its closest wording and a
// share of the second's: two wordings that come near say more than one.
func closest(asks []askHit) []CardHit {
	var hits []CardHit
	index, count := map[uuid.UUID]int{}, map[uuid.UUID]int{}
	for _, a := range asks {
		switch count[a.card]++; count[a.card] {
		case 1:
			index[a.card] = len(hits)
			hits = append(hits, CardHit{Document: Document{ID: a.card}, Ask: a.ask, Similarity: a.score / (1 + tuning.second)})
		case 2:
			hits[index[a.card]].Similarity += a.score * tuning.second / (1 + tuning.second)
		}
	}
	return closestFirst(hits)
}

func closestFirst(hits []CardHit) []CardHit {
	slices.SortStableFunc(hits, func(a, b CardHit) int { return cmp.Compare(b.Similarity, a.Similarity) })
	return hits
}

// follow finds the passages that the cards rest on among the documents in force, scored by the card's closeness,
// the closest first. A card none of whose sources is in the knowledge stands for itself.
func (s *Store) follow(ctx context.Context, q Query, cards []CardHit) ([]candidate, error) {
	if len(cards) == 0 {
		return nil, nil
	}
	ids, closeness := make([]uuid.UUID, len(cards)), make([]float64, len(cards))
	for i, c := range cards {
		ids[i], closeness[i] = c.Document.ID, c.Similarity
	}
	rows, err := s.db.Query(ctx, `
		WITH cards AS (SELECT * FROM unnest($3::uuid[], $4::float8[]) AS c (card, closeness)),
		clauses AS (
			SELECT c.card, p.*, c.closeness * $5::float8 ^ b.ord AS score
			FROM cards c
			JOIN card_basis b ON b.document_id = c.card
			CROSS JOIN LATERAL (
				SELECT id FROM documents WHERE title_key = b.title_key
				UNION SELECT id FROM documents WHERE number_key = b.number_key AND number_key <> '') AS d
			CROSS JOIN LATERAL (
				SELECT id, document_id, clause, region_prefix <> '' AS local FROM passages
				WHERE document_id = d.id AND clause = b.clause AND kind = 'policy' AND `+inForce+`
				UNION ALL
				SELECT id, document_id, clause, region_prefix <> '' FROM passages
				WHERE document_id = d.id AND starts_with(clause, b.clause || '（') AND kind = 'policy' AND `+inForce+`) AS p)
		SELECT id, document_id, clause, local, score FROM clauses
		UNION ALL
		SELECT p.id, p.document_id, p.clause, p.region_prefix <> '', c.closeness FROM cards c JOIN passages p ON p.document_id = c.card
		WHERE NOT EXISTS (SELECT FROM clauses WHERE clauses.card = c.card)
		ORDER BY score DESC, id`,
		q.Region.Prefix, string(q.On), ids, closeness, tuning.decay)
	if err != nil {
		return nil, err
	}
	return candidates(rows)
}
