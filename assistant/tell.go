package assistant

import (
	"context"
	"time"

	"xiaohe/assistant/llm"
	"xiaohe/assistant/prose"
	"xiaohe/assistant/triage"
)

// answerTime is what a turn keeps of its time for storing the answer: a model's words end before.
const answerTime = 4 * time.Second

// tell has a model say the answer in plain words, where there is no danger and the answer is one that may be said in
// others. What it lets through is checked; the plain answer stands where too little is.
func (a *Assistant) tell(ctx context.Context, conv Conversation, text, lead string, t *Turn) {
	if t.frame == nil || t.Refused || t.Danger.Only || t.Danger.Level >= triage.High || !a.models.Has(llm.Prose) {
		return
	}
	verdicts, err := a.verdicts(ctx, t)
	if err != nil {
		return
	}
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-answerTime))
		defer cancel()
	}
	told := prose.Compose(ctx, a.models, prose.Task{
		Question: text, Before: leansOn(conv.Questions, text), Reader: t.reader(), Frame: *t.frame, Citations: t.Citations,
		Verdicts: verdicts, Phones: a.phones(conv), Lead: lead, Owner: conv.Owner, Say: conv.Say, Stop: conv.Stop,
		Checked: conv.Checked,
	})
	t.Prose = &told.Account
	if told.Text != "" {
		t.Ordinary, t.Citations = told.Text, told.Citations
	}
}

// reader is for whom the words are: a child that speaks of itself, somebody whose work it is, else the family.
func (t *Turn) reader() prose.Reader {
	switch {
	case t.byChild, t.Danger.Speaker == triage.Child:
		return prose.Child
	case t.Danger.Speaker == triage.Worker:
		return prose.Worker
	}
	return prose.Family
}

// verdicts are those of all benefits, with the names that people use.
func (a *Assistant) verdicts(ctx context.Context, t *Turn) ([]prose.Verdict, error) {
	book, err := a.knowledge.Book(ctx)
	if err != nil {
		return nil, err
	}
	names := map[string][]string{}
	for _, rule := range book.Rules {
		names[rule.ID] = append([]string{rule.ID}, rule.Aliases...)
	}
	var all []prose.Verdict
	for _, r := range t.Results {
		all = append(all, prose.Verdict{ID: r.ID, Names: names[r.ID], Verdict: r.Final.Code()})
	}
	return all, nil
}

// toldHotlines are those that an answer may name, by the keys of prompts.Book.
var toldHotlines = []string{"police", "ambulance", "government", "youth", "psych", "women", "legal_aid"}

func (a *Assistant) phones(conv Conversation) []prose.Phone {
	now := conv.Now
	if now.IsZero() {
		now = time.Now()
	}
	var all []prose.Phone
	for _, key := range toldHotlines {
		if h, ok := a.scripts.Hotline(key, conv.Region.Short(), now); ok {
			all = append(all, prose.Phone{Name: h.Name, Number: h.Number})
		}
	}
	return all
}
