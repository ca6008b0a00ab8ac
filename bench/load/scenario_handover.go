package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
)

// handoverCommand measures how long a cry for help takes to the screen of a console.
type handoverCommand struct {
	Every   time.Duration `help:"How long after one cry the next one comes." default:"1s"`
	Tickets int           `help:"How many families ask for a person, every other one in words of danger." default:"120"`
}

func (c *handoverCommand) Run(ctx context.Context, o *options) error { return o.measure(ctx, c.run) }

// consoleTarget is the longest way of a ticket to a console, in milliseconds.
const consoleTarget = 1000

// cry is a family that needs a person.
type cry struct {
	due    time.Time
	danger bool
	seen   bool
}

// watch is what a supervisor's console sees of all cries.
type watch struct {
	mu           sync.Mutex
	cries        map[uuid.UUID]*cry   // by conversation
	alerts       map[string]time.Time // when it rang first, by ticket
	calm, urgent *clock               // to the row in the list
	ring         *clock               // to the alarm
	refetch      *clock               // of one list
	onSight      func(id, conv uuid.UUID, epoch int64)
}

// row is what the list tells of a ticket.
type row struct {
	ID    uuid.UUID `json:"id"`
	Conv  uuid.UUID `json:"conversation"`
	Epoch int64     `json:"epoch"`
}

// run has every console fetch the queue when it hears that it has changed, as the page does, and one supervisor's
// look for each cry.
func (c *handoverCommand) run(ctx context.Context, r *run) (*report, error) {
	b := r.bench
	found := &report{Scenario: fmt.Sprintf("handover: %d cries for help, one each %v, %d workers' consoles, %d families, %g messages/s, %d node(s)",
		c.Tickets, c.Every, b.Workers, b.Guests, b.Rate, b.Nodes)}
	o := b.options
	o.Guests = max(o.Guests, o.Held+c.Tickets)
	if err := r.populate(ctx, o, 1); err != nil {
		return nil, err
	}
	w := &watch{cries: map[uuid.UUID]*cry{}, alerts: map[string]time.Time{}, calm: newClock(), urgent: newClock(), ring: newClock(), refetch: newClock()}
	for i, p := range r.workers {
		r.console(p, w, i == 0)
	}
	w.onSight = r.answerer(ctx)
	if err := r.online(ctx, found); err != nil {
		return nil, err
	}
	stop := r.humanFlow(b.Rate).begin(ctx)
	time.Sleep(warmFor)
	r.post.meters.Store(newMeters())
	since := r.cost(ctx)
	wait := r.profiled(ctx, "handover", 20*time.Second)
	w.cryAll(ctx, r.guests[o.Held:o.Held+c.Tickets], c.Every)
	time.Sleep(5 * time.Second)
	r.costs(ctx, found, since)
	wait()
	stop()
	w.report(found, c.Tickets)
	return found, r.finish(ctx, found)
}

// cryAll has families ask for a person: by the button, and by words.
func (w *watch) cryAll(ctx context.Context, guests []*person, every time.Duration) {
	began := time.Now()
	var asking sync.WaitGroup
	for i, g := range guests {
		due := began.Add(time.Duration(i) * every)
		time.Sleep(time.Until(due))
		conv := g.threads[0].conv
		danger := i%2 == 1
		w.mu.Lock()
		w.cries[conv] = &cry{due: due, danger: danger}
		w.mu.Unlock()
		asking.Go(func() {
			if danger {
				g.sayWords(g.threads[0], due, "我不想活了，今天晚上就去死")
				return
			}
			if err := g.call(ctx, "POST", "/v1/conv/"+conv.String()+"/handoff", struct{}{}, nil); err != nil {
				progress("ask for a person: %v", err)
			}
		})
	}
	asking.Wait()
}

// console makes a person's page fetch the queue after each change, one at a time, and hear alarms; the observer's list
// is searched for the cries.
func (r *run) console(p *person, w *watch, observer bool) {
	again := make(chan struct{}, 1)
	p.onQueue = func() {
		select {
		case again <- struct{}{}:
		default:
		}
	}
	p.onAlert = w.rang
	r.living.Go(func() {
		for {
			select {
			case <-r.ctx.Done():
				return
			case <-again:
			}
			var queue struct {
				All []row `json:"all"`
			}
			began := time.Now()
			if p.call(r.ctx, "GET", "/api/v1/console/queue", nil, &queue) != nil {
				continue // the next change asks again
			}
			w.refetch.add(time.Since(began))
			if observer {
				w.look(queue.All)
			}
		}
	})
}

func (w *watch) rang(f frame) {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, before := w.alerts[f.D.Ticket]; !before {
		w.alerts[f.D.Ticket] = now
	}
}

// look notes the cries that the list shows for the first time.
func (w *watch) look(rows []row) {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, row := range rows {
		c := w.cries[row.Conv]
		if c == nil || c.seen {
			continue
		}
		c.seen = true
		if c.danger {
			w.urgent.add(now.Sub(c.due))
			go w.ringOf(row.ID, c.due)
		} else {
			w.calm.add(now.Sub(c.due))
		}
		go w.onSight(row.ID, row.Conv, row.Epoch)
	}
}

// ringOf waits for the alarm of a ticket that has been seen.
func (w *watch) ringOf(id uuid.UUID, due time.Time) {
	for range 300 {
		w.mu.Lock()
		at, rang := w.alerts[id.String()]
		w.mu.Unlock()
		if rang {
			w.ring.add(at.Sub(due))
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (w *watch) report(found *report, cries int) {
	w.mu.Lock()
	unseen := 0
	for _, c := range w.cries {
		if !c.seen {
			unseen++
		}
	}
	w.mu.Unlock()
	found.times("button to the row on a console", w.calm, consoleTarget)
	found.times("words of danger to the row", w.urgent, consoleTarget)
	found.times("words of danger to the alarm", w.ring, consoleTarget)
	found.times("a console's list", w.refetch)
	found.figure("cries that no console showed", float64(unseen), "", 0)
}

// answerer takes tickets that have been seen, each by another worker, who says good day.
func (r *run) answerer(ctx context.Context) func(id, conv uuid.UUID, epoch int64) {
	var mu sync.Mutex
	turn := 0
	return func(id, conv uuid.UUID, epoch int64) {
		mu.Lock()
		turn++
		w := r.workers[1+turn%(len(r.workers)-1)]
		mu.Unlock()
		time.Sleep(time.Second) // somebody has to read and press
		if w.claim(ctx, id, epoch) != nil {
			return // it was offered to somebody meanwhile
		}
		if err := w.greet(ctx, conv); err != nil {
			progress("%v", err)
		}
	}
}
