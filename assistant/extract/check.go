package extract

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"xiaohe/assistant/llm"
	"xiaohe/assistant/understand"
	"xiaohe/knowledge/benefit"
	"xiaohe/prompts"
)

// Refusal is why a fact of a model's is not proposed.
type Refusal string

// The refusals.
const (
	Malformed Refusal = "malformed" // the answer is not of the form that was asked for, or holds too many facts
	Unknown   Refusal = "unknown"   // no such fact, or none that a model may propose
	Value     Refusal = "value"     // not a value of the fact, or not the number of the words
	Invented  Refusal = "invented"  // the quoted words are not in the message
	NotWords  Refusal = "not words" // the quoted words are no speech: JSON, names of the dictionary, the prompt
	Somebody  Refusal = "somebody"  // the quoted words are about somebody else
	Supposed  Refusal = "supposed"  // the quoted words are not said to be so
	Conflict  Refusal = "conflict"  // two values of a fact that has one
)

// Lengths of quoted words, in characters.
const (
	shortestQuote = 2
	longestQuote  = 80
	promptRun     = 16 // from which words that the prompt holds too are the prompt's
)

// proposed is one fact as a model writes it.
type proposed struct {
	Fact  string          `json:"fact"`
	Value json.RawMessage `json:"value"`
	Quote string          `json:"quote"`
	Sure  bool            `json:"sure"`
}

// Check reads a model's answer about a message: what may be proposed, the sure facts first, and why the rest may not.
func Check(d *benefit.Dictionary, text string, c understand.Context, answer []byte) (kept []understand.Statement, refused []Refusal, err error) {
	var said struct{ Facts []proposed }
	if err := json.Unmarshal(answer, &said); err != nil {
		return nil, []Refusal{Malformed}, fmt.Errorf("read facts of a model: %w", err)
	}
	if len(said.Facts) > mostFacts {
		return nil, []Refusal{Malformed}, nil
	}
	ck := checker{dictionary: d, text: text, look: understand.LookAt(text, c)}
	slices.SortStableFunc(said.Facts, func(a, b proposed) int { return order(b.Sure) - order(a.Sure) })
	clashing := map[string]bool{}
	for _, p := range said.Facts {
		s, refusal := ck.statement(p)
		if refusal != "" {
			refused = append(refused, refusal)
			continue
		}
		if kept, refusal = join(d, kept, s); refusal != "" {
			refused, clashing[s.Fact] = append(refused, refusal), true
		}
	}
	kept = slices.DeleteFunc(kept, func(s understand.Statement) bool { return clashing[s.Fact] })
	return kept, refused, nil
}

func order(sure bool) int {
	if sure {
		return 1
	}
	return 0
}

// join adds a statement; several options of a 多选 become one.
func join(d *benefit.Dictionary, kept []understand.Statement, s understand.Statement) ([]understand.Statement, Refusal) {
	i := slices.IndexFunc(kept, func(other understand.Statement) bool { return other.Fact == s.Fact })
	if i < 0 {
		return append(kept, s), ""
	}
	f, err := d.Fact(s.Fact)
	if err != nil {
		return kept, Unknown
	}
	if f.Type != benefit.Multi {
		if d.Show(s.Fact, kept[i].Value) == d.Show(s.Fact, s.Value) {
			return kept, ""
		}
		return kept, Conflict
	}
	both := benefit.Options(append(slices.Clone(kept[i].Value.In), s.Value.In...)...)
	slices.Sort(both.In)
	both.In = slices.Compact(both.In)
	if d.NewCase().Say(s.Fact, both) != nil {
		return kept, Conflict
	}
	kept[i].Value = both
	return kept, ""
}

type checker struct {
	dictionary *benefit.Dictionary
	text       string
	look       understand.Look
}

// statement is a fact that passed every check.
func (ck checker) statement(p proposed) (understand.Statement, Refusal) {
	s := understand.Statement{Fact: p.Fact}
	f, err := ck.dictionary.Fact(p.Fact)
	if err != nil || !proposable(f) {
		return s, Unknown
	}
	s.Quote = strings.TrimFunc(p.Quote, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("，。、；：！？,.;:!?“”\"「」『』", r)
	})
	at := strings.Index(ck.text, s.Quote)
	n := utf8.RuneCountInString(s.Quote)
	if at < 0 || n < shortestQuote || n > longestQuote {
		return s, Invented
	}
	if !ck.speech(s.Quote) {
		return s, NotWords
	}
	s.From = utf8.RuneCountInString(ck.text[:at])
	s.To = s.From + n
	if !ck.look.Claimed(s.From, s.To) || ck.look.Asks() {
		return s, Supposed
	}
	var ok bool
	if s.Value, ok = read(f, p.Value); !ok || ck.dictionary.NewCase().Say(s.Fact, s.Value) != nil || !ck.counted(f, s) {
		return s, Value
	}
	if !ck.look.About(s.From, s.To, s.Fact) {
		return s, Somebody
	}
	return s, ""
}

// speech tells whether quoted words are what people say, and not a piece of a prompt, of JSON or of the dictionary.
func (ck checker) speech(quote string) bool {
	if strings.ContainsAny(quote, `{}[]<>|"\`+"`") || !strings.ContainsFunc(quote, func(r rune) bool { return unicode.Is(unicode.Han, r) || unicode.IsDigit(r) }) {
		return false
	}
	for _, f := range ck.dictionary.Facts {
		if strings.Contains(quote, f.Name) {
			return false
		}
	}
	return utf8.RuneCountInString(quote) < promptRun || !strings.Contains(promptText(), quote)
}

// promptText is what the model was told.
var promptText = sync.OnceValue(func() string {
	p, err := prompts.ForModel(string(llm.Extraction))
	if err != nil {
		return ""
	}
	return p.System
})

// read reads a value as the fact takes it.
func read(f *benefit.Fact, raw json.RawMessage) (benefit.Said, bool) {
	switch {
	case isNumber(f):
		var n float64
		if json.Unmarshal(raw, &n) != nil || math.IsNaN(n) || math.Abs(n) > 1e9 {
			return benefit.Said{}, false
		}
		if f.Type == benefit.Money {
			n *= 100
		}
		whole := int64(math.Round(n))
		return benefit.Number(whole, whole), f.Type == benefit.Money || float64(whole) == n
	case f.Type == benefit.Date:
		var text string
		if json.Unmarshal(raw, &text) != nil {
			return benefit.Said{}, false
		}
		day, err := benefit.ParseDay(text)
		return benefit.Number(int64(day), int64(day)), err == nil
	}
	var name string
	if json.Unmarshal(raw, &name) != nil {
		return benefit.Said{}, false
	}
	names, _ := options(f)
	return benefit.Options(name), slices.Contains(names, name)
}

// counted tells whether a number is that of the quoted words: they hold one, and where it is of the fact's kind it is
// the same.
func (ck checker) counted(f *benefit.Fact, s understand.Statement) bool {
	if !isNumber(f) && f.Type != benefit.Date {
		return true
	}
	if !ck.look.Counts(s.From, s.To) {
		return false
	}
	var spans []understand.Span
	switch f.Unit {
	case "月":
		spans = ck.look.Months(s.From, s.To)
	case "岁":
		spans = ck.look.Years(s.From, s.To)
	case "人":
		spans = ck.look.Heads(s.From, s.To)
	}
	return len(spans) == 0 || slices.ContainsFunc(spans, func(span understand.Span) bool { return span.Lo <= s.Value.Lo && s.Value.Hi <= span.Hi })
}
