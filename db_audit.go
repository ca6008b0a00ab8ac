package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/audit"
	"xiaohe/database"
	"xiaohe/knowledge"
)

// dbAuditCommand reads and checks the audit log.
type dbAuditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"检查审计记录有没有被改过、删过、插过。"`
	Head   auditHeadCommand   `cmd:"" help:"显示最后一条的编号和校验值；请每天抄到别处保存。"`
	List   auditListCommand   `cmd:"" help:"列出审计记录，新的在前。"`
}

func (s *session) withAudit(work func(*audit.Log) error) error {
	return s.withCases(func(db *database.DB) error { return work(audit.NewLog(db.Pool, s.logger)) })
}

type auditVerifyCommand struct {
	Head *string `help:"以前抄下来的编号和校验值，看它还在不在。" placeholder:"N:HASH"`
	JSON bool    `name:"json" help:"输出 JSON。"`
}

// tampered ends the program with 1 after everything is said.
var tampered = &knowledge.InputError{Message: "审计记录不完整，请保留现场，不要再改数据库，并通知审计和主管单位"}

func (c *auditVerifyCommand) Run(s *session) error {
	anchor, err := readHead(c.Head)
	if err != nil {
		return err
	}
	return s.withAudit(func(log *audit.Log) error {
		report, err := log.Verify(s, anchor)
		if err != nil {
			return err
		}
		if c.JSON {
			err = json.NewEncoder(s.out).Encode(report)
		} else {
			printAudit(s, report)
		}
		if err == nil && !report.OK {
			return tampered
		}
		return err
	})
}

// readHead reads what db audit head has printed. An empty one is refused: whoever writes --head "$head" with nothing in
// it must not believe that something was compared.
func readHead(text *string) (audit.Head, error) {
	if text == nil {
		return audit.Head{}, nil
	}
	if strings.TrimSpace(*text) == "" {
		return audit.Head{}, &knowledge.InputError{Message: "--head 后面是空的；请照 xiaohe db audit head 显示的写：编号:校验值，没有抄下来的就不写 --head"}
	}
	number, hash, _ := strings.Cut(strings.TrimSpace(*text), ":")
	n, first := strconv.ParseInt(number, 10, 64)
	sum, second := hex.DecodeString(hash)
	if first != nil || second != nil || n <= 0 || len(sum) != 32 {
		return audit.Head{}, &knowledge.InputError{Message: "--head 请照 xiaohe db audit head 显示的写：编号:校验值"}
	}
	return audit.Head{N: n, Hash: sum}, nil
}

var findingWords = map[string]string{
	audit.Edited: "内容被改过", audit.Removed: "记录被删掉了", audit.Broken: "和前一条接不上（前面有删除、插入或调换）",
	audit.Inserted: "是事后插进来的", audit.NotHead: "和以前抄下来的校验值对不上（整条链被换过，或者后面被截掉了）",
}

func printAudit(s *session, r audit.Report) {
	for i, f := range r.Findings {
		if i == 0 {
			fmt.Fprintln(s.out, "第一条有问题的：")
		}
		fmt.Fprintf(s.out, "%s：%s\n", findingPlace(f, r), findingWords[f.Kind])
	}
	if r.More > 0 {
		fmt.Fprintf(s.out, "还有 %d 处没有列出来。\n", r.More)
	}
	if r.Unsealed > 0 {
		fmt.Fprintf(s.out, "有 %d 条还没有封存，最早的是 %s。小禾没有在运行时这是正常的；在运行时不该超过两秒。\n", r.Unsealed, clock(*r.Oldest))
	}
	fmt.Fprintf(s.out, "共 %d 条已封存", r.Entries)
	if r.Dropped > 0 {
		fmt.Fprintf(s.out, "，其中 %d 条满三年后内容已按规定删除", r.Dropped)
	}
	if r.OK {
		fmt.Fprint(s.out, "，都完好")
	}
	fmt.Fprintf(s.out, "。\n")
}

// findingPlace says where something is wrong: in an entry of the chain, in a row outside it, or in a month.
func findingPlace(f audit.Finding, r audit.Report) string {
	switch {
	case f.N != 0 && f.At.IsZero():
		return fmt.Sprintf("第 %d 条（现在只有 %d 条）", f.N, r.Entries)
	case f.N != 0:
		return fmt.Sprintf("第 %d 条（%s，%s）", f.N, f.ID, clock(f.At))
	case f.ID == uuid.Nil:
		return f.At.In(china).Format("2006 年 1 月") + "的记录"
	}
	return fmt.Sprintf("没有封存的一条（%s，%s）", f.ID, clock(f.At))
}

type auditHeadCommand struct {
	JSON bool `name:"json" help:"输出 JSON。"`
}

func (c *auditHeadCommand) Run(s *session) error {
	return s.withAudit(func(log *audit.Log) error {
		head, err := log.Head(s)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(s.out).Encode(struct {
				N    int64     `json:"n"`
				Hash string    `json:"hash"`
				At   time.Time `json:"at"`
			}{head.N, hex.EncodeToString(head.Hash), head.At})
		}
		if head.N == 0 {
			fmt.Fprintln(s.out, "还没有封存的记录。")
			return nil
		}
		fmt.Fprintf(s.out, "%d:%x\n", head.N, head.Hash)
		return nil
	})
}

type auditListCommand struct {
	JSON         bool   `name:"json" help:"输出 JSON。"`
	Limit        int    `help:"最多列多少条。" default:"50"`
	Action       string `help:"只看一种动作，如 login 或 ticket.claimed；写 ticket 就是所有 ticket. 开头的。" placeholder:"ACTION"`
	User         string `help:"只看一个人做的，写登录名。" placeholder:"LOGIN"`
	Conversation string `help:"只看一次谈话的，写谈话编号。" placeholder:"ID"`
	Since        string `help:"从哪一天起。" placeholder:"2026-11-01"`
}

func (c *auditListCommand) filter() (audit.Filter, error) {
	f := audit.Filter{Action: c.Action, Login: strings.ToLower(c.User), Limit: c.Limit}
	if c.Limit < 1 {
		return f, &knowledge.InputError{Message: "--limit 请写一个正数"}
	}
	var err error
	if c.Conversation != "" {
		if f.Conversation, err = uuid.Parse(c.Conversation); err != nil {
			return f, &knowledge.InputError{Message: "--conversation 请写谈话的编号，xiaohe db tickets 里有"}
		}
	}
	if c.Since != "" {
		if f.Since, err = time.ParseInLocation(time.DateOnly, c.Since, china); err != nil {
			return f, &knowledge.InputError{Message: "--since 请写日期，如 2026-11-01"}
		}
	}
	return f, nil
}

func (c *auditListCommand) Run(s *session) error {
	filter, err := c.filter()
	if err != nil {
		return err
	}
	return s.withAudit(func(log *audit.Log) error {
		rows, err := log.List(s, filter)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(s.out).Encode(rows)
		}
		if len(rows) == 0 {
			fmt.Fprintln(s.out, "没有这样的记录。")
		}
		for _, r := range rows {
			fmt.Fprintf(s.out, "%s  %s  %s  %s %s%s\n", clock(r.At), whoOf(r), r.Action, r.ObjectKind, r.ObjectID, resultWords[r.Result])
		}
		return nil
	})
}

var resultWords = map[string]string{"ok": "", "denied": "  （被拒绝）", "error": "  （出错）"}

// whoOf names the actor of a row.
func whoOf(r audit.Row) string {
	switch {
	case r.Login != nil:
		return *r.Login
	case r.Role == "system" && r.Request == terminal.Request:
		return "终端"
	case r.Role == "system":
		return "程序"
	case r.Role == "program":
		return "密钥"
	}
	return "访客"
}
