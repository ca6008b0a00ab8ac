package web

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"xiaohe/assistant/conversation"
)

// subscription is a socket's ear in one room. Until it has caught up, live messages wait in held.
type subscription struct {
	client *client
	conv   uuid.UUID

	mu       sync.Mutex
	cursor   int64
	joined   bool
	live     bool
	stopped  bool
	held     []heldFrame
	overflow bool // more came during the replay than a replay may hold

	typed  time.Time // when the socket last said that its person types
	typing bool
}

type heldFrame struct {
	seq  int64
	data []byte
}

// access returns a conversation that the socket's person may read, or conversation.ErrForbidden. It is asked of the
// store each time: rights change.
func (c *client) access(ctx context.Context, conv uuid.UUID) (conversation.Conversation, error) {
	if c.staff != nil {
		return c.server.conversations.StaffAccess(ctx, conv, c.member)
	}
	return c.server.conversations.Access(ctx, conv, c.member)
}

// subscribe replays what a client has not seen of a conversation and then keeps it up to date.
func (c *client) subscribe(ctx context.Context, conv uuid.UUID, after int64) {
	// Entered before the right is checked: a right that is taken away meanwhile finds the subscription.
	sub := &subscription{client: c, conv: conv, cursor: max(after, 0)}
	if old := c.enter(sub); old != nil {
		old.stop()
	}
	access, err := c.access(ctx, conv)
	if err == nil && c.staff != nil {
		err = c.viewed(ctx, access)
	}
	if err == nil && sub.join(access.LastSeq) {
		err = sub.catchUp(ctx)
	}
	switch {
	case errors.Is(err, conversation.ErrForbidden):
		c.drop(sub)
		c.refuse(conv, problemOf(err))
		if c.staff != nil {
			c.server.denied(ctx, c.actor(), conv)
		}
	case err != nil:
		c.server.log.Error("resume failed", "error", err)
		c.close(websocket.CloseTryAgainLater, "resume") // the client comes back and resumes; an open socket would look whole
	case access.Mode != "bot":
		c.server.tellControl(conv)
		c.server.tellMarks(conv)
		if c.staff != nil {
			c.server.tellWatchers(conv)
		}
	default:
		c.server.tellDraft(conv, sub)
	}
}

// join enters the room; false where the subscription was ended before.
func (s *subscription) join(head int64) bool {
	s.mu.Lock()
	s.joined = !s.stopped
	joined := s.joined
	s.mu.Unlock()
	if !joined {
		return false
	}
	s.client.server.hub.join(s.conv, head, s)
	s.mu.Lock()
	stopped := s.stopped
	s.mu.Unlock()
	if stopped { // it was ended between the two
		s.client.server.hub.leave(s.conv, s)
	}
	return !stopped
}

// listens tells whether the subscription is in its room, and so was allowed.
func (s *subscription) listens() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.joined && !s.stopped
}

func (s *subscription) stop() {
	s.mu.Lock()
	joined := s.joined
	s.stopped, s.held = true, nil
	s.mu.Unlock()
	if joined {
		s.client.server.hub.leave(s.conv, s)
	}
}

// mayType tells whether a change of typing is passed on: an end only where there was a beginning, a beginning not too
// often.
func (s *subscription) mayType(now time.Time, on bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped || !s.joined || !on && !s.typing || on && now.Sub(s.typed) < typingEvery {
		return false
	}
	s.typing = on
	if on {
		s.typed = now
	}
	return true
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

func (s *subscription) whisper(w whisper) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.stopped || w.staff && s.client.staff == nil || w.from == s.client && w.from != nil:
	case w.keep:
		s.client.push(w.data)
	case s.live:
		s.client.pushEphemeral(w.data)
	}
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
	if !s.client.pushWait(encode(caughtUp)) {
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
	case !s.client.pushWait(frame):
		return false
	}
	s.mu.Lock()
	s.cursor = seq
	s.mu.Unlock()
	return true
}

// reset ends the subscription: the client fetches a snapshot over HTTP and subscribes again from there.
func (s *subscription) reset(ctx context.Context) error {
	s.client.drop(s)
	heads, err := s.client.server.conversations.Heads(ctx, []uuid.UUID{s.conv})
	if err != nil {
		return err
	}
	s.client.send(outbound{T: "reset", Conv: s.conv.String(), D: headData{s.conv.String(), heads[s.conv]}})
	return nil
}
