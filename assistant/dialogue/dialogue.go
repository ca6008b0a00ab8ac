package dialogue

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"xiaohe/assistant/understand"
	"xiaohe/knowledge/benefit"
)

// mostRounds is how many questions are put before the person is shown where things stand and may go on or not.
const mostRounds = 5

// Resolver finds a region by what people call it: its code and its name.
type Resolver func(text string) (code, name string, ok bool)

// Setting is where and when a message is decided.
type Setting struct {
	Book    *benefit.Book
	Day     benefit.Day
	Region  string // the conversation's region: where nothing else was said of the child's places
	Resolve Resolver
	Topics  []string // benefits that the search finds the message to be about

	Guesses []understand.Statement // what a model read out of the message, checked by package extract; nil without one
}

// Outcome is what came of one message.
type Outcome struct {
	Decision Decision
	Case     *benefit.Case
	Facts    map[string]any // what was said, as the command line prints it
	Results  []benefit.Result
	Asks     understand.Asks
	Heard    bool           // the message told of a need, or answered the question
	Guessed  bool           // nothing but what a model read told of a need
	Answered bool           // it answered the question that was put
	Strong   bool           // it told of a situation that no talk about something else mentions
	Invites  bool           // it asked what there is for a family of which next to nothing is known yet
	Notes    []string       // contradictions and impossible values, in words for the person
	Explain  []benefit.Item // the benefits that why or why not was asked about
	Paused   bool           // enough questions were put; the person may go on
	ByChild  bool           // it is the child itself that speaks
}

// Decision is what a turn shows beside its words: the card, what was understood, and the question.
type Decision struct {
	Card     benefit.Card `json:"card"`
	Chips    []Chip       `json:"chips"`
	Question *Question    `json:"question"`
	Child    string       `json:"child"`
	Children []string     `json:"children"`
}

// Chip is one thing that was understood; the person can correct it.
type Chip struct {
	Fact  string `json:"fact"`
	Label string `json:"label"`
	Text  string `json:"text"`
	Quote string `json:"quote"`
	Guess bool   `json:"guess,omitempty"` // a model read it, and the person has not said that it is right
}

// Question is the one question of a turn.
type Question struct {
	Fact    string   `json:"fact"`
	Text    string   `json:"text"`
	Why     string   `json:"why"`
	Options []Option `json:"options"`
	Multi   bool     `json:"multi"`
	Unit    string   `json:"unit"`
	Guess   bool     `json:"guess,omitempty"` // it asks whether what a model read is right
}

// Option is a quick reply.
type Option struct {
	Label string `json:"label"`
}

// NotSure is the reply that every question offers.
const NotSure = "不清楚"

// Step takes one message in and decides anew. The state that comes back is to be kept for the next message; the one
// that went in is not changed.
func Step(old State, text string, at Setting) (State, Outcome) {
	s := old.clone()
	h := hearing{state: &s, book: at.Book, day: at.Day}
	reading := h.hear(text, at.Resolve, at.Book.At(s.places(at.Region, s.current()), at.Day))
	guessed := h.suppose(at.Guesses)
	mentioned := at.Book.Mentioned(text)
	if reading.Asks.Any() {
		s.name(mentioned)
	}
	if len(at.Topics) > 0 && (h.answer == "" || reading.Asks.Any()) { // an answer is about the question that was put
		s.Topics = at.Topics
	}
	if reading.Asks.Next {
		s.Rounds = 0
	}
	out := decide(&s, at)
	out.Asks, out.Notes, out.ByChild = reading.Asks, h.notes, s.byChild()
	out.Answered = h.confirmed != "" || h.answer != "" && (reading.Unknown || slices.ContainsFunc(h.fresh, func(fact string) bool { return person(fact) == person(h.answer) }))
	volunteered := h.answer != "" && len(h.fresh) > 0 && !reading.Asks.Any() // something else of the family, in place of the answer
	told := out.Answered || volunteered || len(h.notes) > 0 || len(reading.Unclear) > 0
	out.Heard = told || slices.ContainsFunc(h.fresh, tells) ||
		(reading.Asks.What || reading.Asks.Next) && !s.Empty()
	out.Strong = told || slices.ContainsFunc(h.fresh, needs) || slices.ContainsFunc(guessed, needs) ||
		reading.Asks.What && len(mentioned) > 0
	out.Invites = !out.Heard && (reading.Asks.What || s.Reading.Focus == "孩子" && len(at.Topics)+len(mentioned)+len(h.fresh) > 0) ||
		!out.Answered && reading.Asks.What && len(h.fresh) <= 1 && len(s.Asked) <= 1 && len(out.Decision.Card.Eligible) == 0
	if slices.ContainsFunc(guessed, tells) && !out.Heard { // the words alone told nothing: the question goes below whatever answers them
		out.Heard, out.Guessed, out.Invites = true, true, out.Decision.Question != nil
	}
	out.Explain = explain(&s, at, out, text)
	out.Strong = out.Strong || len(out.Explain) > 0 && utf8.RuneCountInString(text) <= bareWhy
	s.Rules = at.Book.Version
	return s, out
}

