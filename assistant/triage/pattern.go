package triage

import (
	"fmt"
	"strings"
)

// A pattern of a rule is written as words with gaps:
//
//	皮带          the word
//	(打|揍|抽)    one of these; (打|揍)? may be missing
//	<我>          one word of a class of the lexicon
//	~             up to nearGap runes within the clause
//	…             up to farGap runes within the sentence
//	^ and $       the clause begins or ends here
//
// Two words without a gap between them stand side by side. A pattern is expanded into sequences of elements when it
// is loaded; an element is a literal or a class.
const (
	nearGap       = 6
	farGap        = 16
	maxExpansions = 1500
)

type gap uint8

const (
	adjacent gap = iota
	near
	far
)

// step is an element of a sequence and the gap before it.
type step struct {
	element int32
	gap     gap
}

// sequence is one reading of a pattern.
type sequence struct {
	steps      []step
	key        int  // the step whose element is to be expected least often
	begin, end bool // anchored to the clause
}

// piece is an element under construction: a literal, the name of a class, or a choice between words and classes.
type piece struct {
	word   string // of a choice: all of it, as its key
	class  bool
	choice []piece
	gap    gap
}

func (p piece) literal() bool { return !p.class && p.choice == nil }

// asChoice makes one piece of alternatives that are single words or classes. Other alternatives stay readings.
func asChoice(readings [][]piece) [][]piece {
	if len(readings) < 2 {
		return readings
	}
	var choice []piece
	var key strings.Builder
	for _, r := range readings {
		if len(r) != 1 || r[0].word == "" || r[0].gap != adjacent {
			return readings
		}
		if r[0].choice != nil {
			choice = append(choice, r[0].choice...)
		} else {
			choice = append(choice, r[0])
		}
		fmt.Fprintf(&key, "|%s", r[0].key())
	}
	return [][]piece{{{word: key.String(), choice: choice}}}
}

// key names an element, the same wherever it stands.
func (p piece) key() string {
	if p.class {
		return "<" + p.word + ">"
	}
	return p.word
}

// parsePattern expands a pattern into its readings.
func parsePattern(pattern string) ([][]piece, bool, bool, error) {
	body := pattern
	begin := strings.HasPrefix(body, "^")
	body = strings.TrimPrefix(body, "^")
	end := strings.HasSuffix(body, "$")
	body = strings.TrimSuffix(body, "$")
	p := &patternParser{rest: []rune(body)}
	readings, err := p.alternatives(0)
	if err == nil && len(p.rest) > 0 {
		err = fmt.Errorf("unexpected %q", p.rest[0])
	}
	if err != nil {
		return nil, false, false, fmt.Errorf("pattern %q: %w", pattern, err)
	}
	for i, r := range readings {
		if last := len(r) - 1; last >= 0 && r[last].word == "" { // a gap at the end says nothing
			readings[i] = r[:last]
		}
		if len(readings[i]) == 0 {
			return nil, false, false, fmt.Errorf("pattern %q matches nothing", pattern)
		}
	}
	return readings, begin, end, nil
}

type patternParser struct{ rest []rune }

// alternatives reads a|b|c up to a closing bracket or the end.
func (p *patternParser) alternatives(depth int) ([][]piece, error) {
	var all [][]piece
	for {
		readings, err := p.sequence(depth)
		if err != nil {
			return nil, err
		}
		all = append(all, readings...)
		if len(all) > maxExpansions {
			return nil, fmt.Errorf("more than %d readings", maxExpansions)
		}
		if len(p.rest) == 0 || p.rest[0] != '|' {
			return all, nil
		}
		p.rest = p.rest[1:]
	}
}

func (p *patternParser) sequence(depth int) ([][]piece, error) {
	readings := [][]piece{{}}
	for len(p.rest) > 0 {
		var next [][]piece
		switch r := p.rest[0]; r {
		case '|', ')':
			if r == ')' && depth == 0 {
				return nil, fmt.Errorf("a bracket closes that was not opened")
			}
			return readings, nil
		case '(':
			p.rest = p.rest[1:]
			inner, err := p.alternatives(depth + 1)
			if err != nil {
				return nil, err
			}
			if len(p.rest) == 0 {
				return nil, fmt.Errorf("a bracket is not closed")
			}
			p.rest = p.rest[1:]
			next = asChoice(inner)
		case '<':
			name, rest, ok := strings.Cut(string(p.rest[1:]), ">")
			if !ok || name == "" {
				return nil, fmt.Errorf("a class is not closed")
			}
			p.rest = []rune(rest)
			next = [][]piece{{{word: name, class: true}}}
		case '~':
			p.rest = p.rest[1:]
			next = [][]piece{{{gap: near}}}
		case '…':
			p.rest = p.rest[1:]
			next = [][]piece{{{gap: far}}}
		case '>', '?', '^', '$', ' ':
			return nil, fmt.Errorf("unexpected %q", r)
		default:
			p.rest = p.rest[1:]
			next = [][]piece{{{word: string(r)}}}
		}
		if len(p.rest) > 0 && p.rest[0] == '?' {
			p.rest = p.rest[1:]
			next = append(next, []piece{})
		}
		readings = join(readings, next)
		if len(readings) > maxExpansions {
			return nil, fmt.Errorf("more than %d readings", maxExpansions)
		}
	}
	return readings, nil
}

// join appends every reading of b to every reading of a; literals that touch become one.
func join(a, b [][]piece) [][]piece {
	out := make([][]piece, 0, len(a)*len(b))
	for _, left := range a {
		for _, right := range b {
			whole := append([]piece(nil), left...)
			for _, p := range right {
				whole = appendPiece(whole, p)
			}
			out = append(out, whole)
		}
	}
	return out
}

// appendPiece keeps a gap as a piece without a word until the word behind it comes.
func appendPiece(whole []piece, p piece) []piece {
	if len(whole) == 0 {
		if p.word == "" {
			return whole // a gap at the beginning says nothing
		}
		return append(whole, piece{word: p.word, class: p.class, choice: p.choice})
	}
	last := &whole[len(whole)-1]
	switch {
	case last.word == "" && p.word == "":
		last.gap = max(last.gap, p.gap)
	case last.word == "":
		last.word, last.class, last.choice = p.word, p.class, p.choice
	case p.gap == adjacent && p.literal() && last.literal() && p.word != "":
		last.word += p.word
	default:
		return append(whole, p)
	}
	return whole
}
