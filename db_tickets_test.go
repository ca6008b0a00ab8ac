package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/uuid"

	"xiaohe/assistant/conversation"
	"xiaohe/assistant/handoff"
	"xiaohe/assistant/triage"
	"xiaohe/database/dbtest"
	"xiaohe/knowledge"
)

// disclose has a child write a message, which triage assesses at a level.
func (p program) disclose(text string, level int) uuid.UUID {
	p.t.Helper()
	pool := dbtest.Pool(p.t, p.url)
	fail := func(err error) {
		p.t.Helper()
		if err != nil {
			p.t.Fatal(err)
		}
	}
	ctx := p.t.Context()
	fail(knowledge.NewStore(pool, now).LoadRegions(ctx))
	store, err := conversation.New(ctx, pool, now)
	fail(err)
	_, session, err := store.OpenSession(ctx, "self", false)
	fail(err)
	conv, err := store.Open(ctx, session, "330106000000", false)
	fail(err)
	sent, err := store.Send(ctx, conversation.Outgoing{Conversation: conv.ID, Sender: session.Member, ClientMsgID: "message-1", Kind: "text", Body: text})
	fail(err)
	_, _, err = store.Reply(ctx, conversation.Reply{Turn: *sent.Turn, Body: "答", Assessment: &conversation.Assessment{
		Level: level, MessageLevel: level, Categories: []string{"physical_abuse", "neglect"}, Flags: []string{"R4", "R6"}, Speaker: "child", GuardianNotice: "suppressed",
		Ticket: &handoff.Request{Priority: 4 - level, Reason: "danger.physical_abuse", Origin: "rule", Version: "v1", Evidence: []handoff.Evidence{{Source: "rules", End: len(text)}}},
	}})
	fail(err)
	return conv.ID
}

func (p program) must(args ...string) string {
	p.t.Helper()
	status, out, errOut := p.run(args...)
	if status != 0 {
		p.t.Fatalf("%v: %d %s", args, status, errOut)
	}
	return out
}

func TestTicketsAreListedForPeopleAndPrograms(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	if out := p.must("db", "tickets", "--json"); strings.TrimSpace(out) != "[]" {
		t.Errorf("no tickets: %q", out)
	}
	if out := p.must("db", "tickets"); strings.Count(out, "\n") != 1 || !strings.Contains(out, "没有") {
		t.Errorf("no tickets: %q", out)
	}
	serious, urgent := p.disclose("爸爸常打我", 3), p.disclose("爸爸正在打我\n救我", 4)
	out := p.must("db", "tickets")
	for _, want := range []string{"P0  L4  等人接手", "P1  L3", "地区：浙江省杭州市西湖区", "身体虐待、家暴；疏忽、没人照料", "R4；R6", "监护人：不要通知", serious.String(), " 前接手"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if strings.Index(out, urgent.String()) > strings.Index(out, serious.String()) {
		t.Errorf("the urgent one is not first\n%s", out)
	}
	for _, args := range [][]string{{"db", "tickets"}, {"db", "tickets", "--json"}, {"db", "tickets", "--all"}} {
		if out := p.must(args...); strings.Contains(out, "打我") {
			t.Errorf("%v shows what was said", args)
		}
		if out := p.must(append(args, "--quotes")...); !strings.Contains(out, "爸爸常打我") {
			t.Errorf("%v --quotes shows nothing", args)
		}
	}
	if out := p.must("db", "tickets", "--quotes"); !strings.Contains(out, "“爸爸正在打我 救我”") {
		t.Errorf("a quote is not one line\n%s", out)
	}
	var rows []handoff.Row
	if err := json.Unmarshal([]byte(p.must("db", "tickets", "--json")), &rows); err != nil || len(rows) != 2 || rows[0].Level != 4 || rows[0].Conversation != urgent {
		t.Errorf("%v %+v", err, rows)
	}
	if _, err := dbtest.Pool(t, p.url).Exec(t.Context(), `UPDATE tickets SET state = 'closed', closed_at = now(), outcome = '已报告', close_form = '{}' WHERE priority = 0`); err != nil {
		t.Fatal(err)
	}
	if out := p.must("db", "tickets"); strings.Contains(out, urgent.String()) {
		t.Error("an ended ticket is listed")
	}
	if out := p.must("db", "tickets", "--all"); strings.Index(out, urgent.String()) < strings.Index(out, serious.String()) || !strings.Contains(out, "已结束") {
		t.Errorf("an ended ticket does not come last\n%s", out)
	}
}

func TestTicketsTellWhoHasThemAndWhatComesNext(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	conv := p.disclose("爸爸常打我", 3)
	pool := dbtest.Pool(t, p.url)
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	wang, li := uuid.New(), uuid.New()
	exec(`INSERT INTO workers (id, login, name, role, can_reply) VALUES ($1, 'wang', '王老师', 'worker', true), ($2, 'li', '李老师', 'worker', true)`, wang, li)
	const nobody = `owner_id = NULL, offered_to = NULL, transfer_to = NULL, claimed_at = NULL`
	for _, c := range []struct {
		set  string
		want []string
		args []any
	}{
		{`due_at = now() - interval '5 min'`, []string{"等人接手  ", "前接手，已超过 5 分钟"}, nil},
		{`state = 'offered', offered_to = $2`, []string{"正在派单（问 李老师）", "前接手，已超过 5 分钟"}, []any{li}},
		{`state = 'claimed', owner_id = $2, claimed_at = '2026-11-01 08:30Z'`, []string{"有人在办（王老师）", "2026-11-01 16:30:00 接手"}, []any{wang}},
		{`state = 'transferring', owner_id = $2, transfer_to = '{"kind": "worker", "to": "x", "to_name": "李老师"}'`, []string{"转交中（王老师 转给 李老师）"}, []any{wang}},
		{`state = 'transferring', owner_id = $2, transfer_to = '{"kind": "team", "to": "legal"}'`, []string{"转交中（王老师 转给 legal）"}, []any{wang}},
		{`state = 'callback', callback_at = '2026-12-03 07:00Z'`, []string{"等回访  ", "约在 2026-12-03 15:00:00 回访"}, nil},
	} {
		exec(`UPDATE tickets SET state = 'queued', ` + nobody)
		exec(`UPDATE tickets SET `+c.set+` WHERE conversation_id = $1`, append([]any{conv}, c.args...)...)
		out := p.must("db", "tickets")
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("%q is not in\n%s", want, out)
			}
		}
	}
	exec(`UPDATE tickets SET state = 'closed', closed_at = now(), outcome = '已报告', close_form = '{}', ` + nobody)
	if out := p.must("db", "tickets", "--all"); !strings.Contains(out, "已结束（已报告）") || !strings.Contains(out, " 结束\n") {
		t.Errorf("the end of it\n%s", out)
	}
}

