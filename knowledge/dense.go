package knowledge

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// denseFound is what lies near a question by meaning.
type denseFound struct {
	generation
	v          string // the question's vector, as pgvector reads it
	passages   []candidate
	cards      map[uuid.UUID]nearCard
	questioned []int64 // passages whose generated questions lie near
}

// nearCard is how near a card's wordings lie.
type nearCard struct {
	three float64 // mean cosine of the three nearest
	best  float64 // of the nearest
	ask   int64   // which that is
}

// inForceVectors filters vectors: $1 the asker's region prefix, $2 the date, $3 the generation.
const inForceVectors = `generation = $3 AND ` + inForce + ` AND v IS NOT NULL`

// passagesByMeaning scans the passages: $4 the question's vector, $5 how many. Vectors are of unit length, so that the inner
// product is the cosine, in a third of its work.
const passagesByMeaning = `SELECT p.id, p.document_id, p.clause, p.region_prefix <> '', -n.distance FROM (
		SELECT passage_id, v <#> $4::halfvec AS distance FROM passage_vectors WHERE ` + inForceVectors + `
		ORDER BY distance, passage_id LIMIT $5) n
	JOIN passages p ON p.id = n.passage_id ORDER BY n.distance, p.id`

// denseLeg embeds the question and scans the vectors in force. It is nil where there is no dense leg now: the words find it.
func (s *Store) denseLeg(ctx context.Context, q Query) (*denseFound, error) {
	d, err := s.questionVector(ctx, q)
	if err != nil || d == nil {
		return nil, err
	}
	scan := func(batch *pgx.Batch, sql string, limit int) *pgx.QueuedQuery {
		return batch.Queue(sql, q.Region.Prefix, string(q.On), d.id, d.v, limit)
	}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT document_id, avg(score), max(score), (array_agg(ask_id ORDER BY score DESC, ask_id))[1] FROM (
			SELECT document_id, ask_id, score, row_number() OVER (PARTITION BY document_id ORDER BY score DESC, ask_id) AS place
			FROM (SELECT document_id, ask_id, -(v <#> $4::halfvec) AS score FROM ask_vectors WHERE `+inForceVectors+`) n) w
		WHERE place <= 3 GROUP BY document_id`, q.Region.Prefix, string(q.On), d.id, d.v).Query(func(rows pgx.Rows) error {
		d.cards = map[uuid.UUID]nearCard{}
		var id uuid.UUID
		var c nearCard
		_, err := pgx.ForEachRow(rows, []any{&id, &c.three, &c.best, &c.ask}, func() error {
			d.cards[id] = c
			return nil
		})
		return err
	})
	scan(batch, `SELECT DISTINCT g.passage_id FROM (SELECT question_id FROM generated_question_vectors WHERE `+inForceVectors+`
			ORDER BY v <#> $4::halfvec, question_id LIMIT $5) n JOIN generated_questions g ON g.id = n.question_id`, hybrid.wordings).Query(func(rows pgx.Rows) (err error) {
		d.questioned, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	scan(batch, passagesByMeaning, passageCandidates).Query(func(rows pgx.Rows) (err error) {
		d.passages, err = candidates(rows)
		return err
	})
	return d, s.db.SendBatch(ctx, batch).Close()
}

// questionVector embeds what is asked in the generation in use; nil where it cannot.
func (s *Store) questionVector(ctx context.Context, q Query) (*denseFound, error) {
	if s.meaning == nil || q.Text == "" || q.Only == LexicalLeg {
		return nil, nil
	}
	g, ok, err := s.active(ctx)
	if err != nil || !ok {
		return nil, err
	}
	texts, weights := []string{q.Text}, []float64{1}
	if q.Context != "" {
		texts, weights = append(texts, q.Context), append(weights, tuning.context)
	}
	for _, text := range q.Rewrites {
		texts, weights = append(texts, text), append(weights, hybrid.rewrites/float64(len(q.Rewrites)))
	}
	vectors, err := s.meaning.questions(ctx, g, texts)
	if err != nil { // the endpoint is away, or has changed its model
		return nil, nil
	}
	v := make([]float32, g.dimension)
	for i, vector := range vectors {
		for j, x := range vector {
			v[j] += float32(weights[i]) * x
		}
	}
	mean := g.ask
	if mean == nil {
		mean = g.passage
	}
	return &denseFound{generation: g, v: half(less(unit(v), mean))}, nil
}

// closeCard is a card with all that speaks for it.
type closeCard struct {
	CardHit
	nearCard
	logit float64
}

// likelyCards are the cards in force that were most probably meant, best first.
func (f *found) likelyCards() []closeCard {
	similarity := map[uuid.UUID]float64{}
	for _, c := range f.cards {
		similarity[c.Document.ID] = c.Similarity
	}
	var all []closeCard
	for id, near := range f.dense.cards {
		c := closeCard{CardHit: CardHit{Document: Document{ID: id}, Similarity: similarity[id]}, nearCard: near}
		c.logit = hybrid.words*f.byWords[id] + hybrid.meaning*near.three/f.dense.askSpread
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b closeCard) int {
		return cmpDescending(a.logit, b.logit, slices.Compare(a.Document.ID[:], b.Document.ID[:]))
	})
	return all[:min(len(all), hybrid.cards)]
}

// nearPassage is a passage that may answer, by words and by meaning.
type nearPassage struct {
	candidate         // score is that of its words
	meaning   float64 // cosine; 0 where it has no vector
}

// meet gives passages the scores of both legs.
func (s *Store) meet(ctx context.Context, f *found, ids []int64) (map[int64]nearPassage, error) {
	rows, err := s.db.Query(ctx, `SELECT p.id, p.document_id, p.clause, p.region_prefix <> '',
		CASE WHEN p.kind = 'policy' THEN -(p.lex <#> $3) ELSE 0 END, coalesce(-(v.v <#> $4::halfvec), 0)
		FROM passages p LEFT JOIN passage_vectors v ON v.passage_id = p.id AND v.generation = $2 WHERE p.id = ANY($1)`,
		ids, f.dense.id, sparse(f.words), f.dense.v)
	if err != nil {
		return nil, err
	}
	near := map[int64]nearPassage{}
	var n nearPassage
	_, err = pgx.ForEachRow(rows, []any{&n.id, &n.document, &n.clause, &n.local, &n.score, &n.meaning}, func() error {
		n := n
		n.score /= f.scale
		near[n.id] = n
		return nil
	})
	return near, err
}
