package handoff

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// locate moves a ticket that nobody has into a region within its own.
const locate = `
	UPDATE tickets t SET region_code = r.code, route_prefix = left(r.prefix, ` + shownDigits + `)
	  FROM conversations c JOIN regions r ON r.code = c.region_code, regions was, sla_policy p
	 WHERE t.id = $1 AND c.id = t.conversation_id AND was.code = t.region_code AND p.priority = t.priority AND t.owner_id IS NULL
	   AND starts_with(r.prefix, was.prefix) AND length(r.prefix) > length(was.prefix)
	RETURNING t.region_code`

// Locate takes the open ticket of a conversation to where the family has said it is. Most conversations begin with the
// whole country, in which nobody of a county would see the ticket. It only becomes more precise: nobody can send a ticket
// away from those who watch over the place. A ticket that somebody has stays as it is.
func (s *Store) Locate(ctx context.Context, by audit.Actor, conv uuid.UUID) error {
	err := s.change(ctx, func(tx pgx.Tx) (Change, error) {
		if err := checkFamily(ctx, tx, conv, by.ID); err != nil {
			return Change{}, err
		}
		h, err := lockOpen(ctx, tx, conv)
		if err == nil {
			err = tx.QueryRow(ctx, locate, h.id).Scan(&h.region)
		}
		if err == pgx.ErrNoRows { // nothing is open, or it is there already
			return Change{}, nil
		}
		if err != nil {
			return Change{}, err
		}
		return h.located(ctx, tx, by)
	})
	if err != nil {
		return fmt.Errorf("locate ticket: %w", err)
	}
	return nil
}

// located calls those who can see the ticket from now on.
func (h current) located(ctx context.Context, tx pgx.Tx, by audit.Actor) (Change, error) {
	due, err := dueAt(ctx, tx, h.priority, h.region, h.opened)
	if err != nil {
		return Change{}, err
	}
	if h.state != "callback" { // that one's time was agreed on
		if _, err := tx.Exec(ctx, `UPDATE tickets SET due_at = least(due_at, $2) WHERE id = $1`, h.id, due); err != nil {
			return Change{}, fmt.Errorf("set deadline: %w", err)
		}
	}
	if err := remark(ctx, tx, by, h.id, "region.set", "", remarked{}); err != nil {
		return Change{}, err
	}
	m := h.moved()
	c := m.change()
	if c.Alerts, err = fireRungZero(ctx, tx, h.id); err != nil {
		return Change{}, err
	}
	return c, m.log(ctx, tx, by, "ticket.located", "", detail{})
}
