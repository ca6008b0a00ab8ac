package handoff

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

const (
	// hasRoom: the person has room for the ticket. P0 and P1 never wait for room.
	hasRoom = `(t.priority <= 1 OR (SELECT w.capacity > ` + load + ` FROM workers w WHERE w.id = @me))`
	// unoffered is what a ticket that rings at nobody is without.
	unoffered = `offered_to = NULL, offer_until = NULL`
	// taken is what a ticket gets with a new owner.
	taken = unoffered + `, ` + stays + `, claimed_at = now(), away_since = NULL,
		next_rung_at = NULL, lease_until = now() + (SELECT p.lease FROM sla_policy p WHERE p.priority = t.priority)`
)

// claimed is the claim of one ticket (handover design §2.5). The person need not have the skills: whoever looks at a
// ticket and takes it knows what they do.
var claimed = compile(arrow{event: "ticket.claimed", to: "claimed", mode: "human", set: `owner_id = @me, ` + taken,
	from: `(t.state IN ('queued', 'callback') OR t.state = 'offered' AND t.offered_to = @me)
		AND ` + hasRoom + ` AND EXISTS (SELECT 1 FROM workers w WHERE w.id = @me AND ` + covers + ` AND ` + unblocked + `)`})

// claimedNext is the claim of the most urgent ticket for which the person is meant. Those that somebody else is taking
// at this moment are passed by. What depends on the person alone is worked out once, and what depends on the ticket is a
// filter and no join: so the queue is read from its head only as far as needed.
var claimedNext = compile(arrow{event: "ticket.claimed", to: "claimed", mode: "human", set: `owner_id = @me, ` + taken,
	pick: `t.state IN ('queued', 'offered') AND (t.state = 'queued' OR t.offered_to = @me)
		AND (t.priority <= 1 OR (SELECT room FROM me)) AND (SELECT ` + skilled + ` AND ` + routed + ` AND ` + unblocked + ` FROM me w)
		ORDER BY ` + queueOrder + ` LIMIT 1 FOR UPDATE OF t SKIP LOCKED`})

// Claim gives a ticket to the person: of many at once one gets it, the others a *ConflictError with that one's name.
// ErrOffDuty and ErrFull say what is in the way; ErrNotFound that the ticket is none of theirs.
func (s *Store) Claim(ctx context.Context, by audit.Actor, id uuid.UUID, epoch int64) (t Ticket, err error) {
	err = s.change(ctx, func(tx pgx.Tx) (Change, error) {
		name, role, err := lockWorker(ctx, tx, by.ID)
		if err != nil {
			return Change{}, err
		}
		m, err := claimed.move(ctx, tx, by, "", detail{}, pgx.NamedArgs{"id": id, "epoch": epoch})
		if errors.Is(err, ErrRefused) {
			return Change{}, whyNot(ctx, tx, by, id, epoch)
		}
		if err != nil {
			return Change{}, err
		}
		t, err = received(ctx, tx, m, name, role, "claimed", lineClaimed(name))
		return m.change(), err
	})
	if err != nil {
		return Ticket{}, fmt.Errorf("claim: %w", err)
	}
	return t, nil
}

// ClaimNext gives the person the ticket that most needs one; nil where none waits for them. ErrFull says that those that
// wait are not urgent and the person's hands are full.
func (s *Store) ClaimNext(ctx context.Context, by audit.Actor) (next *Ticket, err error) {
	err = s.change(ctx, func(tx pgx.Tx) (Change, error) {
		name, role, err := lockWorker(ctx, tx, by.ID)
		if err != nil {
			return Change{}, err
		}
		m, err := claimedNext.move(ctx, tx, by, "", detail{}, nil)
		if errors.Is(err, ErrRefused) {
			return Change{}, full(ctx, tx, by.ID)
		}
		if err != nil {
			return Change{}, err
		}
		t, err := received(ctx, tx, m, name, role, "claimed", lineClaimed(name))
		next = &t
		return m.change(), err
	})
	if err != nil {
		return nil, fmt.Errorf("claim next: %w", err)
	}
	return next, nil
}

