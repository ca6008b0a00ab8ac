package handoff

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// Box seals what nobody may read in the database.
type Box interface {
	Seal(plain []byte) ([]byte, error)
	Open(sealed []byte) ([]byte, error)
}

// UseBox gives the store the box for telephone numbers. Without one no number is taken. Call it before the store is used.
func (s *Store) UseBox(box Box) { s.box = box }

var errNoBox = errors.New("no key to seal telephone numbers with")

// phoneForm is lenient: mobile numbers, landlines with their area code, 400 numbers, spaces and dashes between.
var phoneForm = regexp.MustCompile(`^\+?\d[\d -]{4,22}\d$`)

// check fills in what is not said and tells whether the rest is possible. Whoever must not be called is not called.
func (c *Callback) check(now time.Time) error {
	c.Phone = strings.TrimSpace(c.Phone)
	if c.CallerSays == "" {
		c.CallerSays = "person_name_only"
	}
	if c.SafeToCall == "no" {
		c.Contact = "chat_only"
	}
	switch {
	case c.Contact != "phone" && c.Contact != "chat_only",
		!slices.Contains([]string{"yes", "no", "only_window"}, c.SafeToCall),
		!slices.Contains([]string{"service", "person_name_only"}, c.CallerSays),
		c.Contact == "phone" && c.Phone == "",
		c.Phone != "" && !phoneForm.MatchString(c.Phone),
		utf8.RuneCountInString(c.CodeWord) > 20,
		c.WindowFrom != nil && c.WindowTo != nil && !c.WindowFrom.Before(*c.WindowTo),
		c.WindowTo != nil && c.WindowTo.Before(now),
		c.WindowFrom != nil && c.WindowFrom.After(now.AddDate(0, 3, 0)),
		c.SafeToCall == "only_window" && c.WindowFrom == nil:
		return ErrInvalid
	}
	return nil
}

// callbackRequested puts a ticket by that nobody has taken and that is not serious.
var callbackRequested = compile(arrow{event: "ticket.callback_requested", from: `t.state IN ('queued', 'offered') AND t.priority > 1`, to: "callback",
	set:  unoffered + `, next_rung_at = NULL, callback_at = greatest(now(), coalesce(@from::timestamptz, t.due_at))`,
	mode: "bot", quiet: true})

// RequestCallback stores how the family can be reached, and when. A ticket that is not serious waits for that time; a
// serious one stays in the queue, since nobody may wait for an appointment in danger. Where none is open one is opened.
func (s *Store) RequestCallback(ctx context.Context, by audit.Actor, conv uuid.UUID, wish Callback) error {
	if err := wish.check(time.Now()); err != nil {
		return fmt.Errorf("request callback: %w", err)
	}
	var sealed []byte
	if wish.Phone != "" {
		if s.box == nil {
			return fmt.Errorf("request callback: %w", errNoBox)
		}
		var err error
		if sealed, err = s.box.Seal([]byte(wish.Phone)); err != nil {
			return fmt.Errorf("request callback: seal number: %w", err)
		}
	}
	err := s.change(ctx, func(tx pgx.Tx) (Change, error) {
		if err := checkFamily(ctx, tx, conv, by.ID); err != nil {
			return Change{}, err
		}
		t, alerts, err := openOrLocked(ctx, tx, by, conv)
		if err != nil {
			return Change{}, err
		}
		if err := storeCallback(ctx, tx, t.id, wish, sealed); err != nil {
			return Change{}, err
		}
		c, err := t.putBy(ctx, tx, by, wish)
		if t.state == "queued" && t.priority <= serious {
			c.Alerts = alerts
		}
		return c, err
	})
	if err != nil {
		return fmt.Errorf("request callback: %w", err)
	}
	return nil
}

// openOrLocked locks the open ticket of a conversation, or opens one.
func openOrLocked(ctx context.Context, tx pgx.Tx, by audit.Actor, conv uuid.UUID) (current, []Alert, error) {
	t, err := lockOpen(ctx, tx, conv)
	if err != pgx.ErrNoRows {
		return t, nil, err
	}
	o, err := open(ctx, tx, by, Request{Conversation: conv, Priority: 3, Reason: "callback", Origin: "user"})
	if err != nil {
		return t, nil, err
	}
	t, err = lockOpen(ctx, tx, conv)
	return t, o.Change.Alerts, err
}

