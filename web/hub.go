package web

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/conversation"
)

// feed is where the hub reads committed messages. With several nodes it is still the one truth: a wake-up from
// another node only says that there is something to read.
type feed interface {
	Since(ctx context.Context, conv uuid.UUID, after int64, limit int) ([]conversation.Message, error)
	Heads(ctx context.Context, convs []uuid.UUID) (map[uuid.UUID]int64, error)
}

// listener gets the messages of a room in the order of their seq. Its methods are called under the room's lock:
// they must not wait.
type listener interface {
	message(m conversation.Message, frame []byte)
	ephemeral(frame []byte)
}

// hub delivers committed messages to whoever listens on this node.
type hub struct {
	feed feed
	log  *slog.Logger
	run  func(func()) // starts a goroutine that the server waits for

	mu    sync.RWMutex
	rooms map[uuid.UUID]*room
}

// room delivers one conversation. Its head is the newest seq that went out; only head+1 may follow.
type room struct {
	conv uuid.UUID

	mu        sync.Mutex
	head      int64
	early     map[int64]conversation.Message // committed, but an older one has not arrived yet
	reading   bool
	listeners map[listener]struct{}
}

func newHub(f feed, log *slog.Logger, run func(func())) *hub {
	return &hub{feed: f, log: log, run: run, rooms: map[uuid.UUID]*room{}}
}

// join adds a listener. It hears everything from now on; what was before it has to read itself.
func (h *hub) join(conv uuid.UUID, head int64, l listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.rooms[conv]
	if r == nil {
		r = &room{conv: conv, head: head, early: map[int64]conversation.Message{}, listeners: map[listener]struct{}{}}
		h.rooms[conv] = r
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.listeners[l] = struct{}{}
}

func (h *hub) leave(conv uuid.UUID, l listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.rooms[conv]
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.listeners, l)
	if len(r.listeners) == 0 {
		delete(h.rooms, conv)
	}
}

func (h *hub) room(conv uuid.UUID) *room {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.rooms[conv]
}

// publish hands over a message after its commit. Messages may come in any order and more than once.
func (h *hub) publish(m conversation.Message) {
	r := h.room(m.Conversation)
	if r == nil {
		return
	}
	r.mu.Lock()
	gap := r.offer(m) && !r.reading
	r.reading = r.reading || gap
	r.mu.Unlock()
	if gap {
		h.run(func() { h.read(r) })
	}
}

// whisper sends a frame that is no message: it has no seq and may be lost.
func (h *hub) whisper(conv uuid.UUID, frame outbound) {
	r := h.room(conv)
	if r == nil {
		return
	}
	frame.Conv = conv.String()
	data := encode(frame)
	r.mu.Lock()
	defer r.mu.Unlock()
	for l := range r.listeners {
		l.ephemeral(data)
	}
}

// offer delivers what is next in order and reports whether something older is missing.
func (r *room) offer(m conversation.Message) (gap bool) {
	if m.Seq > r.head {
		r.early[m.Seq] = m
	}
	for {
		next, ok := r.early[r.head+1]
		if !ok {
			return len(r.early) > 0
		}
		delete(r.early, next.Seq)
		r.head = next.Seq
		frame := encode(messageFrame(next))
		for l := range r.listeners {
			l.message(next, frame)
		}
	}
}

// readLimit is how many messages fill a gap at a time, readTime how long the database may take.
const (
	readLimit = 500
	readTime  = 10 * time.Second
)

// read fills a room's gap from the store.
func (h *hub) read(r *room) {
	ctx, cancel := context.WithTimeout(context.Background(), readTime)
	defer cancel()
	for idle := 0; ; {
		r.mu.Lock()
		after := r.head
		r.mu.Unlock()
		messages, err := h.feed.Since(ctx, r.conv, after, readLimit)
		r.mu.Lock()
		for _, m := range messages {
			r.offer(m)
		}
		if idle++; r.head > after {
			idle = 0
		}
		// A message that came while this was reading may have left a new gap. Two readings without progress are
		// enough: the next reconciliation tries again.
		whole := len(r.early) == 0 && len(messages) < readLimit
		if r.reading = err == nil && !whole && idle < 2; !r.reading {
			r.mu.Unlock()
			if err != nil {
				h.log.Error("read missed messages", "error", err)
			}
			return
		}
		r.mu.Unlock()
	}
}

// reconcile compares every room with the store. A message that another node stored, or whose hand-over was lost,
// goes out here.
func (h *hub) reconcile(ctx context.Context) error {
	h.mu.RLock()
	convs := slices.Collect(maps.Keys(h.rooms))
	h.mu.RUnlock()
	for chunk := range slices.Chunk(convs, 1000) {
		heads, err := h.feed.Heads(ctx, chunk)
		if err != nil {
			return err
		}
		for conv, head := range heads {
			r := h.room(conv)
			if r == nil {
				continue
			}
			r.mu.Lock()
			behind := head > r.head && !r.reading
			r.reading = r.reading || behind
			r.mu.Unlock()
			if behind {
				h.run(func() { h.read(r) })
			}
		}
	}
	return nil
}

// heads tells how far the rooms of some conversations are.
func (h *hub) heads(convs []uuid.UUID) map[string]int64 {
	heads := map[string]int64{}
	for _, conv := range convs {
		if r := h.room(conv); r != nil {
			r.mu.Lock()
			heads[conv.String()] = r.head
			r.mu.Unlock()
		}
	}
	return heads
}
