package dialogue

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"xiaohe/assistant/understand"
	"xiaohe/knowledge/benefit"
)

// Guess is a fact that a language model read out of a message. No verdict rests on it: it is no part of the case until
// the person has said that it is right. What they deny or do not know is not guessed again.
type Guess struct {
	Fact    string        `json:"fact"`
	Child   string        `json:"child,omitempty"`
	Told                  // with the person's own words
	Against *benefit.Said `json:"against,omitempty"` // what was understood without the model, where the two contradict
	Asked   int           `json:"asked,omitempty"`
}

// fromModel is the source of what a model read.
const fromModel = "model"

// How much is guessed: facts of one message and in all, and facts put into one question.
const (
	mostGuesses  = 6
	mostTogether = 3
)

// Replies to a question about a guess.
const (
	Right = "对"
	Wrong = "不对"
)

// key names a guess among those that are settled.
func (g Guess) key(book *benefit.Book) string {
	return g.Child + "|" + g.Fact + "|" + book.Dictionary.Show(g.Fact, g.Value)
}

// suppose takes what a model read of the message into the guesses, as far as it says anything that is not known, was
// not settled before and fits what was said. It returns the facts that are new.
func (h *hearing) suppose(statements []understand.Statement) (fresh []string) {
	s := h.state
	s.Guesses = slices.DeleteFunc(s.Guesses, func(g Guess) bool { // the person's own words speak of it now
		return slices.Contains(h.fresh, g.Fact) || s.unclear(g.Fact)
	})
	for _, statement := range statements {
		if len(fresh) == mostGuesses || len(s.Guesses) >= 2*mostGuesses || s.unclear(statement.Fact) {
			continue
		}
		if g, ok := h.guess(statement); ok {
			s.Guesses = append(s.Guesses, g)
			s.Settled = append(s.Settled, g.key(h.book))
			fresh = append(fresh, g.Fact)
		}
	}
	return fresh
}

// unclear tells whether a fact is about to be asked because the words were.
func (s *State) unclear(fact string) bool {
	return slices.ContainsFunc(s.Unclear, func(u understand.Unclear) bool { return u.Fact == fact })
}

// guess checks one statement against what is known: it is no guess where it says nothing new or cannot be.
func (h *hearing) guess(statement understand.Statement) (Guess, bool) {
	s := h.state
	g := Guess{Fact: statement.Fact, Told: Told{Value: statement.Value, Quote: statement.Quote, Source: fromModel}}
	if ofChild(g.Fact) {
		g.Child = cmp.Or(statement.Child, s.current())
	}
	again := func(other Guess) bool { return other.Fact == g.Fact && other.Child == g.Child }
	if slices.Contains(s.Settled, g.key(h.book)) || slices.ContainsFunc(s.Guesses, again) {
		return g, false
	}
	fact, err := h.book.Dictionary.Fact(g.Fact)
	if err != nil || h.book.Dictionary.NewCase().Say(g.Fact, g.Value) != nil {
		return g, false
	}
	if n := len(g.Value.In); len(fact.Options) > 0 && (n == 0 || n > 1 && fact.Type != benefit.Multi) {
		return g, false // nothing that a sentence could say
	}
	if old, known := s.facts(g.Child)[g.Fact]; known {
		switch h.relation(g.Fact, old.Value, g.Value) {
		case agrees:
			return g, false
		case contradicts:
			g.Against = &old.Value
			return g, true
		}
	}
	c := build(h.book, s, s.current())
	if c.Say(g.Fact, g.Value) == nil && len(c.Conflicts(h.day)) > 0 {
		return g, false
	}
	return g, true
}

// relation is how what a model read stands to what is known.
type relation int

const (
	adds relation = iota
	agrees
	contradicts
)

func (h *hearing) relation(name string, known, guessed benefit.Said) relation {
	fact, err := h.book.Dictionary.Fact(name)
	if err != nil {
		return agrees
	}
	c := h.book.Dictionary.NewCase()
	if c.Say(name, known) != nil {
		return agrees
	}
	before := c.Told()[0].Text
	switch err := c.Say(name, guessed); {
	case err != nil:
		return contradicts
	case fact.Type != benefit.Multi, c.Told()[0].Text == before: // a number within what was said adds nothing worth a question
		return agrees
	}
	return adds
}

// group are the guesses that one question asks about: the first, and others about the same person.
func (s *State) group() []Guess {
	if len(s.Guesses) == 0 {
		return nil
	}
	first := s.Guesses[0]
	group := []Guess{first}
	for _, g := range s.Guesses[1:] {
		if first.Against == nil && g.Against == nil && person(g.Fact) == person(first.Fact) && g.Child == first.Child && len(group) < mostTogether {
			group = append(group, g)
		}
	}
	return group
}

func (g Guess) isOne(group []Guess) bool {
	return slices.ContainsFunc(group, func(other Guess) bool { return other.Fact == g.Fact && other.Child == g.Child })
}

// drop takes the guesses of a group out.
func (s *State) drop(group []Guess) {
	s.Guesses = slices.DeleteFunc(s.Guesses, func(g Guess) bool { return g.isOne(group) })
}

// asked counts how often the guesses of a group were asked about.
func (s *State) asked(group []Guess, n int) {
	for i, g := range s.Guesses {
		if g.isOne(group) {
			s.Guesses[i].Asked += n
		}
	}
}

