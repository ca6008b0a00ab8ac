// Package apikey keeps the keys with which other programs use 小禾. Of a key only the hash is stored; its text is shown
// once. What a key may do, and how often, is checked at each call, so that a change counts at once on every node.
package apikey

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/time/rate"

	"xiaohe/assistant/audit"
	"xiaohe/database/secret"
	"xiaohe/knowledge"
)

// Prefix begins every key, so that people and scanners for leaked secrets know one.
const Prefix = "xk_"

// Scope is something that a key may do.
type Scope string

// The scopes.
const (
	Chat      Scope = "chat"      // whole turns of a conversation
	Search    Scope = "search"    // clauses
	Benefits  Scope = "benefits"  // verdicts
	Questions Scope = "questions" // what to ask a family next
)

// Scopes are all scopes.
var Scopes = []Scope{Chat, Search, Benefits, Questions}

// ScopeNames are the scopes as people read them.
var ScopeNames = map[Scope]string{Chat: "对话", Search: "查条文", Benefits: "判断能领什么", Questions: "列出要问的问题"}

// Key is what is known of a key: all but its text.
type Key struct {
	ID        uuid.UUID
	Name      string
	Scopes    []Scope
	Region    string // 12 digits: where its users are who say nothing else
	PerMinute int    // calls, on each node
	PerDay    int    // calls of a day in China, on all nodes together
	Created   time.Time
	CreatedBy string
	Used      *time.Time // to the minute
	Disabled  *time.Time // nil: in use
	Today     int        // calls of today
}

// Has tells whether a key has a scope.
func (k Key) Has(scope Scope) bool { return slices.Contains(k.Scopes, scope) }

// What a caller has to tell apart. Everything else that fails is the database's fault and may be tried again.
var (
	ErrUnknown  = errors.New("no such key") // also of what is not written like one
	ErrDisabled = errors.New("the key is disabled")
	ErrNotFound = errors.New("no key of that name")
)

// ScopeError says that a key may not do what it was used for.
type ScopeError struct{ Scope Scope }

func (e *ScopeError) Error() string { return "the key lacks the scope " + string(e.Scope) }

// LimitError says that a key has been used too often, and how long it has to wait.
type LimitError struct {
	Wait  time.Duration
	Daily bool // the limit of the day, otherwise that of the minute
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("the key is used too often, wait %s", e.Wait.Round(time.Second))
}

// Store reads and writes keys. It is safe for concurrent use.
type Store struct {
	db  *pgxpool.Pool
	now func() time.Time

	mu      sync.Mutex
	minutes map[uuid.UUID]*rate.Limiter // of this node
	told    map[refusal]time.Time       // refusals that have their row in the audit log
}

// New returns the keys of a database. now decides when minutes and days end.
func New(db *pgxpool.Pool, now func() time.Time) *Store {
	return &Store{db: db, now: now, minutes: map[uuid.UUID]*rate.Limiter{}, told: map[refusal]time.Time{}}
}

// New keys get these limits where none are given.
const (
	DefaultPerMinute = 60
	DefaultPerDay    = 5000
)

// The bounds of names and limits, which the table has too.
const (
	longestName   = 40
	mostPerMinute = 6000
	mostPerDay    = 10_000_000
)

// Draft is a key before it is made. Region is a region's 12 digits; limits of 0 are the defaults.
type Draft struct {
	Name      string
	Scopes    []Scope
	Region    string
	PerMinute int
	PerDay    int
}

func invalid(format string, args ...any) error {
	return &knowledge.InputError{Message: fmt.Sprintf(format, args...)}
}

