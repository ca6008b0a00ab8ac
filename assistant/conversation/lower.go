package conversation

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Why a level is not lowered.
var (
	ErrUnassessed = errors.New("no message of this conversation was assessed")
	ErrNotLower   = errors.New("the level is not lower than the present one")
	ErrUnsigned   = errors.New("a change of level needs a name and a reason")
)

// high is the first level at which a person is called.
const high = 3

// Lower records that a human found the danger of a conversation to be less than triage says, and returns the level
// before. It covers what is assessed by now: a message that is being assessed meanwhile counts anew. An open ticket
// stays open, since what a person does about it is another decision.
func (s *Store) Lower(ctx context.Context, conv uuid.UUID, to int, by, reason string) (from int, err error) {
	by, reason = strings.TrimSpace(by), strings.TrimSpace(reason)
	if by == "" || reason == "" {
		return 0, ErrUnsigned
	}
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		var seq int64
		var assessed int
		err := tx.QueryRow(ctx, `SELECT user_seq, level FROM assessments WHERE conversation_id = $1 ORDER BY user_seq DESC LIMIT 1`, conv).
			Scan(&seq, &assessed)
		if err == pgx.ErrNoRows {
			return ErrUnassessed
		}
		if err != nil {
			return err
		}
		ticket, epoch, err := lockForLowering(ctx, tx, conv)
		if err != nil {
			return err
		}
		if from, err = levelAt(ctx, tx, conv, seq, assessed); err != nil {
			return err
		}
		if to < 0 || to >= from {
			return ErrNotLower
		}
		_, err = tx.Exec(ctx, `INSERT INTO level_changes (conversation_id, user_seq, from_level, to_level, changed_by, reason)
			VALUES ($1, $2, $3, $4, $5, $6)`, conv, seq, from, to, by, reason)
		if err != nil || ticket == uuid.Nil || to >= high {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO ticket_events (ticket_id, epoch, event, transition, actor_kind, reason, data)
			VALUES ($1, $2, 'priority.lowered', false, 'worker', $3, $4)`, ticket, epoch, reason, map[string]any{"from": from, "to": to, "by": by})
		return err
	})
	if err != nil {
		return from, fmt.Errorf("lower the level: %w", err)
	}
	return from, nil
}

// lockForLowering makes those who lower at the same time wait for each other, in the order ticket, conversation.
func lockForLowering(ctx context.Context, tx pgx.Tx, conv uuid.UUID) (ticket uuid.UUID, epoch int64, err error) {
	err = tx.QueryRow(ctx, `SELECT id, epoch FROM tickets WHERE conversation_id = $1 AND state NOT IN ('returned', 'closed')
		FOR NO KEY UPDATE`, conv).Scan(&ticket, &epoch)
	if err != nil && err != pgx.ErrNoRows {
		return uuid.Nil, 0, err
	}
	_, err = tx.Exec(ctx, `SELECT 1 FROM conversations WHERE id = $1 FOR NO KEY UPDATE`, conv)
	return ticket, epoch, err
}

// levelAt is the level that the last human left, or the assessed one.
func levelAt(ctx context.Context, tx pgx.Tx, conv uuid.UUID, seq int64, assessed int) (level int, err error) {
	err = tx.QueryRow(ctx, `SELECT to_level FROM level_changes WHERE conversation_id = $1 AND user_seq >= $2 ORDER BY id DESC LIMIT 1`, conv, seq).
		Scan(&level)
	if err == pgx.ErrNoRows {
		return assessed, nil
	}
	return level, err
}
