package web

import (
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
)

// conn is what the package needs of a WebSocket, so that the library can be changed.
type conn interface {
	ReadMessage() (kind int, data []byte, err error)
	WriteMessage(kind int, data []byte) error
	SetReadLimit(bytes int64)
	SetReadDeadline(t time.Time) error
	SetWriteDeadline(t time.Time) error
	SetPongHandler(h func(string) error)
	SetPingHandler(h func(string) error)
	WriteControl(kind int, data []byte, deadline time.Time) error
	Close() error
}

// Close codes of HANDOFF §5.2 beside the standard ones.
const (
	closeAuth     = 4001
	closeHello    = 4002
	closeRefused  = 4003
	closeSlow     = 4008
	closeReplaced = 4009 // a newer socket of the same person took its place
	closeResync   = 4010 // the person's rights have changed: what the page shows may no longer be theirs
	closeFlood    = 4029
)

// Deadlines of a socket.
const (
	pingEvery   = 25 * time.Second
	readWithin  = 60 * time.Second
	writeWithin = 10 * time.Second
	lingerFor   = time.Second // for the peer's close frame
)

// client is one open socket. One goroutine reads; another writes while there is something to write. Nobody else
// touches the connection. There are thousands of them, most of them idle: what is not needed then is not kept.
type client struct {
	server  *Server
	conn    conn
	out     outbox
	id      uuid.UUID
	number  int64 // counts the sockets of this node
	address string
	member  uuid.UUID
	hash    []byte // of the session's token

	frames, subs window
	touched      time.Time
	lastSign     atomic.Int64 // when the peer last gave a sign of life, in nanoseconds since started

	mu            sync.Mutex
	staff         *staffSocket // nil for a family
	subscriptions []*subscription

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
		c.startWriter()
	})
}

// push queues a frame, or ends the socket whose reader is too slow.
func (c *client) push(data []byte) {
	if !c.out.push(data, false) {
		c.close(closeSlow, "slow reader")
		return
	}
	c.startWriter()
}

// pushEphemeral queues a frame that may be lost; nil is a protocol ping.
func (c *client) pushEphemeral(data []byte) {
	c.out.push(data, true)
	c.startWriter()
}

// pushWait queues a frame of a replay at the reader's pace; false where the socket has ended.
func (c *client) pushWait(data []byte) bool {
	for {
		wait := c.out.tryPush(data)
		if wait == nil {
			c.startWriter()
			return true
		}
		select {
		case <-wait:
		case <-c.done:
			return false
		}
	}
}

// over tells whether the socket has ended.
func (c *client) over() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

func (c *client) send(f outbound) { c.push(encode(f)) }

func (c *client) startWriter() {
	if c.out.claim() {
		c.server.group.Go(c.write)
	}
}

// guard keeps a panic in one socket from ending the program.
func (c *client) guard() {
	if p := recover(); p != nil {
		c.server.log.Error("socket failed", "panic", p, "stack", string(debug.Stack()))
		c.close(websocket.CloseInternalServerErr, "")
	}
}

// write writes what is queued and then rests: an idle socket has no writer. Once the socket has ended, it is the
// writer that closes the connection.
func (c *client) write() {
	resting := false
	defer func() {
		if !resting {
			_ = c.conn.Close()
		}
	}()
	defer c.guard()
	for {
		if c.over() {
			c.farewell()
			return
		}
		next, ok := c.out.take()
		switch {
		case ok:
			c.put(next) // a failure ends the socket
		case c.out.release(c.done):
			resting = true
			return
		}
	}
}

func (c *client) put(q queued) bool {
	kind := websocket.TextMessage
	if q.data == nil {
		kind = websocket.PingMessage
	}
	return c.putKind(kind, q.data)
}

func (c *client) putKind(kind int, data []byte) bool {
	err := c.conn.SetWriteDeadline(time.Now().Add(writeWithin))
	if err == nil {
		err = c.conn.WriteMessage(kind, data)
	}
	if err != nil {
		c.close(0, "")
	}
	return err == nil
}

// rest writes what is still queued: nothing is wrong with the reader when the server drains.
func (c *client) rest() {
	for {
		next, ok := c.out.take()
		if !ok || !c.put(next) {
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
	case !c.putKind(websocket.CloseMessage, websocket.FormatCloseMessage(c.closeCode, c.closeText)):
		return
	}
	timer := time.NewTimer(lingerFor)
	defer timer.Stop()
	select {
	case <-peer:
	case <-timer.C:
	}
}

// subscription finds the socket's ear in a conversation; nil where there is none.
func (c *client) subscription(conv uuid.UUID) *subscription {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.subscriptions {
		if s.conv == conv {
			return s
		}
	}
	return nil
}

// enter adds a subscription and returns the one that it replaces.
func (c *client) enter(sub *subscription) (old *subscription) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, s := range c.subscriptions {
		if s.conv == sub.conv {
			c.subscriptions[i] = sub
			return s
		}
	}
	c.subscriptions = append(c.subscriptions, sub)
	return nil
}

// drop ends a subscription.
func (c *client) drop(sub *subscription) {
	if sub == nil {
		return
	}
	c.mu.Lock()
	c.subscriptions = slices.DeleteFunc(c.subscriptions, func(s *subscription) bool { return s == sub })
	c.mu.Unlock()
	sub.stop()
}

// leaveAll ends every subscription of a socket that is gone.
func (c *client) leaveAll() {
	for _, sub := range c.all() {
		c.drop(sub)
	}
}

func (c *client) all() []*subscription {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.subscriptions)
}

// heard are the conversations that the socket listens to. Those that were only asked for are not among them.
func (c *client) heard() (all []uuid.UUID) {
	for _, s := range c.all() {
		if s.listens() {
			all = append(all, s.conv)
		}
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
