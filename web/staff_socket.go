package web

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/account"
	"xiaohe/assistant/audit"
	"xiaohe/assistant/conversation"
	"xiaohe/assistant/handoff"
)

// staffSocket is what a console's socket has beside a family's. The client's lock guards it.
type staffSocket struct {
	session account.Session
	queue   bool // hears of the queue, and rings
	shown   shown
}

// shown is what one of the staff has on the screen.
type shown struct {
	status    string // online, busy or away
	viewing   uuid.UUID
	composing bool
}

// The queue topic, and how often it may change for a console: at once after a rest, then twice a second, and not for
// all consoles in the same moment, since each of them fetches its lists then. What is urgent comes as an alert besides.
const (
	topicQueue = "queue"
	queueEvery = 500 * time.Millisecond
	queuePace  = time.Millisecond
)

// queueBell tells consoles that the queue has changed, at most once in queueEvery.
type queueBell struct {
	mu      sync.Mutex
	last    time.Time
	pending bool
}

// queueChanged tells this node's consoles to fetch the queue anew.
func (s *Server) queueChanged() {
	b := &s.queueBell
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pending {
		return
	}
	b.pending = true
	time.AfterFunc(max(0, queueEvery-time.Since(b.last)), func() {
		b.mu.Lock()
		b.pending, b.last = false, time.Now()
		b.mu.Unlock()
		frame := encode(outbound{T: "queue", D: queueData{time.Now().UnixMilli()}})
		for _, c := range s.queueClients() {
			c.push(frame)
			time.Sleep(queuePace)
		}
	})
}

// staffClients are the consoles' sockets on this node.
func (s *Server) staffClients() []*client {
	return s.clientsWhere(func(c *client) bool { return c.staff != nil })
}

// queueClients are those that hear of the queue.
func (s *Server) queueClients() []*client {
	return slices.DeleteFunc(s.staffClients(), func(c *client) bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return !c.staff.queue
	})
}

// ringEvery is how often an alert repeats until somebody has taken the ticket.
const ringEvery = 10 * time.Second

// call rings for one ticket at the consoles that it calls.
func (s *Server) call(ticket uuid.UUID, audience string) {
	s.jobs.do(job{"call " + audience, ticket}, func() {
		ctx, cancel := background()
		defer cancel()
		s.ring(s.queueClients(), func(staff []uuid.UUID) ([]handoff.Ring, error) { return s.handoff.Called(ctx, staff, ticket, audience) })
	})
}

// ringAll rings for all serious tickets that nobody has taken.
func (s *Server) ringAll(ctx context.Context) { s.ringFor(ctx, s.queueClients()) }

func (s *Server) ringFor(ctx context.Context, clients []*client) {
	s.ring(clients, func(staff []uuid.UUID) ([]handoff.Ring, error) { return s.handoff.Ringing(ctx, staff) })
}

// ring sends alerts to those of some consoles that find says. A failure leaves it to the next round.
func (s *Server) ring(clients []*client, find func(staff []uuid.UUID) ([]handoff.Ring, error)) {
	if len(clients) == 0 {
		return
	}
	staff := make([]uuid.UUID, len(clients))
	for i, c := range clients {
		staff[i] = c.member
	}
	rings, err := find(staff)
	if err != nil {
		s.log.Error("ring", "error", err)
	}
	for _, r := range rings {
		frame := encode(outbound{T: "alert", D: alertData{r.Ticket.String(), r.No, r.Priority, r.Rung, r.Calls}})
		for _, c := range clients {
			if c.member == r.Worker {
				c.push(frame)
			}
		}
	}
}

// viewed logs that one of the staff reads a conversation. What cannot be logged is not shown.
func (c *client) viewed(ctx context.Context, conv conversation.Conversation) error {
	return c.server.audit.Viewed(ctx, c.actor(), conv.ID, conv.Region)
}

// actor is the socket's person as the audit log names them.
func (c *client) actor() audit.Actor {
	return named(audit.Actor{Request: c.id.String(), IP: parseAddress(c.address)}, c.who().Staff)
}

// who is the person of a console's socket.
func (c *client) who() account.Session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.staff.session
}

// onTopic obeys sub and unsub of the queue.
func (c *client) onTopic(in inbound, topic string) {
	if topic != topicQueue || c.staff == nil {
		c.refuse(uuid.Nil, problem{Code: codeForbidden, Message: "没有这一项可以订阅"})
		return
	}
	c.mu.Lock()
	c.staff.queue = in.T == "sub"
	c.mu.Unlock()
	if in.T != "sub" {
		return
	}
	c.send(outbound{T: "queue", D: queueData{time.Now().UnixMilli()}})
	c.async(func() {
		ctx, cancel := background()
		defer cancel()
		c.server.ringFor(ctx, []*client{c})
	})
}

// onPresence notes what one of the staff has on the screen; colleagues who have it too see that.
func (c *client) onPresence(ctx context.Context, in inbound) {
	d, err := decodeData[presenceData](in)
	if err != nil {
		c.refuse(uuid.Nil, problemOf(err))
		return
	}
	if c.staff == nil {
		return
	}
	viewing, _ := uuid.Parse(d.Viewing)
	if sub := c.subscription(viewing); sub == nil || !sub.listens() {
		viewing = uuid.Nil // only what they may read: a subscription has been checked
	}
	if !slices.Contains([]string{"online", "busy", "away"}, d.Status) {
		d.Status = "online"
	}
	is := shown{d.Status, viewing, d.Composing && viewing != uuid.Nil}
	c.mu.Lock()
	was := c.staff.shown
	c.staff.shown = is
	c.mu.Unlock()
	if was == is {
		return
	}
	if err := c.beat(ctx); err != nil {
		c.server.log.Error("note presence", "error", err)
		return
	}
	c.tellWatchers(was.viewing)
	if is.viewing != was.viewing {
		c.tellWatchers(is.viewing)
	}
}

