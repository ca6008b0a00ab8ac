package web

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"xiaohe/assistant/conversation"
)

// conn is what the package needs of a WebSocket, so that the library can be changed.
type conn interface {
	ReadMessage() (kind int, data []byte, err error)
	WriteMessage(kind int, data []byte) error
	SetReadLimit(bytes int64)
	SetReadDeadline(t time.Time) error
	SetWriteDeadline(t time.Time) error
	SetPongHandler(h func(string) error)
	Close() error
}

// Close codes of HANDOFF §5.2 beside the standard ones.
const (
	closeAuth    = 4001
	closeHello   = 4002
	closeRefused = 4003
	closeSlow    = 4008
	closeFlood   = 4029
)

// Deadlines of a socket.
const (
	pingEvery   = 25 * time.Second
	readWithin  = 60 * time.Second
	writeWithin = 10 * time.Second
	lingerFor   = time.Second // for the peer's close frame
)

// client is one open socket. One goroutine reads, one writes, and nobody else touches the connection.
type client struct {
	server  *Server
	conn    conn
	out     *outbox
	id      string
	address string
	session conversation.Session

	frames, subs *window
	touched      time.Time

	mu            sync.Mutex
	subscriptions map[uuid.UUID]*subscription

	ended     sync.Once
	done      chan struct{} // no more frames are wanted
	closeCode int
	closeText string
	readEnded chan struct{}
}

// close ends the socket with a code; only the first call counts. Code 0 sends no close frame.
func (c *client) close(code int, text string) {
	c.ended.Do(func() {
		c.closeCode, c.closeText = code, text
		close(c.done)
	})
}

// push queues a frame, or ends the socket whose reader is too slow.
func (c *client) push(data []byte) {
	if !c.out.push(data, false) {
		c.close(closeSlow, "slow reader")
	}
}

func (c *client) send(f outbound) { c.push(encode(f)) }

// guard keeps a panic in one socket from ending the program.
func (c *client) guard() {
	if p := recover(); p != nil {
		c.server.log.Error("socket failed", "panic", p, "stack", string(debug.Stack()))
		c.close(websocket.CloseInternalServerErr, "")
	}
}

// write is the only goroutine that writes to the connection. It ends the connection when it ends.
func (c *client) write() {
	defer c.conn.Close()
	defer c.guard()
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		select {
		case <-c.done:
			c.farewell()
			return
		case <-ping.C:
			if !c.put(websocket.PingMessage, nil) {
				return
			}
		case <-c.out.signal:
			if !c.flush() {
				return
			}
		}
	}
}

// flush writes what is queued; false where writing failed.
func (c *client) flush() bool {
	for {
		select {
		case <-c.done:
			return true
		default:
		}
		data, ok := c.out.take()
		if !ok {
			return true
		}
		if !c.put(websocket.TextMessage, data) {
			return false
		}
	}
}

func (c *client) put(kind int, data []byte) bool {
	if err := c.conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		c.close(0, "")
		return false
	}
	if err := c.conn.WriteMessage(kind, data); err != nil {
		c.close(0, "")
		return false
	}
	return true
}

// rest writes what is still queued: nothing is wrong with the reader when the server drains.
func (c *client) rest() {
	for {
		data, ok := c.out.take()
		if !ok || !c.put(websocket.TextMessage, data) {
			return
		}
	}
}

// farewell writes the close frame and waits shortly for the peer's: closing at once could destroy it on the way.
func (c *client) farewell() {
	peer := c.readEnded
	if c.closeCode == websocket.CloseGoingAway {
		c.rest()
	}
	switch {
	case c.closeCode == 0:
		return
	case c.closeCode == websocket.CloseMessageTooBig:
		peer = nil // gorilla has sent the frame and reads no more: only time lets it arrive
	case !c.put(websocket.CloseMessage, websocket.FormatCloseMessage(c.closeCode, c.closeText)):
		return
	}
	timer := time.NewTimer(lingerFor)
	defer timer.Stop()
	select {
	case <-peer:
	case <-timer.C:
	}
}

// subscribe replays what a client has not seen of a conversation and then keeps it up to date.
func (c *client) subscribe(ctx context.Context, conv uuid.UUID, after int64) {
	access, err := c.server.conversations.Access(ctx, conv, c.session.Member)
	if err != nil {
		c.refuse(conv, problemOf(err))
		return
	}
	sub := &subscription{client: c, conv: conv, cursor: max(after, 0)}
	c.mu.Lock()
	old := c.subscriptions[conv]
	c.subscriptions[conv] = sub
	c.mu.Unlock()
	if old != nil {
		old.stop()
	}
	c.server.hub.join(conv, access.LastSeq, sub)
	if err := sub.catchUp(ctx); err != nil {
		c.server.log.Error("resume failed", "error", err)
		c.unsubscribe(conv)
		c.refuse(conv, problemOf(err))
	}
}

