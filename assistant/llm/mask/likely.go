package mask

import "strings"

// A text is cut into the words and names that make it likeliest. What stands before decides how much a name costs:
// hardly anything behind 名字叫, little behind 我孙子, more in the middle of a sentence. Nothing else need announce it.

// setting is what stands before a word.
type setting int

const (
	inside   setting = iota // a word that says nothing
	clause                  // the beginning of a clause
	edged                   // an address, a school, a class, another name
	opened                  // a word before which names stand: 带着, 给
	joining                 // 和 or a mark behind a name
	related                 // a relation, a role or a title
	labelled                // 姓名：, 叫
	settings
)

// form is what a name looks like.
type form int8

const (
	noForm    form = iota
	fullForm       // 王小明
	givenForm      // 小明, 建国
	petForm        // 明明, 阿明, 虎子
	otherForm      // 阿依古丽, 扎西
	forms
)

// priors is what a name of a form costs in a setting.
var priors = [settings][forms]cost{
	inside:   {fullForm: 65, givenForm: 105, petForm: 85, otherForm: 190},
	clause:   {fullForm: 35, givenForm: 60, petForm: 45, otherForm: 110},
	edged:    {fullForm: 30, givenForm: 60, petForm: 45, otherForm: 90},
	opened:   {fullForm: 35, givenForm: 50, petForm: 40, otherForm: 95},
	joining:  {fullForm: 20, givenForm: 30, petForm: 20, otherForm: 50},
	related:  {fullForm: 10, givenForm: 10, petForm: 10, otherForm: 65},
	labelled: {fullForm: 0, givenForm: 5, petForm: 0, otherForm: 10},
}

// step is how the likeliest words up to a place end.
type step struct {
	cost cost
	from int
	form form
}

// likely is the search for the likeliest words.
type likely struct {
	*reading
	costs *lexicon
	best  []step
	// family are surnames of people who are named elsewhere in the text.
	family map[rune]bool
	lean   cost   // how much less a name costs
	paper  []bool // characters of the office in the number of a document
	at     int    // where words are tried
	now    setting
	last   cost // what all up to at costs
}

// findLikely marks the names that are likelier than the words they could be. Where somebody is named, or something else is
// told of a person, names are likelier, of the same families above all: the text is read again with that in mind.
func (t *reading) findLikely() {
	s := likely{reading: t, costs: costs(), best: make([]step, len(t.r)+1), paper: make([]bool, len(t.r)), lean: lean}
	s.findPapers()
	s.search()
	s.findPlaces()
	if s.meetFamilies() {
		s.lean = leanMore
		s.search()
	}
	for i := len(t.r); i > 0; i = s.best[i].from {
		if b := s.best[i]; b.form != noForm {
			surname := 0
			if b.form == fullForm {
				surname = t.surnameSize(b.from)
			}
			t.person(b.from, i-b.from, surname)
		}
	}
}

// meetFamilies notes the surnames of all names found so far; false: nothing personal is told.
func (s *likely) meetFamilies() bool {
	s.family = map[rune]bool{}
	found := len(s.spans) > 0
	for _, n := range s.names {
		if r := []rune(n.text); n.surname == 1 {
			s.family[r[0]] = true
		}
	}
	for i := len(s.r); i > 0; i = s.best[i].from {
		found = found || s.best[i].form != noForm
		if s.best[i].form == fullForm {
			s.family[s.r[s.best[i].from]] = true
		}
	}
	return found
}

// search finds the likeliest way through the text.
func (s *likely) search() {
	for i := range s.r {
		s.best[i+1] = step{cost: dearest}
	}
	for s.at = range s.r {
		if s.last = s.best[s.at].cost; s.last == dearest {
			continue
		}
		if end := s.hiddenTo(s.at); end > s.at {
			s.reach(end, 0, noForm)
			continue
		}
		s.tryWords()
		if s.han(s.at) {
			s.now = s.setting(s.at)
			s.tryNames()
		}
	}
}

// reach notes that the text up to end may go on from here at a cost.
func (s *likely) reach(end int, c cost, f form) {
	if c += s.last; c < s.best[end].cost {
		s.best[end] = step{c, s.at, f}
	}
}

