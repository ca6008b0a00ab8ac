// Package handoff keeps the tickets that bring a person into a conversation: how they are opened and raised, who takes
// them, how they pass from hand to hand and end, and who is called while nobody does. It knows nothing of HTTP.
package handoff

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// Request is a wish for a person, made by whatever noticed that one is needed.
type Request struct {
	Conversation uuid.UUID
	UserSeq      int64  // the message that it is about; 0 where it is about none
	Priority     int    // 0 (danger now) to 3 (paperwork)
	Reason       string // a code, as danger.suicide or help_button
	Origin       string // user, rule, model, bot_action, bot_failure, worker or system
	Skills       []string
	Evidence     []Evidence
	Version      string // of what found the evidence
}

// Opened is what became of a request. Whoever commits the transaction announces the change.
type Opened struct {
	ID     uuid.UUID
	No     string
	New    bool // a ticket was opened; otherwise the open one was added to
	Raised bool // it is more urgent than before
	Waits  bool // it is new, or back in the queue after a callback was agreed: the family is to be told with Announce
	Change Change
}

// again is how long after its end a serious ticket is the beginning of the next one.
const again = 72 * time.Hour

// serious is the last priority that needs a person's judgement to end: P1.
const serious = 1

// Open opens a ticket, or raises the one that is open: of two at the same time one opens it, the other adds to it.
//
// The conversation is waiting from then on, and the bot goes on answering until somebody claims the ticket: nobody is
// left in silence. Locks are taken in the order ticket, conversation.
func Open(ctx context.Context, tx pgx.Tx, t Request) (Opened, error) {
	return open(ctx, tx, audit.Actor{Role: actorOf(t.Origin), Request: "turn"}, t)
}

func open(ctx context.Context, tx pgx.Tx, by audit.Actor, t Request) (o Opened, err error) {
	if t.Priority < 0 || t.Priority > 3 {
		return o, fmt.Errorf("open ticket: no priority %d", t.Priority)
	}
	for {
		// Whoever wins the insertion has committed when the loser's insertion returns nothing, so the loser finds an
		// open ticket, unless that was closed in the meantime.
		var have current
		if have, err = lockOpen(ctx, tx, t.Conversation); err == nil {
			o, err = have.raise(ctx, tx, by, t)
			break
		}
		if err != pgx.ErrNoRows {
			break
		}
		if o, err = insert(ctx, tx, by, t); err != pgx.ErrNoRows {
			break
		}
	}
	if err == nil {
		err = retain(ctx, tx, t.Conversation)
	}
	if err != nil {
		return Opened{}, fmt.Errorf("open ticket: %w", err)
	}
	return o, nil
}

// suspected: somebody whose duty is to look after the child may be the one who does harm. Nobody of the county's unit
// or below may have the ticket then, and it is shown one level further up.
const suspected = `EXISTS (SELECT 1 FROM assessments s WHERE s.conversation_id = $1 AND s.worker_suspect)`

// unitDigits is the county: people whose scope has so many digits or more are colleagues of a suspected worker.
const unitDigits = 6

// insertTicket inserts nothing where a ticket is open. The day in its number is China's.
const insertTicket = `
	INSERT INTO tickets (id, no, conversation_id, prev_ticket_id, state, priority, queue_rank, reason_code, origin,
	                     region_code, route_prefix, skills, due_at, suspect_digits)
	SELECT $2, to_char(now() AT TIME ZONE interval '8 hours', 'YYYYMMDD-') || lpad(n.no, greatest(6, length(n.no)), '0'),
	       c.id, (SELECT p.id FROM (SELECT * FROM tickets WHERE conversation_id = c.id ORDER BY enqueued_at DESC LIMIT 1) p
	               WHERE p.state = 'closed' AND p.priority <= $9 AND p.closed_at > now() - $3::interval),
	       'queued', $4, $4, $5, $6, r.code, left(r.prefix, p.route_digits - CASE WHEN x.suspect THEN 2 ELSE 0 END),
	       coalesce($7::text[], '{}'), $8, CASE WHEN x.suspect THEN $10::smallint END
	  FROM conversations c JOIN regions r ON r.code = c.region_code JOIN sla_policy p ON p.priority = $4,
	       LATERAL (SELECT nextval('ticket_numbers')::text AS no) n, LATERAL (SELECT ` + suspected + ` AS suspect) x
	 WHERE c.id = $1
	ON CONFLICT (conversation_id) WHERE state NOT IN ('returned', 'closed') DO NOTHING
	RETURNING no`

