package web

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/conversation"
)

// Tests of who may open a socket, and of what ends with a right.

func TestARightThatIsTakenAwayEndsWhatRestsOnIt(t *testing.T) {
	t.Parallel()
	t.Run("a worker who is replaced", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		worker, next := s.hire("worker", "王老师", xihuPrefix), s.hire("worker", "张老师", xihuPrefix)
		supervisor := s.hire("supervisor", "李主任", "3301")
		v, user, staff := s.held(worker, s, s)
		ticket := s.onlyTicket()
		must(t, s.web.handoff.Reassign(t.Context(), supervisor.actor(), ticket.ID, ticket.Epoch, next.id, "生病"))
		if e := staff.until("error"); e.problem().Code != codeForbidden || e.Conv != v.conv {
			t.Errorf("the old worker's socket: %s %s", e.Conv, e.D)
		}
		user.send("secret-1", "只给张老师")
		user.until("ack")
		staff.silent("msg")
		staff.send("answer-1", "我还在")
		if n := staff.until("nack").nack(); n.Code != codeForbidden {
			t.Errorf("the old worker's message: %+v", n)
		}
	})
	t.Run("a guardian who is kept out", func(t *testing.T) {
		t.Parallel()
		s := newSite(t)
		worker := s.hire("worker", "王老师", xihuPrefix)
		v, user, staff := s.held(worker, s, s)
		worker.keepOut(v)
		user.settle() // what was said before
		staff.send("answer-1", "孩子安全吗")
		staff.until("ack")
		user.silent("msg")
		user.silent("error") // nothing on the screen betrays it
		user.silent("ticket")
	})
}

func memberOf(v *visitor) uuid.UUID {
	session, err := v.store.Session(v.t.Context(), v.token)
	must(v.t, err)
	return session.Member
}

func TestSocketsOfChangedAndEndedSessionsClose(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		code   int
		change func(c *colleague)
	}{
		"disabled": {closeAuth, func(c *colleague) {
			_, err := c.web.accounts.Disable(t.Context(), c.actor(), c.session.Login)
			must(t, err)
		}},
		"logged out": {closeAuth, func(c *colleague) { must(t, c.web.accounts.Logout(t.Context(), c.session, c.actor())) }},
		"another region": {closeResync, func(c *colleague) {
			c.exec(`UPDATE worker_scopes SET prefix = $2 WHERE worker_id = $1`, c.id, gongshu)
			c.web.accounts.Changed(c.id)
		}},
		"another role, of which nobody told": {closeResync, func(c *colleague) {
			c.exec(`UPDATE workers SET role = 'supervisor' WHERE id = $1`, c.id)
			c.web.recheckAll()
		}},
		"idle": {closeAuth, func(c *colleague) {
			c.now.advance(2 * time.Hour)
			c.web.recheckAll()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			worker := s.hire("worker", "王老师", xihuPrefix)
			p := worker.connect().watch()
			c.change(worker)
			if code := p.closed(); code != c.code {
				t.Errorf("closed with %d, want %d", code, c.code)
			}
		})
	}
}

func TestADutyThatEndsLeavesTheSocketOpen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	worker := s.hire("worker", "王老师", xihuPrefix)
	p := worker.connect().watch()
	must(t, s.web.accounts.SetDuty(t.Context(), worker.actor(), "break"))
	p.until("queue")
	s.visitIn(xihuPrefix).call(0)
	p.silent("alert")
}

func TestOneSocketTooManyReplacesTheOldest(t *testing.T) {
	t.Parallel()
	v := newSite(t, func(o *Options) { o.Limits.SocketsPerMember = 2 }).visit()
	first, second := v.connect(0), v.connect(0)
	third := v.connect(0)
	if code := first.closed(); code != closeReplaced {
		t.Errorf("the oldest closes with %d", code)
	}
	for _, p := range []*peer{second, third} {
		p.say("ping", "", pingData{})
		p.until("pong")
	}
}

func TestOnlyWhoTalksWithFamiliesOpensAConsole(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, role := range []string{"director", "officer", "admin", "auditor"} {
		c := s.hire(role, "某", xihuPrefix)
		p := s.raw()
		p.say("hello", "", helloData{Ticket: c.wsTicket(), V: []int{1}})
		if code := p.closed(); code != closeRefused {
			t.Errorf("%s: closed with %d", role, code)
		}
	}
}

func TestAStaffTicketOpensOneSocketWithinAMinute(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	worker := s.hire("worker", "王老师", xihuPrefix)
	used, old := worker.wsTicket(), worker.wsTicket()
	if _, err := s.store.RedeemTicket(t.Context(), used); err != conversation.ErrNoSession {
		t.Errorf("as a family's ticket: %v", err)
	}
	p := s.raw()
	p.say("hello", "", helloData{Ticket: used, V: []int{1}})
	p.until("welcome")
	s.now.advance(61 * time.Second)
	for name, ticket := range map[string]string{"used": used, "expired": old, "forged": "x"} {
		p := s.raw()
		p.say("hello", "", helloData{Ticket: ticket, V: []int{1}})
		if code := p.closed(); code != closeAuth {
			t.Errorf("%s: closed with %d", name, code)
		}
	}
	if r := s.do("POST", "/api/v1/staff/ws-ticket", "", nil); r.Status != http.StatusUnauthorized {
		t.Errorf("without a session: %d", r.Status)
	}
}

func TestAConsoleMaySendMoreThanAFamily(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *Options) { o.Limits.Frames = 1000; o.Limits.StaffMessages = 20 })
	worker := s.hire("worker", "王老师", xihuPrefix)
	_, _, staff := s.held(worker, s, s)
	for i := range 20 {
		staff.send(fmt.Sprintf("answer-%02d", i), "您好")
		staff.until("ack")
	}
	staff.send("answer-99", "您好")
	if n := staff.until("nack").nack(); n.Code != codeRate || n.RetryAfterMS <= 0 {
		t.Errorf("the 21st: %+v", n)
	}
}
