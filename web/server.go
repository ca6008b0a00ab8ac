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
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"xiaohe/assistant"
	"xiaohe/assistant/account"
	"xiaohe/assistant/apikey"
	"xiaohe/assistant/audit"
	"xiaohe/assistant/conversation"
	"xiaohe/assistant/handoff"
	"xiaohe/assistant/llm"
	"xiaohe/database/bus"
	"xiaohe/knowledge"
)

// Options are what a server needs. Assistant, Knowledge and Conversations are required; Accounts need Handoff and Audit.
type Options struct {
	Assistant     *assistant.Assistant
	Knowledge     *knowledge.Store
	Conversations *conversation.Store
	Handoff       *handoff.Store // the queue; New has it tell this server of every change
	Accounts      *account.Store
	Audit         *audit.Log
	Keys          *apikey.Store // of other programs; nil: none may use 小禾
	Bus           *bus.Bus      // to the other nodes; nil means that there is one node
	Alerted       func()        // called when a ticket calls for somebody; it must not wait; nil calls nobody

	Differs      func(rules, model int) // hears of second opinions that differ much from what the rules said of a message; must not wait; nil: nobody
	Models       func() []llm.State     // the endpoints of language models, for /readyz; nil: none
	Metrics      http.Handler           // of /metrics; nil: there is none
	MetricsToken string                 // who sees /metrics; empty: programs on this machine

	Region     string   // where a visitor is who has not said so: code or name; empty means the whole country
	Origins    []string // further origins of our own pages, such as https://xiaohe.example.cn behind a proxy
	Sites      []string // origins of the sites that may show the widget; none by default
	TrustProxy bool     // X-Forwarded-For and X-Forwarded-Proto come from our own proxy
	Limits     Limits
	Now        func() time.Time // default time.Now
	Logger     *slog.Logger     // default slog.Default()
}

// maxText is the most characters of one message.
const maxText = assistant.MaxText

// Server is one node.
type Server struct {
	assistant     turner
	drafts        drafter
	knowledge     *knowledge.Store
	conversations *conversation.Store
	handoff       *handoff.Store
	accounts      *account.Store
	audit         *audit.Log
	bus           *bus.Bus
	alerted       func()
	differing     func(rules, model int)
	models        func() []llm.State
	figures       http.Handler
	metricsToken  string
	region        string
	home          string // name of region
	origins       map[string]bool
	sites         []string
	trustProxy    bool
	limits        Limits
	now           func() time.Time
	log           *slog.Logger

	handler   http.Handler
	upgrader  websocket.Upgrader
	pages     *pages
	proposals *proposals
	programs  *programs // nil: no other program may use 小禾
	meter     *meter
	hub       *hub
	jobs      *singly
	turns     *turns
	node      string // in the tables

	queueBell queueBell
	numbers   atomic.Int64 // of sockets
	pulse     atomic.Int64 // of the queue, when this node last looked

	cancel context.CancelFunc // ends background work
	quit   chan struct{}      // closed when the server drains
	group  sync.WaitGroup     // everything that must end before the database closes

	mu       sync.Mutex
	draining bool
	clients  map[*client]struct{}
	streams  map[*stream]struct{}
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
		assistant: o.Assistant, drafts: o.Assistant, knowledge: o.Knowledge, conversations: o.Conversations,
		handoff: o.Handoff, accounts: o.Accounts, audit: o.Audit, bus: o.Bus, alerted: o.Alerted,
		differing: o.Differs, models: o.Models, figures: o.Metrics, metricsToken: o.MetricsToken, region: o.Region, origins: map[string]bool{},
		sites: o.Sites, trustProxy: o.TrustProxy, limits: o.Limits.withDefaults(), now: o.Now, log: o.Logger,
		cancel: cancel, quit: make(chan struct{}), clients: map[*client]struct{}{}, streams: map[*stream]struct{}{}, pages: loadPages(),
		upgrader: websocket.Upgrader{
			ReadBufferSize: 512, WriteBufferSize: 1024, WriteBufferPool: &sync.Pool{}, Subprotocols: []string{subprotocol},
			CheckOrigin: func(*http.Request) bool { return true }, // openSocket has checked
		},
	}
	for _, origin := range o.Origins {
		s.origins[origin] = true
	}
	s.proposals = newProposals(s.now)
	s.meter = newMeter(s.limits, s.now)
	s.hub = newHub(s.conversations, s.log, s.run)
	s.jobs = newSingly(s.run)
	workers := s.limits.Workers
	if o.Limits.Workers == 0 && o.Assistant.HasModel() {
		workers *= modelWorkers
	}
	s.turns = newTurns(s, ctx, workers)
	s.programs = newPrograms(s, o, workers)
	s.connect()
	s.home = s.homeName(ctx)
	s.handler = s.routes()
	s.tend(ctx)
	return s
}

// connect has the stores tell this server of changes, and joins the other nodes.
func (s *Server) connect() {
	s.hub.published = func(conv uuid.UUID) { s.bus.Publish(itemMessage + shortID(conv)) }
	s.hub.steered = s.steered
	s.conversations.OnChange(s.Changed)
	if s.handoff != nil {
		s.handoff.OnChange(s.Changed)
	}
	if s.accounts != nil {
		s.accounts.Changed = func(member uuid.UUID) { s.Changed(handoff.Change{Members: []uuid.UUID{member}, Queue: true}) }
	}
	s.node = uuid.NewString()
	if s.bus != nil {
		s.node = s.bus.Node()
		s.bus.Subscribe(s.receive, s.resync)
	}
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

// How a drain spreads the clients' return over time.
const (
	drainPerClient = 10 * time.Millisecond
	drainSpread    = 15 * time.Second
	drainWait      = 20 * time.Second
)

// Shutdown tells every socket to come back later, closes them one after the other, lets running answers end and
// stops the background work. Call it before http.Server.Shutdown, which does not know of sockets. What is
// unanswered by then another node answers, or the next start.
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
	for _, turn := range s.turns.left() {
		s.bus.Publish(turnItem(turn))
	}
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

// secureAt tells whether the browser speaks HTTPS: to us, to our proxy, or at an address that is known to be ours.
func (s *Server) secureAt(r *http.Request) bool {
	return s.scheme(r) == "https" || s.origins["https://"+r.Host]
}

// address is where a request comes from, for the limits only; it is never stored or logged.
func (s *Server) address(r *http.Request) string {
	if lines := r.Header.Values("X-Forwarded-For"); s.trustProxy && len(lines) > 0 {
		hops := strings.Split(lines[len(lines)-1], ",")
		return strings.TrimSpace(hops[len(hops)-1]) // the hop that our own proxy saw
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
