package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/account"
	"xiaohe/assistant/audit"
	"xiaohe/assistant/handoff"
)

type ticketOnly struct {
	Ticket *handoff.Ticket `json:"ticket"` // null where it is no longer this person's to see
}

// claimNext takes the ticket that is next for this person; null where nothing waits.
func (c *console) claimNext(w http.ResponseWriter, r *http.Request, who account.Session) {
	if _, err := readStrict[struct{}](w, r); err != nil {
		c.refuse(w, r, err)
		return
	}
	t, err := c.handoff.ClaimNext(r.Context(), c.actor(r, who.Staff))
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, ticketOnly{t})
}

// commandRequest is what the steps of a ticket need, each some of it.
type commandRequest struct {
	Epoch     *int64            `json:"epoch"` // as the page knows it: a ticket that has changed since is refused
	Reason    string            `json:"reason"`
	Kind      string            `json:"kind"` // of a transfer, or of a block
	To        textOrNumber      `json:"to"`   // whom a ticket goes to, or a priority
	Note      string            `json:"note"`
	At        time.Time         `json:"at"`
	Outcome   string            `json:"outcome"`
	Summary   string            `json:"summary"`
	Risk      *handoff.RiskForm `json:"risk"`
	Second    *uuid.UUID        `json:"second"` // another supervisor, who agrees
	Member    uuid.UUID         `json:"member"`
	Recipient string            `json:"recipient"`
	ReceiptNo string            `json:"receipt_no"`
	Flags     []string          `json:"flags"`
}

// step is a command to a ticket, with who gives it.
type step struct {
	commandRequest
	by    audit.Actor
	id    uuid.UUID
	epoch int64
}

// command is a verb of the API.
type command struct {
	blind bool // it needs no epoch: it is right however the ticket has changed
	run   func(ctx context.Context, s *handoff.Store, d step) error
}

// commands are the verbs of the API.
var commands = map[string]command{
	"claim": {run: func(ctx context.Context, s *handoff.Store, d step) error {
		_, err := s.Claim(ctx, d.by, d.id, d.epoch)
		return err
	}},
	"decline": {run: func(ctx context.Context, s *handoff.Store, d step) error { return s.Decline(ctx, d.by, d.id, d.epoch) }},
	"release": {run: func(ctx context.Context, s *handoff.Store, d step) error {
		return s.Release(ctx, d.by, d.id, d.epoch, d.Reason)
	}},
	"reassign": {run: func(ctx context.Context, s *handoff.Store, d step) error {
		to, err := uuid.Parse(d.To.text)
		if err != nil {
			return handoff.ErrInvalid
		}
		return s.Reassign(ctx, d.by, d.id, d.epoch, to, d.Reason)
	}},
	"transfer": {run: func(ctx context.Context, s *handoff.Store, d step) error {
		return s.RequestTransfer(ctx, d.by, d.id, d.epoch, handoff.Transfer{Kind: d.Kind, To: d.To.text, Reason: d.Reason, Note: d.Note})
	}},
	"accept": {run: func(ctx context.Context, s *handoff.Store, d step) error {
		return s.AcceptTransfer(ctx, d.by, d.id, d.epoch)
	}},
	"refuse": {run: func(ctx context.Context, s *handoff.Store, d step) error {
		return s.DeclineTransfer(ctx, d.by, d.id, d.epoch)
	}},
	"withdraw-transfer": {run: func(ctx context.Context, s *handoff.Store, d step) error {
		return s.WithdrawTransfer(ctx, d.by, d.id, d.epoch)
	}},
	"return": {run: func(ctx context.Context, s *handoff.Store, d step) error { return s.Return(ctx, d.by, d.id, d.epoch) }},
	"callback": {run: func(ctx context.Context, s *handoff.Store, d step) error {
		if d.At.IsZero() {
			return handoff.ErrInvalid
		}
		return s.SetCallback(ctx, d.by, d.id, d.epoch, d.At)
	}},
	"close": {run: func(ctx context.Context, s *handoff.Store, d step) error {
		return s.Close(ctx, d.by, d.id, d.epoch, handoff.Closing{Outcome: d.Outcome, Summary: d.Summary, Risk: d.Risk})
	}},
	"priority": {run: func(ctx context.Context, s *handoff.Store, d step) error {
		if d.To.number == nil {
			return handoff.ErrInvalid
		}
		return s.SetPriority(ctx, d.by, d.id, d.epoch, *d.To.number, d.Reason, d.Second)
	}},
	"report": {blind: true, run: func(ctx context.Context, s *handoff.Store, d step) error {
		return s.Report(ctx, d.by, d.id, handoff.ReportFiled{Recipient: d.Recipient, ReceiptNo: d.ReceiptNo, Flags: d.Flags})
	}},
	"recuse": {blind: true, run: func(ctx context.Context, s *handoff.Store, d step) error {
		return s.Block(ctx, d.by, d.id, recusal, uuid.Nil, d.Reason)
	}},
	"block": {blind: true, run: func(ctx context.Context, s *handoff.Store, d step) error {
		return s.Block(ctx, d.by, d.id, guardianConflict, d.Member, d.Reason)
	}},
	"unblock": {blind: true, run: func(ctx context.Context, s *handoff.Store, d step) error {
		return s.Unblock(ctx, d.by, d.id, cmp.Or(d.Kind, guardianConflict), d.Member, d.Reason)
	}},
}

