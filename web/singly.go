package web

import (
	"sync"

	"github.com/google/uuid"
)

// job names work on one conversation, ticket or member, or on none.
type job struct {
	kind  string
	about uuid.UUID
}

// singly runs work in the background, that of one job never twice at the same time. What is asked for while it runs is
// done once more afterwards: whoever asks can rely on work that begins later.
type singly struct {
	run func(func()) // starts a goroutine

	mu   sync.Mutex
	busy map[job]bool // whether it was asked for again
}

func newSingly(run func(func())) *singly { return &singly{run: run, busy: map[job]bool{}} }

func (s *singly) do(j job, work func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, running := s.busy[j]; running {
		s.busy[j] = true
		return
	}
	s.busy[j] = false
	s.run(func() { s.loop(j, work) })
}

func (s *singly) loop(j job, work func()) {
	ended := false
	defer func() {
		if !ended { // work panicked: it is not to block those who come later
			s.mu.Lock()
			delete(s.busy, j)
			s.mu.Unlock()
		}
	}()
	for {
		work()
		s.mu.Lock()
		again := s.busy[j]
		if ended = !again; ended {
			delete(s.busy, j)
		} else {
			s.busy[j] = false
		}
		s.mu.Unlock()
		if ended {
			return
		}
	}
}
