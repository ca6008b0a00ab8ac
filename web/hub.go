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
	"xiaohe/assistant/handoff"
)

// feed is where the hub reads committed messages. With several nodes it is still the one truth: a wake-up from
// another node only says that there is something to read.
type feed interface {
	Since(ctx context.Context, conv uuid.UUID, after int64, limit int) ([]conversation.Message, error)
	Heads(ctx context.Context, convs []uuid.UUID) (map[uuid.UUID]int64, error)
}

// listener gets the messages of a room in the order of their seq, and what is said beside them. Its methods are called
// under the room's lock: they must not wait.
type listener interface {
	message(m conversation.Message, frame []byte)
	whisper(w whisper)
}

// whisper is a frame that is no message and has no seq.
type whisper struct {
	kind  string // t of the frame
	data  []byte
	keep  bool    // it must arrive; others may be lost
	staff bool    // not for the family
	from  *client // who does not need to hear it; nil where everybody does
}

// hub delivers committed messages to whoever listens on this node.
type hub struct {
	feed feed
	log  *slog.Logger
	run  func(func()) // starts a goroutine that the server waits for

	published func(conv uuid.UUID) // tells the other nodes of a message that was stored here
	steered   func(conv uuid.UUID) // is told, with the room locked, when a message says that control has changed

	mu    sync.RWMutex
	rooms map[uuid.UUID]*room
}

// room delivers one conversation. Its head is the newest seq that went out; only head+1 may follow.
type room struct {
	conv uuid.UUID

	mu        sync.Mutex
	head      int64
	early     map[int64]conversation.Message // committed, but an older one has not arrived yet; nil where there is none
	reading   bool
	again     bool // something may have come since the reading began
	listeners []listener

	live *liveState // nil where nobody but the bot has a part in the conversation
}

func newHub(f feed, log *slog.Logger, run func(func())) *hub {
	nobody := func(uuid.UUID) {}
	return &hub{feed: f, log: log, run: run, rooms: map[uuid.UUID]*room{}, published: nobody, steered: nobody}
}

// join adds a listener. It hears everything from now on; what was before it has to read itself.
func (h *hub) join(conv uuid.UUID, head int64, l listener) *room {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.rooms[conv]
	if r == nil {
		r = &room{conv: conv, head: head}
		h.rooms[conv] = r
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.listeners = append(r.listeners, l)
	return r
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
	if i := slices.Index(r.listeners, l); i >= 0 {
		r.listeners = slices.Delete(r.listeners, i, i+1)
	}
	if len(r.listeners) == 0 {
		r.live.stop()
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
	h.published(m.Conversation)
	r := h.room(m.Conversation)
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if h.offer(r, m) {
		h.fetch(r)
	}
}

// nudge has a room read what the store has beyond its head.
func (h *hub) nudge(conv uuid.UUID) {
	r := h.room(conv)
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.again = true
	h.fetch(r)
}

// fetch has a room read what it lacks, unless it does so already. The caller holds the room's lock.
func (h *hub) fetch(r *room) {
	if !r.reading {
		r.reading = true
		h.run(func() { h.read(r) })
	}
}

// whisper sends a frame that is no message to those who are in the room.
func (h *hub) whisper(conv uuid.UUID, frame outbound, how ...whisper) {
	r := h.room(conv)
	if r == nil {
		return
	}
	var w whisper
	if len(how) > 0 {
		w = how[0]
	}
	frame.Conv = conv.String()
	w.kind, w.data = frame.T, encode(frame)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.listeners {
		l.whisper(w)
	}
}

// offer delivers what is next in order and reports whether something older is missing. The caller holds the room's
// lock.
func (h *hub) offer(r *room, m conversation.Message) (gap bool) {
	if m.Seq > r.head {
		if r.early == nil {
			r.early = map[int64]conversation.Message{}
		}
		r.early[m.Seq] = m
	}
	for {
		next, ok := r.early[r.head+1]
		if !ok {
			break
		}
		delete(r.early, next.Seq)
		r.head = next.Seq
		frame := encode(messageFrame(next))
		for _, l := range r.listeners {
			l.message(next, frame)
		}
		if next.Sender == handoff.SystemID {
			h.steered(r.conv)
		}
	}
	if len(r.early) == 0 {
		r.early = nil
	}
	return len(r.early) > 0
}

// readLimit is how many messages fill a gap at a time: fewer than wait for a socket at most, so that its writer can keep
// up. readTime is how long the database may take.
const (
	readLimit = 32
	readTime  = 10 * time.Second
)

// read fills a room's gap from the store.
func (h *hub) read(r *room) {
	ctx, cancel := context.WithTimeout(context.Background(), readTime)
	defer cancel()
	for idle := 0; ; {
		r.mu.Lock()
		after := r.head
		r.again = false
		r.mu.Unlock()
		messages, err := h.feed.Since(ctx, r.conv, after, readLimit)
		r.mu.Lock()
		for _, m := range messages {
			h.offer(r, m)
		}
		if idle++; r.head > after || r.again {
			idle = 0
		}
		// A message that came while this was reading may have left a new gap. Two readings without progress are
		// enough: the next reconciliation tries again.
		whole := len(r.early) == 0 && len(messages) < readLimit && !r.again
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
			if head > r.head {
				h.fetch(r)
			}
			r.mu.Unlock()
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

// lively are the conversations on this node in which a person has or had a part.
func (h *hub) lively() map[uuid.UUID]bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	all := map[uuid.UUID]bool{}
	for conv, r := range h.rooms {
		r.mu.Lock()
		if r.live != nil {
			all[conv] = true
		}
		r.mu.Unlock()
	}
	return all
}
