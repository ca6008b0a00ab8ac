package web

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"xiaohe/assistant/conversation"
	"xiaohe/assistant/handoff"
)

// The first byte of a bus item says what it is about; the id or the JSON of it follows.
const (
	itemMessage = "c" // a conversation has a new message
	itemControl = "k" // a conversation is in other hands
	itemQueue   = "q" // the queue has changed
	itemMember  = "m" // somebody's rights have changed
	itemAlert   = "a" // a ticket calls, and its audience
	itemTyping  = "t" // somebody types
	itemMarks   = "r" // somebody has read
	itemWatcher = "p" // one of the staff looks at a conversation, or no longer does
	itemTurn    = "u" // a turn that a node left behind when it ended
)

// shortID is an id in 22 characters.
func shortID(id uuid.UUID) string { return base64.RawURLEncoding.EncodeToString(id[:]) }

const shortLength = 22

func longID(text string) (id uuid.UUID, ok bool) {
	n, err := base64.RawURLEncoding.Decode(id[:], []byte(text))
	return id, err == nil && n == len(id)
}

// Changed passes on what became of a ticket, after its commit: to the sockets of this node, and to the other nodes. It
// does not wait.
func (s *Server) Changed(c handoff.Change) {
	for _, conv := range c.Conversations {
		s.turns.halt(conv)
		s.hub.nudge(conv)
		s.steered(conv)
		s.bus.Publish(itemControl + shortID(conv))
	}
	if c.Queue {
		s.queueChanged()
		s.bus.Publish(itemQueue)
	}
	for _, a := range c.Alerts {
		s.call(a.Ticket, a.Audience)
		s.bus.Publish(itemAlert + shortID(a.Ticket) + a.Audience)
	}
	if len(c.Alerts) > 0 && s.alerted != nil {
		s.alerted()
	}
	for _, member := range c.Members {
		s.recheck(member)
		s.bus.Publish(itemMember + shortID(member))
	}
}

// receive obeys what another node says. It does not wait.
func (s *Server) receive(items []string) {
	for _, item := range items {
		if item == "" {
			continue
		}
		kind, rest := item[:1], item[1:]
		switch kind {
		case itemQueue:
			s.queueChanged()
		case itemTyping:
			s.receiveTyping(rest)
		case itemTurn:
			s.receiveTurn(rest)
		default:
			if id, ok := longID(rest[:min(len(rest), shortLength)]); ok {
				s.receiveAbout(kind, id, rest[shortLength:])
			}
		}
	}
}

func (s *Server) receiveAbout(kind string, id uuid.UUID, rest string) {
	switch kind {
	case itemMessage:
		s.turns.halt(id)
		s.hub.nudge(id)
	case itemControl:
		s.turns.halt(id)
		s.hub.nudge(id)
		s.steered(id)
	case itemMember:
		s.recheck(id)
	case itemAlert:
		s.call(id, rest)
	case itemMarks:
		s.tellMarks(id)
	case itemWatcher:
		s.tellWatchers(id)
	}
}

func (s *Server) receiveTyping(text string) {
	var item typingItem
	if json.Unmarshal([]byte(text), &item) != nil {
		return
	}
	if conv, ok := longID(item.Conv); ok {
		s.types(conv, item.typesData, nil)
	}
}

// A turn that a node could not answer any more goes to the others, as conversation, seq and epoch. Whoever is first
// answers it; if nobody is, the sweep finds it.
func turnItem(t conversation.BotTurn) string {
	return itemTurn + shortID(t.Conversation) + " " + strconv.FormatInt(t.UserSeq, 10) + " " + strconv.FormatInt(t.Epoch, 10)
}

// left are the turns that a stopped server has not begun.
func (t *turns) left() []conversation.BotTurn {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Concat(slices.Collect(maps.Values(t.queues))...)
}

func (s *Server) receiveTurn(text string) {
	fields := strings.Fields(text)
	if len(fields) != 3 {
		return
	}
	conv, ok := longID(fields[0])
	seq, err1 := strconv.ParseInt(fields[1], 10, 64)
	epoch, err2 := strconv.ParseInt(fields[2], 10, 64)
	if ok && err1 == nil && err2 == nil {
		s.turns.add(conversation.BotTurn{Conversation: conv, UserSeq: seq, Epoch: epoch}, false)
	}
}

// resync reads everything anew that another node may have said while it could not be heard.
func (s *Server) resync() {
	s.jobs.do(job{kind: "resync"}, func() {
		ctx, cancel := background()
		defer cancel()
		if err := s.hub.reconcile(ctx); err != nil {
			s.log.Error("reconcile rooms", "error", err)
		}
		for conv := range s.hub.lively() {
			s.steered(conv)
			s.tellMarks(conv)
			s.tellWatchers(conv)
		}
		s.queueChanged()
		s.ringAll(ctx)
		s.recheckAll()
	})
}
