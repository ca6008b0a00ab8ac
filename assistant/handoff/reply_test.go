package handoff

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/audit"
)

// writes is a message of the family.
func (g *ground) writes(conv uuid.UUID) {
	g.t.Helper()
	g.exec(`WITH c AS (UPDATE conversations SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq, opener_id)
		INSERT INTO messages (conversation_id, seq, id, sender_kind, sender_id, client_msg_id, kind, body, ai_generated)
		SELECT $1, last_seq, $2::uuid, 'user', opener_id, $2::text, 'text', '还在吗', false FROM c`, conv, uuid.New())
}

// reminders lists whom a ticket's reminders called, and about which message.
func (g *ground) reminders(ticket uuid.UUID) string {
	g.t.Helper()
	return g.one(`SELECT string_agg(concat(data ->> 'audience', ' ', data ->> 'seq'), ', ' ORDER BY id) FROM ticket_events
		WHERE ticket_id = $1 AND event = 'reply.due' AND NOT transition`, ticket)
}

// alwaysOpen lets a test run at any hour.
func (g *ground) alwaysOpen() {
	g.t.Helper()
	var week []Hours
	for day := time.Sunday; day <= time.Saturday; day++ {
		week = append(week, Hours{day, 0, 24 * time.Hour})
	}
	g.must(g.store.SetHours(context.Background(), audit.System, "", week))
}

func TestAFamilyThatWaitsForAnAnswerIsNotForgotten(t *testing.T) {
	t.Parallel()
	for priority, c := range map[int]struct {
		limit time.Duration
		want  string
	}{
		0: {time.Minute, "workers 3, supervisors 3"}, 1: {3 * time.Minute, "workers 3, supervisors 3"},
		2: {15 * time.Minute, "workers 3"}, 3: {24 * time.Hour, "workers 3"},
	} {
		t.Run(fmt.Sprint("P", priority), func(t *testing.T) {
			t.Parallel()
			g := newGround(t)
			g.alwaysOpen()
			worker := g.staff(person{scopes: []string{"330106"}})
			above := g.staff(person{role: "supervisor", scopes: []string{"33"}})
			ticket, conv := g.talk(priority, worker)
			g.later(c.limit)
			g.sweep()
			if got := g.reminders(ticket) + g.one(`SELECT string_agg(kind, '') FROM river_job WHERE kind = 'handoff.reply'`); got != "" {
				t.Fatalf("nobody waits, and there is %s", got)
			}
			g.writes(conv)
			g.later(c.limit - 5*time.Second)
			g.writes(conv) // the wait is as long as that of the first message
			g.sweep()
			g.sweep()
			if got := g.reminders(ticket); got != "" {
				t.Errorf("before the time: %s", got)
			}
			g.alerts()
			g.later(5 * time.Second)
			g.sweep()
			g.sweep()
			if got := g.reminders(ticket); got != "workers 3" {
				t.Errorf("after it: %s", got)
			}
			g.rung(ticket, "workers", worker, above, worker)
			g.later(c.limit)
			g.sweep()
			g.later(10 * c.limit)
			g.sweep()
			if got := g.reminders(ticket); got != c.want {
				t.Errorf("in the end: %s, want %s", got, c.want)
			}
			if priority <= 1 {
				g.rung(ticket, "supervisors", worker, above, worker, above)
			} else if got := g.alerts(); len(got) != 0 {
				t.Errorf("somebody is called: %+v", got)
			}
			if n := g.one(`SELECT count(*) FROM audit_log WHERE action = 'reply.due'`); n != fmt.Sprint(1+strings.Count(c.want, ",")) {
				t.Errorf("%s audit rows", n)
			}
			g.says(conv, worker)
			g.writes(conv)
			g.later(c.limit)
			g.sweep()
			if got := g.reminders(ticket); got != c.want+", workers 6" {
				t.Errorf("the next wait: %s", got)
			}
			if got := g.one(`SELECT string_agg(concat_ws(' ', state, epoch), '') FROM tickets`); got != "claimed 1" {
				t.Errorf("the ticket is %s", got)
			}
		})
	}
}