func (c *client) unsubscribe(conv uuid.UUID) {
	c.mu.Lock()
	sub := c.subscriptions[conv]
	delete(c.subscriptions, conv)
	c.mu.Unlock()
	if sub != nil {
		sub.stop()
	}
}

// leaveAll ends every subscription of a socket that is gone.
func (c *client) leaveAll() {
	c.mu.Lock()
	all := c.subscriptions
	c.subscriptions = map[uuid.UUID]*subscription{}
	c.mu.Unlock()
	for _, sub := range all {
		sub.stop()
	}
}

func (c *client) convs() []uuid.UUID {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]uuid.UUID, 0, len(c.subscriptions))
	for conv := range c.subscriptions {
		all = append(all, conv)
	}
	return all
}

// refuse tells a client that a frame was not obeyed; the socket stays open.
func (c *client) refuse(conv uuid.UUID, p problem) {
	f := outbound{T: "error", D: errorData{problem: p}}
	if conv != uuid.Nil {
		f.Conv = conv.String()
	}
	c.send(f)
}

// subscription is a socket's ear in one room. Until it has caught up, live messages wait in held.
type subscription struct {
	client *client
	conv   uuid.UUID

	mu       sync.Mutex
	cursor   int64
	live     bool
	stopped  bool
	held     []heldFrame
	overflow bool // more came during the replay than a replay may hold
}

type heldFrame struct {
	seq  int64
	data []byte
}

func (s *subscription) message(m conversation.Message, frame []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.stopped || m.Seq <= s.cursor:
	case s.live:
		s.cursor = m.Seq
		s.client.push(frame)
	case len(s.held) >= s.client.server.limits.Backlog:
		s.held, s.overflow = nil, true
	case !s.overflow:
		s.held = append(s.held, heldFrame{m.Seq, frame})
	}
}

func (s *subscription) ephemeral(frame []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live && !s.stopped {
		s.client.out.push(frame, true)
	}
}

func (s *subscription) stop() {
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	s.client.server.hub.leave(s.conv, s)
}

// catchUp sends the messages after the cursor, then those that came meanwhile, then lets live ones through. It is
// all or a reset: never a replay with a hole.
func (s *subscription) catchUp(ctx context.Context) error {
	limit := s.client.server.limits.Backlog
	backlog, err := s.client.server.conversations.Since(ctx, s.conv, s.cursor, limit+1)
	if err != nil {
		return err
	}
	if len(backlog) > limit {
		return s.reset(ctx)
	}
	for _, m := range backlog {
		if !s.replay(m.Seq, encode(messageFrame(m))) {
			return nil
		}
	}
	caughtUp := outbound{T: "caught_up", Conv: s.conv.String(), D: headData{s.conv.String(), s.cursor}}
	if !s.client.out.pushWait(encode(caughtUp), s.client.done) {
		return nil
	}
	for {
		s.mu.Lock()
		held := s.held
		s.held = nil
		if s.overflow {
			s.mu.Unlock()
			return s.reset(ctx)
		}
		if len(held) == 0 {
			s.live = true
			s.mu.Unlock()
			return nil
		}
		s.mu.Unlock()
		for _, h := range held {
			if !s.replay(h.seq, h.data) {
				return nil
			}
		}
	}
}

// replay sends one message at the reader's pace; false where the socket or the subscription has ended.
func (s *subscription) replay(seq int64, frame []byte) bool {
	s.mu.Lock()
	stopped, seen := s.stopped, seq <= s.cursor
	s.mu.Unlock()
	switch {
	case stopped:
		return false
	case seen:
		return true
	case !s.client.out.pushWait(frame, s.client.done):
		return false
	}
	s.mu.Lock()
	s.cursor = seq
	s.mu.Unlock()
	return true
}

// reset ends the subscription: the client fetches a snapshot over HTTP and subscribes again from there.
func (s *subscription) reset(ctx context.Context) error {
	s.client.unsubscribe(s.conv)
	heads, err := s.client.server.conversations.Heads(ctx, []uuid.UUID{s.conv})
	if err != nil {
		return err
	}
	s.client.send(outbound{T: "reset", Conv: s.conv.String(), D: headData{s.conv.String(), heads[s.conv]}})
	return nil
}