// tryWords tries the words of the language.
func (s *likely) tryWords() {
	i := s.at
	if !s.han(i) {
		s.reach(i+1, costOther, noForm)
		return
	}
	if digit(s.r[i]) >= 0 {
		s.reach(i+1, costDaily, noForm)
	} else {
		s.reach(i+1, costStranger, noForm)
	}
	k := uint64(0)
	for j := i; j < i+longestWord && s.han(j) && s.r[j] <= 0xffff && s.hiddenTo(j) == j; j++ {
		k = k<<16 | uint64(s.r[j])
		if w, ok := s.costs.words[k]; ok {
			s.reach(j+1, w.cost, noForm)
		}
	}
	at := s.root[i]
	for j := i + 1; at != nil; j++ {
		switch c := at.class; {
		case c&keep != 0:
			s.reach(j, costKeep, noForm)
		case c&shortCounty != 0:
			s.reach(j, costCounty, noForm)
		case c&plainly != 0, c&^nameClasses != 0:
			s.reach(j, costListed, noForm)
		}
		if j >= len(s.r) || s.hiddenTo(j) > j {
			break
		}
		at = at.next[s.r[j]]
	}
	if n := s.place[i]; n > 0 && i+n <= len(s.r) && s.hiddenTo(i+n-1) == i+n-1 {
		s.reach(i+n, costRegion, noForm)
	}
}

// nameClasses are classes of what names are made of.
const nameClasses = surname | rare | odd | double | given | pet | whole | fullGiven | sound | never | after | before | stop | hamlet | unit | bare | numbered | inplace | word | general

// findPapers finds the offices in numbers of documents: 杭政办函〔2025〕70号.
func (s *likely) findPapers() {
	for i := 1; i+2 < len(s.r); i++ {
		bracket := strings.ContainsRune("〔[(【", s.r[i]) && i+5 < len(s.r) && isYear(s.r[i+1:i+5])
		if !bracket && !(isDigit(s.r[i]) && strings.ContainsRune("发函办规字令", s.r[i-1])) {
			continue
		}
		for j := i - 1; j >= 0 && i-j <= 8 && (s.han(j) || s.r[j] == ' '); j-- {
			s.paper[j] = true
		}
	}
}

// setting tells what stands before i on the likeliest way there.
func (s *likely) setting(i int) setting {
	if i == 0 {
		return clause
	}
	if now, ok := s.behindMarks(i); ok {
		return now
	}
	if s.bound[i] || s.named(i) || s.inRegion[i-1] {
		return edged
	}
	from := s.best[i].from
	c := s.exact(from, i)
	if i-from == 1 || c&keep != 0 {
		c |= s.ends[i] & (kin | title | called)
	}
	switch {
	case c&called != 0, s.text(from, i) == "姓名", s.calledMe(i):
		return labelled
	case c&(kin|title|label) != 0, i-from > 1 && strings.ContainsRune("员师长", s.r[i-1]) && !strings.ContainsRune("成增生家时周动人", s.r[i-2]):
		return related // 办事员
	case i-from == 1 && strings.ContainsRune("和跟与及同", s.r[from]) && s.named(from):
		return joining
	case c&(before|self|asked) != 0, i-from == 2 && strings.ContainsRune("和跟与给被把对找说讲问", s.r[i-1]):
		return opened // 我和
	}
	return inside
}

// behindMarks tells what stands before i where marks do: 姓名：（手印）, 、; false: a Chinese character does.
func (s *likely) behindMarks(i int) (setting, bool) {
	k := i
	for k > 0 && i-k < 8 {
		if s.r[k-1] == ')' {
			for k--; k > 0 && i-k < 8 && s.r[k-1] != '('; k-- {
			}
		} else if !strings.ContainsRune(" \t:(=[【_“\"「『‘'", s.r[k-1]) {
			break
		}
		k = max(k-1, 0)
	}
	switch told := k < i && k > 0; {
	case told && (s.ended(k, label|called) || s.ended(k, kin|title) && strings.Contains(s.text(k, i), ":")):
		return labelled, true
	case told && s.ended(k, kin|title):
		return related, true
	case s.han(i - 1):
		return inside, false
	case s.r[i-1] == '、' && s.named(i-1):
		return joining, true
	}
	return clause, true
}

// named tells whether a name ends before i.
func (s *likely) named(i int) bool {
	return s.best[i].form != noForm || i > 0 && s.hiddenTo(s.best[i].from) == i && !s.bound[i]
}

// exact is what kinds of word [i, j) is.
func (t *reading) exact(i, j int) class {
	at := t.root[i]
	for k := i + 1; k < j && at != nil; k++ {
		at = at.next[t.r[k]]
	}
	if at == nil {
		return 0
	}
	return at.class
}
