// Package conversation stores what people and the assistant say to each other: sessions, conversations, messages
// and the turns that the bot owes an answer. Every statement that decides who may write, which number a message
// gets and whether an answer still counts is one SQL statement, so that no two requests and no two nodes can
// disagree. It knows nothing of HTTP.
package conversation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"xiaohe/assistant/handoff"
	"xiaohe/database/secret"
)

// DB is what the package needs of a database: a pool.
type DB interface {
	Begin(ctx context.Context) (pgx.Tx, error)
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Store reads and writes conversations.
type Store struct {
	db      DB
	now     func() time.Time
	key     secret.ServerKey // of body_mac
	changed func(handoff.Change)
}

// BotID is the sender of every answer and of the notice that takes an answer's place.
var BotID = uuid.MustParse("00000000-0000-7000-8000-000000000b07")

// What a caller has to tell apart. Everything else that fails is the database's fault and may be tried again.
var (
	ErrForbidden = errors.New("not a participant of this conversation")
	ErrConflict  = errors.New("the client message id was used for another message")
	ErrNoSession = errors.New("the session or ticket is unknown or has ended")
	ErrTooMany   = errors.New("too many conversations in one session")
)

// New returns a store over db. now decides when sessions and tickets end.
func New(ctx context.Context, db DB, now func() time.Time) (*Store, error) {
	key, err := secret.OpenServerKey(ctx, db, "body_mac")
	if err != nil {
		return nil, err
	}
	return &Store{db: db, now: now, key: key, changed: func(handoff.Change) {}}, nil
}

// OnChange has f told, after each commit, what became of a ticket with a message. It must not wait. Call it before the
// store is used.
func (s *Store) OnChange(f func(handoff.Change)) { s.changed = f }

// mac tells whether two sends under one client message id carry the same words. It is keyed: a plain hash of a
// short Chinese sentence can be guessed.
func (s *Store) mac(kind, body string) []byte { return s.key.MAC(kind, body) }

// Conversation is one thread of messages of one member.
type Conversation struct {
	ID        uuid.UUID
	Region    string // 12 digits
	Mode      string // bot, waiting, human or closed
	Epoch     int64  // counts changes of control
	LastSeq   int64
	CreatedAt time.Time
}

// Message is a row of a conversation. Seq counts from 1 without gaps.
type Message struct {
	Conversation uuid.UUID
	Seq          int64
	ID           uuid.UUID
	SenderKind   string // user, bot, worker or system
	Sender       uuid.UUID
	ClientMsgID  string
	Kind         string // text, notice, …
	Body         string
	Meta         json.RawMessage
	AI           bool
	CreatedAt    time.Time
}

// maxConversations in one session: as many as a client may resume at once.
const maxConversations = 50

// keepFor is how long an anonymous conversation is kept before Purge deletes it.
const keepFor = 30 * 24 * time.Hour

const conversationColumns = `c.id, c.region_code, c.mode, c.epoch, c.last_seq, c.created_at`

// openedBy are the conversations that a member began and still takes part in: one that the member was kept out of is
// as if it had never been.
const openedBy = `SELECT ` + conversationColumns + ` FROM conversations c WHERE c.opener_id = $1
	AND EXISTS (SELECT 1 FROM participants p WHERE p.conversation_id = c.id AND p.member_id = $1 AND p.left_at IS NULL)
	ORDER BY c.id DESC`

// Open returns the session's latest conversation, or begins one in a region (12 digits) where there is none or
// fresh asks for it.
func (s *Store) Open(ctx context.Context, session Session, region string, fresh bool) (Conversation, error) {
	var c Conversation
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		// Two tabs that begin at the same time wait for each other here, and get the same conversation.
		var n int
		err := tx.QueryRow(ctx, `SELECT 1 FROM chat_sessions WHERE token_hash = $1 FOR UPDATE`, session.Hash).Scan(&n)
		if err == pgx.ErrNoRows {
			return ErrNoSession
		}
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, openedBy, session.Member)
		if err != nil {
			return err
		}
		have, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Conversation])
		switch {
		case err != nil:
			return err
		case len(have) > 0 && !fresh:
			c = have[0]
			return nil
		case len(have) >= maxConversations:
			return ErrTooMany
		}
		c, err = s.insertConversation(ctx, tx, session, region)
		return err
	})
	if err != nil {
		return Conversation{}, fmt.Errorf("open conversation: %w", err)
	}
	return c, nil
}

