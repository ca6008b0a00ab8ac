package handoff_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
	"xiaohe/assistant/handoff"
)

func (o *office) claim(by audit.Actor, id uuid.UUID) {
	o.t.Helper()
	_, err := o.store.Claim(context.Background(), by, id, o.epoch(id))
	o.must(err)
}

func TestAReleasedTicketKeepsItsPlace(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	wang := o.person("王老师", "worker", "330106")
	id, conv, _ := o.ticket(xihu, 1)
	o.exec(`UPDATE tickets SET enqueued_at = now() - interval '4 min', due_at = now() + interval '1 min' WHERE id = $1`, id)
	place := `SELECT concat_ws(' ', enqueued_at, due_at, queue_rank, priority) FROM tickets WHERE id = $1`
	before := o.one(place, id)
	o.claim(wang, id)
	o.heard()
	o.refused("without a reason", o.store.Release(t.Context(), wang, id, 1, " "), handoff.ErrInvalid)
	o.must(o.store.Release(t.Context(), wang, id, 1, "要去接孩子"))
	if after := o.one(place, id); after != before {
		t.Errorf("its place was %s, is %s", before, after)
	}
	if s := o.state(id); s != "queued - waiting -" {
		t.Errorf("stands %s", s)
	}
	if e := o.one(`SELECT epoch FROM conversations WHERE id = $1`, conv); e != "2" {
		t.Errorf("epoch of the conversation %s", e)
	}
	if l := o.lines(conv); !strings.HasSuffix(l, "released:王老师先离开了，正在请另一位社工接着帮您。说过的话都在，不用再说一遍。") {
		t.Errorf("the family reads %s", l)
	}
	if n := o.one(`SELECT next_rung_at IS NOT NULL AND claimed_at IS NULL AND lease_until IS NULL FROM tickets WHERE id = $1`, id); n != "true" {
		t.Error("nobody is called again")
	}
	if c := o.heard(); len(c.Members) != 1 || c.Members[0] != wang.ID || len(c.Alerts) == 0 {
		t.Errorf("announced %+v", c)
	}
	if r := o.one(`SELECT reason FROM ticket_events WHERE event = 'ticket.released'`); r != "要去接孩子" {
		t.Errorf("reason %s", r)
	}
}

func TestASupervisorGivesATicketToSomebodyElse(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	wang, li := o.person("王老师", "worker", "330106"), o.person("李老师", "worker", "330106")
	super, far := o.person("督导", "supervisor", "3301"), o.person("远处", "worker", "330102")
	id, conv, _ := o.ticket(xihu, 0)
	o.claim(wang, id)
	ctx := t.Context()
	o.refused("by a worker", o.store.Reassign(ctx, wang, id, 1, li.ID, "换人"), handoff.ErrRefused)
	o.refused("to another county", o.store.Reassign(ctx, super, id, 1, far.ID, "换人"), handoff.ErrInvalid)
	o.refused("to nobody", o.store.Reassign(ctx, super, id, 1, uuid.New(), "换人"), handoff.ErrOffDuty)
	o.exec(`UPDATE workers SET duty = 'break' WHERE id = $1`, li.ID)
	o.refused("to somebody who is not there", o.store.Reassign(ctx, super, id, 1, li.ID, "换人"), handoff.ErrOffDuty)
	o.exec(`UPDATE workers SET duty = 'on', capacity = 0 WHERE id = $1`, li.ID)
	o.heard()
	o.must(o.store.Reassign(ctx, super, id, 1, li.ID, "换人"))
	if s := o.state(id); s != "claimed 李老师 human 李老师" {
		t.Errorf("stands %s", s)
	}
	if c := o.heard(); len(c.Members) != 2 {
		t.Errorf("announced %+v", c)
	}
	if p := o.one(`SELECT string_agg((left_at IS NULL)::text, ' ' ORDER BY joined_at) FROM participants WHERE conversation_id = $1 AND role = 'worker'`, conv); p != "false true" {
		t.Errorf("take part: %s", p)
	}
	if l := o.lines(conv); !strings.HasSuffix(l, "transferred:接下来由社工李老师和您说话。说过的话都在，不用再说一遍。") {
		t.Errorf("the family reads %s", l)
	}
	if _, err := o.store.Notes(ctx, wang, id); err == nil {
		t.Error("whoever had it still reads it")
	}
}

