package handoff_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
	"xiaohe/assistant/handoff"
)

func (o *office) standing(conv uuid.UUID, member audit.Actor) handoff.Standing {
	o.t.Helper()
	s, err := o.store.Standing(context.Background(), conv, member.ID)
	o.must(err)
	if s == nil {
		o.t.Fatal("no standing")
	}
	return *s
}

func TestAFamilyAsksForAPersonOnce(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	o.person("王老师", "worker", "330106")
	conv, member := o.family(xihu, "我想找人说说")
	if s, err := o.store.Standing(t.Context(), conv, member.ID); s != nil || err != nil {
		t.Errorf("before: %+v, %v", s, err)
	}
	ids := make([]uuid.UUID, 8)
	var group sync.WaitGroup
	for i := range ids {
		group.Go(func() {
			got, err := o.store.Ask(context.Background(), member, conv, "asked_for_person")
			o.must(err)
			ids[i] = got.ID
		})
	}
	group.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Errorf("tickets %s and %s", id, ids[0])
		}
	}
	if got := o.one(`SELECT concat_ws(' ', priority, origin, reason_code, state) FROM tickets`); got != "2 user asked_for_person queued" {
		t.Errorf("ticket %s", got)
	}
	if l := o.lines(conv); l != "opened:已经帮您叫社工了。前面没有人在等。可以接着在这里说。" {
		t.Errorf("the family reads %s", l)
	}
	if a := o.one(`SELECT count(*) FROM audit_log WHERE action = 'ticket.opened' AND actor_id = $1 AND actor_role = 'user'`, member.ID); a != "1" {
		t.Errorf("%s audit rows", a)
	}
	// the bot answers on, at the same epoch
	if c := o.one(`SELECT mode || epoch FROM conversations WHERE id = $1`, conv); c != "waiting0" {
		t.Errorf("conversation %s", c)
	}
	_, err := o.store.Ask(t.Context(), audit.Actor{ID: uuid.New(), Role: "user"}, conv, "asked_for_person")
	o.refused("a stranger", err, handoff.ErrNotFound)
}

func TestWhatAFamilyReadsWhileItWaits(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	wang := o.person("王老师", "worker", "330106")
	for _, p := range []int{0, 1, 2} {
		o.ticket(xihu, p)
	}
	o.ticket("330102000000", 0) // for other people
	id, conv, member := o.ticket(xihu, 2)
	s := o.standing(conv, member)
	if s.Position != 3 || !s.OnDuty || s.Ticket.ID != id || s.Ticket.Urgent || !s.CanWithdraw || s.Worker != "" || s.Text != "正在帮您找社工。前面还有 3 位，更紧急的会先处理。" {
		t.Errorf("%+v", s)
	}
	announce := func() string {
		o.must(pgx.BeginFunc(t.Context(), o.pool, func(tx pgx.Tx) error { return handoff.Announce(t.Context(), tx, conv) }))
		return o.lines(conv)
	}
	if l := announce(); l != "opened:已经帮您叫社工了。前面还有 3 位，更紧急的会先处理。等的时候可以接着在这里说。" {
		t.Errorf("the family reads %s", l)
	}
	if l := announce(); strings.Count(l, "opened:") != 1 {
		t.Errorf("twice: %s", l)
	}
	o.exec(`UPDATE workers SET duty = 'off'`)
	if s := o.standing(conv, member); s.OnDuty || !strings.HasPrefix(s.Text, "现在没有社工值班，已经登记") || strings.Contains(s.Text, "暂无") {
		t.Errorf("%+v", s)
	}
	o.exec(`UPDATE workers SET duty = 'on'`)
	o.claim(wang, id)
	if s := o.standing(conv, member); s.Worker != "王老师" || s.CanWithdraw || s.Position != 0 || s.Text != "现在和您说话的是社工王老师（真人）。" {
		t.Errorf("%+v", s)
	}
	if l := announce(); strings.Contains(l, "waiting:") {
		t.Errorf("somebody has it: %s", l)
	}
	o.must(o.store.Release(t.Context(), wang, id, 1, "换班"))
	if l := announce(); !strings.Contains(l, "waiting:前面还有 3 位") {
		t.Errorf("back in the queue: %s", l)
	}
	_, err := o.store.Standing(t.Context(), conv, wang.ID)
	o.refused("somebody who is not of the family", err, handoff.ErrNotFound)
}

