package web

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"xiaohe/assistant/account"
	"xiaohe/assistant/conversation"
)

// maxResume is how many conversations one hello may resume.
const maxResume = 50

var restarting = problem{Code: codeTryAgain, Message: "小禾正在重启，请稍后再试", RetryAfterMS: 2000}

// openSocket is GET /v1/ws. Who it is comes in the first frame, never in the address.
func (s *Server) openSocket(w http.ResponseWriter, r *http.Request) {
	origin := r.Header.Get("Origin")
	switch {
	case !s.originAllowed(origin, r):
		s.fail(w, r, problem{Code: codeForbidden, Message: "这个网站不能连接小禾"})
		return
	case !websocket.IsWebSocketUpgrade(r):
		s.fail(w, r, problem{Code: codeInvalid, Message: "这个地址只供聊天页面连接"})
		return
	case !slices.Contains(websocket.Subprotocols(r), subprotocol):
		s.fail(w, r, problem{Code: codeInvalid, Message: "连接的协议版本不对，请刷新页面"})
		return
	}
	address := s.address(r)
	if !s.track() {
		s.fail(w, r, restarting)
		return
	}
	if !s.meter.connect(address) {
		s.group.Done()
		s.fail(w, r, problem{Code: codeRate, Message: "同时打开的页面太多了，请稍后再试", RetryAfterMS: 10_000})
		return
	}
	connection, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil { // Upgrade has answered
		s.meter.disconnect(address)
		s.group.Done()
		return
	}
	c := &client{
		server: s, conn: connection, out: newOutbox(s.limits.QueueFrames, s.limits.QueueBytes), id: uuid.New(), number: s.numbers.Add(1),
		address: address, frames: newWindow(s.limits.Frames, time.Second), subs: newWindow(s.limits.Subs, 10*time.Second),
		done: make(chan struct{}), readEnded: make(chan struct{}),
	}
	go c.read() // the handler returns: a socket that lives for hours must not hold the request's buffers
}

// read is the only goroutine that reads. Control frames are answered inside ReadMessage, so it never rests. It does
// nothing else itself: what a frame asks for runs on a goroutine of its own, whose stack goes with it, while the
// stack of this one stays small as long as the socket lives.
func (c *client) read() {
	defer c.server.group.Done()
	defer c.server.meter.disconnect(c.address)
	defer close(c.readEnded)
	defer c.close(0, "")
	defer c.guard()

	c.conn.SetReadLimit(int64(c.server.limits.Hello))
	_ = c.conn.SetReadDeadline(time.Now().Add(c.server.limits.HelloWithin))
	hello, ok := c.hello()
	if !ok {
		c.drain()
		return
	}
	c.server.addClient(c)
	defer c.server.removeClient(c)
	tooMany := c.server.meter.enter(c.member)
	defer c.server.meter.leave(c.member)
	if tooMany && !c.server.replaceOldest(c) {
		c.close(closeRefused, "too many sockets")
		c.drain()
		return
	}
	defer c.leaveAll()
	if c.staff != nil {
		defer c.apart(c.gone)
	}
	c.conn.SetReadLimit(int64(c.frameLimit()))
	c.control()
	c.apart(func() { c.welcome(hello) })
	c.obey()
}

// obey reads frames until the socket is over.
func (c *client) obey() {
	for {
		in, ok := c.next(closeCodeAfterHello)
		if !ok || c.over() { // what comes after the end counts no more, whether or not the peer has seen it
			break
		}
		if c.floods() {
			break
		}
		c.alive()
		if in != nil {
			c.apart(func() { c.handle(*in) })
		}
	}
	c.drain()
}

// floods counts a frame, and ends the socket where there are too many.
func (c *client) floods() bool {
	if c.frames.allow(c.server.now()) {
		return false
	}
	c.close(closeFlood, "flood")
	return true
}

// control answers the protocol's own pings and pongs. They come inside ReadMessage, and count as frames do: whoever sends
// nothing else could keep a core busy.
func (c *client) control() {
	c.conn.SetPongHandler(func(string) error {
		if !c.floods() {
			c.alive()
		}
		return nil // an error would end the reading, and with it the way of the close frame
	})
	c.conn.SetPingHandler(func(data string) error {
		if !c.floods() {
			_ = c.conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(time.Second)) // reading finds out what is wrong
		}
		return nil
	})
}

// apart runs work on a goroutine of its own and waits for it.
func (c *client) apart(work func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer c.guard()
		work()
	}()
	<-done
}

// drain reads on after the server's close frame, so that the peer's answer to it is seen.
func (c *client) drain() {
	if !c.over() || c.closeCode == 0 {
		return // the peer is gone already
	}
	_ = c.conn.SetReadDeadline(time.Now().Add(writeWithin + lingerFor))
	for {
		if _, _, err := c.conn.ReadMessage(); err != nil {
			return
		}
	}
}

