package handoff

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// line is a sentence of the system in a conversation: how the handover stands.
type line struct {
	conversation uuid.UUID
	ticket       uuid.UUID
	epoch        int64  // of the ticket
	event        string // opened, claimed, released, transferred, returned, callback, closed or waiting
	worker       string // display name; empty where nobody is named
	text         string
}

// insertNotice numbers the line like every other message. A line that is there already is not written again.
const insertNotice = `
	WITH c AS (
	  UPDATE conversations c SET last_seq = c.last_seq + 1, last_msg_at = now()
	   WHERE c.id = $1 AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = $1 AND m.sender_id = $3 AND m.client_msg_id = $4)
	  RETURNING c.last_seq)
	INSERT INTO messages (conversation_id, seq, id, sender_kind, sender_id, client_msg_id, kind, body, meta, ai_generated)
	SELECT $1, c.last_seq, $2, 'system', $3, $4, 'notice', $5, $6, false FROM c`

// tell writes a line once for each event of each step of a ticket. The ticket comes before the conversation in the
// order of locks, so whoever changes the ticket in this transaction has done so before.
func tell(ctx context.Context, tx pgx.Tx, n line) error {
	var meta struct {
		Handoff struct {
			Event  string    `json:"event"`
			Worker string    `json:"worker,omitempty"`
			Ticket uuid.UUID `json:"ticket"`
		} `json:"handoff"`
	}
	meta.Handoff.Event, meta.Handoff.Worker, meta.Handoff.Ticket = n.event, n.worker, n.ticket
	data, err := json.Marshal(meta)
	if err != nil {
		return fmt.Errorf("write notice: %w", err)
	}
	// The end of the id is random; its beginning is the time, which two tickets of one conversation may share.
	hex := strings.ReplaceAll(n.ticket.String(), "-", "")
	client := fmt.Sprintf("h-%06d-%s-%s", n.epoch, n.event, hex[len(hex)-8:])
	if _, err := tx.Exec(ctx, insertNotice, n.conversation, uuid.Must(uuid.NewV7()), SystemID, client, n.text, json.RawMessage(data)); err != nil {
		return fmt.Errorf("write notice: %w", err)
	}
	return nil
}
