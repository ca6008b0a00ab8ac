package handoff

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/database/dbtest"
	"xiaohe/knowledge"
)

const (
	xihuCode       = "330106000000" // a county of Hangzhou
	shangchengCode = "330102000000" // another
)

// ground is a schema of its own with a store that writes down what it announces.
type ground struct {
	t     *testing.T
	pool  *pgxpool.Pool
	store *Store

	mu      sync.Mutex
	changes []Change
}

func newGround(t *testing.T) *ground {
	t.Helper()
	g := &ground{t: t, pool: dbtest.New(t)}
	g.store = g.node()
	g.must(knowledge.NewStore(g.pool, time.Now).LoadRegions(t.Context()))
	return g
}

// node is another server on the same database.
func (g *ground) node() *Store {
	return New(g.pool, slog.New(slog.NewTextHandler(io.Discard, nil)), func(c Change) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.changes = append(g.changes, c)
	})
}

// alerts returns those that were announced since the last call.
func (g *ground) alerts() (all []Alert) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.changes {
		all = append(all, c.Alerts...)
	}
	g.changes = nil
	return all
}

func (g *ground) must(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

func (g *ground) exec(sql string, args ...any) {
	g.t.Helper()
	_, err := g.pool.Exec(context.Background(), sql, args...)
	g.must(err)
}

// one reads a value as text.
func (g *ground) one(sql string, args ...any) (value string) {
	g.t.Helper()
	g.must(g.pool.QueryRow(context.Background(), `SELECT coalesce((`+sql+`)::text, '')`, args...).Scan(&value))
	return value
}

func (g *ground) sweep() {
	g.t.Helper()
	g.must(g.store.Sweep(g.t.Context()))
}

// sweepAtOnce lets nodes sweep n times together, in turn.
func (g *ground) sweepAtOnce(n int, nodes ...*Store) {
	g.t.Helper()
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			if err := nodes[i%len(nodes)].Sweep(context.Background()); err != nil {
				g.t.Error(err)
			}
		})
	}
	all.Wait()
}

// until waits for what another goroutine does.
func (g *ground) until(what string, done func() bool) {
	g.t.Helper()
	for limit := time.Now().Add(time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(limit) {
			g.t.Fatalf("not within a minute: %s", what)
		}
	}
}

// untilFired waits for a rung of a ticket, named as fired does.
func (g *ground) untilFired(ticket uuid.UUID, rung string) {
	g.t.Helper()
	g.until("rung "+rung, func() bool { return strings.Contains(g.fired(ticket), rung) })
}

// person is a member of staff on duty with a live console.
type person struct {
	role     string
	scopes   []string
	skills   []string
	capacity int
	absent   bool // on duty, but without a socket
	off      bool
}

func (g *ground) staff(p person) uuid.UUID {
	g.t.Helper()
	id := uuid.Must(uuid.NewV7())
	if p.role == "" {
		p.role = "worker"
	}
	if p.capacity == 0 {
		p.capacity = 4
	}
	duty := "on"
	if p.off {
		duty = "off"
	}
	if p.skills == nil {
		p.skills = []string{}
	}
	g.exec(`INSERT INTO workers (id, login, name, role, can_reply, duty, capacity, skills) VALUES ($1::uuid, 'w' || right($1::text, 12), '王老师', $2, true, $3, $4, $5)`,
		id, p.role, duty, p.capacity, p.skills)
	for _, scope := range p.scopes {
		g.exec(`INSERT INTO worker_scopes VALUES ($1, $2)`, id, scope)
	}
	if !p.absent && !p.off {
		g.beat(id)
	}
	return id
}

// beat renews a person's socket.
func (g *ground) beat(id uuid.UUID) {
	g.t.Helper()
	g.exec(`INSERT INTO presence (worker_id, conn_id, node, status, beat_at) VALUES ($1, $1, 'n', 'online', now())
		ON CONFLICT (worker_id, conn_id) DO UPDATE SET beat_at = now()`, id)
}

