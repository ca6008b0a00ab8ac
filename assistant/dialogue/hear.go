package dialogue

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"xiaohe/assistant/understand"
	"xiaohe/knowledge/benefit"
)

// hearing is one message being taken into a state.
type hearing struct {
	state      *State
	book       *benefit.Book
	day        benefit.Day
	notes      []string // what could not be taken as it was said, for the person
	fresh      []string // facts that this message spoke of
	answer     string   // the fact that was asked before it
	relabelled bool     // it corrects a chip
	short      bool     // the message is not longer than an answer: a story may leave something out
	confirmed  string   // the fact of a guess that the message settled
}

// longestAnswer is how many characters an answer has at most that says nothing beside it.
const longestAnswer = 10

// chose tells whether a message is made of the options that were offered.
func (s *State) chose(text string) bool {
	if s.Reading.Pending == nil {
		return false
	}
	for label := range strings.SplitSeq(text, "、") {
		if !slices.ContainsFunc(s.Reading.Pending.Options, func(o understand.Option) bool { return o.Label == label }) {
			return false
		}
	}
	return true
}

// relabelled is a chip that the person corrects: 更正：爸爸的情况：在强制戒毒.
var relabelled = regexp.MustCompile(`^更正[：:]\s*([^：:]+)[：:]\s*(.+)$`)

// dropped are the words that take a chip back.
var dropped = []string{"去掉", "不对", "不对，去掉", "没说过"}

// hear takes one message in.
func (h *hearing) hear(text string, resolve Resolver, view *benefit.View) understand.Reading {
	s := h.state
	s.Reading.Today = h.day
	s.Reading.Labels = h.book.Dictionary.Labels()
	if m := relabelled.FindStringSubmatch(strings.TrimSpace(text)); m != nil && s.Reading.Labels[m[1]] != "" {
		question := view.Question(s.Reading.Labels[m[1]])
		s.Reading.Pending = &understand.Pending{Fact: question.Fact, Options: s.answers(question)}
		text, h.relabelled = m[2], true
	}
	switch p := s.Reading.Pending; {
	case p != nil && p.Guess && len(s.Guesses) > 0:
		s.Reading.Pending = nil
		which := s.Guesses[0].Against != nil
		text = h.confirm(strings.TrimSpace(text))
		switch {
		case which && h.confirmed == "": // neither label was chosen: the words may still answer it
			s.Reading.Pending, h.answer = &understand.Pending{Fact: p.Fact}, p.Fact
		case called[person(p.Fact)] != "":
			s.Reading.Focus = person(p.Fact) // 不是，是在戒毒
		}
	case p != nil:
		h.answer = p.Fact
	}
	if h.relabelled && s.dropFact(h.answer) && slices.Contains(dropped, strings.TrimRight(text, "。.！! ")) && !s.told(h.answer) {
		h.confirmed, h.answer, text = h.answer, "", ""
		s.Reading.Pending = nil
	}
	if h.answer != "" && slices.Contains(dropped, strings.TrimRight(text, "。.！! ")) && s.told(h.answer) {
		delete(s.store(h.answer, s.child(h.answer)), h.answer)
		h.fresh = append(h.fresh, h.answer)
		text = ""
	}
	h.short = utf8.RuneCountInString(text) <= longestAnswer || s.chose(text)
	reading := understand.Read(text, s.Reading)
	s.Reading = reading.Context
	s.Reading.Pending, s.Reading.Labels = nil, nil // labels are the book's: not kept with every answer
	s.spread()
	if len(s.Unclear) > 0 && h.answer == s.Unclear[0].Fact {
		s.Unclear = s.Unclear[1:]
	}
	if reading.Unknown && h.answer != "" {
		s.Parked = append(s.Parked, s.key(h.answer, s.current()))
	}
	for _, statement := range h.termOfTheOther(text, reading.Statements) {
		h.take(statement)
	}
	if len(reading.Places) == 0 && isPlace(h.book, h.answer) && !reading.Unknown {
		reading.Places = []understand.Place{{Fact: h.answer, Name: text, Quote: text}} // a bare answer: 西湖区文三路那边
	}
	for _, place := range reading.Places {
		fact := place.Fact
		if fact == "" && isPlace(h.book, h.answer) {
			fact = h.answer
		}
		if code, name, ok := resolve(place.Name); ok && fact != "" {
			h.take(understand.Statement{Fact: fact, Value: benefit.Said{Place: code}, Correction: true, Quote: place.Quote})
			h.rename(fact, name)
		}
	}
	h.settle()
	s.Unclear = append(s.Unclear, reading.Unclear...)
	return reading
}

