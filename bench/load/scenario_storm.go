package main

import (
	"context"
	"fmt"
	"time"
)

// stormCommand breaks all connections at once.
type stormCommand struct{}

func (*stormCommand) Run(ctx context.Context, o *options) error { return o.measure(ctx, storm) }

// stormTarget is within how many seconds all are to be back; stormShare is the part of the rate that goes on meanwhile.
const (
	stormTarget = 30
	stormShare  = 4
	stormWithin = 3 * time.Minute
)

func storm(ctx context.Context, r *run) (*report, error) {
	b := r.bench
	rate := b.Rate / stormShare
	found := &report{Scenario: fmt.Sprintf("storm: %d connections break at once, %g messages/s go on, %d node(s)", b.Guests+b.Workers, rate, b.Nodes)}
	if err := r.gather(ctx, found); err != nil {
		return nil, err
	}
	stop := r.humanFlow(rate).begin(ctx)
	time.Sleep(5 * time.Second)
	since := r.cost(ctx)
	wait := r.profiled(ctx, "storm", 5*time.Second)
	began := time.Now()
	for _, p := range r.everybody() {
		p.cut()
	}
	took, err := r.awaitReady(ctx, r.everybody(), began, stormWithin)
	r.costs(ctx, found, since)
	wait()
	stop()
	if err != nil {
		return nil, err
	}
	found.figure("all back and caught up", took.Seconds(), "s", stormTarget)
	found.times("from the break to being caught up", r.back)
	return found, r.finish(ctx, found)
}
