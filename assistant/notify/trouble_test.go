package notify

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestP0GoesToASecondChannelWhereTheFirstFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer      func(http.ResponseWriter) bool
		state, code string // of the first row afterwards
	}{
		"broken":          {status(500, "oops"), "pending", "http_500"},
		"bad gateway":     {status(502, `{"errcode":0}`), "pending", "http_502"},
		"throttled":       {status(200, `{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}`), "pending", "errcode_130101"},
		"too many":        {status(429, "slow down"), "pending", "http_429"},
		"garbage":         {status(200, "<html>请登录校园网</html>"), "pending", "garbage"},
		"empty":           {status(200, ""), "pending", "garbage"},
		"other JSON":      {status(200, `{"ok":true}`), "pending", "garbage"},
		"busy":            {status(200, `{"errcode":-1,"errmsg":"system busy"}`), "pending", "errcode_-1"},
		"no such robot":   {status(200, `{"errcode":300005,"errmsg":"token is not exist"}`), "failed", "errcode_300005"},
		"forbidden":       {status(403, ""), "failed", "http_403"},
		"hangs up":        {func(http.ResponseWriter) bool { panic(http.ErrAbortHandler) }, "pending", "connection"},
		"redirects":       {func(w http.ResponseWriter) bool { w.Header().Set("Location", "/hook"); w.WriteHeader(307); return true }, "failed", "redirect"},
		"endless headers": {func(w http.ResponseWriter) bool { w.Header().Set("X-Long", strings.Repeat("x", 1<<20)); return true }, "pending", "connection"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, bad, good := newWorld(t), newVendor(t), newVendor(t)
			bad.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
			bad.behave(c.answer)
			var log bytes.Buffer
			d := w.deliverer(func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
			first := w.target(bad, "坏的", DingTalk, "3301")
			w.target(good, "外省", Feishu, "110101")
			second := w.target(good, "好的", Feishu, "33")
			ticket := w.ticket(0)
			row := w.call(ticket, 0, first)
			w.call(w.ticket(2), 0, first)
			w.deliver(d)
			if got := good.messages(Feishu); len(got) != 1 || !strings.Contains(got[0].text, "000001") {
				t.Fatalf("the second channel took %v", got)
			}
			if n := bad.requests(); n == 0 || n > 2 { // P0, and at most once for the other ticket
				t.Errorf("the broken target was asked %d times", n)
			}
			if code := ask[string](w, `SELECT provider_code FROM notifications WHERE id = $1 AND state = $2`, row, c.state); code != c.code {
				t.Errorf("%s, not %s", code, c.code)
			}
			if n := ask[int](w, `SELECT count(*) FROM notifications WHERE ticket_id = $1 AND target = $2::uuid::text AND state = 'sent'
				AND dedupe_key = $1::uuid || ':0.0:feishu:' || target`, ticket, second); n != 1 {
				t.Error("the second channel's key is not the one that the rung would use")
			}
			if soon := ask[bool](w, `SELECT next_rung_at <= now() FROM tickets WHERE id = $1`, ticket); soon {
				t.Error("the next rung fires though somebody was told")
			}
			if strings.Contains(log.String(), "token-of") {
				t.Errorf("the log shows an address: %s", log.String())
			}
		})
	}
}

func TestAHangingRobotKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	w, bad, good := newWorld(t), newVendor(t), newVendor(t)
	release := make(chan struct{})
	bad.behave(func(http.ResponseWriter) bool { <-release; return false })
	told := make(chan struct{}, 8)
	good.behave(func(http.ResponseWriter) bool { told <- struct{}{}; return false })
	hanging, well := w.target(bad, "慢的", DingTalk, "33"), w.target(good, "好的", WeCom, "33")
	w.call(w.ticket(0), 0, hanging)
	w.call(w.ticket(1), 0, well)
	done := make(chan struct{})
	go func() { w.deliver(w.deliverer()); close(done) }()
	select {
	case <-told: // while the other one hangs
	case <-time.After(time.Minute):
		t.Error("a hanging robot stops the others")
	}
	<-done // it gives up by itself, and the second channel was told
	close(release)
	if n := len(good.messages(WeCom)); n != 2 {
		t.Errorf("%d messages, not 2", n)
	}
	if code := ask[string](w, `SELECT provider_code FROM notifications WHERE target = $1::uuid::text`, hanging); code != "timeout" {
		t.Error(code)
	}
	// A robot that is known to fail is not waited for: the second channel hears first.
	bad.behave(func(http.ResponseWriter) bool { <-t.Context().Done(); return true })
	ticket := w.ticket(0)
	w.call(ticket, 0, hanging)
	d := w.deliverer()
	if _, err := d.take(t.Context(), hanging); err != nil {
		t.Fatal(err)
	}
	if n := ask[int](w, `SELECT count(*) FROM notifications WHERE ticket_id = $1 AND target = $2::uuid::text`, ticket, well); n != 1 {
		t.Error("the second channel waits for a robot that is known to fail")
	}
}

