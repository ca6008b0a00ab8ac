package handoff

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// stands describes a ticket and its conversation in one line.
func (g *ground) stands(ticket uuid.UUID) string {
	g.t.Helper()
	return g.one(`SELECT concat_ws(' ', t.state, t.owner_id IS NOT NULL, c.mode, c.owner_id IS NOT NULL) FROM tickets t JOIN conversations c ON c.id = t.conversation_id WHERE t.id = $1`, ticket)
}

// steps lists the transitions of a ticket.
func (g *ground) steps(ticket uuid.UUID) string {
	g.t.Helper()
	return g.one(`SELECT string_agg(concat_ws(' ', event, reason), ', ' ORDER BY id) FROM ticket_events WHERE ticket_id = $1 AND transition AND event <> 'ticket.opened'`, ticket)
}

func (g *ground) says(conv, worker uuid.UUID) {
	g.t.Helper()
	g.exec(`WITH c AS (UPDATE conversations SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq)
		INSERT INTO messages (conversation_id, seq, id, sender_kind, sender_id, client_msg_id, kind, body, ai_generated)
		SELECT $1, last_seq, $3::uuid, 'worker', $2, $3::text, 'text', '在的', false FROM c`, conv, worker, uuid.New())
}

func TestATransferThatNobodyAcceptsStaysWithTheGiver(t *testing.T) {
	t.Parallel()
	for priority, alerts := range map[int]int{0: 1, 1: 1, 2: 0} {
		t.Run(fmt.Sprint("P", priority), func(t *testing.T) {
			t.Parallel()
			g := newGround(t)
			worker := g.staff(person{scopes: []string{"330106"}})
			g.target("群", "dingtalk", "3301", "supervisors")
			ticket, _ := g.taken(priority, worker)
			g.exec(`UPDATE tickets SET state = 'transferring', transfer_to = '{"kind": "team", "to": "legal", "reason": "x"}', transfer_until = now() - interval '1 s'`)
			g.alerts()
			g.sweep()
			if got := g.stands(ticket) + ", " + g.steps(ticket); got != "claimed t human t, ticket.transfer_timeout timeout" {
				t.Error(got)
			}
			if got := g.alerts(); len(got) != alerts || alerts == 1 && got[0].Audience != "supervisors" {
				t.Errorf("alerts %+v", got)
			}
			if n := g.one(`SELECT count(*) FROM notifications WHERE dedupe_key LIKE '%:transfer.%' AND channel = 'dingtalk' AND rung IS NULL`); n != fmt.Sprint(alerts) {
				t.Errorf("%s robots", n)
			}
		})
	}
}

func TestACallbackComesBackBeforeItsTime(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.staff(person{scopes: []string{"330106"}, absent: true})
	ticket, conv := g.family(xihuCode, 3)
	g.exec(`UPDATE tickets SET state = 'callback', callback_at = now() + interval '6 min', enqueued_at = now() - interval '2 days', next_rung_at = NULL`)
	g.exec(`UPDATE conversations SET mode = 'bot' WHERE id = $1`, conv)
	g.sweep()
	if got := g.stands(ticket); got != "callback f bot f" {
		t.Fatalf("too early: %s", got)
	}
	g.later(time.Minute)
	g.sweep()
	if got := g.stands(ticket) + ", " + g.steps(ticket); got != "queued f waiting f, ticket.callback_due" {
		t.Errorf("due: %s", got)
	}
	if got := g.one(`SELECT concat_ws(' ', queue_rank, priority, due_at = callback_at, next_rung, next_rung_at > now()) FROM tickets`); got != "2 3 t 1 t" {
		t.Errorf("rank, priority, due, rungs: %s", got)
	}
	if got := g.fired(ticket); got != "0:0 workers@330106, 0:0 workers@330106" {
		t.Errorf("rungs: %s", got)
	}
}

func TestWhatWaitsGetsOlder(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.store.WithoutOffers()
	for _, c := range []struct {
		priority, rank int
		overdue        time.Duration
	}{
		{0, 0, time.Hour}, {1, 1, time.Hour}, {2, 2, -time.Second}, {2, 1, time.Second}, {2, 1, 24 * time.Hour},
		{3, 3, -time.Hour}, {3, 2, time.Second}, {3, 2, 119 * time.Minute}, {3, 1, 121 * time.Minute}, {3, 1, 100 * time.Hour},
	} {
		ticket, _ := g.family(xihuCode, c.priority)
		g.exec(`UPDATE tickets SET due_at = now() - $2::interval, next_rung_at = NULL WHERE id = $1`, ticket, c.overdue)
		g.sweep()
		if got := g.one(`SELECT concat_ws(' ', queue_rank, priority) FROM tickets WHERE id = $1`, ticket); got != fmt.Sprint(c.rank, " ", c.priority) {
			t.Errorf("P%d, %s late: rank and priority %s, want rank %d", c.priority, c.overdue, got, c.rank)
		}
		events := g.one(`SELECT string_agg(data::text, ', ') FROM ticket_events WHERE event = 'aged' AND ticket_id = $1`, ticket)
		want := ""
		if c.rank != c.priority {
			want = fmt.Sprintf(`{"to": %d, "from": %d}`, c.rank, c.priority)
		}
		if events != want {
			t.Errorf("P%d, %s late: events %s, want %s", c.priority, c.overdue, events, want)
		}
	}
}

