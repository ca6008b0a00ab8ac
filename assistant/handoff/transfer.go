package handoff

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// The giver of a transfer stays the owner, and answers, until somebody accepts it. Only what is not serious and meant
// for a region or a team goes back into the queue there at once.
var (
	transferRequested = compile(arrow{event: "ticket.transfer_requested", from: `t.state = 'claimed' AND ` + owned, to: "transferring",
		set: `transfer_to = @wish, transfer_until = now() + (SELECT p.transfer_wait FROM sla_policy p WHERE p.priority = t.priority)`})
	transferred = compile(arrow{event: "ticket.transferred", from: `t.state = 'claimed' AND t.priority > 1 AND ` + owned, to: "queued",
		set: given + `, ` + moves, mode: "waiting"})
	transferAccepted = compile(arrow{event: "ticket.transfer_accepted", to: "claimed", mode: "human", set: `owner_id = @me, ` + moves + `, ` + taken,
		from: addressed + ` AND ` + hasRoom})
	transferDeclined = compile(arrow{event: "ticket.transfer_declined", to: "claimed", set: stays,
		from: addressed + ` AND (t.transfer_to ->> 'kind' = 'worker' OR EXISTS (SELECT 1 FROM workers w WHERE w.id = @me AND w.role = 'supervisor'))`})
	transferWithdrawn = compile(arrow{event: "ticket.transfer_withdrawn", from: `t.state = 'transferring' AND ` + owned, to: "claimed", set: stays})
)

const (
	// stays is what a ticket that nobody is asked to take over is without.
	stays = `transfer_to = NULL, transfer_until = NULL`
	// moves takes the ticket to the region of the wish, or asks for its skill; region and prefix are empty for another
	// kind of wish.
	moves = `region_code = CASE WHEN @region = '' THEN t.region_code ELSE @region END,
		route_prefix = CASE WHEN @region = '' THEN t.route_prefix ELSE left(@prefix, (SELECT ` + shownDigits + ` FROM sla_policy p WHERE p.priority = t.priority)) END,
		skills = CASE WHEN @skill = '' OR @skill = ANY(t.skills) THEN t.skills ELSE t.skills || @skill::text END`
)

// RequestTransfer asks that somebody else takes the ticket over, with a reason and a note for them.
func (s *Store) RequestTransfer(ctx context.Context, by audit.Actor, id uuid.UUID, epoch int64, wish Transfer) error {
	wish.Reason, wish.Note = strings.TrimSpace(wish.Reason), strings.TrimSpace(wish.Note)
	if !fits(wish.Reason, maxReason) || !fits(wish.Note, maxNote) {
		return fmt.Errorf("transfer: reason and note: %w", ErrInvalid)
	}
	err := s.change(ctx, func(tx pgx.Tx) (Change, error) {
		t, err := hold(ctx, tx, by, id, epoch)
		if err != nil {
			return Change{}, err
		}
		if t.State != "claimed" || t.Owner == nil || *t.Owner != by.ID {
			return Change{}, ErrRefused
		}
		target, err := wish.resolve(ctx, tx, t)
		if err != nil {
			return Change{}, err
		}
		if err := addNote(ctx, tx, by, t, &Note{Kind: "handover", Body: wish.Note}); err != nil {
			return Change{}, err
		}
		if wish.Kind != "worker" && t.Priority > serious {
			return passOn(ctx, tx, by, t, wish, target)
		}
		return ask(ctx, tx, by, t, wish)
	})
	if err != nil {
		return fmt.Errorf("transfer: %w", err)
	}
	return nil
}

// target is where a wish leads, for the statement.
type target struct {
	region, prefix, skill string
}

