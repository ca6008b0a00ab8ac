package handoff

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// arrow is a transition of the state machine (handover design §3.1): what must hold, what becomes of the ticket and of
// the conversation. All of it is SQL: t is the ticket, @me whoever does it.
type arrow struct {
	event string // as ticket.released
	from  string // what must hold of t, beside its id and epoch
	to    string // the new state
	set   string // further assignments to t
	mode  string // of the conversation from now on; empty leaves the conversation alone
	quiet bool   // the bot answers before and after: no answer of it is fenced off
	pick  string // which ticket; empty: the one with @id and @epoch
}

// statement locks the ticket, changes it and its conversation and writes the event, in this order.
func (a arrow) statement() string {
	pick, own, conversation := a.pick, "", ""
	if pick != "" { // looks through the queue: what depends on the person alone is worked out once, not for every ticket
		own = `worker_scopes AS MATERIALIZED (SELECT worker_id, prefix FROM worker_scopes WHERE worker_id = @me),
		me AS MATERIALIZED (SELECT w.id, w.skills, w.capacity > ` + load + ` AS room FROM workers w WHERE w.id = @me),`
	} else {
		pick = `t.id = @id AND t.epoch = @epoch AND ` + a.from + ` FOR UPDATE OF t`
	}
	set := `state = '` + a.to + `', epoch = t.epoch + 1`
	if a.set != "" {
		set += `, ` + a.set
	}
	if a.mode != "" {
		step := `1`
		if a.quiet {
			step = `0`
		}
		conversation = `c AS (UPDATE conversations c SET mode = '` + a.mode + `', epoch = c.epoch + ` + step + `,
		       owner_id = CASE WHEN '` + a.mode + `' = 'human' THEN t.owner_id END FROM t WHERE c.id = t.conversation_id),`
	}
	return `
	WITH ` + own + ` pick AS (SELECT t.id, t.state, t.owner_id FROM tickets t WHERE ` + pick + `),
	t AS (UPDATE tickets t SET ` + set + ` FROM pick WHERE t.id = pick.id
	      RETURNING t.id, t.no, t.conversation_id, t.region_code, t.route_prefix, t.state, t.priority, t.epoch, t.owner_id,
	                pick.state AS was, pick.owner_id AS giver),
	` + conversation + `
	e AS (INSERT INTO ticket_events (ticket_id, epoch, event, transition, from_state, to_state, actor_kind, actor_id, reason, data)
	      SELECT t.id, t.epoch, @event, true, t.was, t.state, @kind, @actor, nullif(@reason, ''), @data FROM t)
	SELECT t.id, t.no, t.conversation_id, t.region_code, t.route_prefix, t.was, t.priority, t.epoch, t.owner_id, t.giver,
	       coalesce((SELECT name FROM workers WHERE id = t.giver), '') FROM t`
}

// moved is a ticket after a transition.
type moved struct {
	ID           uuid.UUID
	No           string
	Conversation uuid.UUID
	Region       string
	Route        string
	Was          string // state
	Priority     int
	Epoch        int64
	Owner        *uuid.UUID
	Giver        *uuid.UUID // owner before
	GiverName    string
}

// detail is what an event and its audit row say beside the step itself: ids and codes.
type detail struct {
	Kind     string     `json:"kind,omitempty"` // of a transfer
	To       string     `json:"to,omitempty"`
	Outcome  string     `json:"outcome,omitempty"`
	At       *time.Time `json:"at,omitempty"`
	Priority *int       `json:"priority,omitempty"`
	UserSeq  int64      `json:"user_seq,omitempty"`
}

// move makes a transition: the ticket, its conversation, one event and one row of the audit log. ErrRefused means that
// the ticket is not as the arrow wants it.
func (a compiled) move(ctx context.Context, tx pgx.Tx, by audit.Actor, reason string, what detail, args pgx.NamedArgs) (m moved, err error) {
	all := pgx.NamedArgs{"me": by.ID, "event": a.event, "kind": actorKind(by), "actor": actorID(by), "reason": reason, "data": what}
	maps.Copy(all, args)
	rows, err := tx.Query(ctx, a.sql, all)
	if err == nil {
		m, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[moved])
	}
	if err == pgx.ErrNoRows {
		return m, ErrRefused
	}
	if err != nil {
		return m, fmt.Errorf("%s: %w", a.event, err)
	}
	return m, m.log(ctx, tx, by, a.event, reason, what)
}

// compiled is an arrow with its statement.
type compiled struct {
	arrow
	sql string
}

func compile(a arrow) compiled { return compiled{a, a.statement()} }

// log writes the audit row of a step.
func (m moved) log(ctx context.Context, tx pgx.Tx, by audit.Actor, action, reason string, what any) error {
	return audit.Append(ctx, tx, by, audit.Entry{Action: action, ObjectKind: "ticket", ObjectID: m.ID.String(),
		Conversation: m.Conversation, Region: m.Region, Reason: reason, Data: what})
}

