package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/conversation"
	"xiaohe/assistant/handoff"
	"xiaohe/assistant/triage"
	"xiaohe/database"
	"xiaohe/knowledge"
)

// withCases is withDatabase for commands that need the tables of triage.
func (s *session) withCases(work func(*database.DB) error) error {
	return s.withDatabase(func(db *database.DB) error {
		status, err := db.Status(s)
		if err != nil {
			return err
		}
		if status.Migration < status.Latest {
			return &knowledge.InputError{Message: "数据库的表结构还是旧的，请先运行 xiaohe db migrate"}
		}
		return work(db)
	})
}

type dbTicketsCommand struct {
	JSON   bool `name:"json" help:"输出 JSON。"`
	Quotes bool `help:"连同作为依据的原话一起显示；原话只给办这件事的人看。"`
	All    bool `help:"已经结束的也列出来。"`
}

func (c *dbTicketsCommand) Run(s *session) error {
	return s.withCases(func(db *database.DB) error {
		rows, err := handoff.List(s, db, handoff.Filter{All: c.All, Quotes: c.Quotes})
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(s.out).Encode(rows)
		}
		if len(rows) == 0 {
			fmt.Fprintln(s.out, "没有等人接手的工单。")
		}
		for _, r := range rows {
			printTicket(s.out, r, now())
		}
		return nil
	})
}

func printTicket(out io.Writer, r handoff.Row, at time.Time) {
	level := triage.Level(r.Level).String()
	if r.Lowered {
		level += "（人工调低）"
	}
	fmt.Fprintf(out, "%s  P%d  %s  %s  %s 开单，%s\n", r.No, r.Priority, level, stands(r), clock(r.Opened), deadline(r, at))
	fmt.Fprintf(out, "  地区：%s\n", r.Region)
	fmt.Fprintf(out, "  情形：%s　强制报告线索：%s\n", list(categoryWords(r.Categories)), list(r.Flags))
	fmt.Fprintf(out, "  监护人：%s\n", notices[r.GuardianNotice])
	if r.WorkerSuspect {
		fmt.Fprintln(out, "  注意：话里提到的可能是老师、福利机构或村居的工作人员，不要交给这个人所在的单位办")
	}
	fmt.Fprintf(out, "  谈话：%s\n", r.Conversation)
	for _, q := range r.Quotes {
		fmt.Fprintf(out, "  原话（第 %d 条）：“%s”\n", q.Seq, strings.Join(strings.Fields(q.Text), " "))
	}
}

// stands says who has the ticket, as far as anybody has.
func stands(r handoff.Row) string {
	who := r.Owner
	switch r.State {
	case "offered":
		who = "问 " + r.OfferedTo
	case "transferring":
		who = r.Owner + " 转给 " + r.Transfer
	case "closed":
		who = r.Outcome
	}
	if who == "" {
		return ticketStates[r.State]
	}
	return ticketStates[r.State] + "（" + who + "）"
}

// deadline says what happened last, or until when something should.
func deadline(r handoff.Row, at time.Time) string {
	switch late := at.Sub(r.Due).Truncate(time.Minute); {
	case r.Closed != nil:
		return clock(*r.Closed) + " 结束"
	case r.Callback != nil:
		return "约在 " + clock(*r.Callback) + " 回访"
	case r.Owner != "" && r.Claimed != nil:
		return clock(*r.Claimed) + " 接手"
	case late >= time.Minute:
		return fmt.Sprintf("应在 %s 前接手，已超过 %d 分钟", clock(r.Due), int(late.Minutes()))
	default:
		return "应在 " + clock(r.Due) + " 前接手"
	}
}

var china = time.FixedZone("CST", 8*60*60)

func clock(t time.Time) string { return t.In(china).Format("2006-01-02 15:04:05") }

var ticketStates = map[string]string{
	"queued": "等人接手", "offered": "正在派单", "claimed": "有人在办", "transferring": "转交中", "callback": "等回访", "returned": "已交回小禾", "closed": "已结束",
}

