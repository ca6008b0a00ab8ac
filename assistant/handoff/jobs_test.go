package handoff

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

func TestRunFiresRungsUntilItIsStopped(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	ctx, stop := context.WithCancel(t.Context())
	var nodes sync.WaitGroup
	for range 2 {
		node := g.node()
		nodes.Go(func() {
			if err := node.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
	ticket, _ := g.family(xihuCode, 0)
	g.later(3 * time.Minute)
	g.untilFired(ticket, "2:2")
	stop()
	nodes.Wait()
	if got := g.fired(ticket); got != "0:0 workers@3301, 1:1 supervisors@3301, 2:2 phone_tree@33" {
		t.Errorf("rungs: %s", got)
	}
}

// river works River's jobs, without any sweep, until what it returns is called.
func (g *ground) river() (stop func()) {
	g.t.Helper()
	client, err := g.store.jobs()
	g.must(err)
	ctx, cancel := context.WithCancel(g.t.Context())
	var node sync.WaitGroup
	node.Go(func() { g.store.runJobs(ctx, client) })
	return func() {
		cancel()
		node.Wait()
	}
}

func TestRiverAloneFiresRungs(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	defer g.river()()
	ticket, _ := g.family(xihuCode, 1)
	g.later(150 * time.Second)
	g.untilFired(ticket, "1:1")
}

func TestARungHasARiverJobAtItsTime(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	ticket, _ := g.family(xihuCode, 0)
	if got := g.one(`SELECT string_agg(concat_ws(' ', j.kind, j.queue, j.state, j.args ->> 'ticket', j.scheduled_at = t.next_rung_at), ', ')
		FROM river_job j, tickets t`); got != "handoff.rung handoff scheduled "+ticket.String()+" t" {
		t.Errorf("jobs: %s", got)
	}
}