// note writes an event that is no transition, and its audit row.
func (m moved) note(ctx context.Context, tx pgx.Tx, by audit.Actor, event, reason string, what any) error {
	if err := remark(ctx, tx, by, m.ID, event, reason, what); err != nil {
		return err
	}
	return m.log(ctx, tx, by, event, reason, what)
}

// line begins a sentence about the step for the family.
func (m moved) line(event, worker, text string) line {
	return line{conversation: m.Conversation, ticket: m.ID, epoch: m.Epoch, event: event, worker: worker, text: text}
}

// change is what has to be announced of the step.
func (m moved) change(alerts ...Alert) Change {
	c := Change{Conversations: []uuid.UUID{m.Conversation}, Queue: true, Alerts: alerts}
	if m.Giver != nil && (m.Owner == nil || *m.Owner != *m.Giver) {
		c.Members = append(c.Members, *m.Giver)
	}
	if m.Owner != nil && (m.Giver == nil || *m.Owner != *m.Giver) {
		c.Members = append(c.Members, *m.Owner)
	}
	return c
}

// actorKind is how ticket_events name whoever does something.
func actorKind(by audit.Actor) string {
	switch by.Role {
	case "user", "system", "bot", "supervisor":
		return by.Role
	}
	return "worker"
}

func actorID(by audit.Actor) *uuid.UUID {
	if by.ID == uuid.Nil {
		return nil
	}
	return &by.ID
}

// change runs one change of the queue and announces it after its commit.
func (s *Store) change(ctx context.Context, f func(tx pgx.Tx) (Change, error)) error {
	var c Change
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) (err error) {
		c, err = f(tx)
		return err
	})
	if err == nil {
		s.changed(c)
	}
	return err
}

// lockWorker makes the steps of one person wait for each other: their capacity, duty and blocks cannot change between
// the look and the step. It comes before every lock of a ticket. ErrOffDuty: the person does not answer now.
func lockWorker(ctx context.Context, tx pgx.Tx, id uuid.UUID) (name, role string, err error) {
	err = tx.QueryRow(ctx, `SELECT w.name, w.role FROM workers w WHERE w.id = $1 AND `+answers+` FOR NO KEY UPDATE`, id).Scan(&name, &role)
	if err == pgx.ErrNoRows {
		return "", "", ErrOffDuty
	}
	if err != nil {
		return "", "", fmt.Errorf("lock worker: %w", err)
	}
	return name, role, nil
}

// hold locks a ticket for a command of somebody who has seen it at an epoch: ErrNotFound where they may not know of it,
// *ConflictError where it has moved on.
func hold(ctx context.Context, tx pgx.Tx, by audit.Actor, id uuid.UUID, epoch int64) (Ticket, error) {
	t, err := holdAny(ctx, tx, by, id, seen)
	if err == nil && t.Epoch != epoch {
		err = t.conflict()
	}
	return t, err
}

// holdAny locks a ticket at whatever epoch it is. It is read after the lock, so that nothing of it is stale.
func holdAny(ctx context.Context, tx pgx.Tx, by audit.Actor, id uuid.UUID, right string) (Ticket, error) {
	if _, err := tx.Exec(ctx, `SELECT 1 FROM tickets WHERE id = $1 FOR NO KEY UPDATE`, id); err != nil {
		return Ticket{}, fmt.Errorf("lock ticket: %w", err)
	}
	return ticketFor(ctx, tx, right, by, id)
}

func (t Ticket) conflict() error {
	return &ConflictError{State: t.State, Epoch: t.Epoch, Owner: t.OwnerName}
}

// join makes a worker take part in a conversation.
func join(ctx context.Context, tx pgx.Tx, conv, worker uuid.UUID, role string) error {
	_, err := tx.Exec(ctx, `INSERT INTO participants (conversation_id, member_id, role, verified) VALUES ($1, $2, $3, true)
		ON CONFLICT (conversation_id, member_id) DO UPDATE SET left_at = NULL, can_write = true, joined_at = now(), role = excluded.role`, conv, worker, role)
	if err != nil {
		return fmt.Errorf("join conversation: %w", err)
	}
	return nil
}

// leave ends the part of all staff in a conversation.
func leave(ctx context.Context, tx pgx.Tx, conv uuid.UUID) error {
	_, err := tx.Exec(ctx, `UPDATE participants SET left_at = now() WHERE conversation_id = $1 AND left_at IS NULL AND role IN ('worker', 'supervisor')`, conv)
	if err != nil {
		return fmt.Errorf("leave conversation: %w", err)
	}
	return nil
}

// remark writes an event that is no transition.
func remark(ctx context.Context, tx pgx.Tx, by audit.Actor, ticket uuid.UUID, event, reason string, data any) error {
	_, err := tx.Exec(ctx, `INSERT INTO ticket_events (ticket_id, epoch, event, transition, actor_kind, actor_id, reason, data)
		SELECT t.id, t.epoch, $2, false, $3, $4, nullif($5, ''), $6 FROM tickets t WHERE t.id = $1`, ticket, event, actorKind(by), actorID(by), reason, data)
	if err != nil {
		return fmt.Errorf("%s: %w", event, err)
	}
	return nil
}
