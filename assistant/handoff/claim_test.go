package handoff_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"xiaohe/assistant/audit"
	"xiaohe/assistant/handoff"
)

func TestAClaimBringsThePersonIntoTheConversation(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	wang := o.person("王老师", "worker", "330106")
	id, conv, _ := o.ticket(xihu, 1)
	before := o.one(`SELECT epoch FROM conversations WHERE id = $1`, conv)
	got, err := o.store.Claim(t.Context(), wang, id, 0)
	o.must(err)
	if got.State != "claimed" || got.Owner == nil || *got.Owner != wang.ID || got.OwnerName != "王老师" || got.Epoch != 1 || got.Lease == nil || got.Claimed == nil ||
		got.Lease.Sub(*got.Claimed).Minutes() != 2 || got.NextRungAt != nil || got.Region != "浙江省杭州市西湖区" {
		t.Errorf("ticket %+v", got)
	}
	if s := o.state(id); s != "claimed 王老师 human 王老师" {
		t.Errorf("stands %s", s)
	}
	if after := o.one(`SELECT epoch FROM conversations WHERE id = $1`, conv); before != "0" || after != "1" {
		t.Errorf("epoch of the conversation %s, then %s", before, after)
	}
	if p := o.one(`SELECT role || verified || can_write || (left_at IS NULL) FROM participants WHERE conversation_id = $1 AND member_id = $2`, conv, wang.ID); p != "workertruetruetrue" {
		t.Errorf("takes part as %s", p)
	}
	if l := o.lines(conv); l != "claimed:社工王老师已接入。下面由真人和您说话。" {
		t.Errorf("the family reads %s", l)
	}
	if e := o.one(`SELECT concat_ws(' ', event, from_state, to_state, actor_kind, actor_id) FROM ticket_events WHERE ticket_id = $1 AND epoch = 1`, id); e != "ticket.claimed queued claimed worker "+wang.ID.String() {
		t.Errorf("event %s", e)
	}
	if a := o.one(`SELECT concat_ws(' ', actor_id, object_id, conversation_id, region_code, result) FROM audit_log WHERE action = 'ticket.claimed'`); a != fmt.Sprintf("%s %s %s %s ok", wang.ID, id, conv, xihu) {
		t.Errorf("audit %s", a)
	}
	if n := o.one(`SELECT count(*) FROM notifications WHERE state = 'pending'`); n != "0" {
		t.Errorf("%s notifications still go out", n)
	}
	if c := o.heard(); !c.Queue || !slices.Contains(c.Conversations, conv) || !slices.Contains(c.Members, wang.ID) {
		t.Errorf("announced %+v", c)
	}
}

func TestOfAHundredWhoClaimOneTicketOneGetsIt(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	people := make([]audit.Actor, 100)
	for i := range people {
		people[i] = o.person(fmt.Sprintf("第%d位", i), "worker", "330106")
	}
	id, conv, _ := o.ticket(xihu, 0)
	var mu sync.Mutex
	var winner string
	lost := map[string]int{}
	var group sync.WaitGroup
	for i, by := range people {
		group.Go(func() {
			_, err := o.store.Claim(context.Background(), by, id, 0)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				winner = fmt.Sprintf("第%d位", i)
				return
			}
			c := o.conflict("a claim that comes late", err)
			lost[c.Owner]++
			if c.State != "claimed" || c.Epoch != 1 {
				t.Errorf("the conflict says %+v", c)
			}
		})
	}
	group.Wait()
	if winner == "" || len(lost) != 1 || lost[winner] != 99 {
		t.Errorf("%s won; the others were told %v", winner, lost)
	}
	if n := o.one(`SELECT count(*) FROM ticket_events WHERE ticket_id = $1 AND transition AND epoch > 0`, id); n != "1" {
		t.Errorf("%s events", n)
	}
	if n := o.one(`SELECT count(*) FROM participants WHERE conversation_id = $1 AND role = 'worker'`, conv); n != "1" {
		t.Errorf("%s take part", n)
	}
	if l := o.one(`SELECT count(*) FROM messages WHERE conversation_id = $1 AND sender_kind = 'system'`, conv); l != "1" {
		t.Errorf("%s lines", l)
	}
}

