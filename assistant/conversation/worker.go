package conversation

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/handoff"
)

// workerSend is userSend for the person who holds the conversation: only the owner writes, and nothing is reopened.
const workerSend = `
	WITH c AS (
	  UPDATE conversations c SET last_seq = c.last_seq + 1, last_msg_at = now()
	   WHERE c.id = $1 AND c.mode = 'human' AND c.owner_id = $2
	     AND EXISTS (SELECT 1 FROM workers w WHERE w.id = $2 AND w.can_reply AND w.disabled_at IS NULL)
	     AND NOT EXISTS (SELECT 1 FROM access_blocks b WHERE b.conversation_id = $1 AND b.member_id = $2 AND b.lifted_at IS NULL)
	     AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = $1 AND m.sender_id = $2 AND m.client_msg_id = $3)
	  RETURNING c.last_seq),
	m AS (INSERT INTO messages (conversation_id, seq, id, sender_kind, sender_id, client_msg_id, kind, body, body_mac, meta, ai_generated)
	      SELECT $1, c.last_seq, $4, 'worker', $2, $3, $5, $6, $7, $8, false FROM c RETURNING seq, created_at)
	SELECT m.seq, m.created_at FROM m`

// WorkerSend stores a message of the person who holds the conversation, once; name is what the family reads. The same
// id and words again give the first receipt, other words ErrConflict; whoever does not hold it gets ErrForbidden.
func (s *Store) WorkerSend(ctx context.Context, out Outgoing, name string) (Receipt, error) {
	m := out.message("worker")
	meta, err := json.Marshal(struct {
		Name string `json:"name"`
	}{name})
	if err != nil {
		return Receipt{}, err
	}
	m.Meta = meta
	mac := s.mac(out.Kind, out.Body)
	err = s.db.QueryRow(ctx, workerSend, m.Conversation, m.Sender, m.ClientMsgID, m.ID, m.Kind, m.Body, mac, m.Meta).Scan(&m.Seq, &m.CreatedAt)
	switch {
	case err == pgx.ErrNoRows, isUnique(err):
		return s.earlier(ctx, out, mac)
	case err != nil:
		return Receipt{}, fmt.Errorf("send: %w", err)
	}
	// A statement of its own: the ticket is locked before the conversation everywhere else.
	tag, err := s.db.Exec(ctx, `UPDATE tickets SET first_reply_at = coalesce(first_reply_at, now()), lease_until = NULL
		WHERE conversation_id = $1 AND owner_id = $2 AND state IN ('claimed', 'transferring') AND (first_reply_at IS NULL OR lease_until IS NOT NULL)`,
		m.Conversation, m.Sender)
	if err != nil {
		return Receipt{Message: m}, nil // the message is stored; the lease sweep looks for messages itself
	}
	s.changed(handoff.Change{Queue: tag.RowsAffected() > 0})
	return Receipt{Message: m}, nil
}

// StaffAccess returns a conversation that a member of the staff may read for the sake of one of its tickets, or
// ErrForbidden.
func (s *Store) StaffAccess(ctx context.Context, conv, worker uuid.UUID) (Conversation, error) {
	may, err := handoff.MayRead(ctx, s.db, conv, worker)
	if err != nil {
		return Conversation{}, err
	}
	if !may {
		return Conversation{}, ErrForbidden
	}
	return s.conversation(ctx, `WHERE c.id = $1`, conv)
}

// Behind finds the conversation, and its region, that an id of a conversation or of a ticket is about; ErrForbidden where
// there is none. It asks nobody's right: only the audit log may hear of the answer.
func (s *Store) Behind(ctx context.Context, id uuid.UUID) (conv uuid.UUID, region string, err error) {
	err = s.db.QueryRow(ctx, `SELECT c.id, c.region_code FROM conversations c
		WHERE c.id = $1 OR c.id = (SELECT t.conversation_id FROM tickets t WHERE t.id = $1)`, id).Scan(&conv, &region)
	if err == pgx.ErrNoRows {
		return uuid.Nil, "", ErrForbidden
	}
	if err != nil {
		return uuid.Nil, "", fmt.Errorf("look behind an id: %w", err)
	}
	return conv, region, nil
}

// Reader is how far a participant has received and read a conversation.
type Reader struct {
	Member    uuid.UUID
	Role      string
	Delivered int64
	Read      int64
}

// Marks returns how far those who take part have read.
func (s *Store) Marks(ctx context.Context, conv uuid.UUID) ([]Reader, error) {
	rows, err := s.db.Query(ctx, `SELECT member_id, role, delivered_seq, read_seq FROM participants
		WHERE conversation_id = $1 AND left_at IS NULL ORDER BY joined_at`, conv)
	if err != nil {
		return nil, fmt.Errorf("read marks: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Reader])
	if err != nil {
		return nil, fmt.Errorf("read marks: %w", err)
	}
	return all, nil
}
