package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/google/uuid"

	"xiaohe/assistant/account"
	"xiaohe/assistant/audit"
	"xiaohe/assistant/handoff"
)

// ticketDetail is all that whoever works on a ticket sees beside the conversation. For somebody who only knows that the
// ticket waits, everything but the ticket and can is empty.
type ticketDetail struct {
	Ticket         handoff.Ticket     `json:"ticket"`
	Evidence       []handoff.Proof    `json:"evidence"`
	Assessments    []handoff.Reading  `json:"assessments"`
	Flags          []string           `json:"flags"`
	GuardianNotice string             `json:"guardian_notice"`
	WorkerSuspect  bool               `json:"worker_suspect"`
	Facts          []caseFact         `json:"facts"`
	Benefits       []caseBenefit      `json:"benefits"`
	Summary        caseSummary        `json:"summary"`
	Notes          []handoff.Note     `json:"notes"`
	Events         []handoff.Event    `json:"events"`
	Earlier        []handoff.Ticket   `json:"earlier"`
	Callback       *handoff.Callback  `json:"callback"`
	Viewers        []watcherData      `json:"viewers"`
	Blocks         []handoff.BlockRow `json:"blocks"`
	Can            ticketRights       `json:"can"`
}

// caseSummary is a draft of the program's, and what a person has made of it: only that counts.
type caseSummary struct {
	Draft     []handoff.Sentence `json:"draft"`
	Confirmed *handoff.Note      `json:"confirmed"`
}

// ticket shows a ticket.
func (c *console) ticket(w http.ResponseWriter, r *http.Request, who account.Session) {
	id, err := pathID(r, "id")
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	by := c.actor(r, who.Staff)
	t, err := c.handoff.Get(r.Context(), by, id)
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	d := ticketDetail{Ticket: t, GuardianNotice: "none"}
	switch err := c.open(r.Context(), by, &d); {
	case errors.Is(err, handoff.ErrNotFound): // known, but not to be read
		d = ticketDetail{Ticket: t, GuardianNotice: "none", Can: rightsOf(t, who.Staff, false)}
	case err != nil:
		c.refuse(w, r, err)
		return
	default:
		d.Can = rightsOf(t, who.Staff, true)
		d.Can.Callback = d.Can.Callback && d.Callback != nil // it must be known how the family can be reached
		d.Can.Draft = d.Can.Note && c.drafts.Summarises()
	}
	writeJSON(w, http.StatusOK, d.filled())
}

// open fills in what is known of the conversation of a ticket, and logs that it was read.
func (c *console) open(ctx context.Context, by audit.Actor, d *ticketDetail) error {
	id := d.Ticket.ID
	known, err := c.handoff.Dossier(ctx, by, id)
	if err != nil {
		return err
	}
	if err := c.audit.Viewed(ctx, by, d.Ticket.Conversation, d.Ticket.RegionCode); err != nil {
		return err
	}
	d.Assessments, d.Flags, d.GuardianNotice, d.WorkerSuspect = known.Read, known.Flags, known.GuardianNotice, known.WorkerSuspect
	for _, part := range []func() error{
		func() (err error) { d.Evidence, err = c.handoff.Evidence(ctx, by, id); return err },
		func() (err error) { d.Notes, err = c.handoff.Notes(ctx, by, id); return err },
		func() (err error) { d.Events, err = c.handoff.Events(ctx, by, id); return err },
		func() (err error) { d.Blocks, err = c.handoff.Blocks(ctx, by, id); return err },
		func() (err error) { d.Earlier, err = c.handoff.Earlier(ctx, by, id); return orNothing(err) },
		func() (err error) { d.Callback, err = c.handoff.Contact(ctx, by, id); return orNothing(err) },
		func() (err error) { d.Viewers, err = c.viewers(ctx, by, d.Ticket.Conversation); return err },
	} {
		if err := part(); err != nil {
			return err
		}
	}
	c.tell(ctx, known, d)
	return nil
}

// viewers are the colleagues who have a conversation on the screen.
func (c *console) viewers(ctx context.Context, by audit.Actor, conv uuid.UUID) ([]watcherData, error) {
	all, err := c.handoff.Watchers(ctx, conv)
	return othersOf(all, by.ID), err
}

// orNothing is for what only some of those may see who may read the rest.
func orNothing(err error) error {
	if errors.Is(err, handoff.ErrNotFound) {
		return nil
	}
	return err
}