func TestAPersonLowersALevel(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	conv := p.disclose("爸爸正在打我", 4)
	out := p.must("db", "lower", conv.String(), "--level", "l1", "--by", "李主任", "--reason", "是在背课文")
	if !strings.Contains(out, "从 L4 调低到 L1（李主任：是在背课文）") || !strings.Contains(out, "还开着") {
		t.Error(out)
	}
	if out := p.must("db", "tickets"); !strings.Contains(out, "P0  L1（人工调低）  等人接手") {
		t.Errorf("the ticket is gone or unchanged\n%s", out)
	}
	id := conv.String()
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"up":                   {[]string{id, "--level", "L3", "--by", "李", "--reason", "错了"}, "只能调低"},
		"nowhere":              {[]string{id, "--level", "L1", "--by", "李", "--reason", "错了"}, "现在是 L1"},
		"to the top":           {[]string{id, "--level", "L4", "--by", "李", "--reason", "错了"}, "--level"},
		"no level":             {[]string{id, "--by", "李", "--reason", "错了"}, "--level"},
		"nobody":               {[]string{id, "--level", "L0", "--reason", "错了"}, "--by"},
		"a blank name":         {[]string{id, "--level", "L0", "--by", " ", "--reason", "错了"}, "--by"},
		"no reason":            {[]string{id, "--level", "L0", "--by", "李"}, "--reason"},
		"no conversation":      {[]string{"--level", "L0", "--by", "李", "--reason", "错了"}, "编号"},
		"not an id":            {[]string{"1", "--level", "L0", "--by", "李", "--reason", "错了"}, "编号"},
		"unknown conversation": {[]string{uuid.NewString(), "--level", "L0", "--by", "李", "--reason", "错了"}, "没有谈话"},
	} {
		status, out, errOut := p.run(append([]string{"db", "lower"}, c.args...)...)
		if status == 0 || out != "" || !strings.Contains(errOut, c.want) || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%s: %d %q %q", name, status, out, errOut)
		}
	}
}

func TestTicketsNeedTheNewTables(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	if _, err := dbtest.Pool(t, p.url).Exec(t.Context(), `DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)`); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"db", "tickets"}, {"db", "lower", uuid.NewString(), "--level", "L0", "--by", "李", "--reason", "错了"}} {
		if status, _, errOut := p.run(args...); status == 0 || !strings.Contains(errOut, "db migrate") {
			t.Errorf("%v: %d %s", args, status, errOut)
		}
	}
}

func TestEveryWordOfATicketIsChinese(t *testing.T) {
	t.Parallel()
	for _, c := range triage.Categories {
		if categoryNames[c] == "" {
			t.Errorf("%s has no name", c)
		}
	}
	for _, state := range []string{"queued", "offered", "claimed", "transferring", "callback", "returned", "closed"} {
		if ticketStates[state] == "" {
			t.Errorf("%s has no name", state)
		}
	}
}