func TestAFamilyThatNoLongerWaits(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	id, conv, member := o.ticket(xihu, 2)
	o.must(o.store.Withdraw(t.Context(), member, conv))
	if s := o.state(id); s != "closed - bot -" {
		t.Errorf("stands %s", s)
	}
	if got := o.one(`SELECT outcome FROM tickets WHERE id = $1`, id); got != "对方离开" {
		t.Errorf("outcome %s", got)
	}
	if l := o.lines(conv); l != "closed:好的，先不等社工了，小禾（AI）接着回答。以后想找社工，随时可以再说。" {
		t.Errorf("the family reads %s", l)
	}
	o.refused("twice", o.store.Withdraw(t.Context(), member, conv), handoff.ErrRefused)
	if s := o.standing(conv, member); s.CanRate || s.CanWithdraw {
		t.Errorf("%+v", s)
	}
	serious, conv, member := o.ticket(xihu, 1)
	o.refused("a serious one", o.store.Withdraw(t.Context(), member, conv), handoff.ErrRefused)
	if s := o.state(serious); s != "queued - waiting -" || o.standing(conv, member).CanWithdraw {
		t.Errorf("stands %s", s)
	}
	_, conv, _ = o.ticket(xihu, 2)
	o.refused("a stranger's", o.store.Withdraw(t.Context(), member, conv), handoff.ErrNotFound)
}

func TestACallbackAtASafeTime(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	wang := o.person("王老师", "worker", "330106")
	ctx := t.Context()
	from := time.Now().Add(2 * time.Hour).Truncate(time.Second)
	to := from.Add(time.Hour)
	wish := handoff.Callback{Phone: " 138 0000 0000", Contact: "phone", SafeToCall: "only_window", WindowFrom: &from, WindowTo: &to, CodeWord: "小花"}
	for name, change := range map[string]func(*handoff.Callback){
		"no number": func(c *handoff.Callback) { c.Phone = "" }, "words for a number": func(c *handoff.Callback) { c.Phone = "我妈的电话" },
		"no answer to whether it is safe": func(c *handoff.Callback) { c.SafeToCall = "" }, "another way": func(c *handoff.Callback) { c.Contact = "信" },
		"a window that ends before it begins": func(c *handoff.Callback) { c.WindowTo = &[]time.Time{from.Add(-time.Minute)}[0] },
		"a window without a time":             func(c *handoff.Callback) { c.WindowFrom, c.WindowTo = nil, nil },
		"a long word":                         func(c *handoff.Callback) { c.CodeWord = strings.Repeat("花", 21) },
	} {
		wrong := wish
		change(&wrong)
		_, conv, member := o.ticket(xihu, 2)
		o.refused(name, o.store.RequestCallback(ctx, member, conv, wrong), handoff.ErrInvalid)
	}

	id, conv, member := o.ticket(xihu, 2)
	o.must(o.store.RequestCallback(ctx, member, conv, wish))
	if s := o.state(id); s != "callback - bot -" {
		t.Errorf("stands %s", s)
	}
	if at := o.one(`SELECT callback_at = $2 AND next_rung_at IS NULL FROM tickets WHERE id = $1`, id, from); at != "true" {
		t.Error("it waits for another time")
	}
	if n := o.one(`SELECT count(*) FROM callback_requests WHERE position('138'::bytea IN phone_sealed) > 0 OR callback_requests::text LIKE '%138 %'`); n != "0" {
		t.Error("the number can be read in the database")
	}
	s := o.standing(conv, member)
	if s.Callback == nil || s.Callback.Phone != "" || s.Callback.CodeWord != "小花" || !s.CanWithdraw {
		t.Errorf("%+v", s)
	}
	o.claim(wang, id)
	got, err := o.store.Contact(ctx, wang, id)
	o.must(err)
	if got.Phone != "138 0000 0000" || got.CallerSays != "person_name_only" {
		t.Errorf("the owner reads %+v", got)
	}
	opened := func() string {
		return o.one(`SELECT count(*) FROM audit_log WHERE action = 'callback.opened' AND actor_id = $1`, wang.ID)
	}
	var twice sync.WaitGroup
	for range 4 { // a console that is open reads it again and again
		twice.Go(func() {
			if c, err := o.store.Contact(ctx, wang, id); err != nil || c.Phone != got.Phone {
				t.Errorf("%+v, %v", c, err)
			}
		})
	}
	if twice.Wait(); opened() != "1" {
		t.Errorf("%s audit rows", opened())
	}
	o.exec(`ALTER TABLE audit_log DISABLE TRIGGER USER`)
	o.exec(`UPDATE audit_log SET at = at - interval '5 min' WHERE action = 'callback.opened'`)
	o.exec(`ALTER TABLE audit_log ENABLE TRIGGER USER`)
	_, err = o.store.Contact(ctx, wang, id)
	o.must(err)
	if opened() != "2" {
		t.Errorf("%s audit rows after five minutes", opened())
	}
	super := o.person("督导", "supervisor", "330106")
	if got, err := o.store.Contact(ctx, super, id); err != nil || got.Phone != "" {
		t.Errorf("somebody else reads %+v, %v", got, err)
	}
	at := time.Now().AddDate(0, 0, 40)
	o.must(o.store.SetCallback(ctx, wang, id, o.epoch(id), at))
	day := at.In(time.FixedZone("CST", 8*60*60)).Format("1月2日15:04")
	if l := o.lines(conv); !strings.HasSuffix(l, "callback:说好了："+day+" 前后社工再联系您。这段时间小禾（AI）接着回答，也可以随时再找社工。") {
		t.Errorf("the family reads %s", l)
	}

	// who must not be called is not called
	no := wish
	no.SafeToCall, no.WindowFrom, no.WindowTo = "no", nil, nil
	id, conv, member = o.ticket(xihu, 2)
	o.must(o.store.RequestCallback(ctx, member, conv, no))
	o.claim(wang, id)
	if got, err := o.store.Contact(ctx, wang, id); err != nil || got.Phone != "" || got.Contact != "chat_only" {
		t.Errorf("the owner reads %+v, %v", got, err)
	}
	// a serious one stays in the queue
	id, conv, member = o.ticket(xihu, 0)
	o.must(o.store.RequestCallback(ctx, member, conv, wish))
	if s := o.state(id); s != "queued - waiting -" || o.one(`SELECT next_rung_at IS NOT NULL FROM tickets WHERE id = $1`, id) != "true" {
		t.Errorf("stands %s", s)
	}
	// a family without a ticket gets one
	conv, member = o.family(xihu, "我想让人打给我")
	o.must(o.store.RequestCallback(ctx, member, conv, wish))
	if s := o.one(`SELECT concat_ws(' ', state, priority, reason_code) FROM tickets WHERE conversation_id = $1`, conv); s != "callback 3 callback" {
		t.Errorf("ticket %s", s)
	}
	// who asks again does not wait for the time
	_, err = o.store.Ask(ctx, member, conv, "asked_for_person")
	o.must(err)
	if s := o.one(`SELECT concat_ws(' ', state, priority, due_at > now()) FROM tickets WHERE conversation_id = $1`, conv); s != "queued 2 t" {
		t.Errorf("ticket %s", s)
	}
	o.refused("a stranger", o.store.RequestCallback(ctx, audit.Actor{ID: uuid.New(), Role: "user"}, conv, wish), handoff.ErrNotFound)
}