// rung checks that one alert was announced and whom of two people it calls.
func (g *ground) rung(ticket uuid.UUID, audience string, one, other uuid.UUID, want ...uuid.UUID) {
	g.t.Helper()
	alerts := g.alerts()
	if len(alerts) != 1 || alerts[0].Audience != audience || alerts[0].Ticket != ticket {
		g.t.Errorf("alerts %+v", alerts)
		return
	}
	rings, err := g.store.Called(context.Background(), []uuid.UUID{one, other}, ticket, audience)
	g.must(err)
	called := map[uuid.UUID]bool{}
	for _, r := range rings {
		called[r.Worker] = true
	}
	for _, id := range want {
		if !called[id] || len(called) != len(want) {
			g.t.Errorf("%s: called are %v, want %v", audience, called, want)
		}
	}
}

func TestRemindersOfOrdinaryTicketsWaitForWorkingTime(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.holiday()
	worker := g.staff(person{scopes: []string{"330106"}})
	ordinary, conv := g.talk(2, worker)
	g.writes(conv)
	urgent, conv := g.talk(0, worker)
	g.writes(conv)
	g.later(time.Hour)
	g.sweep()
	if got := g.reminders(ordinary); got != "" {
		t.Errorf("on a holiday: %s", got)
	}
	if got := g.reminders(urgent); got != "workers 3" {
		t.Errorf("in danger: %s", got)
	}
}

func TestANewOwnerIsRemindedOfWhatTheyHaveNotAnswered(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	first, second := g.staff(person{scopes: []string{"330106"}}), g.staff(person{scopes: []string{"330106"}})
	ticket, conv := g.talk(1, first)
	g.writes(conv)
	g.later(3 * time.Minute)
	g.sweep()
	g.take(ticket, conv, second)
	g.exec(`UPDATE tickets SET lease_until = NULL`)
	g.later(2 * time.Minute)
	g.sweep()
	if got := g.reminders(ticket); got != "workers 3" {
		t.Errorf("before the new owner had time: %s", got)
	}
	g.later(time.Minute)
	g.sweep()
	if got := g.reminders(ticket); got != "workers 3, workers 3" {
		t.Errorf("after it: %s", got)
	}
}

func TestTwoNodesRemindOnce(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	worker := g.staff(person{scopes: []string{"330106"}, capacity: 20})
	for range 12 {
		_, conv := g.talk(1, worker)
		g.writes(conv)
	}
	nodes := []*Store{g.store, g.node()}
	for round, want := range []string{"0", "12", "24", "24"} {
		if round > 0 {
			g.later(3 * time.Minute)
		}
		g.sweepAtOnce(6, nodes...)
		g.sweep() // what one node left to the other because it held the row
		if n := g.one(`SELECT count(*) FROM ticket_events WHERE event = 'reply.due'`); n != want {
			t.Errorf("round %d: %s reminders, want %s", round, n, want)
		}
	}
}

func TestAReminderHasARiverJobAtItsTime(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	worker := g.staff(person{scopes: []string{"330106"}})
	ticket, conv := g.talk(1, worker)
	g.writes(conv)
	g.sweep()
	g.sweep()
	if got := g.one(`SELECT string_agg(concat_ws(' ', j.queue, j.state, j.args ->> 'ticket', j.scheduled_at = m.created_at + interval '3 min'), ', ')
		FROM river_job j, messages m WHERE j.kind = 'handoff.reply' AND m.seq = 3`); got != "handoff scheduled "+ticket.String()+" t" {
		t.Fatalf("jobs: %s", got)
	}
	g.later(3 * time.Minute)
	stop := g.river()
	g.until("River alone reminds somebody", func() bool { return g.reminders(ticket) != "" })
	stop()
	if got := g.reminders(ticket); got != "workers 3" {
		t.Errorf("reminders: %s", got)
	}
}
