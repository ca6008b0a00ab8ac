package handoff_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"xiaohe/assistant/audit"
	"xiaohe/assistant/handoff"
)

func TestPrioritiesThatPeopleSet(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	wang, super, second := o.person("王老师", "worker", "330106"), o.person("督导", "supervisor", "330106"), o.person("另一位督导", "supervisor", "33")
	id, conv, _ := o.ticket(xihu, 2)
	o.assess(conv, 4, []string{"suicide"}, []string{}, "none")
	o.claim(wang, id)
	ctx := t.Context()
	set := func(by audit.Actor, to int, second *uuid.UUID) error {
		return o.store.SetPriority(ctx, by, id, 1, to, "了解了情况", second)
	}
	o.refused("without a reason", o.store.SetPriority(ctx, wang, id, 1, 0, "", nil), handoff.ErrInvalid)
	o.must(set(wang, 0, nil))
	o.refused("a P0 by its owner", set(wang, 2, nil), handoff.ErrRefused)
	o.must(set(super, 2, nil)) // owner and supervisor are two
	o.must(set(wang, 0, nil))
	o.must(o.store.Reassign(ctx, super, id, 1, super.ID, "我来"))
	set = func(by audit.Actor, to int, second *uuid.UUID) error {
		return o.store.SetPriority(ctx, by, id, 2, to, "了解了情况", second)
	}
	o.refused("a P0 by a supervisor alone", set(super, 1, nil), handoff.ErrRefused)
	o.refused("with oneself", set(super, 1, &super.ID), handoff.ErrRefused)
	o.refused("with a worker", set(super, 1, &wang.ID), handoff.ErrRefused)
	o.must(set(super, 1, &second.ID))
	got := o.one(`SELECT concat_ws(' ', priority, queue_rank, due_at - enqueued_at, (SELECT count(*) FROM ticket_evidence e WHERE e.ticket_id = t.id AND source = 'worker')) FROM tickets t WHERE id = $1`, id)
	if got != "1 1 00:05:00 4" {
		t.Errorf("ticket %s", got)
	}
	if n := o.one(`SELECT (SELECT count(*) FROM level_changes) || ' ' || (SELECT level FROM assessments)`); n != "0 4" {
		t.Errorf("what triage said is %s", n)
	}
	if e := o.one(`SELECT string_agg(event || (data ->> 'from') || (data ->> 'to'), ' ' ORDER BY id) FROM ticket_events WHERE event LIKE 'priority%'`); e != "priority.raised20 priority.lowered02 priority.raised20 priority.lowered01" {
		t.Errorf("events %s", e)
	}
}

func TestACallbackThatBecomesSeriousWaitsForNoAppointment(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	super := o.person("督导", "supervisor", "330106")
	id, conv, member := o.ticket(xihu, 3)
	ctx := t.Context()
	o.must(o.store.RequestCallback(ctx, member, conv, handoff.Callback{Contact: "chat_only", SafeToCall: "yes"}))
	o.must(o.store.SetPriority(ctx, super, id, 1, 2, "今天要办", nil))
	if s := o.state(id); s != "callback - bot -" {
		t.Errorf("as a P2 it is %s", s)
	}
	o.heard()
	o.must(o.store.SetPriority(ctx, super, id, 1, 0, "学校说孩子今晚有危险", nil))
	if s := o.state(id); s != "queued - waiting -" {
		t.Errorf("as a P0 it is %s", s)
	}
	if got := o.one(`SELECT concat_ws(' ', epoch, queue_rank, due_at <= now() + interval '1 min', next_rung_at <= now() + interval '1 min') FROM tickets WHERE id = $1`, id); got != "2 0 t t" {
		t.Errorf("epoch, rank, due, next rung: %s", got)
	}
	if c := o.heard(); len(c.Alerts) != 1 || c.Alerts[0].Priority != 0 || !slices.Contains(c.Conversations, conv) {
		t.Errorf("announced %+v", c)
	}
}
