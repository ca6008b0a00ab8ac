package main

import (
	"context"
	"math/rand/v2"
	"time"
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
	held := map[string]bool{}
	for _, w := range workers {
		held[w.thread.conv.String()] = true
	}
	for _, g := range r.guests {
		if held[g.threads[0].conv.String()] {
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
	if f.rate <= 0 || len(f.writers) == 0 {
		return 0
	}
	began := time.Now()
	for n := 0; ; n++ {
		due := began.Add(time.Duration(float64(n) / f.rate * float64(time.Second)))
		if due.Sub(began) >= lasting {
			return n
		}
		if wait := time.Until(due); wait > 0 {
			select {
			case <-ctx.Done():
				return n
			case <-time.After(wait):
			}
		}
		w := f.writers[n%len(f.writers)]
		w.person.say(w.thread, due)
	}
}