// resolve looks up what is wished for and names it; ErrInvalid where there is no such thing.
func (w *Transfer) resolve(ctx context.Context, tx pgx.Tx, t Ticket) (to target, err error) {
	switch w.Kind {
	case "worker":
		id, err := uuid.Parse(w.To)
		if err != nil || id == *t.Owner {
			return to, ErrInvalid
		}
		w.To = id.String()
		if err := receives(ctx, tx, t.ID, id); err != nil {
			return to, err
		}
		return to, tx.QueryRow(ctx, `SELECT name FROM workers WHERE id = $1`, id).Scan(&w.ToName)
	case "region":
		err = tx.QueryRow(ctx, `SELECT code, prefix, name FROM regions WHERE (code = $1 OR prefix = $1) AND valid_to IS NULL`, w.To).
			Scan(&to.region, &to.prefix, &w.ToName)
		w.To = to.region
	case "team":
		to.skill, w.ToName = w.To, ""
		var known bool
		err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM workers w, tickets t WHERE t.id = $1 AND w.skills @> ARRAY[$2::text] AND w.can_reply
			AND w.disabled_at IS NULL AND `+covers+`)`, t.ID, w.To).Scan(&known)
		if err == nil && !known {
			err = pgx.ErrNoRows
		}
	default:
		err = pgx.ErrNoRows
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return to, ErrInvalid
	}
	return to, err
}

func (to target) args(t Ticket) pgx.NamedArgs {
	return pgx.NamedArgs{"id": t.ID, "epoch": t.Epoch, "region": to.region, "prefix": to.prefix, "skill": to.skill}
}

// passOn puts a ticket into the queue of a region or a team. It keeps the time at which it was first queued.
func passOn(ctx context.Context, tx pgx.Tx, by audit.Actor, t Ticket, wish Transfer, to target) (Change, error) {
	m, err := transferred.move(ctx, tx, by, wish.Reason, detail{Kind: wish.Kind, To: wish.To}, to.args(t))
	if err != nil {
		return Change{}, err
	}
	if err := leave(ctx, tx, m.Conversation); err != nil {
		return Change{}, err
	}
	if err := tell(ctx, tx, m.line("transferred", "", linePassedOn)); err != nil {
		return Change{}, err
	}
	if err := skip(ctx, tx, t.ID, by.ID); err != nil {
		return Change{}, err
	}
	alerts, err := fireRungZero(ctx, tx, t.ID)
	return m.change(alerts...), err
}

// ask makes the ticket wait for somebody to accept it.
func ask(ctx context.Context, tx pgx.Tx, by audit.Actor, t Ticket, wish Transfer) (Change, error) {
	stored, err := json.Marshal(Transfer{Kind: wish.Kind, To: wish.To, ToName: wish.ToName, Reason: wish.Reason})
	if err != nil {
		return Change{}, err
	}
	m, err := transferRequested.move(ctx, tx, by, wish.Reason, detail{Kind: wish.Kind, To: wish.To},
		pgx.NamedArgs{"id": t.ID, "epoch": t.Epoch, "wish": json.RawMessage(stored)})
	if err != nil {
		return Change{}, err
	}
	c := m.change()
	if wish.Kind == "worker" {
		c.Members = append(c.Members, uuid.MustParse(wish.To))
	}
	return c, nil
}

// AcceptTransfer gives the ticket to the person for whom a transfer waits: the only way in which a serious ticket
// passes from hand to hand.
func (s *Store) AcceptTransfer(ctx context.Context, by audit.Actor, id uuid.UUID, epoch int64) error {
	err := s.change(ctx, func(tx pgx.Tx) (Change, error) {
		name, role, offDuty := lockWorker(ctx, tx, by.ID)
		t, err := hold(ctx, tx, by, id, epoch)
		if err != nil {
			return Change{}, err
		}
		if offDuty != nil {
			return Change{}, offDuty
		}
		if t.Transfer == nil {
			return Change{}, ErrRefused
		}
		to, err := t.Transfer.destination(ctx, tx)
		if err != nil {
			return Change{}, err
		}
		m, err := transferAccepted.move(ctx, tx, by, "", detail{Kind: t.Transfer.Kind}, to.args(t))
		if errors.Is(err, ErrRefused) {
			return Change{}, fullOrRefused(ctx, tx, by, id)
		}
		if err != nil {
			return Change{}, err
		}
		_, err = received(ctx, tx, m, name, role, "transferred", lineTransferred(name))
		return m.change(), err
	})
	if err != nil {
		return fmt.Errorf("accept transfer: %w", err)
	}
	return nil
}

// destination is resolve for a wish that is stored.
func (w Transfer) destination(ctx context.Context, tx pgx.Tx) (to target, err error) {
	switch w.Kind {
	case "region":
		to.region = w.To
		if err := tx.QueryRow(ctx, `SELECT prefix FROM regions WHERE code = $1`, w.To).Scan(&to.prefix); err != nil {
			return to, fmt.Errorf("look up region: %w", err)
		}
	case "team":
		to.skill = w.To
	}
	return to, nil
}

// fullOrRefused explains a transfer that was not accepted: it was not meant for the person, or there is no room.
func fullOrRefused(ctx context.Context, tx pgx.Tx, by audit.Actor, id uuid.UUID) error {
	_, err := ticketFor(ctx, tx, addressed, by, id)
	switch {
	case err == nil:
		return ErrFull
	case errors.Is(err, ErrNotFound):
		return ErrRefused
	default:
		return err
	}
}

// DeclineTransfer leaves the ticket with its owner. What was meant for a region or a team only a supervisor there can
// decline: one person's no does not keep the others from it.
func (s *Store) DeclineTransfer(ctx context.Context, by audit.Actor, id uuid.UUID, epoch int64) error {
	if err := s.simple(ctx, transferDeclined, by, id, epoch); err != nil {
		return fmt.Errorf("decline transfer: %w", err)
	}
	return nil
}

// WithdrawTransfer takes the wish back; the ticket stays with its owner.
func (s *Store) WithdrawTransfer(ctx context.Context, by audit.Actor, id uuid.UUID, epoch int64) error {
	if err := s.simple(ctx, transferWithdrawn, by, id, epoch); err != nil {
		return fmt.Errorf("withdraw transfer: %w", err)
	}
	return nil
}

// simple is a step of which only staff take notice.
func (s *Store) simple(ctx context.Context, a compiled, by audit.Actor, id uuid.UUID, epoch int64) error {
	return s.change(ctx, func(tx pgx.Tx) (Change, error) {
		if _, err := hold(ctx, tx, by, id, epoch); err != nil {
			return Change{}, err
		}
		m, err := a.move(ctx, tx, by, "", detail{}, pgx.NamedArgs{"id": id, "epoch": epoch})
		return m.change(), err
	})
}
