package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/account"
	"xiaohe/assistant/audit"
	"xiaohe/database"
	"xiaohe/knowledge"
)

// userCommand looks after the accounts of staff.
type userCommand struct {
	Add     userAddCommand     `cmd:"" help:"添加一个账号，并显示它的一次性口令。"`
	List    userListCommand    `cmd:"" help:"列出所有账号。"`
	Set     userSetCommand     `cmd:"" help:"改姓名、角色、地区等；不写的不变。"`
	Passwd  userPasswdCommand  `cmd:"" help:"换一个一次性口令。"`
	Disable userDisableCommand `cmd:"" help:"停用账号：登录全部退出，不能再登录。"`
	Enable  userEnableCommand  `cmd:"" help:"重新启用账号。"`
}

// terminal is who the audit log names for what is done here: whoever can start this program.
var terminal = audit.Actor{Role: "system", Request: "terminal"}

// withAccounts opens the accounts of a database that has all its tables.
func (s *session) withAccounts(work func(*account.Store, *knowledge.Store) error) error {
	return s.withPlaces(func(db *database.DB, places *knowledge.Store) error {
		accounts, err := account.New(s, db.Pool, now)
		if err != nil {
			return err
		}
		return work(accounts, places)
	})
}

// noAccount says it where there is none of that login.
func noAccount(err error, login string) error {
	if errors.Is(err, account.ErrNotFound) {
		return &knowledge.InputError{Message: fmt.Sprintf("没有登录名是 %s 的账号，xiaohe user list 列出所有账号", login)}
	}
	return err
}

// userFields are what add and set have in common.
type userFields struct {
	Name     *string  `help:"姓名或称呼，家庭会看到，如 王老师。" placeholder:"姓名"`
	Role     *string  `help:"角色：worker（社工）、supervisor（督导）、director（儿童主任）、officer（政策管理员）、admin（管理员）、auditor（审计）。" placeholder:"ROLE"`
	Region   []string `help:"负责的地区，代码或名称，可写多个；全国写 100000。" placeholder:"330106"`
	Skill    []string `help:"专长，可写多个。" placeholder:"SKILL"`
	Capacity *int     `help:"最多同时接待几个家庭（0 到 20）。" placeholder:"4"`
	CanReply *bool    `help:"能不能回复家庭；不写时社工能，别人不能。" negatable:""`
}

func (f userFields) change(s *session, store *knowledge.Store) (account.Change, error) {
	c := account.Change{Name: f.Name, Role: f.Role, Capacity: f.Capacity, CanReply: f.CanReply}
	if f.Skill != nil {
		c.Skills = &f.Skill
	}
	if f.Region == nil {
		return c, nil
	}
	if len(f.Region) == 0 {
		return c, &knowledge.InputError{Message: "--region 后面是空的，请写代码或名称，如 330106 或 杭州"}
	}
	prefixes := []string{}
	for _, text := range f.Region {
		if strings.TrimSpace(text) == "" {
			return c, &knowledge.InputError{Message: "地区请写代码或名称，如 330106 或 杭州；全国写 100000"}
		}
		region, err := store.Region(s, text)
		if err != nil {
			return c, err
		}
		prefixes = append(prefixes, region.Prefix)
	}
	c.Scopes = &prefixes
	return c, nil
}

type userAddCommand struct {
	Login string `arg:"" help:"登录名，小写字母、数字和 . _ - @；用统一身份登录的，写它那里的用户名或邮箱。"`
	userFields
	OIDC bool `name:"oidc" help:"用单位的统一身份登录，没有口令。"`
}

func (c *userAddCommand) Run(s *session) error {
	if c.Name == nil {
		return &knowledge.InputError{Message: "请用 --name 写明姓名，如 --name 王老师"}
	}
	if c.Role == nil {
		return &knowledge.InputError{Message: "请用 --role 写明角色，如 --role worker；xiaohe user add --help 列出所有角色"}
	}
	if len(c.Skill) == 0 && c.Skill != nil {
		return &knowledge.InputError{Message: "--skill 后面是空的，没有专长就不写它"}
	}
	if c.Region == nil && slices.Contains([]string{account.Worker, account.Supervisor, account.Director}, *c.Role) {
		return &knowledge.InputError{Message: "请用 --region 写明负责哪个地区，如 --region 330106；只看得到负责地区的事"}
	}
	return s.withAccounts(func(accounts *account.Store, store *knowledge.Store) error {
		change, err := c.change(s, store)
		if err != nil {
			return err
		}
		staff, oneTime, err := accounts.Add(s, terminal, c.Login, change, "", c.OIDC)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "已添加 %s（%s，%s）。\n", staff.Login, staff.Name, account.RoleNames[staff.Role])
		if c.OIDC {
			fmt.Fprintln(s.out, "请本人用统一身份登录，第一次登录时和这个账号对上。")
			return nil
		}
		printPassword(s.out, oneTime)
		return nil
	})
}