func storeCallback(ctx context.Context, tx pgx.Tx, ticket uuid.UUID, c Callback, sealed []byte) error {
	_, err := tx.Exec(ctx, `INSERT INTO callback_requests (ticket_id, phone_sealed, contact, safe_to_call, safe_to_text, safe_voicemail, window_from, window_to,
			caller_says, code_word)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (ticket_id) DO UPDATE SET phone_sealed = excluded.phone_sealed, contact = excluded.contact, safe_to_call = excluded.safe_to_call,
			safe_to_text = excluded.safe_to_text, safe_voicemail = excluded.safe_voicemail, window_from = excluded.window_from,
			window_to = excluded.window_to, caller_says = excluded.caller_says, code_word = excluded.code_word, requested_at = now()`,
		ticket, sealed, c.Contact, c.SafeToCall, c.SafeToText, c.SafeVoicemail, c.WindowFrom, c.WindowTo, c.CallerSays, c.CodeWord)
	if err != nil {
		return fmt.Errorf("store callback: %w", err)
	}
	return nil
}

// putBy lets the ticket wait for the callback, or only notes the wish: where it is serious, where somebody has it, and
// where it waits already.
func (h current) putBy(ctx context.Context, tx pgx.Tx, by audit.Actor, wish Callback) (Change, error) {
	if (h.state == "queued" || h.state == "offered") && h.priority > serious {
		m, err := callbackRequested.move(ctx, tx, by, "", detail{}, pgx.NamedArgs{"id": h.id, "epoch": h.epoch, "from": wish.WindowFrom})
		if err != nil {
			return Change{}, err
		}
		return ended(ctx, tx, m, m.line("callback", "", lineWished))
	}
	m := h.moved()
	text := lineKnown
	switch h.state {
	case "callback":
		text = lineWished
		_, err := tx.Exec(ctx, `UPDATE tickets SET callback_at = greatest(now(), coalesce($2, callback_at)) WHERE id = $1`, h.id, wish.WindowFrom)
		if err != nil {
			return Change{}, fmt.Errorf("move callback: %w", err)
		}
	case "queued", "offered":
		text = lineNoted
	}
	if err := m.note(ctx, tx, by, "callback.wished", "", detail{}); err != nil {
		return Change{}, err
	}
	return m.change(), tell(ctx, tx, m.line("callback", "", text))
}

// readCallback reads a callback request; its number stays sealed. nil where there is none.
func readCallback(ctx context.Context, db DB, ticket uuid.UUID) (*Callback, error) {
	rows, err := db.Query(ctx, `SELECT '', contact, safe_to_call, safe_to_text, safe_voicemail, window_from, window_to, caller_says, code_word
		FROM callback_requests WHERE ticket_id = $1`, ticket)
	if err != nil {
		return nil, fmt.Errorf("read callback: %w", err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByPos[Callback])
	if err == pgx.ErrNoRows {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read callback: %w", err)
	}
	return c, nil
}

// Contact returns how the family of a ticket can be reached safely; nil where nothing is known. The number is opened for
// the owner only, and not where the family must not be called; the audit log tells that it was.
func (s *Store) Contact(ctx context.Context, by audit.Actor, id uuid.UUID) (*Callback, error) {
	t, err := s.Read(ctx, by, id)
	if err != nil {
		return nil, err
	}
	c, err := readCallback(ctx, s.db, id)
	if c == nil || err != nil {
		return nil, err
	}
	if t.Owner == nil || *t.Owner != by.ID || c.Contact != "phone" {
		return c, nil
	}
	if s.box == nil {
		return nil, fmt.Errorf("read callback: %w", errNoBox)
	}
	var plain []byte
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		sealed, err := takeNumber(ctx, tx, by, t)
		if err != nil {
			return fmt.Errorf("read callback: %w", err)
		}
		if plain, err = s.box.Open(sealed); err != nil {
			return fmt.Errorf("open number: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.Phone = string(plain)
	return c, nil
}

// takeNumber reads the sealed number of a ticket and writes into the audit log that a person did, once in
// audit.ViewedEvery: a console that is open asks again and again. The lock lets two questions at once write one row.
func takeNumber(ctx context.Context, tx pgx.Tx, by audit.Actor, t Ticket) (sealed []byte, err error) {
	if err := tx.QueryRow(ctx, `SELECT phone_sealed FROM callback_requests WHERE ticket_id = $1 FOR NO KEY UPDATE`, t.ID).Scan(&sealed); err != nil {
		return nil, err
	}
	const action = "callback.opened"
	var known bool
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM audit_log WHERE conversation_id = $1 AND at > now() - make_interval(secs => $2)
		AND action = $3 AND actor_id = $4 AND object_id = $5)`, t.Conversation, audit.ViewedEvery.Seconds(), action, by.ID, t.ID.String()).Scan(&known)
	if err != nil || known {
		return sealed, err
	}
	return sealed, t.moved().log(ctx, tx, by, action, "", nil)
}
