package handoff

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// What a person may do with a ticket, as SQL over t; @me is the person. The conditions over w are those of routing.
const (
	// addressed: a transfer waits for the person.
	addressed = `(t.state = 'transferring' AND EXISTS (SELECT 1 FROM workers w WHERE w.id = @me AND w.id <> t.owner_id
		AND w.can_reply AND w.disabled_at IS NULL AND ` + unblocked + ` AND CASE t.transfer_to ->> 'kind'
			WHEN 'worker' THEN t.transfer_to ->> 'to' = w.id::text AND ` + covers + `
			WHEN 'team' THEN t.transfer_to ->> 'to' = ANY(w.skills) AND ` + covers + `
			ELSE EXISTS (SELECT 1 FROM worker_scopes s WHERE s.worker_id = w.id AND starts_with(t.transfer_to ->> 'to', s.prefix)
				AND ` + unsuspected + `) END))`
	// supervised: the person sees all tickets of the region.
	supervised = `EXISTS (SELECT 1 FROM workers w WHERE w.id = @me AND ` + supervises + `)`
	// owned: the person has the ticket. The states say nothing new; they let the index of owners be used.
	owned = `(t.owner_id = @me AND t.state IN ('claimed', 'transferring'))`
	// seen: the person may know that the ticket is there and how it stands. A suspicion in any ticket of the conversation
	// counts: an older one is no door to what was said since. Whoever has one keeps it when a colleague is suspected: a
	// supervisor further up decides.
	seen = `(EXISTS (SELECT 1 FROM workers w WHERE w.id = @me AND w.role IN ('worker', 'supervisor') AND w.disabled_at IS NULL
		AND ` + unblocked + ` AND EXISTS (SELECT 1 FROM worker_scopes s WHERE s.worker_id = w.id AND starts_with(t.region_code, s.prefix)
			AND (t.owner_id = w.id OR NOT EXISTS (SELECT 1 FROM tickets k
				WHERE k.conversation_id = t.conversation_id AND length(s.prefix) >= k.suspect_digits)))) OR ` + addressed + `)`
	// read: the person may read what the ticket is about. Whoever closed it may do so for 72 hours.
	read = `(` + seen + ` AND (` + owned + ` OR t.offered_to = @me OR ` + addressed + ` OR ` + supervised + `
		OR t.state = 'closed' AND t.closed_at > now() - interval '72 hours' AND EXISTS (SELECT 1 FROM ticket_events e
			WHERE e.ticket_id = t.id AND e.event = 'ticket.closed' AND e.actor_id = @me)))`
	// handled: the person may add to what the ticket is about.
	handled = `(` + read + ` AND (` + owned + ` OR ` + supervised + ` OR t.state = 'closed'))`
)

// placeName is the name of region r with those above it.
const placeName = `(SELECT coalesce(string_agg(u.name, '' ORDER BY u.level), r.name) FROM regions u WHERE u.level > 0
	AND u.prefix IN (left(r.prefix, 2), left(r.prefix, 4), left(r.prefix, 6), left(r.prefix, 9), r.prefix))`

// selectTickets reads tickets as staff see them; a WHERE follows. ReplyDue is counted from the first message of the
// user that the owner has not answered, but not from before the claim.
const selectTickets = `
	SELECT t.id, t.no, t.conversation_id, t.prev_ticket_id, t.state, t.priority, t.queue_rank, t.reason_code, t.origin,
	       t.region_code, ` + placeName + `, t.route_prefix, t.skills, t.missing_skills, t.epoch, t.owner_id, t.offered_to,
	       coalesce(o.name, ''), t.offer_until, t.transfer_to, t.transfer_until, t.enqueued_at, t.due_at, t.claimed_at, t.lease_until,
	       t.first_reply_at, t.callback_at, t.closed_at, coalesce(t.outcome, ''), t.next_rung, t.next_rung_at,
	       CASE WHEN a.at IS NOT NULL THEN ` + waitBegins + ` + p.next_reply END
	  FROM tickets t JOIN regions r ON r.code = t.region_code JOIN sla_policy p ON p.priority = t.priority
	  LEFT JOIN workers o ON o.id = t.owner_id
	  LEFT JOIN LATERAL ` + unanswered + ` a ON true`

// DB is what reading needs of a database: a pool, or a transaction.
type DB interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// readAll reads rows into structs by the position of their columns. what says in an error what was read.
func readAll[T any](ctx context.Context, db DB, what, sql string, args ...any) ([]T, error) {
	return collect(ctx, db, what, pgx.RowToStructByPos[T], sql, args...)
}

// readIDs is readAll for statements that return nothing but ids.
func readIDs(ctx context.Context, db DB, what, sql string, args ...any) ([]uuid.UUID, error) {
	return collect(ctx, db, what, pgx.RowTo[uuid.UUID], sql, args...)
}

func collect[T any](ctx context.Context, db DB, what string, read pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	all, err := pgx.CollectRows(rows, read)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return all, nil
}

// ticketsWhere reads the tickets for which a condition holds.
func ticketsWhere(ctx context.Context, db DB, where string, args pgx.NamedArgs) ([]Ticket, error) {
	return readAll[Ticket](ctx, db, "read tickets", selectTickets+` WHERE `+where, args)
}

// ticketFor reads a ticket of which a condition of this file holds for a person, or returns ErrNotFound.
func ticketFor(ctx context.Context, db DB, right string, by audit.Actor, id uuid.UUID) (Ticket, error) {
	return ticketWhere(ctx, db, `t.id = @id AND `+right, pgx.NamedArgs{"id": id, "me": by.ID})
}

// ticketWhere reads the one ticket for which a condition holds, or returns ErrNotFound.
func ticketWhere(ctx context.Context, db DB, where string, args pgx.NamedArgs) (Ticket, error) {
	all, err := ticketsWhere(ctx, db, where, args)
	if err != nil {
		return Ticket{}, err
	}
	if len(all) == 0 {
		return Ticket{}, ErrNotFound
	}
	return all[0], nil
}

// Get returns a ticket that the person may know of, or ErrNotFound.
func (s *Store) Get(ctx context.Context, by audit.Actor, id uuid.UUID) (Ticket, error) {
	return ticketFor(ctx, s.db, seen, by, id)
}

// Read returns a ticket whose conversation the person may read, or ErrNotFound.
func (s *Store) Read(ctx context.Context, by audit.Actor, id uuid.UUID) (Ticket, error) {
	return ticketFor(ctx, s.db, read, by, id)
}

// MayRead tells whether a member of the staff may read a conversation: for the sake of one of its tickets.
func MayRead(ctx context.Context, db DB, conv, worker uuid.UUID) (ok bool, err error) {
	rows, err := db.Query(ctx, `SELECT EXISTS (SELECT 1 FROM tickets t WHERE t.conversation_id = @conv AND `+read+`)`, pgx.NamedArgs{"conv": conv, "me": worker})
	if err == nil {
		ok, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[bool])
	}
	if err != nil {
		return false, fmt.Errorf("check right to read: %w", err)
	}
	return ok, nil
}
