package measure

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"xiaohe/assistant"
	"xiaohe/assistant/answer"
	"xiaohe/assistant/guard"
	"xiaohe/assistant/prose"
	"xiaohe/knowledge"
)

// Answered is what the assistant made of a question.
type Answered struct {
	Question
	Citations   []answer.Citation
	Refused     bool
	Script      bool // words about danger stood alone, and the citations were kept beside them for whoever has to act
	Took        time.Duration
	Account     *prose.Account // nil where no model was asked for words
	Shown       int            // a model's sentences that the person reads
	Unsupported []Unsupported  // those of them that do not hold
}

// Unsupported is a sentence of a model that was shown and does not hold.
type Unsupported struct {
	Sentence string
	Reason   guard.Reason
}

// Ask has the assistant answer a question as the first of a conversation. A second opinion is asked for beside it and
// never waited for, as on the web page.
func Ask(ctx context.Context, a *assistant.Assistant, q Question, region knowledge.Region) (Answered, error) {
	var checked []prose.Checked
	conversation := assistant.Conversation{Region: region, On: knowledge.Date(q.On), Now: time.Now(),
		Checked: func(c prose.Checked) { checked = append(checked, c) }}
	conversation.Second = a.Second(ctx, conversation, q.Question)
	defer conversation.Second.Stop()
	begun := time.Now()
	turn, err := a.Turn(ctx, conversation, q.Question)
	if err != nil {
		return Answered{}, fmt.Errorf("question %s: %w", q.QID, err)
	}
	r := Answered{Question: q, Citations: turn.Citations, Refused: turn.Refused, Took: time.Since(begun), Account: turn.Prose}
	r.Script = turn.Danger.Only
	if turn.Prose == nil || !turn.Prose.Used {
		return r, nil // the plain answer stands
	}
	r.Shown = len(checked)
	for _, c := range checked {
		if reason := recheck(c, turn); reason != "" {
			r.Unsupported = append(r.Unsupported, Unsupported{c.Text, reason})
		}
	}
	return r, nil
}

// Faults that only the check of what is shown can find.
const (
	NotShown guard.Reason = "not_shown" // the screen has other words than those that were checked
	NotCited guard.Reason = "not_cited" // the clause that it rests on is not among the citations
	Misquote guard.Reason = "misquote"  // the quote does not hold the words that it rests on
)

// recheck checks a sentence that was shown anew: against its grounds, and against the citation that the person sees.
func recheck(c prose.Checked, turn assistant.Turn) guard.Reason {
	text, reason := guard.New(c.Ground).Check(c.Claim)
	if reason != "" {
		return reason
	}
	shown := strings.ReplaceAll(turn.Answer, "*", "")
	words := strings.TrimRight(strings.ReplaceAll(text, "*", ""), "，,；;、.")
	if text != c.Text || !strings.Contains(shown, words) && !strings.Contains(shown, answer.ToChild(words)) {
		return NotShown
	}
	if c.Citation == 0 { // it rests on the card, or on nothing
		return ""
	}
	i := slices.IndexFunc(turn.Citations, func(cited answer.Citation) bool { return cited.N == c.Citation })
	if i < 0 {
		return NotCited
	}
	quoted := c.Ground
	quoted.Passages = slices.Clone(c.Ground.Passages)
	quoted.Passages[c.Claim.Passage-1].Text = strings.ReplaceAll(turn.Citations[i].Quote, "**", "")
	if _, reason := guard.New(quoted).Check(c.Claim); reason == guard.Span {
		return Misquote
	}
	return ""
}

// right counts the citations that are gold, and the gold clauses that are cited.
func (r Answered) right() (citations, gold int) {
	for _, c := range r.Citations {
		if r.Relevance(c.Document, c.Clause) > 0 {
			citations++
		}
	}
	for _, g := range r.Gold {
		if slices.ContainsFunc(r.Citations, func(c answer.Citation) bool { return g.is(c.Document, c.Clause) }) {
			gold++
		}
	}
	return citations, gold
}

// failed tells whether an answer is not what it should be.
func (r Answered) failed() bool {
	if r.Style == Unanswerable {
		return !r.Refused
	}
	citations, _ := r.right()
	return r.Refused || citations == 0
}

// Refusals tell how well refusals are placed.
type Refusals struct {
	Refused int `json:"refused"`
	Right   int `json:"right"` // of those that were refused
	Meant   int `json:"meant"` // that are to be refused
}

// Add counts a question.
func (r *Refusals) Add(refused, meant bool) {
	if refused {
		r.Refused++
	}
	if meant {
		r.Meant++
	}
	if refused && meant {
		r.Right++
	}
}

// Precision is how many of the refusals are right; 0 where nothing was refused.
func (r Refusals) Precision() float64 { return ratio(r.Right, r.Refused) }

// Recall is how many of the questions that are to be refused were.
func (r Refusals) Recall() float64 { return ratio(r.Right, r.Meant) }
