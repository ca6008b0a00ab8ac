// Package account keeps the people who work with 小禾: their logins, roles and regions, and their sessions. Rights are
// read from the tables at each use, so that a change counts at once. Neither passwords nor logins reach a log or an
// error text.
package account

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/database/secret"
)

// The roles that a person can have.
const (
	Director   = "director"   // 儿童主任
	Worker     = "worker"     // 社工
	Supervisor = "supervisor" // 督导
	Officer    = "officer"    // 政策管理员: documents and rules
	Admin      = "admin"      // accounts and settings, no message text
	Auditor    = "auditor"    // the audit log, no message text
)

// Roles are all roles.
var Roles = []string{Director, Worker, Supervisor, Officer, Admin, Auditor}

// RoleNames are the roles as people read them.
var RoleNames = map[string]string{
	Director: "儿童主任", Worker: "社工", Supervisor: "督导", Officer: "政策管理员", Admin: "管理员", Auditor: "审计",
}

// What a caller has to tell apart. Everything else that fails is the database's fault and may be tried again.
var (
	ErrCredentials = errors.New("unknown login, wrong password or disabled account") // nobody learns which
	ErrNoSession   = errors.New("the session or ticket is unknown or has ended")
	ErrNotFound    = errors.New("no such account")
)

// TooManyError says that a login has to wait: because too many of this name or from this address have failed, or
// because too many are under way.
type TooManyError struct {
	Wait time.Duration
	Busy bool // too many are under way
}

func (e *TooManyError) Error() string {
	return fmt.Sprintf("too many logins, wait %s", e.Wait.Round(time.Second))
}

// Staff is a person with a login. Scopes are prefixes of regions; an empty one is the whole country.
type Staff struct {
	ID         uuid.UUID
	Login      string
	Name       string // as families and colleagues read it
	Role       string // director, worker, supervisor, officer, admin or auditor
	CanReply   bool
	Duty       string // off, on or break
	Capacity   int
	Skills     []string
	Scopes     []string
	MustChange bool // the password was made by somebody else
}

// Supervises tells whether the person sees the whole queue of their regions.
func (s Staff) Supervises() bool { return s.Role == Supervisor }

// Store reads and writes accounts. It is safe for concurrent use.
type Store struct {
	// Changed is told, after the commit, of everybody whose rights have changed or whose sessions have ended: their
	// sockets are to be checked anew. It must not wait. Set it before the store is used; nil tells nobody.
	Changed func(member uuid.UUID)

	db     *pgxpool.Pool
	now    func() time.Time
	key    secret.ServerKey // of CSRF tokens and of the names in login_failures
	hasher *hasher
	oidc   *provider // nil without an identity provider
}

// New returns a store over db. now decides when sessions, tickets and waits end.
func New(ctx context.Context, db *pgxpool.Pool, now func() time.Time) (*Store, error) {
	key, err := secret.OpenServerKey(ctx, db, "account")
	if err != nil {
		return nil, err
	}
	return &Store{db: db, now: now, key: key, hasher: newHasher()}, nil
}

func (s *Store) tell(member uuid.UUID) {
	if s.Changed != nil {
		s.Changed(member)
	}
}

// mac stands for a text that must not be stored or must not be forged; kind keeps the uses apart.
func (s *Store) mac(kind, text string) string {
	return hex.EncodeToString(s.key.MAC(kind, text))
}

// staffColumns are those of Staff, of workers w.
const staffColumns = `w.id, w.login, w.name, w.role, w.can_reply, w.duty, w.capacity, w.skills,
	ARRAY(SELECT prefix FROM worker_scopes WHERE worker_id = w.id ORDER BY prefix) AS scopes, w.must_change`

// Find returns the account with a login; ErrNotFound where there is none.
func (s *Store) Find(ctx context.Context, login string) (Listed, error) {
	return one[Listed](ctx, s.db, `SELECT `+listedColumns+` FROM workers w WHERE login = $1`, normal(login))
}

// Listed is an account as administrators see it.
type Listed struct {
	Staff
	OIDC     bool       // logs in through the identity provider
	Linked   bool       // has done so
	Created  time.Time  //
	Disabled *time.Time // nil: in use
}

const listedColumns = staffColumns + `, w.password_hash IS NULL, w.oidc_subject IS NOT NULL, w.created_at, w.disabled_at`

// List returns all accounts by login.
func (s *Store) List(ctx context.Context) ([]Listed, error) {
	rows, err := s.db.Query(ctx, `SELECT `+listedColumns+` FROM workers w ORDER BY login`)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Listed])
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return all, nil
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// one reads one row, ErrNotFound where there is none.
func one[T any](ctx context.Context, db querier, query string, args ...any) (T, error) {
	rows, err := db.Query(ctx, query, args...)
	if err == nil {
		var row T
		if row, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[T]); err == nil {
			return row, nil
		}
	}
	var none T
	if errors.Is(err, pgx.ErrNoRows) {
		return none, ErrNotFound
	}
	return none, fmt.Errorf("read an account: %w", err)
}