func TestASeriousTransferNeedsSomebodyWhoAccepts(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	wang, there, other := o.person("王老师", "worker", "330106"), o.person("上城", "worker", "330102"), o.person("宁波", "worker", "330203")
	id, conv, _ := o.ticket(xihu, 1)
	o.claim(wang, id)
	ctx := t.Context()
	wish := handoff.Transfer{Kind: "region", To: "330102000000", Reason: "孩子住在上城", Note: "外婆家在上城，见第 1 条"}
	for name, wrong := range map[string]handoff.Transfer{
		"no reason": {Kind: "region", To: "330102000000", Note: "见记录"}, "no note": {Kind: "region", To: "330102000000", Reason: "一"},
		"no such region": {Kind: "region", To: "999999", Reason: "一", Note: "二"}, "no such team": {Kind: "team", To: "legal", Reason: "一", Note: "二"},
		"nobody": {Kind: "worker", To: uuid.NewString(), Reason: "一", Note: "二"}, "no id": {Kind: "worker", To: "王", Reason: "一", Note: "二"},
		"oneself": {Kind: "worker", To: wang.ID.String(), Reason: "一", Note: "二"}, "no kind": {To: "330102", Reason: "一", Note: "二"},
	} {
		o.refused(name, o.store.RequestTransfer(ctx, wang, id, 1, wrong), handoff.ErrInvalid)
	}
	o.must(o.store.RequestTransfer(ctx, wang, id, 1, wish))
	if s := o.state(id); s != "transferring 王老师 human 王老师" {
		t.Errorf("the giver has not kept it: %s", s)
	}
	got, err := o.store.Get(ctx, there, id)
	o.must(err)
	if got.Transfer == nil || got.Transfer.ToName != "上城区" || got.Transfer.Note != "" || got.TransferUntil == nil {
		t.Errorf("the region sees %+v", got.Transfer)
	}
	if notes, err := o.store.Notes(ctx, there, id); err != nil || len(notes) != 1 || notes[0].Kind != "handover" || notes[0].Body != wish.Note || notes[0].AuthorName != "王老师" {
		t.Errorf("the note: %+v %v", notes, err)
	}
	o.refused("for somebody else", o.store.AcceptTransfer(ctx, other, id, 2), handoff.ErrNotFound)
	o.refused("one's own", o.store.AcceptTransfer(ctx, wang, id, 2), handoff.ErrRefused)
	o.refused("one no for the whole region", o.store.DeclineTransfer(ctx, there, id, 2), handoff.ErrRefused)
	o.must(o.store.AcceptTransfer(ctx, there, id, 2))
	if s := o.state(id); s != "claimed 上城 human 上城" {
		t.Errorf("stands %s", s)
	}
	if r := o.one(`SELECT concat_ws(' ', region_code, route_prefix, transfer_to) FROM tickets WHERE id = $1`, id); r != "330102000000 330102" {
		t.Errorf("lies in %s", r)
	}
	if l := o.lines(conv); !strings.HasSuffix(l, "transferred:接下来由社工上城和您说话。说过的话都在，不用再说一遍。") {
		t.Errorf("the family reads %s", l)
	}
	_, err = o.store.Get(ctx, wang, id)
	o.refused("the county that gave it away", err, handoff.ErrNotFound)
}

