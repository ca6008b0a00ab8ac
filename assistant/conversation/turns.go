package conversation

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/handoff"
)

// BotTurn is what the program owes to the user's message UserSeq: to read it for danger, and to answer it. An answer is
// taken only while the conversation is still at Epoch and no person holds it.
type BotTurn struct {
	Conversation uuid.UUID
	UserSeq      int64
	Epoch        int64
}

// Reply is the bot's answer to a turn.
type Reply struct {
	Turn BotTurn
	Body string
	Meta json.RawMessage
	Case *CaseState // nil where the turn decided nothing

	Assessment *Assessment // nil where the message was not assessed
}

// botReply is the fence: the same statement that checks who owns the conversation inserts the answer and the case.
// While a ticket waits the bot goes on, so that nobody is left in silence; the claim ends it.
const botReply = `
	WITH c AS (
	  UPDATE conversations c SET last_seq = c.last_seq + 1, last_msg_at = now()
	   WHERE c.id = $1 AND c.mode IN ('bot', 'waiting') AND c.epoch = $2
	     AND EXISTS (SELECT 1 FROM bot_turns b WHERE b.conversation_id = $1 AND b.user_seq = $3 AND b.state = 'pending') RETURNING c.last_seq),
	m AS (INSERT INTO messages (conversation_id, seq, id, sender_kind, sender_id, client_msg_id, kind, body, body_mac, meta, ai_generated)
	      SELECT $1, c.last_seq, $4, 'bot', $5, 'turn-' || lpad($3::bigint::text, 10, '0'), 'text', $6, $7, $8, true FROM c RETURNING seq, created_at),
	b AS (UPDATE bot_turns b SET state = 'done' FROM m WHERE b.conversation_id = $1 AND b.user_seq = $3),
	k AS (INSERT INTO case_states (conversation_id, user_seq, state, rules_version, verdicts)
	      SELECT $1, $3, $9::jsonb, $10, $11::jsonb FROM m WHERE $10::text <> '')
	SELECT m.seq, m.created_at, 'turn-' || lpad($3::bigint::text, 10, '0') FROM m`

// botFail puts a notice in the place of an answer. It carries the answer's sender and client message id, so that
// of an answer and a notice that race only one can be stored.
const botFail = `
	WITH c AS (
	  UPDATE conversations c SET last_seq = c.last_seq + 1, last_msg_at = now()
	   WHERE c.id = $1 AND c.mode IN ('bot', 'waiting') AND c.epoch = $2
	     AND EXISTS (SELECT 1 FROM bot_turns b WHERE b.conversation_id = $1 AND b.user_seq = $3 AND b.state = 'pending') RETURNING c.last_seq),
	m AS (INSERT INTO messages (conversation_id, seq, id, sender_kind, sender_id, client_msg_id, kind, body, body_mac, meta, ai_generated)
	      SELECT $1, c.last_seq, $4, 'system', $5, 'turn-' || lpad($3::bigint::text, 10, '0'), 'notice', $6, $7, $8, false FROM c RETURNING seq, created_at),
	b AS (UPDATE bot_turns b SET state = 'failed' FROM m WHERE b.conversation_id = $1 AND b.user_seq = $3)
	SELECT m.seq, m.created_at, 'turn-' || lpad($3::bigint::text, 10, '0') FROM m`

// SafeText is what a person reads where no answer came: never silence.
const SafeText = "刚才没能答上来，请再问一次，或者打 12345"

// Reply stores the bot's answer. ok is false where the answer no longer counts: a person took over, or the turn was
// answered or given up already. Nothing may be shown of it then.
func (s *Store) Reply(ctx context.Context, r Reply) (m Message, ok bool, err error) {
	m = Message{SenderKind: "bot", Kind: "text", Body: r.Body, Meta: r.Meta, AI: true}
	if len(m.Meta) == 0 {
		m.Meta = json.RawMessage(`{}`)
	}
	c := r.Case
	if c == nil {
		c = &CaseState{State: json.RawMessage(`{}`), Verdicts: json.RawMessage(`{}`)}
	}
	return s.close(ctx, botReply, r.Turn, r.Assessment, m, c.State, c.Rules, c.Verdicts)
}

// Fail ends a turn that got no answer with SafeText. What triage said of the message before the turn failed is kept; a
// is nil where it said nothing. ok is as in Reply.
func (s *Store) Fail(ctx context.Context, t BotTurn, a *Assessment) (m Message, ok bool, err error) {
	meta, err := json.Marshal(struct {
		UserSeq int64 `json:"user_seq"`
	}{t.UserSeq})
	if err != nil {
		return Message{}, false, err
	}
	return s.close(ctx, botFail, t, a, Message{SenderKind: "system", Kind: "notice", Body: SafeText, Meta: meta})
}

// Assess ends a turn whose answer a person gives: only what triage said of the message is kept, and the ticket raised.
func (s *Store) Assess(ctx context.Context, t BotTurn, a *Assessment) error {
	_, _, err := s.close(ctx, "", t, a, Message{})
	return err
}

