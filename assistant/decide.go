package assistant

import (
	"context"
	"slices"

	"xiaohe/assistant/answer"
	"xiaohe/assistant/dialogue"
	"xiaohe/assistant/understand"
	"xiaohe/knowledge"
	"xiaohe/knowledge/benefit"
)

// Benefit is one verdict in the contract of `xiaohe ask --json`.
type Benefit struct {
	ID       string           `json:"id"`
	Verdict  string           `json:"verdict"` // eligible, ineligible, undetermined
	Amount   *benefit.Amount  `json:"amount,omitempty"`
	Because  []string         `json:"because"`
	Missing  []string         `json:"missing"`
	Apply    Apply            `json:"apply"`
	Warnings []string         `json:"warnings"`
	Sources  []benefit.Source `json:"sources"`
}

// Apply is where to go and what to bring.
type Apply struct {
	Where  string   `json:"where"`
	Papers []string `json:"papers"`
}

// Ask is the one question of a turn.
type Ask struct {
	Fact    string   `json:"fact"`
	Text    string   `json:"text"`
	Options []string `json:"options"`
}

// topicCloseness is how near a benefit's wordings must come to a message that is about it.
const topicCloseness = 0.25

// topics are the benefits that the search finds a message to be about.
func topics(found knowledge.Result) []string {
	var ids []string
	for _, c := range found.Cards {
		if c.Document.Kind == knowledge.KindBenefit && c.Similarity >= topicCloseness {
			ids = append(ids, c.Document.Benefit)
		}
	}
	return ids
}

// heard is a message with what was found about it.
type heard struct {
	text    string
	topics  []string               // benefits that the search finds it to be about
	guesses []understand.Statement // what a model read in it: asked back before anything rests on it
}

// decide takes the message into the case and applies the rules of the book. Messages that no turn has taken in, since
// it failed, are read first.
func (a *Assistant) decide(ctx context.Context, conv Conversation, book *benefit.Book, region knowledge.Region, m heard, t *Turn) (dialogue.Outcome, error) {
	state := conv.State
	day, err := benefit.ParseDay(string(conv.On))
	if err != nil {
		return dialogue.Outcome{}, err
	}
	at := dialogue.Setting{Book: book, Day: day, Region: region.Short(), Resolve: a.resolver(ctx, region)}
	for _, earlier := range conv.Questions[max(0, len(conv.Questions)-conv.Unread):] {
		state, _ = dialogue.Step(state, earlier, at)
	}
	at.Topics, at.Guesses = m.topics, m.guesses
	state, outcome := dialogue.Step(state, m.text, at)
	t.State, t.Results = state, outcome.Results
	if state.Empty() && (!outcome.Heard || outcome.Guessed) {
		return outcome, nil
	}
	t.Facts = outcome.Facts
	t.Benefits = benefits(outcome.Decision.Card)
	return outcome, nil
}

// show puts a decision and its question into the turn.
func (t *Turn) show(out dialogue.Outcome) {
	t.Decision, t.Paused = &out.Decision, out.Paused
	q := out.Decision.Question
	if q == nil {
		return
	}
	t.Ask = &Ask{Fact: q.Fact, Text: q.Text, Options: []string{}}
	for _, option := range q.Options {
		t.Ask.Options = append(t.Ask.Options, option.Label)
	}
	t.Ask.Options = append(t.Ask.Options, dialogue.NotSure)
}

// region is the conversation's; where that is the whole country, the place that the messages name.
func (a *Assistant) region(ctx context.Context, r knowledge.Region, state *dialogue.State, text string) (knowledge.Region, error) {
	if r.Code != "" && r.Level > 0 {
		return r, nil
	}
	named, err := a.knowledge.RegionIn(ctx, text)
	switch {
	case err != nil:
		return r, err
	case named.Level > 0:
		state.Region = named.Code
		return named, nil
	case state.Region != "":
		return a.knowledge.Region(ctx, state.Region)
	}
	return named, nil
}

// resolver finds regions by name, a county that has namesakes near the conversation's region; a name that does not
// fit is no place.
func (a *Assistant) resolver(ctx context.Context, near knowledge.Region) dialogue.Resolver {
	return func(text string) (code, name string, ok bool) {
		for _, tried := range []string{text, near.Name + text} {
			if r, err := a.knowledge.RegionIn(ctx, tried); err == nil && r.Level > 0 && (tried == text || r.Code != near.Code) {
				return r.Short(), r.Name, true
			}
		}
		if r, err := a.knowledge.Region(ctx, text); err == nil && r.Level > 0 { // a county by its short name: 黔江
			return r.Short(), r.Name, true
		}
		return "", "", false
	}
}

// decides tells whether a turn is answered by the rules: the message answered the question, or it told of the family
// and the card has something to say.
func decides(out dialogue.Outcome) bool {
	card := out.Decision.Card
	shows := len(card.Eligible)+len(card.Open)+len(card.RuledOut) > 0
	return len(out.Explain) > 0 || out.Answered || out.Heard && (shows || len(out.Notes) > 0 || out.Decision.Question != nil)
}

// benefits lists what is eligible, open and ruled out as the contract writes it.
func benefits(card benefit.Card) []Benefit {
	list := []Benefit{}
	for _, item := range slices.Concat(card.Eligible, card.Open, card.RuledOut, card.Received) {
		b := Benefit{ID: item.ID, Verdict: item.Verdict, Amount: item.Amount, Because: []string{}, Missing: []string{},
			Apply: Apply{Where: item.Apply.Where, Papers: item.Papers}, Warnings: item.Warnings, Sources: item.Sources}
		for _, reason := range item.Because {
			b.Because = append(b.Because, reason.Text)
		}
		for _, m := range item.Missing {
			b.Missing = append(b.Missing, m.Fact)
		}
		list = append(list, b)
	}
	return list
}

// refs are the clauses that an outcome rests on.
func refs(out dialogue.Outcome) []knowledge.ClauseRef {
	var found []knowledge.ClauseRef
	card := out.Decision.Card
	for _, item := range slices.Concat(out.Explain, card.Eligible, card.Open) {
		for _, source := range item.Sources {
			found = append(found, answer.Ref(source))
		}
	}
	return found
}