func TestANextRungFiresAtOnceWhereNobodyWasTold(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newVendor(t)
	v.behave(status(500, ""))
	only, d := w.target(v, "群", DingTalk, "33"), w.deliverer()
	soon := func(ticket uuid.UUID) bool {
		t.Helper()
		return ask[bool](w, `SELECT next_rung_at <= now() FROM tickets WHERE id = $1`, ticket)
	}
	ticket, serious, last := w.ticket(0), w.ticket(1), w.ticket(0)
	w.exec(`UPDATE tickets SET next_rung = 3 WHERE id = $1`, last)
	w.call(ticket, 0, only)
	w.call(serious, 0, only)
	w.call(last, 2, only)
	w.deliver(d)
	if !soon(ticket) {
		t.Error("nobody was told and the next rung waits")
	}
	if soon(serious) {
		t.Error("a P1 is not hurried")
	}
	if soon(last) {
		t.Error("the last rung repeats as fast as it fails")
	}
	if n := ask[int](w, `SELECT count(*) FROM ticket_events WHERE ticket_id = $1 AND event = 'delivery.failed' AND NOT transition`, ticket); n != 1 {
		t.Errorf("%d events", n)
	}
	// The next rung has fired; the old call fails again, which changes nothing.
	w.exec(`UPDATE tickets SET next_rung = 2, next_rung_at = now() + interval '2 min' WHERE id = $1`, ticket)
	w.pass(70 * time.Second)
	w.deliver(d)
	if soon(ticket) {
		t.Error("an old call hurries the ladder again")
	}
}

// An hour without the vendor: nothing is lost, P0 has come through elsewhere, and there is no storm afterwards.
func TestAnHourWithoutAVendor(t *testing.T) {
	t.Parallel()
	w, down, up := newWorld(t), newVendor(t), newVendor(t)
	down.behave(status(503, ""))
	first, d := w.target(down, "主群", DingTalk, "33"), w.deliverer()
	w.exec(`UPDATE notify_targets SET failures = 3 WHERE id = $1`, w.target(up, "不大好的群", Feishu, "33"))
	w.target(up, "备用群", WeCom, "33")
	w.deliver(d)
	var tickets []uuid.UUID
	urgent := 0
	for minute := range 60 {
		ticket := w.ticket(minute % 3)
		tickets = append(tickets, ticket)
		w.call(ticket, 0, first)
		if minute%3 == 0 {
			urgent++
		}
		if minute > 20 { // somebody takes some of them at the console
			w.exec(`UPDATE tickets SET state = 'closed', outcome = '重复', closed_at = now(), close_form = '{}' WHERE id = $1 AND state <> 'closed' AND $2 % 10 = 0`,
				tickets[minute-20], minute)
		}
		for range 4 {
			w.deliver(d)
			w.pass(15 * time.Second)
		}
	}
	asked := down.requests()
	if asked < 10 || asked > 150 {
		t.Errorf("the vendor was asked %d times in an hour of silence", asked)
	}
	if n := len(up.messages(WeCom)); n != urgent {
		t.Errorf("%d of %d P0 came through the second channel", n, urgent)
	}
	if n := len(up.messages(Feishu)); n != 0 {
		t.Errorf("a third channel was called %d times, though the second had taken the call", n)
	}
	down.behave(nil)
	for range 24 {
		w.deliver(d)
		w.pass(15 * time.Second)
	}
	after := down.messages(DingTalk)
	if len(after) == 0 || len(after) > 5 {
		t.Errorf("%d messages after the silence", len(after))
	}
	if of := w.states(); of["pending"]+of["sending"]+of["failed"] != 0 || of["suppressed"] == 0 {
		t.Errorf("%v", of)
	}
	whole := ""
	for _, m := range after {
		whole += m.text
	}
	for _, ticket := range tickets {
		no := ask[string](w, `SELECT no FROM tickets WHERE id = $1 AND state = 'queued' UNION ALL SELECT ''`, ticket)
		if strings.Count(whole, no) > 2 && no != "" { // in its line and in a link
			t.Errorf("%s is told several times", no)
		}
	}
}

