package main

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// sendCommand measures messages at a fixed rate.
type sendCommand struct{}

func (*sendCommand) Run(ctx context.Context, o *options) error { return o.measure(ctx, send) }

// Targets of the handover design §10, in milliseconds.
const (
	ackTarget      = 100
	deliveryTarget = 250
)

// warmFor is how long messages flow before they are measured, where nobody says otherwise.
const warmFor = 10 * time.Second

// settleWithin is how long the last messages may take to reach everybody; what has not by then is lost.
const settleWithin = 90 * time.Second

func send(ctx context.Context, r *run) (*report, error) {
	b := r.bench
	found := &report{Scenario: fmt.Sprintf("send: %g messages/s between families and workers in %d held conversations, %g/s to the bot, for %v, %d node(s)",
		b.Rate, b.Held, b.Bot, b.Lasting, b.Nodes)}
	if err := r.gather(ctx, found); err != nil {
		return nil, err
	}
	r.pour(ctx, b.warm)
	r.post.meters.Store(newMeters())
	since := r.cost(ctx)
	wait := r.profiled(ctx, "send", min(b.Lasting, 20*time.Second))
	sent := r.pour(ctx, b.Lasting)
	r.costs(ctx, found, since)
	wait()
	found.figure("messages", float64(sent), "")
	return found, r.finish(ctx, found)
}

// pour sends what the options ask for, and tells how many messages that were.
func (r *run) pour(ctx context.Context, lasting time.Duration) int {
	b := r.bench
	progress("messages flow for %v", lasting)
	var both sync.WaitGroup
	alone := 0
	both.Go(func() { alone = r.aloneFlow(b.Bot, b.Held).pour(ctx, lasting) })
	sent := r.humanFlow(b.Rate).pour(ctx, lasting)
	both.Wait()
	return sent + alone
}

// finish waits for the last messages, and reports times and the verdict.
func (r *run) finish(ctx context.Context, found *report) error {
	progress("waits for the last messages")
	if err := r.settle(ctx, settleWithin); err != nil {
		return err
	}
	r.times(found)
	for try := 1; ; try++ {
		verdict, err := r.verdict(ctx)
		found.Verdict = &verdict
		if err != nil || verdict.Clean() || try == lastTry {
			return err
		}
		time.Sleep(lookAgain) // a message may have been stored between two looks; what is lost stays lost
	}
}

// How often a verdict is looked at again that is not clean, and after how long.
const (
	lastTry   = 3
	lookAgain = 3 * time.Second
)

// times reports what the clocks have gathered.
func (r *run) times(found *report) {
	m := r.post.meters.Load()
	found.times("own delay of the load client", m.lag)
	found.times("receipt", m.ack, ackTarget)
	found.times("delivery", m.delivery, deliveryTarget)
	found.times("the bot's answer", m.answer)
	for _, count := range []struct {
		name  string
		value int64
	}{{"refusals for now", m.nacks.Load()}, {"broken connections", m.drops.Load()}, {"resets", m.resets.Load()},
		{"messages that only a pong told of", m.healed.Load()}, {"frames that could not be read", r.broken.Load()}} {
		if count.value > 0 {
			found.figure(count.name, float64(count.value), "")
		}
	}
}
