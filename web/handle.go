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

// handle obeys one frame. Unknown ones are ignored: newer clients may send them.
func (c *client) handle(ctx context.Context, in inbound) {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	switch in.T {
	case "msg.send":
		c.onSend(ctx, in)
	case "sub", "unsub":
		c.onSub(in)
	case "ack":
		c.onAck(ctx, in)
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
	m, err := c.server.post(ctx, c.session, conv, d)
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
		s.turns.add(*receipt.Turn)
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
	d, err := decodeData[resumeData](in)
	conv := in.conv(d.Conv)
	switch {
	case err != nil || conv == uuid.Nil:
		c.refuse(uuid.Nil, problemOf(errMalformed))
	case in.T == "unsub":
		c.unsubscribe(conv)
	case !c.subs.allow(c.server.now()):
		c.refuse(conv, tooFast(c.subs.wait(c.server.now())))
	default:
		c.async(func() {
			ctx, cancel := context.WithTimeout(context.Background(), replayTime)
			defer cancel()
			c.subscribe(ctx, conv, d.AfterSeq)
		})
	}
}

// replayTime is how long a whole replay may take: the reader sets the pace.
const replayTime = 5 * time.Minute

func (c *client) onAck(ctx context.Context, in inbound) {
	d, err := decodeData[ackData](in)
	conv := in.conv(d.Conv)
	if err != nil || conv == uuid.Nil {
		c.refuse(uuid.Nil, problemOf(errMalformed))
		return
	}
	if err := c.server.conversations.Mark(ctx, conv, c.session.Member, d.Upto, d.Read); err != nil {
		c.refuse(conv, c.server.known(err))
	}
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
		if _, err := c.server.conversations.Touch(ctx, c.session.Hash); errors.Is(err, conversation.ErrNoSession) {
			c.close(closeAuth, "session ended")
			return
		}
	}
	c.send(outbound{T: "pong", D: pongData{N: d.N, Heads: c.server.hub.heads(c.convs())}})
}
