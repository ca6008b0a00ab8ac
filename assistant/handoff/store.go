package handoff

import (
	"errors"
	"log/slog"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Store is the queue. Each change of a ticket is one method, one transaction, one conditional statement on state and
// epoch, one event and one row of the audit log; who may do it is checked in that statement.
type Store struct {
	db      *pgxpool.Pool
	log     *slog.Logger
	changed func(Change)
	box     Box // nil: no telephone number is taken

	unoffered bool // tickets are taken by 下一位 only
}

// New returns the queue in a database. changed is told of every change after its commit; it must not wait.
func New(db *pgxpool.Pool, log *slog.Logger, changed func(Change)) *Store {
	if changed == nil {
		changed = func(Change) {}
	}
	return &Store{db: db, log: log, changed: changed}
}

// OnChange has f told of every change after its commit. It must not wait. Call it before the store is used.
func (s *Store) OnChange(f func(Change)) { s.changed = f }

// Change is what others have to be told after a commit.
type Change struct {
	Conversations []uuid.UUID // new messages, or another hand at the wheel
	Queue         bool        // what consoles list is different
	Alerts        []Alert     // to be rung now
	Members       []uuid.UUID // whose rights changed: their sockets are checked anew
}

// Alert calls for somebody to take a ticket. It holds nothing of what was said.
type Alert struct {
	Ticket   uuid.UUID
	No       string
	Priority int
	Rung     int
	Region   string // 12 digits, of the ticket
	Prefix   string // of the region in which it rings: people whose scope covers Region and is not above Prefix
	Audience string // workers, supervisors or phone_tree
}

// SystemID is the sender of the lines that tell how a handover stands.
var SystemID = uuid.MustParse("00000000-0000-7000-8000-000000005e55")

// What a caller has to tell apart. Everything else that fails is the database's fault and may be tried again.
var (
	ErrNotFound = errors.New("no such ticket for this person") // unknown or outside the scope: nobody learns which
	ErrOffDuty  = errors.New("not on duty")
	ErrFull     = errors.New("no capacity left")
	ErrRefused  = errors.New("this step is not possible") // the state machine has no such step
	ErrInvalid  = errors.New("something required is missing or wrong")
)

// ConflictError says that somebody was faster: how the ticket stands now.
type ConflictError struct {
	State string
	Epoch int64
	Owner string // display name of whoever has it; empty where nobody has
}

func (e *ConflictError) Error() string { return "the ticket has changed: " + e.State }