// tell fills in what was heard of the family: facts, what the rules make of them, and the draft of a summary. Where
// rules or card cannot be read there is less of it: somebody in danger is not kept waiting for that.
func (c *console) tell(ctx context.Context, known handoff.Dossier, d *ticketDetail) {
	if book, err := c.knowledge.Book(ctx); err != nil {
		c.log.Error("read the rules for a ticket", "error", err)
	} else {
		d.Facts = factsOf(known, book.Dictionary, c.log)
	}
	shown, err := shownCase(known.Card)
	if err != nil {
		c.log.Error("read the card of a ticket", "error", err)
	}
	d.Benefits = benefitsOf(shown)
	d.Summary = caseSummary{Draft: handoff.Summarise(materialOf(known, d.Facts, shown)), Confirmed: confirmedOf(d.Notes)}
}

// confirmedOf is the latest summary that a person has confirmed.
func confirmedOf(notes []handoff.Note) *handoff.Note {
	var last *handoff.Note
	for i, n := range notes {
		if n.Kind == "summary" && n.ConfirmedBy != nil && (last == nil || n.At.After(last.At)) {
			last = &notes[i]
		}
	}
	return last
}

// shownCase reads what a message of the program showed of a decision.
func shownCase(card *handoff.Card) (*caseMeta, error) {
	if card == nil {
		return nil, nil
	}
	var meta struct {
		Case *caseMeta `json:"case"`
	}
	if err := json.Unmarshal(card.Meta, &meta); err != nil {
		return nil, fmt.Errorf("read meta: %w", err)
	}
	return meta.Case, nil
}

// filled writes lists without entries as [].
func (d ticketDetail) filled() ticketDetail {
	d.Evidence, d.Assessments, d.Flags, d.Facts, d.Benefits = filled(d.Evidence), filled(d.Assessments), filled(d.Flags), filled(d.Facts), filled(d.Benefits)
	d.Summary.Draft, d.Notes, d.Events, d.Earlier = filled(d.Summary.Draft), filled(d.Notes), filled(d.Events), filled(d.Earlier)
	d.Viewers, d.Blocks = filled(d.Viewers), filled(d.Blocks)
	return d
}

// ticketRights tells a page which buttons to show. Whether a step is possible is decided when it is tried.
type ticketRights struct {
	Claim    bool `json:"claim"`
	Decline  bool `json:"decline"`
	Reply    bool `json:"reply"`
	Note     bool `json:"note"`
	Release  bool `json:"release"`
	Transfer bool `json:"transfer"`
	Withdraw bool `json:"withdraw"`
	Accept   bool `json:"accept"`
	Refuse   bool `json:"refuse"`
	Reassign bool `json:"reassign"`
	Return   bool `json:"return"`
	Callback bool `json:"callback"`
	Close    bool `json:"close"`
	Priority bool `json:"priority"`
	Report   bool `json:"report"`
	Recuse   bool `json:"recuse"`
	Block    bool `json:"block"`
	Unblock  bool `json:"unblock"`
	Draft    bool `json:"draft"` // a model may be asked for a summary
}

// rightsOf: reads says that the person may read the conversation.
func rightsOf(t handoff.Ticket, who account.Staff, reads bool) ticketRights {
	owner := t.Owner != nil && *t.Owner == who.ID
	offered := t.OfferedTo != nil && *t.OfferedTo == who.ID
	leads := who.Supervises() && reads
	held := t.State == "claimed"
	moving := t.State == "transferring"
	ended := t.State == "closed" || t.State == "returned"
	addressed := moving && !owner && who.CanReply && reads && (t.Transfer == nil || t.Transfer.Kind != "worker" || t.Transfer.To == who.ID.String())
	return ticketRights{
		Claim:   who.CanReply && (slices.Contains([]string{"queued", "callback"}, t.State) || offered),
		Decline: offered, Reply: owner && (held || moving), Note: reads,
		Release: owner && (held || moving), Transfer: owner && held, Withdraw: owner && moving, Accept: addressed, Refuse: addressed,
		Reassign: leads && held, Return: owner && held && t.Priority > 1, Callback: owner && held, Close: held && (owner || leads),
		Priority: !ended && (owner || leads), Report: owner || leads, Recuse: reads && !ended, Block: (owner || leads) && !ended, Unblock: leads,
	}
}
