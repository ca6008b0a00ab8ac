package handoff

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// The ladder is who is called, and when, until somebody takes a ticket (handover design §3.2). Its truth is in the
// ticket: ladder says how often it was set up, next_rung how many rungs have fired, next_rung_at when the next one is
// due. The last rung repeats, so next_rung may go beyond it.

// rung is one step of the ladder of a priority.
type rung struct {
	Rung     int
	After    pgtype.Interval // from where the ladder begins, or from the deadline
	Audience string          // workers, supervisors or phone_tree
	Channels []string        // console, desktop, robot, phone
	WidenTo  *int            // digits of the region that the ticket is shown in from now on
	Repeats  *pgtype.Interval
}

// noRung is a call that belongs to no ladder: it is made although somebody has the ticket.
const noRung = -1

// template says what a notification is about. Those of a ladder are taken back when somebody has the ticket.
func (r rung) template() string {
	if r.Rung == noRung {
		return "transfer"
	}
	return "rung"
}

// ladder is what a priority is promised, and who is called when the promise is in danger.
type ladder struct {
	priority     int
	claimWithin  *pgtype.Interval // nil: by the end of the next working period; rungs are counted from the deadline
	usesCalendar bool
	rungs        []rung
	calendar     calendar // of the region; read only where it is used
}

// readLadder reads the ladder of a priority in a region, as it is from a time on.
func readLadder(ctx context.Context, tx pgx.Tx, priority int, region string, from time.Time) (l ladder, err error) {
	l.priority = priority
	err = tx.QueryRow(ctx, `SELECT claim_within, uses_calendar FROM sla_policy WHERE priority = $1`, priority).Scan(&l.claimWithin, &l.usesCalendar)
	if err != nil {
		return l, fmt.Errorf("read deadlines of priority %d: %w", priority, err)
	}
	l.rungs, err = readAll[rung](ctx, tx, "read ladder", `SELECT rung, after, audience, channels, widen_to, repeats
		FROM sla_rungs WHERE priority = $1 ORDER BY rung`, priority)
	if err != nil {
		return l, err
	}
	if len(l.rungs) == 0 {
		return l, fmt.Errorf("read ladder of priority %d: it has no rungs", priority)
	}
	if l.usesCalendar {
		l.calendar, err = readCalendar(ctx, tx, region, from)
	}
	return l, err
}

// due is when somebody must have taken a ticket whose ladder begins at a time.
func (l ladder) due(begins time.Time) time.Time {
	if l.claimWithin == nil {
		if !l.usesCalendar {
			return begins.Add(24 * time.Hour)
		}
		return l.calendar.close(begins)
	}
	return l.move(begins, *l.claimWithin)
}

// move adds an interval: in working time where the priority has a calendar, on the wall clock otherwise.
func (l ladder) move(t time.Time, by pgtype.Interval) time.Time {
	if l.usesCalendar {
		return l.calendar.add(t, by)
	}
	return t.Add(wallClock(by))
}

// wallClock is an interval on the wall clock.
func wallClock(i pgtype.Interval) time.Duration {
	return time.Duration(i.Microseconds)*time.Microsecond + time.Duration(i.Days+30*i.Months)*24*time.Hour
}

// at returns the rung that fires as the n-th; beyond the last one that is the last one again.
func (l ladder) at(n int) rung { return l.rungs[min(n, len(l.rungs)-1)] }

// next is when the n-th rung fires of a ticket whose ladder begins at a time, if the one before fires now. nil: never.
func (l ladder) next(n int, begins, now time.Time) *time.Time {
	if n >= len(l.rungs) {
		last := l.rungs[len(l.rungs)-1]
		if last.Repeats == nil {
			return nil
		}
		again := l.move(now, *last.Repeats) // from now: what was missed is not made up for
		return &again
	}
	from := begins
	if l.claimWithin == nil {
		from = l.due(begins)
	}
	at := latest(l.move(from, l.rungs[n].After), begins)
	return &at
}

// dueAt is when somebody must have taken a ticket of a priority and region that is opened at a time. P0 and P1 run on
// the wall clock, always; P2 and P3 in the region's working time.
func dueAt(ctx context.Context, tx pgx.Tx, priority int, region string, opened time.Time) (time.Time, error) {
	l, err := readLadder(ctx, tx, priority, region, opened)
	if err != nil {
		return time.Time{}, err
	}
	return l.due(opened), nil
}