// bareWhy is how many characters a message has at most that asks why and nothing else: 为什么, 那为啥不能领呢.
const bareWhy = 8

// everyday are facts that any talk about a child mentions: alone they do not tell of a need.
var everyday = []string{"孩子.年龄", "孩子.出生日期", "孩子.在读阶段", "孩子.户籍地", "孩子.居住地", "孩子.就读地", "孩子.居住满月数",
	"孩子.养育方式", "监护人.关系", "监护人.年龄", "家庭.共同生活人数", "家庭.城乡", "父亲.外出务工", "母亲.外出务工"}

func tells(fact string) bool { return !slices.Contains(everyday, fact) }

// common are facts that come up in any family's talk, beside those of everyday: a message that sounds like something
// else is not taken for a case because of them.
var common = []string{"孩子.住校", "孩子.学校有营养餐", "孩子.参加居民医保", "孩子.自付医疗费", "孩子.依法生育或收养", "孩子.有居住证", "家庭.工资收入",
	"家庭.经营收入", "家庭.转移收入", "家庭.财产收入", "家庭.可扣支出", "家庭.财产合规", "监护人.能管好补贴"}

func needs(fact string) bool { return tells(fact) && !slices.Contains(common, fact) }

// name remembers the benefits that were asked about, the last one first.
func (s *State) name(ids []string) {
	for _, id := range ids {
		s.Named = append([]string{id}, slices.DeleteFunc(s.Named, func(other string) bool { return other == id })...)
	}
}

// decide applies the rules to the child spoken of and chooses the question.
func decide(s *State, at Setting) Outcome {
	child := s.current()
	c := build(at.Book, s, child)
	view := at.Book.At(s.places(at.Region, child), at.Day)
	survey := view.Survey(c, benefit.Interest{Skip: s.skip(child), Named: s.Named, Topics: s.Topics, Last: s.Person})
	out := Outcome{Case: c, Facts: view.Export(c), Results: survey.Results()}
	out.Decision = Decision{Card: survey.Card(s.Looked), Child: child, Children: []string{}, Chips: append(chips(view.Told(c), s.facts(child)), s.guessed(at.Book.Dictionary, child)...)}
	if len(s.Reading.Children) > 1 {
		out.Decision.Children = s.Reading.Children
	}
	for _, items := range [][]benefit.Item{out.Decision.Card.Eligible, out.Decision.Card.Open} {
		for _, item := range items {
			if !slices.Contains(s.Looked, item.ID) {
				s.Looked = append(s.Looked, item.ID)
			}
		}
	}
	s.ask(survey, view, s.nowhere(at.Region), &out)
	return out
}

// household is the fact on which most local rules and amounts hang.
const household = "孩子.户籍地"

// nowhere tells whether it is not known at all where the child belongs, and not asked in vain yet.
func (s *State) nowhere(region string) bool {
	country := region == "" || region == "100000"
	return country && !s.told(household) && !slices.Contains(s.skip(s.current()), household)
}

// ask puts the next question: first what was unclear, then what settles most.
// Without a place no amount can be told: it is asked second, when there is something to tell.
func (s *State) ask(survey *benefit.Survey, view *benefit.View, nowhere bool, out *Outcome) {
	if s.askUnclear(view, out) || s.askGuess(view, out.Case, out) {
		return
	}
	question, ok := survey.Next()
	if !ok {
		return
	}
	if s.Rounds >= mostRounds {
		out.Paused = true
		return
	}
	if nowhere && s.Rounds > 0 {
		question = view.Question(household)
	}
	s.put(question, nil, out)
}

// askUnclear asks what ambiguous words meant, or a fact anew. What does not become clear is let go.
func (s *State) askUnclear(view *benefit.View, out *Outcome) bool {
	s.Unclear = slices.DeleteFunc(s.Unclear, func(u understand.Unclear) bool {
		return count(s.Asked, s.key(u.Fact, s.current())) >= mostAsked
	})
	if len(s.Unclear) == 0 {
		return false
	}
	u := s.Unclear[0]
	question := benefit.Question{Fact: u.Fact, Text: u.Text}
	if len(u.Options) == 0 {
		question = view.Question(u.Fact)
	}
	for _, option := range u.Options {
		question.Options = append(question.Options, option.Label)
	}
	s.put(question, u.Options, out)
	return true
}

// mostAsked is how often one fact is asked at most: once, and again where the person spoke of something else.
const mostAsked = 2

func count(list []string, text string) int {
	n := 0
	for _, other := range list {
		if other == text {
			n++
		}
	}
	return n
}

// situations are the questions that would ask a parent about themselves as about somebody else.
var situations = map[string]string{"父亲": "父亲.情形", "母亲": "母亲.情形"}

