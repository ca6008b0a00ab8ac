package llm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/sashabaranov/go-openai"
)

// endpoint is one address with what protects both sides: retries, a breaker, places for calls at once.
type endpoint struct {
	name    string // chat, embed, rerank
	address string
	http    *http.Client
	api     *openai.Client
	breaker *breaker
	places  places
	side    places // for work that nobody waits for: a part of places
	log     *slog.Logger
	fault   atomic.Pointer[string] // the last one, in a word
}

// How an endpoint is protected.
const (
	attempts     = 3
	firstPause   = 200 * time.Millisecond
	longestPause = 2 * time.Second
	breakerOpen  = 15 * time.Second // after that an open breaker lets one call through to try
	placeWait    = 300 * time.Millisecond
	longestWait  = time.Minute // of work that nobody waits for
)

func newEndpoint(name, address, key string, concurrency int, open time.Duration, log *slog.Logger) *endpoint {
	config := openai.DefaultConfig(key)
	client := newHTTPClient(address)
	config.BaseURL, config.HTTPClient = address, client
	config.EmptyMessagesLimit = 10_000 // some providers send a comment each second while a request waits its turn
	e := &endpoint{
		name: name, address: address, http: client, api: openai.NewClientWithConfig(config), log: log,
		places: newPlaces(concurrency), side: newPlaces(max(1, concurrency/4)),
	}
	e.breaker = newBreaker(open, func(state string) {
		log.Warn("model endpoint", "endpoint", name, "breaker", state, "fault", e.lastFault())
	})
	return e
}

// close lets go of connections that wait for use.
func (e *endpoint) close() { e.http.CloseIdleConnections() }

func isAgain(err error) bool {
	var f *fault
	return errors.As(err, &f) && f.again
}

// pause is how long to wait before the next attempt: what the server says, else longer each time, with jitter.
func pause(tried int, err error) time.Duration {
	var f *fault
	if errors.As(err, &f) && f.after > 0 {
		return f.after + rand.N(firstPause)
	}
	d := min(longestPause, firstPause<<max(0, tried-1))
	return d/2 + rand.N(d)
}

// isOpen tells without delay that a call would be refused.
func (e *endpoint) isOpen() bool { return e.breaker.isOpen() }

// enter takes a place; the caller leaves it. Work that nobody waits for has a part of the places, so that it never
// holds up a turn.
func (e *endpoint) enter(ctx context.Context, background bool) (leave func(), err error) {
	if background {
		if err := e.side.take(ctx, longestWait); err != nil {
			return nil, e.waited(ctx)
		}
	}
	leaveSide := func() {
		if background {
			e.side.leave()
		}
	}
	if err := e.places.take(ctx, placeWait); err != nil {
		leaveSide()
		return nil, e.waited(ctx)
	}
	return func() { e.places.leave(); leaveSide() }, nil
}

func (e *endpoint) waited(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return &fault{kind: ErrStopped, why: "given up"}
	}
	return &fault{kind: ErrBusy, why: "no place"}
}

// call does work until it succeeds, another attempt cannot help, or ctx ends. Each attempt counts for the breaker.
// limit bounds the bytes of an answer.
func (e *endpoint) call(ctx context.Context, limit int, tried *int, work func(context.Context, *exchange) error) error {
	var last *fault
	attempt := func() error {
		if !e.breaker.try() {
			last = &fault{kind: ErrDown, why: "breaker open"}
			return last
		}
		*tried++
		inner, x := withExchange(ctx, limit)
		err := work(inner, x)
		if err == nil {
			e.breaker.success()
			last = nil
			return nil
		}
		last = fold(ctx, x, err)
		e.settle(ctx, last)
		return last
	}
	retry(ctx, attempt)
	if last == nil {
		return nil
	}
	return last
}

// settle tells the breaker of a failed attempt, and keeps a retry from waiting beyond the end of ctx.
func (e *endpoint) settle(ctx context.Context, f *fault) {
	switch {
	case f.kind == ErrStopped:
		if e.breaker.isHalfOpen() { // the trial told nothing: back to open, or its place would be lost
			e.breaker.failure()
		}
	case f.form: // it answers; the next form of the request may please it
		e.breaker.success()
	case f.counts():
		e.blame(f)
		e.breaker.failure()
	default:
		e.breaker.success()
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < f.after {
		f.again = false
	}
}

// blame keeps a fault for people who look after the program.
func (e *endpoint) blame(f *fault) { e.fault.Store(&f.why) }

func (e *endpoint) lastFault() string {
	if why := e.fault.Load(); why != nil {
		return *why
	}
	return ""
}

// State is how an endpoint is, for people who look after the program.
type State struct {
	Endpoint string // chat
	Breaker  string // closed, half-open, open
	Fault    string // the last one, in a word; empty: none so far

	Jobs   []Work // what it is asked for, in the order of Jobs
	Masked bool   // people's words are masked before they are sent
	Tokens int64  // that all have used today, as far as this node knows
	Limit  int64  // of Tokens; 0: none
}

// Work is a job and its model.
type Work struct {
	Job   Job
	Model string
}

func (e *endpoint) state() State {
	return State{Endpoint: e.name, Breaker: e.breaker.state(), Fault: e.lastFault()}
}

// String is one line.
func (s State) String() string {
	if s.Fault == "" {
		return fmt.Sprintf("%s: %s", s.Endpoint, s.Breaker)
	}
	return fmt.Sprintf("%s: %s (%s)", s.Endpoint, s.Breaker, s.Fault)
}