// The kinds of blocks.
const (
	recusal          = "worker_recusal"
	guardianConflict = "guardian_conflict"
)

// command does a step of a ticket and answers with the ticket after it.
func (c *console) command(w http.ResponseWriter, r *http.Request, who account.Session) {
	t, err := c.obey(w, r, who)
	if err != nil {
		c.refuseTo(who.Name, w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, ticketOnly{t})
}

func (c *console) obey(w http.ResponseWriter, r *http.Request, who account.Session) (*handoff.Ticket, error) {
	verb, known := commands[r.PathValue("verb")]
	if !known {
		return nil, handoff.ErrNotFound
	}
	id, err := pathID(r, "id")
	if err != nil {
		return nil, err
	}
	d := step{by: c.actor(r, who.Staff), id: id}
	if d.commandRequest, err = readStrict[commandRequest](w, r); err != nil {
		return nil, err
	}
	if !verb.blind {
		if d.Epoch == nil {
			return nil, c.unlessHidden(r.Context(), d, handoff.ErrInvalid)
		}
		d.epoch = *d.Epoch
	}
	if err := verb.run(r.Context(), c.handoff, d); err != nil {
		if errors.Is(err, handoff.ErrInvalid) {
			err = c.unlessHidden(r.Context(), d, err)
		}
		return nil, err
	}
	t, err := c.handoff.Get(r.Context(), d.by, id)
	if errors.Is(err, handoff.ErrNotFound) {
		return nil, nil
	}
	return &t, err
}

// unlessHidden keeps what is wrong with a request from whoever may not see the ticket: there is nothing.
func (c *console) unlessHidden(ctx context.Context, d step, err error) error {
	if _, hidden := c.handoff.Get(ctx, d.by, d.id); hidden != nil {
		return hidden
	}
	return err
}

type noteRequest struct {
	Kind       string     `json:"kind"` // note, summary or handover
	Body       string     `json:"body"`
	SourceSeqs []int64    `json:"source_seqs"`
	Supersedes *uuid.UUID `json:"supersedes"`
	AI         bool       `json:"ai"` // a model drafted it
}

type noteAnswer struct {
	Note handoff.Note `json:"note"`
}

// addNote stores what staff write to each other.
func (c *console) addNote(w http.ResponseWriter, r *http.Request, who account.Session) {
	id, err := pathID(r, "id")
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	d, err := readStrict[noteRequest](w, r)
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	by := c.actor(r, who.Staff)
	note, err := c.handoff.AddNote(r.Context(), by, id, handoff.Note{Kind: d.Kind, Body: d.Body, SourceSeqs: d.SourceSeqs, Supersedes: d.Supersedes, AI: d.AI})
	if errors.Is(err, handoff.ErrInvalid) {
		err = c.unlessHidden(r.Context(), step{by: by, id: id}, err)
	}
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, noteAnswer{note})
}

// confirmNote makes a summary valid. The note must be one of the ticket in the address.
func (c *console) confirmNote(w http.ResponseWriter, r *http.Request, who account.Session) {
	note, err := c.confirm(w, r, who)
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, noteAnswer{note})
}

func (c *console) confirm(w http.ResponseWriter, r *http.Request, who account.Session) (handoff.Note, error) {
	id, err1 := pathID(r, "id")
	noteID, err2 := pathID(r, "note")
	_, err3 := readStrict[struct{}](w, r)
	if err := errors.Join(err1, err2, err3); err != nil {
		return handoff.Note{}, err
	}
	by := c.actor(r, who.Staff)
	if _, err := c.noteOf(r.Context(), by, id, noteID); err != nil {
		return handoff.Note{}, err
	}
	if err := c.handoff.ConfirmNote(r.Context(), by, noteID); err != nil {
		return handoff.Note{}, err
	}
	return c.noteOf(r.Context(), by, id, noteID)
}

func (c *console) noteOf(ctx context.Context, by audit.Actor, ticket, note uuid.UUID) (handoff.Note, error) {
	notes, err := c.handoff.Notes(ctx, by, ticket)
	if err != nil {
		return handoff.Note{}, err
	}
	for _, n := range notes {
		if n.ID == note {
			return n, nil
		}
	}
	return handoff.Note{}, handoff.ErrNotFound
}
