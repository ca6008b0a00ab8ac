package handoff

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/riverqueue/river"
)

// Whoever has a ticket is reminded when the family has waited for an answer longer than sla_policy.next_reply allows;
// when a P0 or P1 has waited twice as long, supervisors are called too. A wait is named by the message that began it and
// lasts until the owner writes. Nothing of this costs a message anything: a sweep sees within seconds that somebody
// waits and inserts a River job for the time of the reminder; the job and another sweep make it, whichever is first.
const (
	// unanswered is the first message of the family that nobody of the staff has answered; none where nobody has the
	// ticket.
	unanswered = `(SELECT m.seq, m.created_at AS at FROM messages m
	       WHERE t.owner_id IS NOT NULL AND m.conversation_id = t.conversation_id AND m.sender_kind = 'user'
	         AND m.seq > coalesce((SELECT max(w.seq) FROM messages w WHERE w.conversation_id = t.conversation_id AND w.sender_kind = 'worker'), 0)
	       ORDER BY m.seq LIMIT 1)`
	// waitBegins is since when message a waits for the owner, who is not blamed for what it waited before.
	waitBegins = `greatest(t.claimed_at, a.at)`

	// selectWait reads the wait of a ticket t of which somebody is still to be reminded; times is how often that was done.
	selectWait = `
	SELECT t.owner_id AS owner, a.seq, ` + waitBegins + ` AS begins, p.next_reply, p.uses_calendar, e.times
	  FROM sla_policy p, LATERAL ` + unanswered + ` a,
	       LATERAL (SELECT count(*)::int AS times FROM ticket_events e WHERE e.ticket_id = t.id AND e.event = 'reply.due'
	         AND e.at >= t.claimed_at AND (e.data ->> 'seq')::bigint = a.seq) e
	 WHERE p.priority = t.priority AND e.times < CASE WHEN t.priority <= 1 THEN 2 ELSE 1 END`
	// somebodyWaits: there is such a wait, w, and more holds of it; a condition and a bracket follow.
	somebodyWaits = `t.state IN ('claimed', 'transferring') AND EXISTS (SELECT 1 FROM (` + selectWait + `) w WHERE `
	// replyDue is by when, on the wall clock.
	replyDue = `w.begins + w.next_reply * (w.times + 1)`
)

// wait is a family that waits for the owner of a ticket.
type wait struct {
	Owner        uuid.UUID
	Seq          int64 // of the message
	Begins       time.Time
	NextReply    pgtype.Interval
	UsesCalendar bool
	Times        int // that somebody was reminded
}

// wait reads the wait of the ticket, after its lock: what another node has done about it counts. pgx.ErrNoRows: nobody
// is to be reminded.
func (h held) wait(ctx context.Context, tx pgx.Tx) (wait, error) {
	rows, err := tx.Query(ctx, `SELECT w.* FROM tickets t, LATERAL (`+selectWait+`) w WHERE t.id = $1`, h.id)
	if err != nil {
		return wait{}, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[wait])
}

// due is when the next reminder is made: on the wall clock for P0 and P1, in working time for the others.
func (h held) due(ctx context.Context, tx pgx.Tx, w wait) (time.Time, error) {
	l := ladder{usesCalendar: w.UsesCalendar}
	if l.usesCalendar {
		var err error
		if l.calendar, err = readCalendar(ctx, tx, h.region, w.Begins); err != nil {
			return time.Time{}, err
		}
	}
	due := w.Begins
	for range w.Times + 1 {
		due = l.move(due, w.NextReply)
	}
	return due, nil
}

// reminded is what the event of a reminder says.
type reminded struct {
	Seq      int64  `json:"seq"` // of the message that waits
	Audience string `json:"audience"`
}

// begun inserts the job of a reminder for waits that have begun.
var begun = sweep{
	name: "schedule reminders",
	due: somebodyWaits + replyDue + ` > now() AND NOT EXISTS (SELECT 1 FROM river_job j WHERE j.kind = 'handoff.reply'
		AND j.args @> jsonb_build_object('ticket', t.id, 'owner', w.owner, 'seq', w.seq, 'times', w.times)))`,
	order: `t.priority, t.claimed_at`,
	do: func(ctx context.Context, tx pgx.Tx, h held) (Change, error) {
		w, due, err := h.reminder(ctx, tx)
		if err != nil {
			return Change{}, err
		}
		return Change{}, schedule(ctx, tx, replyJob{h.id, w.Owner, w.Seq, w.Times}, due, h.now)
	},
}

// replies reminds those who let a family wait.
var replies = sweep{
	name:  "remind of replies",
	due:   somebodyWaits + replyDue + ` <= now())`,
	order: `t.priority, t.claimed_at`,
	do: func(ctx context.Context, tx pgx.Tx, h held) (Change, error) {
		w, due, err := h.reminder(ctx, tx)
		if err != nil || due == nil || due.After(h.now) {
			return Change{}, err
		}
		return h.remind(ctx, tx, w)
	},
}

// reminder is what is waited for, and when somebody is reminded of it; nil: nobody is.
func (h held) reminder(ctx context.Context, tx pgx.Tx) (wait, *time.Time, error) {
	w, err := h.wait(ctx, tx)
	if err == pgx.ErrNoRows {
		return w, nil, nil
	}
	if err != nil {
		return w, nil, fmt.Errorf("read what is unanswered: %w", err)
	}
	due, err := h.due(ctx, tx, w)
	return w, &due, err
}

// remind calls the owner; the second time supervisors too.
func (h held) remind(ctx context.Context, tx pgx.Tx, w wait) (Change, error) {
	call, prefix := rung{Rung: noRung, Audience: "workers"}, h.region
	if w.Times > 0 {
		call.Audience = "supervisors"
		var err error
		if prefix, err = h.reach(ctx, tx, call.Audience, h.route); err != nil {
			return Change{}, err
		}
	}
	err := h.wrote(ctx, tx, "reply.due", reminded{w.Seq, call.Audience})
	return Change{Queue: true, Alerts: []Alert{h.alert(call, prefix)}}, err
}

// replyJob is the time of a reminder.
type replyJob struct {
	Ticket uuid.UUID `json:"ticket"`
	Owner  uuid.UUID `json:"owner"`
	Seq    int64     `json:"seq"`   // of the message that waits
	Times  int       `json:"times"` // that somebody was reminded of it before
}

// Kind names the job in River's table.
func (replyJob) Kind() string { return "handoff.reply" }

// InsertOpts keeps reminders with the ladder.
func (replyJob) InsertOpts() river.InsertOpts { return jobOpts }

func (j replyJob) ticket() uuid.UUID { return j.Ticket }
