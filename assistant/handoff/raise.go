package handoff

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// current is the open ticket, locked.
type current struct {
	id       uuid.UUID
	no       string
	conv     uuid.UUID
	state    string
	priority int
	epoch    int64
	region   string
	opened   time.Time
	owner    *uuid.UUID
	suspect  bool // nobody of the county's unit may have it
}

const selectCurrent = `SELECT id, no, conversation_id, state, priority, epoch, region_code, enqueued_at, owner_id, suspect_digits IS NOT NULL FROM tickets `

func scanCurrent(row pgx.Row) (h current, err error) {
	err = row.Scan(&h.id, &h.no, &h.conv, &h.state, &h.priority, &h.epoch, &h.region, &h.opened, &h.owner, &h.suspect)
	return h, err
}

// moved is Ticket.moved.
func (h current) moved() moved {
	return moved{ID: h.id, No: h.no, Conversation: h.conv, Region: h.region, Epoch: h.epoch}
}

// lockOpen locks the ticket of a conversation; pgx.ErrNoRows means that none is open.
func lockOpen(ctx context.Context, tx pgx.Tx, conv uuid.UUID) (current, error) {
	return scanCurrent(tx.QueryRow(ctx, selectCurrent+`WHERE conversation_id = $1 AND state NOT IN ('returned', 'closed') FOR UPDATE`, conv))
}

// remarked is what an event that is no transition says.
type remarked struct {
	From    *int   `json:"from,omitempty"`
	To      *int   `json:"to,omitempty"`
	Count   int64  `json:"count,omitempty"`
	UserSeq int64  `json:"user_seq,omitempty"`
	Second  string `json:"second,omitempty"` // id of whoever agreed
}

// raise adds evidence to an open ticket and makes it as urgent as that asks for: never less urgent than it was. One
// that waits for the time of a callback comes back to the queue. One that somebody has stays with them.
func (h current) raise(ctx context.Context, tx pgx.Tx, by audit.Actor, t Request) (Opened, error) {
	o := Opened{ID: h.id, No: h.no, Raised: t.Priority < h.priority, Waits: h.state == "callback"}
	added, err := addEvidence(ctx, tx, h.id, t)
	if err != nil {
		return o, err
	}
	if added > 0 {
		if err := remark(ctx, tx, by, h.id, "evidence.added", t.Reason, remarked{Count: added, UserSeq: t.UserSeq}); err != nil {
			return o, err
		}
	}
	if err := h.requeue(ctx, tx, by, t); err != nil {
		return o, err
	}
	bypassed, err := h.bypass(ctx, tx, by)
	if err != nil {
		return o, err
	}
	if !o.Raised && !bypassed && !o.Waits {
		return o, nil
	}
	o.Change = h.moved().change()
	if o.Raised {
		what := remarked{From: &h.priority, To: &t.Priority, UserSeq: t.UserSeq}
		if err := h.lift(ctx, tx, by, t.Priority, t.Reason, what); err != nil {
			return o, err
		}
	}
	o.Change.Alerts, err = h.ring(ctx, tx, min(h.priority, t.Priority))
	return o, err
}

// requeued brings back a ticket that waits for the time of a callback.
var requeued = compile(arrow{event: "ticket.requeued", from: `t.state = 'callback'`, to: "queued",
	set: woken + `, due_at = @due::timestamptz`, mode: "waiting", quiet: true})

// requeue brings the ticket back to where all who may take it see it. An offer is taken back where the ticket has
// become serious: then it is not one person's to accept. After a callback time begins anew.
func (h *current) requeue(ctx context.Context, tx pgx.Tx, by audit.Actor, t Request) (err error) {
	args, what := pgx.NamedArgs{"id": h.id, "epoch": h.epoch}, detail{UserSeq: t.UserSeq}
	switch {
	case h.state == "callback":
		if err = tx.QueryRow(ctx, `SELECT now()`).Scan(&h.opened); err != nil {
			return err
		}
		if args["due"], err = dueAt(ctx, tx, min(h.priority, 2), h.region, h.opened); err != nil {
			return err
		}
		_, err = requeued.move(ctx, tx, by, t.Reason, what, args)
	case h.state == "offered" && t.Priority <= serious:
		_, err = offerLapsed.move(ctx, tx, by, t.Reason, what, args)
	}
	return err
}

// lift changes the priority. Up, the deadline comes nearer, the ticket is shown further up, and what waiting has done
// to the rank stays; down, deadline and rank are as if it had been opened so, and whoever was shown the ticket still
// sees it.
func (h current) lift(ctx context.Context, tx pgx.Tx, by audit.Actor, to int, reason string, what remarked) error {
	due, err := dueAt(ctx, tx, to, h.region, h.opened)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE tickets t SET priority = $2, queue_rank = CASE WHEN $2 < t.priority THEN least(t.queue_rank, $2) ELSE $2 END,
			due_at = CASE WHEN $2 < t.priority THEN least(t.due_at, $3) ELSE $3 END,
			route_prefix = left(t.route_prefix, `+shownDigits+`)
		FROM sla_policy p WHERE t.id = $1 AND p.priority = $2`, h.id, to, due)
	if err != nil {
		return fmt.Errorf("set priority: %w", err)
	}
	event := "priority.raised"
	if to > h.priority {
		event = "priority.lowered"
	}
	if err := remark(ctx, tx, by, h.id, event, reason, what); err != nil {
		return err
	}
	return h.moved().log(ctx, tx, by, event, reason, detail{Priority: &to, UserSeq: what.UserSeq})
}

// bypass keeps the ticket from the unit of a worker who is suspected from now on.
func (h current) bypass(ctx context.Context, tx pgx.Tx, by audit.Actor) (bool, error) {
	if h.suspect {
		return false, nil
	}
	tag, err := tx.Exec(ctx, `UPDATE tickets t SET suspect_digits = $3, route_prefix = left(t.route_prefix, p.route_digits - 2)
		FROM sla_policy p WHERE t.id = $2 AND p.priority = t.priority AND `+suspected, h.conv, h.id, unitDigits)
	if err != nil {
		return false, fmt.Errorf("bypass unit: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return false, nil
	}
	return true, remark(ctx, tx, by, h.id, "route.bypassed", "", remarked{})
}

// ring calls for a ticket that has become more urgent: all who may take it, or whoever has it, who is all of the
// audience then.
func (h current) ring(ctx context.Context, tx pgx.Tx, priority int) ([]Alert, error) {
	alerts, err := fireRungZero(ctx, tx, h.id) // of a ticket that somebody has, it only sets the ladder
	if err != nil || h.owner == nil {
		return alerts, err
	}
	return []Alert{{Ticket: h.id, No: h.no, Priority: priority, Region: h.region, Prefix: h.region, Audience: "workers"}}, nil
}
