package handoff

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestWhoeverClaimsAndStaysSilentLosesTheTicket(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	worker := g.staff(person{scopes: []string{"330106"}})
	ticket, _ := g.taken(1, worker)
	opened := g.one(`SELECT enqueued_at FROM tickets`)
	g.sweep()
	if got := g.stands(ticket); got != "claimed t human t" {
		t.Fatalf("within the lease: %s", got)
	}
	g.exec(`UPDATE tickets SET lease_until = now() - interval '1 s', enqueued_at = enqueued_at - interval '3 min'`)
	g.alerts()
	g.sweep()
	if got := g.stands(ticket) + ", " + g.steps(ticket); got != "queued f waiting f, ticket.lease_expired" {
		t.Errorf("after it: %s", got)
	}
	if got := g.one(`SELECT enqueued_at + interval '3 min' FROM tickets`); got != opened {
		t.Errorf("queued since %s, want %s", got, opened)
	}
	if got := g.fired(ticket); got != "0:0 workers@330106, 0:0 workers@330106, 1:1 workers@330106" {
		t.Errorf("called again, and what is overdue at once: %s", got)
	}
	if got := g.one(`SELECT left_at IS NOT NULL FROM participants WHERE member_id = $1`, worker); got != "true" {
		t.Error("the worker still takes part")
	}
	if got := g.one(`SELECT body FROM messages WHERE sender_kind = 'system'`); !strings.Contains(got, "王老师") {
		t.Errorf("the family reads %q", got)
	}
	if len(g.alerts()) != 2 {
		t.Error("nobody is rung")
	}
	if n := g.one(`SELECT count(*) FROM audit_log WHERE action = 'ticket.lease_expired' AND object_id = $1`, ticket.String()); n != "1" {
		t.Errorf("%s audit rows", n)
	}
}

func TestWhoLosesATicketAfterTheLastRungHasItCalledOutAgainAtOnce(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	worker := g.staff(person{scopes: []string{"330106"}})
	ticket, conv := g.family(xihuCode, 0)
	g.later(3 * time.Minute)
	g.sweep()
	g.take(ticket, conv, worker)
	g.exec(`UPDATE tickets SET lease_until = now() - interval '1 s'`)
	g.sweep()
	if got := g.fired(ticket); got != "0:0 workers@3301, 1:1 supervisors@3301, 2:2 phone_tree@33, 0:0 workers@33, 3:2 phone_tree@33" {
		t.Errorf("rungs: %s", got)
	}
}

func TestAMessageEndsTheLease(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	worker := g.staff(person{scopes: []string{"330106"}})
	ticket, _ := g.talk(0, worker)
	g.exec(`UPDATE tickets SET lease_until = now() - interval '1 s'`)
	g.sweep()
	if got := g.stands(ticket) + g.one(`SELECT lease_until FROM tickets`); got != "claimed t human t" {
		t.Error(got)
	}
}

func TestAnOwnerWhoseConsoleIsGoneLosesTheTicket(t *testing.T) {
	t.Parallel()
	for priority, limit := range map[int]time.Duration{0: 45 * time.Second, 1: 45 * time.Second, 2: 90 * time.Second, 3: 90 * time.Second} {
		t.Run(fmt.Sprint("P", priority), func(t *testing.T) {
			t.Parallel()
			g := newGround(t)
			worker := g.staff(person{scopes: []string{"330106"}})
			ticket, _ := g.talk(priority, worker)
			wait := func(d time.Duration) {
				g.exec(`UPDATE presence SET beat_at = beat_at - $1::interval`, d)
				g.later(d)
				g.sweep()
			}
			wait(limit - time.Second)
			if got := g.stands(ticket); got != "claimed t human t" {
				t.Fatalf("a second before: %s", got)
			}
			g.beat(worker)
			wait(limit - time.Second)
			if got := g.stands(ticket); got != "claimed t human t" {
				t.Fatalf("back, and gone again: %s", got)
			}
			wait(2 * time.Second)
			if got := g.stands(ticket) + ", " + g.steps(ticket); got != "queued f waiting f, ticket.released owner_away" {
				t.Errorf("a second after: %s", got)
			}
		})
	}
}

