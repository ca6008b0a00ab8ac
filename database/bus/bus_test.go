package bus_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/database/bus"
	"xiaohe/database/dbtest"
)

// node is one end of the bus with what it has heard.
type node struct {
	*bus.Bus
	t    *testing.T
	stop func()

	mu      sync.Mutex
	heard   []string
	resyncs int
	news    chan struct{}
}

// join starts a node that hears the others and is known to them.
func join(t *testing.T, pool *pgxpool.Pool) *node {
	t.Helper()
	n := &node{Bus: bus.New(pool.Config().ConnConfig, slog.New(slog.DiscardHandler)), t: t, news: make(chan struct{}, 1)}
	n.Subscribe(func(items []string) {
		n.mu.Lock()
		n.heard = append(n.heard, items...)
		n.mu.Unlock()
		n.ring()
	}, func() {
		n.mu.Lock()
		n.resyncs++
		n.mu.Unlock()
		n.ring()
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	n.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(n.stop)
	select {
	case <-n.Ready():
	case <-time.After(hangs):
		t.Fatal("the node does not get ready")
	}
	return n
}

// hangs ends a wait that will never end.
const hangs = 30 * time.Second

func (n *node) ring() {
	select {
	case n.news <- struct{}{}:
	default:
	}
}

// until waits for something to be true of what the node has heard.
func (n *node) until(what string, ok func(heard []string, resyncs int) bool) {
	n.t.Helper()
	late := time.After(hangs)
	for {
		n.mu.Lock()
		is := ok(n.heard, n.resyncs)
		n.mu.Unlock()
		if is {
			return
		}
		select {
		case <-n.news:
		case <-late:
			n.t.Fatalf("waited for %s in vain", what)
		}
	}
}

func (n *node) hears(item string) {
	n.t.Helper()
	n.until(item, func(heard []string, _ int) bool { return slices.Contains(heard, item) })
}

func (n *node) resynced() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.resyncs
}

// twoNodes know each other, and have read everything.
func twoNodes(t *testing.T) (a, b *node, pool *pgxpool.Pool) {
	t.Helper()
	pool = dbtest.New(t)
	a, b = join(t, pool), join(t, pool)
	b.until("what the other held back", func(_ []string, resyncs int) bool { return resyncs >= 2 }) // its own, and for the other's hello
	return a, b, pool
}

func TestNodesHearEachOtherAndNotThemselves(t *testing.T) {
	t.Parallel()
	a, b, _ := twoNodes(t)
	a.Publish("x1", "x2", "x1")
	b.Publish("y1")
	b.hears("x2")
	a.hears("y1")
	a.mu.Lock()
	defer a.mu.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Equal(a.heard, []string{"y1"}) || !slices.Equal(b.heard, []string{"x1", "x2"}) {
		t.Errorf("heard %q and %q", a.heard, b.heard)
	}
}

func TestSchemasAreWorldsOfTheirOwn(t *testing.T) {
	t.Parallel()
	a, b, _ := twoNodes(t)
	stranger, other, _ := twoNodes(t)
	stranger.Publish("secret")
	other.hears("secret")
	a.Publish("end")
	b.hears("end")
	b.mu.Lock()
	defer b.mu.Unlock()
	if slices.Contains(b.heard, "secret") {
		t.Error("another schema's item was heard")
	}
}

func TestALoneNodeSendsNothing(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	a := join(t, pool)
	conn, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if _, err := conn.Exec(t.Context(), `LISTEN xh_`+dbtest.Schema(t, pool)); err != nil {
		t.Fatal(err)
	}
	a.Publish("nobody hears this")
	b := join(t, pool)
	for { // the new node's hello comes, and after it the other's answer
		n, err := conn.Conn().WaitForNotification(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(n.Payload, "nobody") {
			t.Fatal("a lone node notifies")
		}
		if strings.HasPrefix(n.Payload, a.Node()) && strings.HasSuffix(n.Payload, bus.All) {
			break
		}
	}
	a.Publish("now somebody does")
	b.hears("now somebody does")
}

func TestTooMuchBecomesEverything(t *testing.T) {
	t.Parallel()
	for name, item := range map[string]string{"many": "%022d", "large": strings.Repeat("x", 200) + "%d"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b, _ := twoNodes(t)
			before := b.resynced()
			items := make([]string, 400)
			for i := range items {
				items[i] = fmt.Sprintf(item, i)
			}
			a.Publish(items...)
			b.until("all", func(_ []string, resyncs int) bool { return resyncs > before })
			a.Publish("after")
			b.hears("after")
		})
	}
}

// cut kills a node's connection of a purpose.
func (n *node) cut(pool *pgxpool.Pool, purpose string) {
	n.t.Helper()
	var cut int
	err := pool.QueryRow(n.t.Context(), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1`,
		"xiaohe "+purpose+" "+n.Node()).Scan(&cut)
	if err != nil || cut != 1 {
		n.t.Fatalf("cut %d connections: %v", cut, err)
	}
}

// Notifications that come while a node does not listen are gone: it reads everything anew.
func TestANodeThatCouldNotListenReadsEverythingAnew(t *testing.T) {
	t.Parallel()
	a, b, pool := twoNodes(t)
	before := b.resynced()
	b.cut(pool, "listens")
	b.until("resync", func(_ []string, resyncs int) bool { return resyncs >= before+2 }) // its own, and for its hello
	a.Publish("after")
	b.hears("after")
}

// What was under way when a node could not send, the others read themselves.
func TestANodeThatCouldNotSendHasTheOthersReadEverything(t *testing.T) {
	t.Parallel()
	a, b, pool := twoNodes(t)
	before := b.resynced()
	a.cut(pool, "notifies")
	a.Publish("lost or not")
	b.until("resync", func(_ []string, resyncs int) bool { return resyncs > before })
	a.Publish("after")
	b.hears("after")
}

func TestANodeThatEndsSendsItsLastAndLeavesTheRegister(t *testing.T) {
	t.Parallel()
	a, b, pool := twoNodes(t)
	a.Publish("last words")
	a.stop()
	b.hears("last words")
	var nodes []string
	if err := pool.QueryRow(t.Context(), `SELECT array_agg(id) FROM nodes`).Scan(&nodes); err != nil || !slices.Equal(nodes, []string{b.Node()}) {
		t.Errorf("registered are %q, %v", nodes, err)
	}
}

// The register is not kept through a crash of the database.
func TestANodeRegistersAnew(t *testing.T) {
	t.Parallel()
	a, b, pool := twoNodes(t)
	if _, err := pool.Exec(t.Context(), `TRUNCATE nodes`); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < 2; {
		if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM nodes`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	a.Publish("x")
	b.hears("x")
}

func TestEverythingArrivesInItsOrder(t *testing.T) {
	t.Parallel()
	a, b, _ := twoNodes(t)
	var want []string
	for i := range 1000 {
		want = append(want, fmt.Sprint("n", i))
		a.Publish(want[i])
		if i%100 == 0 {
			b.hears(want[i])
		}
	}
	b.hears(want[999])
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.Equal(b.heard, want) {
		t.Errorf("heard %d of %d", len(b.heard), len(want))
	}
}

func TestANilBusIsOneNode(t *testing.T) {
	t.Parallel()
	var none *bus.Bus
	none.Publish("x")
}
