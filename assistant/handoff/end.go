package handoff

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

var (
	returned = compile(arrow{event: "ticket.returned_to_bot", from: `t.state = 'claimed' AND t.priority > 1 AND ` + owned, to: "returned",
		set: disowned + `, next_rung_at = NULL, closed_at = now()`, mode: "bot"})
	callbackSet = compile(arrow{event: "ticket.callback_set", to: "callback", mode: "bot",
		set:  disowned + `, next_rung_at = NULL, callback_at = @at`,
		from: `t.state = 'claimed' AND ` + owned + ` AND EXISTS (SELECT 1 FROM callback_requests r WHERE r.ticket_id = t.id)`})
	closed = compile(arrow{event: "ticket.closed", from: `t.state = 'claimed' AND (t.priority > 1 OR @form::jsonb IS NOT NULL) AND (` + owned + ` OR ` + supervised + `)`,
		to: "closed", set: disowned + `, next_rung_at = NULL, closed_at = now(), outcome = @outcome, close_form = @form::jsonb`, mode: "closed"})
)

// Return gives the conversation back to the bot. A serious ticket cannot be returned: a person ends it.
func (s *Store) Return(ctx context.Context, by audit.Actor, id uuid.UUID, epoch int64) error {
	if err := s.end(ctx, returned, by, id, epoch, detail{}, nil, "returned", lineReturned); err != nil {
		return fmt.Errorf("return to bot: %w", err)
	}
	return nil
}

// SetCallback puts a ticket by until a time at which the family is called back. How that can be done safely must be
// known by then: without a callback request it is ErrRefused.
func (s *Store) SetCallback(ctx context.Context, by audit.Actor, id uuid.UUID, epoch int64, at time.Time) error {
	if now := time.Now(); at.Before(now) || at.After(now.AddDate(0, 3, 0)) {
		return fmt.Errorf("set callback: time: %w", ErrInvalid)
	}
	err := s.end(ctx, callbackSet, by, id, epoch, detail{At: &at}, pgx.NamedArgs{"at": at}, "callback", lineCallback(at))
	if err != nil {
		return fmt.Errorf("set callback: %w", err)
	}
	return nil
}

// Close ends a ticket with an outcome; its owner or a supervisor does that. P0 and P1 need the risk form.
func (s *Store) Close(ctx context.Context, by audit.Actor, id uuid.UUID, epoch int64, c Closing) error {
	c.Summary = strings.TrimSpace(c.Summary)
	if !slices.Contains(Outcomes, c.Outcome) || len(c.Summary) > maxNote || c.Risk != nil && !c.Risk.complete() {
		return fmt.Errorf("close: %w", ErrInvalid)
	}
	var form *json.RawMessage
	if c.Risk != nil {
		data, err := json.Marshal(c.Risk)
		if err != nil {
			return fmt.Errorf("close: %w", err)
		}
		form = (*json.RawMessage)(&data)
	}
	err := s.change(ctx, func(tx pgx.Tx) (Change, error) {
		t, err := hold(ctx, tx, by, id, epoch)
		if err != nil {
			return Change{}, err
		}
		if t.Priority <= serious && c.Risk == nil {
			return Change{}, ErrInvalid
		}
		if c.Summary != "" {
			if err := addNote(ctx, tx, by, t, &Note{Kind: "note", Body: c.Summary}); err != nil {
				return Change{}, err
			}
		}
		m, err := closed.move(ctx, tx, by, "", detail{Outcome: c.Outcome}, pgx.NamedArgs{"id": id, "epoch": epoch, "outcome": c.Outcome, "form": form})
		if err != nil {
			return Change{}, err
		}
		return ended(ctx, tx, m, m.line("closed", m.GiverName, lineClosed(m.GiverName)))
	})
	if err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}

// complete tells whether everything of the form is filled in.
func (f RiskForm) complete() bool {
	for _, field := range []string{f.PresentDanger, f.SafeAdult, f.Actions, f.ReportedTo, f.FollowUp} {
		if !fits(strings.TrimSpace(field), maxField) {
			return false
		}
	}
	return slices.Contains([]string{"yes", "no", "could_not"}, f.Asked)
}

// end is a step by which the owner gives the conversation back.
func (s *Store) end(ctx context.Context, a compiled, by audit.Actor, id uuid.UUID, epoch int64, what detail,
	args pgx.NamedArgs, event, text string) error {
	return s.change(ctx, func(tx pgx.Tx) (Change, error) {
		if _, err := hold(ctx, tx, by, id, epoch); err != nil {
			return Change{}, err
		}
		all := pgx.NamedArgs{"id": id, "epoch": epoch}
		maps.Copy(all, args)
		m, err := a.move(ctx, tx, by, "", what, all)
		if err != nil {
			return Change{}, err
		}
		return ended(ctx, tx, m, m.line(event, m.GiverName, text))
	})
}

// ended completes a step after which nobody of the staff is in the conversation.
func ended(ctx context.Context, tx pgx.Tx, m moved, l line) (Change, error) {
	if err := leave(ctx, tx, m.Conversation); err != nil {
		return Change{}, err
	}
	if err := hush(ctx, tx, m.ID); err != nil {
		return Change{}, err
	}
	return m.change(), tell(ctx, tx, l)
}
