package knowledge

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// What all texts of a kind have in common says nothing of any of them, and the vectors of many models are mostly that:
// two unrelated questions are as alike as .8. So the mean of the wordings is taken off the wordings, and the mean of the
// passages off the passages, once there are enough of them to have one (all-but-the-top without the top: Mu and
// Viswanath 2018). The means belong to the generation.
const (
	sampled     = 1000 // texts whose mean is that of all
	centredFrom = 100  // texts that have a mean, where there are no more
)

// means are what is taken off the vectors of a generation, nil where there is none yet, and how far apart the cosines of
// texts lie that have nothing to do with each other: the scale on which a cosine says something.
type means struct {
	ask, passage             []float32
	askSpread, passageSpread float64
}

// The spreads of multilingual-e5-small, with which the weights were chosen; they stand where there are too few texts.
const (
	usualAskSpread     = 0.1024
	usualPassageSpread = 0.0839
	leastSpread        = 0.01 // below it all texts are the same
	spreadTexts        = 1000 // of each kind, taken at random, but the same every time
)

// of returns the mean of a kind of text.
func (m means) of(query bool) []float32 {
	if query {
		return m.ask
	}
	return m.passage
}

// less is the direction of v without what all share.
func less(v, mean []float32) []float32 {
	if len(mean) != len(v) {
		return v
	}
	rest := make([]float32, len(v))
	for i := range v {
		rest[i] = v[i] - mean[i]
	}
	for _, x := range rest {
		if x != 0 {
			return unit(rest)
		}
	}
	return v
}

// centre takes the mean off the vectors of a generation where that was not done yet and there are at least so many. Vectors
// and mean change together; only who fills the index calls it.
func (s *Store) centre(ctx context.Context, generation, least int) error {
	for _, query := range []bool{true, false} {
		err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
			column, from := "passage_mean", "passage_vectors"
			if query {
				column, from = "ask_mean", "ask_vectors"
			}
			tag, err := tx.Exec(ctx, `UPDATE index_generations g SET `+column+` = m.mean
				FROM (SELECT avg(v::vector)::real[] AS mean FROM `+from+` WHERE generation = $1 AND v IS NOT NULL HAVING count(*) >= $2) m
				WHERE g.id = $1 AND g.`+column+` IS NULL`, generation, least)
			if err != nil || tag.RowsAffected() == 0 {
				return err
			}
			for _, c := range collections {
				if c.query != query {
					continue
				}
				_, err := tx.Exec(ctx, `UPDATE `+c.vectors+` t SET v = l2_normalize(t.v::vector - g.`+column+`::vector)::halfvec
					FROM index_generations g WHERE g.id = $1 AND t.generation = $1 AND t.v IS NOT NULL`, generation)
				if err != nil {
					return err
				}
			}
			return measureSpread(ctx, tx, generation, query)
		})
		if err != nil {
			return fmt.Errorf("centre the vectors: %w", err)
		}
	}
	return nil
}

// measureSpread notes how far the cosines of wordings and passages lie apart, where there are enough of both.
func measureSpread(ctx context.Context, tx pgx.Tx, generation int, query bool) error {
	column, table, key := "passage_spread", "passage_vectors", "passage_id"
	if query {
		column, table, key = "ask_spread", "ask_vectors", "ask_id"
	}
	_, err := tx.Exec(ctx, `UPDATE index_generations SET `+column+` = (`+fmt.Sprintf(spread, table, key)+` HAVING count(*) >= $3) WHERE id = $1`,
		generation, spreadTexts, centredFrom)
	return err
}

// spread is the standard deviation of the cosine of random pairs, one vector of each kind. The second kind is shifted by one,
// so that no vector meets itself.
const spread = `SELECT stddev_samp(-(a.v <#> b.v)) FROM
	(SELECT v, row_number() OVER (ORDER BY md5(ask_id::text)) AS n FROM ask_vectors WHERE generation = $1 AND v IS NOT NULL LIMIT $2) a JOIN
	(SELECT v, row_number() OVER (ORDER BY md5(%[2]s::text)) + 1 AS n FROM %[1]s WHERE generation = $1 AND v IS NOT NULL LIMIT $2) b USING (n)`