// received completes the step by which somebody gets a ticket: they join the conversation, whoever had it leaves, the
// family reads who is there, nobody is called any more.
func received(ctx context.Context, tx pgx.Tx, m moved, name, role, event, text string) (Ticket, error) {
	if m.Giver != nil {
		if err := leave(ctx, tx, m.Conversation); err != nil {
			return Ticket{}, err
		}
	}
	if err := join(ctx, tx, m.Conversation, *m.Owner, role); err != nil {
		return Ticket{}, err
	}
	if err := tell(ctx, tx, m.line(event, name, text)); err != nil {
		return Ticket{}, err
	}
	if err := hush(ctx, tx, m.ID); err != nil {
		return Ticket{}, err
	}
	return ticketFor(ctx, tx, `true`, audit.Actor{ID: *m.Owner}, m.ID)
}

// hush takes back the calls for a ticket that have not gone out yet.
func hush(ctx context.Context, tx pgx.Tx, id uuid.UUID) error {
	_, err := tx.Exec(ctx, `UPDATE notifications SET state = 'suppressed' WHERE ticket_id = $1 AND state = 'pending'`, id)
	if err != nil {
		return fmt.Errorf("suppress notifications: %w", err)
	}
	return nil
}

// whyNot explains a claim that changed nothing.
func whyNot(ctx context.Context, tx pgx.Tx, by audit.Actor, id uuid.UUID, epoch int64) error {
	t, err := ticketFor(ctx, tx, seen, by, id)
	if err != nil {
		return err
	}
	if t.Epoch != epoch || t.Owner != nil || t.State == "offered" {
		return t.conflict()
	}
	if t.State != "queued" && t.State != "callback" {
		return ErrRefused
	}
	if t.Priority <= serious {
		return t.conflict() // it was raised in this moment
	}
	return ErrFull
}

// full tells whether tickets wait that only want room.
func full(ctx context.Context, tx pgx.Tx, worker uuid.UUID) error {
	var waits bool
	err := tx.QueryRow(ctx, ownScopes+`, me AS MATERIALIZED (SELECT w.id, w.skills FROM workers w WHERE w.id = $1 AND w.capacity <= `+load+`)
		SELECT EXISTS (SELECT 1 FROM me) AND EXISTS (SELECT 1 FROM tickets t WHERE t.state = 'queued' AND t.priority > 1
			AND (SELECT `+skilled+` AND `+routed+` AND `+unblocked+` FROM me w))`, worker).Scan(&waits)
	if err != nil {
		return fmt.Errorf("look for waiting tickets: %w", err)
	}
	if waits {
		return ErrFull
	}
	return nil
}

// declined gives an offer back.
var declined = compile(arrow{event: "ticket.offer_lapsed", from: `t.state = 'offered' AND t.offered_to = @me`, to: "queued",
	set: unoffered})

// Decline gives an offer back to the queue, where the ticket keeps its place. It is not offered to the same person
// again for a while.
func (s *Store) Decline(ctx context.Context, by audit.Actor, id uuid.UUID, epoch int64) error {
	err := s.change(ctx, func(tx pgx.Tx) (Change, error) {
		if _, err := hold(ctx, tx, by, id, epoch); err != nil {
			return Change{}, err
		}
		m, err := declined.move(ctx, tx, by, "declined", detail{}, pgx.NamedArgs{"id": id, "epoch": epoch})
		if err != nil {
			return Change{}, err
		}
		return m.change(), skip(ctx, tx, id, by.ID)
	})
	if err != nil {
		return fmt.Errorf("decline: %w", err)
	}
	return nil
}

// skip keeps a ticket from being offered to a person again for two minutes.
func skip(ctx context.Context, tx pgx.Tx, ticket, worker uuid.UUID) error {
	_, err := tx.Exec(ctx, `INSERT INTO offer_skips (ticket_id, worker_id, until) VALUES ($1, $2, now() + interval '2 min')
		ON CONFLICT (ticket_id, worker_id) DO UPDATE SET until = excluded.until`, ticket, worker)
	if err != nil {
		return fmt.Errorf("skip worker: %w", err)
	}
	return nil
}