// rename keeps the name of a place that was said.
func (h *hearing) rename(fact, name string) {
	facts := h.state.store(fact, h.state.child(fact))
	if told, ok := facts[fact]; ok {
		told.Name = name
		facts[fact] = told
	}
}

// parentOf is whose situation a question asks.
var parentOf = map[string]string{"父亲.情形": "父亲", "母亲.情形": "母亲"}

// somebody finds words that say who or where: 判了五年 has none.
var somebody = regexp.MustCompile(`[爸妈爹娘父母他她我你]|坐牢|监狱|牢里|里头|里面`)

// termOfTheOther finds the person of a bare 判了五年 that comes as answer about one parent while only the other is known
// to be in prison: it is the term of that one, and the question stays open.
func (h *hearing) termOfTheOther(text string, statements []understand.Statement) []understand.Statement {
	asked, ok := parentOf[h.answer]
	if !ok || somebody.MatchString(text) {
		return statements
	}
	other := map[string]string{"父亲": "母亲", "母亲": "父亲"}[asked]
	const term, situation = ".限制自由期限月数", ".情形"
	_, known := h.state.Shared[other+term]
	if known || !slices.Contains(h.state.Shared[other+situation].Value.In, "服刑在押") {
		return statements
	}
	i := slices.IndexFunc(statements, func(s understand.Statement) bool { return s.Fact == asked+term })
	alone := !slices.ContainsFunc(statements, func(s understand.Statement) bool { return s.Fact != asked+term && s.Fact != asked+situation })
	if i < 0 || !alone {
		return statements
	}
	moved := statements[i]
	moved.Fact = other + term
	h.answer = ""
	return []understand.Statement{moved}
}

// isPlace tells whether a fact is a place.
func isPlace(book *benefit.Book, fact string) bool {
	f, err := book.Dictionary.Fact(fact)
	return err == nil && f.Type == benefit.Place
}

// take records a statement. A statement that contradicts an earlier one becomes a question unless it is meant to
// replace it.
func (h *hearing) take(statement understand.Statement) {
	children := []string{statement.Child}
	if ofChild(statement.Fact) && statement.Child == "" && len(h.state.Reading.Children) > 1 {
		children = h.state.Reading.Children // said of all of them
	}
	fact, err := h.book.Dictionary.Fact(statement.Fact)
	if err != nil {
		return // the extractor and the dictionary are tested against each other
	}
	for _, child := range children {
		facts := h.state.store(statement.Fact, child)
		old, known := facts[statement.Fact]
		told := Told{Value: statement.Value, Quote: statement.Quote}
		if fact.Name == h.answer && fact.Type == benefit.Multi && len(told.Value.In) > 0 && h.short {
			told.Value.Only = true // the question asks for all of them, and the answer is nothing but one
		}
		if known {
			told = h.combine(fact, old, told, statement)
		}
		if err := h.book.Dictionary.NewCase().Say(fact.Name, told.Value); err != nil {
			var conflict *benefit.Conflict
			if errors.As(err, &conflict) {
				h.notes = append(h.notes, conflict.Text)
			}
			continue
		}
		facts[statement.Fact] = told
		h.fresh = append(h.fresh, statement.Fact)
	}
}

// combine joins what was said before and what is said now.
func (h *hearing) combine(fact *benefit.Fact, old, told Told, statement understand.Statement) Told {
	if fact.Type == benefit.Multi && fact.Name == h.answer && !h.relabelled && told.Value.Only && len(old.Value.In) > 0 {
		all := benefit.Said{In: append(slices.Clone(old.Value.In), told.Value.In...), Only: true} // 都没有: nothing beside it
		if h.book.Dictionary.NewCase().Say(fact.Name, all) == nil {
			return Told{Value: all, Quote: told.Quote}
		}
	}
	if fact.Type == benefit.Multi && !told.Value.Only && (!statement.Correction || len(told.Value.Out) > 0) {
		joined := Told{Value: joinMulti(old.Value, told.Value), Quote: told.Quote}
		if h.book.Dictionary.NewCase().Say(fact.Name, joined.Value) != nil {
			return told // who has died is no longer missing: what is said now replaces what was said before
		}
		return joined
	}
	if statement.Correction || fact.Name == h.answer || fact.Type == benefit.Multi {
		return told
	}
	c := h.book.Dictionary.NewCase()
	if c.Say(fact.Name, old.Value) == nil && c.Say(fact.Name, told.Value) == nil {
		return Told{Value: narrower(fact, old.Value, told.Value), Quote: told.Quote}
	}
	h.state.Unclear = append(h.state.Unclear, which(h.book, fact, statement.Child, old, told))
	return old
}

