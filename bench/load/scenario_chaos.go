package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// chaosCommand kills processes while messages flow.
type chaosCommand struct {
	Every time.Duration `help:"How long after one blow the next one comes." default:"40s"`
}

func (c *chaosCommand) Run(ctx context.Context, o *options) error {
	o.Nodes = max(o.Nodes, 2)
	return o.measure(ctx, c.run)
}

// resumeTarget is within how many seconds all are to be back after a node was killed.
const resumeTarget = 35

// blow is something that goes wrong.
type blow struct {
	name   string
	strike func(ctx context.Context, r *run) (mend func(context.Context) error, err error)
}

// blows come one after the other.
var blows = []blow{
	{"kill -9 of a node", func(_ context.Context, r *run) (func(context.Context) error, error) {
		return killNode(r, false)
	}},
	{"kill -9 of the database", func(_ context.Context, r *run) (func(context.Context) error, error) {
		return nothing, hitDatabase(r, syscall.SIGKILL)
	}},
	{"fast restart of the database", func(_ context.Context, r *run) (func(context.Context) error, error) {
		return nothing, hitDatabase(r, syscall.SIGINT)
	}},
	{"kill -9 of the node that keeps the database", func(_ context.Context, r *run) (func(context.Context) error, error) {
		return killNode(r, true)
	}},
	{"every connection to the database is cut", func(ctx context.Context, r *run) (func(context.Context) error, error) {
		_, err := r.pool.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`)
		return nothing, err
	}},
}

func nothing(context.Context) error { return nil }

// killNode kills the node that keeps the database, or one that does not; mending starts it again.
func killNode(r *run, keeper bool) (func(context.Context) error, error) {
	parent := statFields(r.cluster.postmaster())
	if len(parent) < 2 {
		return nil, errors.New("no node keeps the database")
	}
	for _, n := range r.cluster.nodes {
		if n.alive() && (fmt.Sprint(n.pid()) == parent[1]) == keeper {
			n.signal(syscall.SIGKILL)
			return n.start, nil
		}
	}
	return nil, errors.New("there is no such node")
}

func hitDatabase(r *run, s syscall.Signal) error {
	pid := r.cluster.postmaster()
	if pid == 0 {
		return errors.New("the database is not ours to kill")
	}
	return syscall.Kill(pid, s)
}

func (c *chaosCommand) run(ctx context.Context, r *run) (*report, error) {
	b := r.bench
	found := &report{Scenario: fmt.Sprintf("chaos: %d families, %d workers, %g messages/s, %d nodes", b.Guests, b.Workers, b.Rate, b.Nodes)}
	if err := r.gather(ctx, found); err != nil {
		return nil, err
	}
	stop := r.humanFlow(b.Rate).begin(ctx)
	time.Sleep(warmFor)
	var err error
	for _, blow := range blows {
		if err = r.suffer(ctx, blow, c.Every, found); err != nil {
			break
		}
	}
	stop()
	if err != nil {
		return nil, err
	}
	return found, r.finish(ctx, found)
}

// suffer strikes a blow, waits until all are back, mends what was broken and reports how long letters took meanwhile.
func (r *run) suffer(ctx context.Context, b blow, every time.Duration, found *report) error {
	progress("%s", b.name)
	m := newMeters()
	r.post.meters.Store(m)
	began := time.Now()
	mend, err := b.strike(ctx, r)
	if err != nil {
		return fmt.Errorf("%s: %w", b.name, err)
	}
	time.Sleep(time.Second) // so that what is broken is noticed
	took, err := r.awaitReady(ctx, r.everybody(), began, stormWithin)
	if err != nil {
		return fmt.Errorf("%s: %w", b.name, err)
	}
	if err := mend(ctx); err != nil {
		return fmt.Errorf("%s: %w", b.name, err)
	}
	time.Sleep(every - time.Since(began))
	found.figure(b.name+": all connected and caught up", took.Seconds(), "s", resumeTarget)
	found.times(b.name+": receipts in the "+every.String()+" after", m.ack)
	found.times(b.name+": deliveries", m.delivery)
	if n := m.drops.Load(); n > 0 {
		found.figure(b.name+": broken connections", float64(n), "")
	}
	return nil
}