func TestAFamilySaysHowItWasOnce(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	wang := o.person("王老师", "worker", "330106")
	ctx := t.Context()
	id, conv, member := o.ticket(xihu, 2)
	o.claim(wang, id)
	o.refused("before the end", o.store.Rate(ctx, member, conv, id, 5, ""), handoff.ErrRefused)
	o.exec(`UPDATE tickets SET first_reply_at = now()`)
	o.must(o.store.Close(ctx, wang, id, 1, handoff.Closing{Outcome: "已答复"}))
	if !o.standing(conv, member).CanRate {
		t.Error("there is nothing to rate")
	}
	o.refused("six of five", o.store.Rate(ctx, member, conv, id, 6, ""), handoff.ErrInvalid)
	o.must(o.store.Rate(ctx, member, conv, id, 4, "谢谢王老师"))
	o.refused("twice", o.store.Rate(ctx, member, conv, id, 1, ""), handoff.ErrRefused)
	if s := o.standing(conv, member); s.CanRate || !s.Rated {
		t.Errorf("%+v", s)
	}
	if n := o.one(`SELECT count(*) FROM audit_log WHERE data::text || coalesce(reason, '') LIKE '%谢谢%'`); n != "0" {
		t.Error("the audit log holds words")
	}
	o.exec(`UPDATE tickets SET closed_at = now() - interval '73 hours'`)
	if s, err := o.store.Standing(ctx, conv, member.ID); s != nil || err != nil {
		t.Errorf("after three days %+v, %v", s, err)
	}
}

// Of two tickets within one minute each has its own lines: the beginning of their ids is the same.
func TestTicketsThatFollowEachOtherQuicklyAreBothAnnounced(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	conv, member := o.family(xihu, "我想找人")
	for range 3 {
		_, err := o.store.Ask(t.Context(), member, conv, "asked_for_person")
		o.must(err)
		o.must(o.store.Withdraw(t.Context(), member, conv))
	}
	if l := o.lines(conv); strings.Count(l, "opened:") != 3 || strings.Count(l, "closed:") != 3 {
		t.Errorf("the family reads %s", l)
	}
}
