package conversation

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/handoff"
)

// Opinion is what a language model thought of a message, and what came of it.
type Opinion struct {
	Outcome    string // answered, no_answer or filtered
	Level      int    // where it answered
	Categories []string
	Flags      []string
	Model      string
	Prompt     string // opinion@1
	ReadAs     int    // the level of the session without it
	RaisedTo   *int   // nil where that stayed
	Alone      int    // the level of the message by rules and classifier; not stored
	Concern    bool   // it made the message one of concern in a session that is at that level; not stored
}

// changed tells whether an opinion changed what was found.
func (o *Opinion) changed() bool { return o.RaisedTo != nil || o.Concern }

// keep stores an opinion; false where the message has one already.
func (o *Opinion) keep(ctx context.Context, tx pgx.Tx, t BotTurn, late bool) (bool, error) {
	if o == nil {
		return false, nil
	}
	tag, err := tx.Exec(ctx, `INSERT INTO opinions (conversation_id, user_seq, outcome, level, categories, flags, model, prompt, read_as, raised_to, late)
		VALUES ($1, $2, $3, CASE WHEN $3 = 'answered' THEN $4::smallint END, coalesce($5::text[], '{}'), coalesce($6::text[], '{}'), $7, $8, $9, $10, $11)
		ON CONFLICT DO NOTHING`,
		t.Conversation, t.UserSeq, o.Outcome, o.Level, o.Categories, o.Flags, o.Model, o.Prompt, o.ReadAs, o.RaisedTo, late)
	if err != nil {
		return false, fmt.Errorf("store opinion: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}

// Late is an opinion that came after the answer to its message.
type Late struct {
	Turn       BotTurn
	Assessment *Assessment // as the opinion leaves it; its Opinion is set, its Evidence is the opinion's alone
	Body       string      // to be said now; empty: nothing
	Meta       json.RawMessage

	// Raise adds to what triage wants back with the next message what it has to know of the opinion.
	Raise func(session json.RawMessage) (json.RawMessage, error)
}

// Heed takes in an opinion that came late, in one transaction: it is stored, and where it raises the level so are the
// assessments from its message on, and the ticket. The words are said where nobody but the bot answers, and nothing as
// grave was said to a later message; ok tells whether they were. An opinion is heeded once.
func (s *Store) Heed(ctx context.Context, l Late) (m Message, ok bool, err error) {
	m = Message{Conversation: l.Turn.Conversation, ID: uuid.Must(uuid.NewV7()), SenderKind: "bot", Sender: BotID, Kind: "text",
		Body: l.Body, Meta: l.Meta, AI: true}
	var change handoff.Change
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		if there, err := lockTurn(ctx, tx, l.Turn); !there || err != nil {
			return err
		}
		if fresh, err := l.Assessment.Opinion.keep(ctx, tx, l.Turn, true); !fresh || err != nil || !l.Assessment.Opinion.changed() {
			return err
		}
		opened, err := l.raise(ctx, tx)
		if err != nil {
			return err
		}
		change = opened.Change
		if ok, err = s.sayLate(ctx, tx, l, &m); err != nil || !opened.Waits {
			return err
		}
		return handoff.Announce(ctx, tx, l.Turn.Conversation)
	})
	if err != nil {
		return Message{}, false, fmt.Errorf("heed an opinion: %w", err)
	}
	s.changed(change)
	if !ok {
		m = Message{}
	}
	return m, ok, nil
}

// botLate is the fence of words that come late: who holds the conversation now decides, whatever was before.
const botLate = `
	WITH c AS (
	  UPDATE conversations c SET last_seq = c.last_seq + 1, last_msg_at = now()
	   WHERE c.id = $1 AND c.mode IN ('bot', 'waiting') AND NOT EXISTS (SELECT 1 FROM assessments a
	         WHERE a.conversation_id = $1 AND a.user_seq > $2 AND substring(a.script FROM '@([0-9])')::int >= $3) RETURNING c.last_seq),
	m AS (INSERT INTO messages (conversation_id, seq, id, sender_kind, sender_id, client_msg_id, kind, body, body_mac, meta, ai_generated)
	      SELECT $1, c.last_seq, $4, 'bot', $5, 'opinion-' || lpad($2::bigint::text, 10, '0'), $6, $7, $8, $9, true FROM c RETURNING seq, created_at, client_msg_id),
	a AS (UPDATE assessments a SET script = $10 FROM m WHERE a.conversation_id = $1 AND a.user_seq = $2)
	SELECT seq, created_at, client_msg_id FROM m`

func (s *Store) sayLate(ctx context.Context, tx pgx.Tx, l Late, m *Message) (bool, error) {
	if l.Body == "" {
		return false, nil
	}
	return say(ctx, tx, botLate, []any{l.Turn.Conversation, l.Turn.UserSeq, l.Assessment.Level, m.ID, m.Sender,
		m.Kind, m.Body, s.mac(m.Kind, m.Body), m.Meta, l.Assessment.Script}, m)
}

// raise raises the assessment of the message, those of later messages that were read without knowing of it, and the
// ticket.
func (l Late) raise(ctx context.Context, tx pgx.Tx) (opened handoff.Opened, err error) {
	if err := l.lift(ctx, tx); err != nil {
		return opened, fmt.Errorf("raise assessment: %w", err)
	}
	if l.Assessment.Ticket == nil {
		return opened, nil
	}
	ticket := *l.Assessment.Ticket
	ticket.Conversation, ticket.UserSeq = l.Turn.Conversation, l.Turn.UserSeq
	return handoff.Open(ctx, tx, ticket)
}

// selectLower are the assessments from a message on that are no higher than what it turns out to be, in one order for all
// who lock them. What a human has found to be less than it looked stays so.
const selectLower = `SELECT user_seq, session FROM assessments a
	WHERE a.conversation_id = $1 AND a.user_seq >= $2 AND a.level <= $3
	  AND NOT EXISTS (SELECT 1 FROM level_changes c WHERE c.conversation_id = $1 AND c.user_seq >= $2 AND c.user_seq < a.user_seq)
	ORDER BY a.user_seq FOR NO KEY UPDATE`

// lift raises assessments. That of the message itself gets all that the opinion said, those after it the level.
func (l Late) lift(ctx context.Context, tx pgx.Tx) error {
	a := l.Assessment
	rows, err := tx.Query(ctx, selectLower, l.Turn.Conversation, l.Turn.UserSeq, a.Level)
	if err != nil {
		return err
	}
	type standing struct {
		Seq     int64
		Session json.RawMessage
	}
	lower, err := pgx.CollectRows(rows, pgx.RowToStructByPos[standing])
	if err != nil {
		return err
	}
	for _, row := range lower {
		session, err := l.Raise(row.Session)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE assessments SET level = $3, session = $4 WHERE conversation_id = $1 AND user_seq = $2 AND level <= $3`,
			l.Turn.Conversation, row.Seq, a.Level, session); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `UPDATE assessments a SET message_level = greatest(a.message_level, $3),
			categories = coalesce($4::text[], '{}') || ARRAY(SELECT c FROM unnest(a.categories) c WHERE c <> ALL (coalesce($4::text[], '{}'))),
			flags = ARRAY(SELECT DISTINCT f FROM unnest(a.flags || $5::text[]) f ORDER BY f),
			evidence = $6::jsonb || coalesce(nullif(a.evidence, 'null'), '[]'), guardian_suspect = a.guardian_suspect OR $7, worker_suspect = a.worker_suspect OR $8,
			age_unknown = a.age_unknown OR $9,
			guardian_notice = CASE WHEN 'suppressed' IN (a.guardian_notice, $10) THEN 'suppressed'
			                       WHEN 'human_decides' IN (a.guardian_notice, $10) THEN 'human_decides' ELSE 'none' END
		WHERE conversation_id = $1 AND user_seq = $2`,
		l.Turn.Conversation, l.Turn.UserSeq, a.MessageLevel, a.Categories, a.Flags, a.Evidence, a.GuardianSuspect, a.WorkerSuspect,
		a.AgeUnknown, a.GuardianNotice)
	return err
}
