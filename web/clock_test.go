package web

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"xiaohe/assistant/account"
)

// A server's clock was hours ahead, or behind, and is put right: whoever writes waits no longer than the limit says.
func TestAClockThatIsPutRightStopsNobodyFromWriting(t *testing.T) {
	t.Parallel()
	for _, jump := range []time.Duration{-3 * time.Hour, -30 * time.Hour, 20 * time.Minute} {
		t.Run(jump.String(), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, func(o *Options) { o.Limits.StaffMessages = 3; o.Limits.SessionsPerIP = 8 })
			s.web.assistant = always("好。")
			worker := s.hire("worker", "王老师", xihuPrefix)
			_, user, staff := s.held(worker, s, s)
			for i := range 5 {
				user.send(fmt.Sprintf("before-%d", i), "问")
				user.until("ack")
			}
			for i := range 3 {
				staff.send(fmt.Sprintf("answer-%d", i), "答")
				staff.until("ack")
			}
			s.now.advance(jump)
			s.now.advance(time.Minute)
			user.send("message-after", "还在吗")
			if f := either(user, "ack", "nack"); f.T != "ack" {
				t.Errorf("a family's message after a minute: %s", f.D)
			}
			staff.send("answer-after", "在的")
			if f := either(staff, "ack", "nack"); f.T != "ack" {
				t.Errorf("a worker's message after a minute: %s", f.D)
			}
			s.web.meter.forget()
			for i := range 4 { // and the limit counts again
				user.send(fmt.Sprintf("message-later-%d", i), "问")
				user.until("ack")
			}
			user.send("message-many", "问")
			if n := user.until("nack").nack(); n.Code != codeRate || n.RetryAfterMS > 10_000 {
				t.Errorf("the sixth: %+v", n)
			}
		})
	}
}

// either reads up to a frame of one of two kinds.
func either(p *peer, a, b string) frame {
	p.t.Helper()
	for {
		if f := p.next(); f.T == a || f.T == b {
			return f
		}
	}
}

// Sessions that were opened by a wrong clock hold after it was put right; those that have ended are opened anew.
func TestSessionsOutliveAClockThatIsPutRight(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.account("wang", account.Worker)
	d := s.desk().stay()
	if a := d.login("wang", testPassword); a.Status != http.StatusSeeOther {
		t.Fatalf("log in: %d", a.Status)
	}
	v := s.visit()
	me := func(want int, when string) {
		t.Helper()
		if a := d.get("/api/v1/console/me"); a.Status != want {
			t.Errorf("%s the console answers %d", when, a.Status)
		}
	}
	s.now.advance(-26 * time.Hour)
	me(http.StatusOK, "a day back")
	if r := v.do("GET", "/v1/conv/"+v.conv+"/messages", v.token, nil); r.Status != http.StatusOK {
		t.Errorf("a day back a family's session answers %d", r.Status)
	}
	p := v.connect(0)
	p.send("message-1", testAsk)
	p.until("ack")
	s.now.advance(26 * time.Hour)
	me(http.StatusOK, "at the old time")
	s.now.advance(26 * time.Hour)
	me(http.StatusUnauthorized, "a day ahead")
	if r := v.do("GET", "/v1/conv/"+v.conv+"/messages", v.token, nil); r.Status != http.StatusUnauthorized {
		t.Errorf("a day ahead a family's session answers %d", r.Status)
	}
	d.login("wang", testPassword)
	me(http.StatusOK, "after another login")
	ticket := s.visit().ticket()
	s.now.advance(-26 * time.Hour)
	me(http.StatusOK, "put right")
	if _, err := s.store.RedeemTicket(t.Context(), ticket); err != nil {
		t.Errorf("a key to a socket from a moment ago: %v", err)
	}
	if a := d.login("wang", testPassword); a.Status != http.StatusSeeOther {
		t.Errorf("log in: %d", a.Status)
	}
}