func TestWhatIsNotSeriousGoesIntoTheOtherQueueAtOnce(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	wang, there := o.person("王老师", "worker", "330106"), o.person("上城", "worker", "330102")
	id, conv, _ := o.ticket(xihu, 2)
	queued := o.one(`SELECT enqueued_at FROM tickets WHERE id = $1`, id)
	o.claim(wang, id)
	o.must(o.store.RequestTransfer(t.Context(), wang, id, 1, handoff.Transfer{Kind: "region", To: "330102", Reason: "户口在上城", Note: "见记录"}))
	if s := o.state(id); s != "queued - waiting -" {
		t.Errorf("stands %s", s)
	}
	if l := o.lines(conv); !strings.Contains(l, "transferred:这件事要请另一位社工来办") {
		t.Errorf("the family reads %s", l)
	}
	next, err := o.store.ClaimNext(t.Context(), there)
	if err != nil || next == nil || next.ID != id || o.one(`SELECT enqueued_at FROM tickets WHERE id = $1`, id) != queued {
		t.Errorf("the other county is given %+v, %v", next, err)
	}
}

func TestHowTicketsEnd(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	wang := o.person("王老师", "worker", "330106")
	ctx := t.Context()
	serious, conv, _ := o.ticket(xihu, 1)
	o.claim(wang, serious)
	o.refused("a serious one to the bot", o.store.Return(ctx, wang, serious, 1), handoff.ErrRefused)
	for name, wrong := range map[string]handoff.Closing{
		"no form": {Outcome: "已转介"}, "an empty form": {Outcome: "已转介", Risk: &handoff.RiskForm{Asked: "yes"}},
		"another word": {Outcome: "办完了", Risk: &form}, "no word": {Risk: &form},
	} {
		o.refused(name, o.store.Close(ctx, wang, serious, 1, wrong), handoff.ErrInvalid)
	}
	o.must(o.store.Close(ctx, wang, serious, 1, handoff.Closing{Outcome: "已转介", Summary: "转给学校", Risk: &form}))
	if s := o.one(`SELECT concat_ws(' ', state, outcome, close_form ->> 'asked', claimed_at IS NOT NULL) FROM tickets WHERE id = $1`, serious); s != "closed 已转介 yes t" {
		t.Errorf("ended as %s", s)
	}
	if l := o.lines(conv); !strings.HasSuffix(l, "closed:社工王老师这次先帮到这里。以后有事，随时再来说。") {
		t.Errorf("the family reads %s", l)
	}
	if notes, err := o.store.Notes(ctx, wang, serious); err != nil || len(notes) != 1 || notes[0].Body != "转给学校" {
		t.Errorf("whoever closed it reads %+v, %v", notes, err)
	}
	o.exec(`UPDATE tickets SET closed_at = now() - interval '73 hours' WHERE id = $1`, serious)
	if _, err := o.store.Notes(ctx, wang, serious); err == nil {
		t.Error("and still does after 72 hours")
	}

	o.exec(`UPDATE tickets SET closed_at = now() - interval '71 hours' WHERE id = $1`, serious)
	o.must(pgx.BeginFunc(ctx, o.pool, func(tx pgx.Tx) error {
		opened, ok, err := handoff.Reopen(ctx, tx, conv, 1)
		if err == nil && (!ok || !opened.New) {
			t.Error("the serious one does not go on")
		}
		if again, ok, _ := handoff.Reopen(ctx, tx, conv, 1); ok {
			t.Errorf("it goes on twice: %+v", again)
		}
		return err
	}))
	if p := o.one(`SELECT concat_ws(' ', prev_ticket_id, priority, reason_code) FROM tickets WHERE state = 'queued'`); p != serious.String()+" 1 reopened" {
		t.Errorf("goes on as %s", p)
	}

	small, smallConv, _ := o.ticket(xihu, 2)
	o.claim(wang, small)
	o.refused("without a way to call", o.store.SetCallback(ctx, wang, small, 1, time.Now().Add(time.Hour)), handoff.ErrRefused)
	o.refused("in the past", o.store.SetCallback(ctx, wang, small, 1, time.Now().Add(-time.Hour)), handoff.ErrInvalid)
	o.must(o.store.Return(ctx, wang, small, 1))
	if s := o.state(small); s != "returned - bot -" {
		t.Errorf("stands %s", s)
	}
	if l := o.lines(smallConv); !strings.Contains(l, "returned:社工先离开了，小禾（AI）接着回答。") {
		t.Errorf("the family reads %s", l)
	}
}

