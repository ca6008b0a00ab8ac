package guard

import (
	_ "embed"
	"slices"
	"strings"
)

//go:embed lexicon.txt
var lexiconFile string

// tags of a word: what it does in a rule beside what it means.
type tags uint64

const (
	plain      tags = 1 << iota // carries no condition, actor, amount or right
	child                       // the child that is spoken of
	kin                         // a relative
	parent                      // the father or the mother
	self                        // may be the child
	own                         // plain where no passage is named
	will                        // 会
	comforting                  // said to comfort
	actor                       // an office or person that a rule gives something to do
	qualifier                   // narrows the word after it
	general                     // a condition that only says that there are conditions
	ofCard                      // may stand beside a slot or a verdict
	loose                       // everyday life: needs no source where it is not denied
	topic                       // names what a document is about
	opNot
	opUnable // 商量不成
	opForbid
	opNeedless
	opMay
	opMust
	opNeed
	opOnly
	opExcept
	opEach
	opBoth
	opOr
	opAnd
	opJoin
	opAbove
	opBelow
	bound // part of a number where it stands beside one
	opBefore
	opAfter
	opRelator
	opBy
	opFrom

	sides   = opAbove | opBelow | opBefore | opAfter
	denying = opNot | opUnable | opForbid | opNeedless
	ops     = denying | opMay | opMust | opNeed | opOnly | opExcept | opEach | opBoth | opOr | opAnd | opJoin | opBefore | opAfter | opRelator | opBy | opFrom
)

var sections = map[string]tags{
	"plain": plain, "child": child, "kin": kin, "parent": kin | parent, "own": own, "self": self, "will": will, "comfort": plain | comforting, "actor": actor, "qualifier": qualifier, "general": general, "card": ofCard, "topic": topic, "loose": loose, "same": 0,
	"not": opNot, "unable": opUnable, "forbid": opForbid, "needless": opNeedless, "may": opMay, "must": opMust, "need": opNeed, "only": opOnly, "except": opExcept,
	"each": opEach, "both": opBoth, "or": opOr, "and": opAnd, "join": opJoin, "above": opAbove, "below": opBelow, "bound": bound, "before": opBefore, "after": opAfter, "relator": opRelator, "by": opBy, "from": opFrom,
}

// ofSets are the sections whose lines are sets of equal words.
const ofSets = child | self | kin | actor | qualifier | general

// word is an entry of the lexicon.
type word struct {
	text   []rune
	tags   tags
	senses []int // the sets that it stands in
}

// lexicon holds the words by their first character, longest first.
var lexicon = readLexicon(lexiconFile)

func readLexicon(file string) map[rune][]*word {
	known := map[string]*word{}
	section, same, set := tags(0), false, 0
	for line := range strings.Lines(file) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if name, ok := strings.CutPrefix(line, "["); ok {
			name = strings.TrimSuffix(name, "]")
			section, same = sections[name], name == "same"
			continue
		}
		set++
		for _, text := range strings.Fields(line) {
			w := known[text]
			if w == nil {
				w = &word{text: []rune(text)}
				known[text] = w
			}
			w.tags |= section
			if section == 0 && same || section&ofSets != 0 {
				w.senses = append(w.senses, set)
			}
		}
	}
	by := map[rune][]*word{}
	for _, w := range known {
		if w.tags&(kin|actor) != 0 {
			w.tags &^= plain // people are never plain
		}
	}
	for _, w := range known {
		by[w.text[0]] = append(by[w.text[0]], w)
	}
	for _, list := range by {
		slices.SortFunc(list, func(a, b *word) int { return len(b.text) - len(a.text) })
	}
	return by
}

// wordAt is the longest word at i, nil where there is none.
func wordAt(t text, i int) *word {
	for _, w := range lexicon[t[i]] {
		if len(w.text) <= len(t)-i && slices.Equal(w.text, t[i:i+len(w.text)]) {
			return w
		}
	}
	return nil
}

// bestWord is the longest word at i, or a shorter one where it lets the next word reach further: 申请 of 申请人民法院,
// 的 of 监护人的确定.
func bestWord(t text, i int) *word {
	best := wordAt(t, i)
	if best == nil || len(best.text) < 3 && t[i] != '的' {
		return best
	}
	if t[i] == '的' && len(best.text) == 2 {
		if particle := wordAt(t[:i+1], i); particle != nil && reach(t, i+1) > reach(t, i+2) {
			return particle // 确定 of 监护人的确定
		}
		return best
	}
	far := reach(t, i+len(best.text))
	for _, w := range lexicon[t[i]] {
		n := len(w.text)
		if n < 2 || n >= len(best.text) || n > len(t)-i || !slices.Equal(w.text, t[i:i+n]) {
			continue
		}
		if to := reach(t, i+n); to > far+1 {
			return w
		}
	}
	return best
}

// reach is where the word at i ends; i itself where there is none of two characters or more.
func reach(t text, i int) int {
	if i >= len(t) {
		return i
	}
	if w := wordAt(t, i); w != nil && len(w.text) > 1 {
		return i + len(w.text)
	}
	return i
}

// wordWithin is the longest word at i of a longer word, which it is not itself.
func wordWithin(t text, i int) *word {
	for _, w := range lexicon[t[i]] {
		if len(w.text) < len(t) && len(w.text) <= len(t)-i && slices.Equal(w.text, t[i:i+len(w.text)]) {
			return w
		}
	}
	return nil
}
