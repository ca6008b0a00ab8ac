package handoff

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"xiaohe/assistant/audit"
)

// Canned is a reply that is written beforehand. It is put into the composer, where the worker changes it before it is
// sent: it is never sent by itself.
type Canned struct {
	ID       uuid.UUID `json:"id"`
	Scope    string    `json:"scope"` // prefix of the region whose workers see it; empty is the whole country
	Shortcut string    `json:"shortcut"`
	Title    string    `json:"title"`
	Body     string    `json:"body"`
	Version  int       `json:"version"` // counts changes; a change names the one it has seen
	Updated  time.Time `json:"updated_at"`
	Editable bool      `json:"editable"` // by whoever asks
}

// Placeholders are what a canned reply may leave open, without their braces.
var Placeholders = []string{"家长称呼", "社工", "地区", "工单号"}

// What is wrong with a canned reply.
var (
	ErrCannedTaken   = errors.New("the shortcut is taken in this region")
	ErrCannedChanged = errors.New("somebody else has changed the reply")
)

// CannedError says in plain Chinese what is wrong with a reply.
type CannedError struct{ Message string }

func (e *CannedError) Error() string { return "a canned reply is wrong" }

// Is makes the error one of ErrInvalid.
func (e *CannedError) Is(target error) bool { return target == ErrInvalid }

// Bounds of a canned reply.
const (
	longestShortcut = 20   // characters
	longestTitle    = 40   // characters
	longestCanned   = 4096 // bytes
)

var (
	placeholder = regexp.MustCompile(`\{\{([^{}]*)\}\}`)
	shortcut    = regexp.MustCompile(`^[\p{L}\p{N}_-]+$`)
)

// Check tells what is wrong with a reply.
func (c Canned) Check() error {
	wrong := func(format string, args ...any) error { return &CannedError{fmt.Sprintf(format, args...)} }
	switch {
	case !shortcut.MatchString(c.Shortcut) || utf8.RuneCountInString(c.Shortcut) > longestShortcut:
		return wrong("快捷词请用 1 到 %d 个汉字、字母或数字，中间不要空格", longestShortcut)
	case strings.TrimSpace(c.Title) == "" || utf8.RuneCountInString(c.Title) > longestTitle:
		return wrong("请写标题，最多 %d 个字", longestTitle)
	case strings.TrimSpace(c.Body) == "" || len(c.Body) > longestCanned:
		return wrong("请写内容，最多 %d 个汉字", longestCanned/3)
	case !plainText(c.Title) || strings.ContainsFunc(c.Title, unicode.IsControl) || !plainText(c.Body):
		return wrong("内容里有不是文字的字符，请删掉再试")
	}
	for _, m := range placeholder.FindAllStringSubmatch(c.Body, -1) {
		if !slices.Contains(Placeholders, m[1]) {
			return wrong("没有“{{%s}}”这个空格，能用的有：{{%s}}", m[1], strings.Join(Placeholders, "}}、{{"))
		}
	}
	if strings.ContainsAny(placeholder.ReplaceAllString(c.Body, ""), "{}") {
		return wrong("大括号要成对写，如 {{%s}}", Placeholders[0])
	}
	return nil
}

// plainText tells whether a text holds nothing but characters, blanks and line ends.
func plainText(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' })
}

// mayWrite is the right to change reply c: officers and supervisors may, within their regions. $1 is the person.
const mayWrite = `EXISTS (SELECT 1 FROM workers w JOIN worker_scopes s ON s.worker_id = w.id
	WHERE w.id = $1 AND w.disabled_at IS NULL AND w.role IN ('supervisor', 'officer') AND starts_with(c.scope_prefix, s.prefix))`

// listCanned: where two replies of regions one within the other have the same shortcut, the nearer one counts.
const listCanned = `
	SELECT DISTINCT ON (c.shortcut) c.id, c.scope_prefix, c.shortcut, c.title, c.body, c.version, c.updated_at, ` + mayWrite + `
	  FROM canned_replies c
	 WHERE c.removed_at IS NULL AND starts_with($2, c.scope_prefix)
	 ORDER BY c.shortcut, length(c.scope_prefix) DESC`

// CannedReplies lists the replies for a region (its prefix), by shortcut. ErrNotFound where the region is not within the
// worker's own.
func (s *Store) CannedReplies(ctx context.Context, worker uuid.UUID, prefix string) ([]Canned, error) {
	if err := s.covers(ctx, worker, prefix); err != nil {
		return nil, err
	}
	return readAll[Canned](ctx, s.db, "list canned replies", listCanned, worker, prefix)
}

