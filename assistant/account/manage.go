package account

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
	"xiaohe/knowledge"
)

// Change is a new account, or what is to change of one: nil leaves a field as it is.
type Change struct {
	Name     *string
	Role     *string
	CanReply *bool // nil for a new account: workers may, others may not
	Capacity *int  // conversations at a time, 0–20; 4 for a new account
	Skills   *[]string
	Scopes   *[]string // prefixes of regions
}

// The forms of what an administrator writes.
var (
	loginForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._@+-]{1,63}$`)
	skillForm = regexp.MustCompile(`^[\p{L}\p{N}_.-]{1,20}$`)
)

// The bounds of names and capacities.
const (
	longestName     = 20
	largestCapacity = 20
)

func invalid(format string, args ...any) error {
	return &knowledge.InputError{Message: fmt.Sprintf(format, args...)}
}

// unseen tells of signs that no reader sees or that turn the text around them: names must not look like others.
func unseen(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)
}

// check tells in a Chinese sentence what is wrong with a change.
func (c Change) check() error {
	if c.Name != nil {
		name := strings.TrimSpace(*c.Name)
		if name == "" || utf8.RuneCountInString(name) > longestName || !utf8.ValidString(name) || strings.ContainsFunc(name, unseen) {
			return invalid("请写姓名（称呼），最多 %d 个字，例如 王老师", longestName)
		}
		*c.Name = name
	}
	if c.Role != nil && !slices.Contains(Roles, *c.Role) {
		return invalid("没有这种角色，请写 worker（社工）、supervisor（督导）、director（儿童主任）、officer（政策管理员）、admin（管理员）或 auditor（审计）")
	}
	if c.Capacity != nil && (*c.Capacity < 0 || *c.Capacity > largestCapacity) {
		return invalid("同时接待的人数请写 0 到 %d", largestCapacity)
	}
	if c.Skills != nil {
		for _, skill := range *c.Skills {
			if !skillForm.MatchString(skill) {
				return invalid("技能请用一个词写，最多 20 个字，例如 自杀危机")
			}
		}
	}
	return nil
}

// mayReply tells whether people of a role can be allowed to answer families.
func mayReply(role string) bool { return role == Worker || role == Supervisor }

// checkReply tells in a Chinese sentence that a role cannot have the right that a change gives it.
func (c Change) checkReply(role string) error {
	if c.CanReply != nil && *c.CanReply && !mayReply(role) {
		return invalid("只有社工和督导能回复家庭，这个角色不行")
	}
	return nil
}

// Add makes an account. The password is the one given, or for an empty one a one-time password, which is returned and
// has to be changed at the first login. With oidc the account has no password: its owner comes through the identity
// provider, which calls them login.
func (s *Store) Add(ctx context.Context, by audit.Actor, login string, c Change, password string, oidc bool) (staff Staff, oneTime string, err error) {
	login = normal(login)
	if !loginForm.MatchString(login) {
		return Staff{}, "", invalid("登录名请用 2 到 64 个小写字母、数字或 . _ - @，例如 wang.fang")
	}
	if c.Name == nil || c.Role == nil {
		return Staff{}, "", invalid("请写明姓名和角色")
	}
	if err := c.check(); err != nil {
		return Staff{}, "", err
	}
	c.defaults()
	if err := c.checkReply(*c.Role); err != nil {
		return Staff{}, "", err
	}
	var hash *string
	if !oidc {
		if hash, oneTime, err = s.password(ctx, password, login, *c.Name); err != nil {
			return Staff{}, "", err
		}
	}
	id := uuid.Must(uuid.NewV7())
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `INSERT INTO workers (id, login, name, role, password_hash, must_change, can_reply, capacity, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (login) DO NOTHING`,
			id, login, *c.Name, *c.Role, hash, oneTime != "", *c.CanReply, *c.Capacity, s.now())
		if err != nil {
			return fmt.Errorf("add an account: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return invalid("已经有登录名 %s 的账号了", login)
		}
		if err := c.writeLists(ctx, tx, id); err != nil {
			return err
		}
		staff, err = one[Staff](ctx, tx, `SELECT `+staffColumns+` FROM workers w WHERE id = $1`, id)
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, by, entry("worker.added", id, rights(staff)))
	})
	if err != nil {
		return Staff{}, "", err
	}
	return staff, oneTime, nil
}

// defaults are those of a new account.
func (c *Change) defaults() {
	if c.CanReply == nil {
		reply := *c.Role == Worker
		c.CanReply = &reply
	}
	if c.Capacity == nil {
		capacity := 4
		c.Capacity = &capacity
	}
}

func entry(action string, worker uuid.UUID, data any) audit.Entry {
	return audit.Entry{Action: action, ObjectKind: "worker", ObjectID: worker.String(), Data: data}
}

// given are rights as the audit log keeps them.
type given struct {
	Role     string   `json:"role"`
	CanReply bool     `json:"can_reply"`
	Capacity int      `json:"capacity"`
	Skills   []string `json:"skills"`
	Scopes   []string `json:"scopes"`
}

func rights(s Staff) given { return given{s.Role, s.CanReply, s.Capacity, s.Skills, s.Scopes} }

// writeLists replaces skills and regions where they are given.
func (c Change) writeLists(ctx context.Context, tx pgx.Tx, id uuid.UUID) error {
	if c.Skills != nil {
		if _, err := tx.Exec(ctx, `UPDATE workers SET skills = ARRAY(SELECT DISTINCT unnest($2::text[]) ORDER BY 1) WHERE id = $1`, id, *c.Skills); err != nil {
			return fmt.Errorf("set skills: %w", err)
		}
	}
	if c.Scopes == nil {
		return nil
	}
	if _, err := tx.Exec(ctx, `DELETE FROM worker_scopes WHERE worker_id = $1`, id); err != nil {
		return fmt.Errorf("set regions: %w", err)
	}
	tag, err := tx.Exec(ctx, `INSERT INTO worker_scopes (worker_id, prefix) SELECT $1, prefix FROM regions WHERE prefix = ANY($2)`, id, *c.Scopes)
	if err != nil {
		return fmt.Errorf("set regions: %w", err)
	}
	wanted := map[string]bool{}
	for _, prefix := range *c.Scopes {
		wanted[prefix] = true
	}
	if int(tag.RowsAffected()) != len(wanted) {
		return invalid("有的地区代码不存在，请核对")
	}
	return nil
}

// Set changes an account's name, role, regions and what else is given. It returns the account as it is now.
func (s *Store) Set(ctx context.Context, by audit.Actor, login string, c Change) (Staff, error) {
	if err := c.check(); err != nil {
		return Staff{}, err
	}
	var after Staff
	err := s.change(ctx, login, func(tx pgx.Tx, before Listed) error {
		role := before.Role
		if c.Role != nil {
			role = *c.Role
		}
		if role == Worker && before.Role != Worker && c.CanReply == nil {
			yes := true
			c.CanReply = &yes
		}
		if err := c.checkReply(role); err != nil {
			return err
		}
		// A new role does not bring the old one's duty and answers along.
		_, err := tx.Exec(ctx, `UPDATE workers SET name = coalesce($2, name), role = $3, can_reply = $5 AND coalesce($4, can_reply),
				capacity = coalesce($6, capacity), duty = CASE WHEN $5 THEN duty ELSE 'off' END WHERE id = $1`,
			before.ID, c.Name, role, c.CanReply, mayReply(role), c.Capacity)
		if err != nil {
			return fmt.Errorf("change an account: %w", err)
		}
		if err := c.writeLists(ctx, tx, before.ID); err != nil {
			return err
		}
		if after, err = one[Staff](ctx, tx, `SELECT `+staffColumns+` FROM workers w WHERE id = $1`, before.ID); err != nil {
			return err
		}
		return audit.Append(ctx, tx, by, entry("worker.changed", before.ID, struct {
			From given `json:"from"`
			To   given `json:"to"`
		}{rights(before.Staff), rights(after)}))
	})
	return after, err
}

// Disable ends an account's sessions and keeps its owner out. Open cases of that person go back to the queue when their
// leases end.
func (s *Store) Disable(ctx context.Context, by audit.Actor, login string) (Staff, error) {
	var staff Staff
	err := s.change(ctx, login, func(tx pgx.Tx, before Listed) error {
		staff = before.Staff
		if _, err := tx.Exec(ctx, `UPDATE workers SET disabled_at = coalesce(disabled_at, $2), duty = 'off' WHERE id = $1`, before.ID, s.now()); err != nil {
			return fmt.Errorf("disable an account: %w", err)
		}
		if err := endSessions(ctx, tx, `v.worker_id = $1`, before.ID); err != nil {
			return err
		}
		return audit.Append(ctx, tx, by, entry("worker.disabled", before.ID, nil))
	})
	return staff, err
}

// Enable lets the owner of a disabled account in again.
func (s *Store) Enable(ctx context.Context, by audit.Actor, login string) (Staff, error) {
	var staff Staff
	err := s.change(ctx, login, func(tx pgx.Tx, before Listed) error {
		staff = before.Staff
		if _, err := tx.Exec(ctx, `UPDATE workers SET disabled_at = NULL WHERE id = $1`, before.ID); err != nil {
			return fmt.Errorf("enable an account: %w", err)
		}
		return audit.Append(ctx, tx, by, entry("worker.enabled", before.ID, nil))
	})
	return staff, err
}

// SetDuty says that a person begins or ends work or has a break.
func (s *Store) SetDuty(ctx context.Context, by audit.Actor, duty string) error {
	if duty != "on" && duty != "off" && duty != "break" {
		return invalid("值班状态只能是 在岗、暂离 或 离岗")
	}
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE workers SET duty = $2 WHERE id = $1 AND disabled_at IS NULL AND role IN ('worker', 'supervisor')`, by.ID, duty)
		if err != nil {
			return fmt.Errorf("set duty: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return ErrNotFound
		}
		return audit.Append(ctx, tx, by, entry("worker.duty", by.ID, struct {
			Duty string `json:"duty"`
		}{duty}))
	})
	if err == nil {
		s.tell(by.ID)
	}
	return err
}

// change runs work on an account that nobody else changes meanwhile, and tells of it afterwards. It refuses what would
// leave nobody who can administer.
func (s *Store) change(ctx context.Context, login string, work func(tx pgx.Tx, before Listed) error) error {
	var id uuid.UUID
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		// The administrators first, and always in this order: two who disable each other wait here.
		if _, err := tx.Exec(ctx, `SELECT FROM workers WHERE role = 'admin' OR login = $1 ORDER BY id FOR UPDATE`, normal(login)); err != nil {
			return fmt.Errorf("lock an account: %w", err)
		}
		before, err := one[Listed](ctx, tx, `SELECT `+listedColumns+` FROM workers w WHERE login = $1`, normal(login))
		if err != nil {
			return err
		}
		id = before.ID
		if err := work(tx, before); err != nil {
			return err
		}
		if before.Role != Admin || before.Disabled != nil {
			return nil
		}
		if left, err := administered(ctx, tx); err != nil || left {
			return err
		}
		return invalid("这是最后一个管理员账号，请先另加一个管理员")
	})
	if err == nil {
		s.tell(id)
	}
	return err
}
