package web

import (
	"context"
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
		replaced := c.over()
		if c != newest && !replaced && (oldest == nil || c.number < oldest.number) {
			oldest = c
		}
	}
	if oldest != nil {
		oldest.close(closeReplaced, "replaced")
	}
	return oldest != nil
}

// clientsWhere are the sockets of this node that are as wanted.
func (s *Server) clientsWhere(wanted func(*client) bool) (all []*client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.clients {
		if wanted(c) {
			all = append(all, c)
		}
	}
	return all
}

func (s *Server) allClients() []*client {
	return s.clientsWhere(func(*client) bool { return true })
}

func (s *Server) clientsOf(member uuid.UUID) []*client {
	return s.clientsWhere(func(c *client) bool { return c.member == member })
}

// kick closes the sockets of a session that has ended, on every node.
func (s *Server) kick(session conversation.Session) {
	for _, c := range s.clientsOf(session.Member) {
		c.close(closeAuth, "session ended")
	}
	s.Changed(handoff.Change{Members: []uuid.UUID{session.Member}})
}

// pings returns what, once a second, sends every socket a ping in its turn, and so spares each a timer of its own.
func (s *Server) pings() func(context.Context) {
	const turns = int64(pingEvery / time.Second)
	turn := int64(0)
	return func(context.Context) {
		for _, c := range s.clientsWhere(func(c *client) bool { return c.number%turns == turn }) {
			c.pushEphemeral(nil)
		}
		turn = (turn + 1) % turns
	}
}
