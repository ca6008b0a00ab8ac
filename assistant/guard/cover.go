package guard

import (
	"regexp"
	"slices"
	"strings"
)

// said is a token of the sentence with what it rests on.
type said struct {
	token
	at []int // tokens of the place
}

// checkWords: every word of content is in the span's sentence or one of its slots, or means the same as a word there, or
// is the person's own where a clause only tells their situation.
func (s *sentence) checkWords() Reason {
	s.said = make([]said, 0, len(s.tokens))
	if s.verbatim() {
		return ""
	}
	beside := len(s.slots) > 0 || s.judges()
	for i := 0; i < len(s.tokens); {
		j := i
		for j < len(s.tokens) && s.tokens[j].clause == s.tokens[i].clause {
			j++
		}
		if !s.coverClause(s.tokens[i:j], beside) {
			if len(s.span) == 0 && len(s.slots) == 0 {
				return Unfounded
			}
			return Uncovered
		}
		i = j
	}
	return ""
}

// verbatim tells whether the sentence is what the place says, word for word.
func (s *sentence) verbatim() bool {
	return len(s.span) > 0 && strings.TrimRight(s.words, "。！；") == strings.TrimRight(s.place.words, "。！；")
}

// clauseCover is a clause while its words are looked up.
type clauseCover struct {
	sentence *sentence
	beside   bool // a slot or a verdict of the card stands in the sentence
	first    int  // of its words in the sentence's
	asked    bool // some word is the question's only
	relative bool // it speaks of the person's relatives
	by       bool // the word before was 由
	since    bool // after 从 or 自
	anchored bool // with a word of the place since
}

// coverClause tells whether the words of a clause are covered. A clause that needs the question may say nothing of the
// rule beside.
func (s *sentence) coverClause(tokens []token, beside bool) bool {
	c := clauseCover{sentence: s, beside: beside, first: len(s.said)}
	for _, k := range tokens {
		k.since = c.since
		w, ok := c.look(k)
		if !ok || !c.starts(&w) {
			return false
		}
		s.said = append(s.said, w)
	}
	if c.relative && c.some(func(w said) bool { return w.tags&will != 0 || w.tags&opMay != 0 && !beside }) {
		return false // what will become of relatives nobody knows
	}
	if !c.asked {
		return true
	}
	return !c.some(c.ruling) && !(len(s.span) > 0 && s.concludes(tokens[len(tokens)-1].to))
}

// look finds what a token rests on; ok is false where it rests on nothing.
func (c *clauseCover) look(k token) (w said, ok bool) {
	s, found := c.sentence, false
	w.token = k
	if k.content() || len(k.senses) > 0 {
		w.at, found = s.place.find(s.text, &k)
	}
	if !found && k.tags&actor != 0 {
		w.at = c.again(&k)
		found = len(w.at) > 0
	}
	c.relative = c.relative || len(s.span) == 0 && k.tags&own != 0 && k.tags&kin != 0
	if k.content() && !found && (c.by && k.region || !s.elsewhere(&k, c.beside)) {
		if !s.inQuestion(&k) {
			return w, c.sentence.consoles(&k)
		}
		c.asked = c.asked || len(s.span) == 0 || c.by || k.tags&parent == 0 || s.place.has(kin) && !s.bothParents()
	}
	c.by = k.tags&opBy != 0
	return w, true
}

// again finds what an office rests on that was named in full before: 机构 after 定点机构.
func (c *clauseCover) again(k *token) []int {
	s := c.sentence
	for i := len(s.said) - 1; i >= 0; i-- {
		if w := &s.said[i]; w.tags&actor != 0 && len(w.at) > 0 && strings.HasSuffix(string(s.text[w.from:w.to]), string(s.text[k.from:k.to])) {
			return w.at
		}
	}
	return nil
}

// consoles tells whether an unknown word stands in a sentence that only comforts: it rests on nothing, counts nothing and
// says of nobody what they may, must or will do.
func (s *sentence) consoles(k *token) bool {
	if !k.unknown || k.to-k.from > longestUnknown || len(s.span)+len(s.slots)+len(s.named)+len(s.facts.quantities) > 0 {
		return false
	}
	kindly := false
	for i := range s.tokens {
		if t := &s.tokens[i]; t.tags&(actor|will|opMay|opMust|opEach|opOnly) != 0 || t.unknown && t.from != k.from {
			return false
		}
		kindly = kindly || s.tokens[i].tags&comforting != 0
	}
	return kindly
}

const longestUnknown = 2

