package handoff

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Queue is what a console lists. Everything in it lies within the person's regions.
type Queue struct {
	Rev       int64    `json:"rev"`       // grows with everything that happens to tickets
	Load      int      `json:"load"`      // what Mine takes of the capacity: a P0 is three
	Capacity  int      `json:"capacity"`  // of the person
	Counts    []Count  `json:"counts"`    // one for each priority, 0 first
	Mine      []Ticket `json:"mine"`      // in the person's hands, the next to be answered first
	Offers    []Ticket `json:"offers"`    // ring at this person now
	Transfers []Ticket `json:"transfers"` // wait for this person's word
	All       []Ticket `json:"all"`       // open ones; for supervisors only: workers take what is next, not what they like
}

// Count is how many tickets of a priority wait where the person could help.
type Count struct {
	Priority int        `json:"priority"`
	Waiting  int        `json:"waiting"`
	Oldest   *time.Time `json:"oldest_at"` // when the one was opened that waits longest; nil where none waits
}

// listLimit is how many tickets a supervisor's list holds: those that wait first, the most urgent of them before. Counts
// tell of all.
const listLimit = 500

// selectCounts: a worker counts what they may be given; a supervisor all that waits in their regions.
const selectCounts = ownScopes + `
	SELECT p.priority, count(t.id)::int, min(t.enqueued_at)
	  FROM sla_policy p LEFT JOIN tickets t ON t.priority = p.priority AND t.state IN ('queued', 'offered')
	       AND EXISTS (SELECT 1 FROM workers w WHERE w.id = $1 AND (` + supervises + ` OR w.can_reply AND w.disabled_at IS NULL AND ` +
	skilled + ` AND ` + routed + ` AND ` + unblocked + `))
	 GROUP BY p.priority ORDER BY p.priority`

// list is a part of a queue.
type list struct {
	into         *[]Ticket
	where, order string
}

// Queue returns what a worker's console lists.
func (s *Store) Queue(ctx context.Context, worker uuid.UUID) (q Queue, err error) {
	me := pgx.NamedArgs{"me": worker}
	err = s.readAlike(ctx, func(tx pgx.Tx) error {
		var all bool // the scan for it is spared those who get none
		err := tx.QueryRow(ctx, `SELECT r.rev, coalesce(w.role = 'supervisor', false), coalesce(`+load+`, 0), coalesce(w.capacity, 0)
			FROM (SELECT coalesce(max(id), 0) AS rev FROM ticket_events) r LEFT JOIN workers w ON w.id = @me`, me).Scan(&q.Rev, &all, &q.Load, &q.Capacity)
		if err != nil {
			return err
		}
		if q.Counts, err = readAll[Count](ctx, tx, "count", selectCounts, worker); err != nil {
			return err
		}
		lists := []list{
			{&q.Mine, seen + ` AND ` + owned, `t.claimed_at, t.id`},
			{&q.Offers, seen + ` AND t.state = 'offered' AND t.offered_to = @me AND t.offer_until > now()`, `t.offer_until, t.id`},
			{&q.Transfers, addressed, `t.transfer_until, t.id`},
		}
		if all {
			lists = append(lists, list{&q.All, `t.state NOT IN ('returned', 'closed') AND ` + supervised,
				fmt.Sprintf(`t.state NOT IN ('queued', 'offered'), %s LIMIT %d`, queueOrder, listLimit)})
		}
		for _, list := range lists {
			if *list.into, err = ticketsWhere(ctx, tx, list.where+` ORDER BY `+list.order, me); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Queue{}, fmt.Errorf("read queue: %w", err)
	}
	slices.SortStableFunc(q.Mine, func(a, b Ticket) int { return sooner(a.ReplyDue, b.ReplyDue) })
	return q, nil
}

// readAlike reads several things as they are at one moment.
func (s *Store) readAlike(ctx context.Context, f func(tx pgx.Tx) error) error {
	tx, err := s.db.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // nothing was written
	if _, err := tx.Exec(ctx, `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`); err != nil {
		return err
	}
	return f(tx)
}

// sooner orders times; no time is later than all.
func sooner(a, b *time.Time) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return a.Compare(*b)
}