func (s *Store) insertConversation(ctx context.Context, tx pgx.Tx, session Session, region string) (Conversation, error) {
	c := Conversation{ID: uuid.Must(uuid.NewV7()), Region: region, Mode: "bot"}
	err := tx.QueryRow(ctx, `
		INSERT INTO conversations (id, site_id, opener_id, region_code, channel, purge_after)
		VALUES ($1, $2, $3, $4, 'widget', $5) RETURNING created_at`,
		c.ID, session.Site, session.Member, region, s.now().Add(keepFor)).Scan(&c.CreatedAt)
	if err != nil {
		return c, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO participants (conversation_id, member_id, role) VALUES ($1, $2, 'guardian')`, c.ID, session.Member)
	return c, err
}

// Access returns a conversation that the member takes part in, or ErrForbidden.
func (s *Store) Access(ctx context.Context, conv, member uuid.UUID) (Conversation, error) {
	return s.conversation(ctx, `JOIN participants p ON p.conversation_id = c.id AND p.member_id = $2 AND p.left_at IS NULL WHERE c.id = $1`, conv, member)
}

// conversation reads the one that a condition on conversations c names; ErrForbidden where there is none.
func (s *Store) conversation(ctx context.Context, condition string, args ...any) (Conversation, error) {
	rows, err := s.db.Query(ctx, `SELECT `+conversationColumns+` FROM conversations c `+condition, args...)
	if err != nil {
		return Conversation{}, fmt.Errorf("read conversation: %w", err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Conversation])
	if err == pgx.ErrNoRows {
		return Conversation{}, ErrForbidden
	}
	if err != nil {
		return Conversation{}, fmt.Errorf("read conversation: %w", err)
	}
	return c, nil
}

// SetRegion moves a conversation to another region: later answers follow the rules there.
func (s *Store) SetRegion(ctx context.Context, conv, member uuid.UUID, region string) error {
	tag, err := s.db.Exec(ctx, `UPDATE conversations c SET region_code = $3 WHERE c.id = $1
		AND EXISTS (SELECT 1 FROM participants p WHERE p.conversation_id = $1 AND p.member_id = $2 AND p.can_write AND p.left_at IS NULL)`,
		conv, member, region)
	if err != nil {
		return fmt.Errorf("set region: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return ErrForbidden
	}
	return nil
}

// outdated are the anonymous conversations past their day. One with a ticket is a case and never among them. They are
// locked, so that no ticket is opened while they go; those in which something is being written stay for the next time.
const outdated = `SELECT id FROM conversations c WHERE retention_class = 'anonymous' AND purge_after < $1::timestamptz::date
	AND NOT EXISTS (SELECT 1 FROM tickets t WHERE t.conversation_id = c.id) FOR UPDATE SKIP LOCKED`

// Purge deletes what may no longer be kept: ended sessions and tickets, anonymous conversations past their day with
// all that was found in them.
func (s *Store) Purge(ctx context.Context) error {
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		for _, statement := range []string{
			`DELETE FROM ws_tickets WHERE expires_at < $1`,
			`DELETE FROM chat_sessions WHERE expires_at < $1 OR idle_until < $1`,
		} {
			if _, err := tx.Exec(ctx, statement, s.now()); err != nil {
				return err
			}
		}
		rows, err := tx.Query(ctx, outdated, s.now())
		if err != nil {
			return err
		}
		old, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		if err != nil {
			return err
		}
		for _, statement := range []string{
			`DELETE FROM bot_turns WHERE conversation_id = ANY($1)`,
			`DELETE FROM messages WHERE conversation_id = ANY($1)`, // and with them cases, assessments, changes of level
			`DELETE FROM participants WHERE conversation_id = ANY($1)`,
			`DELETE FROM conversations WHERE id = ANY($1)`,
		} {
			if _, err := tx.Exec(ctx, statement, old); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("purge: %w", err)
	}
	return nil
}
