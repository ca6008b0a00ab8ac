package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Row is a row of the log as auditors read it.
type Row struct {
	ID           uuid.UUID       `json:"id"`
	At           time.Time       `json:"at"`
	Actor        *uuid.UUID      `json:"actor"`
	Login        *string         `json:"login"` // of the actor, where it is an account
	Role         string          `json:"role"`
	Prefix       *string         `json:"prefix"`
	Action       string          `json:"action"`
	ObjectKind   string          `json:"object_kind"`
	ObjectID     string          `json:"object_id"`
	Conversation *uuid.UUID      `json:"conversation"`
	Region       *string         `json:"region"`
	Reason       *string         `json:"reason"`
	IP           *netip.Prefix   `json:"ip"`
	Request      string          `json:"request"`
	Result       string          `json:"result"`
	Data         json.RawMessage `json:"data"`
}

// Filter chooses rows. The zero value of a field chooses all.
type Filter struct {
	Action       string // or its beginning before a dot: ticket is ticket.claimed and others
	Login        string // of the actor
	Conversation uuid.UUID
	Since        time.Time
	Limit        int // at most; 0 is 100
}

// List returns rows, the newest first.
func (l *Log) List(ctx context.Context, f Filter) ([]Row, error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	rows, err := l.db.Query(ctx, `SELECT l.id, l.at, l.actor_id, w.login, l.actor_role, l.actor_prefix, l.action, l.object_kind, l.object_id,
			l.conversation_id, l.region_code, l.reason, l.ip, l.request_id, l.result, l.data
		FROM audit_log l LEFT JOIN workers w ON w.id = l.actor_id
		WHERE ($1 = '' OR l.action = $1 OR starts_with(l.action, $1 || '.')) AND ($2 = '' OR w.login = $2)
		AND ($3 = '00000000-0000-0000-0000-000000000000'::uuid OR l.conversation_id = $3) AND l.at >= $4
		ORDER BY l.at DESC, l.id DESC LIMIT $5`, f.Action, f.Login, f.Conversation, f.Since, f.Limit)
	if err != nil {
		return nil, fmt.Errorf("list the audit log: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Row])
	if err != nil {
		return nil, fmt.Errorf("list the audit log: %w", err)
	}
	return all, nil
}
