package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/conversation"
)

// sendMessage is msg.send over HTTP: the same way in, the same receipt.
func (s *Server) sendMessage(w http.ResponseWriter, r *http.Request) {
	session, conv, d, err := conversationCall[sendData](s, w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	m, err := s.post(r.Context(), session, conv, d)
	if err != nil {
		s.fail(w, r, hidden(err))
		return
	}
	writeJSON(w, http.StatusOK, receiptOf(m))
}

type eventsAnswer struct {
	Events  []outbound `json:"events"`
	HeadSeq int64      `json:"head_seq"`
	Reset   bool       `json:"reset"` // too much was missed: take the snapshot, go on from head_seq
}

// member checks that the request's session takes part in the conversation of its path.
func (s *Server) member(r *http.Request) (conversation.Session, conversation.Conversation, error) {
	session, err := s.session(r)
	if err != nil {
		return session, conversation.Conversation{}, err
	}
	id, err := convID(r)
	if err != nil {
		return session, conversation.Conversation{}, err
	}
	c, err := s.conversations.Access(r.Context(), id, session.Member)
	return session, c, hidden(err)
}

// Bounds of a snapshot and of a long poll.
const (
	snapshotLimit = 200
	longestWait   = 25
)

// snapshot reads the last messages, or those before ?before_seq=.
func (s *Server) snapshot(w http.ResponseWriter, r *http.Request) {
	_, c, err := s.member(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answerSnapshot(w, r, c)
}

// answerSnapshot is snapshot for whoever may read the conversation.
func (s *Server) answerSnapshot(w http.ResponseWriter, r *http.Request, c conversation.Conversation) {
	before, err1 := number(r, "before_seq", 0)
	limit, err2 := number(r, "limit", snapshotLimit)
	if err1 != nil || err2 != nil {
		s.fail(w, r, errMalformed)
		return
	}
	messages, err := s.conversations.Before(r.Context(), c.ID, before, int(min(max(limit, 1), snapshotLimit)))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	a := eventsAnswer{Events: []outbound{}, HeadSeq: c.LastSeq}
	for _, m := range messages {
		a.Events = append(a.Events, messageFrame(m))
		a.HeadSeq = max(a.HeadSeq, m.Seq)
	}
	writeJSON(w, http.StatusOK, a)
}

// reader is who reads a conversation over HTTP. access is asked again after every wait: rights change.
type reader struct {
	member uuid.UUID
	staff  bool
	access func(context.Context) (conversation.Conversation, error)
}

// keptOut tells whether somebody of the family was refused. A page learns of that when it asks for something, not when
// it happens.
func (r reader) keptOut(err error) bool { return !r.staff && errors.Is(err, conversation.ErrForbidden) }

func (s *Server) family(session conversation.Session, conv uuid.UUID) reader {
	return reader{member: session.Member, access: func(ctx context.Context) (conversation.Conversation, error) {
		if _, err := s.conversations.Touch(ctx, session.Hash); err != nil {
			return conversation.Conversation{}, err
		}
		return s.conversations.Access(ctx, conv, session.Member)
	}}
}

// events is the long poll for places where no socket gets through: the same cursor, the same all-or-reset.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	session, c, err := s.member(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answerEvents(w, r, c, s.family(session, c.ID))
}

// answerEvents is events for whoever may read the conversation.
func (s *Server) answerEvents(w http.ResponseWriter, r *http.Request, c conversation.Conversation, who reader) {
	after, err1 := number(r, "after_seq", 0)
	wait, err2 := number(r, "wait", 0)
	if err1 != nil || err2 != nil {
		s.fail(w, r, errMalformed)
		return
	}
	l, ok := s.openStream(r, c, who)
	if !ok {
		s.fail(w, r, tooManyPages)
		return
	}
	defer s.closeStream(l)
	timer := time.NewTimer(time.Duration(min(max(wait, 0), longestWait)) * time.Second)
	defer timer.Stop()
	for last, out := wait <= 0, false; ; {
		if !out {
			a, err := s.missed(r.Context(), c.ID, after)
			if err != nil {
				s.fail(w, r, err)
				return
			}
			if len(a.Events) > 0 || a.Reset || last {
				writeJSON(w, http.StatusOK, a)
				return
			}
		}
		select {
		case <-l.news:
		case <-l.check:
		case <-timer.C:
			last = true
		case <-s.quit:
			last = true
		case <-r.Context().Done():
			return
		}
		switch _, err := who.access(r.Context()); {
		case who.keptOut(err) && !last: // the wait goes on: its end must not tell when that was
			out = true
		case err != nil:
			s.fail(w, r, hidden(err))
			return
		default:
			out = false
		}
	}
}

var tooManyPages = problem{Code: codeRate, Message: "同时打开的页面太多了，请关掉几个", RetryAfterMS: 5000}

// missed reads what came after a seq, all of it or a reset.
func (s *Server) missed(ctx context.Context, conv uuid.UUID, after int64) (eventsAnswer, error) {
	messages, err := s.conversations.Since(ctx, conv, after, s.limits.Backlog+1)
	if err != nil {
		return eventsAnswer{}, err
	}
	a := eventsAnswer{Events: []outbound{}, HeadSeq: after}
	if len(messages) > s.limits.Backlog {
		heads, err := s.conversations.Heads(ctx, []uuid.UUID{conv})
		return eventsAnswer{Events: a.Events, HeadSeq: heads[conv], Reset: true}, err
	}
	for _, m := range messages {
		a.Events = append(a.Events, messageFrame(m))
		a.HeadSeq = m.Seq
	}
	return a, nil
}

func number(r *http.Request, name string, standard int64) (int64, error) {
	text := r.FormValue(name)
	if text == "" {
		return standard, nil
	}
	return strconv.ParseInt(text, 10, 64)
}
