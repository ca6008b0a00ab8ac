package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"xiaohe/assistant/conversation"
)

// maxResume is how many conversations one hello may resume.
const maxResume = 50

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
		s.fail(w, r, problem{Code: codeTryAgain, Message: "小禾正在重启，请稍后再试", RetryAfterMS: 2000})
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
		server: s, conn: connection, out: newOutbox(s.limits.QueueFrames, s.limits.QueueBytes), id: uuid.NewString(), address: address,
		frames: newWindow(s.limits.Frames, time.Second), subs: newWindow(s.limits.Subs, 10*time.Second),
		subscriptions: map[uuid.UUID]*subscription{}, done: make(chan struct{}), readEnded: make(chan struct{}),
	}
	// The handler returns: a socket that lives for hours must not hold the request's buffers.
	s.group.Go(c.write)
	go c.read()
}

// read is the only goroutine that reads. Control frames are answered inside ReadMessage, so it never rests.
func (c *client) read() {
	defer c.server.group.Done()
	defer c.server.meter.disconnect(c.address)
	defer close(c.readEnded)
	defer c.close(0, "")
	defer c.guard()

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c.conn.SetReadLimit(int64(c.server.limits.Hello))
	_ = c.conn.SetReadDeadline(time.Now().Add(c.server.limits.HelloWithin))
	hello, ok := c.hello(ctx)
	if !ok {
		c.drain()
		return
	}
	c.server.addClient(c)
	defer c.server.removeClient(c)
	if !c.server.meter.join(c.session.Member) {
		c.close(closeRefused, "too many sockets")
		c.drain()
		return
	}
	defer c.server.meter.leave(c.session.Member)
	defer c.leaveAll()

	c.conn.SetReadLimit(int64(c.server.limits.Frame))
	c.alive()
	c.conn.SetPongHandler(func(string) error { c.alive(); return nil })
	c.welcome(ctx, hello)
	for {
		in, ok := c.next(closeCodeAfterHello)
		if !ok {
			c.drain()
			return
		}
		if !c.frames.allow(c.server.now()) {
			c.close(closeFlood, "flood")
			c.drain()
			return
		}
		c.alive()
		if in != nil {
			c.handle(ctx, *in)
		}
	}
}

// drain reads on after the server's close frame, so that the peer's answer to it is seen.
func (c *client) drain() {
	select {
	case <-c.done:
	default:
		return // the peer is gone already
	}
	if c.closeCode == 0 {
		return
	}
	_ = c.conn.SetReadDeadline(time.Now().Add(writeWithin + lingerFor))
	for {
		if _, _, err := c.conn.ReadMessage(); err != nil {
			return
		}
	}
}

func (c *client) alive() { _ = c.conn.SetReadDeadline(time.Now().Add(readWithin)) }

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
func (c *client) hello(ctx context.Context) (helloData, bool) {
	in, ok := c.next(closeCodeAtHello)
	if !ok {
		return helloData{}, false
	}
	d, err := decodeData[helloData](*in)
	if in.T != "hello" || err != nil || !slices.Contains(d.V, protocolVersion) || len(d.Resume) > maxResume {
		c.close(closeHello, "bad hello")
		return d, false
	}
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	c.session, err = c.server.conversations.RedeemTicket(ctx, d.Ticket)
	switch {
	case errors.Is(err, conversation.ErrNoSession):
		c.close(closeAuth, "ticket")
		return d, false
	case err != nil:
		c.server.log.Error("redeem ticket", "error", err)
		c.close(websocket.CloseTryAgainLater, "")
		return d, false
	}
	c.touched = c.server.now()
	return d, true
}

// welcome answers hello and resumes its conversations.
func (c *client) welcome(ctx context.Context, hello helloData) {
	heads := map[string]int64{}
	resume := map[uuid.UUID]int64{}
	for _, r := range hello.Resume {
		conv := inbound{}.conv(r.Conv)
		access, err := c.server.conversations.Access(ctx, conv, c.session.Member)
		if err == nil {
			heads[conv.String()] = access.LastSeq
		}
		resume[conv] = r.AfterSeq // subscribe says why not
	}
	limits := limitsData{Frame: c.server.limits.Frame, Text: maxText}
	c.send(outbound{T: "welcome", D: welcomeData{Conn: c.id, Limits: limits, Heads: heads}})
	c.async(func() {
		for conv, after := range resume {
			c.subscribe(ctx, conv, after)
		}
	})
}

// async runs work that may wait for the reader's pace beside the read loop.
func (c *client) async(work func()) {
	c.server.group.Go(func() {
		defer c.guard()
		work()
	})
}
