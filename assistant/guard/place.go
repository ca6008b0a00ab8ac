package guard

import (
	"slices"
	"strings"
)

// place is what a sentence may repeat: the whole sentences of the passage that its span touches. A span that leaves out
// the condition of its rule does not hide it so.
type place struct {
	text   text
	words  string
	tokens []token
}

const sentenceEnds = "。！？"

// passageText is a passage as normal text, with the places where its lines end.
func passageText(raw string) (text, []int) {
	var t text
	var breaks []int
	for line := range strings.SplitSeq(raw, "\n") {
		t = append(t, normal(line)...)
		breaks = append(breaks, len(t))
	}
	return t, breaks
}

// around is the place of a span that begins at character from of the passage.
func (g *Guard) around(p *passage, from, length int) place {
	to := from + length
	ends := func(i int) bool {
		return strings.ContainsRune(sentenceEnds, p.text[i]) || slices.Contains(p.breaks, i+1)
	}
	for from > 0 && !ends(from-1) {
		from--
	}
	for to < len(p.text) && !ends(to-1) {
		to++
	}
	t := append(slices.Clone(p.heading(from)), p.text[from:to]...)
	return place{text: t, words: string(t), tokens: g.cut(t, readFacts(t))}
}

// heading is what stands before a list that character from of the passage belongs to, with its colon, or a heading right
// before it.
func (p *passage) heading(from int) text {
	ends := func(i int) bool { return strings.ContainsRune(sentenceEnds, p.text[i]) }
	colon := from - 1
	for colon >= 0 && p.text[colon] != '：' && !ends(colon) {
		colon--
	}
	if colon < 0 || p.text[colon] != '：' {
		if short := from - 1; colon == short && short > 0 { // 医疗支出。
			start := short - 1
			for start >= 0 && !strings.ContainsRune(sentenceEnds+"；", p.text[start]) && !slices.Contains(p.breaks, start+1) {
				start--
			}
			if short-start <= longestHeading {
				return append(slices.Clone(p.text[start+1:short]), '：')
			}
		}
		return nil
	}
	start := colon - 1
	for start >= 0 && !ends(start) && !slices.Contains(p.breaks, start+1) {
		start--
	}
	return p.text[start+1 : colon+1]
}

const longestHeading = 10

// find lists the tokens of the place that say what a token of the sentence says; ok is false where a part of it is said
// nowhere.
func (p *place) find(words text, k *token) (at []int, ok bool) {
	if len(p.tokens) == 0 {
		return nil, false
	}
	if at = p.means(words, k); len(at) > 0 || k.number != nil || k.benefit != "" {
		return at, len(at) > 0
	}
	if at, ok = p.parts(words[k.from:k.to]); ok {
		return at, true
	}
	if at, ok = p.pieces(words[k.from:k.to]); ok || k.tags&(kin|actor|qualifier) != 0 {
		return at, ok
	}
	return p.shortened(words[k.from:k.to], k)
}

// means lists the tokens that mean the same as a whole, those of the very word where there are any.
func (p *place) means(words text, k *token) (at []int) {
	exact := false
	for i := range p.tokens {
		e := &p.tokens[i]
		switch {
		case k.number != nil:
			if e.number != nil && e.number.same(*k.number) {
				at = append(at, i)
			}
		case k.benefit != "":
			if e.benefit == k.benefit {
				at = append(at, i)
			}
		case shares(k.senses, e.senses), k.within(words, e, p.text):
			same := slices.Equal(words[k.from:k.to], p.text[e.from:e.to])
			if same && !exact {
				exact = true
				at = slices.DeleteFunc(at, func(i int) bool { return !k.in(words, &p.tokens[i], p.text) })
			}
			if same || !exact || k.in(words, e, p.text) {
				at = append(at, i)
			}
		}
	}
	return at
}

