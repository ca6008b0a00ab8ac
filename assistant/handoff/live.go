package handoff

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// What the sockets of all nodes need of the queue: who holds a conversation, who is there, for whom it rings.

// Control is who steers a conversation, as everybody in it may know.
type Control struct {
	State  string `json:"state"`  // of its newest ticket; empty where there was none
	Mode   string `json:"mode"`   // bot, waiting, human or closed
	Epoch  int64  `json:"epoch"`  // of the ticket
	Worker string `json:"worker"` // display name of whoever holds it; empty where nobody does
}

// Control returns who steers a conversation, or ErrNotFound.
func (s *Store) Control(ctx context.Context, conv uuid.UUID) (c Control, err error) {
	err = s.db.QueryRow(ctx, `SELECT coalesce(t.state, ''), c.mode, coalesce(t.epoch, 0), coalesce(w.name, '')
		  FROM conversations c LEFT JOIN workers w ON w.id = c.owner_id
		  LEFT JOIN LATERAL (SELECT state, epoch FROM tickets WHERE conversation_id = c.id ORDER BY enqueued_at DESC, id DESC LIMIT 1) t ON true
		 WHERE c.id = $1`, conv).Scan(&c.State, &c.Mode, &c.Epoch, &c.Worker)
	if err == pgx.ErrNoRows {
		return Control{}, ErrNotFound
	}
	if err != nil {
		return Control{}, fmt.Errorf("read who steers: %w", err)
	}
	return c, nil
}

// Holds tells whether a conversation is in somebody's hands.
func (s *Store) Holds(ctx context.Context, conv, worker uuid.UUID) (holds bool, err error) {
	err = s.db.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM conversations WHERE id = $1 AND mode = 'human' AND owner_id = $2)`, conv, worker).Scan(&holds)
	if err != nil {
		return false, fmt.Errorf("read who holds: %w", err)
	}
	return holds, nil
}

// Pulse changes with everything that happens to tickets.
func (s *Store) Pulse(ctx context.Context) (pulse int64, err error) {
	if err = s.db.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM ticket_events`).Scan(&pulse); err != nil {
		return 0, fmt.Errorf("read the newest event: %w", err)
	}
	return pulse, nil
}

// Presence is one socket of one of the staff.
type Presence struct {
	Worker    uuid.UUID
	Conn      uuid.UUID
	Silent    time.Duration // since the last sign of life: a laptop that sleeps leaves its socket open
	Status    string        // online, busy or away
	Viewing   uuid.UUID     // the conversation on the screen; uuid.Nil: none
	Composing bool
}

// Beat says that sockets of a node live. What is not renewed within 45 seconds counts as gone: the table is lost with
// a crash of the database, so each beat says everything.
func (s *Store) Beat(ctx context.Context, node string, sockets []Presence) error {
	n := len(sockets)
	workers, conns, statuses, viewing, composing := make([]uuid.UUID, n), make([]uuid.UUID, n), make([]string, n), make([]*uuid.UUID, n), make([]bool, n)
	silent := make([]float64, n)
	for i, p := range sockets {
		workers[i], conns[i], statuses[i], composing[i], silent[i] = p.Worker, p.Conn, p.Status, p.Composing, p.Silent.Seconds()
		if p.Viewing != uuid.Nil {
			viewing[i] = &p.Viewing
		}
	}
	_, err := s.db.Exec(ctx, `INSERT INTO presence (worker_id, conn_id, node, status, viewing, composing, beat_at)
		SELECT worker, conn, $1, status, viewing, composing, now() - make_interval(secs => silent)
		  FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::bool[], $7::float8[]) AS p (worker, conn, status, viewing, composing, silent)
		 ORDER BY worker, conn
		ON CONFLICT (worker_id, conn_id) DO UPDATE SET status = excluded.status, viewing = excluded.viewing,
		  composing = excluded.composing, beat_at = excluded.beat_at`, node, workers, conns, statuses, viewing, composing, silent)
	if err != nil {
		return fmt.Errorf("beat: %w", err)
	}
	return nil
}

// Leave takes a socket out, and those that have been gone for long.
func (s *Store) Leave(ctx context.Context, conn uuid.UUID) error {
	if _, err := s.db.Exec(ctx, `DELETE FROM presence WHERE conn_id = $1 OR beat_at < now() - interval '10 min'`, conn); err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	return nil
}

// Watcher is one of the staff who has a conversation on the screen.
type Watcher struct {
	Worker    uuid.UUID
	Name      string
	Composing bool
}