// A worker takes a ticket every quarter of an hour while P1 come as fast, or twice as fast: a question that waits is
// answered all the same, and not before it is late.
func TestPaperworkIsServedUnderAConstantStreamOfSeriousTickets(t *testing.T) {
	t.Parallel()
	for arrivals, limit := range map[int]int{1: 11 * 60, 2: 17 * 60} {
		t.Run(fmt.Sprint(arrivals, " for each that is taken"), func(t *testing.T) {
			t.Parallel()
			g := newGround(t)
			g.store.WithoutOffers()
			question, _ := g.family(xihuCode, 3)
			g.exec(`UPDATE tickets SET due_at = now() + interval '8 hours', next_rung_at = NULL`)
			g.family(xihuCode, 1)
			for minutes := 0; ; minutes += 15 {
				if minutes > limit {
					t.Fatalf("the question still waits after %d minutes", limit)
				}
				for range arrivals {
					g.family(xihuCode, 1)
				}
				var taken uuid.UUID
				g.must(g.pool.QueryRow(t.Context(), `SELECT t.id FROM tickets t WHERE t.state = 'queued' ORDER BY `+queueOrder+` LIMIT 1`).Scan(&taken))
				if taken == question {
					if minutes < 8*60 {
						t.Fatalf("the question was before others after %d minutes", minutes)
					}
					return
				}
				g.exec(`UPDATE tickets SET state = 'closed', outcome = '已答复', closed_at = now(), close_form = '{}' WHERE id = $1`, taken)
				g.exec(`UPDATE tickets SET next_rung_at = NULL`)
				g.later(15 * time.Minute)
				g.sweep()
			}
		})
	}
}

func TestTheOrderOfTheQueueIsUrgencyThenTime(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	tickets := make([]uuid.UUID, 6)
	for i := range tickets {
		tickets[i], _ = g.family(xihuCode, 3)
	}
	rapid.Check(t, func(rt *rapid.T) {
		for _, ticket := range tickets {
			g.exec(`UPDATE tickets SET queue_rank = $2, due_at = now() + $3::interval, enqueued_at = now() + $4::interval WHERE id = $1`, ticket,
				rapid.IntRange(1, 3).Draw(rt, "rank"), time.Duration(rapid.IntRange(-2, 2).Draw(rt, "due"))*time.Minute,
				time.Duration(rapid.IntRange(-2, 0).Draw(rt, "enqueued"))*time.Minute)
		}
		all, err := ticketsWhere(context.Background(), g.pool, `true ORDER BY `+queueOrder, nil)
		g.must(err)
		for i, later := range all[1:] {
			before := all[i]
			if before.Rank > later.Rank || before.Rank == later.Rank && before.Due.Truncate(time.Minute).After(later.Due) {
				rt.Fatalf("rank %d due %s is before rank %d due %s", before.Rank, before.Due, later.Rank, later.Due)
			}
		}
	})
}

func TestWhoGoesSilentlyIsNoticed(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	worker := g.staff(person{scopes: []string{"330106"}})
	ticket, _ := g.talk(1, worker)
	ordinary, _ := g.family(xihuCode, 2)
	seen := func(ago time.Duration) {
		g.exec(`UPDATE participants SET last_seen_at = now() - $1::interval, joined_at = now() - interval '1 hour' WHERE role = 'child'`, ago)
		g.exec(`UPDATE messages SET created_at = now() - interval '1 hour' WHERE sender_kind = 'user'`)
		g.sweep()
	}
	events := func(ticket uuid.UUID) string {
		return g.one(`SELECT string_agg(event, ' ' ORDER BY id) FROM ticket_events WHERE ticket_id = $1 AND event LIKE 'user.%'`, ticket)
	}
	seen(119 * time.Second)
	if got := events(ticket); got != "" {
		t.Errorf("too early: %s", got)
	}
	seen(121 * time.Second)
	seen(5 * time.Minute)
	if got := events(ticket) + " " + g.stands(ticket); got != "user.left claimed t human t" {
		t.Errorf("gone: %s", got)
	}
	seen(0)
	seen(3 * time.Minute)
	if got := events(ticket); got != "user.left user.returned user.left" {
		t.Errorf("back and gone again: %s", got)
	}
	if got := events(ordinary); got != "" {
		t.Errorf("an ordinary ticket: %s", got)
	}
}

func TestASweepThatFailsOnOneTicketGoesOn(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	broken, _ := g.family(xihuCode, 1)
	sound, _ := g.family(xihuCode, 1)
	g.later(150 * time.Second)
	g.exec(`UPDATE tickets SET next_rung_at = now() - interval '1 hour', next_rung = 99 WHERE id = $1`, broken)
	g.exec(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$`)
	g.exec(`CREATE TRIGGER refuse BEFORE UPDATE ON tickets FOR EACH ROW WHEN (OLD.next_rung = 99) EXECUTE FUNCTION refuse()`)
	g.exec(`UPDATE tickets SET next_rung = 1 WHERE id = $1`, sound)
	if err := g.store.Sweep(t.Context()); err == nil {
		t.Error("no error")
	}
	if got := g.fired(sound); got != "0:0 workers@330106, 1:1 workers@330106" {
		t.Errorf("rungs: %s", got)
	}
}
