package handoff

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/audit"
)

// Workers take, give back and end tickets as fast as they can while two nodes sweep and time runs on. Nothing deadlocks,
// and every ticket agrees with its conversation and its history.
func TestSweepsAndPeopleDoNotDisturbEachOther(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	var people []uuid.UUID
	for range 4 {
		people = append(people, g.staff(person{scopes: []string{"330106"}, capacity: 3}))
	}
	for i := range 40 {
		g.family(xihuCode, i%4)
	}
	ctx, stop := context.WithTimeout(t.Context(), 4*time.Second)
	defer stop()
	failed := func(err error) bool {
		var conflict *ConflictError
		expected := err == nil || ctx.Err() != nil || errors.As(err, &conflict) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrFull) || errors.Is(err, ErrRefused)
		return !expected
	}
	var all sync.WaitGroup
	for range 2 {
		node := g.node()
		all.Go(func() {
			for ctx.Err() == nil {
				if err := node.Sweep(ctx); failed(err) {
					t.Error(err)
				}
			}
		})
	}
	for _, id := range people {
		all.Go(func() {
			by := audit.Actor{ID: id, Role: "worker"}
			for n := 0; ctx.Err() == nil; n++ {
				ticket, err := g.store.ClaimNext(ctx, by)
				if failed(err) {
					t.Error("claim", err)
				}
				if ticket != nil && n%3 == 0 {
					if err := g.store.Release(ctx, by, ticket.ID, ticket.Epoch, "忙不过来"); failed(err) {
						t.Error("release", err)
					}
				}
				_, err = g.pool.Exec(ctx, `UPDATE tickets SET lease_until = now() - interval '1 s', offer_until = now() - interval '1 s' WHERE owner_id = $1 OR offered_to = $1`, id)
				if ctx.Err() == nil && err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	for name, wrong := range map[string]string{
		"two transitions of an epoch": `SELECT count(*) FROM (SELECT 1 FROM ticket_events WHERE transition GROUP BY ticket_id, epoch HAVING count(*) > 1) x`,
		"epochs without a transition": `SELECT count(*) FROM tickets t WHERE t.epoch + 1 <> (SELECT count(*) FROM ticket_events e WHERE e.ticket_id = t.id AND transition)`,
		"a conversation that disagrees": `SELECT count(*) FROM tickets t JOIN conversations c ON c.id = t.conversation_id
			WHERE c.owner_id IS DISTINCT FROM t.owner_id OR (c.mode = 'human') <> (t.state = 'claimed')`,
		"a participant who has left":    `SELECT count(*) FROM tickets t JOIN participants p ON p.conversation_id = t.conversation_id AND p.member_id = t.owner_id WHERE p.left_at IS NOT NULL`,
		"a participant who has not":     `SELECT count(*) FROM participants p JOIN conversations c ON c.id = p.conversation_id WHERE p.role = 'worker' AND p.left_at IS NULL AND c.owner_id IS DISTINCT FROM p.member_id`,
		"a ladder that stands still":    `SELECT count(*) FROM tickets WHERE state IN ('queued', 'offered') AND priority < 2 AND next_rung_at IS NULL`,
		"a ladder of a taken ticket":    `SELECT count(*) FROM tickets WHERE state = 'claimed' AND next_rung_at IS NOT NULL`,
		"steps without an audit row":    `SELECT count(*) FROM ticket_events e WHERE transition AND NOT EXISTS (SELECT 1 FROM audit_log a WHERE a.object_id = e.ticket_id::text AND a.action = e.event)`,
		"more than the capacity":        `SELECT count(*) FROM workers w WHERE (SELECT count(*) FROM tickets t WHERE t.owner_id = w.id AND t.priority > 1) > w.capacity`,
		"messages that are not in line": `SELECT count(*) FROM conversations c WHERE c.last_seq <> (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id)`,
	} {
		if n := g.one(wrong); n != "0" {
			t.Errorf("%s: %s", name, n)
		}
	}
	if n := g.one(`SELECT count(*) FROM ticket_events WHERE event = 'ticket.claimed'`); n == "0" {
		t.Error("nothing happened")
	}
	t.Log(g.one(`SELECT string_agg(concat(event, ' ', n), ', ') FROM (SELECT event, count(*) AS n FROM ticket_events GROUP BY event ORDER BY event) x`))
}