var notices = map[string]string{
	"none": "不涉及", "suppressed": "不要通知（可能就是家里人，或者还不知道是谁）", "human_decides": "通不通知，由人决定",
}

// categoryNames are the kinds of danger as a worker reads them.
var categoryNames = map[triage.Category]string{
	triage.Suicide: "自杀", triage.SelfHarm: "自伤", triage.PhysicalAbuse: "身体虐待、家暴", triage.SexualAbuse: "性侵害",
	triage.Neglect: "疏忽、没人照料", triage.Trafficking: "拐卖、拘禁、童工", triage.Runaway: "出走、走失", triage.Bullying: "欺凌",
	triage.CaregiverHarm: "照护者想伤害孩子", triage.Violence: "想伤人", triage.Medical: "急病、中毒、溺水", triage.Danger: "危险行为",
	triage.Distressed: "情绪困扰",
}

func categoryWords(codes []string) (words []string) {
	for _, code := range codes {
		word, known := categoryNames[triage.Category(code)]
		if !known {
			word = code
		}
		words = append(words, word)
	}
	return words
}

func list(words []string) string {
	if len(words) == 0 {
		return "无"
	}
	return strings.Join(words, "；")
}

type dbLowerCommand struct {
	Level        string `help:"调低到哪一级：L0、L1、L2 或 L3。" placeholder:"L1"`
	By           string `help:"谁作的判断，写姓名。" placeholder:"姓名"`
	Reason       string `help:"为什么。" placeholder:"原因"`
	Conversation string `arg:"" optional:"" help:"谈话的编号，xiaohe db tickets 里有。"`
}

func (c *dbLowerCommand) Run(s *session) error {
	conv, to, err := c.read()
	if err != nil {
		return err
	}
	return s.withCases(func(db *database.DB) error {
		store, err := conversation.New(s, db, now)
		if err != nil {
			return err
		}
		from, err := store.Lower(s, conv, to, c.By, c.Reason)
		switch {
		case errors.Is(err, conversation.ErrUnassessed):
			return &knowledge.InputError{Message: fmt.Sprintf("没有谈话 %s，或者它还没有评过等级", conv)}
		case errors.Is(err, conversation.ErrNotLower):
			return &knowledge.InputError{Message: fmt.Sprintf("这次谈话现在是 L%d，只能调低，不能改成 L%d", from, to)}
		case err != nil:
			return err
		}
		fmt.Fprintf(s.out, "谈话 %s 已从 L%d 调低到 L%d（%s：%s）。\n", conv, from, to, strings.TrimSpace(c.By), strings.TrimSpace(c.Reason))
		return c.remind(s, db, conv)
	})
}

// read checks the arguments before the database is opened.
func (c *dbLowerCommand) read() (conv uuid.UUID, to int, err error) {
	if conv, err = uuid.Parse(c.Conversation); err != nil {
		return conv, 0, &knowledge.InputError{Message: "请写谈话的编号，例如：xiaohe db lower 01938c1e-… --level L1 --by 姓名 --reason 原因；编号在 xiaohe db tickets 里"}
	}
	if to = slices.Index([]string{"L0", "L1", "L2", "L3"}, strings.ToUpper(c.Level)); to < 0 {
		return conv, 0, &knowledge.InputError{Message: "请用 --level 写明调低到哪一级：L0、L1、L2 或 L3"}
	}
	if strings.TrimSpace(c.By) == "" {
		return conv, 0, &knowledge.InputError{Message: "请用 --by 写明是谁作的判断：只有人能调低等级，要留下姓名"}
	}
	if strings.TrimSpace(c.Reason) == "" {
		return conv, 0, &knowledge.InputError{Message: "请用 --reason 写明为什么调低"}
	}
	return conv, to, nil
}

// remind says that the ticket is a matter of its own.
func (c *dbLowerCommand) remind(s *session, db *database.DB, conv uuid.UUID) error {
	rows, err := handoff.List(s, db, handoff.Filter{})
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.Conversation == conv {
			fmt.Fprintf(s.out, "工单 %s 还开着，要另外办结。\n", r.No)
		}
	}
	return nil
}
