package web

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"xiaohe/assistant/account"
	"xiaohe/assistant/audit"
	"xiaohe/assistant/handoff"
	"xiaohe/assistant/summary"
)

// drafter has a model draft summaries for workers.
type drafter interface {
	Summarises() bool
	Summarise(ctx context.Context, conv uuid.UUID, said []handoff.Utterance) (summary.Draft, error)
}

// draftAnswer is a model's draft of a summary: sentences whose quotes stand in the messages. It is stored nowhere; what
// the worker makes of it is a note that they confirm.
type draftAnswer struct {
	Sentences []handoff.Sentence `json:"sentences"`
}

// drafted is what the audit log keeps of a draft: no words.
type drafted struct {
	Model   string `json:"model,omitempty"`
	Prompt  string `json:"prompt,omitempty"`
	Kept    int    `json:"kept"`
	Dropped int    `json:"dropped"`
}

// draft has a model draft the summary of a ticket's conversation, for whoever may read it.
func (c *console) draft(w http.ResponseWriter, r *http.Request, who account.Session) {
	id, err := pathID(r, "id")
	if err == nil {
		_, err = readStrict[struct{}](w, r)
	}
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	by := c.actor(r, who.Staff)
	t, said, err := c.readFor(r.Context(), by, id)
	switch {
	case err != nil:
		c.refuse(w, r, err)
		return
	case !c.drafts.Summarises():
		c.refuse(w, r, problem{Code: codeConflict, Message: "这里没有接语言模型，请用机器整理的草稿"})
		return
	}
	d, failed := c.drafts.Summarise(r.Context(), t.Conversation, said)
	entry := audit.Entry{Action: "summary.drafted", ObjectKind: "ticket", ObjectID: id.String(), Conversation: t.Conversation, Region: t.RegionCode,
		Data: drafted{d.Model, d.Prompt, len(d.Sentences), d.Dropped}}
	if failed != nil {
		entry.Result = "error"
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), requestTime) // who hangs up is logged all the same
	defer cancel()
	if err := c.audit.Append(ctx, by, entry); err != nil {
		c.refuse(w, r, err)
		return
	}
	if failed != nil {
		c.log.Info("no summary was drafted", "error", failed)
		c.refuse(w, r, problem{Code: codeTryAgain, Message: "AI 这次没能起草，请先用机器整理的草稿"})
		return
	}
	writeJSON(w, http.StatusOK, draftAnswer{d.Sentences})
}

// readFor reads what a family has said, and logs that it was read. Whoever may not read it gets handoff.ErrNotFound.
func (c *console) readFor(ctx context.Context, by audit.Actor, id uuid.UUID) (t handoff.Ticket, said []handoff.Utterance, err error) {
	if t, err = c.handoff.Read(ctx, by, id); err != nil {
		return t, nil, err
	}
	known, err := c.handoff.Dossier(ctx, by, id)
	if err != nil {
		return t, nil, err
	}
	return t, known.Said, c.audit.Viewed(ctx, by, t.Conversation, t.RegionCode)
}
