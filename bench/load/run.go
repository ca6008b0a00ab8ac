package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/bench/ledger"
)

// run is one load run: the program under test, the database behind it, and the people.
type run struct {
	bench   *bench
	cluster *cluster
	pool    *pgxpool.Pool
	post    *post

	gate    atomic.Pointer[gate] // lets a few connect at the same time; nil: all
	pinging sync.Once
	back    *clock       // from a break to being caught up
	broken  atomic.Int64 // frames that could not be read
	guests  []*person
	workers []*person
	living  sync.WaitGroup
	end     context.CancelFunc // ends the lives of all people
	ctx     context.Context
}

// gate has a place for each who may connect now.
type gate chan struct{}

// inParallel is how many requests prepare a run at the same time.
const inParallel = 16

func newRun(ctx context.Context, b *bench, c *cluster) (*run, error) {
	pool, err := pgxpool.New(ctx, c.url)
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %w", err)
	}
	r := &run{bench: b, cluster: c, pool: pool, post: newPost(), back: newClock()}
	r.ctx, r.end = context.WithCancel(ctx)
	return r, nil
}

// close lets all people leave.
func (r *run) close() {
	for _, p := range r.everybody() {
		p.leave()
	}
	r.end()
	r.living.Wait()
	r.pool.Close()
}

func (r *run) everybody() []*person {
	return append(append([]*person{}, r.guests...), r.workers...)
}

// admit waits until one more may connect; the caller calls release.
func (r *run) admit(ctx context.Context) (release func()) {
	g := r.gate.Load()
	if g == nil {
		return func() {}
	}
	select {
	case *g <- struct{}{}:
		return func() { <-*g }
	case <-ctx.Done():
		return func() {}
	}
}

// pings has every page ping in its turn.
func (r *run) pings() {
	const turns = int(pingEvery / time.Second)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for turn := 0; ; turn = (turn + 1) % turns {
		select {
		case <-r.ctx.Done():
			return
		case <-tick.C:
		}
		for _, people := range [][]*person{r.guests, r.workers} {
			for i := turn; i < len(people); i += turns {
				people[i].ping()
			}
		}
	}
}

// connect brings people online (all of them are opened by then), a few at a time, and waits until all of them have caught up.
func (r *run) connect(ctx context.Context, people []*person) (time.Duration, error) {
	g := make(gate, inParallel)
	r.gate.Store(&g)
	r.pinging.Do(func() { r.living.Go(r.pings) })
	began := time.Now()
	for _, p := range people {
		r.living.Go(func() { p.live(r.ctx) })
	}
	took, err := r.awaitReady(ctx, people, began, connectWithin)
	r.gate.Store(nil)
	return took, err
}

const connectWithin = 5 * time.Minute

// awaitReady waits until all people are connected and have caught up, and tells how long after began that was.
func (r *run) awaitReady(ctx context.Context, people []*person, began time.Time, within time.Duration) (time.Duration, error) {
	for {
		ready := 0
		for _, p := range people {
			if p.ready.Load() {
				ready++
			}
		}
		took := time.Since(began)
		switch {
		case ready == len(people):
			return took, nil
		case took > within:
			return took, fmt.Errorf("%d of %d are back after %v", ready, len(people), took.Round(time.Second))
		case ctx.Err() != nil:
			return took, ctx.Err()
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// each does work for numbers up to n, some at the same time, and returns the first error.
func each(ctx context.Context, n int, work func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(n, inParallel) {
		group.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := work(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

// settle waits until every letter has its receipt and every listener has what the database holds, or gives up. What is
// missing then is lost.
func (r *run) settle(ctx context.Context, within time.Duration) error {
	for began := time.Now(); ; time.Sleep(250 * time.Millisecond) {
		heads, err := r.heads(ctx)
		if err != nil {
			return err
		}
		owed, err := r.owed(ctx)
		if err != nil {
			return err
		}
		if owed+r.behind(heads) == 0 || time.Since(began) > within || ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// owed counts the messages that the program has yet to read or to answer.
func (r *run) owed(ctx context.Context) (n int, err error) {
	err = r.pool.QueryRow(ctx, `SELECT count(*) FROM bot_turns WHERE state = 'pending' AND conversation_id = ANY($1)`, r.conversations()).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count what is owed: %w", err)
	}
	return n, nil
}

// behind counts the threads with a letter under way, or with less than the database has.
func (r *run) behind(heads map[uuid.UUID]int64) int {
	n := 0
	for _, p := range r.everybody() {
		p.mu.Lock()
		for _, t := range p.threads {
			if len(t.outbox) > 0 || t.last < heads[t.conv] {
				n++
			}
		}
		p.mu.Unlock()
	}
	return n
}

func (r *run) conversations() []uuid.UUID {
	var all []uuid.UUID
	for _, p := range r.guests {
		for _, t := range p.threads {
			all = append(all, t.conv)
		}
	}
	return all
}

func (r *run) heads(ctx context.Context) (map[uuid.UUID]int64, error) {
	heads := map[uuid.UUID]int64{}
	rows, err := r.pool.Query(ctx, `SELECT id, last_seq FROM conversations WHERE id = ANY($1)`, r.conversations())
	if err != nil {
		return nil, fmt.Errorf("read heads: %w", err)
	}
	var id uuid.UUID
	var seq int64
	_, err = pgx.ForEachRow(rows, []any{&id, &seq}, func() error { heads[id] = seq; return nil })
	return heads, err
}

// verdict compares what was sent and heard with the database.
func (r *run) verdict(ctx context.Context) (ledger.Verdict, error) {
	rows, err := r.pool.Query(ctx, `SELECT conversation_id, seq, id, client_msg_id FROM messages WHERE conversation_id = ANY($1)`, r.conversations())
	if err != nil {
		return ledger.Verdict{}, fmt.Errorf("read messages: %w", err)
	}
	stored, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ledger.Row])
	if err != nil {
		return ledger.Verdict{}, fmt.Errorf("read messages: %w", err)
	}
	var listeners []ledger.Listener
	for _, p := range r.everybody() {
		p.mu.Lock()
		for _, t := range p.threads {
			listeners = append(listeners, ledger.Listener{Conversation: t.conv, After: t.after, Heard: append([]ledger.Heard{}, t.heard...)})
		}
		p.mu.Unlock()
	}
	return ledger.Check(stored, r.post.sent(), listeners), nil
}