func TestAClaimedTicketThatBecomesMoreUrgentRingsAtItsOwner(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	wang, super := o.person("王老师", "worker", "330106"), o.person("督导", "supervisor", "330106")
	id, conv, _ := o.ticket(xihu, 2)
	o.claim(wang, id)
	var opened handoff.Opened
	o.must(pgx.BeginFunc(t.Context(), o.pool, func(tx pgx.Tx) (err error) {
		opened, err = handoff.Open(t.Context(), tx, handoff.Request{Conversation: conv, Priority: 0, Reason: "danger.suicide", Origin: "rule", UserSeq: 1, Version: "v1"})
		return err
	}))
	if rings, err := o.store.Called(t.Context(), []uuid.UUID{wang.ID, super.ID}, id, "workers"); err != nil || len(rings) != 1 || rings[0].Worker != wang.ID {
		t.Errorf("it rings at %+v, %v", rings, err)
	}
	if !opened.Raised || opened.New || opened.ID != id || len(opened.Change.Alerts) != 1 || opened.Change.Alerts[0].Audience != "workers" || opened.Change.Alerts[0].Priority != 0 {
		t.Errorf("%+v", opened)
	}
	if s := o.state(id); s != "claimed 王老师 human 王老师" || o.epoch(id) != 1 {
		t.Errorf("stands %s", s)
	}
	if a := o.one(`SELECT count(*) FROM audit_log WHERE action = 'priority.raised' AND actor_role = 'system'`); a != "1" {
		t.Errorf("%s audit rows", a)
	}
}

func TestWhereAWorkerIsSuspectedTheUnitIsPassedBy(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	county, city := o.person("县里", "supervisor", "330106"), o.person("市里", "worker", "3301")
	fresh, _ := o.family(xihu, "儿童主任打我")
	later, _ := o.family(xihu, "请帮帮我")
	was, _ := o.open(handoff.Request{Conversation: later, Priority: 1})
	suspect := func(conv uuid.UUID) {
		o.assess(conv, 3, []string{"physical_abuse"}, []string{"R4"}, "none")
		o.exec(`UPDATE assessments SET worker_suspect = true WHERE conversation_id = $1`, conv)
	}
	suspect(fresh)
	suspect(later)
	id, _ := o.open(handoff.Request{Conversation: fresh, Priority: 1})
	o.open(handoff.Request{Conversation: later, Priority: 1})
	for _, ticket := range []uuid.UUID{id, was} {
		if r := o.one(`SELECT concat_ws(' ', route_prefix, suspect_digits) FROM tickets WHERE id = $1`, ticket); r != "3301 6" {
			t.Errorf("shown in %s", r)
		}
		_, err := o.store.Get(t.Context(), county, ticket)
		o.refused("the supervisor of the unit", err, handoff.ErrNotFound)
		if next, err := o.store.ClaimNext(t.Context(), county); next != nil || err != nil {
			t.Errorf("the unit is given %v, %v", next, err)
		}
		o.claim(city, ticket)
	}
}

