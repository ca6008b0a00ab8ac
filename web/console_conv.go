package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/google/uuid"

	"xiaohe/assistant/account"
	"xiaohe/assistant/conversation"
)

// read finds the conversation of the address, if the person may read it, and logs that they do.
func (c *console) read(r *http.Request, who account.Session) (conversation.Conversation, error) {
	id, err := pathID(r, "conv")
	if err != nil {
		return conversation.Conversation{}, err
	}
	conv, err := c.conversations.StaffAccess(r.Context(), id, who.ID)
	if err != nil {
		return conv, err
	}
	return conv, c.audit.Viewed(r.Context(), c.actor(r, who.Staff), conv.ID, conv.Region)
}

// snapshot reads the last messages of a conversation, or those before ?before_seq=.
func (c *console) snapshot(w http.ResponseWriter, r *http.Request, who account.Session) {
	conv, err := c.read(r, who)
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	c.answerSnapshot(w, r, conv)
}

// events is the long poll for places where no socket gets through: the same cursor, the same all-or-reset.
func (c *console) events(w http.ResponseWriter, r *http.Request, who account.Session) {
	conv, err := c.read(r, who)
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	c.answerEvents(w, r, conv, c.colleague(who, conv.ID))
}

// colleague is somebody of the staff who reads a conversation. A person from whom it is taken while they wait sees
// nothing of what is said then.
func (s *Server) colleague(who account.Session, conv uuid.UUID) reader {
	return reader{member: who.ID, staff: true, access: func(ctx context.Context) (conversation.Conversation, error) {
		if _, err := s.accounts.Touch(ctx, who.Hash); err != nil {
			return conversation.Conversation{}, err
		}
		return s.conversations.StaffAccess(ctx, conv, who.ID)
	}}
}

// send is a message of the person who holds the conversation.
func (c *console) send(w http.ResponseWriter, r *http.Request, who account.Session) {
	id, err := pathID(r, "conv")
	if err == nil {
		_, err = c.conversations.StaffAccess(r.Context(), id, who.ID)
	}
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	d, err := readStrict[sendData](w, r)
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	m, err := c.postStaff(r.Context(), who, id, d)
	if errors.Is(err, conversation.ErrForbidden) { // may read, but does not hold it
		err = problem{Code: codeForbidden, Message: "只有接了这张工单的人能回话"}
	}
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, receiptOf(m))
}

// postStaff is the one way in for a message of staff, from a socket or over HTTP: checked, counted, stored, then fanned
// out.
func (s *Server) postStaff(ctx context.Context, who account.Session, conv uuid.UUID, d sendData) (conversation.Message, error) {
	if err := checkMessage(d); err != nil {
		return conversation.Message{}, err
	}
	if wait := s.meter.staffMessage(who.ID); wait > 0 {
		return conversation.Message{}, tooFast(wait)
	}
	receipt, err := s.conversations.WorkerSend(ctx, conversation.Outgoing{
		Conversation: conv, Sender: who.ID, ClientMsgID: d.ClientMsgID, Kind: "text", Body: d.Body,
	}, who.Name)
	if err != nil {
		return conversation.Message{}, err
	}
	if !receipt.Duplicate {
		s.hub.publish(receipt.Message)
	}
	return receipt.Message, nil
}