func TestWhoHasJustClaimedOrWrittenIsNotAway(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	worker := g.staff(person{scopes: []string{"330106"}})
	g.exec(`UPDATE presence SET beat_at = now() - interval '1 hour'`)
	fresh, _ := g.taken(1, worker)
	writing, _ := g.talk(1, worker)
	g.exec(`UPDATE tickets SET claimed_at = now() - interval '1 hour' WHERE id = $1`, writing)
	g.sweep()
	for _, ticket := range []uuid.UUID{fresh, writing} {
		if got := g.stands(ticket); got != "claimed t human t" {
			t.Error(got)
		}
	}
}

// All were gone for ten minutes: the servers were down. They are given time to come back, and what is late is late.
func TestAfterAnOutageNobodyIsTakenForGone(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	worker := g.staff(person{scopes: []string{"330106"}})
	ticket, _ := g.talk(1, worker)
	waiting, _ := g.family(xihuCode, 1)
	g.later(10 * time.Minute)
	g.exec(`UPDATE tickets SET away_since = now() - interval '9 min' WHERE id = $1`, ticket)
	g.exec(`UPDATE presence SET beat_at = beat_at - interval '10 min'`)
	ctx, stop := context.WithCancel(t.Context())
	var node sync.WaitGroup
	node.Go(func() { g.store.runSweeps(ctx) })
	g.untilFired(waiting, "3:3")
	stop()
	node.Wait()
	if got := g.stands(ticket); got != "claimed t human t" {
		t.Errorf("after the outage: %s", got)
	}
	g.sweep()
	if got := g.stands(ticket); got != "queued f waiting f" {
		t.Errorf("when they do not come back: %s", got)
	}
}

func TestTicketsOfThoseWhoCannotGoOnAreReleasedAtOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change string
		stands string
	}{
		"nothing has changed":     {`SELECT $1::uuid`, "claimed t human t"},
		"a break":                 {`UPDATE workers SET duty = 'break' WHERE id = $1`, "claimed t human t"},
		"disabled":                {`UPDATE workers SET disabled_at = now(), duty = 'off' WHERE id = $1`, "queued f waiting f"},
		"off duty":                {`UPDATE workers SET duty = 'off' WHERE id = $1`, "queued f waiting f"},
		"may not reply any more":  {`UPDATE workers SET can_reply = false WHERE id = $1`, "queued f waiting f"},
		"works somewhere else":    {`UPDATE worker_scopes SET prefix = '330102' WHERE worker_id = $1`, "queued f waiting f"},
		"works in the whole city": {`UPDATE worker_scopes SET prefix = '3301' WHERE worker_id = $1`, "claimed t human t"},
		"a colleague is suspected since": {`UPDATE tickets SET suspect_digits = 6, route_prefix = '3301' WHERE owner_id = $1`,
			"claimed t human t"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGround(t)
			worker := g.staff(person{scopes: []string{"330106"}})
			ticket, _ := g.talk(2, worker)
			g.exec(c.change, worker)
			g.must(g.store.sweep(t.Context(), false)) // also right after an outage
			if got := g.stands(ticket); got != c.stands {
				t.Fatalf("stands %s, want %s", got, c.stands)
			}
			if c.stands == "claimed t human t" {
				return
			}
			if got := g.steps(ticket); got != "ticket.released owner_unfit" {
				t.Errorf("steps %s", got)
			}
			if got := g.one(`SELECT body FROM messages WHERE sender_kind = 'system'`); !strings.Contains(got, "正在请另一位社工") {
				t.Errorf("the family reads %q", got)
			}
			if got := g.one(`SELECT left_at IS NOT NULL FROM participants WHERE member_id = $1`, worker); got != "true" {
				t.Error("they still take part")
			}
		})
	}
}
