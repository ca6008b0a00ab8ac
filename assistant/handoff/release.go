package handoff

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

const (
	// disowned is what a ticket that nobody has any more is without.
	disowned = `owner_id = NULL, ` + stays + `, lease_until = NULL, away_since = NULL`
	// given is the same of one that goes back into the queue, where it keeps its place.
	given = disowned + `, claimed_at = NULL`
)

var released = compile(arrow{event: "ticket.released", from: `t.state IN ('claimed', 'transferring') AND ` + owned, to: "queued",
	set: given, mode: "waiting"})

// Release puts a ticket back into the queue: its owner cannot go on. A reason is needed.
func (s *Store) Release(ctx context.Context, by audit.Actor, id uuid.UUID, epoch int64, reason string) error {
	reason = strings.TrimSpace(reason)
	if !fits(reason, maxReason) {
		return fmt.Errorf("release: reason: %w", ErrInvalid)
	}
	err := s.change(ctx, func(tx pgx.Tx) (Change, error) {
		if _, err := hold(ctx, tx, by, id, epoch); err != nil {
			return Change{}, err
		}
		m, err := released.move(ctx, tx, by, reason, detail{}, pgx.NamedArgs{"id": id, "epoch": epoch})
		if err != nil {
			return Change{}, err
		}
		return backInQueue(ctx, tx, m)
	})
	if err != nil {
		return fmt.Errorf("release: %w", err)
	}
	return nil
}

// backInQueue completes a step by which somebody gave a ticket back: they leave the conversation, the family is told, and
// those who were called first are called again. It is not offered to the same person at once.
func backInQueue(ctx context.Context, tx pgx.Tx, m moved) (Change, error) {
	if err := leave(ctx, tx, m.Conversation); err != nil {
		return Change{}, err
	}
	if err := tell(ctx, tx, m.line("released", m.GiverName, lineReleased(m.GiverName))); err != nil {
		return Change{}, err
	}
	if err := skip(ctx, tx, m.ID, *m.Giver); err != nil {
		return Change{}, err
	}
	alerts, err := resumeLadder(ctx, tx, m.ID)
	return m.change(alerts...), err
}

var reassigned = compile(arrow{event: "ticket.reassigned", to: "claimed", mode: "human", set: `owner_id = @to, ` + taken,
	from: `t.state = 'claimed' AND t.owner_id <> @to AND ` + supervised + ` AND EXISTS (SELECT 1 FROM workers w
		WHERE w.id = @to AND ` + covers + ` AND ` + unblocked + `)`})

// Reassign gives a claimed ticket to somebody else; a supervisor of the region does that, with a reason. Whoever gets it
// is on duty (ErrOffDuty) and has the region (ErrInvalid); their capacity is the supervisor's business.
func (s *Store) Reassign(ctx context.Context, by audit.Actor, id uuid.UUID, epoch int64, to uuid.UUID, reason string) error {
	reason = strings.TrimSpace(reason)
	if !fits(reason, maxReason) {
		return fmt.Errorf("reassign: reason: %w", ErrInvalid)
	}
	err := s.change(ctx, func(tx pgx.Tx) (Change, error) {
		name, role, offDuty := lockWorker(ctx, tx, to)
		t, err := hold(ctx, tx, by, id, epoch)
		if err != nil {
			return Change{}, err
		}
		if offDuty != nil {
			return Change{}, offDuty
		}
		if err := receives(ctx, tx, t.ID, to); err != nil {
			return Change{}, err
		}
		m, err := reassigned.move(ctx, tx, by, reason, detail{To: to.String()}, pgx.NamedArgs{"id": id, "epoch": epoch, "to": to})
		if err != nil {
			return Change{}, err
		}
		_, err = received(ctx, tx, m, name, role, "transferred", lineTransferred(name))
		return m.change(), err
	})
	if err != nil {
		return fmt.Errorf("reassign: %w", err)
	}
	return nil
}

// receives tells whether a ticket can be given to a person at all: ErrInvalid where it cannot.
func receives(ctx context.Context, tx pgx.Tx, id, to uuid.UUID) error {
	var ok bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM tickets t, workers w WHERE t.id = $1 AND w.id = $2 AND w.can_reply
		AND w.disabled_at IS NULL AND `+covers+` AND `+unblocked+`)`, id, to).Scan(&ok)
	if err != nil {
		return fmt.Errorf("look up receiver: %w", err)
	}
	if !ok {
		return ErrInvalid
	}
	return nil
}

// How long what a person writes may be, in bytes.
const (
	maxReason = 1000
	maxNote   = 16 << 10
	maxField  = 2000
)

// fits tells whether a text is there and not too long.
func fits(text string, most int) bool { return text != "" && len(text) <= most }
