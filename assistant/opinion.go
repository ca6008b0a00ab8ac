package assistant

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"xiaohe/assistant/llm"
	"xiaohe/assistant/triage"
	"xiaohe/prompts"
)

// Judged is a second opinion on a message, and what it did to what triage had said of it.
type Judged struct {
	triage.Opinion
	Prompt string       // opinion@1
	Alone  triage.Level // of the message by rules and classifier
	From   triage.Level // of the session, before the opinion
	To     triage.Level // and after it

	Concern bool // the message is one of concern because of it, in a session that is at L2: it counts there (S3)
}

// Raised tells whether the opinion changed anything.
func (j Judged) Raised() bool { return j.To > j.From || j.Concern }

// Second is a second opinion that is asked for beside a turn. A nil one is that of a program without a model.
type Second struct {
	done    chan struct{} // closed when the opinion is there
	stop    context.CancelFunc
	opinion triage.Opinion
	prompt  string
}

// Second asks a model for its opinion on a message, and does not wait for it; nil without a model. It goes on when ctx
// has ended, until it is there, its time is up or Stop is called. Owner of the tokens is that of the conversation.
func (a *Assistant) Second(ctx context.Context, conv Conversation, text string) *Second {
	if !a.models.Has(llm.Opinion) {
		return nil
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	s := &Second{done: make(chan struct{}), stop: stop, opinion: triage.Opinion{Outcome: triage.NoAnswer}}
	go func() {
		defer close(s.done)
		defer stop()
		sheltered(func() { s.opinion, s.prompt = a.ask(ctx, conv, text) })
	}()
	return s
}

// Stop gives the opinion up; it is no answer then.
func (s *Second) Stop() {
	if s != nil {
		s.stop()
	}
}

// Wait waits for the opinion; false where there is none to come, or ctx ended before it came.
func (s *Second) Wait(ctx context.Context) bool {
	if s == nil {
		return false
	}
	select {
	case <-s.done:
		return true
	default:
	}
	select {
	case <-s.done:
		return true
	case <-ctx.Done():
		return false
	}
}

// here tells whether the opinion has come.
func (s *Second) here() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// The messages before, which help to understand one: so many, and so much of each.
const (
	opinionContext = 2
	opinionRunes   = 400
)

// ask asks the model. Whatever goes wrong is no answer, except that a provider who refuses the words says something
// about them.
func (a *Assistant) ask(ctx context.Context, conv Conversation, text string) (o triage.Opinion, prompt string) {
	recent := []string{}
	for _, q := range conv.Questions[max(0, len(conv.Questions)-opinionContext):] {
		runes := []rune(q)
		recent = append(recent, string(runes[max(0, len(runes)-opinionRunes):]))
	}
	answer, err := a.models.Answer(ctx, llm.Call{Job: llm.Opinion, Owner: conv.Owner, Fields: []prompts.Field{
		{Name: "message", Text: text, Private: true},
		{Name: "recent", List: recent, Private: true},
	}})
	switch {
	case errors.Is(err, llm.ErrFiltered):
		o.Outcome = triage.Filtered
	case err != nil:
		o.Outcome = triage.NoAnswer
	default:
		o = triage.ParseOpinion(answer.JSON)
	}
	o.Model = answer.Model
	return o, answer.Prompt
}

// Turn runs one message through all steps. conv is read only; the caller appends the message and keeps the state and
// the watch. Where a step after triage fails, the turn that comes back with the error still holds what triage found.
//
// A second opinion never delays a turn. Where it comes while the answer is being looked for and finds more danger, the
// search for words ends and what is said begins anew; where it comes later, Reconsider takes it in.
func (a *Assistant) Turn(ctx context.Context, conv Conversation, text string) (Turn, error) {
	if conv.Second == nil {
		return a.turn(ctx, conv, text)
	}
	conv = timed(conv)
	thinking, end := a.heed(ctx, conv, text)
	t, err := a.turn(thinking, conv, text)
	end()
	if t.Triage.Level == "" || !conv.Second.here() {
		return t, err
	}
	return a.settle(ctx, conv, text, t, err)
}

// Whole runs a turn and waits for its second opinion, at most as long as the model has time for one: for who takes an
// answer away and is not there when something comes later.
func (a *Assistant) Whole(ctx context.Context, conv Conversation, text string) (Turn, error) {
	conv = timed(conv)
	conv.Second = a.Second(ctx, conv, text)
	defer conv.Second.Stop()
	t, err := a.Turn(ctx, conv, text)
	if t.Triage.Level == "" || t.Danger.Second != nil || !conv.Second.Wait(ctx) {
		return t, err
	}
	return a.settle(ctx, conv, text, t, err)
}

// timed makes sure that a message is read more than once as of one time.
func timed(conv Conversation) Conversation {
	if conv.Now.IsZero() {
		conv.Now = time.Now()
	}
	return conv
}

// settle takes the opinion that has come into a turn of which nothing was said yet. Where it raises the level the turn
// is run anew, without a model: there is nothing to wait for then.
func (a *Assistant) settle(ctx context.Context, conv Conversation, text string, t Turn, err error) (Turn, error) {
	judged := a.judge(conv, text)
	if judged.Raised() {
		plain := *a
		plain.models = nil
		conv.judged, conv.Say = &judged, nil
		t, err = plain.turn(ctx, conv, text)
	}
	t.Danger.Second = &judged
	return t, err
}

// heed returns a context that ends when the opinion comes and raises the level, or when end is called.
func (a *Assistant) heed(ctx context.Context, conv Conversation, text string) (thinking context.Context, end func()) {
	thinking, cancel := context.WithCancel(ctx)
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		sheltered(func() {
			if conv.Second.Wait(thinking) && a.judge(conv, text).Raised() {
				cancel()
			}
		})
	}()
	return thinking, func() { cancel(); <-heard }
}

