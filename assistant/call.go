package assistant

import (
	"context"

	"xiaohe/assistant/answer"
)

// Why a person is called where there is no danger.
const (
	AskedForPerson = "asked_for_person"
	NotFound       = "not_found"
)

// What a person reads who asks for a person, or whose question found nothing twice. What follows, how many wait and
// whether somebody is there, is said by the queue.
const (
	calling      = "好，这就帮您找社工，真人来回您。\n\n等的时候可以接着在这里问我。有人受伤、挨打、不见了，先打 **110** 或 **120**。"
	callingAfter = "您问的事，我连着两次都没有查到可靠的依据，不乱答。这就请社工看一看，真人来回您。"
)

// connect calls the person that somebody asks for. What the message asks besides is answered, where it is known well.
func (a *Assistant) connect(ctx context.Context, conv Conversation, text string, t *Turn) {
	informed := *t
	if err := a.inform(ctx, conv, text, &informed); err == nil && !informed.Offer && len(informed.Citations) > 0 {
		*t = informed
		t.Ordinary = calling + "\n\n" + t.Ordinary
	} else {
		t.Ordinary = calling
	}
	t.call(AskedForPerson)
	t.Answer = t.Danger.Before(t.Ordinary)
}

// missedTwice is how many questions in a row may find nothing before a person is called.
const missedTwice = 2

// call asks for a person, unless danger has done so more urgently. P2 is for who wants one, P3 for what a person should
// look up.
func (t *Turn) call(reason string) {
	if t.Handoff != nil {
		return
	}
	t.Handoff = &Handoff{Priority: "P2", Reason: reason}
	if reason == NotFound {
		t.Handoff.Priority = "P3"
	}
}

// offer counts what was not found, and calls a person or offers one. Other talk does not count: nobody is called to
// answer what 小禾 is not for.
func (t *Turn) offer(reply answer.Reply) {
	watch := &t.Danger.Watch
	t.Offer = reply.Weak
	if !reply.Refused {
		watch.Missed = 0
		return
	}
	if !reply.Weak {
		return
	}
	if watch.Missed++; watch.Missed >= missedTwice {
		watch.Missed, t.Offer = 0, false
		t.call(NotFound)
		t.Ordinary = callingAfter + "\n\n" + t.Ordinary
	}
}
