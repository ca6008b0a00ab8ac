package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/apikey"
	"xiaohe/database"
	"xiaohe/knowledge"
)

// keyCommand looks after the keys of other programs.
type keyCommand struct {
	Add     keyAddCommand     `cmd:"" help:"给别的程序发一个密钥；密钥只显示这一次。"`
	List    keyListCommand    `cmd:"" help:"列出所有密钥（不含密钥本身）。"`
	Disable keyDisableCommand `cmd:"" help:"停用一个密钥，不能恢复。"`
}

// withKeys opens the keys of a database that has all its tables.
func (s *session) withKeys(work func(*apikey.Store, *knowledge.Store) error) error {
	return s.withPlaces(func(db *database.DB, places *knowledge.Store) error {
		return work(apikey.New(db.Pool, now), places)
	})
}

type keyAddCommand struct {
	Name      string   `arg:"" help:"给谁用，如 区妇联小程序；名字不能重复。"`
	Scope     []string `help:"能做什么，可写多个：chat（对话）、search（查条文）、benefits（判断能领什么）、questions（列出要问的问题）。" placeholder:"SCOPE"`
	Region    string   `help:"用它的人没说在哪里时按哪个地区回答：代码或名称；不写就是全国。" placeholder:"330100"`
	PerMinute int      `help:"每个节点每分钟最多几次（1 到 6000）。" default:"60" placeholder:"N"`
	PerDay    int      `help:"每天最多几次（1 到 10000000），所有节点合起来算。" default:"5000" placeholder:"N"`
}

func (c *keyAddCommand) Run(s *session) error {
	draft := apikey.Draft{Name: c.Name, PerMinute: c.PerMinute, PerDay: c.PerDay}
	for _, scope := range c.Scope {
		draft.Scopes = append(draft.Scopes, apikey.Scope(strings.TrimSpace(scope)))
	}
	if c.PerMinute == 0 || c.PerDay == 0 { // nobody means the default by it
		return &knowledge.InputError{Message: "--per-minute 和 --per-day 不能是 0；要停用密钥，请用 xiaohe key disable"}
	}
	if err := draft.Check(); err != nil {
		return err
	}
	return s.withKeys(func(keys *apikey.Store, places *knowledge.Store) error {
		region, err := places.Region(s, c.Region)
		if err != nil {
			return err
		}
		draft.Region = region.Code
		key, text, err := keys.Add(s, terminal, "命令行", draft)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "已添加“%s”（%s，%s，每分钟 %d 次，每天 %d 次）。\n密钥：%s\n只显示这一次，请交给用它的人妥善保存；丢了就停用它，再发一个。\n",
			key.Name, scopeWords(key.Scopes), region.Name, key.PerMinute, key.PerDay, text)
		return nil
	})
}

func scopeWords(scopes []apikey.Scope) string {
	var words []string
	for _, scope := range scopes {
		words = append(words, apikey.ScopeNames[scope])
	}
	return strings.Join(words, "、")
}

type keyListCommand struct {
	JSON bool `name:"json" help:"输出 JSON。"`
}

// keyLine is a key as programs read it.
type keyLine struct {
	ID        uuid.UUID      `json:"id"`
	Name      string         `json:"name"`
	Scopes    []apikey.Scope `json:"scopes"`
	Region    string         `json:"region"`
	PerMinute int            `json:"per_minute"`
	PerDay    int            `json:"per_day"`
	Today     int            `json:"calls_today"`
	Created   time.Time      `json:"created_at"`
	CreatedBy string         `json:"created_by"`
	Used      *time.Time     `json:"used_at"`
	Disabled  *time.Time     `json:"disabled_at"`
}

func (c *keyListCommand) Run(s *session) error {
	return s.withKeys(func(keys *apikey.Store, places *knowledge.Store) error {
		all, err := keys.List(s)
		if err != nil {
			return err
		}
		lines := []keyLine{}
		for _, k := range all {
			region, err := places.Region(s, k.Region)
			if err != nil {
				return err
			}
			lines = append(lines, keyLine{k.ID, k.Name, k.Scopes, region.Short(), k.PerMinute, k.PerDay, k.Today, k.Created, k.CreatedBy, k.Used, k.Disabled})
			if c.JSON {
				continue
			}
			fmt.Fprintf(s.out, "%s%s\n    %s；地区：%s\n    每分钟最多 %d 次，每天最多 %d 次，今天用了 %d 次\n", k.Name, keyNotes(k), scopeWords(k.Scopes), region.Name, k.PerMinute, k.PerDay, k.Today)
		}
		if c.JSON {
			return json.NewEncoder(s.out).Encode(lines)
		}
		if len(all) == 0 {
			fmt.Fprintln(s.out, "还没有密钥。要让别的程序用小禾，请用 xiaohe key add 添加。")
		}
		return nil
	})
}

// keyNotes say when a key was last used, and whether it still works.
func keyNotes(k apikey.Key) string {
	notes := "  还没用过"
	if k.Used != nil {
		notes = "  上次用在 " + k.Used.Local().Format("2006-01-02 15:04")
	}
	if k.Disabled != nil {
		notes += "  已停用"
	}
	return notes
}

type keyDisableCommand struct {
	Name string `arg:"" help:"密钥的名字。"`
}

func (c *keyDisableCommand) Run(s *session) error {
	return s.withKeys(func(keys *apikey.Store, _ *knowledge.Store) error {
		key, err := keys.Disable(s, terminal, c.Name)
		if errors.Is(err, apikey.ErrNotFound) {
			return &knowledge.InputError{Message: fmt.Sprintf("没有名叫“%s”的密钥，xiaohe key list 列出所有密钥", strings.TrimSpace(c.Name))}
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "已停用“%s”，用它的程序从现在起连不上。\n", key.Name)
		return nil
	})
}