// What an older ticket of the same conversation was about is one door to all that was said since.
func TestAnOlderTicketIsNoDoorForTheColleaguesOfASuspectedWorker(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	ctx := t.Context()
	wang, county, city := o.person("王老师", "worker", "330106"), o.person("县里", "supervisor", "330106"), o.person("市里", "supervisor", "3301")
	older, conv, _ := o.ticket(xihu, 2)
	o.claim(wang, older)
	o.must(o.store.Close(ctx, wang, older, o.epoch(older), handoff.Closing{Outcome: "已答复", Summary: "问了补助"}))
	reads := func(by audit.Actor, ticket uuid.UUID, want error) {
		t.Helper()
		_, err := o.store.Get(ctx, by, ticket)
		o.refused("get", err, want)
		_, err = o.store.Read(ctx, by, ticket)
		o.refused("read", err, want)
		_, err = o.store.Dossier(ctx, by, ticket)
		o.refused("dossier", err, want)
		_, err = o.store.Notes(ctx, by, ticket)
		o.refused("notes", err, want)
		if may, err := handoff.MayRead(ctx, o.pool, conv, by.ID); err != nil || may != (want == nil) {
			t.Errorf("the conversation: %v, %v", may, err)
		}
	}
	for _, by := range []audit.Actor{wang, county, city} {
		reads(by, older, nil)
	}
	o.assess(conv, 3, []string{"physical_abuse"}, []string{"R4"}, "none")
	o.exec(`UPDATE assessments SET worker_suspect = true`)
	newer, _ := o.open(handoff.Request{Conversation: conv, Priority: 1})
	for _, ticket := range []uuid.UUID{older, newer} {
		reads(wang, ticket, handoff.ErrNotFound)
		reads(county, ticket, handoff.ErrNotFound)
		reads(city, ticket, nil)
	}
	// Whoever has the ticket when the suspicion arises keeps it until a supervisor further up decides.
	o.exec(`UPDATE tickets SET suspect_digits = NULL WHERE id = $1`, newer)
	o.exec(`UPDATE assessments SET worker_suspect = false`)
	o.claim(wang, newer)
	o.exec(`UPDATE tickets SET suspect_digits = 6 WHERE id = $1`, newer)
	reads(wang, newer, nil)
	_, err := o.store.Read(ctx, wang, older)
	o.refused("the older one by the owner of the newer", err, handoff.ErrNotFound)
}

// A transfer that is asked for before a colleague is suspected is no way round it either.
func TestATransferToAColleagueEndsWithASuspicion(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	wang, li := o.person("王老师", "worker", "330106"), o.person("李老师", "worker", "330106")
	id, _, _ := o.ticket(xihu, 1)
	o.claim(wang, id)
	o.must(o.store.RequestTransfer(t.Context(), wang, id, 1, handoff.Transfer{Kind: "worker", To: li.ID.String(), Reason: "专业", Note: "见记录"}))
	if _, err := o.store.Read(t.Context(), li, id); err != nil {
		t.Error(err)
	}
	o.exec(`UPDATE tickets SET suspect_digits = 6`)
	_, err := o.store.Read(t.Context(), li, id)
	o.refused("read", err, handoff.ErrNotFound)
	o.refused("accept", o.store.AcceptTransfer(t.Context(), li, id, 2), handoff.ErrNotFound)
}

func TestAReportIsFiledAndTheConversationKept(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	wang := o.person("王老师", "worker", "330106")
	id, conv, _ := o.ticket(xihu, 1)
	filed := handoff.ReportFiled{Recipient: "西湖区派出所", ReceiptNo: "J2026-1", Flags: []string{"R4"}}
	o.refused("before the claim", o.store.Report(t.Context(), wang, id, filed), handoff.ErrNotFound)
	o.claim(wang, id)
	o.refused("an unknown flag", o.store.Report(t.Context(), wang, id, handoff.ReportFiled{Recipient: "派出所", Flags: []string{"R10"}}), handoff.ErrInvalid)
	o.refused("to nobody", o.store.Report(t.Context(), wang, id, handoff.ReportFiled{Flags: []string{"R1"}}), handoff.ErrInvalid)
	o.must(o.store.Report(t.Context(), wang, id, filed))
	if c := o.one(`SELECT retention_class FROM conversations WHERE id = $1`, conv); c != "report" {
		t.Errorf("kept as %s", c)
	}
	if e := o.one(`SELECT concat_ws(' ', data ->> 'recipient', data ->> 'receipt_no', transition) FROM ticket_events WHERE event = 'report.filed'`); e != "西湖区派出所 J2026-1 f" {
		t.Errorf("event %s", e)
	}
	if a := o.one(`SELECT data FROM audit_log WHERE action = 'report.filed'`); a != `{"flags": ["R4"]}` {
		t.Errorf("audit %s", a)
	}
}
