// Package summary has a language model draft what a worker should know of a conversation before the first word. What it
// says is kept only as far as the family's own words bear it out, and counts for nothing before a person has confirmed it.
package summary

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"xiaohe/assistant/guard"
	"xiaohe/assistant/handoff"
	"xiaohe/assistant/llm"
	"xiaohe/prompts"
)

// Draft is what a model has said and its quotes bear out.
type Draft struct {
	Sentences []handoff.Sentence
	Dropped   int // sentences that their quotes did not bear out
	Model     string
	Prompt    string // summary@1
}

// Compose asks a model for a summary of what a family has said in a conversation. The error is one of package llm; where
// nothing of the model's words is borne out it is llm.ErrInvalid.
func Compose(ctx context.Context, model *llm.Client, conv uuid.UUID, said []handoff.Utterance) (Draft, error) {
	said = newest(said)
	answer, err := model.Answer(ctx, llm.Call{Job: llm.Summary, Owner: conv.String(), Fields: []prompts.Field{
		{Name: "messages", List: numbered(said), Private: true},
	}})
	d := Draft{Model: answer.Model, Prompt: answer.Prompt}
	if err != nil {
		return d, err
	}
	var proposed struct {
		Sentences []proposal `json:"sentences"`
	}
	if err := json.Unmarshal(answer.JSON, &proposed); err != nil {
		return d, llm.ErrInvalid
	}
	for _, p := range proposed.Sentences {
		sentence, ok := p.borne(said)
		switch {
		case !ok:
			d.Dropped++
		case len(d.Sentences) < mostSentences && !slices.ContainsFunc(d.Sentences, func(o handoff.Sentence) bool { return o.Text == sentence.Text }):
			d.Sentences = append(d.Sentences, sentence)
		}
	}
	if len(d.Sentences) == 0 {
		return d, fmt.Errorf("%d sentences, none borne out: %w", len(proposed.Sentences), llm.ErrInvalid)
	}
	return d, nil
}

// Bounds of what a model is told and of what it may say.
const (
	mostTold      = 12000 // characters of all messages
	mostSentences = 10
	sentenceRunes = 120
	quoteRunes    = 2 // at least: one character bears out nothing
)

// newest are the messages that a model gets to read: the newest ones, as many as fit.
func newest(said []handoff.Utterance) []handoff.Utterance {
	room := mostTold
	for i, u := range slices.Backward(said) {
		if room -= utf8.RuneCountInString(u.Text); room < 0 {
			return said[i+1:]
		}
	}
	return said
}

func numbered(said []handoff.Utterance) []string {
	lines := make([]string, len(said))
	for i, u := range said {
		lines[i] = fmt.Sprintf("%d：%s", u.Seq, u.Text)
	}
	return lines
}

// proposal is a sentence as the model wrote it.
type proposal struct {
	Text   string          `json:"text"`
	Quotes []handoff.Quote `json:"quotes"`
}

// borne returns the sentence where every quote stands in the message that it names, letter by letter, and the sentence
// says no more than they do. The guard over answers finds the numbers, dates, telephone numbers and promises that they do
// not hold; who did what is looked at here.
func (p proposal) borne(said []handoff.Utterance) (s handoff.Sentence, ok bool) {
	s.Text = strings.TrimSpace(p.Text)
	if len(p.Quotes) == 0 || utf8.RuneCountInString(s.Text) > sentenceRunes || strings.ContainsAny(s.Text, "\r\n") {
		return s, false
	}
	var words []string
	for _, q := range p.Quotes {
		stands := slices.ContainsFunc(said, func(u handoff.Utterance) bool { return u.Seq == q.Seq && strings.Contains(u.Text, q.Text) })
		if !stands || utf8.RuneCountInString(strings.TrimSpace(q.Text)) < quoteRunes {
			return s, false
		}
		words = append(words, q.Text)
		if !slices.Contains(s.Seqs, q.Seq) {
			s.Seqs = append(s.Seqs, q.Seq)
		}
	}
	slices.Sort(s.Seqs)
	s.Quotes = p.Quotes
	ground := strings.Join(words, "。")
	if !isSober(s.Text) || !names(s.Text, ground, said) || !happens(s.Text, ground) {
		return s, false
	}
	text, reason := guard.New(guard.Ground{Passages: []guard.Passage{{Text: ground}}}).Check(guard.Claim{Text: s.Text, Passage: 1, Span: ground})
	return s, reason == "" && text == s.Text
}
