package mask

import (
	"strings"
	"sync"
	"unicode"
)

// A cost is how surprising something is, -ln p, in tenths. Where a name costs less than the words it could be, it is one.
type cost int32

const (
	dearest      cost = 1 << 28 // impossible
	costStep          = 6       // of the letters in the lists, from costLeast on
	costLeast         = 20
	costStranger      = 165 // a character that is no word
	costListed        = 95  // a word that only the lists of this package have
)

// plain is a word of the language: its cost, and whether it is of a kind that names of places are not made of.
type plain struct {
	cost cost
	verb bool
}

// lexicon is what plain words and the characters of names cost.
type lexicon struct {
	words    map[uint64]plain // by key
	surnames map[rune]cost
	given    map[rune]cost
}

// longestWord is how many characters a word of the lexicon may have.
const longestWord = 4

// costs is the lexicon, read once.
var costs = sync.OnceValue(func() *lexicon {
	l := &lexicon{words: make(map[uint64]plain, 100_000), surnames: map[rune]cost{}, given: make(map[rune]cost, 4000)}
	for line := range strings.Lines(wordFile("lexicon.txt")) {
		first, list, ok := strings.Cut(line, " ")
		if !ok || first == "#" {
			continue
		}
		for item := range strings.FieldsSeq(list) {
			rest, letter := item[:len(item)-1], rune(item[len(item)-1])
			l.words[key([]rune(first+rest))] = plain{letterCost(letter), unicode.IsUpper(letter)}
		}
	}
	for line := range strings.Lines(wordFile("names.txt")) {
		heading, list, _ := strings.Cut(line, ":")
		to := l.given
		if heading == "surname" {
			to = l.surnames
		}
		for item := range strings.FieldsSeq(list) {
			if r := []rune(item); len(r) == 2 {
				to[r[0]] = letterCost(r[1])
			}
		}
	}
	return l
})

func letterCost(letter rune) cost {
	return costLeast + costStep*cost(unicode.ToLower(letter)-'a')
}

// key is up to four characters as one number; 0: one of them is none of the 65,535 most frequent.
func key(r []rune) uint64 {
	k := uint64(0)
	for _, c := range r {
		if c > 0xffff {
			return 0
		}
		k = k<<16 | uint64(c)
	}
	return k
}

// What names and words cost.
const (
	costSingle   = 21  // a given name of one character
	costUnusual  = 150 // a character that is hardly ever in names
	costHardly   = 130 // a character that is seldom in names, at most
	costGiven    = 100 // a character of a given name that stands alone, at most
	costGenuine  = 35  // a character of a given name in the list
	costPet      = 60  // a character that nicknames are made of, at most
	costForeign  = 85  // each character of a name of another language
	costSound    = 50  // each that is a sound of one
	costDouble   = 95  // a surname of two characters
	costOdd      = 120 // a surname that is a function word, at least
	costAlone    = 40  // a surname alone
	costByname   = 80  // 老四, 小毛
	costWritten  = 60  // what stands where a form wants a name
	costShape    = 10  // 阿明
	costChild    = 20  // 明儿, 虎子
	costDoubled  = 90  // 嘟嘟: whatever character is said twice
	costUnended  = 12  // a word that seldom stands behind a name
	costOther    = 10  // a character that is not Chinese
	costKeep     = 30  // a word of the closed list of what stays
	costRegion   = 40  // a region
	costCounty   = 60  // the short name of a county
	costDaily    = 80  // a word that is met every day costs less
	costOrdinary = 92  // a word that shops and works are seldom called by costs less
	costFrequent = 110 // a word that is met often costs less
	costRare     = 140 // a word that is seldom met costs more
)

// What makes a name likelier.
const (
	lean        = 15 // to hide a word costs little, to show a name much
	leanMore    = 35 // where something is told of a person
	gainRelated = 20 // a relation or a title follows: 浩浩妈妈
	gainDoing   = 12 // what persons do or suffer follows
	gainListed  = 10 // another name may follow
	gainFamily  = 30 // another of the surname is named
	gainRare    = 25 // a word so rare is a name that dictionaries have
	gainWordly  = 5  // a word stands where a name does
)
