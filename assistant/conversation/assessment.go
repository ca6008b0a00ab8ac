package conversation

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/handoff"
)

// Assessment is what triage says of a message of a user. It is stored with the answer, and also where no answer counts
// any more: that somebody is in danger stays true when a person has taken over.
type Assessment struct {
	Level           int // of the session
	MessageLevel    int
	Categories      []string // strongest first
	Flags           []string // R1 to R9
	Evidence        json.RawMessage
	Speaker         string
	GuardianSuspect bool
	WorkerSuspect   bool
	AgeUnknown      bool
	GuardianNotice  string          // none, suppressed or human_decides
	Script          string          // id@version; empty where none was shown
	Versions        json.RawMessage // of all that took part
	Session         json.RawMessage // what triage wants back with the next message

	Ticket *handoff.Ticket // nil where no person is needed; its conversation and message are those of the turn
}

// keep stores the assessment of a turn and opens or raises the ticket that it asks for. The first assessment of a
// message stands; a ticket is asked for each time, since it can only rise.
func (a *Assessment) keep(ctx context.Context, tx pgx.Tx, t BotTurn) error {
	_, err := tx.Exec(ctx, `INSERT INTO assessments (conversation_id, user_seq, level, message_level, categories, flags, evidence, speaker,
			guardian_suspect, worker_suspect, age_unknown, guardian_notice, script, versions, session)
		VALUES ($1, $2, $3, $4, coalesce($5::text[], '{}'), coalesce($6::text[], '{}'), coalesce($7::jsonb, '[]'), $8, $9, $10, $11, $12, $13,
			coalesce($14::jsonb, '{}'), coalesce($15::jsonb, '{}')) ON CONFLICT DO NOTHING`,
		t.Conversation, t.UserSeq, a.Level, a.MessageLevel, a.Categories, a.Flags, a.Evidence, a.Speaker,
		a.GuardianSuspect, a.WorkerSuspect, a.AgeUnknown, a.GuardianNotice, a.Script, a.Versions, a.Session)
	if err != nil {
		return fmt.Errorf("store assessment: %w", err)
	}
	if a.Ticket == nil {
		return nil
	}
	ticket := *a.Ticket
	ticket.Conversation, ticket.UserSeq = t.Conversation, t.UserSeq
	_, _, err = handoff.Open(ctx, tx, ticket)
	return err
}
