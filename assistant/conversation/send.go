package conversation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Outgoing is a message that a person sends. ClientMsgID is made once by the client and kept across its retries.
type Outgoing struct {
	Conversation uuid.UUID
	Sender       uuid.UUID
	ClientMsgID  string
	Kind         string
	Body         string
}

// Receipt says that a message is stored, and where.
type Receipt struct {
	Message   Message
	Duplicate bool     // it was stored by an earlier try: nothing is new
	Turn      *BotTurn // what the program now owes to the message: to read it for danger, and to answer where no person does
}

// userSend numbers the message, checks the right to write and the client message id, reopens a closed conversation
// and leaves the debt of a turn, all at once. There is a turn in every mode: also what is said to a person is read for
// danger. Zero rows mean refused. There is no ON CONFLICT DO NOTHING: it would burn a seq.
const userSend = `
	WITH c AS (
	  UPDATE conversations c SET last_seq = c.last_seq + 1, last_msg_at = now(),
	         epoch = c.epoch + (c.mode = 'closed')::int, mode = CASE c.mode WHEN 'closed' THEN 'bot' ELSE c.mode END
	   WHERE c.id = $1
	     AND EXISTS (SELECT 1 FROM participants p WHERE p.conversation_id = $1 AND p.member_id = $2 AND p.can_write AND p.left_at IS NULL)
	     AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = $1 AND m.sender_id = $2 AND m.client_msg_id = $3)
	  RETURNING c.last_seq, c.mode, c.epoch),
	m AS (INSERT INTO messages (conversation_id, seq, id, sender_kind, sender_id, client_msg_id, kind, body, body_mac, meta, ai_generated)
	      SELECT $1, c.last_seq, $4, 'user', $2, $3, $5, $6, $7, $8, false FROM c RETURNING seq, created_at),
	b AS (INSERT INTO bot_turns (conversation_id, user_seq, epoch, deadline_at)
	      SELECT $1, c.last_seq, c.epoch, now() + interval '30 s' FROM c)
	SELECT m.seq, m.created_at, c.epoch FROM m, c`

// Send stores a person's message once. The same id and words again give the first receipt; the same id with other
// words is ErrConflict; a stranger gets ErrForbidden.
func (s *Store) Send(ctx context.Context, out Outgoing) (Receipt, error) {
	m := out.message("user")
	mac := s.mac(out.Kind, out.Body)
	turn := BotTurn{Conversation: m.Conversation}
	err := s.db.QueryRow(ctx, userSend, m.Conversation, m.Sender, m.ClientMsgID, m.ID, m.Kind, m.Body, mac, m.Meta).
		Scan(&m.Seq, &m.CreatedAt, &turn.Epoch)
	switch {
	case err == pgx.ErrNoRows, isUnique(err):
		return s.earlier(ctx, out, mac)
	case err != nil:
		return Receipt{}, fmt.Errorf("send: %w", err)
	}
	turn.UserSeq = m.Seq
	return Receipt{Message: m, Turn: &turn}, nil
}

func (out Outgoing) message(sender string) Message {
	return Message{
		Conversation: out.Conversation, ID: uuid.Must(uuid.NewV7()), SenderKind: sender, Sender: out.Sender,
		ClientMsgID: out.ClientMsgID, Kind: out.Kind, Body: out.Body, Meta: json.RawMessage(`{}`),
	}
}

// earlier explains a refused send by the row that is already there.
func (s *Store) earlier(ctx context.Context, out Outgoing, mac []byte) (Receipt, error) {
	rows, err := s.db.Query(ctx, `SELECT `+messageColumns+`, body_mac FROM messages
		WHERE conversation_id = $1 AND sender_id = $2 AND client_msg_id = $3`, out.Conversation, out.Sender, out.ClientMsgID)
	if err != nil {
		return Receipt{}, fmt.Errorf("read earlier send: %w", err)
	}
	var stored []byte
	m, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (Message, error) { return scanMessage(row, &stored) })
	switch {
	case err == pgx.ErrNoRows:
		return Receipt{}, ErrForbidden
	case err != nil:
		return Receipt{}, fmt.Errorf("read earlier send: %w", err)
	case !bytes.Equal(stored, mac):
		return Receipt{}, ErrConflict
	}
	return Receipt{Message: m, Duplicate: true}, nil
}

func isUnique(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}

const messageColumns = `conversation_id, seq, id, sender_kind, sender_id, client_msg_id, kind, coalesce(body, ''), meta, ai_generated, created_at`

func scanMessage(row pgx.CollectableRow, more ...any) (Message, error) {
	var m Message
	var at time.Time
	err := row.Scan(append([]any{&m.Conversation, &m.Seq, &m.ID, &m.SenderKind, &m.Sender, &m.ClientMsgID, &m.Kind, &m.Body, &m.Meta, &m.AI, &at}, more...)...)
	m.CreatedAt = at
	return m, err
}

// Since reads what came after a seq, in order, at most limit messages.
func (s *Store) Since(ctx context.Context, conv uuid.UUID, after int64, limit int) ([]Message, error) {
	return s.messages(ctx, `SELECT `+messageColumns+` FROM messages WHERE conversation_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`, conv, after, limit)
}

// Before reads the last messages before a seq, in order; before 0 means the newest.
func (s *Store) Before(ctx context.Context, conv uuid.UUID, before int64, limit int) ([]Message, error) {
	return s.messages(ctx, `SELECT * FROM (SELECT `+messageColumns+` FROM messages
		WHERE conversation_id = $1 AND ($2::bigint = 0 OR seq < $2) ORDER BY seq DESC LIMIT $3) m ORDER BY seq`, conv, before, limit)
}

func (s *Store) messages(ctx context.Context, query string, args ...any) ([]Message, error) {
	rows, err := s.db.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Message, error) { return scanMessage(row) })
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	return all, nil
}

// Heads returns the newest seq of each conversation that exists.
func (s *Store) Heads(ctx context.Context, convs []uuid.UUID) (map[uuid.UUID]int64, error) {
	rows, err := s.db.Query(ctx, `SELECT id, last_seq FROM conversations WHERE id = ANY($1)`, convs)
	if err != nil {
		return nil, fmt.Errorf("read heads: %w", err)
	}
	heads := map[uuid.UUID]int64{}
	var id uuid.UUID
	var seq int64
	if _, err := pgx.ForEachRow(rows, []any{&id, &seq}, func() error {
		heads[id] = seq
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read heads: %w", err)
	}
	return heads, nil
}

// Mark moves a member's delivered mark, and with read the read mark, up to a seq: never back, never past the head.
func (s *Store) Mark(ctx context.Context, conv, member uuid.UUID, upto int64, read bool) error {
	tag, err := s.db.Exec(ctx, `
		UPDATE participants p SET last_seen_at = now(),
		  delivered_seq = greatest(p.delivered_seq, least($3, c.last_seq)),
		  read_seq = CASE WHEN $4 THEN greatest(p.read_seq, least($3, c.last_seq)) ELSE p.read_seq END
		FROM conversations c
		WHERE c.id = $1 AND p.conversation_id = $1 AND p.member_id = $2 AND p.left_at IS NULL`, conv, member, upto, read)
	if err != nil {
		return fmt.Errorf("mark: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return ErrForbidden
	}
	return nil
}
