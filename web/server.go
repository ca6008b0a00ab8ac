// Package web is 小禾's HTTP and WebSocket side: the guardian page, the widget for other sites, the document viewer
// and the chat protocol (xiaohe.v1). It holds no SQL. Neither message text nor personal data reach a log, an
// address or an error text.
package web

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"xiaohe/assistant"
	"xiaohe/assistant/conversation"
	"xiaohe/knowledge"
)

// Options are what a server needs. Assistant, Knowledge and Conversations are required.
type Options struct {
	Assistant     *assistant.Assistant
	Knowledge     *knowledge.Store
	Conversations *conversation.Store

	Origins    []string // further origins of our own pages, such as https://xiaohe.example.cn behind a proxy
	Sites      []string // origins of the sites that may show the widget; none by default
	TrustProxy bool     // X-Forwarded-For and X-Forwarded-Proto come from our own proxy
	Password   string   // opens /admin; without one there are no such pages
	Limits     Limits
	Now        func() time.Time // default time.Now
	Logger     *slog.Logger     // default slog.Default()
}

// maxText is the most characters of one message.
const maxText = assistant.MaxText

// Server is one node.
type Server struct {
	assistant     turner
	knowledge     *knowledge.Store
	conversations *conversation.Store
	origins       map[string]bool
	sites         []string
	trustProxy    bool
	limits        Limits
	now           func() time.Time
	log           *slog.Logger

	handler  http.Handler
	upgrader websocket.Upgrader
	pages    *pages
	admin    *admin // nil without a password
	meter    *meter
	hub      *hub
	turns    *turns

	cancel context.CancelFunc // ends background work
	quit   chan struct{}      // closed when the server drains
	group  sync.WaitGroup     // everything that must end before the database closes

	mu       sync.Mutex
	draining bool
	clients  map[*client]struct{}
}

// New returns a server that already answers what an earlier program left unanswered. Shutdown ends it.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		assistant: o.Assistant, knowledge: o.Knowledge, conversations: o.Conversations, origins: map[string]bool{},
		sites: o.Sites, trustProxy: o.TrustProxy, limits: o.Limits.withDefaults(), now: o.Now, log: o.Logger,
		cancel: cancel, quit: make(chan struct{}), clients: map[*client]struct{}{}, pages: loadPages(),
		upgrader: websocket.Upgrader{
			ReadBufferSize: 1024, WriteBufferSize: 1024, WriteBufferPool: &sync.Pool{}, Subprotocols: []string{subprotocol},
			CheckOrigin: func(*http.Request) bool { return true }, // openSocket has checked
		},
	}
	for _, origin := range o.Origins {
		s.origins[origin] = true
	}
	if o.Password != "" {
		s.admin = newAdmin(o.Password, s.now)
	}
	s.meter = newMeter(s.limits, s.now)
	s.hub = newHub(s.conversations, s.log, func(work func()) {
		if s.track() {
			go func() {
				defer s.group.Done()
				s.protect(work)
			}()
		}
	})
	s.turns = newTurns(s, ctx, s.limits.Workers)
	s.handler = s.routes()
	s.group.Go(func() { s.tend(ctx) })
	return s
}

// Handler serves everything.
func (s *Server) Handler() http.Handler { return s.handler }

// track counts a goroutine that Shutdown waits for; false once the server drains. The goroutine calls group.Done.
func (s *Server) track() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return false
	}
	s.group.Add(1)
	return true
}

func (s *Server) addClient(c *client) {
	s.mu.Lock()
	s.clients[c] = struct{}{}
	draining := s.draining
	s.mu.Unlock()
	if draining {
		c.close(websocket.CloseGoingAway, "drain")
	}
}

func (s *Server) removeClient(c *client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clients, c)
}

// kick closes the sockets of a session that has ended.
func (s *Server) kick(session conversation.Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.clients {
		if c.session.Member == session.Member {
			c.close(closeAuth, "session ended")
		}
	}
}

// How often the background work runs.
const (
	sweepEvery = 5 * time.Second
	purgeEvery = time.Hour
)

