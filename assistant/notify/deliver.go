package notify

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	tick       = 5 * time.Second  // between looks at the table when nobody calls Wake
	writeLimit = 10 * time.Second // to write down what came of a message, also while the program stops
	databases  = 4                // targets that use the database at once: it has others to serve
)

// Options are what a Deliverer works with.
type Options struct {
	DB   *pgxpool.Pool
	Box  Box
	Base string // the site's address for links, as https://xiaohe.example.cn; empty: messages have no link

	// AllowPrivate are networks beside the public one that targets may be in: those of an office, or a test's.
	AllowPrivate []netip.Prefix
	Roots        *x509.CertPool   // certificates to trust; nil: the system's
	Now          func() time.Time // what messages are signed for; nil: time.Now. Everything else goes by the database's clock
	Log          *slog.Logger
}

// Deliverer sends the notifications that are due. Each target has one goroutine at a time, so that one that hangs
// keeps nobody else waiting.
type Deliverer struct {
	db     *pgxpool.Pool
	box    Box
	sender *sender
	base   string
	log    *slog.Logger
	wake   chan struct{}
	slots  chan struct{}

	mu      sync.Mutex
	serving map[uuid.UUID]bool // true: look once more when done
}

// New returns a deliverer. It does nothing until Run.
func New(o Options) *Deliverer {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Deliverer{
		db: o.DB, box: o.Box, sender: newSender(o.AllowPrivate, o.Roots, o.Now), base: strings.TrimRight(o.Base, "/"), log: o.Log,
		wake: make(chan struct{}, 1), slots: make(chan struct{}, databases), serving: make(map[uuid.UUID]bool),
	}
}

// Wake makes Run look at the table at once. It never waits.
func (d *Deliverer) Wake() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// Run delivers until ctx ends, and then waits for the messages that are on their way.
func (d *Deliverer) Run(ctx context.Context) error {
	var all sync.WaitGroup
	defer all.Wait()
	clock := time.NewTicker(tick)
	defer clock.Stop()
	for {
		if err := d.start(ctx, &all); err != nil && ctx.Err() == nil {
			d.log.Error("notifications are waiting", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-d.wake:
		case <-clock.C:
		}
	}
}

// start looks for targets that have something due and serves each of them.
func (d *Deliverer) start(ctx context.Context, all *sync.WaitGroup) error {
	if err := d.settle(ctx); err != nil {
		return err
	}
	due, err := d.due(ctx)
	if err != nil {
		return err
	}
	for _, target := range due {
		if d.begin(target) {
			all.Go(func() { d.serve(ctx, target) })
		}
	}
	return nil
}

// serve sends one message after another to a target until none can go out now.
func (d *Deliverer) serve(ctx context.Context, target uuid.UUID) {
	defer d.end(target)
	defer func() {
		if p := recover(); p != nil {
			d.log.Error("delivery panicked", "target", target, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	for ctx.Err() == nil {
		sent, err := d.next(ctx, target)
		if err != nil && ctx.Err() == nil {
			d.log.Error("notification was not delivered", "target", target, "error", err)
		}
		if err != nil || !sent {
			return
		}
	}
}

// next sends one message, if there is one, and writes down what came of it.
func (d *Deliverer) next(ctx context.Context, target uuid.UUID) (sent bool, err error) {
	p, err := d.take(ctx, target)
	if err != nil || len(p.rows) == 0 {
		return false, err
	}
	began := time.Now()
	v := verdict{outcome: retry, code: "key"} // another node may have the right one
	if p.broken == nil {
		v = d.sender.send(context.WithoutCancel(ctx), p.address, message{delivery: p.delivery(), items: itemsOf(p.rows), base: d.base})
	} else {
		d.log.Error("the address of a target cannot be opened", "target", target, "error", p.broken)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeLimit)
	defer cancel()
	if err := d.record(ctx, p, v, time.Since(began)); err != nil {
		return false, fmt.Errorf("write down a delivery: %w", err) // the lease ends and it is sent again
	}
	return true, nil
}

// begin says whether the caller is to serve a target; whoever serves it already will look once more.
func (d *Deliverer) begin(target uuid.UUID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, busy := d.serving[target]
	d.serving[target] = busy
	return !busy
}

func (d *Deliverer) end(target uuid.UUID) {
	d.mu.Lock()
	again := d.serving[target]
	delete(d.serving, target)
	d.mu.Unlock()
	if again {
		d.Wake()
	}
}

// slot limits how many targets use the database at once.
func (d *Deliverer) slot(ctx context.Context) (free func(), err error) {
	select {
	case d.slots <- struct{}{}:
		return func() { <-d.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
