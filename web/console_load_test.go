package web

import (
	"testing"

	"xiaohe/assistant/account"
	"xiaohe/assistant/handoff"
)

// Whoever asks, and wherever: what a person has in hand is one number, in which a P0 is three.
func TestEveryPageTellsTheSameLoad(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	wang, lead := b.hire("王老师", account.Worker, xihuPrefix), b.hire("赵督导", account.Supervisor, "3301")
	for _, priority := range []int{0, 2} {
		wang.claim(b.family(xihuCode, priority, "没人管我").ID)
	}
	var me meAnswer
	wang.good("GET", "/me", nil).into(t, &me)
	var queue handoff.Queue
	wang.good("GET", "/queue", nil).into(t, &queue)
	var colleagues colleaguesAnswer
	lead.good("GET", "/staff?region=330106", nil).into(t, &colleagues)
	var overview handoff.Overview
	lead.good("GET", "/overview", nil).into(t, &overview)
	loads := map[string]int{"me": me.Load, "queue": queue.Load}
	for _, c := range colleagues.Staff {
		if c.ID == wang.id {
			loads["staff"] = c.Load
		}
	}
	for _, w := range overview.Staff {
		if w.ID == wang.id {
			loads["overview"] = w.Load
		}
	}
	for _, page := range []string{"me", "queue", "staff", "overview"} {
		if loads[page] != 4 {
			t.Errorf("%s tells %d of a P0 and a P2", page, loads[page])
		}
	}
	if queue.Capacity != me.Capacity || len(queue.Mine) != 2 {
		t.Errorf("capacity %d and %d, %d tickets", queue.Capacity, me.Capacity, len(queue.Mine))
	}
}

func TestReassignIsOfferedOnlyWhereItWorks(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	wang, lead := b.hire("王老师", account.Worker, xihuPrefix), b.hire("赵督导", account.Supervisor, "3301")
	li := b.hire("李老师", account.Worker, xihuPrefix)
	id := b.family(xihuCode, 2, "没人管我").ID
	wang.claim(id)
	if d := lead.detail(id); !d.Can.Reassign {
		t.Error("a claimed ticket cannot be reassigned")
	}
	moving := wang.do(wang.detail(id).Ticket, "transfer", fields{"kind": "worker", "to": li.id.String(), "reason": "属地不对", "note": "见记录"})
	if moving.State != "transferring" {
		t.Fatalf("stands %s", moving.State)
	}
	if d := lead.detail(id); d.Can.Reassign {
		t.Error("a ticket on its way can be reassigned")
	}
}
