package handoff_test

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"

	"xiaohe/assistant/audit"
	"xiaohe/assistant/handoff"
)

// office is a desk with people who answer, and what the store announced.
type office struct {
	desk
	store   *handoff.Store
	mu      sync.Mutex
	changes []handoff.Change
}

func (d desk) office() *office {
	o := &office{desk: d}
	o.store = handoff.New(d.pool, slog.New(slog.DiscardHandler), func(c handoff.Change) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.changes = append(o.changes, c)
	})
	o.store.UseBox(reversed{})
	return o
}

// heard returns what was announced since the last call.
func (o *office) heard() (c handoff.Change) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, one := range o.changes {
		c.Conversations = append(c.Conversations, one.Conversations...)
		c.Members = append(c.Members, one.Members...)
		c.Alerts = append(c.Alerts, one.Alerts...)
		c.Queue = c.Queue || one.Queue
	}
	o.changes = nil
	return c
}

// reversed seals by writing backwards: tests look for the number in the database.
type reversed struct{}

func (reversed) Seal(plain []byte) ([]byte, error) {
	sealed := slices.Clone(plain)
	slices.Reverse(sealed)
	return append([]byte("sealed:"), sealed...), nil
}

func (reversed) Open(sealed []byte) ([]byte, error) {
	plain := slices.Clone(sealed[len("sealed:"):])
	slices.Reverse(plain)
	return plain, nil
}

// person adds somebody on duty who answers in regions, given by prefix, and has skills.
func (d desk) person(name, role, prefixes string, skills ...string) audit.Actor {
	d.t.Helper()
	id := uuid.Must(uuid.NewV7())
	d.exec(`INSERT INTO workers (id, login, name, role, can_reply, duty, capacity, skills) VALUES ($1, $2, $3, $4, $4 IN ('worker', 'supervisor'), 'on', 4, coalesce($5::text[], '{}'))`,
		id, "p"+strings.ReplaceAll(id.String(), "-", ""), name, role, skills)
	for _, prefix := range strings.Split(prefixes, ",") {
		d.exec(`INSERT INTO worker_scopes VALUES ($1, $2)`, id, prefix)
	}
	return audit.Actor{ID: id, Role: role, Request: "test"}
}

// family begins a conversation and returns whoever began it.
func (d desk) family(region, text string) (conv uuid.UUID, member audit.Actor) {
	d.t.Helper()
	conv = d.conversation(region, text)
	member = audit.Actor{ID: uuid.MustParse(d.one(`SELECT opener_id FROM conversations WHERE id = $1`, conv)), Role: "user", Request: "test"}
	d.exec(`INSERT INTO participants (conversation_id, member_id, role) VALUES ($1, $2, 'guardian')`, conv, member.ID)
	return conv, member
}

// ticket opens a ticket in a region.
func (d desk) ticket(region string, priority int, skills ...string) (id, conv uuid.UUID, member audit.Actor) {
	d.t.Helper()
	conv, member = d.family(region, "请帮帮我")
	id, _ = d.open(handoff.Request{Conversation: conv, Priority: priority, Reason: "danger", Origin: "rule", UserSeq: 1, Version: "v1", Skills: skills})
	return id, conv, member
}

func (d desk) epoch(id uuid.UUID) (epoch int64) {
	d.t.Helper()
	d.must(d.pool.QueryRow(d.t.Context(), `SELECT epoch FROM tickets WHERE id = $1`, id).Scan(&epoch))
	return epoch
}

// state is how a ticket and its conversation stand: state, owner, mode, owner of the conversation.
func (d desk) state(id uuid.UUID) string {
	d.t.Helper()
	return d.one(`SELECT concat_ws(' ', t.state, coalesce(o.name, '-'), c.mode, coalesce(h.name, '-')) FROM tickets t JOIN conversations c ON c.id = t.conversation_id
		LEFT JOIN workers o ON o.id = t.owner_id LEFT JOIN workers h ON h.id = c.owner_id WHERE t.id = $1`, id)
}

// lines are the sentences of the system in a conversation.
func (d desk) lines(conv uuid.UUID) string {
	d.t.Helper()
	return d.one(`SELECT string_agg((meta #>> '{handoff,event}') || ':' || body, ' | ' ORDER BY seq) FROM messages WHERE conversation_id = $1 AND sender_kind = 'system'`, conv)
}

func (d desk) refused(what string, err, want error) {
	d.t.Helper()
	if !errors.Is(err, want) {
		d.t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// conflict returns the *ConflictError in err.
func (d desk) conflict(what string, err error) *handoff.ConflictError {
	d.t.Helper()
	var c *handoff.ConflictError
	if !errors.As(err, &c) {
		d.t.Errorf("%s: %v, want a conflict", what, err)
		return &handoff.ConflictError{}
	}
	return c
}