// Check completes a draft and tells in a Chinese sentence what is wrong with it.
func (d *Draft) Check() error {
	d.Name = strings.TrimSpace(d.Name)
	if d.PerMinute == 0 {
		d.PerMinute = DefaultPerMinute
	}
	if d.PerDay == 0 {
		d.PerDay = DefaultPerDay
	}
	unseen := func(r rune) bool { return !unicode.IsGraphic(r) }
	switch {
	case d.Name == "" || utf8.RuneCountInString(d.Name) > longestName || strings.ContainsFunc(d.Name, unseen):
		return invalid("请给密钥起个名字，最多 %d 个字，写明给谁用，例如 区妇联小程序", longestName)
	case strings.HasPrefix(d.Name, Prefix):
		return invalid("名字不能用 %s 开头，免得和密钥本身弄混", Prefix)
	case len(d.Scopes) == 0:
		return invalid("请写明密钥能做什么：chat（对话）、search（查条文）、benefits（判断能领什么）、questions（列出要问的问题）")
	case d.PerMinute < 1 || d.PerMinute > mostPerMinute:
		return invalid("每分钟的次数请写 1 到 %d", mostPerMinute)
	case d.PerDay < 1 || d.PerDay > mostPerDay:
		return invalid("每天的次数请写 1 到 %d", mostPerDay)
	}
	var scopes []Scope
	for _, scope := range d.Scopes {
		if !slices.Contains(Scopes, scope) {
			return invalid("没有“%s”这种用途，只有 chat（对话）、search（查条文）、benefits（判断能领什么）、questions（列出要问的问题）", scope)
		}
		if !slices.Contains(scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	d.Scopes = scopes
	return nil
}

// Add makes a key. text is the key itself, which nobody can read again. author is who made it, as lists show it.
func (s *Store) Add(ctx context.Context, by audit.Actor, author string, d Draft) (k Key, text string, err error) {
	if err := d.Check(); err != nil {
		return Key{}, "", err
	}
	token, _ := secret.Token()
	text = Prefix + token
	id := uuid.Must(uuid.NewV7())
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `INSERT INTO api_keys (id, name, hash, scopes, region_code, per_minute, per_day, created_at, created_by)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (name) DO NOTHING`,
			id, d.Name, secret.HashToken(text), d.Scopes, d.Region, d.PerMinute, d.PerDay, s.now(), author)
		if err != nil {
			return fmt.Errorf("add a key: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return invalid("已经有名叫“%s”的密钥了，请换个名字", d.Name)
		}
		if k, err = one(ctx, tx, s.today(), `id = $2`, id); err != nil {
			return err
		}
		return audit.Append(ctx, tx, by, entry("key.added", k, struct {
			Scopes    []Scope `json:"scopes"`
			PerMinute int     `json:"per_minute"`
			PerDay    int     `json:"per_day"`
		}{k.Scopes, k.PerMinute, k.PerDay}))
	})
	if err != nil {
		return Key{}, "", err
	}
	return k, text, nil
}

func entry(action string, k Key, data any) audit.Entry {
	return audit.Entry{Action: action, ObjectKind: "api_key", ObjectID: k.ID.String(), Region: k.Region, Data: data}
}

// Disable ends the use of a key for good. Disabling it again changes nothing.
func (s *Store) Disable(ctx context.Context, by audit.Actor, name string) (Key, error) {
	return s.disable(ctx, by, `name = $2`, strings.TrimSpace(name))
}

// DisableID is Disable for a key by its id.
func (s *Store) DisableID(ctx context.Context, by audit.Actor, id uuid.UUID) (Key, error) {
	return s.disable(ctx, by, `id = $2`, id)
}

func (s *Store) disable(ctx context.Context, by audit.Actor, where string, which any) (k Key, err error) {
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		if k, err = one(ctx, tx, s.today(), where+` FOR UPDATE`, which); err != nil || k.Disabled != nil {
			return err
		}
		now := s.now()
		if _, err := tx.Exec(ctx, `UPDATE api_keys SET disabled_at = $2 WHERE id = $1`, k.ID, now); err != nil {
			return fmt.Errorf("disable a key: %w", err)
		}
		k.Disabled = &now
		return audit.Append(ctx, tx, by, entry("key.disabled", k, nil))
	})
	return k, err
}

// columns are those of Key; $1 is the day.
const columns = `id, name, scopes, region_code, per_minute, per_day, created_at, created_by, used_at, disabled_at,
	CASE WHEN day = $1 THEN calls ELSE 0 END`

// List returns all keys, those in use first, by name.
func (s *Store) List(ctx context.Context) ([]Key, error) {
	rows, err := s.db.Query(ctx, `SELECT `+columns+` FROM api_keys ORDER BY disabled_at IS NOT NULL, name`, s.today())
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Key])
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	return all, nil
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// one reads the key for which where holds, with $2 in it; ErrNotFound where there is none.
func one(ctx context.Context, db querier, day time.Time, where string, which any) (Key, error) {
	rows, err := db.Query(ctx, `SELECT `+columns+` FROM api_keys WHERE `+where, day, which)
	if err != nil {
		return Key{}, fmt.Errorf("read a key: %w", err)
	}
	k, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Key])
	if errors.Is(err, pgx.ErrNoRows) {
		return Key{}, ErrNotFound
	}
	if err != nil {
		return Key{}, fmt.Errorf("read a key: %w", err)
	}
	return k, nil
}