// close ends a turn in one transaction: the assessment and its ticket first, then the message, if the bot still owns
// the conversation, then how the ticket stands. So no answer is shown whose danger is not stored, and none is stored
// twice.
func (s *Store) close(ctx context.Context, statement string, t BotTurn, a *Assessment, m Message, more ...any) (Message, bool, error) {
	m.Conversation, m.ID, m.Sender = t.Conversation, uuid.Must(uuid.NewV7()), BotID
	args := append([]any{t.Conversation, t.Epoch, t.UserSeq, m.ID, m.Sender, m.Body, s.mac(m.Kind, m.Body), m.Meta}, more...)
	ok := false
	var change handoff.Change
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		if there, err := lockTurn(ctx, tx, t); !there || err != nil {
			return err
		}
		opened, err := a.keep(ctx, tx, t)
		if err != nil {
			return err
		}
		change = opened.Change
		if ok, err = say(ctx, tx, statement, args, &m); err != nil {
			return err
		}
		if !ok {
			_, err = tx.Exec(ctx, `UPDATE bot_turns SET state = 'fenced' WHERE conversation_id = $1 AND user_seq = $2 AND state = 'pending'`,
				t.Conversation, t.UserSeq)
		}
		if err != nil || !opened.Waits {
			return err
		}
		return handoff.Announce(ctx, tx, t.Conversation)
	})
	if err != nil || !ok {
		m = Message{}
	}
	if err != nil {
		return m, false, fmt.Errorf("end turn: %w", err)
	}
	s.changed(change)
	return m, ok, nil
}

// say runs the statement that stores a turn's message; false where it does not count. An empty statement says nothing.
func say(ctx context.Context, tx pgx.Tx, statement string, args []any, m *Message) (bool, error) {
	if statement == "" {
		return false, nil
	}
	err := tx.QueryRow(ctx, statement, args...).Scan(&m.Seq, &m.CreatedAt, &m.ClientMsgID)
	if err == pgx.ErrNoRows {
		return false, nil
	}
	return err == nil, err
}

// lockTurn makes those who end the same turn wait for each other, and keeps Purge away from the conversation; there is
// false where Purge came first. It holds up neither messages nor a claim.
func lockTurn(ctx context.Context, tx pgx.Tx, t BotTurn) (there bool, err error) {
	tag, err := tx.Exec(ctx, `SELECT 1 FROM conversations WHERE id = $1 FOR KEY SHARE`, t.Conversation)
	if err != nil || tag.RowsAffected() == 0 {
		return false, err
	}
	_, err = tx.Exec(ctx, `SELECT 1 FROM bot_turns WHERE conversation_id = $1 AND user_seq = $2 FOR UPDATE`, t.Conversation, t.UserSeq)
	return true, err
}

// Overdue lists turns whose time is up, oldest first. The reader does not lock them: Fail decides.
func (s *Store) Overdue(ctx context.Context, limit int) ([]BotTurn, error) {
	return s.turns(ctx, `SELECT conversation_id, user_seq, epoch FROM bot_turns
		WHERE state = 'pending' AND deadline_at < now() ORDER BY deadline_at LIMIT $1`, limit)
}

// Recover lists the turns that a program that is gone has left open, and gives them a new deadline.
// Running one that another node still works on does no harm: the first answer counts.
func (s *Store) Recover(ctx context.Context) ([]BotTurn, error) {
	turns, err := s.turns(ctx, `UPDATE bot_turns SET deadline_at = now() + interval '30 s' WHERE state = 'pending'
		RETURNING conversation_id, user_seq, epoch`)
	slices.SortFunc(turns, func(a, b BotTurn) int { return int(a.UserSeq - b.UserSeq) })
	return turns, err
}

func (s *Store) turns(ctx context.Context, query string, args ...any) ([]BotTurn, error) {
	rows, err := s.db.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read turns: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[BotTurn])
	if err != nil {
		return nil, fmt.Errorf("read turns: %w", err)
	}
	return all, nil
}

// maxQuestions is how many earlier messages a turn looks back on.
const maxQuestions = 50

// Asked is a message of a user with what stands before it.
type Asked struct {
	Region    string   // 12 digits
	Questions []string // the user's messages, oldest first; the last one is the message itself
	Held      bool     // a person answers it: the program only reads it for danger
}

// Question returns what a turn has to answer.
func (s *Store) Question(ctx context.Context, t BotTurn) (q Asked, err error) {
	err = s.db.QueryRow(ctx, `SELECT region_code, mode NOT IN ('bot', 'waiting') OR epoch <> $2 FROM conversations WHERE id = $1`,
		t.Conversation, t.Epoch).Scan(&q.Region, &q.Held)
	if err != nil {
		return q, fmt.Errorf("read conversation: %w", err)
	}
	rows, err := s.db.Query(ctx, `SELECT coalesce(body, '') FROM messages
		WHERE conversation_id = $1 AND seq <= $2 AND sender_kind = 'user' AND kind = 'text' ORDER BY seq DESC LIMIT $3`,
		t.Conversation, t.UserSeq, maxQuestions)
	if err != nil {
		return q, fmt.Errorf("read questions: %w", err)
	}
	if q.Questions, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		return q, fmt.Errorf("read questions: %w", err)
	}
	slices.Reverse(q.Questions)
	return q, nil
}
