package conversation

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// How far back a person's danger is looked for (triage design §3.9).
const (
	carryFor  = 7 * 24 * time.Hour
	joinFor   = 10 * time.Minute
	joinCount = 3
)

// History is what a message has to be assessed with: what was found of the same person before, in this conversation
// and in the others.
type History struct {
	Standing              // the latest of all; its Session is nil where there is none within seven days
	Others     []Standing // the latest of each other conversation, newest first: two tabs do not wait for each other
	Unassessed []Said     // messages of this conversation after the last assessed one, oldest first
	Recent     []Said     // the last three messages of ten minutes in all conversations, oldest first
}

// Standing is where a conversation stands after its last assessment.
type Standing struct {
	Conversation uuid.UUID
	Session      json.RawMessage
	Level        int // as assessed
	At           time.Time
	Lowered      *Lowered // nil where no human has lowered the level since
}

// Lowered is a human's finding that the danger is less.
type Lowered struct {
	Level int
	At    time.Time
}

// Said is a message of a user.
type Said struct {
	Seq  int64
	Text string
	At   time.Time
}

// Danger reads what to assess the message of a seq with. Time is counted from when that message was sent, so that a
// turn that is run again later finds the same.
func (s *Store) Danger(ctx context.Context, conv uuid.UUID, before int64) (History, error) {
	var h History
	var opener uuid.UUID
	var at *time.Time
	err := s.db.QueryRow(ctx, `SELECT c.opener_id, m.created_at FROM conversations c
		LEFT JOIN messages m ON m.conversation_id = c.id AND m.seq = $2 WHERE c.id = $1`, conv, before).Scan(&opener, &at)
	if err != nil {
		return h, fmt.Errorf("read history of danger: %w", err)
	}
	if at == nil {
		now := s.now()
		at = &now
	}
	if err := s.standings(ctx, &h, opener, conv, before, *at); err != nil {
		return h, fmt.Errorf("read assessments: %w", err)
	}
	if h.Unassessed, err = s.said(ctx, unassessed, conv, before, at.Add(-carryFor)); err != nil {
		return h, fmt.Errorf("read unassessed messages: %w", err)
	}
	if h.Recent, err = s.said(ctx, recent, conv, before, at.Add(-joinFor), *at, opener, joinCount); err != nil {
		return h, fmt.Errorf("read recent messages: %w", err)
	}
	return h, nil
}

// selectStandings: a change of level counts for what was assessed when it was made, which seqs tell and clocks do not. An
// opinion that came late counts from its message on, also where the next one was being read while it came.
const selectStandings = `
	SELECT DISTINCT ON (a.conversation_id) a.conversation_id, a.session, greatest(a.level, (SELECT max(o.raised_to) FROM opinions o
	         WHERE o.conversation_id = a.conversation_id AND o.user_seq <= a.user_seq AND o.late AND o.created_at >= $4
	           AND NOT EXISTS (SELECT 1 FROM level_changes WHERE conversation_id = a.conversation_id AND user_seq >= o.user_seq))), a.created_at, l.to_level, l.changed_at
	  FROM conversations c JOIN assessments a ON a.conversation_id = c.id
	  LEFT JOIN LATERAL (SELECT to_level, changed_at FROM level_changes
	       WHERE conversation_id = a.conversation_id AND user_seq >= a.user_seq ORDER BY id DESC LIMIT 1) l ON true
	 WHERE c.opener_id = $1 AND a.created_at >= $4 AND NOT (a.conversation_id = $2 AND a.user_seq >= $3)
	 ORDER BY a.conversation_id, a.user_seq DESC`

func (s *Store) standings(ctx context.Context, h *History, opener, conv uuid.UUID, before int64, at time.Time) error {
	rows, err := s.db.Query(ctx, selectStandings, opener, conv, before, at.Add(-carryFor))
	if err != nil {
		return err
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t Standing, err error) {
		var level *int
		var when *time.Time
		err = row.Scan(&t.Conversation, &t.Session, &t.Level, &t.At, &level, &when)
		if level != nil && when != nil {
			t.Lowered = &Lowered{Level: *level, At: *when}
		}
		return t, err
	})
	if err != nil || len(all) == 0 {
		return err
	}
	slices.SortFunc(all, func(a, b Standing) int {
		if newer := b.At.Compare(a.At); newer != 0 {
			return newer
		}
		if a.Conversation == conv {
			return -1
		}
		return 1
	})
	h.Standing, h.Others = all[0], all[1:]
	return nil
}

const unassessed = `SELECT seq, coalesce(body, ''), created_at FROM messages
	WHERE conversation_id = $1 AND seq < $2 AND created_at >= $3 AND sender_kind = 'user' AND kind = 'text'
	  AND seq > (SELECT coalesce(max(user_seq), 0) FROM assessments WHERE conversation_id = $1 AND user_seq < $2)
	ORDER BY seq`

// recent takes the last few of each conversation before it looks at times, so that it never reads a long one through.
const recent = `SELECT seq, body, created_at FROM (
	SELECT m.* FROM conversations c, LATERAL (
	       SELECT seq, coalesce(body, '') AS body, created_at FROM messages
	        WHERE conversation_id = c.id AND sender_kind = 'user' AND kind = 'text'
	          AND CASE WHEN c.id = $1 THEN seq < $2 ELSE created_at <= $4 END
	        ORDER BY seq DESC LIMIT $6) m
	 WHERE c.opener_id = $5 AND m.created_at >= $3
	 ORDER BY m.created_at DESC, m.seq DESC LIMIT $6) last
	ORDER BY created_at, seq`

func (s *Store) said(ctx context.Context, query string, args ...any) ([]Said, error) {
	rows, err := s.db.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Said])
}
