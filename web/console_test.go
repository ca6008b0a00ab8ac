package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"xiaohe/assistant/account"
	"xiaohe/assistant/handoff"
)

func TestAWorkerTakesAnswersAndEndsATicket(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	wang := b.hire("王老师", account.Worker, xihuPrefix)
	opened := b.family(xihuCode, 2, "𠮷没人管我，我饿", "在吗")
	var q handoff.Queue
	wang.good("GET", "/queue", nil).into(t, &q)
	if len(q.Counts) != 4 || q.Counts[2].Waiting != 1 || len(q.All) != 0 {
		t.Errorf("a worker's queue: %+v", q)
	}
	if d := wang.detail(opened.ID); !d.Can.Claim || d.Can.Reply || len(d.Evidence) > 0 || len(d.Summary.Draft) > 0 || d.Callback != nil {
		t.Errorf("before the claim a worker reads %+v", d)
	}
	var next ticketOnly
	wang.good("POST", "/claim-next", nil).into(t, &next)
	if next.Ticket == nil || next.Ticket.ID != opened.ID || next.Ticket.OwnerName != "王老师" {
		t.Fatalf("next: %+v", next.Ticket)
	}
	d := wang.detail(opened.ID)
	if !d.Can.Reply || !d.Can.Close || d.Can.Claim || d.Can.Reassign {
		t.Errorf("the owner may %+v", d.Can)
	}
	if len(d.Evidence) != 1 || d.Evidence[0].Quote != "𠮷没" || d.Evidence[0].From != 0 || d.Evidence[0].To != 3 { // as a browser counts
		t.Errorf("evidence: %+v", d.Evidence)
	}
	conv := "/conv/" + opened.Conversation.String() + "/messages"
	var receipt receiptData
	wang.good("POST", conv, sendData{ClientMsgID: "w-message-1", Kind: "text", Body: "您好，我是王老师"}).into(t, &receipt)
	again := wang.good("POST", conv, sendData{ClientMsgID: "w-message-1", Kind: "text", Body: "您好，我是王老师"})
	var second receiptData
	if again.into(t, &second); second != receipt {
		t.Errorf("the same message twice: %+v, %+v", receipt, second)
	}
	var read struct {
		Events  []frame `json:"events"`
		HeadSeq int64   `json:"head_seq"`
	}
	wang.good("GET", conv, nil).into(t, &read)
	last := read.Events[len(read.Events)-1]
	if m := last.message(); m.Body != "您好，我是王老师" || m.Sender.Kind != "worker" || m.AI || read.HeadSeq != receipt.Seq {
		t.Errorf("the conversation ends with %+v at %d", m, read.HeadSeq)
	}
	if done := wang.do(d.Ticket, "close", fields{"outcome": "已答复", "summary": "说清楚了"}); done.State != "closed" {
		t.Errorf("closed: %+v", done)
	}
	wang.good("POST", "/claim-next", nil).into(t, &next)
	if next.Ticket != nil {
		t.Errorf("nothing waits, yet next is %+v", next.Ticket)
	}
}

func TestASummaryCountsOnceAPersonHasConfirmedIt(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	wang := b.hire("王老师", account.Worker, xihuPrefix)
	opened := b.family(xihuCode, 2, "没人管我，我饿")
	wang.claim(opened.ID)
	var note noteAnswer
	wang.good("POST", "/tickets/"+opened.ID.String()+"/notes", noteRequest{Kind: "summary", Body: "孩子一个人在家，饿了。", SourceSeqs: []int64{1}}).into(t, &note)
	if d := wang.detail(opened.ID); d.Summary.Confirmed != nil {
		t.Error("a summary counts before anybody has confirmed it")
	}
	wang.good("POST", "/tickets/"+opened.ID.String()+"/notes/"+note.Note.ID.String()+"/confirm", nil)
	d := wang.detail(opened.ID)
	if d.Summary.Confirmed == nil || d.Summary.Confirmed.Body != "孩子一个人在家，饿了。" || len(d.Notes) != 1 {
		t.Errorf("summary %+v", d.Summary.Confirmed)
	}
	stranger := b.family(xihuCode, 2, "另一家")
	wang.claim(stranger.ID)
	if a := wang.call("POST", "/tickets/"+stranger.ID.String()+"/notes/"+note.Note.ID.String()+"/confirm", nil); a.Status != http.StatusNotFound {
		t.Errorf("a note of another ticket: %d %s", a.Status, a.Body)
	}
}

