// Package handoff keeps the tickets that bring a person into a conversation. Here they are opened, raised and listed;
// who takes them is the queue's business, which is yet to come.
package handoff

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Ticket is a wish for a person, made by whatever noticed that one is needed.
type Ticket struct {
	Conversation uuid.UUID
	UserSeq      int64  // the message that it is about
	Priority     int    // 0 (danger now), 1 or 2
	Reason       string // a code, as danger.suicide or help_button
	Origin       string // user, rule, model, bot_action, bot_failure, worker or system
	Evidence     []Evidence
	Version      string // of what found the evidence
}

// Evidence is what speaks for a ticket. Start and End are byte offsets into the message; both are 0 where it is no
// stretch of it.
type Evidence struct {
	Source     string // of triage: rules, classifier, model, …; or worker
	Rule       string
	Seq        int64 // of the message; 0 means the ticket's
	Start, End int
	Score      float32 // of a model; 0 where there is none
	Priority   int     // that it alone asks for
}

// claimWithin is how soon a person must take a ticket, by priority. P3 counts in working periods and comes with the
// calendar: nothing that triage finds is less than P2.
var claimWithin = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute}

// routeDigits is how far up a ticket is shown from the start, in digits of the region: P0 to the city and below, the
// others to the county.
var routeDigits = []int{4, 6, 6}

// again is how long after its end a serious ticket is the beginning of the next one.
const again = 72 * time.Hour

// Open opens a ticket, or raises the one that is open: of two at the same time one opens it, the other adds to it.
// opened says whether the ticket is new.
//
// The conversation stays with the bot. Mode waiting means that the bot is silent and a person is on the way; as long
// as there is no queue nobody would come, and a child would be left without an answer.
//
// Locks are taken in the order ticket, conversation.
func Open(ctx context.Context, tx pgx.Tx, t Ticket) (id uuid.UUID, opened bool, err error) {
	if t.Priority < 0 || t.Priority >= len(claimWithin) {
		return uuid.Nil, false, fmt.Errorf("open ticket: no claim time for priority %d", t.Priority)
	}
	for {
		// Whoever wins the insertion has committed when the loser's insertion returns nothing, so the loser finds an
		// open ticket, unless that was closed in the meantime.
		var have standing
		if have, err = lockOpen(ctx, tx, t.Conversation); err == nil {
			id, err = have.id, have.raise(ctx, tx, t)
			break
		}
		if err != pgx.ErrNoRows {
			break
		}
		if id, err = insert(ctx, tx, t); err == nil {
			opened = true
			break
		}
		if err != pgx.ErrNoRows {
			break
		}
	}
	if err == nil {
		err = retain(ctx, tx, t.Conversation)
	}
	if err != nil {
		return uuid.Nil, false, fmt.Errorf("open ticket: %w", err)
	}
	return id, opened, nil
}

// insertTicket inserts nothing where a ticket is open. The day in its number is China's.
const insertTicket = `
	INSERT INTO tickets (id, no, conversation_id, prev_ticket_id, state, priority, queue_rank, reason_code, origin,
	                     region_code, route_prefix, due_at)
	SELECT $1, to_char(now() AT TIME ZONE interval '8 hours', 'YYYYMMDD-') || lpad(n.no, greatest(6, length(n.no)), '0'),
	       c.id, (SELECT p.id FROM (SELECT * FROM tickets WHERE conversation_id = c.id ORDER BY enqueued_at DESC LIMIT 1) p
	               WHERE p.state = 'closed' AND p.priority <= 1 AND p.closed_at > now() - $3::interval),
	       'queued', $4, $4, $5, $6, r.code, left(r.prefix, $7), now() + $8::interval
	  FROM conversations c JOIN regions r ON r.code = c.region_code,
	       LATERAL (SELECT nextval('ticket_numbers')::text AS no) n
	 WHERE c.id = $2
	ON CONFLICT (conversation_id) WHERE state NOT IN ('returned', 'closed') DO NOTHING
	RETURNING id`

