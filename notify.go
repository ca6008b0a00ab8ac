package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"

	"golang.org/x/term"

	"xiaohe/assistant/notify"
	"xiaohe/database"
	"xiaohe/database/secret"
	"xiaohe/knowledge"
)

// notifyCommand looks after the group robots and webhooks that are told of tickets.
type notifyCommand struct {
	Add     notifyAddCommand     `cmd:"" help:"登记一个群机器人或接口，有工单等人接手时通知它。"`
	List    notifyListCommand    `cmd:"" help:"登记了哪些，好不好用。"`
	Test    notifyTestCommand    `cmd:"" help:"发一条测试消息。"`
	Disable notifyDisableCommand `cmd:"" help:"停用一个。"`
}

// A robot's address is its secret. Flags show in the list of processes and in the shell's history, so address and
// secret come from the environment or from standard input.
const (
	notifyURLVariable    = "XIAOHE_NOTIFY_URL"
	notifySecretVariable = "XIAOHE_NOTIFY_SECRET"
)

// notifyInput is where an address is read from that is not in the environment.
var notifyInput io.Reader = os.Stdin

// withTargets opens the database and the key.
func (s *session) withTargets(work func(*database.DB, *secret.Box) error) error {
	return s.withCases(func(db *database.DB) error {
		box, err := s.box()
		if err != nil {
			return err
		}
		err = work(db, box)
		if errors.Is(err, secret.ErrOtherKey) || errors.Is(err, secret.ErrBroken) {
			return &database.UserError{Message: notify.Explain("key"), Err: err}
		}
		return err
	})
}

type notifyAddCommand struct {
	Name     string   `arg:"" help:"起个名字，如“西湖区值班群”。"`
	Channel  string   `required:"" help:"dingtalk（钉钉）、wecom（企业微信）、feishu（飞书）或 webhook。" placeholder:"CHANNEL"`
	Region   string   `help:"通知哪个地区的工单：代码或名称，如 330106；不写就是全国。" placeholder:"REGION"`
	Audience []string `help:"叫哪些人时通知它：workers（社工）、supervisors（督导）、phone_tree（最后一级）；可写多个，不写就是全部。" placeholder:"WHO"`
}

// Help says what no flag says.
func (*notifyAddCommand) Help() string {
	return "机器人的地址就是它的密码，不写在命令里：运行后按提示粘贴，或从标准输入读（第一行地址，第二行加签密钥，没有密钥就只写一行），或放在环境变量 " +
		notifyURLVariable + " 和 " + notifySecretVariable + " 里。地址加密保存，密钥在环境变量 " + secret.Variable + " 里，或者数据文件夹的 secret.key 文件里；请另外备份它。"
}

func (c *notifyAddCommand) Run(s *session) error {
	target := notify.NewTarget{Name: strings.TrimSpace(c.Name), Channel: c.Channel, Audience: c.Audience}
	if len(target.Audience) == 0 {
		target.Audience = notify.Audiences
	}
	var err error
	if target.URL, target.Secret, err = readAddress(notifyInput, s.err, s.environment); err != nil {
		return err
	}
	return s.withTargets(func(db *database.DB, box *secret.Box) error {
		region, err := knowledge.NewStore(db.Pool, now).Region(s, c.Region)
		if err != nil {
			return err
		}
		target.Prefix = region.Prefix
		if _, err := notify.NewTargets(db.Pool, box).Add(s, terminal, target); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "已登记“%s”。请运行 xiaohe notify test %s 试一下。\n", target.Name, target.Name)
		return nil
	})
}