// joinMulti adds options; what is said now outweighs what was said before.
func joinMulti(old, now benefit.Said) benefit.Said {
	without := func(from, taken []string) []string {
		return slices.DeleteFunc(slices.Clone(from), func(name string) bool { return slices.Contains(taken, name) })
	}
	in := append(without(old.In, slices.Concat(now.Out, now.In)), now.In...)
	out := append(without(old.Out, slices.Concat(now.In, now.Out)), now.Out...)
	return benefit.Said{In: in, Out: out, Only: old.Only}
}

// narrower keeps the values that both statements allow.
func narrower(fact *benefit.Fact, a, b benefit.Said) benefit.Said {
	switch fact.Type {
	case benefit.Integer, benefit.Money, benefit.Date:
		return benefit.Number(max(a.Lo, b.Lo), min(a.Hi, b.Hi))
	case benefit.Place:
		return b
	}
	if len(a.In) > 0 && len(b.In) > 0 {
		both := slices.DeleteFunc(slices.Clone(a.In), func(name string) bool { return !slices.Contains(b.In, name) })
		return benefit.Said{In: both}
	}
	if len(a.In) == 0 && len(b.In) == 0 {
		return benefit.Said{Out: slices.Concat(a.Out, b.Out)}
	}
	in, out := a.In, b.Out
	if len(in) == 0 {
		in, out = b.In, a.Out
	}
	return benefit.Said{In: slices.DeleteFunc(slices.Clone(in), func(name string) bool { return slices.Contains(out, name) })}
}

// which asks which of two contradicting statements is right. Until then the first stands.
func which(book *benefit.Book, fact *benefit.Fact, child string, old, now Told) understand.Unclear {
	option := func(t Told) understand.Option {
		return understand.Option{Label: book.Dictionary.Show(fact.Name, t.Value), Statements: []understand.Statement{
			{Child: child, Fact: fact.Name, Value: t.Value, Correction: true, Quote: t.Quote}}}
	}
	first, second := option(old), option(now)
	return understand.Unclear{Fact: fact.Name, Quote: now.Quote, Options: []understand.Option{first, second},
		Text: fmt.Sprintf("“%s”您先说是%s，又说是%s，哪个对？", fact.Label, first.Label, second.Label)}
}

// settle looks for facts that cannot be true together (5 岁 and 高中). What this message said of them is set aside
// and asked again; nothing is guessed.
func (h *hearing) settle() {
	child := h.state.current()
	for range len(h.fresh) + 1 {
		conflicts := build(h.book, h.state, child).Conflicts(h.day)
		if len(conflicts) == 0 {
			return
		}
		conflict := conflicts[0]
		i := slices.IndexFunc(conflict.Facts, func(fact string) bool { return slices.Contains(h.fresh, fact) })
		if i < 0 {
			return
		}
		fact := conflict.Facts[i]
		delete(h.state.store(fact, child), fact)
		h.fresh = slices.DeleteFunc(h.fresh, func(name string) bool { return name == fact })
		h.notes = append(h.notes, conflict.Text)
		h.state.Unclear = append(h.state.Unclear, again(h.book, fact))
	}
}

// again asks a fact anew.
func again(book *benefit.Book, fact string) understand.Unclear {
	u := understand.Unclear{Fact: fact}
	if f, err := book.Dictionary.Fact(fact); err == nil {
		u.Text = f.Question
	}
	return u
}

// build makes a case of what a state knows about a child. A statement that does not fit is left out.
func build(book *benefit.Book, s *State, child string) *benefit.Case {
	c := book.Dictionary.NewCase()
	facts := s.facts(child)
	for _, f := range book.Dictionary.Facts {
		if told, ok := facts[f.Name]; ok {
			_ = c.Say(f.Name, told.Value) // each was checked when it was said
		}
	}
	return c
}
