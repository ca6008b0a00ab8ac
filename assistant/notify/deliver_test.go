package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestEveryChannelTakesACall(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newVendor(t)
	ticket := w.ticket(0)
	for _, channel := range Channels {
		w.call(ticket, 1, w.target(v, channel, channel, "33"))
	}
	w.deliver(w.deliverer())
	for _, channel := range []string{DingTalk, Feishu, WeCom} {
		got := v.messages(channel)
		if len(got) != 1 {
			t.Fatalf("%s took %d messages", channel, len(got))
		}
		contains(t, got[0].text, "小禾", "P0", "20261122-000001", "浙江省杭州市西湖区", "2 分钟", "第 2 级提醒", "https://xiaohe.example.cn/console#20261122-000001")
	}
	if m := v.messages(DingTalk)[0]; !strings.Contains(string(m.body), `"isAtAll":true`) {
		t.Errorf("nobody is called: %s", m.body)
	}
	hook := v.messages(Webhook)[0]
	var p payload
	if err := json.Unmarshal(hook.body, &p); err != nil || len(p.Tickets) != 1 || p.Delivery.String() != hook.header.Get("X-Xiaohe-Delivery") {
		t.Fatalf("%v %s", err, hook.body)
	}
	if i := p.Tickets[0]; i.No != "20261122-000001" || i.Priority != 0 || i.Region != "浙江省杭州市西湖区" || i.Waited < 125 || i.Rung != 1 {
		t.Errorf("%+v", i)
	}
	if n := ask[int](w, `SELECT count(*) FROM notifications WHERE state = 'sent' AND sent_at IS NOT NULL AND provider_code = 'ok' AND latency_ms >= 0 AND attempts = 1`); n != 4 {
		t.Errorf("%d of 4 are written down as sent", n)
	}
}

// Whatever stands in the database beside the few fields that may go out stays there.
func TestNothingElseGoesOut(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newVendor(t)
	const words = "爸爸打我 13800000000 王小明 <at user_id=\"all\"></at>"
	for priority := range 3 {
		ticket := w.ticket(priority)
		w.exec(`UPDATE tickets SET reason_code = $2, outcome = $2, close_form = jsonb_build_object('a', $2::text), skills = ARRAY[$2] WHERE id = $1`, ticket, words)
		for _, channel := range Channels {
			target := fmt.Sprint(channel, priority)
			w.call(ticket, 0, w.target(v, target, channel, ""))
		}
	}
	w.exec(`UPDATE notifications SET template = $1, params = jsonb_build_object('no', $1::text, 'region', $1::text, 'text', $1::text, 'link', 'https://evil.example')`, words)
	w.exec(`UPDATE regions SET name = '西湖区' || E'\n' || '<at user_id="all">' WHERE code = '330106000000'`)
	w.deliver(w.deliverer())
	for _, channel := range Channels {
		got := v.messages(channel)
		if len(got) != 3 {
			t.Fatalf("%s took %d messages", channel, len(got))
		}
		for _, m := range got {
			for _, secret := range []string{"打", "1380", "王小明", "evil", "<at", "suicide", "自杀"} {
				if strings.Contains(string(m.body)+m.query+fmt.Sprint(m.header), secret) {
					t.Errorf("%s: %q went out in %s", channel, secret, m.body)
				}
			}
		}
	}
}

func TestWhoeverTakesATicketEndsItsCalls(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newVendor(t)
	target := w.target(v, "群", DingTalk, "3301")
	taken, waiting := w.ticket(0), w.ticket(1)
	w.call(taken, 0, target)
	w.call(waiting, 0, target)
	w.exec(`UPDATE tickets SET state = 'closed', outcome = '重复', closed_at = now(), close_form = '{}' WHERE id = $1`, taken)
	w.deliver(w.deliverer())
	if got := v.messages(DingTalk); len(got) != 1 || !strings.Contains(got[0].text, "000002") {
		t.Errorf("%v", got)
	}
	if of := w.states(); of["suppressed"] != 1 || of["sent"] != 1 {
		t.Errorf("%v", of)
	}
}

func TestTwoDeliverersSendEachRowOnce(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newVendor(t)
	var targets []uuid.UUID
	for i := range 4 {
		targets = append(targets, w.target(v, fmt.Sprint("接口", i), Webhook, "33"))
	}
	const tickets = 40
	for range tickets {
		ticket := w.ticket(1)
		for _, target := range targets {
			w.call(ticket, 0, target)
		}
	}
	var nodes sync.WaitGroup
	for range 2 {
		node := w.deliverer()
		nodes.Go(func() { w.deliver(node) })
	}
	nodes.Wait()
	seen := map[string]int{}
	for _, m := range v.messages(Webhook) {
		seen[m.header.Get("X-Xiaohe-Delivery")]++
	}
	if len(seen) != tickets*len(targets) {
		t.Errorf("%d of %d rows were sent", len(seen), tickets*len(targets))
	}
	for id, times := range seen {
		if times != 1 {
			t.Errorf("row %s was sent %d times", id, times)
		}
	}
	if of := w.states(); of["sent"] != tickets*len(targets) {
		t.Errorf("%v", of)
	}
}

