package main

import (
	"context"
	"fmt"
	"time"
)

// stormCommand breaks all connections at once.
type stormCommand struct{}

func (*stormCommand) Run(ctx context.Context, o *options) error {
	b, err := o.prepare(ctx)
	if err != nil {
		return err
	}
	return b.with(ctx, b.storm)
}

// stormTarget is within how many seconds all are to be back; stormShare is the part of the rate that goes on meanwhile.
const (
	stormTarget = 30
	stormShare  = 4
	stormWithin = 3 * time.Minute
)

func (b *bench) storm(ctx context.Context, r *run) (*report, error) {
	rate := b.Rate / stormShare
	found := &report{Scenario: fmt.Sprintf("storm: %d connections break at once, %g messages/s go on, %d node(s)", b.Guests+b.Workers, rate, b.Nodes)}
	if err := r.populate(ctx, b.options, 0); err != nil {
		return nil, err
	}
	if err := r.online(ctx, found); err != nil {
		return nil, err
	}
	flowing, stop := context.WithCancel(ctx)
	poured := make(chan struct{})
	go func() { defer close(poured); r.humanFlow(rate).pour(flowing, stormWithin) }()
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
	<-poured
	if err != nil {
		return nil, err
	}
	found.figure("all back and caught up", took.Seconds(), "s", stormTarget)
	found.times("from the break to being caught up", r.back)
	return found, r.finish(ctx, found)
}