func TestTheSlowerOfTwoLearnsWhoHasTheTicket(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	wang, li := b.hire("王老师", account.Worker, xihuPrefix), b.hire("李老师", account.Worker, xihuPrefix)
	opened := b.family(xihuCode, 1, "没人管我")
	stale := wang.detail(opened.ID).Ticket
	wang.do(stale, "claim", nil)
	for c, says := range map[*clerk]string{li: "已由 王老师 认领", wang: "您在别处已经动过这张工单，请看一下再试"} {
		a := c.call("POST", "/tickets/"+opened.ID.String()+"/claim", fields{"epoch": stale.Epoch})
		var p conflict
		a.into(t, &p)
		if a.Status != http.StatusConflict || p.Code != codeConflict || p.Owner != "王老师" || p.Message != says || p.State != "claimed" || p.Epoch <= stale.Epoch {
			t.Errorf("%s: %d %s", c.name, a.Status, a.Body)
		}
	}
	a := wang.call("POST", "/tickets/"+opened.ID.String()+"/release", fields{"epoch": stale.Epoch, "reason": "要下班了"})
	if a.Status != http.StatusConflict {
		t.Errorf("a step on a ticket as it was: %d %s", a.Status, a.Body)
	}
	if owner := b.one(`SELECT owner_id FROM tickets`); owner != wang.id.String() {
		t.Errorf("the owner is %s", owner)
	}
}

func TestWhoIsNotOnDutyOrHasHandsFullTakesNothing(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	wang := b.hire("王老师", account.Worker, xihuPrefix)
	opened := b.family(xihuCode, 2, "低保被退回来了")
	wang.good("PUT", "/duty", dutyRequest{"off"})
	for _, path := range []string{"/claim-next", "/tickets/" + opened.ID.String() + "/claim"} {
		a := wang.call("POST", path, claimBody(path))
		if p := a.problem(t); a.Status != http.StatusConflict || !strings.Contains(p.Message, "在岗") {
			t.Errorf("%s off duty: %d %s", path, a.Status, a.Body)
		}
	}
	wang.good("PUT", "/duty", dutyRequest{"on"})
	b.exec(`UPDATE workers SET capacity = 0`)
	for _, path := range []string{"/claim-next", "/tickets/" + opened.ID.String() + "/claim"} {
		a := wang.call("POST", path, claimBody(path))
		if p := a.problem(t); a.Status != http.StatusConflict || !strings.Contains(p.Message, "满") {
			t.Errorf("%s with full hands: %d %s", path, a.Status, a.Body)
		}
	}
	if a := wang.call("PUT", "/duty", dutyRequest{"asleep"}); a.Status != http.StatusBadRequest {
		t.Errorf("duty asleep: %d %s", a.Status, a.Body)
	}
	var me meAnswer
	wang.good("GET", "/me", nil).into(t, &me)
	if me.Duty != "on" || me.CSRF != wang.csrf || len(me.Scopes) != 1 || me.Scopes[0].Name != "浙江省杭州市西湖区" || me.Skills == nil {
		t.Errorf("me: %+v", me)
	}
}

func claimBody(path string) any {
	if path == "/claim-next" {
		return nil
	}
	return fields{"epoch": 0}
}

func TestOnlyTheOwnerAnswers(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	wang, lead := b.hire("王老师", account.Worker, xihuPrefix), b.hire("赵督导", account.Supervisor, "3301")
	opened := b.family(xihuCode, 2, "没人管我")
	wang.claim(opened.ID)
	conv := "/conv/" + opened.Conversation.String() + "/messages"
	a := lead.call("POST", conv, sendData{ClientMsgID: "message-1", Body: "我也说一句"})
	if p := a.problem(t); a.Status != http.StatusForbidden || p.Message != "只有接了这张工单的人能回话" {
		t.Errorf("a supervisor writes: %d %s", a.Status, a.Body)
	}
	if a := lead.call("GET", conv, nil); a.Status != http.StatusOK {
		t.Errorf("a supervisor reads: %d %s", a.Status, a.Body)
	}
	wang.good("POST", conv, sendData{ClientMsgID: "message-1", Body: "您好"})
	if a := wang.call("POST", conv, sendData{ClientMsgID: "message-1", Body: "换了话"}); a.Status != http.StatusConflict {
		t.Errorf("an id for other words: %d %s", a.Status, a.Body)
	}
	to := b.hire("李老师", account.Worker, xihuPrefix)
	lead.do(lead.detail(opened.ID).Ticket, "reassign", fields{"to": to.id.String(), "reason": "专长"})
	if a := wang.call("POST", conv, sendData{ClientMsgID: "message-2", Body: "再说一句"}); a.Status != http.StatusNotFound {
		t.Errorf("who had it writes: %d %s", a.Status, a.Body)
	}
	to.good("POST", conv, sendData{ClientMsgID: "message-1", Body: "我接着帮您"})
}