// Watchers lists who has a conversation on the screen, on any node.
func (s *Store) Watchers(ctx context.Context, conv uuid.UUID) ([]Watcher, error) {
	return readAll[Watcher](ctx, s.db, "read who is there", `SELECT w.id, w.name, bool_or(p.composing) FROM presence p JOIN workers w ON w.id = p.worker_id
		WHERE p.viewing = $1 AND p.beat_at > now() - `+beatLasts+` GROUP BY w.id, w.name ORDER BY w.name, w.id`, conv)
}

// Seen is somebody who is connected to a conversation.
type Seen struct{ Conversation, Member uuid.UUID }

// Seen notes that people are connected, where a person waits for them or talks with them. It waits for nobody's lock:
// what it cannot note now it notes with the next beat.
func (s *Store) Seen(ctx context.Context, there []Seen) error {
	convs, members := make([]uuid.UUID, len(there)), make([]uuid.UUID, len(there))
	for i, p := range there {
		convs[i], members[i] = p.Conversation, p.Member
	}
	_, err := s.db.Exec(ctx, `WITH there AS (
		  SELECT p.conversation_id, p.member_id FROM unnest($1::uuid[], $2::uuid[]) AS u (conv, member)
		    JOIN conversations c ON c.id = u.conv AND c.mode IN ('waiting', 'human')
		    JOIN participants p ON p.conversation_id = u.conv AND p.member_id = u.member AND p.left_at IS NULL
		   WHERE p.last_seen_at IS NULL OR p.last_seen_at < now() - interval '5 s' FOR UPDATE OF p SKIP LOCKED)
		UPDATE participants p SET last_seen_at = now() FROM there
		 WHERE p.conversation_id = there.conversation_id AND p.member_id = there.member_id`, convs, members)
	if err != nil {
		return fmt.Errorf("note who is there: %w", err)
	}
	return nil
}

// Ring is a ticket that calls for one of the staff.
type Ring struct {
	Worker   uuid.UUID
	Ticket   uuid.UUID
	No       string
	Priority int
	Rung     int // the last one that fired
	Opened   time.Time
	Calls    string // for what: to claim it, to reply to the family that waits for its owner, or because it was raised in their hands
}

// called: a rung of the ticket has called for the person. Workers are called while on duty; a supervisor who is there
// is called in any case.
const called = `EXISTS (SELECT 1 FROM ticket_events e JOIN worker_scopes s ON s.worker_id = w.id
	AND starts_with(t.region_code, s.prefix) AND length(s.prefix) >= length(e.data ->> 'prefix')
	AND ` + unsuspected + `
	 WHERE e.ticket_id = t.id AND e.event = 'rung.fired'
	   AND (e.data ->> 'audience' <> 'supervisors' AND ` + answers + ` OR e.data ->> 'audience' <> 'workers' AND w.role = 'supervisor'))`

// rings reads who of some people is called by tickets t.
const rings = `
	SELECT w.id, t.id, t.no, t.priority, coalesce((SELECT (e.data ->> 'rung')::int FROM ticket_events e
	       WHERE e.ticket_id = t.id AND e.event = 'rung.fired' ORDER BY e.id DESC LIMIT 1), 0), t.enqueued_at,
	       CASE WHEN t.owner_id IS NULL THEN 'claim' WHEN EXISTS ` + unanswered + ` THEN 'reply' ELSE 'raised' END
	  FROM tickets t JOIN workers w ON w.id = ANY($1) AND w.disabled_at IS NULL
	 WHERE ` + unblocked + ` AND `

// Ringing lists which of the staff still have to be called by which serious ticket that nobody has taken. It is read
// from the tables: a program that was down goes on ringing.
func (s *Store) Ringing(ctx context.Context, staff []uuid.UUID) ([]Ring, error) {
	return s.rings(ctx, rings+`t.state IN ('queued', 'offered') AND t.priority <= 1 AND `+called+` ORDER BY t.priority, t.enqueued_at`, staff)
}

// Called lists which of the staff are called by an alert: whoever its rungs have called to a ticket that waits; the
// owner of one that is taken, and those above, where it is them who are called.
func (s *Store) Called(ctx context.Context, staff []uuid.UUID, ticket uuid.UUID, audience string) ([]Ring, error) {
	return s.rings(ctx, rings+`t.id = $2 AND (t.state IN ('queued', 'offered') AND `+called+`
		OR t.state IN ('claimed', 'transferring') AND (t.owner_id = w.id OR $3 <> 'workers' AND `+supervises+`))`, staff, ticket, audience)
}

func (s *Store) rings(ctx context.Context, query string, args ...any) ([]Ring, error) {
	return readAll[Ring](ctx, s.db, "read for whom it rings", query, args...)
}