// AddCanned stores a new reply. ErrNotFound where its region is not within the person's own.
func (s *Store) AddCanned(ctx context.Context, by audit.Actor, c Canned) (Canned, error) {
	if err := c.Check(); err != nil {
		return Canned{}, err
	}
	c.ID, c.Version, c.Editable = uuid.Must(uuid.NewV7()), 1, true
	err := s.cannedChange(ctx, by, "canned.added", &c, `INSERT INTO canned_replies (id, scope_prefix, shortcut, title, body, updated_by)
		SELECT $3, c.scope_prefix, $4, $5, $6, $1 FROM (SELECT prefix AS scope_prefix FROM regions WHERE prefix = $2) c WHERE `+mayWrite+`
		RETURNING version, updated_at`,
		ErrNotFound, by.ID, c.Scope, c.ID, c.Shortcut, c.Title, c.Body)
	return c, err
}

// SetCanned changes a reply; its version is the one that was seen. The region stays.
func (s *Store) SetCanned(ctx context.Context, by audit.Actor, c Canned) (Canned, error) {
	if err := c.Check(); err != nil {
		return Canned{}, err
	}
	c.Editable = true
	var err error
	if c.Scope, err = s.cannedScope(ctx, by, c.ID); err != nil {
		return Canned{}, err
	}
	err = s.cannedChange(ctx, by, "canned.changed", &c, `UPDATE canned_replies c SET shortcut = $4, title = $5, body = $6, version = version + 1,
			updated_by = $1, updated_at = now()
		WHERE id = $3 AND scope_prefix = $2 AND version = $7 AND removed_at IS NULL AND `+mayWrite+` RETURNING version, updated_at`,
		ErrCannedChanged, by.ID, c.Scope, c.ID, c.Shortcut, c.Title, c.Body, c.Version)
	return c, err
}

// RemoveCanned takes a reply away.
func (s *Store) RemoveCanned(ctx context.Context, by audit.Actor, id uuid.UUID) error {
	scope, err := s.cannedScope(ctx, by, id)
	if err != nil {
		return err
	}
	c := Canned{ID: id, Scope: scope}
	return s.cannedChange(ctx, by, "canned.removed", &c, `UPDATE canned_replies c SET removed_at = now(), updated_by = $1, updated_at = now()
		WHERE id = $3 AND scope_prefix = $2 AND removed_at IS NULL AND `+mayWrite+` RETURNING version, updated_at`,
		ErrNotFound, by.ID, scope, id)
}

// cannedScope finds a reply that somebody may change.
func (s *Store) cannedScope(ctx context.Context, by audit.Actor, id uuid.UUID) (scope string, err error) {
	err = s.db.QueryRow(ctx, `SELECT c.scope_prefix FROM canned_replies c WHERE c.id = $2 AND c.removed_at IS NULL
		AND `+mayWrite, by.ID, id).Scan(&scope)
	if err == pgx.ErrNoRows {
		return "", ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("find a canned reply: %w", err)
	}
	return scope, nil
}

// cannedChange runs a statement that returns version and time of c, with its row of the audit log; none is what it means
// when nothing was changed.
func (s *Store) cannedChange(ctx context.Context, by audit.Actor, action string, c *Canned, statement string, none error, args ...any) error {
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, statement, args...).Scan(&c.Version, &c.Updated)
		if err != nil {
			return err
		}
		by.Prefix = c.Scope
		return audit.Append(ctx, tx, by, audit.Entry{Action: action, ObjectKind: "canned_reply", ObjectID: c.ID.String(),
			Data: struct {
				Scope   string `json:"scope"`
				Version int    `json:"version"`
			}{c.Scope, c.Version}})
	})
	var pg *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgx.ErrNoRows):
		return none
	case errors.As(err, &pg) && pg.Code == "23505":
		return ErrCannedTaken
	}
	return fmt.Errorf("change a canned reply: %w", err)
}

// SeedCanned stores replies for the whole country where there have never been any: what somebody has removed does not
// come back.
func (s *Store) SeedCanned(ctx context.Context, all []Canned) error {
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `LOCK TABLE canned_replies IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return err
		}
		var any bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM canned_replies)`).Scan(&any); err != nil || any {
			return err
		}
		for _, c := range all {
			_, err := tx.Exec(ctx, `INSERT INTO canned_replies (id, scope_prefix, shortcut, title, body) VALUES ($1, '', $2, $3, $4)`,
				uuid.Must(uuid.NewV7()), c.Shortcut, c.Title, c.Body)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store canned replies: %w", err)
	}
	return nil
}
