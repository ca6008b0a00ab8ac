package guard

import (
	"strings"
	"unicode"
)

// text is a sentence as it is compared: full-width letters and digits made narrow, ASCII punctuation made Chinese,
// blanks gone except between digits.
type text []rune

// slotMark stands for the first slot of a sentence, the next character for the second.
const slotMark = '\ue000'

func isSlot(r rune) bool { return r >= slotMark && r < slotMark+0x1000 }

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// asciiMarks are ASCII punctuation that has a Chinese twin.
var asciiMarks = map[rune]rune{';': '；', '?': '？', '!': '！', '(': '（', ')': '）', '—': '-', '–': '-', '－': '-', '～': '-', '~': '-', '﹣': '-', '―': '-', '％': '%', '﹪': '%'}

func narrow(r rune) rune {
	switch {
	case r >= '０' && r <= '９', r >= 'Ａ' && r <= 'Ｚ', r >= 'ａ' && r <= 'ｚ', r == '．', r == '／', r == '＠', r == '＋', r == '＊', r == '＃', r == '＜', r == '＞', r == '｛', r == '｝', r == '｜', r == '＿':
		return r - 0xfee0
	}
	if to, ok := asciiMarks[r]; ok {
		return to
	}
	return r
}

func normal(words string) text {
	from := []rune(words)
	to := make(text, 0, len(from))
	for i, r := range from {
		r = narrow(r)
		inNumber := i > 0 && i+1 < len(from) && isDigit(narrow(from[i-1])) && isDigit(narrow(from[i+1]))
		switch {
		case unicode.IsSpace(r), r == '\u200b', r == '\ufeff':
			if !inNumber {
				continue
			}
			r = ' '
		case r == ',' && !inNumber:
			r = '，'
		case r == ':' && !inNumber:
			r = '：'
		}
		to = append(to, r)
	}
	return to
}

// at tells whether word stands at i.
func (t text) at(i int, word string) bool {
	for _, r := range word {
		if i >= len(t) || t[i] != r {
			return false
		}
		i++
	}
	return true
}

// clause is a piece of a sentence between punctuation marks: characters [from, to).
type clause struct {
	from, to int
	words    string
	plain    string // without the names of benefits
	named    []mention
}

const stops = "，。；：！？"

func (t text) clauses() []clause {
	var found []clause
	start := 0
	for i := 0; i <= len(t); i++ {
		if i == len(t) || strings.ContainsRune(stops, t[i]) {
			if i > start {
				found = append(found, clause{from: start, to: i, words: string(t[start:i])})
			}
			start = i + 1
		}
	}
	return found
}

// containsAny tells whether one of words stands in s.
func containsAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
