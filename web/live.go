package web

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/conversation"
	"xiaohe/assistant/handoff"
)

// liveState is what a room shows beside its messages: who steers, who types. It lives as long as somebody is there.
type liveState struct {
	control handoff.Control
	told    bool                   // control was told to everybody in the room
	typists map[string]*time.Timer // by who and name; each ends by itself
}

func (l *liveState) stop() {
	if l == nil {
		return
	}
	for _, timer := range l.typists {
		timer.Stop()
	}
}

// state returns the room's live state. The caller holds the room's lock.
func (r *room) state() *liveState {
	if r.live == nil {
		r.live = &liveState{typists: map[string]*time.Timer{}}
	}
	return r.live
}

// held tells whether a person talks with the family.
func (r *room) held() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.live != nil && r.live.control.Mode == "human"
}

// The work of singly on a conversation.
const (
	jobControl  = "control"
	jobMarks    = "marks"
	jobWatchers = "watchers"
)

// background is a context for work that nobody waits for.
func background() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), requestTime)
}

// steered tells a room who steers its conversation, if that has changed. It takes no lock of the hub: it is called with
// the room's.
func (s *Server) steered(conv uuid.UUID) {
	if s.handoff != nil {
		s.jobs.do(job{jobControl, conv}, func() { s.readControl(conv) })
	}
}

// tellControl is steered for somebody who has just come: it is told in any case.
func (s *Server) tellControl(conv uuid.UUID) {
	if r := s.hub.room(conv); r != nil && s.handoff != nil {
		r.mu.Lock()
		r.state().told = false
		r.mu.Unlock()
		s.steered(conv)
	}
}

func (s *Server) readControl(conv uuid.UUID) {
	if s.hub.room(conv) == nil {
		return
	}
	ctx, cancel := background()
	defer cancel()
	control, err := s.handoff.Control(ctx, conv)
	r := s.hub.room(conv)
	if errors.Is(err, handoff.ErrNotFound) || r == nil {
		return
	}
	if err != nil {
		s.log.Error("tell who steers", "error", err)
		return
	}
	r.mu.Lock()
	live := r.state()
	same := live.told && live.control == control
	live.control, live.told = control, true
	r.mu.Unlock()
	if !same { // the job runs singly: nothing older is told after this
		s.hub.whisper(conv, outbound{T: "ticket", D: control}, whisper{keep: true})
	}
}

// Typing is told at most every two seconds by each socket, and ends by itself after six.
const (
	typingEvery = 2 * time.Second
	typingFor   = 6 * time.Second
)

// typingItem is typing on its way to another node.
type typingItem struct {
	Conv string `json:"c"`
	typesData
}

// types tells a room that somebody types, or has stopped. from does not need to hear it.
func (s *Server) types(conv uuid.UUID, d typesData, from *client) {
	r := s.hub.room(conv)
	if r == nil {
		return
	}
	r.mu.Lock()
	typists, key := r.state().typists, d.Who+" "+d.Name
	if timer := typists[key]; timer != nil {
		timer.Stop()
		delete(typists, key)
	}
	if d.On {
		typists[key] = time.AfterFunc(typingFor, func() {
			s.types(conv, typesData{Who: d.Who, Name: d.Name}, nil)
		})
	}
	r.mu.Unlock()
	s.hub.whisper(conv, outbound{T: "typing", D: d}, whisper{from: from})
}

// tellTyping is types for this node's sockets: the other nodes hear of it where a person talks with the family.
func (s *Server) tellTyping(conv uuid.UUID, d typesData, from *client) {
	s.types(conv, d, from)
	if r := s.hub.room(conv); r == nil || !r.held() {
		return
	}
	if data, err := json.Marshal(typingItem{shortID(conv), d}); err == nil {
		s.bus.Publish(itemTyping + string(data))
	}
}

// marksPause gathers the marks of one moment.
const marksPause = 100 * time.Millisecond

// marked tells all nodes that somebody has read, where a person talks with the family.
func (s *Server) marked(conv uuid.UUID) {
	if r := s.hub.room(conv); r != nil && r.held() {
		s.tellMarks(conv)
		s.bus.Publish(itemMarks + shortID(conv))
	}
}

// tellMarks tells a room how far each side has read.
func (s *Server) tellMarks(conv uuid.UUID) {
	r := s.hub.room(conv)
	if r == nil {
		return
	}
	s.jobs.do(job{jobMarks, conv}, func() {
		select {
		case <-time.After(marksPause):
		case <-s.quit:
		}
		s.readMarks(conv)
	})
}

func (s *Server) readMarks(conv uuid.UUID) {
	r := s.hub.room(conv)
	if r == nil || !r.held() {
		return
	}
	ctx, cancel := background()
	defer cancel()
	marks, err := s.conversations.Marks(ctx, conv)
	if err != nil {
		s.log.Error("tell marks", "error", err)
		return
	}
	for who, side := range sidesOf(marks) {
		s.hub.whisper(conv, outbound{T: "read", D: marksData{who, side}})
	}
}

// sidesOf is how far user and worker, each of several people perhaps, have got.
func sidesOf(marks []conversation.Reader) map[string]readData {
	sides := map[string]readData{}
	for _, m := range marks {
		who := "user"
		if slices.Contains(consoleRoles, m.Role) {
			who = "worker"
		}
		side := sides[who]
		sides[who] = readData{max(side.Delivered, m.Delivered), max(side.Read, m.Read)}
	}
	return sides
}

// tellWatchers tells the staff in a room who else has it on the screen.
func (s *Server) tellWatchers(conv uuid.UUID) {
	if s.hub.room(conv) == nil {
		return
	}
	s.jobs.do(job{jobWatchers, conv}, func() { s.readWatchers(conv) })
}

func (s *Server) readWatchers(conv uuid.UUID) {
	r := s.hub.room(conv)
	if r == nil || len(r.staff()) == 0 {
		return
	}
	ctx, cancel := background()
	defer cancel()
	watchers, err := s.handoff.Watchers(ctx, conv)
	if err != nil {
		s.log.Error("tell who is there", "error", err)
		return
	}
	for _, sub := range r.staff() {
		d := viewersData{othersOf(watchers, sub.client.member)}
		sub.whisper(whisper{kind: "presence", data: encode(outbound{T: "presence", Conv: conv.String(), D: d}), staff: true})
	}
}

// othersOf are those who have a conversation on the screen beside one of the staff.
func othersOf(watchers []handoff.Watcher, worker uuid.UUID) []watcherData {
	others := []watcherData{}
	for _, w := range watchers {
		if w.Worker != worker {
			others = append(others, watcherData{w.Name, w.Composing})
		}
	}
	return others
}

// staff are the consoles' sockets in a room.
func (r *room) staff() (all []*subscription) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.listeners {
		if sub, ok := l.(*subscription); ok && sub.client.staff != nil {
			all = append(all, sub)
		}
	}
	return all
}