func printPassword(out io.Writer, oneTime string) {
	fmt.Fprintf(out, "一次性口令：%s\n请当面或用电话告诉本人；第一次登录时要换成自己的口令。\n", oneTime)
}

type userListCommand struct {
	JSON bool `name:"json" help:"输出 JSON。"`
}

// userLine is an account as programs read it.
type userLine struct {
	ID         uuid.UUID  `json:"id"`
	Login      string     `json:"login"`
	Name       string     `json:"name"`
	Role       string     `json:"role"`
	Regions    []string   `json:"regions"` // codes as --region takes them; 100000 is the whole country
	Skills     []string   `json:"skills"`
	CanReply   bool       `json:"can_reply"`
	Capacity   int        `json:"capacity"`
	Duty       string     `json:"duty"`
	MustChange bool       `json:"must_change"`
	OIDC       bool       `json:"oidc"`
	Linked     bool       `json:"linked"`
	Created    time.Time  `json:"created_at"`
	Disabled   *time.Time `json:"disabled_at"`
}

func (c *userListCommand) Run(s *session) error {
	return s.withAccounts(func(accounts *account.Store, store *knowledge.Store) error {
		all, err := accounts.List(s)
		if err != nil {
			return err
		}
		if c.JSON {
			lines := make([]userLine, 0, len(all))
			for _, a := range all {
				regions, err := scopeRegions(s, store, a.Scopes)
				if err != nil {
					return err
				}
				codes := []string{}
				for _, r := range regions {
					codes = append(codes, r.Short())
				}
				lines = append(lines, userLine{a.ID, a.Login, a.Name, a.Role, codes, a.Skills, a.CanReply, a.Capacity, a.Duty, a.MustChange, a.OIDC, a.Linked, a.Created, a.Disabled})
			}
			return json.NewEncoder(s.out).Encode(lines)
		}
		if len(all) == 0 {
			fmt.Fprintln(s.out, "还没有账号。xiaohe serve 第一次启动时会建好管理员账号，也可以用 xiaohe user add 添加。")
		}
		for _, a := range all {
			regions, err := scopeRegions(s, store, a.Scopes)
			if err != nil {
				return err
			}
			fmt.Fprintf(s.out, "%s  %s  %s  地区：%s%s\n", a.Login, a.Name, account.RoleNames[a.Role], regionWords(regions), userNotes(a))
		}
		return nil
	})
}

// scopeRegions are the regions of an account's prefixes.
func scopeRegions(s *session, store *knowledge.Store, prefixes []string) ([]knowledge.Region, error) {
	var all []knowledge.Region
	for _, prefix := range prefixes {
		region, err := s.placeOf(store, prefix)
		if err != nil {
			return nil, err
		}
		all = append(all, region)
	}
	return all, nil
}

// regionWords names regions with their codes, as --region takes them: 杭州市 330100.
func regionWords(regions []knowledge.Region) string {
	var words []string
	for _, r := range regions {
		words = append(words, r.Name+" "+r.Short())
	}
	return list(words)
}

// userNotes are what is worth telling of an account beside its rights.
func userNotes(a account.Listed) string {
	var notes string
	if a.CanReply {
		notes += fmt.Sprintf("  能回复（同时 %d 家）", a.Capacity)
	}
	switch {
	case a.Disabled != nil:
		notes += "  已停用"
	case a.OIDC && !a.Linked:
		notes += "  统一身份，还没登录过"
	case a.OIDC:
		notes += "  统一身份"
	case a.MustChange:
		notes += "  还没换一次性口令"
	}
	return notes
}

type userSetCommand struct {
	Login string `arg:"" help:"登录名。"`
	userFields
	NoRegion bool `help:"去掉所有地区：以后看不到任何工单。"`
	NoSkill  bool `help:"去掉所有专长。"`
}

