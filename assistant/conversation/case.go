package conversation

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// CaseState is what a conversation knows of a child after a turn, and what the rules of a version made of it. It is
// stored with the answer, so that what was shown can always be explained.
type CaseState struct {
	State    json.RawMessage // the dialogue's own
	Rules    string          // version of the rule set
	Verdicts json.RawMessage // by benefit
}

// LastCase reads the case as the last answered turn before a message left it, and how many of the user's messages
// since then it has not taken in. State is nil where there is none yet.
func (s *Store) LastCase(ctx context.Context, conv uuid.UUID, before int64) (state json.RawMessage, unread int, err error) {
	var since int64
	err = s.db.QueryRow(ctx, `SELECT state, user_seq FROM case_states WHERE conversation_id = $1 AND user_seq < $2
		ORDER BY user_seq DESC LIMIT 1`, conv, before).Scan(&state, &since)
	if err != nil && err != pgx.ErrNoRows {
		return nil, 0, fmt.Errorf("read case: %w", err)
	}
	err = s.db.QueryRow(ctx, `SELECT count(*) FROM messages WHERE conversation_id = $1 AND seq > $2 AND seq < $3
		AND sender_kind = 'user' AND kind = 'text'`, conv, since, before).Scan(&unread)
	if err != nil {
		return nil, 0, fmt.Errorf("count unread messages: %w", err)
	}
	return state, unread, nil
}