// readAddress takes address and secret from the environment, else from a terminal that does not show them, else from
// the first two lines of in.
func readAddress(in io.Reader, prompt io.Writer, environment func(string) string) (address, key string, err error) {
	if address = environment(notifyURLVariable); address != "" {
		return strings.TrimSpace(address), strings.TrimSpace(environment(notifySecretVariable)), nil
	}
	lines := bufio.NewScanner(io.LimitReader(in, 16<<10))
	next := func(string) (string, error) {
		lines.Scan()
		return lines.Text(), lines.Err()
	}
	if file, ok := in.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		next = func(question string) (string, error) {
			fmt.Fprint(prompt, question)
			line, err := term.ReadPassword(int(file.Fd()))
			fmt.Fprintln(prompt)
			return string(line), err
		}
	}
	if address, err = next("机器人的地址（粘贴后按回车，不会显示）："); err == nil {
		key, err = next("加签密钥（没有就直接按回车）：")
	}
	if err != nil {
		return "", "", &knowledge.InputError{Message: "没有读到地址，请再运行一次"}
	}
	return strings.TrimSpace(address), strings.TrimSpace(key), nil
}

type notifyListCommand struct {
	JSON bool `name:"json" help:"输出 JSON。"`
}

var (
	channelNames  = map[string]string{notify.DingTalk: "钉钉", notify.WeCom: "企业微信", notify.Feishu: "飞书", notify.Webhook: "接口"}
	audienceNames = map[string]string{"workers": "社工", "supervisors": "督导", "phone_tree": "最后一级"}
)

func (c *notifyListCommand) Run(s *session) error {
	return s.withTargets(func(db *database.DB, box *secret.Box) error {
		all, err := notify.NewTargets(db.Pool, box).List(s)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(s.out).Encode(all)
		}
		if len(all) == 0 {
			fmt.Fprintln(s.out, "还没有登记机器人：工单只会在工作台上响。用 xiaohe notify add 登记。")
		}
		for _, t := range all {
			printTarget(s.out, t)
		}
		return nil
	})
}

func printTarget(out io.Writer, t notify.Target) {
	var who []string
	for _, a := range t.Audience {
		who = append(who, audienceNames[a])
	}
	state := "还没有发过"
	switch {
	case t.Disabled != nil:
		state = "已停用"
	case t.Failures > 0:
		state = fmt.Sprintf("连续 %d 次没有送达：%s", t.Failures, notify.Explain(t.LastCode))
	case t.LastSent != nil:
		state = clock(*t.LastSent) + " 送达"
	}
	fmt.Fprintf(out, "%s  %s  %s  %s\n  %s；等着发的 %d 条\n", t.Name, channelNames[t.Channel], t.Region, strings.Join(who, "、"), state, t.Waiting)
}

type notifyTestCommand struct {
	Name string `arg:"" help:"名字，notify list 里有。"`
}

func (c *notifyTestCommand) Run(s *session) error {
	networks, err := s.notifyNetworks()
	if err != nil {
		return err
	}
	return s.withTargets(func(db *database.DB, box *secret.Box) error {
		trial, err := notify.New(notify.Options{DB: db.Pool, Box: box, AllowPrivate: networks, Now: now, Log: s.logger}).Try(s, c.Name)
		if err != nil {
			return err
		}
		if !trial.OK {
			return &knowledge.InputError{Message: fmt.Sprintf("“%s”没有收到：%s", c.Name, notify.Explain(trial.Code))}
		}
		fmt.Fprintf(s.out, "“%s”收到了，用了 %.1f 秒。请在群里看看。\n", c.Name, trial.Latency.Seconds())
		return nil
	})
}

// notifyNetworks are the inner networks that robots may be in.
func (s *session) notifyNetworks() ([]netip.Prefix, error) {
	networks, err := notify.ParseNetworks(s.environment(notify.PrivateVariable))
	if err != nil {
		return nil, &knowledge.InputError{Message: "环境变量 " + notify.PrivateVariable + " 里应是网段，如 10.0.0.0/8，用逗号隔开"}
	}
	return networks, nil
}

type notifyDisableCommand struct {
	Name string `arg:"" help:"名字，notify list 里有。"`
}

func (c *notifyDisableCommand) Run(s *session) error {
	return s.withTargets(func(db *database.DB, box *secret.Box) error {
		if err := notify.NewTargets(db.Pool, box).Disable(s, terminal, c.Name); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "已停用“%s”。\n", c.Name)
		return nil
	})
}
