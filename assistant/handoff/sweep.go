package handoff

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// A sweep finds tickets with which something is overdue and deals with each in a transaction of its own, so that one
// that fails does not keep the others waiting. Nodes may sweep at the same time: whoever holds the row does it, and the
// condition is checked again under the lock.
type sweep struct {
	name  string
	due   string // what holds of t when it is its turn
	order string // which is first
	do    func(ctx context.Context, tx pgx.Tx, h held) (Change, error)
}

// sweepLimit is how many tickets one sweep takes; the next one takes the rest.
const sweepLimit = 500

// rungPasses is how many rungs of one ticket may fire in one sweep: more than a ladder has.
const rungPasses = 8

// Sweep does once all that time asks for: it fires rungs, takes tickets back whose lease has run out or whose owner has
// gone or may not have it any more, ends offers and transfers that nobody took, wakes callbacks, reminds of families that
// wait for an answer, ages what waits, notices who has left, and offers what waits to people with room. An error of one sweep does not stop the others.
func (s *Store) Sweep(ctx context.Context) error { return s.sweep(ctx, true) }

// sweep is Sweep; unless settled, nobody is taken for gone.
func (s *Store) sweep(ctx context.Context, settled bool) error {
	var errs []error
	sweeps := []sweep{unfit, leases, lapses, transfers, callbacks, replies, begun}
	if settled {
		errs = append(errs, s.markAway(ctx), s.markLeft(ctx))
		sweeps = append(sweeps, away)
	}
	for _, w := range sweeps {
		_, err := s.sweepAll(ctx, w)
		errs = append(errs, err)
	}
	for range rungPasses {
		fired, err := s.sweepAll(ctx, rungs)
		errs = append(errs, err)
		if fired == 0 {
			break
		}
	}
	errs = append(errs, s.age(ctx))
	if !s.unoffered {
		errs = append(errs, s.offer(ctx))
	}
	_, err := s.db.Exec(ctx, `DELETE FROM offer_skips WHERE until < now() - interval '1 hour'`)
	errs = append(errs, err)
	return errors.Join(errs...)
}

// WithoutOffers leaves all tickets to 下一位: nothing is offered to anybody. Call it before the store is used.
func (s *Store) WithoutOffers() { s.unoffered = true }

// sweepAll deals with every ticket whose turn it is and returns with how many it did.
func (s *Store) sweepAll(ctx context.Context, w sweep) (done int, err error) {
	ids, err := readIDs(ctx, s.db, w.name, `SELECT t.id FROM tickets t WHERE `+w.due+` ORDER BY `+w.order+` LIMIT $1`, sweepLimit)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, id := range ids {
		did, err := s.sweepOne(ctx, w, id)
		if err != nil {
			errs = append(errs, err)
		}
		if did {
			done++
		}
	}
	return done, errors.Join(errs...)
}

// sweepOne deals with a ticket if it is its turn and nobody else is at it.
func (s *Store) sweepOne(ctx context.Context, w sweep, id uuid.UUID) (done bool, err error) {
	var change Change
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		h, err := scanHeld(tx.QueryRow(ctx, selectHeld+`WHERE t.id = $1 AND `+w.due+` FOR UPDATE OF t SKIP LOCKED`, id))
		if err == pgx.ErrNoRows {
			return nil
		}
		if err != nil {
			return err
		}
		done = true
		change, err = w.do(ctx, tx, h)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("%s: ticket %s: %w", w.name, id, err)
	}
	if done {
		s.changed(change)
	}
	return done, nil
}

// at names the ticket as it was locked, for a transition.
func (h held) at() pgx.NamedArgs { return pgx.NamedArgs{"id": h.id, "epoch": h.epoch} }

// requeue puts a ticket that nobody has any more back into the queue, where it keeps its place.
func (h held) requeue(ctx context.Context, tx pgx.Tx, a compiled, reason string) (Change, error) {
	m, err := a.move(ctx, tx, audit.System, reason, detail{}, h.at())
	if err != nil {
		return Change{}, err
	}
	return backInQueue(ctx, tx, m)
}