// starts tells whether what time is counted from, 从…起, is known to the place.
func (c *clauseCover) starts(w *said) bool {
	switch {
	case w.tags&opFrom != 0:
		c.since, c.anchored = true, false
	case w.measure || len(w.at) > 0 || w.benefit != "":
		c.anchored = true
	case c.since && w.tags&opAfter != 0:
		c.since = false
		return c.anchored || len(c.sentence.span) == 0
	}
	return true
}

func (c *clauseCover) some(is func(said) bool) bool {
	return slices.ContainsFunc(c.sentence.said[c.first:], is)
}

// ruling tells whether a word is one of a rule: what the person told of themselves holds none.
func (c *clauseCover) ruling(w said) bool {
	s := c.sentence
	return w.tags&(opMay|opMust|opNeed|opEach|opOnly|opBy|opExcept|will) != 0 || w.side != 0 && len(s.span)+len(s.slots) > 0 ||
		w.content() && len(w.at) > 0 && !s.inQuestion(&w.token)
}

// bothParents tells whether the sentence speaks of the father and the mother, which is 父母 of the place.
func (s *sentence) bothParents() bool {
	return containsAny(s.words, "爸", "父", "爹") && containsAny(s.words, "妈", "母", "娘")
}

// concludes tells whether what follows character i makes a condition of the clause that ends there: 就可以申请.
func (s *sentence) concludes(i int) bool {
	if i < len(s.text) && s.retold {
		return false
	}
	rest := strings.TrimLeft(string(s.text[min(i, len(s.text)):]), "，")
	for _, word := range []string{"就", "才", "便", "也", "都", "可以", "能"} {
		if strings.HasPrefix(rest, word) {
			return true
		}
	}
	return false
}

// elsewhere tells whether a word is covered by the title of its document, by a slot, or because a card's verdict or
// value stands beside it.
func (s *sentence) elsewhere(k *token, beside bool) bool {
	words := string(s.text[k.from:k.to])
	switch {
	case k.measure, k.tags&general != 0, k.tags&loose != 0 && k.denied == 0, k.tags&own != 0 && (len(s.span) == 0 || s.address(k)):
		return true
	case k.benefit != "":
		return s.mayName(k.benefit)
	case beside && k.tags&ofCard != 0, k.side == 0 && !k.since && strings.Contains(s.where, words), s.ofTopic(k, words):
		return true
	}
	if len(s.span) == 0 {
		for _, m := range s.named { // where to go for it
			if strings.Contains(string(s.guard.slots["去哪:"+m.id].text), words) {
				return true
			}
		}
	}
	return slices.ContainsFunc(s.slots, func(slot slotText) bool {
		return strings.Contains(string(slot.text), words) || strings.Contains(slot.key, words)
	})
}

// address tells whether a word calls the person at the beginning: 奶奶，.
func (s *sentence) address(k *token) bool {
	return k.from == 0 && k.to < len(s.text) && s.text[k.to] == '，'
}

// ofTopic tells whether a word names in short what the passage is about, or a region that the passage or the person
// named.
func (s *sentence) ofTopic(k *token, words string) bool {
	if s.passage == nil {
		return false
	}
	if k.region {
		return strings.Contains(s.passage.words, words) || strings.Contains(s.guard.asks, words)
	}
	return k.tags&topic != 0 && k.side == 0 && !k.since && aid.MatchString(s.passage.words+s.where)
}

// aid are words for money and help.
var aid = regexp.MustCompile(`补贴|补助|救助|资助|津贴|保障|生活费|助学|援助|减免|免除`)

// mayName tells whether a sentence may name a benefit that its place does not: one of the card, or of the document.
func (s *sentence) mayName(id string) bool {
	if s.guard.verdicts[id] != "" && len(s.span) == 0 {
		return true
	}
	if len(s.span) == 0 {
		return s.judges()
	}
	if s.place.namesAny() {
		return false
	}
	if s.guard.verdicts[id] != "" {
		return true
	}
	for _, m := range s.guard.mentions(s.where) {
		if m.id == id {
			return true
		}
	}
	return false
}

func (p *place) namesAny() bool {
	for i := range p.tokens {
		if p.tokens[i].benefit != "" {
			return true
		}
	}
	return false
}

// has tells whether some word of the place has one of these tags.
func (p *place) has(t tags) bool {
	for i := range p.tokens {
		if p.tokens[i].tags&t != 0 {
			return true
		}
	}
	return false
}

// inQuestion tells whether the person said the word.
func (s *sentence) inQuestion(k *token) bool {
	q := &s.guard.asking
	_, found := q.pieces(s.text[k.from:k.to])
	return (found || len(q.means(s.text, k)) > 0) && (!k.unknown || k.to-k.from > 1 || len(s.span) == 0)
}
