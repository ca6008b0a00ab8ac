// Package prose has a language model say an answer in plain words, and lets through only what holds. The answer is there
// before: made of the card and the clauses, it says everything that must be said, and it is what the person reads where
// the model fails. The model sees the question, the clauses and the names of the card's values, never the values; each of
// its sentences is checked as soon as it is complete (package guard), and said at once if it passes (RETRIEVAL §5,
// BENEFITS §7).
package prose

import (
	"context"
	"encoding/json"
	"errors"

	"xiaohe/assistant/answer"
	"xiaohe/assistant/guard"
	"xiaohe/assistant/llm"
)

// Reader is for whom the words are.
type Reader string

// The readers.
const (
	Child  Reader = "孩子"
	Family Reader = "带孩子的家人，多半是老人"
	Worker Reader = "儿童主任、社工"
)

// Task is one answer to be said in other words.
type Task struct {
	Question  string // the person's message
	Before    string // the question that it leans on, empty where it stands alone
	Reader    Reader
	Frame     answer.Frame
	Citations []answer.Citation
	Verdicts  []Verdict // of all benefits
	Phones    []Phone

	Lead  string                // what the person reads before the answer: the first thing said
	Owner string                // whose tokens are used: never a name
	Say   func(sentence string) // hears each piece of the answer as it passes; nil: nobody listens
	Stop  <-chan struct{}       // closed when no further words are waited for; nil: never

	Checked func(Checked) // hears each sentence that was let through; nil: nobody
}

// Verdict is what the rules say of a benefit.
type Verdict = guard.Verdict

// Phone is a public number that may be told.
type Phone struct{ Name, Number string }

// Result is what came of a task.
type Result struct {
	Text      string // the whole answer, which begins with what was said after Lead; empty where the model's words are not used
	Citations []answer.Citation
	Account   Account
}

// Account is what became of a model's sentences: for the turn's record and for scoring. It holds no words.
type Account struct {
	Prompt  string         `json:"prompt"` // prose@3
	Model   string         `json:"model,omitempty"`
	Used    bool           `json:"used"` // the words on the screen are the model's
	Passed  int            `json:"passed"`
	Dropped map[string]int `json:"dropped,omitempty"` // by reason
	Ended   string         `json:"ended,omitempty"`   // why the model was not heard to its end: down, busy, budget, filtered, invalid, stopped
}

// Model asks for text: *llm.Client.
type Model interface {
	Stream(ctx context.Context, call llm.Call, array string, each func(element json.RawMessage) error) (llm.Answer, error)
}

// Bounds of what a model may say.
const (
	mostSentences  = 12
	leastSentences = 2 // that must have passed: one alone is no answer
	longest        = 160
)

var errEnough = errors.New("prose: enough sentences")

// Compose has a model say the answer. Where its words are of no use, Result.Text is empty and the plain answer stands;
// there is no error that the caller could do anything about.
func Compose(ctx context.Context, model Model, task Task) Result {
	select {
	case <-task.Stop:
		return Result{Account: Account{Ended: stopped}}
	default: // also where Stop is nil
	}
	ctx, cancel := stoppable(ctx, task.Stop)
	defer cancel()
	w := newWriter(task)
	each := func(element json.RawMessage) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return w.take(element)
	}
	said, err := model.Stream(ctx, llm.Call{Job: llm.Prose, Fields: fields(task), Owner: task.Owner}, array, each)
	w.account.Prompt, w.account.Model, w.account.Ended = said.Prompt, said.Model, ended(ctx, err)
	return w.result()
}

// array is the field of the schema that holds the sentences.
const array = "sentences"

// stoppable returns a context that also ends when stop is closed.
func stoppable(ctx context.Context, stop <-chan struct{}) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if stop != nil {
		go func() {
			select {
			case <-stop:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	return ctx, cancel
}

const stopped = "stopped"

// ended names why a stream did not come to its end.
func ended(ctx context.Context, err error) string {
	switch {
	case err == nil, errors.Is(err, errEnough):
		return ""
	case errors.Is(ctx.Err(), context.Canceled), errors.Is(err, llm.ErrStopped):
		return stopped
	case errors.Is(err, llm.ErrOff):
		return "off"
	case errors.Is(err, llm.ErrBusy):
		return "busy"
	case errors.Is(err, llm.ErrBudget):
		return "budget"
	case errors.Is(err, llm.ErrFiltered):
		return "filtered"
	case errors.Is(err, llm.ErrInvalid):
		return "invalid"
	}
	return "down"
}
