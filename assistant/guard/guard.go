// Package guard checks a language model's prose, sentence by sentence, against the clauses and the card that it was
// written from (RETRIEVAL §5, BENEFITS §7). A sentence passes only if everything in it that could mislead a family is
// found in its ground: numbers, dates, telephone numbers, document and article numbers, verdicts, places and periods.
// What cannot be read counts as unsupported: a dropped sentence costs little, the plain answer stands behind it.
//
// Blame, secrecy, methods and illnesses are for prompts.Guard too, which reads the sentences together; the guard looks
// for the plainest of them.
//
// The package is pure: no clock, no database, no model.
package guard

import (
	"strings"
	"unicode/utf8"
)

// Claim is one sentence as the model wrote it, with slots like {{金额:孤儿基本生活费}}.
type Claim struct {
	Text    string `json:"text"`
	Passage int    `json:"passage"` // counted from 1, 0 where the sentence rests on no passage
	Span    string `json:"span"`    // the words of the passage that it rests on
}

// Slot is a value of the card that stands in a sentence as {{Key}}.
type Slot struct {
	Key  string `json:"key"` // 金额:孤儿基本生活费
	Text string `json:"text"`
}

// Verdict is what the card says of a benefit.
type Verdict struct {
	ID      string   `json:"id"`
	Names   []string `json:"names"`   // what people call it
	Verdict string   `json:"verdict"` // eligible, undetermined, ineligible
}

// Passage is a clause that the model was shown.
type Passage struct {
	Title  string `json:"title"`
	Number string `json:"number"`
	Clause string `json:"clause"`
	Text   string `json:"text"`
}

// Ground is all that an answer may rest on.
type Ground struct {
	Passages []Passage `json:"passages"`
	Slots    []Slot    `json:"slots"`
	Verdicts []Verdict `json:"verdicts"`
	Question string    `json:"question"` // the person's own words: an age that they gave may be repeated
}

// Guard checks the sentences of one answer. It is read-only once made.
type Guard struct {
	passages []passage
	slots    map[string]slotText
	names    map[rune][]benefitName // by their first character, longest first
	verdicts map[string]string      // of the card's benefits, by id
	question text
	asks     string // question
	asked    facts  // quantities that the person gave
	asking   place  // question
}

type passage struct {
	text   text
	breaks []int  // where its lines end
	words  string // text
	where  string // title, number and clause, as normal text
	facts  facts  // of where
}

type slotText struct {
	raw   string
	key   string
	text  text
	kind  string // 金额, 去哪, 电话, ...
	about string // the benefit that it belongs to, empty for telephone numbers
}

// New prepares the checks for one answer.
func New(g Ground) *Guard {
	guard := &Guard{slots: make(map[string]slotText, len(g.Slots)), question: normal(g.Question)}
	guard.asks = string(guard.question)
	guard.asked = readFacts(guard.question)
	for _, p := range g.Passages {
		where := normal(p.Title + "。" + p.Number + "。" + p.Clause)
		words, breaks := passageText(p.Text)
		guard.passages = append(guard.passages, passage{text: words, breaks: breaks, words: string(words), where: string(where), facts: readFacts(where)})
	}
	for _, s := range g.Slots {
		kind, about, _ := strings.Cut(s.Key, ":")
		if kind == "电话" {
			about = ""
		}
		guard.slots[s.Key] = slotText{raw: s.Text, key: s.Key, text: normal(s.Text), kind: kind, about: about}
	}
	guard.names, guard.verdicts = benefitNames(g.Verdicts), make(map[string]string, len(g.Verdicts))
	for _, v := range g.Verdicts {
		guard.verdicts[v.ID] = v.Verdict
	}
	guard.asking = place{text: guard.question, words: guard.asks, tokens: guard.cut(guard.question, guard.asked)}
	return guard
}

// sentence is a claim while it is checked.
type sentence struct {
	guard   *Guard
	text    text // slots are single characters from slotMark on
	words   string
	plain   string // words without the names of benefits
	named   []mention
	slots   []slotText
	span    text     // empty where no passage is named
	spanned string   // span
	where   string   // of the passage
	passage *passage // nil where none is named
	facts   facts
	ground  facts  // of span and slots
	support string // span and the slots' texts
	clauses []clause
	tokens  []token
	place   place  // what the span stands in; empty where no passage is named
	said    []said // tokens with what they rest on
	retold  bool   // the sentence tells what the person said
}

// checks run in this order; the first that fails names the reason.
var checks = []func(*sentence) Reason{
	(*sentence).checkSpeech,
	(*sentence).checkSlots,
	(*sentence).checkDocuments,
	(*sentence).checkDates,
	(*sentence).checkQuantities,
	(*sentence).checkPeriods,
	(*sentence).checkVerdicts,
	(*sentence).checkWords,
	(*sentence).checkPlaces,
	(*sentence).checkGround,
}

// Check tells whether a sentence may be shown. With the empty reason it returns the sentence with its slots filled in.
func (g *Guard) Check(c Claim) (string, Reason) {
	trimmed := strings.TrimSpace(c.Text)
	if reason := checkForm(trimmed); reason != "" {
		return "", reason
	}
	s := &sentence{guard: g}
	filled, reason := s.read(trimmed)
	if reason != "" {
		return "", reason
	}
	if reason := s.rest(c); reason != "" {
		return "", reason
	}
	for _, check := range checks {
		if reason := check(s); reason != "" {
			return "", reason
		}
	}
	return filled, ""
}

// rest finds the span in its passage and gathers what the sentence may say.
func (s *sentence) rest(c Claim) Reason {
	if c.Passage != 0 {
		if c.Passage < 0 || c.Passage > len(s.guard.passages) {
			return Span
		}
		s.passage = &s.guard.passages[c.Passage-1]
		s.span, s.where = normal(c.Span), s.passage.where
		s.spanned = string(s.span)
		at := strings.Index(s.passage.words, s.spanned)
		if len(s.span) < shortestSpan || at < 0 {
			return Span
		}
		s.place = s.guard.around(s.passage, utf8.RuneCountInString(s.passage.words[:at]), len(s.span))
	}
	support := append(text{}, s.span...)
	for _, slot := range s.slots {
		support = append(append(support, '。'), slot.text...)
	}
	s.support = string(support)
	s.ground = readFacts(support)
	s.facts = readFacts(s.text)
	s.named, s.plain = s.guard.scan(s.words)
	s.tokens = s.guard.cut(s.text, s.facts)
	s.clauses = s.text.clauses()
	for i := range s.clauses {
		c := &s.clauses[i]
		c.named, c.plain = s.guard.scan(c.words)
	}
	s.retold = retelling.MatchString(s.words)
	return ""
}

// shortestSpan is the fewest characters that can support a sentence.
const shortestSpan = 4
