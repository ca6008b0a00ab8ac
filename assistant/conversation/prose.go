package conversation

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Prose is what became of a model's words in the answers of a time. Conversations that were erased are not in it.
type Prose struct {
	Asked   int // answers that a model was asked to say
	Used    int // with its words on the screen
	Passed  int // sentences
	Dropped int
	Reasons []Count // for dropping, the most frequent first
	Ended   []Count // why it was not heard to its end
	Prompts []Count // answers by model and prompt
}

// Count is how often something was.
type Count struct {
	Name string
	N    int
}

// Prose sums up the answers since a time, at most weeks of them: the rows of an index on such answers are read.
func (s *Store) Prose(ctx context.Context, since time.Time) (p Prose, err error) {
	const of = ` FROM messages m`
	const when = ` WHERE m.meta ? 'prose' AND m.created_at >= $1`
	const most = ` GROUP BY 1 ORDER BY 2 DESC, 1`
	batch := &pgx.Batch{}
	batch.Queue(`SELECT count(*), count(*) FILTER (WHERE (m.meta #> '{prose,used}')::bool), coalesce(sum((m.meta #> '{prose,passed}')::int), 0)`+
		of+when, since).QueryRow(func(row pgx.Row) error { return row.Scan(&p.Asked, &p.Used, &p.Passed) })
	for _, list := range []struct {
		sql string
		to  *[]Count
	}{
		{`SELECT d.key, sum(d.value::int)` + of + `, jsonb_each_text(m.meta #> '{prose,dropped}') d` + when + most, &p.Reasons},
		{`SELECT m.meta #>> '{prose,ended}', count(*)` + of + when + ` AND m.meta #>> '{prose,ended}' <> ''` + most, &p.Ended},
		{`SELECT concat_ws(' ', nullif(m.meta #>> '{prose,model}', ''), m.meta #>> '{prose,prompt}'), count(*)` + of + when +
			` AND m.meta #>> '{prose,prompt}' <> ''` + most, &p.Prompts},
	} {
		batch.Queue(list.sql, since).Query(func(rows pgx.Rows) (err error) {
			*list.to, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Count])
			return err
		})
	}
	tx, err := s.db.Begin(ctx)
	if err == nil {
		err = tx.SendBatch(ctx, batch).Close()
		_ = tx.Rollback(ctx) // nothing was written
	}
	if err != nil {
		return p, fmt.Errorf("sum up a model's words: %w", err)
	}
	for _, reason := range p.Reasons {
		p.Dropped += reason.N
	}
	return p, nil
}