// family writes a first message and gets a ticket.
func (g *ground) family(region string, priority int, skills ...string) (ticket, conv uuid.UUID) {
	g.t.Helper()
	conv, member := uuid.Must(uuid.NewV7()), uuid.New()
	g.exec(`INSERT INTO conversations (id, site_id, opener_id, region_code, channel, last_seq) VALUES ($1, 'self', $2, $3, 'widget', 1)`, conv, member, region)
	g.exec(`INSERT INTO participants (conversation_id, member_id, role, last_seen_at) VALUES ($1, $2, 'child', now())`, conv, member)
	g.exec(`INSERT INTO messages (conversation_id, seq, id, sender_kind, sender_id, client_msg_id, kind, body, ai_generated)
		VALUES ($1, 1, $2, 'user', $3, 'message-1', 'text', '救命', false)`, conv, uuid.New(), member)
	var o Opened
	g.must(pgx.BeginFunc(context.Background(), g.pool, func(tx pgx.Tx) (err error) {
		o, err = Open(context.Background(), tx, Request{Conversation: conv, UserSeq: 1, Priority: priority, Reason: "danger", Origin: "rule", Skills: skills})
		return err
	}))
	return o.ID, conv
}

// raise has triage find more danger in the same conversation.
func (g *ground) raise(conv uuid.UUID, priority int) {
	g.t.Helper()
	g.must(pgx.BeginFunc(context.Background(), g.pool, func(tx pgx.Tx) error {
		_, err := Open(context.Background(), tx, Request{Conversation: conv, UserSeq: 1, Priority: priority, Reason: "danger", Origin: "rule"})
		return err
	}))
}

// take gives a ticket to somebody, as a claim does.
func (g *ground) take(ticket, conv, worker uuid.UUID) {
	g.t.Helper()
	g.exec(`UPDATE tickets t SET state = 'claimed', owner_id = $2, offered_to = NULL, offer_until = NULL, epoch = epoch + 1, claimed_at = now(), next_rung_at = NULL,
		lease_until = now() + (SELECT p.lease FROM sla_policy p WHERE p.priority = t.priority) WHERE id = $1`, ticket, worker)
	g.exec(`UPDATE conversations SET mode = 'human', owner_id = $2, epoch = epoch + 1 WHERE id = $1`, conv, worker)
	g.exec(`INSERT INTO participants (conversation_id, member_id, role) VALUES ($1, $2, 'worker')
		ON CONFLICT (conversation_id, member_id) DO UPDATE SET left_at = NULL`, conv, worker)
}

// taken is a ticket that somebody has just claimed.
func (g *ground) taken(priority int, worker uuid.UUID) (ticket, conv uuid.UUID) {
	g.t.Helper()
	ticket, conv = g.family(xihuCode, priority)
	g.take(ticket, conv, worker)
	return ticket, conv
}

// talk is a ticket that somebody has, and has answered.
func (g *ground) talk(priority int, worker uuid.UUID) (ticket, conv uuid.UUID) {
	g.t.Helper()
	ticket, conv = g.taken(priority, worker)
	g.says(conv, worker)
	g.exec(`UPDATE tickets SET lease_until = NULL WHERE id = $1`, ticket)
	return ticket, conv
}

// later lets time pass for everything there is, except for live sockets and the users who are there.
func (g *ground) later(d time.Duration) {
	g.t.Helper()
	for _, sql := range []string{
		`UPDATE tickets SET enqueued_at = enqueued_at - $1::interval, due_at = due_at - $1::interval, claimed_at = claimed_at - $1::interval,
			lease_until = lease_until - $1::interval, offer_until = offer_until - $1::interval, transfer_until = transfer_until - $1::interval,
			callback_at = callback_at - $1::interval, next_rung_at = next_rung_at - $1::interval, ladder_at = ladder_at - $1::interval,
			away_since = away_since - $1::interval, first_reply_at = first_reply_at - $1::interval`,
		`UPDATE messages SET created_at = created_at - $1::interval`,
		`UPDATE ticket_events SET at = at - $1::interval`,
		`UPDATE offer_skips SET until = until - $1::interval`,
		`UPDATE workers SET last_offer_at = last_offer_at - $1::interval`,
		`UPDATE river_job SET scheduled_at = scheduled_at - $1::interval WHERE state = 'scheduled'`,
	} {
		g.exec(sql, d)
	}
}

// fired lists the rungs of a ticket as times:rung audience@prefix.
func (g *ground) fired(ticket uuid.UUID) string {
	g.t.Helper()
	return g.one(`SELECT string_agg(concat(data ->> 'times', ':', data ->> 'rung', ' ', data ->> 'audience', '@', data ->> 'prefix'), ', ' ORDER BY id)
		FROM ticket_events WHERE ticket_id = $1 AND event = 'rung.fired'`, ticket)
}
