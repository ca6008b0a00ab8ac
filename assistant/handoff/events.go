package handoff

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// Events returns what has happened to a ticket, oldest first, to whoever may read its conversation.
func (s *Store) Events(ctx context.Context, by audit.Actor, id uuid.UUID) ([]Event, error) {
	if _, err := s.Read(ctx, by, id); err != nil {
		return nil, err
	}
	return readAll[Event](ctx, s.db, "read events", `SELECT e.id, e.epoch, e.event, e.transition, coalesce(e.from_state, ''), coalesce(e.to_state, ''), e.actor_kind, e.actor_id,
			coalesce(w.name, ''), coalesce(e.reason, ''), e.data, e.at
		FROM ticket_events e LEFT JOIN workers w ON w.id = e.actor_id WHERE e.ticket_id = $1 ORDER BY e.id`, id)
}

// Earlier returns the other tickets of whoever opened the conversation, newest first. Only the owner of the ticket may
// see them, and only those of which they may know: what has ended is no door into another region.
func (s *Store) Earlier(ctx context.Context, by audit.Actor, id uuid.UUID) ([]Ticket, error) {
	if _, err := ticketFor(ctx, s.db, seen+` AND `+owned, by, id); err != nil {
		return nil, err
	}
	return ticketsWhere(ctx, s.db, `t.id <> @id AND t.conversation_id IN (SELECT o.id FROM conversations o
			WHERE o.opener_id = (SELECT c.opener_id FROM conversations c JOIN tickets k ON k.conversation_id = c.id WHERE k.id = @id))
		AND `+seen+` ORDER BY t.enqueued_at DESC LIMIT 20`, pgx.NamedArgs{"id": id, "me": by.ID})
}