// tend answers what was left open, gives overdue turns up, finds lost hand-overs and deletes what is too old.
func (s *Server) tend(ctx context.Context) {
	s.protect(func() { s.recover(ctx) })
	sweep, purge := time.NewTicker(sweepEvery), time.NewTicker(purgeEvery)
	defer sweep.Stop()
	defer purge.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sweep.C:
			s.protect(func() { s.sweep(ctx) })
		case <-purge.C:
			s.protect(func() { s.purge(ctx) })
		}
	}
}

// protect keeps a panic in background work from ending the program.
func (s *Server) protect(work func()) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("background work failed", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	work()
}

func (s *Server) purge(ctx context.Context) {
	if err := s.conversations.Purge(ctx); err != nil {
		s.log.Error("purge", "error", err)
	}
}

func (s *Server) recover(ctx context.Context) {
	left, err := s.conversations.Recover(ctx)
	if err != nil {
		s.log.Error("recover turns", "error", err)
		return
	}
	if len(left) > 0 {
		s.log.Info("answering what an earlier run left open", "turns", len(left))
	}
	for _, turn := range left {
		s.turns.add(turn)
	}
}

// sweepAtOnce is how many overdue turns one pass gives up.
const sweepAtOnce = 100

func (s *Server) sweep(ctx context.Context) {
	s.meter.forget()
	overdue, err := s.conversations.Overdue(ctx, sweepAtOnce)
	if err != nil {
		s.log.Error("find overdue turns", "error", err)
	}
	for _, turn := range overdue {
		s.giveUp(turn)
	}
	if err := s.hub.reconcile(ctx); err != nil {
		s.log.Error("reconcile rooms", "error", err)
	}
}

// How a drain spreads the clients' return over time.
const (
	drainPerClient = 10 * time.Millisecond
	drainSpread    = 15 * time.Second
	drainWait      = 20 * time.Second
)

// Shutdown tells every socket to come back later, closes them one after the other, lets running answers end and
// stops the background work. Call it before http.Server.Shutdown, which does not know of sockets. What is
// unanswered by then is answered at the next start.
func (s *Server) Shutdown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, drainWait)
	defer cancel()
	s.mu.Lock()
	if !s.draining {
		close(s.quit)
	}
	s.draining = true
	clients := make([]*client, 0, len(s.clients))
	for c := range s.clients {
		clients = append(clients, c)
	}
	s.mu.Unlock()
	s.turns.stop()
	spread := min(time.Duration(len(clients))*drainPerClient, drainSpread)
	for _, c := range clients {
		c.send(outbound{T: "drain", D: drainData{RetryAfterMS: rand.Int64N(spread.Milliseconds() + 500)}})
	}
	for _, c := range clients {
		c.close(websocket.CloseGoingAway, "drain")
		select {
		case <-ctx.Done():
		case <-time.After(spread / time.Duration(len(clients))): // all at once would come back all at once
		}
	}
	await(ctx, &s.turns.group)
	s.cancel() // cuts off what has not ended by itself
	await(ctx, &s.group)
	return ctx.Err()
}

// await waits for a group, at most until ctx ends.
func await(ctx context.Context, group *sync.WaitGroup) {
	ended := make(chan struct{})
	go func() { group.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-ctx.Done():
	}
}

// originAllowed tells whether a page of that origin may open a socket: one of ours. No origin at all is refused.
func (s *Server) originAllowed(origin string, r *http.Request) bool {
	if origin == "" || origin == "null" {
		return false
	}
	return s.origins[origin] || origin == s.scheme(r)+"://"+r.Host
}

func (s *Server) scheme(r *http.Request) string {
	switch {
	case s.trustProxy && r.Header.Get("X-Forwarded-Proto") != "":
		return r.Header.Get("X-Forwarded-Proto")
	case r.TLS != nil:
		return "https"
	}
	return "http"
}

// address is where a request comes from, for the limits only; it is never stored or logged.
func (s *Server) address(r *http.Request) string {
	if forwarded := r.Header.Get("X-Forwarded-For"); s.trustProxy && forwarded != "" {
		hops := strings.Split(forwarded, ",")
		return strings.TrimSpace(hops[len(hops)-1]) // the hop that our own proxy saw
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