// held is a ticket on its ladder, locked.
type held struct {
	id       uuid.UUID
	no       string
	conv     uuid.UUID
	state    string
	priority int
	epoch    int64
	region   string
	county   string // name of the county or what else the region is
	ladder   int
	next     int
	begins   time.Time
	enqueued time.Time
	now      time.Time  // of the database
	callback bool       // the ladder began at the time of a callback
	offered  *uuid.UUID // to whom
	route    string     // prefix of the region in which it is shown
}

const selectHeld = `SELECT t.id, t.no, t.conversation_id, t.state, t.priority, t.epoch, t.region_code, r.name, t.ladder, t.next_rung,
	coalesce(t.ladder_at, t.enqueued_at), t.enqueued_at, now(), t.ladder_at IS NOT NULL, t.offered_to, t.route_prefix
	FROM tickets t JOIN regions r ON r.code = t.region_code `

func scanHeld(row pgx.Row) (h held, err error) {
	err = row.Scan(&h.id, &h.no, &h.conv, &h.state, &h.priority, &h.epoch, &h.region, &h.county, &h.ladder, &h.next,
		&h.begins, &h.enqueued, &h.now, &h.callback, &h.offered, &h.route)
	return h, err
}

// steps reads the ladder that the ticket is on. A callback that nobody took is at least a P2 (handover design §3.1).
func (h held) steps(ctx context.Context, tx pgx.Tx) (ladder, error) {
	priority := h.priority
	if h.callback {
		priority = min(priority, 2)
	}
	return readLadder(ctx, tx, priority, h.region, h.begins)
}

// fireRungZero begins the ladder of a ticket: whoever should take it is told at once. Called in the transaction that
// opened it, or gave it another priority, or made its callback due. Rungs are counted from where they were, so those
// that are overdue by a new priority fire at once. A ticket that somebody has calls nobody; its ladder waits from rung
// 1 on. It returns what has to be rung after the commit.
func fireRungZero(ctx context.Context, tx pgx.Tx, ticket uuid.UUID) ([]Alert, error) {
	return startLadder(ctx, tx, ticket, true)
}

// resumeLadder goes on with the ladder of a ticket that is in the queue again: those who were called first are called
// again, and rungs that are overdue by now fire at once. Called in the transaction that queued it. It returns what has
// to be rung after the commit.
func resumeLadder(ctx context.Context, tx pgx.Tx, ticket uuid.UUID) ([]Alert, error) {
	return startLadder(ctx, tx, ticket, false)
}

// startLadder rings rung 0 and sets the time of the rung after it, or with anew unset of the first that has not fired.
func startLadder(ctx context.Context, tx pgx.Tx, ticket uuid.UUID, anew bool) ([]Alert, error) {
	h, err := scanHeld(tx.QueryRow(ctx, selectHeld+`WHERE t.id = $1 FOR UPDATE OF t`, ticket))
	if err != nil {
		return nil, fmt.Errorf("start ladder: %w", err)
	}
	steps, err := h.steps(ctx, tx)
	if err != nil {
		return nil, err
	}
	if h.ladder++; anew || h.next == 0 {
		h.next = 1
	}
	at := steps.next(h.next, h.begins, h.now)
	if h.next >= len(steps.rungs) && at != nil {
		at = &h.now // the last rung has fired, and nobody has the ticket any more
	}
	waits := h.state == "queued" || h.state == "offered"
	if !waits {
		at = nil
	}
	_, err = tx.Exec(ctx, `UPDATE tickets SET ladder = $2, next_rung = $3, next_rung_at = $4 WHERE id = $1`, ticket, h.ladder, h.next, at)
	if err != nil {
		return nil, fmt.Errorf("start ladder: %w", err)
	}
	if !waits {
		return nil, nil
	}
	prefix, err := h.reroute(ctx, tx, nil)
	if err != nil {
		return nil, err
	}
	alert, err := h.call(ctx, tx, steps.at(0), 0, prefix)
	if err != nil {
		return nil, err
	}
	return []Alert{alert}, schedule(ctx, tx, rungJob{h.id}, at, h.now)
}