// put makes a question the pending one. options say what each answer means; where they are nil the question's own
// values do.
func (s *State) put(question benefit.Question, options []understand.Option, out *Outcome) {
	if question.Fact == situations[s.Reading.Speaker] {
		question.Text = "您自己呢，有没有下面这些情况？都没有就说“都没有”。"
	}
	pending := &understand.Pending{Fact: question.Fact, Options: options, Unclear: options != nil}
	if s.byChild() {
		question.Text, question.Why = toChild.Replace(question.Text), toChild.Replace(question.Why)
	}
	shown := &Question{Fact: question.Fact, Text: question.Text, Why: question.Why, Multi: question.Multi, Unit: question.Unit, Options: []Option{}}
	for _, label := range question.Options {
		shown.Options = append(shown.Options, Option{label})
	}
	if options == nil {
		pending.Options = s.answers(question)
	}
	s.Reading.Pending = pending
	s.Asked = append(s.Asked, s.key(question.Fact, s.current()))
	s.Rounds++
	s.Person = person(question.Fact)
	out.Decision.Question = shown
}

func (s *State) byChild() bool { return s.Reading.Speaker == "孩子" }

// toChild puts a question about a child to the child itself.
var toChild = strings.NewReplacer("孩子", "你", "您", "你")

// answers are what the options of a question say.
func (s *State) answers(question benefit.Question) []understand.Option {
	var options []understand.Option
	for i, label := range question.Options {
		options = append(options, understand.Option{Label: label,
			Statements: []understand.Statement{{Fact: question.Fact, Child: s.child(question.Fact), Value: question.Values[i]}}})
	}
	return options
}

// told tells whether something was said about a fact.
func (s *State) told(fact string) bool {
	_, ok := s.facts(s.current())[fact]
	return ok
}

// Withdraw takes the question back where the turn is answered in another way and does not show it.
func (s *State) Withdraw() {
	switch p := s.Reading.Pending; {
	case p == nil:
		return
	case p.Guess:
		s.asked(s.group(), -1)
		s.Reading.Pending = nil
		return
	}
	s.Asked, s.Rounds = s.Asked[:len(s.Asked)-1], s.Rounds-1
	s.Reading.Pending = nil
}

// child is the label to which an answer about a fact belongs.
func (s *State) child(fact string) string {
	if ofChild(fact) {
		return s.current()
	}
	return ""
}

func person(fact string) string {
	who, _, _ := strings.Cut(fact, ".")
	return who
}

// key names a fact of a child among those asked.
func (s *State) key(fact, child string) string {
	if ofChild(fact) && child != "" {
		return child + "|" + fact
	}
	return fact
}

// skip lists the facts that are not to be asked about a child: what the person does not know, and what was asked
// twice without an answer.
func (s *State) skip(child string) []string {
	var facts []string
	for _, key := range s.Parked {
		if fact, ok := cutChild(key, child); ok {
			facts = append(facts, fact)
		}
	}
	for _, key := range s.Asked {
		if fact, ok := cutChild(key, child); ok && count(s.Asked, key) >= mostAsked {
			facts = append(facts, fact)
		}
	}
	return facts
}

func cutChild(key, child string) (fact string, ok bool) {
	label, fact, of := strings.Cut(key, "|")
	if !of {
		return key, true
	}
	return fact, label == child
}

// places are the child's places as far as they were said; the conversation's region stands for the others. Where a
// child lives is taken for where it goes to school and where something happens to it.
func (s *State) places(region, child string) benefit.Places {
	places := benefit.Everywhere(region)
	facts := s.facts(child)
	set := func(fact string, names ...string) {
		if told, ok := facts[fact]; ok {
			for _, by := range names {
				places.Set(by, told.Value.Place)
			}
		}
	}
	set("孩子.户籍地", "户籍地")
	set("孩子.居住地", "居住地", "就读地", "急难发生地", "案件地")
	set("孩子.就读地", "就读地")
	set("家庭.急难发生地", "急难发生地")
	return places
}

// chips are what was understood of a child.
func chips(said []benefit.Told, facts map[string]Told) []Chip {
	found := []Chip{}
	for _, told := range said {
		said := facts[told.Fact]
		found = append(found, Chip{Fact: told.Fact, Label: told.Label, Text: cmp.Or(said.Name, told.Text), Quote: said.Quote})
	}
	return found
}

// explain collects the benefits that why or why not is asked about: those named in the message, else what the card
// shows first.
func explain(s *State, at Setting, out Outcome, text string) []benefit.Item {
	if !out.Asks.Why && !out.Asks.WhyNot || s.Empty() {
		return nil
	}
	view := at.Book.At(s.places(at.Region, s.current()), at.Day)
	var items []benefit.Item
	for _, id := range at.Book.Mentioned(text) {
		if item, ok := view.Item(out.Case, id); ok {
			items = append(items, item)
		}
	}
	if len(items) > 0 {
		return items
	}
	card := out.Decision.Card
	candidates := slices.Concat(card.Eligible, card.Open, card.RuledOut)
	if out.Asks.WhyNot {
		candidates = slices.Concat(card.RuledOut, card.Open, card.Eligible)
	}
	return candidates[:min(1, len(candidates))]
}