// The vendors close a robot that says more than 20 things a minute.
func TestACrowdIsToldInDigestsAndP0OnItsOwn(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newVendor(t)
	target, d := w.target(v, "群", WeCom, "33"), w.deliverer()
	for range 60 {
		w.call(w.ticket(2), 0, target)
	}
	w.deliver(d)
	got := v.messages(WeCom)
	if len(got) != 1 {
		t.Fatalf("60 tickets at once are %d messages", len(got))
	}
	contains(t, got[0].text, "有 60 张工单", "P2 60 张", "没有列出", "https://xiaohe.example.cn/console")
	w.call(w.ticket(1), 0, target) // fits into the budget
	w.deliver(d)
	for range 30 {
		w.call(w.ticket(1), 0, target)
	}
	w.deliver(d) // has to wait for the next digest
	if n := len(v.messages(WeCom)); n != 2 {
		t.Fatalf("%d messages, not 2", n)
	}
	for range 5 {
		w.call(w.ticket(0), 0, target)
	}
	w.deliver(d)
	if n := len(v.messages(WeCom)); n != 7 {
		t.Fatalf("P0 waits behind others: %d messages, not 7", n)
	}
	w.pass(31 * time.Second)
	w.deliver(d)
	got = v.messages(WeCom)
	if len(got) != 8 {
		t.Fatalf("%d messages, not 8", len(got))
	}
	contains(t, got[7].text, "有 30 张工单", "P1 30 张")
	if of := w.states(); of["sent"] != 96 || len(of) != 1 {
		t.Errorf("%v", of)
	}
}

func TestTheBudgetOfAMinuteIsKeptByAllNodesTogether(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newVendor(t)
	target := w.target(v, "群", DingTalk, "33")
	for range 50 {
		w.call(w.ticket(0), 0, target)
	}
	var nodes sync.WaitGroup
	for range 3 {
		node := w.deliverer()
		nodes.Go(func() { w.deliver(node) })
	}
	nodes.Wait()
	got := v.messages(DingTalk)
	if len(got) != robotBudget.all {
		t.Errorf("%d messages in a minute, not %d", len(got), robotBudget.all)
	}
	if of := w.states(); of["sent"] != 50 {
		t.Errorf("P0 waits: %v", of)
	}
}

// A crash after the lease and before the result leaves a row that the next one takes.
func TestARowWhoseSenderDiedIsSentByAnother(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newVendor(t)
	row := w.call(w.ticket(0), 0, w.target(v, "群", Feishu, "33"))
	target := ask[uuid.UUID](w, `SELECT target::uuid FROM notifications`)
	d := w.deliverer()
	dead, err := d.take(t.Context(), target)
	if err != nil || len(dead.rows) != 1 {
		t.Fatalf("%v %v", err, dead.rows)
	}
	w.deliver(d)
	if n := len(v.messages(Feishu)); n != 0 {
		t.Fatalf("a leased row was sent by another: %d", n)
	}
	w.pass(lease)
	if again, err := d.take(t.Context(), target); err != nil || len(again.rows) != 1 || again.delivery() != dead.delivery() {
		t.Fatalf("%v %v", err, again)
	}
	if err := d.record(t.Context(), dead, verdict{outcome: refused, code: "http_400"}, 0); err != nil {
		t.Fatal(err)
	}
	if state := ask[string](w, `SELECT state FROM notifications WHERE id = $1`, row); state != "sending" {
		t.Errorf("the one that was dead decides over what another is sending: %s", state)
	}
	w.pass(lease)
	w.deliver(d)
	if n := len(v.messages(Feishu)); n != 1 {
		t.Errorf("%d messages", n)
	}
	if state := ask[string](w, `SELECT state FROM notifications WHERE id = $1 AND attempts = 3`, row); state != "sent" {
		t.Error(state)
	}
}

func TestRunDeliversWhenItIsWokenAndEndsWithItsContext(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newVendor(t)
	target, d := w.target(v, "群", Feishu, "33"), w.deliverer()
	taken := make(chan struct{}, 8)
	v.behave(func(http.ResponseWriter) bool { taken <- struct{}{}; return false })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- d.Run(ctx) }()
	for range 3 {
		w.call(w.ticket(0), 0, target)
		d.Wake()
		select {
		case <-taken:
		case <-time.After(time.Minute):
			t.Fatal("nothing is delivered")
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if of := w.states(); of["sent"] != 3 {
		t.Errorf("the last message is not written down: %v", of)
	}
}
