package web

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"xiaohe/assistant"
	"xiaohe/assistant/dialogue"
)

// Programs send a whole conversation with every question. What its earlier turns came to is kept in memory for a while,
// under a hash of them; what is no longer there is worked out anew from the messages.
const (
	rememberedTurns = 2000
	rememberedFor   = time.Hour
)

// digest names a beginning of a conversation.
type digest [sha256.Size]byte

// and is the digest of the conversation that goes on with a text.
func (d digest) and(text string) digest {
	h := sha256.New()
	h.Write(d[:])
	_ = binary.Write(h, binary.BigEndian, uint64(len(text))) // a hash takes everything
	h.Write([]byte(text))
	return digest(h.Sum(nil))
}

// remembered is what the next turn needs of those before.
type remembered struct {
	state dialogue.State
	watch assistant.Watch
	at    time.Time
}

// memory is safe for concurrent use.
type memory struct {
	now func() time.Time
	mu  sync.Mutex
	lru *lru.Cache[digest, remembered]
}

func newMemory(now func() time.Time) *memory {
	cache, err := lru.New[digest, remembered](rememberedTurns)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return &memory{now: now, lru: cache}
}

func (m *memory) add(d digest, t assistant.Turn) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	for {
		oldest, turn, ok := m.lru.GetOldest()
		if !ok || now.Sub(turn.at) < rememberedFor {
			break
		}
		m.lru.Remove(oldest)
	}
	m.lru.Add(d, remembered{t.State, t.Danger.Watch, now})
}

func (m *memory) find(d digest) (remembered, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	turn, ok := m.lru.Get(d)
	if ok && m.now().Sub(turn.at) >= rememberedFor {
		m.lru.Remove(d)
		return remembered{}, false
	}
	return turn, ok
}

// secondLooks is how many of the last messages before the new one a model looks at anew for danger, where nothing is
// remembered of them.
const secondLooks = 10

// recall completes a conversation with what its earlier messages came to, and returns its digest.
func (s *Server) recall(ctx context.Context, conv *assistant.Conversation, root digest, earlier []string) (digest, error) {
	digests := []digest{root}
	for i, text := range earlier {
		digests = append(digests, digests[i].and(text))
	}
	known := len(earlier)
	for ; known > 0; known-- {
		if turn, ok := s.programs.memory.find(digests[known]); ok {
			conv.State, conv.Watch = turn.state, turn.watch
			break
		}
	}
	conv.Questions = slices.Clone(earlier[:known])
	looks := map[int]*assistant.Second{}
	for i := max(known, len(earlier)-secondLooks); i < len(earlier); i++ {
		looks[i] = s.assistant.Second(ctx, assistant.Conversation{Questions: earlier[:i], Owner: conv.Owner}, earlier[i])
		defer looks[i].Stop()
	}
	for i := known; i < len(earlier); i++ {
		again := *conv
		again.Second = looks[i]
		again.Second.Wait(ctx)
		turn, err := s.programs.plain.Turn(ctx, again, earlier[i])
		if err != nil {
			return digest{}, err
		}
		s.programs.memory.add(digests[i+1], turn)
		conv.State, conv.Watch = turn.State, turn.Danger.Watch
		conv.Questions = append(slices.Clip(conv.Questions), earlier[i])
	}
	return digests[len(earlier)], nil
}
