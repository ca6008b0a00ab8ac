package guard

import (
	"slices"
	"strings"
)

// token is a word of a text, with the place that it stands in.
type token struct {
	from, to int
	tags     tags
	senses   []int     // sets of the lexicon
	benefit  string    // a benefit's name stands here
	unknown  bool      // characters of no known word
	open     bool      // 有没有 leaves open whether it is denied
	region   bool      // of these, a province or city
	measure  bool      // a quantity, date, article or document; checked by its own check
	number   *quantity // of a measure
	negator  int       // the token that denies it, counted from 1
	denied   tags      // how it is denied, if it is
	side     tags      // opBefore, opAfter: a time before or after it
	item     int       // between 、和或; counted through the text
	clause   int       // between commas
	unit     int       // between semicolons and full stops
	period   int       // between full stops
	since    bool      // after 从 or 自, in a sentence
	common   bool      // it stands before a colon and belongs to all that follows
	joint    tags      // what joins its item to the one before: opAnd, opOr, opJoin
}

// content tells whether a token says something of a rule.
func (k *token) content() bool {
	return k.tags&(plain|child|ops) == 0 && (len(k.senses) > 0 || k.benefit != "" || k.unknown || k.number != nil)
}

// weak words are lay verbs of one character, which mean too much to say where they belong: 管, 查, 办.
func (k *token) weak() bool {
	return k.to-k.from == 1 && k.number == nil && k.tags&(kin|actor|qualifier) == 0
}

// cut makes tokens of a text: the names of benefits, measures, words of the lexicon, runs of what is left.
func (g *Guard) cut(t text, f facts) []token {
	c := cutter{text: t, tokens: make([]token, 0, len(t)/2+1)}
	marks := f.marks(len(t))
	for i := 0; i < len(t); {
		i = c.step(g, marks, i)
	}
	for i := range c.tokens {
		if k := &c.tokens[i]; k.tags&bound != 0 && (i > 0 && c.tokens[i-1].number != nil || i+1 < len(c.tokens) && c.tokens[i+1].number != nil) {
			k.tags = plain
		}
	}
	c.bindDenials()
	return c.tokens
}

// cutter goes once through a text.
type cutter struct {
	text                       text
	tokens                     []token
	item, clause, unit, period int
	joint                      tags
	quoted                     bool // inside 《》
	open                       bool // after 有没有, in an item
}

func (c *cutter) step(g *Guard, marks []mark, i int) int {
	r := c.text[i]
	switch {
	case r == '《', r == '》':
		c.quoted = r == '《'
		if c.quoted {
			c.title(i + 1)
		}
		return i + 1
	case c.quoted: // titles have their own check
		return i + 1
	case strings.ContainsRune("。；！？→", r):
		c.unit, c.clause, c.item, c.joint = c.unit+1, c.clause+1, c.item+1, 0
		if r != '；' && r != '→' {
			c.period++
		}
		return i + 1
	case strings.ContainsRune("，：", r):
		for n := len(c.tokens) - 1; r == '：' && c.list(i+1) && n >= 0 && c.tokens[n].unit == c.unit; n-- {
			c.tokens[n].common = true
		}
		c.clause, c.item, c.joint = c.clause+1, c.item+1, 0
		return i + 1
	case isSlot(r):
		return i + 1
	}
	if m := marks[i]; m.to > i {
		c.add(token{from: i, to: m.to, measure: true, number: m.number})
		return m.to
	}
	if n := g.nameAt(c.text, i); n != nil {
		to := i + len([]rune(n.name))
		c.add(token{from: i, to: to, benefit: n.id, senses: sensesIn(c.text[i:to])})
		return to
	}
	if i+2 < len(c.text) && (c.text[i+1] == '不' || c.text[i+1] == '没') && r == c.text[i+2] { // 能不能
		c.open = true
		return i + 2
	}
	if n := regionAt(c.text, i); n > 0 {
		c.add(token{from: i, to: i + n, unknown: true, region: true})
		return i + n
	}
	if w := bestWord(c.text, i); w != nil {
		to := i + len(w.text)
		if w.tags&(opOr|opAnd|opJoin) != 0 {
			c.item++
			c.joint = w.tags & (opOr | opAnd | opJoin)
		}
		c.add(token{from: i, to: to, tags: w.tags, senses: w.senses})
		return to
	}
	if !isHan(r) {
		return i + 1
	}
	if n := len(c.tokens); n > 0 && c.tokens[n-1].unknown && c.tokens[n-1].to == i && c.tokens[n-1].item == c.item {
		c.tokens[n-1].to++
		return i + 1
	}
	c.add(token{from: i, to: i + 1, unknown: true})
	return i + 1
}

