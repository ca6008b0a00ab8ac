package main

import (
	"context"
	"math"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
)

// flow is a stream of letters at a fixed rate. It is an open loop: when a letter is due does not depend on how the
// server does, and all times count from then. A server that stalls cannot hide that by slowing its clients down.
type flow struct {
	rate    float64 // letters a second
	writers []writer
}

// writer is somebody and the conversation that they write in.
type writer struct {
	person *person
	thread *thread
}

// humanFlow is what families and workers write to each other, half of it each, in the conversations that workers hold.
func (r *run) humanFlow(rate float64) flow {
	var families, workers []writer
	for _, w := range r.workers {
		for _, t := range w.threads {
			workers = append(workers, writer{w, t})
		}
	}
	held := map[uuid.UUID]bool{}
	for _, w := range workers {
		held[w.thread.conv] = true
	}
	for _, g := range r.guests {
		if held[g.threads[0].conv] {
			families = append(families, writer{g, g.threads[0]})
		}
	}
	shuffle(families)
	shuffle(workers)
	f := flow{rate: rate}
	for i := range families { // taken in turn: nobody comes near the limit of messages
		f.writers = append(f.writers, families[i], workers[i])
	}
	return f
}

// aloneFlow is what families write to the bot.
func (r *run) aloneFlow(rate float64, from int) flow {
	f := flow{rate: rate}
	for _, g := range r.guests[from:] {
		f.writers = append(f.writers, writer{g, g.threads[0]})
	}
	shuffle(f.writers)
	return f
}

func shuffle(w []writer) { rand.Shuffle(len(w), func(i, j int) { w[i], w[j] = w[j], w[i] }) }

// pour sends letters until the time is over, and tells how many that were.
func (f flow) pour(ctx context.Context, lasting time.Duration) int {
	if len(f.writers) == 0 {
		return 0
	}
	n, _ := pace(ctx, f.rate, lasting, func(n int, due time.Time) error {
		w := f.writers[n%len(f.writers)]
		w.person.say(w.thread, due)
		return nil
	})
	return n
}

// begin has letters flow until stop is called, which waits for the last one.
func (f flow) begin(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	poured := make(chan struct{})
	go func() { defer close(poured); f.pour(ctx, math.MaxInt64) }()
	return func() { cancel(); <-poured }
}

// pace does something at a rate until the time is over or an error ends it, and tells how often that was.
func pace(ctx context.Context, rate float64, lasting time.Duration, do func(n int, due time.Time) error) (n int, err error) {
	began := time.Now()
	for ; rate > 0; n++ {
		due := began.Add(time.Duration(float64(n) / rate * float64(time.Second)))
		if due.Sub(began) >= lasting {
			return n, nil
		}
		if wait := time.Until(due); wait > 0 {
			select {
			case <-ctx.Done():
				return n, nil
			case <-time.After(wait):
			}
		}
		if err := do(n, due); err != nil {
			return n, err
		}
	}
	return 0, nil
}
