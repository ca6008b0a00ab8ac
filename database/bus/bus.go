// Package bus tells the other nodes over one database that something has changed. A node sends short items, mostly
// names of what to read anew; the truth stays in the tables. Items may be lost: a node that could have missed some is
// told to read everything anew.
//
// It is PostgreSQL's LISTEN and NOTIFY with the rules of the handover design §5.4: one goroutine of each node sends,
// at most once in 25 ms, and only while there is another node; another listens on a connection of its own. Neither
// works through a pooler in transaction mode.
package bus

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// All is the item that stands for everything: whatever the other nodes hold may be outdated.
const All = "*"

// How often a node sends, and what one NOTIFY holds at most: PostgreSQL refuses 8,000 bytes and more.
const (
	sendEvery  = 25 * time.Millisecond
	maxItems   = 300
	maxPayload = 7900
)

// Bus is one node's end. Publish may be called on a nil Bus: then there is no other node.
type Bus struct {
	config  *pgx.ConnConfig
	node    string
	log     *slog.Logger
	receive func(items []string)
	resync  func()

	mu     sync.Mutex
	outbox items
	alone  bool      // there is no other node
	seen   time.Time // when there was one last

	signal chan struct{} // the outbox has something
	ready  chan struct{} // closed when this node listens and the others know of it
	once   sync.Once     // closes ready
}

// New returns a bus over a database. The schema that config's search path leads to is the world: nodes of other
// schemas are not heard. Run makes it work.
func New(config *pgx.ConnConfig, log *slog.Logger) *Bus {
	return &Bus{
		config: config.Copy(), node: uuid.NewString(), log: log, alone: true, receive: func([]string) {}, resync: func() {},
		signal: make(chan struct{}, 1), ready: make(chan struct{}),
	}
}

// Node is the name of this node in the tables.
func (b *Bus) Node() string { return b.node }

// Subscribe sets who is told of what other nodes publish, and of having to read everything anew. Neither function may
// wait. Call it before Run.
func (b *Bus) Subscribe(receive func(items []string), resync func()) {
	b.receive, b.resync = receive, resync
}

// Publish tells the other nodes, if there are any. The same item twice within a moment goes out once. It does not wait.
// An item is at most a few hundred bytes without a line break.
func (b *Bus) Publish(items ...string) {
	if b == nil {
		return
	}
	b.mu.Lock()
	if !b.alone {
		for _, item := range items {
			b.outbox.add(item)
		}
	}
	waiting := b.outbox.len() > 0
	b.mu.Unlock()
	if waiting {
		wake(b.signal)
	}
}

// Ready is closed when this node hears the others and they know of it.
func (b *Bus) Ready() <-chan struct{} { return b.ready }

// Run sends and listens until ctx ends. What is still to be sent then is sent.
func (b *Bus) Run(ctx context.Context) error {
	channel, err := b.channel(ctx)
	if err != nil {
		return err
	}
	var group sync.WaitGroup
	group.Go(func() { b.listen(ctx, channel) })
	group.Go(func() { b.send(ctx, channel) })
	group.Wait()
	return nil
}

// longestName is how long the name of a NOTIFY channel may be, in bytes.
const longestName = 63

// channel is named after the schema: programs over other schemas of the same database are other worlds.
func (b *Bus) channel(ctx context.Context) (string, error) {
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		var schema string
		err := b.with(ctx, "looks", func(ctx context.Context, conn *pgx.Conn) error {
			return conn.QueryRow(ctx, `SELECT coalesce(current_schema(), '')`).Scan(&schema)
		})
		switch name := "xh_" + schema; {
		case err == nil && (schema == "" || len(name) > longestName):
			return "", fmt.Errorf("no channel can be named after schema %q", schema)
		case err == nil:
			return name, nil
		}
		b.log.Error("nodes cannot talk to each other yet", "error", err)
		if !pause(ctx, wait) {
			return "", nil
		}
	}
}

// items are waiting to be sent, each once, in the order in which they came.
type items struct {
	order []string
	known map[string]struct{}
	size  int
}

func (i *items) len() int { return len(i.order) }

// add keeps an item; too many become All.
func (i *items) add(item string) {
	if _, have := i.known[item]; have {
		return
	}
	if _, all := i.known[All]; all {
		return // it is part of everything
	}
	if len(i.order) >= maxItems || i.size+len(item)+1 > maxPayload-64 {
		*i = items{}
		item = All
	}
	if i.known == nil {
		i.known = map[string]struct{}{}
	}
	i.known[item] = struct{}{}
	i.order = append(i.order, item)
	i.size += len(item) + 1
}

// payload is what goes over the wire: the sender's name, then an item a line.
func payload(node string, items []string) string { return node + "\n" + strings.Join(items, "\n") }

func unpack(payload string) (node string, items []string) {
	node, rest, _ := strings.Cut(payload, "\n")
	if rest == "" {
		return node, nil
	}
	return node, strings.Split(rest, "\n")
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// pause waits; false where ctx ended the wait.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
