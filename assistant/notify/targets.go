package notify

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/assistant/audit"
	"xiaohe/knowledge"
)

// Audiences are whom a rung calls. A target serves some of them.
var Audiences = []string{"workers", "supervisors", "phone_tree"}

// Target is a robot or a webhook, without its address: that is a secret.
type Target struct {
	ID       uuid.UUID  `json:"id"`
	Name     string     `json:"name"`
	Channel  string     `json:"channel"`
	Prefix   string     `json:"prefix"` // of the region whose tickets it hears of; empty is the whole country
	Region   string     `json:"region"` // with the regions above it
	Audience []string   `json:"audience"`
	Disabled *time.Time `json:"disabled_at"`
	Failures int        `json:"failures"`     // since it last took a message
	Waiting  int        `json:"waiting"`      // messages that are due or being tried
	LastSent *time.Time `json:"last_sent_at"` // nil: never
	LastCode string     `json:"last_code"`    // of the newest notification that was tried; empty where none was
}

// NewTarget is what Add needs.
type NewTarget struct {
	Name     string
	Channel  string
	Prefix   string // digits of a region
	Audience []string
	URL      string
	Secret   string // may be empty for robots; WeCom has none
}

// invalid says in Chinese what is wrong with what somebody wrote.
func invalid(format string, args ...any) error {
	return &knowledge.InputError{Message: fmt.Sprintf(format, args...)}
}

// Targets keeps where notifications go.
type Targets struct {
	db  *pgxpool.Pool
	box Box
}

// NewTargets returns the targets of a database.
func NewTargets(db *pgxpool.Pool, box Box) *Targets { return &Targets{db, box} }

// shortestSecret of a webhook, in bytes: whoever guesses it can forge calls.
const shortestSecret = 16

// check refuses what could not work. Robots are told by the form of their addresses, which is the same where a company
// runs the service itself: a pasted address of another service is the usual mistake.
func (n NewTarget) check() error {
	u, err := url.Parse(n.URL)
	nobody := func(a string) bool { return !slices.Contains(Audiences, a) }
	switch {
	case n.Name == "" || utf8.RuneCountInString(n.Name) > 40:
		return invalid("请给它起个名字，不超过 40 个字")
	case len(n.Audience) == 0 || slices.ContainsFunc(n.Audience, nobody):
		return invalid("通知谁，只能写 %s", strings.Join(Audiences, "、"))
	case err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || len(n.URL) > 2000:
		return invalid("地址要以 https:// 开头，请从机器人的设置页整条复制")
	case n.Channel == DingTalk && u.Query().Get("access_token") == "":
		return invalid("这不是钉钉机器人的地址：里面应有 access_token=")
	case n.Channel == WeCom && u.Query().Get("key") == "":
		return invalid("这不是企业微信机器人的地址：里面应有 key=")
	case n.Channel == Feishu && !strings.Contains(u.Path, "/open-apis/bot/v2/hook/"):
		return invalid("这不是飞书机器人的地址：里面应有 /open-apis/bot/v2/hook/")
	case n.Channel == WeCom && n.Secret != "":
		return invalid("企业微信机器人没有密钥，只要地址")
	case n.Channel == Webhook && len(n.Secret) < shortestSecret:
		return invalid("请写密钥，至少 %d 个字符：接收方用它核对消息是不是小禾发的", shortestSecret)
	case !slices.Contains(Channels, n.Channel):
		return invalid("只能发到 %s", strings.Join(Channels, "、"))
	}
	return nil
}

// Add stores a target. One of the same name that was disabled takes the new address; otherwise a name is used once.
func (t *Targets) Add(ctx context.Context, by audit.Actor, n NewTarget) (id uuid.UUID, err error) {
	if err := n.check(); err != nil {
		return uuid.Nil, err
	}
	sealed, err := t.box.Seal([]byte(n.URL))
	if err != nil {
		return uuid.Nil, fmt.Errorf("seal the address: %w", err)
	}
	var secret []byte
	if n.Secret != "" {
		if secret, err = t.box.Seal([]byte(n.Secret)); err != nil {
			return uuid.Nil, fmt.Errorf("seal the secret: %w", err)
		}
	}
	err = pgx.BeginFunc(ctx, t.db, func(tx pgx.Tx) error {
		var region string
		err := tx.QueryRow(ctx, `SELECT code FROM regions WHERE prefix = $1`, n.Prefix).Scan(&region)
		if errors.Is(err, pgx.ErrNoRows) {
			return invalid("没有代码是 %s 的地区", n.Prefix)
		}
		if err != nil {
			return fmt.Errorf("find the region: %w", err)
		}
		err = tx.QueryRow(ctx, `INSERT INTO notify_targets (id, name, channel, scope_prefix, url_sealed, secret_sealed, audience)
			VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (name) DO UPDATE SET channel = excluded.channel, scope_prefix = excluded.scope_prefix, url_sealed = excluded.url_sealed,
				secret_sealed = excluded.secret_sealed, audience = excluded.audience, disabled_at = NULL,
				failures = 0, paused_until = NULL, throttled_until = NULL
			  WHERE notify_targets.disabled_at IS NOT NULL
			RETURNING id`, uuid.Must(uuid.NewV7()), n.Name, n.Channel, n.Prefix, sealed, secret, n.Audience).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return invalid("已经有叫“%s”的了。要换地址，请先停用它", n.Name)
		}
		if err != nil {
			return fmt.Errorf("store the target: %w", err)
		}
		return audit.Append(ctx, tx, by, audit.Entry{Action: "notify_target.added", ObjectKind: "notify_target", ObjectID: id.String(), Region: region,
			Data: targetData{n.Channel, n.Prefix, n.Audience}})
	})
	return id, err
}

