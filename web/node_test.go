package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/assistant"
	"xiaohe/assistant/account"
	"xiaohe/assistant/audit"
	"xiaohe/assistant/conversation"
	"xiaohe/assistant/handoff"
	"xiaohe/database/bus"
)

// node starts one more server over the site's schema, with connections and stores of its own, that knows the others.
func (s *site) node(options ...func(*Options)) *site {
	s.t.Helper()
	ctx := context.Background()
	config := s.pool.Config()
	config.ConnConfig.RuntimeParams["application_name"] = "node " + uuid.NewString()
	pool, err := pgxpool.NewWithConfig(ctx, config)
	must(s.t, err)
	s.t.Cleanup(pool.Close)
	n := &site{t: s.t, pool: pool, document: s.document, now: s.now, logs: &lockedBuffer{}}
	log := slog.New(slog.NewTextHandler(n.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	n.store, err = conversation.New(ctx, pool, s.now.Now)
	must(s.t, err)
	accounts, err := account.New(ctx, pool, s.now.Now)
	must(s.t, err)
	wire := bus.New(config.ConnConfig, log)
	o := Options{
		Assistant: s.web.assistant.(*assistant.Assistant), Knowledge: s.web.knowledge, Conversations: n.store, Now: s.now.Now, Logger: log,
		Handoff: handoff.New(pool, log, nil), Accounts: accounts, Audit: audit.NewLog(pool, log), Bus: wire,
	}
	for _, option := range options {
		option(&o)
	}
	n.web = New(o)
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- wire.Run(running) }()
	select {
	case <-wire.Ready():
	case <-time.After(hangs):
		s.t.Fatal("the node does not hear the others")
	}
	n.Server = httptest.NewServer(n.web.Handler())
	s.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		if err := n.web.Shutdown(ctx); err != nil {
			s.t.Errorf("shutdown: %v", err)
		}
		n.Close()
		stop()
		if err := <-ended; err != nil {
			s.t.Error(err)
		}
	})
	return n
}

// colleague is one of the staff, with a session.
type colleague struct {
	*site
	id      uuid.UUID
	name    string
	session account.Session
}

// hire adds somebody who is on duty in a region.
func (s *site) hire(role, name, prefix string) *colleague {
	s.t.Helper()
	c := &colleague{site: s, id: uuid.New(), name: name}
	replies := role == "worker" || role == "supervisor"
	c.exec(`INSERT INTO workers (id, login, name, role, can_reply, duty, capacity) VALUES ($1, $2, $3, $4, $5, 'on', 20)`,
		c.id, "u"+c.id.String()[:8], name, role, replies)
	c.exec(`INSERT INTO worker_scopes VALUES ($1, $2)`, c.id, prefix)
	_, c.session = s.staffSession(c.id)
	return c
}

func (s *site) exec(sql string, args ...any) {
	s.t.Helper()
	_, err := s.pool.Exec(context.Background(), sql, args...)
	must(s.t, err)
}

// staffSession begins a session of one of the staff, as the login would.
func (s *site) staffSession(worker uuid.UUID) (token string, session account.Session) {
	s.t.Helper()
	token = rand.Text()
	hash := sha256.Sum256([]byte(token))
	now := s.now.Now()
	s.exec(`INSERT INTO staff_sessions (token_hash, worker_id, created_at, expires_at, idle_until) VALUES ($1, $2, $3, $4, $5)`,
		hash[:], worker, now, now.Add(12*time.Hour), now.Add(time.Hour))
	session, err := s.web.accounts.Session(context.Background(), token)
	must(s.t, err)
	return token, session
}

// at is the same person before another node.
func (c *colleague) at(s *site) *colleague {
	there := *c
	there.site = s
	return &there
}

func (c *colleague) actor() audit.Actor { return audit.Actor{ID: c.id, Role: c.session.Role} }

func (c *colleague) wsTicket() string {
	c.t.Helper()
	ticket, _, err := c.web.accounts.OpenTicket(context.Background(), c.session)
	must(c.t, err)
	return ticket
}

// connect opens a console's socket that listens to some conversations.
func (c *colleague) connect(convs ...string) *peer {
	c.t.Helper()
	p := c.raw()
	d := helloData{Ticket: c.wsTicket(), V: []int{1}}
	for _, conv := range convs {
		p.conv = conv
		d.Resume = append(d.Resume, resumeData{Conv: conv})
	}
	p.say("hello", "", d)
	p.until("welcome")
	for range convs {
		p.until("caught_up")
	}
	return p
}