// Each worker takes the most urgent ticket that is left, none is taken twice, none is left.
func TestNobodyIsGivenATicketTwiceOrOutOfOrder(t *testing.T) {
	t.Parallel()
	count := 5000
	if testing.Short() {
		count = 1000
	}
	o := setup(t).office()
	o.store.WithoutOffers()
	o.flood(count)
	people := make([]audit.Actor, 32)
	for i := range people {
		people[i] = o.person(fmt.Sprintf("第%d位", i), "worker", "330106")
	}
	var mu sync.Mutex
	seen := map[uuid.UUID]bool{}
	var group sync.WaitGroup
	for _, by := range people {
		group.Go(func() {
			rank := 0
			for {
				next, err := o.store.ClaimNext(context.Background(), by)
				if err != nil {
					t.Error(err)
					return
				}
				if next == nil {
					return
				}
				if next.Rank < rank {
					t.Errorf("rank %d after %d", next.Rank, rank)
				}
				rank = next.Rank
				mu.Lock()
				if seen[next.ID] {
					t.Errorf("%s was given twice", next.ID)
				}
				seen[next.ID] = true
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if len(seen) != count {
		t.Errorf("%d of %d were taken", len(seen), count)
	}
	if n := o.one(`SELECT count(*) FROM ticket_events WHERE event = 'ticket.claimed'`); n != fmt.Sprint(count) {
		t.Errorf("%s events", n)
	}
}

// flood fills the queue with serious tickets, whose capacity does not matter, of both priorities.
func (d desk) flood(count int) {
	d.t.Helper()
	d.exec(`INSERT INTO conversations (id, site_id, opener_id, region_code, channel, mode) SELECT gen_random_uuid(), 'self', gen_random_uuid(), $2, 'widget', 'waiting'
		FROM generate_series(1, $1)`, count, xihu)
	d.exec(`INSERT INTO tickets (id, no, conversation_id, state, priority, queue_rank, reason_code, origin, region_code, route_prefix, due_at, enqueued_at)
		SELECT gen_random_uuid(), 'n' || row_number() OVER (), id, 'queued', mod(row_number() OVER (), 2), mod(row_number() OVER (), 2), 'danger', 'rule', $1,
		       '330106', now() + random() * interval '1 h', now() FROM conversations`, xihu)
	d.exec(`ANALYZE tickets`)
}

func TestWhoMayClaim(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	for _, c := range []struct {
		name     string
		prefix   string
		role     string
		change   string // of the worker $1, or the ticket $2
		claim    error
		next     error
		nextNone bool
	}{
		{name: "a worker of the county", prefix: "330106"},
		{name: "a worker of another county", prefix: "330102", claim: handoff.ErrNotFound, nextNone: true},
		{name: "a worker of the city, as long as it is the county's", prefix: "3301", nextNone: true},
		{name: "a supervisor of the province", prefix: "33", role: "supervisor", nextNone: true},
		{name: "somebody off duty", prefix: "330106", change: `UPDATE workers SET duty = 'off' WHERE id = $1`, claim: handoff.ErrOffDuty, next: handoff.ErrOffDuty},
		{name: "somebody on a break", prefix: "330106", change: `UPDATE workers SET duty = 'break' WHERE id = $1`, claim: handoff.ErrOffDuty, next: handoff.ErrOffDuty},
		{name: "somebody who does not answer", prefix: "330106", change: `UPDATE workers SET can_reply = false WHERE id = $1`, claim: handoff.ErrOffDuty, next: handoff.ErrOffDuty},
		{name: "somebody who was disabled", prefix: "330106", change: `UPDATE workers SET disabled_at = now(), duty = 'off' WHERE id = $1`, claim: handoff.ErrOffDuty, next: handoff.ErrOffDuty},
		{name: "a director", prefix: "330106", role: "director", claim: handoff.ErrOffDuty, next: handoff.ErrOffDuty},
		{name: "somebody without the skill", prefix: "330106", change: `UPDATE tickets SET skills = '{legal}' WHERE id = $2`, nextNone: true},
		{name: "a skill that nobody has", prefix: "330106", change: `UPDATE tickets SET skills = '{sign}', missing_skills = '{sign}' WHERE id = $2`},
		{name: "somebody whose hands are full", prefix: "330106", change: `UPDATE workers SET capacity = 0 WHERE id = $1`, claim: handoff.ErrFull, next: handoff.ErrFull},
		{name: "somebody full, when it is serious", prefix: "330106", change: `WITH w AS (UPDATE workers SET capacity = 0 WHERE id = $1) UPDATE tickets SET priority = 1, queue_rank = 1 WHERE id = $2`},
		{name: "somebody who stepped aside", prefix: "330106", change: `INSERT INTO access_blocks SELECT conversation_id, $1, 'worker_recusal', '亲戚', $1 FROM tickets WHERE id = $2`,
			claim: handoff.ErrNotFound, nextNone: true},
		{name: "a colleague of a suspected worker", prefix: "330106", change: `UPDATE tickets SET suspect_digits = 6, route_prefix = '3301' WHERE id = $2`, claim: handoff.ErrNotFound, nextNone: true},
		{name: "the city, when a worker is suspected", prefix: "3301", change: `UPDATE tickets SET suspect_digits = 6, route_prefix = '3301' WHERE id = $2`},
	} {
		if c.role == "" {
			c.role = "worker"
		}
		for _, next := range []bool{false, true} {
			o.exec(`UPDATE tickets SET state = 'closed', owner_id = NULL, closed_at = now(), outcome = '重复', close_form = '{}'`)
			by := o.person("某人", c.role, c.prefix)
			id, _, _ := o.ticket(xihu, 2)
			if c.change != "" {
				o.exec(`WITH n AS (SELECT $1::uuid, $2::uuid) `+trimWith(c.change), by.ID, id)
			}
			if next {
				got, err := o.store.ClaimNext(t.Context(), by)
				if c.next != nil {
					o.refused(c.name+", next", err, c.next)
				} else if err != nil || (got == nil) != c.nextNone {
					t.Errorf("%s, next: %v, %v", c.name, got, err)
				}
				continue
			}
			_, err := o.store.Claim(t.Context(), by, id, 0)
			if c.claim != nil {
				o.refused(c.name, err, c.claim)
			} else if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	}
}

// trimWith joins a statement that may begin with a WITH of its own to another WITH.
func trimWith(statement string) string {
	if rest, ok := strings.CutPrefix(statement, "WITH "); ok {
		return ", " + rest
	}
	return statement
}

// One person's own claims wait for each other, so that two windows do not take more than the hands can hold.
func TestTwoWindowsOfOnePersonDoNotExceedTheirCapacity(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	by := o.person("王老师", "worker", "330106")
	for range 12 {
		o.ticket(xihu, 2)
	}
	var group sync.WaitGroup
	for range 12 {
		group.Go(func() {
			if _, err := o.store.ClaimNext(context.Background(), by); err != nil {
				o.refused("beyond the capacity", err, handoff.ErrFull)
			}
		})
	}
	group.Wait()
	if n := o.one(`SELECT count(*) FROM tickets WHERE state = 'claimed'`); n != "4" {
		t.Errorf("%s of 4 were taken", n)
	}
	// a P0 takes three of the four places
	o.exec(`UPDATE tickets SET state = 'queued', owner_id = NULL`)
	p0, _, _ := o.ticket(xihu, 0)
	_, err := o.store.Claim(t.Context(), by, p0, 0)
	o.must(err)
	for i := range 2 {
		next, err := o.store.ClaimNext(t.Context(), by)
		if i == 0 && (err != nil || next == nil) || i == 1 && err == nil {
			t.Errorf("beside a P0, ticket %d: %v %v", i+1, next, err)
		}
	}
}

func TestAStaleEpochIsAConflict(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	wang, li := o.person("王老师", "worker", "330106"), o.person("李老师", "supervisor", "330106")
	id, _, _ := o.ticket(xihu, 2)
	_, err := o.store.Claim(t.Context(), wang, id, 7)
	if c := o.conflict("an epoch that never was", err); c.State != "queued" || c.Owner != "" || c.Epoch != 0 {
		t.Errorf("%+v", c)
	}
	_, err = o.store.Claim(t.Context(), wang, id, 0)
	o.must(err)
	ctx := t.Context()
	for name, step := range map[string]func(by audit.Actor) error{
		"claim":    func(by audit.Actor) error { _, err := o.store.Claim(ctx, by, id, 0); return err },
		"release":  func(by audit.Actor) error { return o.store.Release(ctx, by, id, 0, "换班") },
		"decline":  func(by audit.Actor) error { return o.store.Decline(ctx, by, id, 0) },
		"reassign": func(by audit.Actor) error { return o.store.Reassign(ctx, by, id, 0, li.ID, "换班") },
		"return":   func(by audit.Actor) error { return o.store.Return(ctx, by, id, 0) },
		"close": func(by audit.Actor) error {
			return o.store.Close(ctx, by, id, 0, handoff.Closing{Outcome: "已答复"})
		},
		"priority":    func(by audit.Actor) error { return o.store.SetPriority(ctx, by, id, 0, 1, "更急", nil) },
		"accept":      func(by audit.Actor) error { return o.store.AcceptTransfer(ctx, by, id, 0) },
		"withdraw it": func(by audit.Actor) error { return o.store.WithdrawTransfer(ctx, by, id, 0) },
		"transfer": func(by audit.Actor) error {
			return o.store.RequestTransfer(ctx, by, id, 0, handoff.Transfer{Kind: "worker", To: li.ID.String(), Reason: "专业", Note: "见记录"})
		},
	} {
		for _, by := range []audit.Actor{wang, li} {
			if c := o.conflict(name, step(by)); c.Owner != "王老师" || c.Epoch != 1 {
				t.Errorf("%s: %+v", name, c)
			}
		}
	}
	if s, e := o.state(id), o.epoch(id); s != "claimed 王老师 human 王老师" || e != 1 {
		t.Errorf("stands %s at %d", s, e)
	}
}
