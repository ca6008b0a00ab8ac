package handoff

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

var (
	offerLapsed     = compile(arrow{event: "ticket.offer_lapsed", from: `t.state = 'offered'`, to: "queued", set: unoffered})
	transferTimeout = compile(arrow{event: "ticket.transfer_timeout", from: `t.state = 'transferring'`, to: "claimed", set: stays})
	callbackDue     = compile(arrow{event: "ticket.callback_due", from: `t.state = 'callback'`, to: "queued",
		set: woken + `, due_at = t.callback_at`, mode: "waiting", quiet: true})
)

// woken is what becomes of a ticket after a callback: it is a P2 in the queue at least, and its ladder begins anew.
const woken = `queue_rank = least(t.queue_rank, 2), ladder_at = now(), claimed_at = NULL`

// lapses ends offers that nobody took up.
var lapses = sweep{
	name:  "end offers",
	due:   `t.state = 'offered' AND t.offer_until < now()`,
	order: `t.offer_until`,
	do: func(ctx context.Context, tx pgx.Tx, h held) (Change, error) {
		if err := skip(ctx, tx, h.id, *h.offered); err != nil {
			return Change{}, err
		}
		m, err := offerLapsed.move(ctx, tx, audit.System, "timeout", detail{}, h.at())
		return m.change(), err
	},
}

// transfers ends wishes for a transfer that nobody accepted: the giver goes on. A serious one is a supervisor's matter.
var transfers = sweep{
	name:  "end transfers",
	due:   `t.state = 'transferring' AND t.transfer_until < now()`,
	order: `t.priority, t.transfer_until`,
	do: func(ctx context.Context, tx pgx.Tx, h held) (Change, error) {
		m, err := transferTimeout.move(ctx, tx, audit.System, "timeout", detail{}, h.at())
		if err != nil || h.priority > serious {
			return m.change(), err
		}
		call := rung{Rung: noRung, Audience: "supervisors", Channels: []string{"console", "robot"}}
		prefix, err := h.reach(ctx, tx, call.Audience, h.route)
		if err != nil {
			return Change{}, err
		}
		_, err = h.callOut(ctx, tx, call, "transfer."+strconv.FormatInt(m.Epoch, 10), prefix)
		return m.change(h.alert(call, prefix)), err
	},
}

// callbacks puts a ticket back into the queue shortly before the time at which the family wants to hear. Its ladder
// begins now: what it waited before was agreed.
var callbacks = sweep{
	name:  "wake callbacks",
	due:   `t.state = 'callback' AND t.callback_at - interval '5 min' <= now()`,
	order: `t.callback_at`,
	do: func(ctx context.Context, tx pgx.Tx, h held) (Change, error) {
		m, err := callbackDue.move(ctx, tx, audit.System, "", detail{}, h.at())
		if err != nil {
			return Change{}, err
		}
		alerts, err := fireRungZero(ctx, tx, h.id)
		return m.change(alerts...), err
	},
}

// age moves tickets forward that are overdue: one rank at once, another for every step that they wait on. Rank 0 stays
// with real P0. An aged ticket is due before all others of its new rank, so it is the next of them; its priority stays,
// so that reports are honest.
func (s *Store) age(ctx context.Context) error {
	tag, err := s.db.Exec(ctx, `
		WITH old AS (
		  SELECT t.id, t.epoch, t.queue_rank AS was, greatest(1, t.priority - 1
		         - floor(extract(epoch FROM now() - t.due_at) / extract(epoch FROM p.aging_step))::int)::smallint AS rank
		    FROM tickets t JOIN sla_policy p ON p.priority = t.priority
		   WHERE t.state = 'queued' AND t.priority > 0 AND t.queue_rank > 1 AND t.due_at < now() AND p.aging_step IS NOT NULL
		   ORDER BY t.id FOR UPDATE OF t SKIP LOCKED),
		t AS (UPDATE tickets t SET queue_rank = old.rank, aged_at = now() FROM old WHERE t.id = old.id AND old.rank < t.queue_rank
		      RETURNING t.id, old.epoch, old.was, t.queue_rank AS rank)
		INSERT INTO ticket_events (ticket_id, epoch, event, transition, actor_kind, data)
		SELECT id, epoch, 'aged', false, 'system', jsonb_build_object('from', was, 'to', rank) FROM t`)
	if err != nil {
		return fmt.Errorf("age tickets: %w", err)
	}
	if tag.RowsAffected() > 0 {
		s.changed(Change{Queue: true})
	}
	return nil
}