// dropFact takes back what was guessed of a fact.
func (s *State) dropFact(fact string) bool {
	n := len(s.Guesses)
	s.Guesses = slices.DeleteFunc(s.Guesses, func(g Guess) bool { return g.Fact == fact })
	return len(s.Guesses) < n
}

// Replies that stand for themselves or open a longer message.
var (
	yesReply    = reply(`对|对对|对对对|对的对的|是|是的|是是|嗯|嗯嗯|恩|没错|没有错|正确|就是|就是的|就是这样|是这样|是这样的|对头|系|系嘅|中|要得|你说得对|您说得对|说对了|yes|ok`)
	noReply     = reply(`不对|不是|不是的|不是这样|不是这样的|没有|没有的事|没这回事|错了|错|说错了|你说错了|您说错了|理解错了|不系|唔系|不对头|没说过|我没说过|没这么说|不是这个意思|去掉|no`)
	unsureReply = reply(`不清楚|不知道|不晓得|不太清楚|说不清|说不好|说不准|不好说|不确定|记不清|记不得|忘了`)
)

func reply(words string) *regexp.Regexp {
	return regexp.MustCompile(`^(?i:[ \t]*)(?i:` + words + `)[的呀啊哦嘛呢了吧嘞咯哈滴]*(?:[ ，,。.；;！!、~～\n]+|$)`)
}

// confirm reads the reply to a question about guesses. What follows it is returned, to be read as any message.
func (h *hearing) confirm(text string) (rest string) {
	s := h.state
	group := s.group()
	first := group[0]
	says := func(re *regexp.Regexp) bool {
		m := re.FindString(text)
		if m != "" {
			rest = text[len(m):]
		}
		return m != ""
	}
	switch {
	case first.Against != nil && text == h.book.Dictionary.Show(first.Fact, *first.Against), first.Against == nil && says(noReply), says(unsureReply):
		h.confirmed = first.Fact
	case first.Against != nil && text == h.book.Dictionary.Show(first.Fact, first.Value), first.Against == nil && says(yesReply):
		h.confirmed = first.Fact
		defer func() {
			for _, g := range group {
				h.take(understand.Statement{Fact: g.Fact, Child: g.Child, Value: g.Value, Quote: g.Quote, Correction: g.Against != nil})
			}
		}()
	default:
		return text
	}
	s.drop(group)
	return rest
}

// askGuess puts the question whether guesses are right: of those that change most, at most twice.
func (s *State) askGuess(view *benefit.View, c *benefit.Case, out *Outcome) bool {
	s.Guesses = slices.DeleteFunc(s.Guesses, func(g Guess) bool { return g.Asked >= mostAsked })
	if len(s.Guesses) == 0 {
		return false
	}
	s.order(view, c)
	group := s.group()
	s.asked(group, 1)
	first, d := group[0], view.Book().Dictionary
	question := &Question{Fact: first.Fact, Guess: true, Options: []Option{{Right}, {Wrong}}}
	if first.Against == nil {
		question.Text = "您是说" + s.phrases(d, group) + "，对吗？"
	} else {
		old, now := d.Show(first.Fact, *first.Against), d.Show(first.Fact, first.Value)
		question.Options = []Option{{old}, {now}}
		question.Text = fmt.Sprintf("“%s”我没听准：是%s，还是%s？", label(d, first.Fact), old, now)
	}
	if s.byChild() {
		question.Text = toChild.Replace(question.Text)
	}
	s.Reading.Pending = &understand.Pending{Fact: first.Fact, Guess: true}
	s.Person = person(first.Fact)
	out.Decision.Question = question
	return true
}

// order puts the guesses first that would change most verdicts. It looks at cases of its own: the one that decides
// holds none of them.
func (s *State) order(view *benefit.View, c *benefit.Case) {
	before := verdicts(view, c)
	changes := func(g Guess) int {
		if g.Child != "" && g.Child != s.current() {
			return 0
		}
		with := c.Clone()
		if g.Against != nil {
			with.Forget(g.Fact)
		}
		if with.Say(g.Fact, g.Value) != nil {
			return 0
		}
		n := 0
		for i, v := range verdicts(view, with) {
			if v != before[i] {
				n++
			}
		}
		return n
	}
	weight := map[string]int{}
	for _, g := range s.Guesses {
		weight[g.Child+"|"+g.Fact] = changes(g)
	}
	slices.SortStableFunc(s.Guesses, func(a, b Guess) int {
		return cmp.Or(cmp.Compare(b.Asked%mostAsked, a.Asked%mostAsked), cmp.Compare(weight[b.Child+"|"+b.Fact], weight[a.Child+"|"+a.Fact]))
	})
}

func verdicts(view *benefit.View, c *benefit.Case) []benefit.Verdict {
	var found []benefit.Verdict
	for _, r := range view.Decide(c) {
		found = append(found, r.Final)
	}
	return found
}

func label(d *benefit.Dictionary, fact string) string {
	if f, err := d.Fact(fact); err == nil {
		return f.Label
	}
	return fact
}

// guessed are the chips of what is not confirmed yet about a child.
func (s *State) guessed(d *benefit.Dictionary, child string) []Chip {
	var found []Chip
	for _, g := range s.Guesses {
		if g.Against == nil && (g.Child == "" || g.Child == child) {
			found = append(found, Chip{Fact: g.Fact, Label: label(d, g.Fact), Text: strings.TrimSpace(d.Show(g.Fact, g.Value)), Quote: g.Quote, Guess: true})
		}
	}
	return found
}
