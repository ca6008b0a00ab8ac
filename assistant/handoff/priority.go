package handoff

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// SetPriority makes a ticket more or less urgent, as a person sees it. Whoever may read its conversation may raise it;
// its owner and supervisors lower it, with a reason. A P0 is lowered by a supervisor who is not alone in this: another
// person has the ticket, or second, another supervisor of the region, agrees. What triage said of the danger stays. A
// ticket that becomes serious waits for no callback.
func (s *Store) SetPriority(ctx context.Context, by audit.Actor, id uuid.UUID, epoch int64, to int, reason string, second *uuid.UUID) error {
	reason = strings.TrimSpace(reason)
	if to < 0 || to > 3 || !fits(reason, maxReason) {
		return fmt.Errorf("set priority: %w", ErrInvalid)
	}
	err := s.change(ctx, func(tx pgx.Tx) (Change, error) {
		if _, err := hold(ctx, tx, by, id, epoch); err != nil {
			return Change{}, err
		}
		h, err := scanCurrent(tx.QueryRow(ctx, selectCurrent+`WHERE id = $1 AND state NOT IN ('returned', 'closed')`, id))
		if err == pgx.ErrNoRows || err == nil && h.priority == to {
			return Change{}, ErrRefused
		}
		if err != nil {
			return Change{}, fmt.Errorf("read ticket: %w", err)
		}
		right, what := read, remarked{From: &h.priority, To: &to}
		if to > h.priority {
			right = lowers
		}
		if second != nil {
			what.Second = second.String()
		}
		if err := mayPrioritise(ctx, tx, right, by, id, second); err != nil {
			return Change{}, err
		}
		return h.prioritise(ctx, tx, by, to, reason, what)
	})
	if err != nil {
		return fmt.Errorf("set priority: %w", err)
	}
	return nil
}

// lowers: the person may lower the priority. @second is who agrees, or NULL.
const lowers = `(` + seen + ` AND CASE WHEN t.priority > 0 THEN ` + owned + ` OR ` + supervised + `
	ELSE ` + supervised + ` AND (t.owner_id <> @me OR EXISTS (SELECT 1 FROM workers w WHERE w.id = @second AND w.id <> @me AND ` + supervises + `)) END)`

// mayPrioritise returns ErrRefused where a right does not hold; second is who agrees, or nil.
func mayPrioritise(ctx context.Context, tx pgx.Tx, right string, by audit.Actor, id uuid.UUID, second *uuid.UUID) error {
	var ok bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM tickets t WHERE t.id = @id AND `+right+`)`,
		pgx.NamedArgs{"id": id, "me": by.ID, "second": second}).Scan(&ok)
	if err != nil {
		return fmt.Errorf("check right: %w", err)
	}
	if !ok {
		return ErrRefused
	}
	return nil
}

// prioritise makes the change and stores that a worker asked for it.
func (h current) prioritise(ctx context.Context, tx pgx.Tx, by audit.Actor, to int, reason string, what remarked) (Change, error) {
	_, err := tx.Exec(ctx, `INSERT INTO ticket_evidence (ticket_id, source, version, proposed_priority) VALUES ($1, 'worker', '', $2)`, h.id, to)
	if err != nil {
		return Change{}, fmt.Errorf("store evidence: %w", err)
	}
	if to <= serious && to < h.priority {
		if err := h.requeue(ctx, tx, by, Request{Priority: to, Reason: reason}); err != nil {
			return Change{}, err
		}
	}
	if err := h.lift(ctx, tx, by, to, reason, what); err != nil {
		return Change{}, err
	}
	c := h.moved().change()
	if to < h.priority {
		c.Alerts, err = h.ring(ctx, tx, to)
	} else {
		_, err = fireRungZero(ctx, tx, h.id) // nobody is startled by what has become less urgent
	}
	return c, err
}

// flagForm is a situation that must be reported (R1 to R9).
var flagForm = regexp.MustCompile(`^R[1-9]$`)

// filed is what the event of a report says.
type filed struct {
	Recipient string   `json:"recipient"`
	ReceiptNo string   `json:"receipt_no"`
	Flags     []string `json:"flags"`
}

// Report notes that a mandatory report (强制报告) was made. The conversation is evidence from then on and is kept.
func (s *Store) Report(ctx context.Context, by audit.Actor, id uuid.UUID, r ReportFiled) error {
	r.Recipient, r.ReceiptNo = strings.TrimSpace(r.Recipient), strings.TrimSpace(r.ReceiptNo)
	if !fits(r.Recipient, 200) || len(r.ReceiptNo) > 100 || len(r.Flags) == 0 || len(r.Flags) > 9 {
		return fmt.Errorf("report: %w", ErrInvalid)
	}
	for _, flag := range r.Flags {
		if !flagForm.MatchString(flag) {
			return fmt.Errorf("report: flag: %w", ErrInvalid)
		}
	}
	err := s.change(ctx, func(tx pgx.Tx) (Change, error) {
		t, err := holdAny(ctx, tx, by, id, handled)
		if err != nil {
			return Change{}, err
		}
		if err := remark(ctx, tx, by, id, "report.filed", "", filed(r)); err != nil {
			return Change{}, err
		}
		if _, err := tx.Exec(ctx, `UPDATE conversations SET retention_class = 'report' WHERE id = $1`, t.Conversation); err != nil {
			return Change{}, fmt.Errorf("keep conversation: %w", err)
		}
		return Change{Queue: true}, t.moved().log(ctx, tx, by, "report.filed", "", struct {
			Flags []string `json:"flags"`
		}{r.Flags})
	})
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}
