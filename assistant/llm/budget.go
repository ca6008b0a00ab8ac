package llm

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Usage counts the tokens of a day where all nodes see them. owner is empty for the sum of everybody.
type Usage interface {
	Spent(ctx context.Context, day time.Time, owner string) (tokens int64, err error)
	Add(ctx context.Context, day time.Time, owner string, calls int, tokens int64) error
}

// budget bounds the tokens of a day, of all together and of each owner. What other nodes spend is read every
// budgetFresh, in the background; what this node spends is written in the background. So a check costs no query, but
// the first of an owner, and nodes together may overdraw by what they spend in budgetFresh.
type budget struct {
	all, each int64 // limits; 0: none
	usage     Usage
	now       func() time.Time
	log       *slog.Logger

	mu      sync.Mutex
	day     time.Time
	purses  map[string]*purse
	pending chan spending
	ctx     context.Context // ends with close
	end     context.CancelFunc
	done    sync.WaitGroup
}

// purse is what an owner has spent today.
type purse struct {
	spent    int64 // known of the store, and what this node spent since
	reserved int64 // by calls under way
	read     time.Time
	reading  bool
}

type spending struct {
	day    time.Time
	owner  string
	calls  int
	tokens int64
}

const (
	budgetFresh   = 20 * time.Second
	budgetWait    = 50 * time.Millisecond // the longest that a first check waits for the store
	storeWithin   = 5 * time.Second
	pendingLength = 4096
	maxPurses     = 20_000 // owners of a day that are kept in memory
)

func newBudget(o Options) *budget {
	b := &budget{all: o.DailyTokens, each: o.OwnerTokens, usage: o.Usage, now: o.Now, log: o.Logger,
		purses: map[string]*purse{}, pending: make(chan spending, pendingLength)}
	b.ctx, b.end = context.WithCancel(context.Background())
	if b.usage != nil {
		b.done.Go(b.write)
	}
	return b
}

func (b *budget) close() {
	b.end()
	b.done.Wait()
}

// china is where the days of the budget begin.
var china = time.FixedZone("UTC+8", 8*60*60)

// dayOf is the date of a moment, as midnight UTC, which is how PostgreSQL's date comes and goes.
func dayOf(t time.Time) time.Time {
	y, m, d := t.In(china).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// reserve holds tokens back for a call, or returns ErrBudget. settle gives them back and counts what was spent.
func (b *budget) reserve(ctx context.Context, owner string, tokens int) (settle func(calls, tokens int), err error) {
	day := dayOf(b.now())
	var mine *purse
	if owner != "" {
		if mine, err = b.hold(ctx, day, owner, b.each, int64(tokens)); err != nil {
			return nil, err
		}
	}
	all, err := b.hold(ctx, day, "", b.all, int64(tokens))
	if err != nil {
		b.release(mine, int64(tokens), 0)
		return nil, err
	}
	return func(calls, spent int) {
		b.release(mine, int64(tokens), int64(spent))
		b.release(all, int64(tokens), int64(spent))
		b.add(spending{day, owner, calls, int64(spent)})
	}, nil
}

// hold reserves in one purse. An owner's is kept only where it is bounded, that of all for the report.
func (b *budget) hold(ctx context.Context, day time.Time, owner string, limit, tokens int64) (*purse, error) {
	if owner != "" && limit <= 0 {
		return nil, nil
	}
	p := b.purse(ctx, day, owner)
	b.mu.Lock()
	defer b.mu.Unlock()
	if limit > 0 && p.spent+p.reserved+tokens > limit {
		return nil, &fault{kind: ErrBudget, why: "spent"}
	}
	p.reserved += tokens
	return p, nil
}

// today is what all have spent today, as far as this node knows.
func (b *budget) today() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.purses[""]; p != nil && b.day.Equal(dayOf(b.now())) {
		return p.spent
	}
	return 0
}

func (b *budget) release(p *purse, reserved, spent int64) {
	if p == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	p.reserved -= reserved
	p.spent += spent
}

// purse finds an owner's purse of the day. The first time it waits for the store; later it is read in the background.
func (b *budget) purse(ctx context.Context, day time.Time, owner string) *purse {
	b.mu.Lock()
	if !b.day.Equal(day) {
		b.day, b.purses = day, map[string]*purse{}
	}
	if all := b.purses[""]; all != nil && len(b.purses) > maxPurses { // owners who come back are read anew
		b.purses = map[string]*purse{"": all}
	}
	p := b.purses[owner]
	isNew := p == nil
	if isNew {
		p = &purse{}
		b.purses[owner] = p
	}
	stale := b.usage != nil && !p.reading && b.now().Sub(p.read) > budgetFresh
	if stale {
		p.reading, p.read = true, b.now()
	}
	b.mu.Unlock()
	if !stale {
		return p
	}
	read := make(chan struct{})
	b.done.Go(func() { defer close(read); b.read(day, owner, p) })
	if isNew {
		select {
		case <-read:
		case <-ctx.Done():
		case <-time.After(budgetWait):
		}
	}
	return p
}

// read brings in what the other nodes spent. What this node has not written yet must not be forgotten, so the sum never
// goes down.
func (b *budget) read(day time.Time, owner string, p *purse) {
	ctx, cancel := context.WithTimeout(b.ctx, storeWithin)
	defer cancel()
	spent, err := b.usage.Spent(ctx, day, owner)
	if err != nil && b.ctx.Err() == nil {
		b.log.Warn("read the model usage", "error", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	p.reading = false
	p.spent = max(p.spent, spent)
}

// add counts for the store.
func (b *budget) add(s spending) {
	if b.usage == nil || s.calls == 0 && s.tokens == 0 {
		return
	}
	select {
	case b.pending <- s:
	default:
		b.log.Warn("model usage is not written fast enough", "tokens", s.tokens)
	}
}

// write brings what was spent into the store until the budget is closed, then what is left.
func (b *budget) write() {
	for {
		select {
		case s := <-b.pending:
			b.store(s)
		case <-b.ctx.Done():
			for {
				select {
				case s := <-b.pending:
					b.store(s)
				default:
					return
				}
			}
		}
	}
}

func (b *budget) store(s spending) {
	ctx, cancel := context.WithTimeout(context.Background(), storeWithin)
	defer cancel()
	if err := b.usage.Add(ctx, s.day, s.owner, s.calls, s.tokens); err != nil {
		b.log.Warn("write the model usage", "error", err)
	}
}
