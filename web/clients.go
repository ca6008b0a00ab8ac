package web

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"xiaohe/assistant/conversation"
	"xiaohe/assistant/handoff"
)

func (s *Server) addClient(c *client) {
	s.mu.Lock()
	s.clients[c] = struct{}{}
	draining := s.draining
	s.mu.Unlock()
	if draining {
		c.close(websocket.CloseGoingAway, "drain")
	}
}

func (s *Server) removeClient(c *client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clients, c)
}

// replaceOldest closes the oldest other socket of a member who has too many; false where there is none.
func (s *Server) replaceOldest(newest *client) bool {
	var oldest *client
	for _, c := range s.clientsOf(newest.member) {
		select {
		case <-c.done: // it has been replaced already
			continue
		default:
		}
		if c != newest && (oldest == nil || c.number < oldest.number) {
			oldest = c
		}
	}
	if oldest != nil {
		oldest.close(closeReplaced, "replaced")
	}
	return oldest != nil
}

func (s *Server) allClients() []*client {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.clients))
}

func (s *Server) clientsOf(member uuid.UUID) []*client {
	return slices.DeleteFunc(s.allClients(), func(c *client) bool { return c.member != member })
}

// kick closes the sockets of a session that has ended, on every node.
func (s *Server) kick(session conversation.Session) {
	for _, c := range s.clientsOf(session.Member) {
		c.close(closeAuth, "session ended")
	}
	s.Changed(handoff.Change{Members: []uuid.UUID{session.Member}})
}

// pings sends every socket a ping in its turn, and so spares each a timer of its own.
func (s *Server) pings(ctx context.Context) {
	const turns = int64(pingEvery / time.Second)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for turn := int64(0); ; turn = (turn + 1) % turns {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, c := range s.allClients() {
			if c.number%turns == turn {
				c.pushEphemeral(nil)
			}
		}
	}
}
