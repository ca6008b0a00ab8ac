package triage

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"
)

// lexicon holds every word that a pattern can name, and finds all of them in one pass over a text.
type lexicon struct {
	elements map[string]int32    // key of an element: the literal, or "<class>"
	classes  map[string][]string // words of each class
	next     map[edge]int32      // the trie, for learning
	fast     trie                // the same for finding
	ends     [][]int32           // elements that end at a node
	longest  int32               // runes of the longest word
	common   []float64           // how often an element is to be expected, by the number and length of its words
	hashes   []uint32            // of each element, the same whatever else the lexicon holds
	named    []bool              // whether it is a class that the classifier sees; it sees no literals
	apart    []string            // classes that it does not see
}

type edge struct {
	node int32
	r    rune
}

func newLexicon(classes map[string][]string, apart []string) (*lexicon, error) {
	l := &lexicon{apart: apart, elements: map[string]int32{}, classes: map[string][]string{}, next: map[edge]int32{}, ends: [][]int32{nil}}
	for _, name := range slices.Sorted(maps.Keys(classes)) {
		words, err := expandClass(classes, name, nil)
		if err != nil {
			return nil, err
		}
		l.classes[name] = words
	}
	return l, nil
}

// expandClass lists the words of a class; an entry <other> takes in another class.
func expandClass(classes map[string][]string, name string, within []string) ([]string, error) {
	entries, ok := classes[name]
	if !ok {
		return nil, fmt.Errorf("class %q does not exist", name)
	}
	if slices.Contains(within, name) {
		return nil, fmt.Errorf("class %q contains itself", name)
	}
	var words []string
	for _, entry := range entries {
		if inner, ok := strings.CutPrefix(entry, "<"); ok {
			more, err := expandClass(classes, strings.TrimSuffix(inner, ">"), append(within, name))
			if err != nil {
				return nil, err
			}
			words = append(words, more...)
			continue
		}
		words = append(words, entry)
	}
	slices.Sort(words)
	return slices.Compact(words), nil
}

// element returns the number of a piece, and learns its words.
func (l *lexicon) element(p piece) (int32, error) {
	key := p.key()
	if id, ok := l.elements[key]; ok {
		return id, nil
	}
	words, err := l.wordsOf(p)
	if err != nil {
		return 0, err
	}
	id := int32(len(l.elements))
	l.elements[key] = id
	l.hashes = append(l.hashes, hashOf(key))
	l.named = append(l.named, p.class && !slices.Contains(l.apart, p.word))
	common := 0.0
	for _, w := range words {
		runes := []rune(w)
		l.learn(runes, id)
		common += math.Pow(30, -float64(len(runes)))
		l.longest = max(l.longest, int32(len(runes)))
	}
	l.common = append(l.common, common)
	return id, nil
}

func hashOf(key string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(key))
	return h.Sum32()
}

func (l *lexicon) wordsOf(p piece) ([]string, error) {
	switch {
	case p.class:
		words, ok := l.classes[p.word]
		if !ok {
			return nil, fmt.Errorf("class %q does not exist", p.word)
		}
		return words, nil
	case p.choice == nil:
		return []string{p.word}, nil
	}
	var all []string
	for _, c := range p.choice {
		words, err := l.wordsOf(c)
		if err != nil {
			return nil, err
		}
		all = append(all, words...)
	}
	return all, nil
}

func (l *lexicon) learn(word []rune, id int32) {
	node := int32(0)
	for _, r := range word {
		to, ok := l.next[edge{node, r}]
		if !ok {
			to = int32(len(l.ends))
			l.ends = append(l.ends, nil)
			l.next[edge{node, r}] = to
		}
		node = to
	}
	if !slices.Contains(l.ends[node], id) {
		l.ends[node] = append(l.ends[node], id)
	}
}

// compile turns a written pattern into sequences of elements.
func (l *lexicon) compile(pattern string) ([]sequence, error) {
	readings, begin, end, err := parsePattern(pattern)
	if err != nil {
		return nil, err
	}
	var all []sequence
	for _, reading := range readings {
		s := sequence{begin: begin, end: end}
		for i, p := range reading {
			id, err := l.element(p)
			if err != nil {
				return nil, fmt.Errorf("pattern %q: %w", pattern, err)
			}
			s.steps = append(s.steps, step{element: id, gap: p.gap})
			if l.common[id] < l.common[s.steps[s.key].element] {
				s.key = i
			}
		}
		all = append(all, s)
	}
	return all, nil
}

// span is a stretch of normalised runes.
type span struct{ from, to int32 }

// scan is a window of a text with all words of the lexicon found in it.
type scan struct {
	*text
	lexicon  *lexicon
	from, to int      // the window
	found    [][]span // by element, in the order of the text
	used     []int32  // the elements that were found
	clause   []int32  // number of the clause of each rune of the window
	sentence []int32
	visits   []uint8 // in a long text: how often each node of the trie was met
	words    []word  // words of the classes in the order of the text: what the classifier sees
}

// word is a known word in a text.
type word struct {
	span
	element int32
}

// How many places of one element are kept in a window. Nobody says a word so often in two thousand characters; in a
// text that is longer than any message may be, fewer do.
const (
	usualPlaces = 120
	fewPlaces   = 8
)