// watch has a console hear of the queue.
func (p *peer) watch() *peer {
	p.t.Helper()
	p.say("sub", "", subData{Topic: topicQueue})
	p.until("queue")
	return p
}

// call asks for a person by the button for help.
func (v *visitor) call(priority int) uuid.UUID {
	v.t.Helper()
	return v.open(handoff.Request{Priority: priority, Reason: "help_button", Origin: "user", Version: "test"})
}

// open opens a ticket for a visitor's conversation, as a turn would.
func (v *visitor) open(r handoff.Request) uuid.UUID {
	v.t.Helper()
	r.Conversation = v.id()
	var opened handoff.Opened
	must(v.t, pgx.BeginFunc(context.Background(), v.pool, func(tx pgx.Tx) (err error) {
		opened, err = handoff.Open(context.Background(), tx, r)
		return err
	}))
	v.web.Changed(opened.Change)
	return opened.ID
}

// claim takes a ticket.
func (c *colleague) claim(ticket uuid.UUID) {
	c.t.Helper()
	var epoch int64
	must(c.t, c.pool.QueryRow(context.Background(), `SELECT epoch FROM tickets WHERE id = $1`, ticket).Scan(&epoch))
	_, err := c.web.handoff.Claim(context.Background(), c.actor(), ticket, epoch)
	must(c.t, err)
}

// keepOut has a visitor, who may be the one who does harm, see no more of the ticket that the colleague has.
func (c *colleague) keepOut(v *visitor) {
	c.t.Helper()
	must(c.t, c.web.handoff.Block(c.t.Context(), c.actor(), c.onlyTicket().ID, "guardian_conflict", uuid.Nil, "监护人有嫌疑"))
	c.web.jobs.wait(job{"recheck", memberOf(v)})
}

// visitIn is a visitor whose conversation belongs to a region.
func (s *site) visitIn(region string) *visitor {
	s.t.Helper()
	v := s.visit()
	if r := v.do("PUT", "/api/v1/conversations/"+v.conv+"/region", v.token, conversationRequest{Region: region}); r.Status != 200 {
		s.t.Fatalf("set region: %d %s", r.Status, r.Body)
	}
	return v
}

// at is the same visitor before another node.
func (v *visitor) at(s *site) *visitor { return &visitor{site: s, token: v.token, conv: v.conv} }

// held is a conversation in a worker's hands, with both sockets listening.
func (s *site) held(worker *colleague, family, console *site) (v *visitor, user, staff *peer) {
	s.t.Helper()
	v = family.visitIn(xihuPrefix)
	user = v.connect(0)
	user.until("caught_up")
	worker.at(family).claim(v.call(1))
	where(user, "ticket", func(c handoff.Control) bool { return c.Mode == "human" })
	staff = worker.at(console).connect(v.conv)
	staff.until("ticket")
	return v, user, staff
}

const gongshu = "330105" // a district of 杭州, as xihuPrefix is

func data[T any](t testing.TB, f frame) (d T) {
	t.Helper()
	must(t, json.Unmarshal(f.D, &d))
	return d
}

// where reads up to a frame of a kind that is as wanted.
func where[T any](p *peer, kind string, ok func(T) bool) T {
	p.t.Helper()
	for {
		if d := data[T](p.t, p.until(kind)); ok(d) {
			return d
		}
	}
}

// silent tells that no frame of a kind comes before the answer to a ping.
func (p *peer) silent(kind string) {
	p.t.Helper()
	for _, f := range p.settle() {
		if f.T == kind {
			p.t.Errorf("a %s frame came: %s", kind, f.D)
		}
	}
}

// settle reads what has come until the server answers a ping.
func (p *peer) settle() (frames []frame) {
	p.t.Helper()
	p.say("ping", "", pingData{N: 77})
	for {
		f := p.next()
		if f.T == "pong" && data[pongData](p.t, f).N == 77 {
			return frames
		}
		frames = append(frames, f)
	}
}

// wait returns when nothing of a job is under way.
func (s *singly) wait(j job) {
	for {
		s.mu.Lock()
		_, busy := s.busy[j]
		s.mu.Unlock()
		if !busy {
			return
		}
		time.Sleep(time.Millisecond)
	}
}