// check refuses an empty --region or --skill: an unset variable of the shell would take everything away.
func (c *userSetCommand) check() error {
	switch {
	case c.Region != nil && c.NoRegion, c.Skill != nil && c.NoSkill:
		return &knowledge.InputError{Message: "--region 和 --no-region、--skill 和 --no-skill 只写一个"}
	case c.Region != nil && len(c.Region) == 0:
		return &knowledge.InputError{Message: "--region 后面是空的，什么都没有改；要去掉所有地区，请写 --no-region"}
	case c.Skill != nil && len(c.Skill) == 0:
		return &knowledge.InputError{Message: "--skill 后面是空的，什么都没有改；要去掉所有专长，请写 --no-skill"}
	case c.Name == nil && c.Role == nil && c.Region == nil && c.Skill == nil && c.Capacity == nil && c.CanReply == nil && !c.NoRegion && !c.NoSkill:
		return &knowledge.InputError{Message: "请写明要改什么，如 --role supervisor 或 --region 330106"}
	}
	return nil
}

func (c *userSetCommand) Run(s *session) error {
	if err := c.check(); err != nil {
		return err
	}
	return s.withAccounts(func(accounts *account.Store, store *knowledge.Store) error {
		change, err := c.change(s, store)
		if err != nil {
			return err
		}
		if c.NoRegion {
			change.Scopes = &[]string{}
		}
		if c.NoSkill {
			change.Skills = &[]string{}
		}
		staff, err := accounts.Set(s, terminal, c.Login, change)
		if err != nil {
			return noAccount(err, c.Login)
		}
		regions, err := scopeRegions(s, store, staff.Scopes)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s 现在是：%s，%s，地区：%s\n", staff.Login, staff.Name, account.RoleNames[staff.Role], regionWords(regions))
		return nil
	})
}

type userPasswdCommand struct {
	Login string `arg:"" help:"登录名。"`
	Stdin bool   `help:"从标准输入读一行作口令，而不是随机生成；本人登录后仍要换。"`
	Turn  bool   `name:"to-password" help:"账号用统一身份登录、没有口令时，也给它一个口令。"`
}

// input is where --stdin reads.
var input io.Reader = os.Stdin

func (c *userPasswdCommand) Run(s *session) error {
	var chosen string
	if c.Stdin {
		line, err := bufio.NewReader(io.LimitReader(input, 4<<10)).ReadString('\n')
		if chosen = strings.TrimRight(line, "\r\n"); chosen == "" {
			return &knowledge.InputError{Message: "标准输入里没有口令，请写一行"}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read the password: %w", err)
		}
	}
	return s.withAccounts(func(accounts *account.Store, _ *knowledge.Store) error {
		before, err := accounts.Find(s, c.Login)
		if err != nil {
			return noAccount(err, c.Login)
		}
		if before.OIDC && !c.Turn {
			return &knowledge.InputError{Message: fmt.Sprintf("%s 用单位的统一身份登录，没有口令，所以没有换；真要让它改用口令登录，请加 --to-password", before.Login)}
		}
		oneTime, err := accounts.SetPassword(s, terminal, c.Login, chosen)
		if err != nil {
			return noAccount(err, c.Login)
		}
		fmt.Fprintf(s.out, "%s 的口令已换，原来的登录都退出了。\n", c.Login)
		if oneTime != "" {
			printPassword(s.out, oneTime)
		}
		return nil
	})
}

type userDisableCommand struct {
	Login string `arg:"" help:"登录名。"`
}

func (c *userDisableCommand) Run(s *session) error {
	return s.withAccounts(func(accounts *account.Store, _ *knowledge.Store) error {
		if _, err := accounts.Disable(s, terminal, c.Login); err != nil {
			return noAccount(err, c.Login)
		}
		fmt.Fprintf(s.out, "已停用 %s。这个人手上的工单会自动回到队列里。\n", c.Login)
		return nil
	})
}

type userEnableCommand struct {
	Login string `arg:"" help:"登录名。"`
}

func (c *userEnableCommand) Run(s *session) error {
	return s.withAccounts(func(accounts *account.Store, _ *knowledge.Store) error {
		if _, err := accounts.Enable(s, terminal, c.Login); err != nil {
			return noAccount(err, c.Login)
		}
		fmt.Fprintf(s.out, "已重新启用 %s。\n", c.Login)
		return nil
	})
}