// find looks for all words in runes [from, to). Words never reach over a comma or full stop. A used scan of the same
// lexicon is taken over, so that its memory serves again.
func (l *lexicon) find(x *text, from, to int, used *scan) *scan {
	s := used
	if s == nil || len(s.found) != len(l.elements) {
		s = &scan{found: make([][]span, len(l.elements))}
	}
	for _, id := range s.used {
		s.found[id] = s.found[id][:0]
	}
	s.text, s.from, s.to, s.used = x, from, to, s.used[:0]
	s.lexicon, s.words = l, s.words[:0]
	most, long := usualPlaces, len(x.runes) > longText
	if long {
		most = fewPlaces
		s.visits = append(s.visits[:0], make([]uint8, len(l.ends))...)
	}
	s.clause = append(s.clause[:0], make([]int32, to-from)...)
	s.sentence = append(s.sentence[:0], make([]int32, to-from)...)
	var clause, sentence int32
	for i := from; i < to; i++ {
		if i > from && x.before[i] >= comma {
			clause++
		}
		if i > from && x.before[i] == fullStop {
			sentence++
		}
		s.clause[i-from], s.sentence[i-from] = clause, sentence
		node := int32(0)
		for j := i; j < to && (j == i || x.before[j] < comma); j++ {
			if node = l.fast.step(node, x.runes[j]); node == 0 {
				break
			}
			if long && s.full(node) {
				continue
			}
			for _, id := range l.ends[node] {
				have := len(s.found[id])
				if have == 0 {
					s.used = append(s.used, id)
				}
				if have == most {
					continue
				}
				s.found[id] = append(s.found[id], span{int32(i), int32(j + 1)})
				if l.named[id] {
					s.words = append(s.words, word{span{int32(i), int32(j + 1)}, id})
				}
			}
		}
	}
	return s
}

// full tells whether a node of the trie was met so often that none of its places would be kept.
func (s *scan) full(node int32) bool {
	if s.visits[node] >= fewPlaces {
		return true
	}
	s.visits[node]++
	return false
}

// maxMatches bounds how often one sequence is looked for in a window: more of the same says nothing new.
const maxMatches = 64

// match appends the places where a sequence stands. It looks round the places of the element that is to be expected
// least often.
func (s *scan) match(q *sequence, out []span) []span {
	for _, st := range q.steps {
		if len(s.found[st.element]) == 0 {
			return out
		}
	}
	count := 0
	for _, at := range s.found[q.steps[q.key].element] {
		to, ok := s.follow(q, q.key+1, at.to)
		if !ok {
			continue
		}
		from, ok := s.precede(q, q.key-1, at.from)
		if !ok {
			continue
		}
		out = append(out, span{from, to})
		if count++; count == maxMatches {
			break
		}
	}
	return out
}

func (g gap) reach() int32 {
	switch g {
	case near:
		return nearGap
	case far:
		return farGap
	}
	return 0
}

// follow matches the steps from number i on behind rune at and returns where they end.
func (s *scan) follow(q *sequence, i int, at int32) (int32, bool) {
	if i == len(q.steps) {
		return at, !q.end || s.clauseEnds(at)
	}
	st := q.steps[i]
	places := s.found[st.element]
	k := sort.Search(len(places), func(k int) bool { return places[k].from >= at })
	for ; k < len(places) && places[k].from <= at+st.gap.reach(); k++ {
		if !s.reaches(at, places[k].from, st.gap) {
			break
		}
		if to, ok := s.follow(q, i+1, places[k].to); ok {
			return to, true
		}
	}
	return 0, false
}

// precede matches the steps from number i back to the first before rune at and returns where they begin.
func (s *scan) precede(q *sequence, i int, at int32) (int32, bool) {
	if i < 0 {
		return at, !q.begin || s.clauseBegins(at)
	}
	g := q.steps[i+1].gap
	places := s.found[q.steps[i].element]
	k := sort.Search(len(places), func(k int) bool { return places[k].from >= at }) - 1
	for ; k >= 0 && places[k].from >= at-g.reach()-s.lexicon.longest; k-- {
		if p := places[k]; p.to > at || at-p.to > g.reach() || !s.reaches(p.to, at, g) {
			continue
		}
		if from, ok := s.precede(q, i-1, places[k].from); ok {
			return from, true
		}
	}
	return 0, false
}

// reaches tells whether a gap may stretch from behind one word to the beginning of the next.
func (s *scan) reaches(at, from int32, g gap) bool {
	last, next := at-1-int32(s.from), from-int32(s.from)
	if g == far {
		return s.sentence[last] == s.sentence[next]
	}
	return s.clause[last] == s.clause[next]
}

func (s *scan) clauseBegins(at int32) bool { return int(at) == s.from || s.parts(int(at)) }

func (s *scan) clauseEnds(at int32) bool { return int(at) == s.to || s.parts(int(at)) }

// parts tells whether what stands before rune at parts two clauses. A blank does, but not between characters that are
// all set apart (想 死 了).
func (s *scan) parts(at int) bool {
	if s.before[at] != light {
		return s.before[at] > light
	}
	aloneLeft := s.before[at-1] >= light
	aloneRight := at+1 >= s.to || s.before[at+1] >= light
	return !aloneLeft || !aloneRight
}
