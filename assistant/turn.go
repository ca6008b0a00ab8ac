// Package assistant runs one turn of a conversation, start to end: a message in, an answer with its citations out.
//
// The steps are functions with explicit inputs and outputs, called in the order of safety: triage comes before
// anything else, then the facts and the benefit rules, then search, then the answer.
package assistant

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"xiaohe/assistant/answer"
	"xiaohe/assistant/dialogue"
	"xiaohe/assistant/llm"
	"xiaohe/assistant/prose"
	"xiaohe/assistant/triage"
	"xiaohe/knowledge"
	"xiaohe/knowledge/benefit"
	"xiaohe/prompts"
)

// MaxText is the most characters of one message (HANDOFF: 4,000 characters, 12 KB of Chinese).
const MaxText = 4000

// Turn is one user message and all that followed from it. Its JSON is the contract of `xiaohe ask --json`.
type Turn struct {
	Number    int               `json:"turn"`
	Triage    Triage            `json:"triage"`
	Facts     map[string]any    `json:"facts"`
	Benefits  []Benefit         `json:"benefits"`
	Ask       *Ask              `json:"ask"`
	Answer    string            `json:"answer"`
	Citations []answer.Citation `json:"citations"`
	Refused   bool              `json:"refused"`
	Handoff   *Handoff          `json:"handoff"`

	Danger   Danger             `json:"-"` // what triage found, and the script
	Ordinary string             `json:"-"` // the answer without the script that goes before it
	Decision *dialogue.Decision `json:"-"` // what the screen shows beside the words; nil where the turn decided nothing
	State    dialogue.State     `json:"-"` // to be kept for the next turn
	Results  []benefit.Result   `json:"-"` // every verdict, for scoring
	Paused   bool               `json:"-"` // enough was asked: the person may say 继续
	Offer    bool               `json:"-"` // the answer is weak: a person is offered beside it
	Region   knowledge.Region   `json:"-"` // whose rules were applied: the conversation's, or the one that was named

	Prose *prose.Account `json:"prose,omitempty"` // what a model's words came to; nil where none was asked

	frame   *answer.Frame // what the answer says in any words; nil where it is said in its own
	byChild bool          // a child speaks of itself
}

// Triage is what was noticed of danger, for the session with this message.
type Triage struct {
	Level   string   `json:"level"`
	Flags   []string `json:"flags"`
	Signals []Signal `json:"signals"`
}

// Signal is a category of danger and the words that show it.
type Signal struct {
	Category string `json:"category"`
	Quote    string `json:"quote"`
}

// Conversation is what a turn needs to know of the turns before it.
type Conversation struct {
	Region    knowledge.Region
	On        knowledge.Date
	Questions []string       // the user's earlier messages, oldest first
	State     dialogue.State // as the last answered turn left it
	Unread    int            // how many of the last questions the state has not taken in, since their turns failed

	Watch      Watch          // as the last assessed message left it
	Unassessed []Said         // earlier messages that the watch has not taken in, oldest first
	Speaker    triage.Speaker // who writes, where it is known from an account; otherwise it is read from the words
	Now        time.Time      // when the message came; the present where it is zero

	Owner string                // whose tokens a model uses: the conversation's id; never a name
	Say   func(sentence string) // hears each piece of the answer that a model writes, as soon as it has passed; nil: nobody listens
	Stop  <-chan struct{}       // closed when a model's words are no longer waited for; nil: never

	Checked func(prose.Checked) // hears each sentence of a model that was let through, for scoring; nil: nobody

	Second *Second // the second opinion that was asked for beside this turn; nil: none
	judged *Judged // the one that has come and counts from the beginning of the turn
}

// Assistant answers questions from the knowledge.
type Assistant struct {
	knowledge *knowledge.Store
	triage    *triage.Triage
	scripts   *prompts.Book
	models    *llm.Client // nil: everything is done without a model
}

// UseModel has the jobs that the client has a model for done with it, and checked. It is called before the first turn.
func (a *Assistant) UseModel(client *llm.Client) { a.models = client }

// HasModel tells whether turns may wait for a model.
func (a *Assistant) HasModel() bool { return a != nil && a.models != nil }

// New returns an assistant over a knowledge store.
func New(store *knowledge.Store) *Assistant {
	g := guard()
	return &Assistant{knowledge: store, triage: g.triage, scripts: g.scripts}
}

// CheckText tells what is wrong with a message before it is stored: empty, too long, or not text.
func CheckText(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return &knowledge.InputError{Message: "请先写下您想问的话"}
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }):
		return &knowledge.InputError{Message: "这段内容不是文字，请用汉字写下您想问的话"}
	case utf8.RuneCountInString(text) > MaxText:
		return &knowledge.InputError{Message: fmt.Sprintf("话太长了（超过 %d 字），请分成几次说", MaxText)}
	}
	return nil
}