// list tells whether the items of a list follow at i: （一）, 1. or a dash, or nothing at all.
func (c *cutter) list(i int) bool {
	return i == len(c.text) || isDigit(c.text[i]) || strings.ContainsRune("（-", c.text[i])
}

// title adds the title that begins at i.
func (c *cutter) title(i int) {
	if n := slices.Index(c.text[i:], '》'); n > 0 {
		c.add(token{from: i, to: i + n, unknown: true, tags: plain})
	}
}

func (c *cutter) add(k token) {
	if n := len(c.tokens); n > 0 && c.tokens[n-1].item != c.item {
		c.open = false
	}
	k.open = c.open
	k.item, k.clause, k.unit, k.period, k.joint = c.item, c.clause, c.unit, c.period, c.joint
	for n := len(c.tokens) - 1; n >= 0 && k.tags&sides != 0 && c.tokens[n].item == c.item; n-- {
		if c.tokens[n].content() {
			c.tokens[n].side = k.tags & sides
			break
		}
	}
	c.tokens = append(c.tokens, k)
}

// bindDenials tells each token whether it is denied: 不 denies what follows in its item, 不得 what follows in its clause.
// Where nothing follows, the word before is denied.
func (c *cutter) bindDenials() {
	for i := range c.tokens {
		how := c.tokens[i].tags & denying
		if how == 0 {
			continue
		}
		found, seen := false, false
		for j := i + 1; j < len(c.tokens) && c.tokens[j].clause == c.tokens[i].clause; j++ {
			k := &c.tokens[j]
			if how != opForbid && (k.item != c.tokens[i].item || seen && k.tags&denying != 0) {
				break
			}
			if !k.content() || k.measure {
				continue
			}
			found, seen = found || k.tags&general == 0, true
			k.denied, k.negator = k.denied^how, i+1
		}
		for j := i - 1; !found && j >= 0 && c.tokens[j].clause == c.tokens[i].clause; j-- {
			if k := &c.tokens[j]; k.content() && !k.measure {
				k.denied, k.negator = k.denied^how, i+1
				found = true
			}
		}
	}
}

// sensesIn gathers what the words of a benefit's name mean: 孤儿 of 孤儿基本生活费.
func sensesIn(name text) []int {
	var all []int
	for i := 0; i < len(name); i++ {
		if w := wordAt(name, i); w != nil {
			if w.tags&plain == 0 {
				all = append(all, w.senses...)
			}
			i += len(w.text) - 1
		}
	}
	return all
}

// nameAt is the benefit's name at i, nil where none is.
func (g *Guard) nameAt(t text, i int) *benefitName {
	names := g.names[t[i]]
	for n := range names {
		if t.at(i, names[n].name) {
			return &names[n]
		}
	}
	return nil
}

// mark is a measure of a text: it ends at to.
type mark struct {
	to     int
	number *quantity
}

// marks are the measures of a text by the place where they begin.
func (f *facts) marks(n int) []mark {
	all := make([]mark, n+1)
	put := func(from, to int, q *quantity) {
		if from < n && to > from {
			all[from] = mark{min(to, n), q}
		}
	}
	for _, at := range f.cited {
		put(at[0], at[1], nil)
	}
	for i := range f.dates {
		put(f.dates[i].from, f.dates[i].to, nil)
	}
	for i := range f.quantities {
		q := &f.quantities[i]
		put(q.from, q.to, q)
	}
	return all
}

// shares tells whether two tokens mean the same.
func shares(a, b []int) bool {
	for _, s := range a {
		if slices.Contains(b, s) {
			return true
		}
	}
	return false
}
