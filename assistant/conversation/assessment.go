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

	Opinion *Opinion         // the second opinion that was taken in; nil where there was none
	Ticket  *handoff.Request // nil where no person is needed; its conversation and message are those of the turn
}

// keep stores the assessment of a turn and opens or raises the ticket that it asks for, or that a family needs who
// writes again shortly after a serious one. The first assessment of a message stands; a ticket is asked for each time,
// since it can only rise. Of a nil assessment nothing is kept.
func (a *Assessment) keep(ctx context.Context, tx pgx.Tx, t BotTurn) (opened handoff.Opened, err error) {
	if a == nil {
		return opened, nil
	}
	tag, err := tx.Exec(ctx, `INSERT INTO assessments (conversation_id, user_seq, level, message_level, categories, flags, evidence, speaker,
			guardian_suspect, worker_suspect, age_unknown, guardian_notice, script, versions, session)
		VALUES ($1, $2, $3, $4, coalesce($5::text[], '{}'), coalesce($6::text[], '{}'), coalesce($7::jsonb, '[]'), $8, $9, $10, $11, $12, $13,
			coalesce($14::jsonb, '{}'), coalesce($15::jsonb, '{}')) ON CONFLICT DO NOTHING`,
		t.Conversation, t.UserSeq, a.Level, a.MessageLevel, a.Categories, a.Flags, a.Evidence, a.Speaker,
		a.GuardianSuspect, a.WorkerSuspect, a.AgeUnknown, a.GuardianNotice, a.Script, a.Versions, a.Session)
	if err != nil {
		return opened, fmt.Errorf("store assessment: %w", err)
	}
	if tag.RowsAffected() > 0 { // whoever stored another assessment has an opinion of its own
		if _, err = a.Opinion.keep(ctx, tx, t, false); err != nil {
			return opened, err
		}
	}
	opened, reopened, err := handoff.Reopen(ctx, tx, t.Conversation, t.UserSeq)
	if err != nil || a.Ticket == nil {
		return opened, err
	}
	ticket := *a.Ticket
	ticket.Conversation, ticket.UserSeq = t.Conversation, t.UserSeq
	asked, err := handoff.Open(ctx, tx, ticket)
	if err != nil || !reopened {
		return asked, err
	}
	opened.Change.Alerts = append(opened.Change.Alerts, asked.Change.Alerts...)
	return opened, nil
}