// started is what signs of life are counted from: no clock that is put right makes anybody absent.
var started = time.Now()

// alive notes a sign of life of the peer.
func (c *client) alive() {
	c.lastSign.Store(int64(time.Since(started)))
	_ = c.conn.SetReadDeadline(time.Now().Add(readWithin))
}

// silent is how long the peer has given no sign of life.
func (c *client) silent() time.Duration {
	return time.Since(started) - time.Duration(c.lastSign.Load())
}

// What a frame that cannot be read does to the socket.
const (
	closeCodeAtHello    = closeHello
	closeCodeAfterHello = 0 // an error frame, and the socket goes on
)

// next reads one frame. A nil frame was refused with an error frame; false means the socket is over.
func (c *client) next(onMalformed int) (*inbound, bool) {
	kind, data, err := c.conn.ReadMessage()
	if err != nil {
		c.ending(err, onMalformed)
		return nil, false
	}
	if kind != websocket.TextMessage {
		c.close(websocket.CloseUnsupportedData, "text only")
		return nil, false
	}
	in, err := decodeFrame(data)
	if err == nil {
		return &in, true
	}
	if onMalformed != 0 {
		c.close(onMalformed, "bad hello")
		return nil, false
	}
	c.refuse(uuid.Nil, problemOf(err))
	return nil, true
}

// ending picks the close code for a failed read: gorilla has answered an oversized frame itself.
func (c *client) ending(err error, onMalformed int) {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, websocket.ErrReadLimit):
		c.close(websocket.CloseMessageTooBig, "too large")
	case errors.As(err, &timeout) && timeout.Timeout() && onMalformed != 0:
		c.close(onMalformed, "no hello")
	default:
		c.close(0, "")
	}
}

// hello reads the first frame and redeems its ticket.
func (c *client) hello() (d helloData, ok bool) {
	in, ok := c.next(closeCodeAtHello)
	if !ok {
		return helloData{}, false
	}
	d, err := decodeData[helloData](*in)
	if in.T != "hello" || err != nil || !slices.Contains(d.V, protocolVersion) || len(d.Resume) > maxResume {
		c.close(closeHello, "bad hello")
		return d, false
	}
	c.alive() // before the first beat tells of it
	c.apart(func() { err = c.redeem(d.Ticket) })
	switch {
	case errors.Is(err, conversation.ErrNoSession), errors.Is(err, account.ErrNoSession):
		c.close(closeAuth, "ticket")
		return d, false
	case errors.Is(err, errRole):
		c.close(closeRefused, "role")
		return d, false
	case err != nil:
		c.server.log.Error("redeem ticket", "error", err)
		c.close(websocket.CloseTryAgainLater, "")
		return d, false
	}
	c.touched = c.server.now()
	return d, true
}

// consoleRoles are those who talk with families or watch over those who do. Nobody else reads messages.
var consoleRoles = []string{account.Worker, account.Supervisor}

var errRole = errors.New("this role has no console")

// redeem finds out whose socket it is: a family's, or else a console's.
func (c *client) redeem(ticket string) error {
	ctx, cancel := background()
	defer cancel()
	family, err := c.server.conversations.RedeemTicket(ctx, ticket)
	if err == nil {
		c.member, c.hash = family.Member, family.Hash
		return nil
	}
	if !errors.Is(err, conversation.ErrNoSession) || c.server.accounts == nil {
		return err
	}
	staff, err := c.server.accounts.RedeemTicket(ctx, ticket)
	if err != nil {
		return err
	}
	if !slices.Contains(consoleRoles, staff.Role) {
		return errRole
	}
	c.member, c.hash = staff.ID, staff.Hash
	c.staff = &staffSocket{session: staff, shown: shown{status: "online"}}
	if err := c.beat(ctx); err != nil {
		c.server.log.Error("note presence", "error", err) // the next beat does
	}
	return nil
}

// welcome answers hello and resumes its conversations.
func (c *client) welcome(hello helloData) {
	ctx, cancel := background()
	defer cancel()
	heads := map[string]int64{}
	resume := map[uuid.UUID]int64{}
	for _, r := range hello.Resume {
		conv := inbound{}.conv(r.Conv)
		access, err := c.access(ctx, conv)
		if err == nil {
			heads[conv.String()] = access.LastSeq
		}
		resume[conv] = r.AfterSeq // subscribe says why not
	}
	c.send(outbound{T: "welcome", D: welcomeData{Conn: c.id.String(), Limits: limitsData{Frame: c.frameLimit(), Text: maxText}, Heads: heads}})
	c.resume(resume)
}

// frameLimit is how many bytes a frame may have after hello.
func (c *client) frameLimit() int {
	if c.staff != nil {
		return c.server.limits.StaffFrame
	}
	return c.server.limits.Frame
}

// async runs work that may wait for the reader's pace beside the read loop.
func (c *client) async(work func()) {
	c.server.group.Go(func() {
		defer c.guard()
		work()
	})
}
