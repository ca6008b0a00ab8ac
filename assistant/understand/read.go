// Package understand turns what people type into facts without a language model: who is spoken of, what happened to
// the parents, ages, durations, amounts, disability, school, household and places. What can mean two things becomes
// a question (Unclear), what is not understood is left alone: a wrong fact does more harm than a missing one.
//
// It is pure: a message and what the conversation knows go in, statements in the words of the facts dictionary
// (knowledge/seed/benefits/facts.yaml) come out.
package understand

import (
	"maps"
	"slices"

	"xiaohe/knowledge/benefit"
)

// Context is what the conversation knows when a message is read. It is kept as JSON between turns.
type Context struct {
	Today    benefit.Day       `json:"today"`
	Pending  *Pending          `json:"pending,omitempty"`  // the question that the message may answer
	Speaker  string            `json:"speaker,omitempty"`  // who says 我: 孩子 父亲 母亲 祖父母 外祖父母 其他亲属 工作人员, "" unknown
	Focus    string            `json:"focus,omitempty"`    // person last spoken of: 孩子 父亲 母亲 监护人
	Children []string          `json:"children,omitempty"` // labels of the children told apart, in the order of mention
	Child    string            `json:"child,omitempty"`    // the one spoken of now
	Labels   map[string]string `json:"labels,omitempty"`   // 称呼 → fact, for 「更正：爸爸的情况：强戒」
	Told     map[string]string `json:"told,omitempty"`     // situation → whose (父亲 母亲), so that 「不是坐牢」 finds its person
}

// Pending is a question put to the person.
type Pending struct {
	Fact    string   `json:"fact"`
	Options []Option `json:"options,omitempty"`
	Unclear bool     `json:"unclear,omitempty"` // it asks what ambiguous words meant
	Guess   bool     `json:"guess,omitempty"`   // it asks whether what a model read is right
}

// Option is one answer offered: its label as shown and what choosing it says.
type Option struct {
	Label      string      `json:"label"`
	Statements []Statement `json:"statements,omitempty"`
}

// Statement is one fact that was said.
//
// Child is empty while only one child is spoken of, and for what holds for all of them. When Context.Children grows
// from one label to two, what was said of 孩子.* so far belongs to the first.
type Statement struct {
	Child      string       `json:"child,omitempty"`
	Fact       string       `json:"fact"`
	Value      benefit.Said `json:"value"`
	Correction bool         `json:"correction,omitempty"` // replaces what was said before instead of narrowing it
	Quote      string       `json:"quote"`
	From       int          `json:"from"` // characters into the message
	To         int          `json:"to"`
}

// Unclear is something said that can mean several things, with the question that settles it.
type Unclear struct {
	Fact    string   `json:"fact"` // what it is about: 母亲.情形
	Quote   string   `json:"quote"`
	Text    string   `json:"text"`
	Options []Option `json:"options"`
}

// Place is a place name as written; the caller resolves it. Fact is empty where the message does not say what is
// there.
type Place struct {
	Fact       string `json:"fact,omitempty"` // 孩子.户籍地 孩子.居住地 孩子.就读地 家庭.急难发生地
	Name       string `json:"name"`
	Quote      string `json:"quote"`
	Correction bool   `json:"correction,omitempty"`
}

// Asks is what the person wants to know or do.
type Asks struct {
	What    bool `json:"what,omitempty"`     // 能领什么
	HowMuch bool `json:"how_much,omitempty"` // 多少钱
	Why     bool `json:"why,omitempty"`      // 凭什么能领
	WhyNot  bool `json:"why_not,omitempty"`  // 为什么不行
	Papers  bool `json:"papers,omitempty"`   // 要带什么
	Where   bool `json:"where,omitempty"`    // 去哪办
	How     bool `json:"how,omitempty"`      // 怎么申请
	Time    bool `json:"time,omitempty"`     // 多久能办好
	Next    bool `json:"next,omitempty"`     // 继续
	Stop    bool `json:"stop,omitempty"`     // 不问了
	Rights  bool `json:"rights,omitempty"`   // 不给办怎么办
}

// Any tells whether the person asked for anything.
func (a Asks) Any() bool { return a != Asks{} }

// Reading is what was understood of one message.
type Reading struct {
	Statements []Statement `json:"statements,omitempty"`
	Unclear    []Unclear   `json:"unclear,omitempty"`
	Places     []Place     `json:"places,omitempty"`
	Unknown    bool        `json:"unknown,omitempty"` // 不清楚, as answer to the pending question
	Asks       Asks        `json:"asks"`
	Context    Context     `json:"context"` // to keep for the next message
}

// Read reads one message.
func Read(text string, c Context) Reading {
	c = c.clone()
	if fact, said, offset, ok := relabelled(text, c); ok {
		c.Pending = &Pending{Fact: fact}
		return read(said, c, true).shifted(offset)
	}
	return read(text, c, false)
}

func read(text string, c Context, correction bool) Reading {
	if statements, ok := chosen(text, c.Pending); ok {
		return answered(text, c, statements)
	}
	r := begin(text, c, correction)
	r.run()
	return r.reading()
}

// begin splits a message and finds out whom its words are about.
func begin(text string, c Context, correction bool) *reader {
	m := scan(text, c)
	r := &reader{m: m, c: c, told: c.Told, stated: map[string]bool{}}
	r.speaker = m.speaker(c)
	m.link(r.speaker)
	r.fixed = len(m.tokens)
	if correction {
		r.fixed = 0
	} else {
		r.fixed = m.correctedFrom()
	}
	r.policy = r.isPolicy()
	r.attribute()
	return r
}

// run reads what each part of a family's story tells.
func (r *reader) run() {
	r.disabilities()
	r.illnesses()
	r.parents()
	r.writer()
	r.children()
	r.school()
	r.classAges()
	r.statuses()
	r.guardians()
	r.incomes()
	r.heads()
	r.circumstances()
	r.answer()
	r.findPlaces()
}

// reading is the outcome with the context for the next message.
func (r *reader) reading() Reading {
	c := r.c
	c.Pending = nil
	c.Speaker = r.speaker
	c.Told = r.told
	r.labels(&c)
	if f := r.focus(); f != "" {
		c.Focus = f
	}
	return Reading{Statements: r.out, Unclear: r.unclear, Places: r.places, Unknown: r.unknown, Asks: r.asks(), Context: c}
}

// focus is who the message ended with.
func (r *reader) focus() string {
	for i := len(r.subjects) - 1; i >= 0; i-- {
		switch w := r.subjects[i].who; {
		case w.role == child:
			return "孩子"
		case w.role.parent() != "":
			return w.role.parent()
		case w.role == both:
			return "母亲"
		case w.role == grand || w.role == outer:
			return "监护人"
		}
	}
	return ""
}

// clone keeps the caller's maps and lists as they were.
func (c Context) clone() Context {
	c.Children = slices.Clone(c.Children)
	c.Told = maps.Clone(c.Told)
	if c.Told == nil {
		c.Told = map[string]string{}
	}
	return c
}