// parts finds the words that a longer word is made of: 监护责任 is 监护 and 责任, 一个孩子 the child.
func (p *place) parts(word text) (at []int, ok bool) {
	if len(word) < 3 {
		return nil, false
	}
	children := false
	for i := 0; i < len(word); {
		w := wordWithin(word, i)
		if w == nil {
			return nil, false
		}
		n := len(w.text)
		children = children || w.tags&child != 0
		if w.tags&(plain|child|general) == 0 {
			found := p.means(word, &token{from: i, to: i + n, tags: w.tags, senses: w.senses})
			if n == 1 || len(found) == 0 {
				return nil, false
			}
			at = append(at, found...)
		}
		i += n
	}
	slices.Sort(at)
	return slices.Compact(at), children || len(at) > 0
}

// shortened finds a word whose characters stand in their order in a stretch of the place not much longer than it: 居民医保 of
// 居民基本医疗保险.
func (p *place) shortened(word text, k *token) (at []int, ok bool) {
	if len(word) < 2 || len(word) < 3 && !k.unknown {
		return nil, false
	}
	for i := range p.text {
		if p.text[i] != word[0] {
			continue
		}
		j, n := i+1, 1
		for ; j < len(p.text) && n < len(word) && j-i < 2*len(word)+2 && isHan(p.text[j]); j++ {
			if p.text[j] == word[n] {
				n++
			}
		}
		if first, last := p.tokenAt(i), p.tokenAt(j-1); n == len(word) && p.tokens[first].item == p.tokens[last].item && p.plainly(first, last) {
			at = append(at, first)
		}
	}
	return at, len(at) > 0
}

// plainly tells whether tokens deny nothing and name nobody.
func (p *place) plainly(first, last int) bool {
	for _, k := range p.tokens[first : last+1] {
		if k.tags&(kin|actor|qualifier|ops) != 0 || k.number != nil {
			return false
		}
	}
	return true
}

// within tells whether a token is a word that begins or ends one of the place, and means the same thing in short: 户籍 of
// 户籍所在地. People, offices and what narrows are never shortened so.
func (k *token) within(words text, e *token, place text) bool {
	n, m := k.to-k.from, e.to-e.from
	if n < 2 || n >= m || len(e.senses) == 0 || e.benefit != "" || (k.tags|e.tags)&(kin|actor|qualifier) != 0 || strings.ContainsRune("被未不非无没", place[e.from]) {
		return false
	}
	short, long := words[k.from:k.to], place[e.from:e.to]
	return slices.Equal(short, long[:n]) || slices.Equal(short, long[m-n:])
}

// in tells whether the characters of a token are part of a longer one.
func (k *token) in(words text, e *token, place text) bool {
	return strings.Contains(string(place[e.from:e.to]), string(words[k.from:k.to]))
}

// pieces finds a run of characters in pieces of two or more that cut no word of the place; a character alone must be
// no part of a word there.
func (p *place) pieces(run text) (at []int, ok bool) {
	if len(p.tokens) == 0 {
		return nil, false
	}
	for i := 0; i < len(run); {
		best := 0
		for j := range p.text {
			n := 0
			for i+n < len(run) && j+n < len(p.text) && run[i+n] == p.text[j+n] {
				n++
			}
			for n > 0 && !p.whole(j, j+n, n == 1) {
				n--
			}
			if n > 0 && n >= best {
				best = n
				at = append(at, p.tokenAt(j))
			}
		}
		if best == 0 {
			return nil, false
		}
		i += best
	}
	slices.Sort(at)
	return slices.Compact(at), true
}

// whole tells whether the characters [from, to) cut no word of the place; alone asks that they are of no known word.
func (p *place) whole(from, to int, alone bool) bool {
	first, last := &p.tokens[p.tokenAt(from)], &p.tokens[p.tokenAt(to-1)]
	if alone {
		return first.unknown && from < first.to
	}
	return (first.unknown || first.from == from) && (last.unknown || last.to == to)
}

// tokenAt is the token at character i, or the one before it.
func (p *place) tokenAt(i int) int {
	n, _ := slices.BinarySearchFunc(p.tokens, i, func(k token, i int) int { return k.to - i - 1 })
	return min(n, len(p.tokens)-1)
}