func TestADingTalkThatThrottlesIsLeftAloneForTenMinutes(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newVendor(t)
	v.behave(status(200, `{"errcode":130101,"errmsg":"send too fast"}`))
	target, d := w.target(v, "群", DingTalk, "33"), w.deliverer()
	w.call(w.ticket(1), 0, target)
	w.deliver(d)
	v.behave(nil)
	w.call(w.ticket(0), 0, target)
	w.pass(9 * time.Minute)
	w.deliver(d)
	if n := v.requests(); n != 1 {
		t.Fatalf("asked %d times during the silence", n)
	}
	w.pass(2 * time.Minute)
	w.deliver(d)
	w.pass(time.Minute)
	w.deliver(d)
	if of := w.states(); of["sent"] != 2 {
		t.Errorf("%v", of)
	}
}

func TestARobotOutOfUseOrWithoutAKeyHandsP0On(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newVendor(t)
	gone, sealed, d := w.target(v, "停用的", DingTalk, "33"), w.target(v, "打不开的", DingTalk, "33"), w.deliverer()
	w.target(v, "好的", WeCom, "33")
	w.exec(`UPDATE notify_targets SET disabled_at = now() WHERE id = $1`, gone)
	w.exec(`UPDATE notify_targets SET url_sealed = '\x01020304' WHERE id = $1`, sealed)
	one, two := w.call(w.ticket(0), 0, gone), w.call(w.ticket(0), 0, sealed)
	w.exec(`INSERT INTO notifications (id, dedupe_key, ticket_id, rung, target, template, params, channel)
		SELECT gen_random_uuid(), 'x', id, 0, 'not a target', 'rung', '{}', 'wecom' FROM tickets LIMIT 1`)
	w.deliver(d)
	for row, want := range map[uuid.UUID]string{one: "no_target", two: "key"} {
		if code := ask[string](w, `SELECT provider_code FROM notifications WHERE id = $1`, row); code != want {
			t.Errorf("%s, not %s", code, want)
		}
	}
	if n := len(v.messages(WeCom)); n < 2 {
		t.Errorf("%d of 2 P0 were told to the one that works", n)
	}
}

func TestAWrongClockIsPutRight(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{-26 * time.Hour, 3 * time.Hour} {
		w, v := newWorld(t), newVendor(t)
		ticket := w.ticket(0)
		for _, channel := range Channels {
			w.call(ticket, 0, w.target(v, channel, channel, "33"))
		}
		w.deliver(w.deliverer(func(o *Options) { o.Now = func() time.Time { return time.Now().Add(off) } }))
		if of := w.states(); of["sent"] != 4 {
			t.Errorf("%v off: %v", off, of)
		}
	}
}

func TestRobotsInsideTheNetworkAreReachedOnlyWhereAllowed(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newVendor(t)
	w.call(w.ticket(1), 0, w.target(v, "群", Webhook, "33"))
	w.deliver(w.deliverer(func(o *Options) { o.AllowPrivate = nil }))
	if code := ask[string](w, `SELECT provider_code FROM notifications WHERE state = 'failed'`); code != "private_address" || v.requests() != 0 {
		t.Errorf("%s, asked %d times", code, v.requests())
	}
}

func TestCertificatesAreChecked(t *testing.T) {
	t.Parallel()
	w, v := newWorld(t), newVendor(t)
	v.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	w.call(w.ticket(1), 0, w.target(v, "群", Webhook, "33"))
	w.deliver(w.deliverer(func(o *Options) { o.Roots = nil }))
	if code := ask[string](w, `SELECT provider_code FROM notifications WHERE state = 'pending'`); code != "certificate" || v.requests() != 0 {
		t.Errorf("%s, asked %d times", code, v.requests())
	}
}
