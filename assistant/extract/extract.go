// Package extract has a language model read facts of a family out of a message, where the reader without a model
// (package understand) may have missed some. What the model says is a proposal: it is checked against the dictionary and
// the message here, and package dialogue asks the person before any verdict rests on it.
package extract

import (
	"context"
	"fmt"
	"unicode/utf8"

	"xiaohe/assistant/llm"
	"xiaohe/assistant/understand"
	"xiaohe/knowledge/benefit"
	"xiaohe/prompts"
)

// Message is what a model is given to read.
type Message struct {
	Text    string
	Before  string             // the message before, which helps to understand this one
	Asked   string             // the question that was put; empty: none
	Context understand.Context // as it was before the message
	Owner   string             // whose tokens are used
}

// Lengths in characters: shorter messages are answers or greetings, and longer ones are read in their beginning.
const (
	shortest      = 8
	longest       = 1500
	longestBefore = 300
)

// Worth tells whether a model could find more in a message than was found without one. It is cheap: no answer to the
// pending question in a word, no correction of a chip, nothing that was understood whole, no question about rules.
func Worth(text string, c understand.Context) bool {
	n := utf8.RuneCountInString(text)
	if n < shortest || understand.IsCorrection(text, c) || understand.IsChoice(text, c.Pending) {
		return false
	}
	return understand.LookAt(text, c).Unread()
}

// Facts asks the model for the facts of a message and checks them. The statements are proposals. Any error means that
// there are none.
func Facts(ctx context.Context, model *llm.Client, d *benefit.Dictionary, m Message) ([]understand.Statement, error) {
	words, err := vocabularyOf(d)
	if err != nil {
		return nil, err
	}
	text := cut(m.Text, longest)
	answer, err := model.Answer(ctx, llm.Call{Job: llm.Extraction, Owner: m.Owner, Schema: words.schema, Parts: true, Fields: []prompts.Field{
		{Name: "message", Text: text, Private: true},
		{Name: "before", Text: cut(m.Before, longestBefore), Private: true},
		{Name: "asked", Text: m.Asked},
		{Name: "facts", List: words.lines},
	}})
	if err != nil {
		return nil, fmt.Errorf("extract facts: %w", err)
	}
	kept, _, err := Check(d, m.Text, m.Context, answer.JSON)
	return kept, err
}

// cut is the beginning of a text.
func cut(text string, characters int) string {
	if r := []rune(text); len(r) > characters {
		return string(r[:characters])
	}
	return text
}
