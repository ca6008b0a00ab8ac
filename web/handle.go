package web

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/conversation"
)

// requestTime is how long one request or frame may keep the database busy.
const requestTime = 10 * time.Second

// handle obeys one frame. Unknown ones are ignored: newer clients may send them. It does not end with the socket: what
// was sent is stored, whether or not the sender can still be told.
func (c *client) handle(in inbound) {
	ctx, cancel := background()
	defer cancel()
	switch in.T {
	case "msg.send":
		c.onSend(ctx, in)
	case "sub", "unsub":
		c.onSub(in)
	case "ack":
		c.onAck(ctx, in)
	case "typing":
		c.onTyping(ctx, in)
	case "presence":
		c.onPresence(ctx, in)
	case "ping":
		c.onPing(ctx, in)
	}
}

func (c *client) onSend(ctx context.Context, in inbound) {
	d, err := decodeData[sendData](in)
	if err != nil {
		c.refuse(uuid.Nil, problemOf(err))
		return
	}
	conv := in.conv("")
	m, err := c.post(ctx, conv, d)
	if err != nil {
		f := outbound{T: "nack", D: nackData{ClientMsgID: clip(d.ClientMsgID), problem: c.server.known(err)}}
		if conv != uuid.Nil {
			f.Conv = conv.String()
		}
		c.send(f)
		return
	}
	c.send(outbound{T: "ack", Conv: conv.String(), D: receiptOf(m)})
}

func (c *client) post(ctx context.Context, conv uuid.UUID, d sendData) (conversation.Message, error) {
	if c.staff == nil {
		return c.server.post(ctx, conversation.Session{Member: c.member}, conv, d)
	}
	return c.server.postStaff(ctx, c.who(), conv, d)
}

// clip keeps a client's own id short enough to be sent back.
func clip(id string) string {
	if len(id) > 64 {
		return id[:0]
	}
	return id
}

// post is the one way in for a person's message, from a socket or over HTTP: checked, counted, stored, then fanned
// out, then answered.
func (s *Server) post(ctx context.Context, session conversation.Session, conv uuid.UUID, d sendData) (conversation.Message, error) {
	if err := checkMessage(d); err != nil {
		return conversation.Message{}, err
	}
	if wait := s.meter.message(session.Member); wait > 0 {
		return conversation.Message{}, tooFast(wait)
	}
	receipt, err := s.conversations.Send(ctx, conversation.Outgoing{
		Conversation: conv, Sender: session.Member, ClientMsgID: d.ClientMsgID, Kind: "text", Body: d.Body,
	})
	if err != nil {
		return conversation.Message{}, err
	}
	if !receipt.Duplicate {
		s.hub.publish(receipt.Message)
	}
	if receipt.Turn != nil {
		s.turns.add(*receipt.Turn, s.assistant.Urgent(d.Body))
	}
	return receipt.Message, nil
}

// known is the problem of an error; what is the server's own fault is logged.
func (s *Server) known(err error) problem {
	p := problemOf(err)
	if p.Code == codeTryAgain && !errors.Is(err, context.Canceled) {
		s.log.Error("send failed", "error", err)
	}
	return p
}

func (c *client) onSub(in inbound) {
	d, err := decodeData[subData](in)
	conv := in.conv(d.Conv)
	switch {
	case err == nil && d.Topic != "":
		c.onTopic(in, d.Topic)
	case err != nil || conv == uuid.Nil:
		c.refuse(uuid.Nil, problemOf(errMalformed))
	case in.T == "unsub":
		c.drop(c.subscription(conv))
	case !c.subs.allow(c.server.now()):
		c.refuse(conv, tooFast(c.subs.wait(c.server.now())))
	case c.full(conv):
		c.refuse(conv, problem{Code: codeInvalid, Message: "同时打开的谈话太多了，请先关掉几个"})
	default:
		c.resume(map[uuid.UUID]int64{conv: d.AfterSeq})
	}
}

// full tells whether one more conversation would be too many.
func (c *client) full(conv uuid.UUID) bool {
	return c.subscription(conv) == nil && len(c.all()) >= maxSubscriptions
}

// maxSubscriptions is how many conversations one socket may listen to.
const maxSubscriptions = 2 * maxResume

// replayTime is how long a whole replay may take: the reader sets the pace.
const replayTime = 5 * time.Minute

// resume subscribes to conversations, each from the seq that the client has, beside the read loop.
func (c *client) resume(after map[uuid.UUID]int64) {
	c.async(func() {
		ctx, cancel := context.WithTimeout(context.Background(), replayTime)
		defer cancel()
		for conv, seq := range after {
			c.subscribe(ctx, conv, seq)
		}
	})
}

func (c *client) onAck(ctx context.Context, in inbound) {
	d, err := decodeData[ackData](in)
	conv := in.conv(d.Conv)
	if err != nil || conv == uuid.Nil {
		c.refuse(uuid.Nil, problemOf(errMalformed))
		return
	}
	err = c.server.conversations.Mark(ctx, conv, c.member, d.Upto, d.Read)
	switch {
	case errors.Is(err, conversation.ErrForbidden) && c.staff != nil: // a supervisor who listens in leaves no marks
	case err != nil:
		c.refuse(conv, c.server.known(err))
	default:
		c.server.marked(conv)
	}
}

// onTyping tells the others in a conversation that somebody types. Of the staff only whoever holds the conversation is
// seen by the family.
func (c *client) onTyping(ctx context.Context, in inbound) {
	d, err := decodeData[typingData](in)
	conv := in.conv(d.Conv)
	if err != nil || conv == uuid.Nil {
		c.refuse(uuid.Nil, problemOf(errMalformed))
		return
	}
	sub := c.subscription(conv)
	if sub == nil || !sub.mayType(c.server.now(), d.On) {
		return
	}
	what := typesData{Who: "user", On: d.On}
	if c.staff != nil {
		holds, err := c.server.handoff.Holds(ctx, conv, c.member)
		if !holds || err != nil {
			return // the frame may be lost
		}
		what.Who, what.Name = "worker", c.who().Name
	}
	c.server.tellTyping(conv, what, c)
}

// onPing answers with the heads, so that a client notices a message that never reached it. An open page is in use:
// its session does not go idle.
func (c *client) onPing(ctx context.Context, in inbound) {
	d, err := decodeData[pingData](in)
	if err != nil {
		c.refuse(uuid.Nil, problemOf(err))
		return
	}
	if now := c.server.now(); now.Sub(c.touched) >= time.Minute {
		c.touched = now
		if !c.recheckSession(ctx) {
			return
		}
	}
	c.send(outbound{T: "pong", D: pongData{N: d.N, Heads: c.server.hub.heads(c.heard())}})
}