func TestLongPollOfStaffEndsWhenTheConversationIsTaken(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	wang, lead := b.hire("王老师", account.Worker, xihuPrefix), b.hire("赵督导", account.Supervisor, "3301")
	li := b.hire("李老师", account.Worker, xihuPrefix)
	opened := b.family(xihuCode, 2, "没人管我")
	held := wang.claim(opened.ID)
	got := wang.poll(opened.Conversation)
	lead.do(held, "reassign", fields{"to": li.id.String(), "reason": "专长"})
	if a := <-got; a.Status != http.StatusNotFound || strings.Contains(string(a.Body), "李老师") {
		t.Errorf("the wait ends with %d %s", a.Status, a.Body)
	}
}

func TestEveryReadOfACaseIsLogged(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	wang, lead := b.hire("王老师", account.Worker, xihuPrefix), b.hire("赵督导", account.Supervisor, "33")
	opened := b.family(xihuCode, 2, "没人管我")
	wang.detail(opened.ID) // only that it waits: not a read
	views := func(c *clerk) string {
		return b.one(`SELECT count(*) FROM audit_log WHERE action = 'conversation.viewed' AND actor_id = $1 AND conversation_id = $2
			AND region_code = $3 AND object_id = $2::text`, c.id, opened.Conversation, xihuCode)
	}
	if n := views(wang); n != "0" {
		t.Errorf("%s reads before the claim", n)
	}
	wang.claim(opened.ID)
	for range 3 {
		wang.detail(opened.ID)
		wang.good("GET", "/conv/"+opened.Conversation.String()+"/messages", nil)
		wang.good("GET", "/conv/"+opened.Conversation.String()+"/events", nil)
	}
	lead.good("GET", "/conv/"+opened.Conversation.String()+"/events", nil)
	if w, l := views(wang), views(lead); w != "1" || l != "1" {
		t.Errorf("%s and %s reads are logged", w, l)
	}
}

func TestASupervisorSeesTheWholeQueueOfTheirRegions(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	lead := b.hire("赵督导", account.Supervisor, "3301")
	wang := b.hire("王老师", account.Worker, xihuPrefix)
	here, near := b.family(xihuCode, 2, "没人管我"), b.family(binjiang, 1, "没人管我")
	b.family(guangzhou, 0, "没人管我")
	var q handoff.Queue
	lead.good("GET", "/queue", nil).into(t, &q)
	var ids []uuid.UUID
	for _, ticket := range q.All {
		ids = append(ids, ticket.ID)
	}
	if !slices.Equal(ids, []uuid.UUID{near.ID, here.ID}) {
		t.Errorf("the queue is %v", ids)
	}
	var o handoff.Overview
	lead.good("GET", "/overview", nil).into(t, &o)
	if len(o.Waiting) != 2 || len(o.Staff) != 2 {
		t.Errorf("overview: %+v, %+v", o.Waiting, o.Staff)
	}
	var staff colleaguesAnswer
	lead.good("GET", "/staff?region="+xihuCode, nil).into(t, &staff)
	if len(staff.Staff) != 1 || staff.Staff[0].ID != wang.id || staff.Staff[0].Capacity != 4 || staff.Staff[0].Duty != "on" {
		t.Errorf("staff of Xihu: %+v", staff.Staff)
	}
	wang.good("GET", "/staff", nil).into(t, &staff)
	if len(staff.Staff) != 1 || staff.Staff[0].ID != lead.id {
		t.Errorf("colleagues of a worker: %+v", staff.Staff)
	}
}
