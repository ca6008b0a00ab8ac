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
	all, err := ticketsWhere(ctx, s.db, `t.no = @no AND `+seen, pgx.NamedArgs{"no": no, "me": by.ID})
	if err != nil {
		return uuid.Nil, err
	}
	if len(all) == 0 {
		return uuid.Nil, ErrNotFound
	}
	return all[0].ID, nil
}