// insert opens a ticket; pgx.ErrNoRows means that one is open already.
func insert(ctx context.Context, tx pgx.Tx, by audit.Actor, t Request) (Opened, error) {
	o := Opened{ID: uuid.Must(uuid.NewV7()), New: true, Waits: true}
	var region string
	var now time.Time
	err := tx.QueryRow(ctx, `SELECT region_code, now() FROM conversations WHERE id = $1`, t.Conversation).Scan(&region, &now)
	if err == pgx.ErrNoRows {
		return o, fmt.Errorf("no conversation %s", t.Conversation)
	}
	if err != nil {
		return o, err
	}
	due, err := dueAt(ctx, tx, t.Priority, region, now)
	if err != nil {
		return o, err
	}
	err = tx.QueryRow(ctx, insertTicket, t.Conversation, o.ID, again, t.Priority, t.Reason, t.Origin, t.Skills, due, serious, unitDigits).Scan(&o.No)
	if err != nil {
		return o, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO ticket_events (ticket_id, epoch, event, transition, to_state, actor_kind, actor_id, reason, data)
		VALUES ($1, 0, 'ticket.opened', true, 'queued', $2, $3, $4, $5)`,
		o.ID, actorKind(by), actorID(by), t.Reason, detail{Priority: &t.Priority, UserSeq: t.UserSeq})
	if err != nil {
		return o, err
	}
	if _, err = addEvidence(ctx, tx, o.ID, t); err != nil {
		return o, err
	}
	alerts, err := fireRungZero(ctx, tx, o.ID)
	if err != nil {
		return o, err
	}
	// A closed conversation that opens again changes hands; from the bot to the bot that waits for a person nothing does.
	_, err = tx.Exec(ctx, `UPDATE conversations SET mode = 'waiting', epoch = epoch + (mode = 'closed')::int WHERE id = $1 AND mode IN ('bot', 'closed')`,
		t.Conversation)
	if err != nil {
		return o, err
	}
	m := moved{ID: o.ID, Conversation: t.Conversation, Region: region}
	o.Change = m.change(alerts...)
	return o, m.log(ctx, tx, by, "ticket.opened", t.Reason, detail{Priority: &t.Priority, UserSeq: t.UserSeq})
}

// Reopen opens a ticket where a family writes again after a serious one that ended less than 72 hours ago: the person
// who helped then may be needed at once. ok is false where there is nothing to do.
func Reopen(ctx context.Context, tx pgx.Tx, conv uuid.UUID, seq int64) (o Opened, ok bool, err error) {
	if ok, err = follows(ctx, tx, conv); !ok || err != nil {
		return o, false, err
	}
	o, err = Open(ctx, tx, Request{Conversation: conv, UserSeq: seq, Priority: serious, Reason: "reopened", Origin: "system"})
	return o, true, err
}

// follows tells whether the last ticket of a conversation was serious and ended less than 72 hours ago.
func follows(ctx context.Context, tx pgx.Tx, conv uuid.UUID) (ok bool, err error) {
	err = tx.QueryRow(ctx, `SELECT coalesce((SELECT t.state = 'closed' AND t.priority <= $3 AND t.closed_at > now() - $2::interval
		FROM tickets t WHERE t.conversation_id = $1 ORDER BY t.enqueued_at DESC LIMIT 1), false)`, conv, again, serious).Scan(&ok)
	if err != nil {
		return false, fmt.Errorf("look for an earlier ticket: %w", err)
	}
	return ok, nil
}

// retain takes a conversation with a ticket from those that are deleted after a month: it is a case, or evidence of
// one of the nine situations that must be reported.
func retain(ctx context.Context, tx pgx.Tx, conv uuid.UUID) error {
	_, err := tx.Exec(ctx, `UPDATE conversations c SET retention_class = n.class
		FROM (SELECT CASE WHEN EXISTS (SELECT 1 FROM assessments WHERE conversation_id = $1 AND flags <> '{}')
		             THEN 'report' ELSE 'case' END AS class) n
		WHERE c.id = $1 AND c.retention_class <> n.class AND c.retention_class <> 'report'`, conv)
	if err != nil {
		return fmt.Errorf("keep conversation: %w", err)
	}
	return nil
}
