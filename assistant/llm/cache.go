package llm

import (
	"context"
	"crypto/sha256"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"
)

// cacheSize is in answers.
const cacheSize = 1000

type key = [sha256.Size]byte

// cache keeps answers by the hash of what was asked, as they came: with placeholders. Calls for the same at the same
// time are one.
type cache struct {
	answers *lru.Cache[key, []byte]

	mu      sync.Mutex
	flights map[key]*flight
}

// flight is a call under way. It ends when nobody waits for it any more.
type flight struct {
	waiting int
	cancel  context.CancelFunc
	landed  chan struct{}
	answer  []byte
	err     error
}

func newCache() *cache {
	answers, err := lru.New[key, []byte](cacheSize)
	if err != nil {
		panic(err) // the size is wrong
	}
	return &cache{answers: answers, flights: map[key]*flight{}}
}

// get returns a kept answer, or has it asked for; fresh tells that this very call began the asking. It returns when ctx
// ends, whoever else waits. Failures are not kept.
func (c *cache) get(ctx context.Context, k key, ask func(context.Context) ([]byte, error)) (answer []byte, fresh bool, err error) {
	c.mu.Lock()
	if answer, ok := c.answers.Get(k); ok {
		c.mu.Unlock()
		return answer, false, nil
	}
	f, joined := c.flights[k]
	if !joined {
		inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
		f = &flight{cancel: cancel, landed: make(chan struct{})}
		c.flights[k] = f
		go c.fly(inner, k, f, ask)
	}
	f.waiting++
	c.mu.Unlock()
	select {
	case <-f.landed:
		return f.answer, !joined, f.err
	case <-ctx.Done():
		c.leave(k, f)
		return nil, !joined, fold(ctx, &exchange{}, ctx.Err())
	}
}

func (c *cache) fly(ctx context.Context, k key, f *flight, ask func(context.Context) ([]byte, error)) {
	defer f.cancel()
	f.answer, f.err = ask(ctx)
	c.mu.Lock()
	if c.flights[k] == f {
		delete(c.flights, k)
	}
	if f.err == nil {
		c.answers.Add(k, f.answer)
	}
	c.mu.Unlock()
	close(f.landed)
}

// leave ends a flight that nobody waits for.
func (c *cache) leave(k key, f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.waiting--; f.waiting > 0 {
		return
	}
	if c.flights[k] == f {
		delete(c.flights, k) // who comes now begins anew
	}
	f.cancel()
}

// shapes are compiled schemas.
type shapes struct{ known *lru.Cache[key, *shape] }

func newShapes() *shapes {
	known, err := lru.New[key, *shape](64)
	if err != nil {
		panic(err) // the size is wrong
	}
	return &shapes{known}
}

func (s *shapes) get(text []byte) (*shape, error) {
	k := sha256.Sum256(text)
	if known, ok := s.known.Get(k); ok {
		return known, nil
	}
	fresh, err := compile(text)
	if err != nil {
		return nil, err
	}
	s.known.Add(k, fresh)
	return fresh, nil
}
