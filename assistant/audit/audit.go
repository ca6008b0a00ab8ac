// Package audit keeps the append-only log of who did what: views, searches, claims and every other step of a ticket,
// logins, exports, changes of rights. Rows hold ids and never content. A sealer links them into a chain of hashes, in
// which an edited, removed or reordered row is found.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
)

// Actor is who does something, as the log names them. What a person may do is never read from here: every statement
// checks the tables.
type Actor struct {
	ID      uuid.UUID  // of workers, or of a member of a conversation; uuid.Nil is the program itself
	Role    string     // of workers.role; user or system otherwise
	Prefix  string     // the region whose right is used, where one is
	Request string     // the request's id
	IP      netip.Addr // the zero value where there is none
}

// System is the program itself.
var System = Actor{Role: "system", Request: "system"}

// Entry is a row of the log.
type Entry struct {
	Action       string // ticket.claimed, conversation.viewed, login.failed, …
	ObjectKind   string // ticket, conversation, worker, …
	ObjectID     string
	Conversation uuid.UUID // uuid.Nil where none is meant
	Region       string    // 12 digits; empty where none is meant
	Reason       string    // a code or what the person gave as a reason; never words of a conversation
	Result       string    // ok, denied or error; empty means ok
	Data         any       // ids and codes, as JSON; nil is {}
}

// DB is what Append needs: the transaction of what is logged, or a pool.
type DB interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// Append writes a row. Called with the transaction of the change that it tells of, both are stored or neither is.
func Append(ctx context.Context, db DB, by Actor, e Entry) error {
	data := json.RawMessage(`{}`)
	if e.Data != nil {
		var err error
		if data, err = json.Marshal(e.Data); err != nil {
			return fmt.Errorf("write audit data: %w", err)
		}
	}
	if e.Result == "" {
		e.Result = "ok"
	}
	if by.Request == "" {
		by.Request = "-"
	}
	var ip *netip.Addr
	if by.IP.IsValid() {
		ip = &by.IP
	}
	_, err := db.Exec(ctx, `INSERT INTO audit_log (id, actor_id, actor_role, actor_prefix, action, object_kind, object_id, conversation_id,
			region_code, reason, ip, request_id, result, data)
		VALUES ($1, nullif($2, '00000000-0000-0000-0000-000000000000'::uuid), $3, nullif($4, ''), $5, $6, $7,
			nullif($8, '00000000-0000-0000-0000-000000000000'::uuid), nullif($9, ''), nullif($10, ''), $11, $12, $13, $14)`,
		uuid.Must(uuid.NewV7()), by.ID, by.Role, by.Prefix, e.Action, e.ObjectKind, e.ObjectID, e.Conversation, e.Region, e.Reason, ip,
		by.Request, e.Result, data)
	if err != nil {
		return fmt.Errorf("append to the audit log: %w", err)
	}
	return nil
}
