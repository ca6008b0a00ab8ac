package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/conversation"
	"xiaohe/assistant/handoff"
)

// claimCommand sends many workers after one ticket, and has a few work off a queue.
type claimCommand struct {
	Races   int `help:"Tickets that all workers want at once." default:"20"`
	Racers  int `help:"Workers who want them." default:"100"`
	Tickets int `help:"Tickets in the queue." default:"5000"`
	Takers  int `help:"Workers who work it off." default:"32"`
}

func (c *claimCommand) Run(ctx context.Context, o *options) error { return o.measure(ctx, c.run) }

func (c *claimCommand) run(ctx context.Context, r *run) (*report, error) {
	found := &report{Scenario: fmt.Sprintf("claim: %d workers after each of %d tickets; %d workers work off %d tickets", c.Racers, c.Races, c.Takers, c.Tickets)}
	if err := r.openStaff(ctx, max(c.Racers, c.Takers), 0, 0, placesFor(max(c.Racers, c.Takers))); err != nil {
		return nil, err
	}
	wrong := 0
	claims, refusals := newClock(), newClock()
	for range c.Races {
		n, err := c.race(ctx, r, claims, refusals)
		if err != nil {
			return nil, err
		}
		wrong += n
	}
	found.times("claim: won", claims)
	found.times("claim: lost", refusals)
	found.figure("races without exactly one winner", float64(wrong), "")
	off, err := c.workOff(ctx, r, found)
	if err != nil {
		return nil, err
	}
	if wrong+off > 0 {
		return found, errors.New("claims went wrong")
	}
	return found, nil
}

// race has all racers claim one new ticket at the same time. It is 1 where not exactly one of them got it.
func (c *claimCommand) race(ctx context.Context, r *run, won, lost *clock) (wrong int, err error) {
	ids, err := r.openTickets(ctx, 1, func(int) int { return 1 })
	if err != nil {
		return 0, err
	}
	var winners, conflicts atomic.Int64
	var all sync.WaitGroup
	begin := make(chan struct{})
	for _, w := range r.workers[:c.Racers] {
		all.Go(func() {
			<-begin
			began := time.Now()
			err := w.claim(ctx, ids[0], 0)
			var refused *refusal
			switch {
			case err == nil:
				winners.Add(1)
				won.add(time.Since(began))
			case errors.As(err, &refused) && refused.Status == http.StatusConflict && refused.Owner != "":
				conflicts.Add(1)
				lost.add(time.Since(began))
			default:
				progress("claim: %v", err)
			}
		})
	}
	close(begin)
	all.Wait()
	owners, events := 0, 0
	err = r.pool.QueryRow(ctx, `SELECT count(owner_id), (SELECT count(*) FROM ticket_events e WHERE e.ticket_id = $1 AND e.event = 'ticket.claimed')
		FROM tickets WHERE id = $1`, ids[0]).Scan(&owners, &events)
	if winners.Load() != 1 || int(conflicts.Load()) != c.Racers-1 || owners != 1 || events != 1 {
		progress("race: %d winners, %d conflicts, %d owners, %d events", winners.Load(), conflicts.Load(), owners, events)
		wrong = 1
	}
	return wrong, err
}

func (p *person) claim(ctx context.Context, ticket uuid.UUID, epoch int64) error {
	body := struct {
		Epoch int64 `json:"epoch"`
	}{epoch}
	return p.call(ctx, "POST", "/api/v1/console/tickets/"+ticket.String()+"/claim", body, nil)
}

// openTickets opens tickets, each in a conversation of its own, straight in the database; what their priority is says
// the function.
func (r *run) openTickets(ctx context.Context, n int, priority func(i int) int) ([]uuid.UUID, error) {
	store, err := conversation.New(ctx, r.pool, time.Now)
	if err != nil {
		return nil, err
	}
	ids := make([]uuid.UUID, n)
	return ids, each(ctx, n, func(ctx context.Context, i int) error {
		_, session, err := store.OpenSession(ctx, "self", false)
		if err != nil {
			return err
		}
		conv, err := store.Open(ctx, session, region+"000000", true)
		if err != nil {
			return err
		}
		return pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error {
			opened, err := handoff.Open(ctx, tx, handoff.Request{Conversation: conv.ID, Priority: priority(i), Reason: "load", Origin: "system"})
			ids[i] = opened.ID
			return err
		})
	})
}

// risk is a complete risk form: a serious ticket does not end without.
var risk = handoff.RiskForm{Asked: "no", PresentDanger: "没有", SafeAdult: "奶奶在家", Actions: "电话核实", ReportedTo: "督导", FollowUp: "明天上午回访"}

// taken is what a worker got from the queue.
type taken struct {
	id   uuid.UUID
	rank int
}

// workOff has workers take what is next until nothing waits, and counts what was wrong: a ticket given twice or never, a
// more urgent one after a less urgent one.
func (c *claimCommand) workOff(ctx context.Context, r *run, found *report) (wrong int, err error) {
	ids, err := r.openTickets(ctx, c.Tickets, func(i int) int { return (i * 7) % 4 })
	if err != nil {
		return 0, err
	}
	takes := newClock()
	hauls := make([][]taken, c.Takers)
	since := r.cost(ctx)
	wait := r.profiled(ctx, "claim", 10*time.Second)
	began := time.Now()
	err = each(ctx, c.Takers, func(ctx context.Context, i int) error { return r.workers[i].takeAll(ctx, takes, &hauls[i]) })
	took := time.Since(began)
	r.costs(ctx, found, since)
	wait()
	if err != nil {
		return 0, err
	}
	times, urgent := map[uuid.UUID]int{}, 0
	for _, haul := range hauls {
		for i, t := range haul {
			times[t.id]++
			if i > 0 && t.rank < haul[i-1].rank {
				urgent++
			}
		}
	}
	twice, never := 0, 0
	for _, id := range ids {
		switch times[id] {
		case 0:
			never++
		case 1:
		default:
			twice++
		}
	}
	found.times("claim-next", takes)
	found.figure("tickets taken and closed", float64(len(ids)-never)/took.Seconds(), "1/s")
	found.figure("given twice", float64(twice), "")
	found.figure("never given", float64(never), "")
	found.figure("more urgent after less urgent", float64(urgent), "")
	return twice + never + urgent, nil
}

// takeAll takes and closes tickets until nothing waits.
func (p *person) takeAll(ctx context.Context, clock *clock, haul *[]taken) error {
	for {
		var next struct {
			Ticket *struct {
				ID       uuid.UUID `json:"id"`
				Epoch    int64     `json:"epoch"`
				Rank     int       `json:"rank"`
				Priority int       `json:"priority"`
			} `json:"ticket"`
		}
		began := time.Now()
		if err := p.call(ctx, "POST", "/api/v1/console/claim-next", struct{}{}, &next); err != nil {
			return fmt.Errorf("claim next: %w", err)
		}
		if next.Ticket == nil {
			return nil
		}
		clock.add(time.Since(began))
		*haul = append(*haul, taken{next.Ticket.ID, next.Ticket.Rank})
		closing := struct {
			Epoch   int64             `json:"epoch"`
			Outcome string            `json:"outcome"`
			Risk    *handoff.RiskForm `json:"risk,omitempty"`
		}{Epoch: next.Ticket.Epoch, Outcome: "已答复"}
		if next.Ticket.Priority <= 1 {
			closing.Risk = &risk
		}
		if err := p.call(ctx, "POST", "/api/v1/console/tickets/"+next.Ticket.ID.String()+"/close", closing, nil); err != nil {
			return fmt.Errorf("close: %w", err)
		}
	}
}
