package handoff

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// Numbered finds the ticket with a number, as a notification names it, for somebody who may know of it. ErrNotFound
// where there is none, or where the person may not.
func (s *Store) Numbered(ctx context.Context, by audit.Actor, no string) (uuid.UUID, error) {
	t, err := ticketWhere(ctx, s.db, `t.no = @no AND `+seen, pgx.NamedArgs{"no": no, "me": by.ID})
	return t.ID, err
}
