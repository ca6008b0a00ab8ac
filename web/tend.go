package web

import (
	"context"
	"runtime/debug"
	"time"
)

// run starts work in the background that Shutdown waits for; a draining server starts none.
func (s *Server) run(work func()) {
	if s.track() {
		go func() {
			defer s.group.Done()
			s.protect(work)
		}()
	}
}

// How often the background work runs.
const (
	sweepEvery = 5 * time.Second
	purgeEvery = time.Hour
)

// tend answers what was left open, gives overdue turns up, finds lost hand-overs, deletes what is too old, keeps
// consoles ringing, and says which sockets live.
func (s *Server) tend(ctx context.Context) {
	s.group.Go(func() {
		s.protect(func() { s.recover(ctx) })
		s.every(ctx, sweepEvery, s.sweep)
	})
	s.group.Go(func() { s.every(ctx, purgeEvery, s.purge) })
	s.group.Go(func() { s.every(ctx, ringEvery, bounded(s.ringAll)) })
	s.group.Go(func() { s.every(ctx, beatEvery, bounded(s.beat)) })
	s.group.Go(func() { s.every(ctx, beatEvery, func(context.Context) { s.recheckStaff() }) })
	s.group.Go(func() { s.every(ctx, time.Second, s.pings()) })
}

// every runs work again and again until ctx ends.
func (s *Server) every(ctx context.Context, pause time.Duration, work func(context.Context)) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.protect(func() { work(ctx) })
		}
	}
}

// bounded is work that a database which does not answer holds up no longer than a request.
func bounded(work func(context.Context)) func(context.Context) {
	return func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, requestTime)
		defer cancel()
		work(ctx)
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
	if s.accounts == nil {
		return
	}
	if err := s.accounts.Purge(ctx); err != nil {
		s.log.Error("purge logins", "error", err)
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
		s.turns.add(turn, false)
	}
}

// sweepAtOnce is how many overdue turns one pass gives up.
const sweepAtOnce = 100

func (s *Server) sweep(ctx context.Context) {
	s.meter.forget()
	if err := s.hub.reconcile(ctx); err != nil {
		s.log.Error("reconcile rooms", "error", err)
	}
	s.feelPulse(ctx)
	overdue, err := s.conversations.Overdue(ctx, sweepAtOnce)
	if err != nil {
		s.log.Error("find overdue turns", "error", err)
	}
	for _, turn := range overdue {
		s.giveUp(turn)
	}
}

// feelPulse notices changes of the queue of which nobody told this node.
func (s *Server) feelPulse(ctx context.Context) {
	if len(s.queueClients()) == 0 {
		return
	}
	pulse, err := s.handoff.Pulse(ctx)
	if err != nil {
		s.log.Error("watch the queue", "error", err)
		return
	}
	if s.pulse.Swap(pulse) != pulse {
		s.queueChanged()
	}
}
