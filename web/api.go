package web

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"xiaohe/assistant/conversation"
	"xiaohe/knowledge"
)

// session finds the session of a request by its Authorization header; no token is ever in an address or a cookie.
func (s *Server) session(r *http.Request) (conversation.Session, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || token == "" {
		return conversation.Session{}, conversation.ErrNoSession
	}
	return s.conversations.Session(r.Context(), token)
}

var noConversation = problem{Code: codeNotFound, Message: "没有找到这次谈话"}

// convID reads the conversation of a path; what is no id cannot be found.
func convID(r *http.Request) (uuid.UUID, error) {
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		return uuid.Nil, noConversation
	}
	return id, nil
}

// hidden makes of "not yours" what a stranger may know: that there is nothing.
func hidden(err error) error {
	if errors.Is(err, conversation.ErrForbidden) {
		return noConversation
	}
	return err
}

type sessionRequest struct {
	Site      string `json:"site"`
	OwnDevice bool   `json:"own_device"`
}

type sessionAnswer struct {
	Token     string `json:"token,omitempty"`
	OwnDevice bool   `json:"own_device"`
	ExpiresAt string `json:"expires_at"`
}

var siteName = regexp.MustCompile(`^[a-z0-9.-]{1,64}$`)

// openSession begins an anonymous session, or changes how long the one of the request lasts.
func (s *Server) openSession(w http.ResponseWriter, r *http.Request) {
	d, err := readJSON[sessionRequest](w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if session, err := s.session(r); err == nil {
		if session.OwnDevice != d.OwnDevice {
			session, err = s.conversations.SetOwnDevice(r.Context(), session.Hash, d.OwnDevice)
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		writeJSON(w, http.StatusOK, sessionAnswer{OwnDevice: session.OwnDevice, ExpiresAt: timestamp(session.ExpiresAt)})
		return
	}
	if !s.meter.session(s.address(r)) {
		s.fail(w, r, problem{Code: codeRate, Message: "打开得太频繁了，请过几分钟再试", RetryAfterMS: 60_000})
		return
	}
	if !siteName.MatchString(d.Site) {
		d.Site = "self"
	}
	token, session, err := s.conversations.OpenSession(r.Context(), d.Site, d.OwnDevice)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, sessionAnswer{Token: token, OwnDevice: session.OwnDevice, ExpiresAt: timestamp(session.ExpiresAt)})
}

func (s *Server) endSession(w http.ResponseWriter, r *http.Request) {
	session, err := s.session(r)
	if err == nil {
		err = s.conversations.EndSession(r.Context(), session.Hash)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.kick(session)
	w.WriteHeader(http.StatusNoContent)
}

type ticketAnswer struct {
	Ticket    string `json:"ticket"`
	ExpiresIn int    `json:"expires_in"` // seconds
}

func (s *Server) openTicket(w http.ResponseWriter, r *http.Request) {
	session, err := s.session(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	ticket, expires, err := s.conversations.OpenTicket(r.Context(), session)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, ticketAnswer{ticket, int(expires.Seconds())})
}

type conversationRequest struct {
	Region string `json:"region"` // code or name; empty means that of the server
	New    bool   `json:"new"`    // begin another one
}

type conversationAnswer struct {
	ID      string     `json:"id"`
	Region  regionData `json:"region"`
	Mode    string     `json:"mode"`
	HeadSeq int64      `json:"head_seq"`
}

func (s *Server) openConversation(w http.ResponseWriter, r *http.Request) {
	session, err := s.session(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d, err := readJSON[conversationRequest](w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if d.Region == "" {
		d.Region = s.region
	}
	region, err := s.knowledge.Region(r.Context(), d.Region)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	c, err := s.conversations.Open(r.Context(), session, region.Code, d.New)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	named, err := s.named(r.Context(), c.Region)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, conversationAnswer{c.ID.String(), named, c.Mode, c.LastSeq})
}

// named is a region with the name that people know it by: 浙江省杭州市.
func (s *Server) named(ctx context.Context, code string) (regionData, error) {
	region, err := s.knowledge.Region(ctx, code)
	if err != nil {
		return regionData{}, err
	}
	path, err := s.knowledge.Path(ctx, region)
	if err != nil {
		return regionData{}, err
	}
	return regionData{region.Short(), pathName(path)}, nil
}

func pathName(path []knowledge.Region) string {
	if len(path) == 1 {
		return path[0].Name
	}
	var name strings.Builder
	for _, r := range path[1:] { // without the country
		name.WriteString(r.Name)
	}
	return name.String()
}

// conversationCall reads a request that changes a conversation: who asks, which conversation, and the body.
func conversationCall[T any](s *Server, w http.ResponseWriter, r *http.Request) (session conversation.Session, conv uuid.UUID, body T, err error) {
	if session, err = s.session(r); err != nil {
		return session, conv, body, err
	}
	if conv, err = convID(r); err != nil {
		return session, conv, body, err
	}
	body, err = readJSON[T](w, r)
	return session, conv, body, err
}

func (s *Server) setRegion(w http.ResponseWriter, r *http.Request) {
	session, conv, d, err := conversationCall[conversationRequest](s, w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	region, err := s.knowledge.Region(r.Context(), d.Region)
	if err == nil {
		err = hidden(s.conversations.SetRegion(r.Context(), conv, session.Member, region.Code))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	named, err := s.named(r.Context(), region.Code)
	if err == nil {
		err = s.locate(r, session, conv)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.hub.whisper(conv, outbound{T: "region", D: named}) // the sender's other tabs
	writeJSON(w, http.StatusOK, named)
}