// judge holds the opinion that has come against what triage says of the message.
func (a *Assistant) judge(conv Conversation, text string) Judged {
	found := a.notice(conv, text).Result
	o := conv.Second.opinion
	merged := a.triage.Merge(inputOf(conv, a.catchUp(conv), text), found, o)
	return Judged{Opinion: o, Prompt: conv.Second.prompt, Alone: found.MessageLevel, From: found.Level, To: merged.Level,
		Concern: found.Level == triage.Concern && found.MessageLevel < triage.Concern && merged.MessageLevel >= triage.Concern}
}

// Reconsider is the turn of a message whose answer was given before the opinion came: what is to be said now, the words
// about danger alone. There are none where the opinion found no more danger, or where they were said already. conv is
// that of the turn, and its opinion has come.
func (a *Assistant) Reconsider(conv Conversation, text string) Turn {
	conv = timed(conv)
	judged, said := a.judge(conv, text), a.notice(conv, text)
	now := said
	if judged.Raised() {
		conv.judged = &judged
		conv.Watch.Shown, conv.Watch.AISaid = said.Watch.Shown, said.Watch.AISaid
		now = a.notice(conv, text)
	}
	if !judged.Raised() || now.Reply != nil && slices.Contains(said.Watch.Shown, now.Reply.ID) {
		now.Reply = nil
	}
	now.Second = &judged
	t := a.reading(conv, text, now)
	t.Answer = now.Before("")
	return t
}

// Raise is a watch with what another one knows more of danger, and with what was said because of it: the other belongs
// to an earlier message on which an opinion came late.
func (w Watch) Raise(by Watch) Watch {
	session, other := &w.Session, by.Session
	if other.Max > session.Max {
		session.Max, session.MaxAt = other.Max, other.MaxAt
	}
	for _, concern := range other.Concerns {
		same := func(h triage.Heard) bool { return h.At.Equal(concern.At) }
		if !slices.ContainsFunc(session.Concerns, same) {
			session.Concerns = append(slices.Clip(session.Concerns), concern)
		}
	}
	slices.SortStableFunc(session.Concerns, func(a, b triage.Heard) int { return a.At.Compare(b.At) })
	session.Flags = union(session.Flags, other.Flags)
	w.Shown = union(w.Shown, by.Shown)
	w.AISaid = w.AISaid || by.AISaid
	w.Speaker = cmp.Or(w.Speaker, by.Speaker)
	return w
}

func union[T comparable](a, b []T) []T {
	for _, x := range b {
		if !slices.Contains(a, x) {
			a = append(slices.Clip(a), x)
		}
	}
	return a
}
