package knowledge

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Built is what the building of a generation came to: what an auditor has to know of texts that were sent to a model. It
// holds none of them.
type Built struct {
	Generation
	Took   time.Duration // since the generation was begun, pauses included
	Failed bool          // it stopped with what Done says; else it is complete and in use
}

// Journal writes down, in a transaction, what the building of a generation came to.
type Journal func(ctx context.Context, tx pgx.Tx, b Built) error

// UseJournal has a journal kept of the index. A generation that takes the place of another one is in it, and one whose
// building fails: once, until the next success, however often it is tried again. It is to be called before the first
// build.
func (s *Store) UseJournal(j Journal) { s.journal = j }

// keep writes the journal after a generation was worked at; err is what that came to. What ended with ctx goes on later and
// is no failure, and a generation that was put in use has been written down with that.
func (s *Store) keep(ctx context.Context, g Generation, err error) error {
	if ctx.Err() != nil || s.meaning.failed(g.ID, err != nil) == (err != nil) || err == nil && g.State == Building {
		return err
	}
	tx := func(tx pgx.Tx) error { return s.write(ctx, tx, g.ID, err != nil) }
	if e := pgx.BeginFunc(ctx, s.db, tx); e != nil && err == nil {
		err = fmt.Errorf("write the journal of the index: %w", e)
	}
	return err
}

// write puts a generation as it stands in the journal.
func (s *Store) write(ctx context.Context, tx pgx.Tx, id int, failed bool) error {
	if s.journal == nil {
		return nil
	}
	rows, err := tx.Query(ctx, `SELECT *, now() FROM (`+countGenerations()+`) g WHERE id = $1`, id)
	if err != nil {
		return err
	}
	b := Built{Failed: failed}
	var now time.Time
	if _, err = pgx.ForEachRow(rows, []any{&b.ID, &b.Model, &b.Dimension, &b.State, &b.Done, &b.Total, &b.Refused,
		&b.CreatedAt, &b.ActiveAt, &b.RetiredAt, &now}, func() error { return nil }); err != nil {
		return err
	}
	b.Took = now.Sub(b.CreatedAt)
	return s.journal(ctx, tx, b)
}

// failed notes how the work at a generation ended, and tells how it ended before: at first as a success.
func (m *meaning) failed(generation int, now bool) (before bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before = m.failures[generation]
	if m.failures[generation] = now; !now {
		delete(m.failures, generation)
	}
	return before
}