// turn is Turn with what is known of danger when it begins.
func (a *Assistant) turn(ctx context.Context, conv Conversation, text string) (Turn, error) {
	if err := CheckText(text); err != nil {
		return Turn{}, err
	}
	if conv.On == "" {
		conv.On = a.knowledge.Today()
	}
	t := a.Notice(conv, text)
	switch {
	case t.Danger.Only:
		t.Answer = t.Danger.Before("")
		a.prepare(ctx, conv, text, &t)
		return t, nil
	case wantsPerson(text):
		a.connect(ctx, conv, text, &t)
		return t, nil
	}
	if err := a.inform(ctx, conv, text, &t); err != nil {
		return t, err
	}
	kind := ""
	if t.Danger.Reply == nil && t.Danger.sad() {
		kind = a.scripts.Sympathy(t.Danger.audience(), len(conv.Questions)) + "\n\n"
	}
	a.tell(ctx, conv, text, t.Danger.lead(kind), &t)
	t.Ordinary = kind + t.Ordinary
	t.Answer = t.Danger.Before(t.Ordinary)
	return t, nil
}

// Notice only reads a message for danger: where a person answers, nothing else is done with it.
func (a *Assistant) Notice(conv Conversation, text string) Turn {
	conv = timed(conv)
	return a.reading(conv, text, a.notice(conv, text))
}

// reading is a turn in which a message was only read for danger.
func (a *Assistant) reading(conv Conversation, text string, d Danger) Turn {
	t := Turn{
		Number: len(conv.Questions) + 1, Facts: map[string]any{}, Benefits: []Benefit{}, Citations: []answer.Citation{},
		State: conv.State, Region: conv.Region,
	}
	d.report(text, &t)
	return t
}

// prepareTime is how long a script waits for what stands beside it.
const prepareTime = 5 * time.Second

// prepare takes in what a message that is answered by a script alone tells of the family, and finds the clauses behind
// it: for whoever has the duty to act, and for the turns to come. Nothing of it is said. Where it fails or hangs there
// is none; a database that hangs for longer could not take the reply either.
func (a *Assistant) prepare(ctx context.Context, conv Conversation, text string, t *Turn) {
	ctx, cancel := context.WithTimeout(ctx, prepareTime)
	defer cancel()
	found, _, err := a.learn(ctx, conv, text, t)
	if err != nil {
		return
	}
	t.Citations = answer.Compose(text, found, conv.On).Citations
	t.State.Withdraw()
}

// learn finds what a message is about and takes what it tells of the family into the turn. A turn is left as it was
// where that fails.
func (a *Assistant) learn(ctx context.Context, conv Conversation, text string, t *Turn) (found knowledge.Result, outcome dialogue.Outcome, err error) {
	next := *t
	if next.Region, err = a.region(ctx, conv.Region, &conv.State, text); err != nil {
		return found, outcome, err
	}
	book, err := a.knowledge.Book(ctx)
	if err != nil {
		return found, outcome, err
	}
	help := a.assist(ctx, conv, text, t.Danger, book)
	defer help.end()
	words := help.rewrite()
	found, err = a.knowledge.Search(ctx, knowledge.Query{Text: text, Context: leansOn(conv.Questions, text), Rewrites: words.Queries,
		Terms: words.Terms, Region: next.Region, On: conv.On, K: answer.MaxCitations * 2})
	if err != nil {
		return found, outcome, err
	}
	if outcome, err = a.decide(ctx, conv, book, next.Region, heard{text, topics(found), help.facts()}, &next); err != nil {
		return found, outcome, err
	}
	*t = next
	return found, outcome, nil
}

// inform answers a message that may be answered: facts, rules, search, words.
func (a *Assistant) inform(ctx context.Context, conv Conversation, text string, t *Turn) error {
	found, outcome, err := a.learn(ctx, conv, text, t)
	if err != nil {
		return err
	}
	reply := answer.Compose(text, found, conv.On)
	switch {
	case t.Danger.Level >= triage.Concern: // care goes first: no questions about money
		t.State.Withdraw()
	case outcome.Invites && !reply.Refused:
		reply = answer.Invite(reply, outcome)
		t.show(outcome)
	case decides(outcome) && (outcome.Strong || !reply.Refused):
		clauses, err := a.knowledge.Clauses(ctx, t.Region, conv.On, refs(outcome))
		if err != nil {
			return err
		}
		reply = answer.Decision(outcome, clauses, found.Hits, conv.On)
		t.show(outcome)
	default:
		t.State.Withdraw()
	}
	t.Ordinary, t.Citations, t.Refused, t.frame, t.byChild = reply.Text, reply.Citations, reply.Refused, reply.Frame, outcome.ByChild
	t.offer(reply)
	return nil
}

// followUps begin a question that leans on the one before: 那要带什么材料, 这个多少钱.
var followUps = []string{"那", "这个", "这种", "它", "他们", "还有", "然后", "上面", "刚才", "你说的", "您说的", "具体", "需要什么", "要什么", "多少钱", "去哪", "在哪", "多久", "要带"}

// Lengths in characters: up to shortQuestion a question that begins like a follow-up is one, up to bareQuestion
// any is (要钱吗, 几岁停).
const (
	shortQuestion = 16
	bareQuestion  = 5
)

// leansOn returns the last question that stands alone where text makes no sense without it.
func leansOn(earlier []string, text string) string {
	if !leans(text) {
		return ""
	}
	for _, question := range slices.Backward(earlier) {
		if !leans(question) {
			return question
		}
	}
	return ""
}

func leans(text string) bool {
	text = strings.TrimSpace(text)
	n := utf8.RuneCountInString(text)
	return n <= bareQuestion || n <= shortQuestion &&
		slices.ContainsFunc(followUps, func(begin string) bool { return strings.HasPrefix(text, begin) })
}