// targetData is what the audit log keeps of a target.
type targetData struct {
	Channel  string   `json:"channel"`
	Prefix   string   `json:"prefix"`
	Audience []string `json:"audience"`
}

// List returns all targets, those in use first.
func (t *Targets) List(ctx context.Context) ([]Target, error) {
	rows, err := t.db.Query(ctx, `SELECT g.id, g.name, g.channel, g.scope_prefix, coalesce(p.name, r.name), g.audience, g.disabled_at, g.failures,
			(SELECT count(*) FROM notifications n WHERE n.target = g.id::text AND n.state IN ('pending', 'sending')),
			(SELECT max(sent_at) FROM notifications n WHERE n.target = g.id::text),
			coalesce((SELECT provider_code FROM notifications n WHERE n.target = g.id::text AND provider_code IS NOT NULL
			  ORDER BY coalesce(sent_at, created_at) DESC LIMIT 1), '')
		  FROM notify_targets g JOIN regions r ON r.prefix = g.scope_prefix,
		       LATERAL (SELECT string_agg(a.name, '' ORDER BY a.level) AS name FROM regions a
		         WHERE a.level > 0 AND a.prefix IN (left(r.prefix, 2), left(r.prefix, 4), left(r.prefix, 6), left(r.prefix, 9), r.prefix)) p
		 ORDER BY g.disabled_at IS NOT NULL, g.scope_prefix, g.name`)
	if err != nil {
		return nil, fmt.Errorf("list the targets: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (g Target, err error) {
		err = row.Scan(&g.ID, &g.Name, &g.Channel, &g.Prefix, &g.Region, &g.Audience, &g.Disabled, &g.Failures, &g.Waiting, &g.LastSent, &g.LastCode)
		return g, err
	})
	if err != nil {
		return nil, fmt.Errorf("list the targets: %w", err)
	}
	return all, nil
}

// Disable takes a target out of use.
func (t *Targets) Disable(ctx context.Context, by audit.Actor, name string) error {
	return pgx.BeginFunc(ctx, t.db, func(tx pgx.Tx) error {
		var id uuid.UUID
		err := tx.QueryRow(ctx, `UPDATE notify_targets SET disabled_at = now() WHERE name = $1 AND disabled_at IS NULL RETURNING id`, name).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return unknown(name)
		}
		if err != nil {
			return fmt.Errorf("disable the target: %w", err)
		}
		return audit.Append(ctx, tx, by, audit.Entry{Action: "notify_target.disabled", ObjectKind: "notify_target", ObjectID: id.String()})
	})
}

func unknown(name string) error {
	return invalid("没有正在用的、叫“%s”的机器人或接口", name)
}

// Check opens every address in use, so that a server with the wrong key says so when it starts and not at three in the
// morning. The error is of Box.Open.
func (t *Targets) Check(ctx context.Context) error {
	rows, err := t.db.Query(ctx, `SELECT url_sealed FROM notify_targets WHERE disabled_at IS NULL`)
	if err != nil {
		return fmt.Errorf("read the targets: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return fmt.Errorf("read the targets: %w", err)
	}
	for _, sealed := range all {
		if _, err := t.box.Open(sealed); err != nil {
			return fmt.Errorf("open the address of a target: %w", err)
		}
	}
	return nil
}

// open returns where a stored target is.
func open(box Box, channel string, sealedURL, sealedSecret []byte) (a address, err error) {
	plain, err := box.Open(sealedURL)
	if err != nil {
		return a, fmt.Errorf("open the address: %w", err)
	}
	a = address{channel: channel, url: string(plain)}
	if sealedSecret != nil {
		if plain, err = box.Open(sealedSecret); err != nil {
			return a, fmt.Errorf("open the secret: %w", err)
		}
		a.secret = string(plain)
	}
	return a, nil
}
