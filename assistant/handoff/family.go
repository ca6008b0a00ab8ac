package handoff

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// A family's steps are checked against who takes part in the conversation: whoever is kept out of it, or is no part of
// it, gets ErrNotFound, as does whoever asks for a conversation that is not there.

// inFamily: $2 takes part in conversation $1 and may write there.
const inFamily = `EXISTS (SELECT 1 FROM participants p WHERE p.conversation_id = $1 AND p.member_id = $2 AND p.left_at IS NULL AND p.can_write
	AND p.role IN ('guardian', 'child', 'director'))
	AND NOT EXISTS (SELECT 1 FROM access_blocks b WHERE b.conversation_id = $1 AND b.member_id = $2 AND b.lifted_at IS NULL)`

func checkFamily(ctx context.Context, db interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}, conv, member uuid.UUID) error {
	var ok bool
	if err := db.QueryRow(ctx, `SELECT `+inFamily, conv, member).Scan(&ok); err != nil {
		return fmt.Errorf("check member: %w", err)
	}
	if !ok {
		return ErrNotFound
	}
	return nil
}

// Ask opens a ticket for somebody of the family who wants to talk to a person. Where one is open already that one is
// returned, as a P2 at least; one that waits for the time of a callback comes back to the queue. Shortly after a serious
// one it is serious too.
func (s *Store) Ask(ctx context.Context, by audit.Actor, conv uuid.UUID, reason string) (t Ticket, err error) {
	err = s.change(ctx, func(tx pgx.Tx) (Change, error) {
		if err := checkFamily(ctx, tx, conv, by.ID); err != nil {
			return Change{}, err
		}
		wish := Request{Conversation: conv, Priority: 2, Reason: reason, Origin: "user"}
		after, err := follows(ctx, tx, conv)
		if err != nil {
			return Change{}, err
		}
		if after {
			wish.Priority = serious
		}
		o, err := open(ctx, tx, by, wish)
		if err != nil {
			return Change{}, err
		}
		if err := Announce(ctx, tx, conv); err != nil {
			return Change{}, err
		}
		o.Change.Conversations = []uuid.UUID{conv} // it has a line more
		t, err = ticketFor(ctx, tx, `true`, by, o.ID)
		return o.Change, err
	})
	if err != nil {
		return Ticket{}, fmt.Errorf("ask for a person: %w", err)
	}
	return t, nil
}

// Announce tells the family once that a ticket waits, honestly: how many are before it, or that nobody is on duty. It
// says nothing where somebody has the ticket already. Its place is after the answer of the bot.
func Announce(ctx context.Context, tx pgx.Tx, conv uuid.UUID) error {
	var t waiting
	err := tx.QueryRow(ctx, selectStanding+` AND t.state IN ('queued', 'offered')`, conv).Scan(t.fields()...)
	if err == pgx.ErrNoRows {
		return nil
	}
	if err != nil {
		return fmt.Errorf("announce ticket: %w", err)
	}
	event := "opened"
	text := lineOpened(t.onDuty, t.ahead, t.Urgent)
	if t.Epoch > 0 { // it is back in the queue
		event, text = "waiting", lineWaiting(t.onDuty, t.ahead, t.Urgent)
	}
	return tell(ctx, tx, line{conversation: conv, ticket: t.ID, epoch: t.Epoch, event: event, text: text})
}

// waiting is the latest ticket of a conversation as its family sees it.
type waiting struct {
	Brief
	ahead    int
	onDuty   bool
	priority int
	worker   string
	helped   bool // somebody answered
	rated    bool
}

func (t *waiting) fields() []any {
	return []any{&t.ID, &t.State, &t.Epoch, &t.Urgent, &t.Opened, &t.ahead, &t.onDuty, &t.priority, &t.worker, &t.helped, &t.rated}
}

// selectStanding: before it are all that those who may take it would take first, in the region in which it is shown. It
// reads, and locks nothing.
const selectStanding = `
	SELECT t.id, t.state, t.epoch, t.priority <= 1, t.enqueued_at,
	       CASE WHEN t.state IN ('queued', 'offered') THEN (SELECT count(*) FROM tickets o WHERE o.state IN ('queued', 'offered')
	            AND (o.queue_rank, o.due_at, o.enqueued_at, o.id) < (t.queue_rank, t.due_at, t.enqueued_at, t.id)
	            AND starts_with(o.region_code, t.route_prefix)) ELSE 0 END,
	       EXISTS (SELECT 1 FROM workers w WHERE ` + eligible + `),
	       t.priority, coalesce(o.name, ''), t.first_reply_at IS NOT NULL, EXISTS (SELECT 1 FROM ratings r WHERE r.ticket_id = t.id)
	  FROM tickets t LEFT JOIN workers o ON o.id = t.owner_id
	 WHERE t.id = (SELECT l.id FROM tickets l WHERE l.conversation_id = $1 ORDER BY l.enqueued_at DESC, l.id DESC LIMIT 1)`