// insert opens a ticket; pgx.ErrNoRows means that one is open already.
func insert(ctx context.Context, tx pgx.Tx, t Ticket) (id uuid.UUID, err error) {
	var exists bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM conversations WHERE id = $1)`, t.Conversation).Scan(&exists); err != nil {
		return uuid.Nil, err
	}
	if !exists {
		return uuid.Nil, fmt.Errorf("no conversation %s", t.Conversation)
	}
	err = tx.QueryRow(ctx, insertTicket, uuid.Must(uuid.NewV7()), t.Conversation, again, t.Priority, t.Reason, t.Origin,
		routeDigits[t.Priority], claimWithin[t.Priority]).Scan(&id)
	if err != nil {
		return uuid.Nil, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO ticket_events (ticket_id, epoch, event, transition, to_state, actor_kind, reason, data)
		VALUES ($1, 0, 'ticket.opened', true, 'queued', $2, $3, $4)`,
		id, actor(t.Origin), t.Reason, map[string]any{"priority": t.Priority, "user_seq": t.UserSeq})
	if err != nil {
		return uuid.Nil, err
	}
	_, err = addEvidence(ctx, tx, id, t)
	return id, err
}

// standing is an open ticket, locked.
type standing struct {
	id       uuid.UUID
	priority int
	epoch    int64
}

func lockOpen(ctx context.Context, tx pgx.Tx, conv uuid.UUID) (s standing, err error) {
	err = tx.QueryRow(ctx, `SELECT id, priority, epoch FROM tickets
		WHERE conversation_id = $1 AND state NOT IN ('returned', 'closed') FOR UPDATE`, conv).Scan(&s.id, &s.priority, &s.epoch)
	return s, err
}

// raise adds evidence to an open ticket and makes it as urgent as that asks for: never less urgent than it was.
func (s standing) raise(ctx context.Context, tx pgx.Tx, t Ticket) error {
	added, err := addEvidence(ctx, tx, s.id, t)
	if err != nil {
		return err
	}
	if added > 0 {
		if err := s.note(ctx, tx, "evidence.added", t, map[string]any{"count": added, "user_seq": t.UserSeq}); err != nil {
			return err
		}
	}
	if t.Priority >= s.priority {
		return nil
	}
	_, err = tx.Exec(ctx, `UPDATE tickets SET priority = $2, queue_rank = least(queue_rank, $2),
		due_at = least(due_at, enqueued_at + $3::interval), route_prefix = left(route_prefix, $4) WHERE id = $1`,
		s.id, t.Priority, claimWithin[t.Priority], routeDigits[t.Priority])
	if err != nil {
		return err
	}
	return s.note(ctx, tx, "priority.raised", t, map[string]any{"from": s.priority, "to": t.Priority, "user_seq": t.UserSeq})
}

// note writes an event that is no transition.
func (s standing) note(ctx context.Context, tx pgx.Tx, event string, t Ticket, data map[string]any) error {
	_, err := tx.Exec(ctx, `INSERT INTO ticket_events (ticket_id, epoch, event, transition, actor_kind, reason, data)
		VALUES ($1, $2, $3, false, $4, $5, $6)`, s.id, s.epoch, event, actor(t.Origin), t.Reason, data)
	return err
}

// addEvidence stores what is not stored yet: a turn that is run twice says nothing new the second time.
func addEvidence(ctx context.Context, tx pgx.Tx, id uuid.UUID, t Ticket) (added int64, err error) {
	for _, e := range t.Evidence {
		seq := e.Seq
		if seq == 0 {
			seq = t.UserSeq
		}
		var from, to *int
		if e.Start < e.End {
			from, to = &e.Start, &e.End
		}
		tag, err := tx.Exec(ctx, `INSERT INTO ticket_evidence (ticket_id, source, rule_id, version, msg_seq, span_from, span_to, score, proposed_priority)
			SELECT $1, $2, nullif($3, ''), $4, nullif($5::bigint, 0), $6, $7, nullif($8::real, 0), $9
			 WHERE NOT EXISTS (SELECT 1 FROM ticket_evidence WHERE ticket_id = $1 AND source = $2
			   AND (rule_id, version, msg_seq, span_from, span_to, proposed_priority)
			       IS NOT DISTINCT FROM (nullif($3, ''), $4, nullif($5::bigint, 0), $6::int, $7::int, $9::smallint))`,
			id, source(e.Source), e.Rule, t.Version, seq, from, to, e.Score, e.Priority)
		if err != nil {
			return 0, fmt.Errorf("store evidence: %w", err)
		}
		added += tag.RowsAffected()
	}
	return added, nil
}

// source is what a ticket tells apart: rules with all that is written down beforehand, what was learned, a person.
func source(of string) string {
	switch of {
	case "classifier", "model":
		return "model"
	case "worker":
		return "worker"
	}
	return "rule"
}

func actor(origin string) string {
	switch origin {
	case "user", "worker":
		return origin
	case "bot_action", "bot_failure":
		return "bot"
	}
	return "system"
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
