package assistant

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/debug"
	"unicode/utf8"

	"xiaohe/assistant/extract"
	"xiaohe/assistant/llm"
	"xiaohe/assistant/triage"
	"xiaohe/assistant/understand"
	"xiaohe/knowledge"
	"xiaohe/knowledge/benefit"
	"xiaohe/prompts"
)

// assistance is what models are asked for beside a turn: the facts of the message, and the question in other words. Both
// begin together; each ends within the limit of its job, and where it fails the turn goes on as without a model.
type assistance struct {
	facts   func() []understand.Statement
	rewrite func() rewrite
	end     context.CancelFunc
}

// rewrite is a question in the words of policy, for the search alone.
type rewrite struct {
	Queries []string `json:"queries"`
	Terms   []string `json:"terms"`
}

// assist asks the models. Where there is danger nobody is asked about money, and what is to be said must not wait.
func (a *Assistant) assist(ctx context.Context, conv Conversation, text string, danger Danger, book *benefit.Book) assistance {
	ctx, end := context.WithCancel(ctx)
	help := assistance{end: end, facts: func() []understand.Statement { return nil }, rewrite: func() rewrite { return rewrite{} }}
	if a.models == nil || danger.Level >= triage.Concern {
		return help
	}
	pending := conv.State.Reading.Pending
	if a.models.Has(llm.Extraction) && conv.Unread == 0 && (pending == nil || !brief(text)) && extract.Worth(text, conv.State.Reading) {
		m := extract.Message{Text: text, Context: conv.State.Reading, Owner: conv.Owner, Asked: asked(book, pending)}
		if n := len(conv.Questions); n > 0 {
			m.Before = conv.Questions[n-1]
		}
		help.facts = later(func() []understand.Statement {
			found, err := extract.Facts(ctx, a.models, book.Dictionary, m)
			if err != nil {
				return nil
			}
			return found
		})
	}
	if a.models.Has(llm.Rewriting) && worthRewriting(text, pending) {
		help.rewrite = later(func() rewrite {
			found, err := a.reword(ctx, conv, text)
			if err != nil {
				return rewrite{}
			}
			return found
		})
	}
	return help
}

// later begins work and returns how to wait for it, once. Work that breaks has found nothing.
func later[T any](work func() T) func() T {
	done := make(chan T, 1)
	go func() {
		var found T
		defer func() { done <- found }()
		sheltered(func() { found = work() })
	}()
	return func() T { return <-done }
}

// sheltered runs what reads a model's text beside a turn. Out there nobody else would catch a panic, and it would end the
// node; the turn goes on as without a model.
func sheltered(work func()) {
	defer func() {
		if p := recover(); p != nil {
			slog.Error("what a model was asked for broke", "panic", p, "stack", string(debug.Stack())) // no text: it may be anything
		}
	}()
	work()
}

// Lengths in characters: up to longestBrief a message that follows a question is an answer; shorter ones than
// shortestWords name nothing that could be said otherwise, and of long ones the beginning asks.
const (
	longestBrief  = 12
	shortestWords = 4
	longestWords  = 300
)

func brief(text string) bool { return utf8.RuneCountInString(text) <= longestBrief }

// asked is the question that the message may answer.
func asked(book *benefit.Book, pending *understand.Pending) string {
	if pending == nil {
		return ""
	}
	f, err := book.Dictionary.Fact(pending.Fact)
	if err != nil {
		return ""
	}
	return f.Question
}

// worthRewriting tells whether other words could find more: not where a document is named, nor for an answer or the
// correction of a chip.
func worthRewriting(text string, pending *understand.Pending) bool {
	answers := pending != nil && (brief(text) || understand.IsChoice(text, pending))
	return utf8.RuneCountInString(text) >= shortestWords && !answers && !wantsNothingNew(text) && !knowledge.NamesDocument(text)
}

// wantsNothingNew tells that a message corrects a chip or goes on.
func wantsNothingNew(text string) bool {
	return understand.IsCorrection(text, understand.Context{}) || text == "继续"
}

// reword has a model put the question into the words of policy.
func (a *Assistant) reword(ctx context.Context, conv Conversation, text string) (rewrite, error) {
	answer, err := a.models.Answer(ctx, llm.Call{Job: llm.Rewriting, Owner: conv.Owner, Fields: []prompts.Field{
		{Name: "question", Text: beginning(text), Private: true},
		{Name: "before", Text: beginning(leansOn(conv.Questions, text)), Private: true},
	}})
	if err != nil {
		return rewrite{}, fmt.Errorf("rewrite the question: %w", err)
	}
	var found rewrite
	if err := json.Unmarshal(answer.JSON, &found); err != nil {
		return rewrite{}, fmt.Errorf("read the rewritten question: %w", err)
	}
	return found, nil
}

func beginning(text string) string {
	if r := []rune(text); len(r) > longestWords {
		return string(r[:longestWords])
	}
	return text
}