// Standing tells the family how its wish for a person stands; nil where there was none in the last 72 hours.
func (s *Store) Standing(ctx context.Context, conv, member uuid.UUID) (*Standing, error) {
	if err := checkFamily(ctx, s.db, conv, member); err != nil {
		return nil, err
	}
	var t waiting
	err := s.db.QueryRow(ctx, selectStanding+` AND (t.state NOT IN ('returned', 'closed') OR t.closed_at > now() - $2::interval)`, conv, again).Scan(t.fields()...)
	if err == pgx.ErrNoRows {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read standing: %w", err)
	}
	at := Standing{Ticket: t.Brief, Position: t.ahead, Worker: t.worker, OnDuty: t.onDuty, Rated: t.rated}
	at.CanWithdraw = t.priority > serious && (t.State == "queued" || t.State == "offered" || t.State == "callback")
	at.CanRate = t.State == "closed" && t.helped && !t.rated
	if at.Callback, err = readCallback(ctx, s.db, t.ID); err != nil {
		return nil, err
	}
	at.Text = lineStanding(at)
	return &at, nil
}

// withdrawn ends a ticket that nobody has taken and that is not serious.
var withdrawn = compile(arrow{event: "ticket.withdrawn", from: `t.state IN ('queued', 'offered', 'callback') AND t.priority > 1`, to: "closed",
	set:  unoffered + `, next_rung_at = NULL, closed_at = now(), outcome = '对方离开'`,
	mode: "bot", quiet: true})

// Withdraw ends the wish of the family for a person. What is serious stays open: a worker must look after it.
func (s *Store) Withdraw(ctx context.Context, by audit.Actor, conv uuid.UUID) error {
	err := s.change(ctx, func(tx pgx.Tx) (Change, error) {
		if err := checkFamily(ctx, tx, conv, by.ID); err != nil {
			return Change{}, err
		}
		t, err := lockOpen(ctx, tx, conv)
		if err == pgx.ErrNoRows {
			return Change{}, ErrRefused
		}
		if err != nil {
			return Change{}, fmt.Errorf("lock ticket: %w", err)
		}
		m, err := withdrawn.move(ctx, tx, by, "", detail{Outcome: "对方离开"}, pgx.NamedArgs{"id": t.id, "epoch": t.epoch})
		if err != nil {
			return Change{}, err
		}
		return ended(ctx, tx, m, m.line("closed", "", lineWithdrawn))
	})
	if err != nil {
		return fmt.Errorf("withdraw: %w", err)
	}
	return nil
}

// maxComment is how long a family's word on a ticket may be, in bytes.
const maxComment = 2000

// Rate stores what the family thinks of the help, once, within 72 hours of its end. ErrRefused: there is nothing to rate.
func (s *Store) Rate(ctx context.Context, by audit.Actor, conv, ticket uuid.UUID, score int, comment string) error {
	if score < 1 || score > 5 || len(comment) > maxComment {
		return fmt.Errorf("rate: %w", ErrInvalid)
	}
	err := s.change(ctx, func(tx pgx.Tx) (Change, error) {
		if err := checkFamily(ctx, tx, conv, by.ID); err != nil {
			return Change{}, err
		}
		var region string
		err := tx.QueryRow(ctx, `WITH r AS (INSERT INTO ratings (ticket_id, score, comment)
			SELECT t.id, $3, $4 FROM tickets t WHERE t.id = $1 AND t.conversation_id = $2 AND t.state = 'closed' AND t.first_reply_at IS NOT NULL
			   AND t.closed_at > now() - $5::interval ON CONFLICT DO NOTHING RETURNING ticket_id)
			SELECT t.region_code FROM tickets t JOIN r ON r.ticket_id = t.id`, ticket, conv, score, comment, again).Scan(&region)
		if err == pgx.ErrNoRows {
			return Change{}, ErrRefused
		}
		if err != nil {
			return Change{}, err
		}
		return Change{}, audit.Append(ctx, tx, by, audit.Entry{Action: "ticket.rated", ObjectKind: "ticket", ObjectID: ticket.String(), Conversation: conv, Region: region})
	})
	if err != nil {
		return fmt.Errorf("rate: %w", err)
	}
	return nil
}