func (c *client) tellWatchers(conv uuid.UUID) {
	if conv != uuid.Nil {
		c.server.tellWatchers(conv)
		c.server.bus.Publish(itemWatcher + shortID(conv))
	}
}

// presence is the socket's row.
func (c *client) presence() handoff.Presence {
	c.mu.Lock()
	defer c.mu.Unlock()
	return handoff.Presence{Worker: c.member, Conn: c.id, Silent: c.silent(),
		Status: c.staff.shown.status, Viewing: c.staff.shown.viewing, Composing: c.staff.shown.composing}
}

func (c *client) beat(ctx context.Context) error {
	return c.server.handoff.Beat(ctx, c.server.node, []handoff.Presence{c.presence()})
}

// gone takes a console's socket out of the tables.
func (c *client) gone() {
	ctx, cancel := background()
	defer cancel()
	if err := c.server.handoff.Leave(ctx, c.id); err != nil {
		c.server.log.Error("note that a console is gone", "error", err) // without beats it counts as gone soon
	}
	c.tellWatchers(c.presence().Viewing)
}

// beatEvery is how often a node says which sockets live on it.
const beatEvery = 15 * time.Second

// beat says that this node's sockets live: the consoles', and those of families who wait for a person or talk with one.
func (s *Server) beat(ctx context.Context) {
	if s.handoff == nil {
		return
	}
	var staff []handoff.Presence
	for _, c := range s.staffClients() {
		staff = append(staff, c.presence())
	}
	if len(staff) > 0 {
		if err := s.handoff.Beat(ctx, s.node, staff); err != nil {
			s.log.Error("beat", "error", err)
		}
	}
	for chunk := range slices.Chunk(s.families(), 1000) {
		if err := s.handoff.Seen(ctx, chunk); err != nil {
			s.log.Error("beat", "error", err)
		}
	}
}

// families are the members who listen to a conversation on this node.
func (s *Server) families() []handoff.Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []handoff.Seen
	for c := range s.clients {
		if c.staff == nil {
			for _, conv := range c.heard() {
				all = append(all, handoff.Seen{Conversation: conv, Member: c.member})
			}
		}
	}
	for l := range s.streams {
		if !l.staff {
			all = append(all, handoff.Seen{Conversation: l.conv, Member: l.member})
		}
	}
	return all
}

// recheck asks anew what somebody may do, and ends what they no longer may.
func (s *Server) recheck(member uuid.UUID) {
	s.jobs.do(job{"recheck", member}, func() {
		for _, c := range s.clientsOf(member) {
			c.recheck()
		}
		for _, l := range s.streamsOf(member) {
			wake(l.check)
		}
	})
}

// recheckStaff asks anew for all consoles, and for families in whose conversations a person has a part.
func (s *Server) recheckStaff() {
	s.jobs.do(job{kind: "recheck staff"}, func() {
		lively := s.hub.lively()
		for _, c := range s.allClients() {
			if c.staff != nil || slices.ContainsFunc(c.heard(), func(conv uuid.UUID) bool { return lively[conv] }) {
				c.recheck()
			}
		}
	})
}

// recheckAll asks anew for everybody.
func (s *Server) recheckAll() {
	s.jobs.do(job{kind: "recheck all"}, func() {
		for _, c := range s.allClients() {
			c.recheck()
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for l := range s.streams {
			wake(l.check)
		}
	})
}

func (c *client) recheck() {
	ctx, cancel := background()
	defer cancel()
	if !c.recheckSession(ctx) {
		return
	}
	for _, sub := range c.all() {
		_, err := c.access(ctx, sub.conv)
		if !errors.Is(err, conversation.ErrForbidden) {
			continue // allowed, or not known: the next check finds out
		}
		c.drop(sub)
		if c.staff != nil {
			c.refuse(sub.conv, problemOf(err))
		} // a guardian who is kept out is told nothing: no screen may betray it
	}
}

// recheckSession ends the socket whose session has ended or whose rights are others now. False where it is over.
func (c *client) recheckSession(ctx context.Context) bool {
	if c.staff == nil {
		if _, err := c.server.conversations.Touch(ctx, c.hash); errors.Is(err, conversation.ErrNoSession) {
			c.close(closeAuth, "session ended")
			return false
		}
		return true
	}
	now, err := c.server.accounts.Touch(ctx, c.hash)
	switch {
	case errors.Is(err, account.ErrNoSession), err == nil && now.MustChange:
		c.close(closeAuth, "session ended")
		return false
	case err != nil:
		return true // not known: the next check finds out
	}
	c.mu.Lock()
	was := c.staff.session
	c.staff.session = now
	c.mu.Unlock()
	if !sameRights(was.Staff, now.Staff) {
		c.close(closeResync, "rights changed")
		return false
	}
	return true
}

func sameRights(a, b account.Staff) bool {
	return a.Role == b.Role && a.CanReply == b.CanReply && slices.Equal(sorted(a.Scopes), sorted(b.Scopes))
}

func sorted(texts []string) []string {
	texts = slices.Clone(texts)
	slices.Sort(texts)
	return texts
}
