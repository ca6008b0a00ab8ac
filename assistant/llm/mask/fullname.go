package mask

import "strings"

// surnameSize is the length of the surname at i; 0: none.
func (t *reading) surnameSize(i int) int {
	if t.match(i, double) == 2 {
		return 2
	}
	if t.is(i, surname|rare|odd) {
		return 1
	}
	return 0
}

// candidate is a surname with what may be a given name of one or two characters.
type candidate struct {
	i, size int // where, and characters of the surname
	sure    trust
	plain   bool // the surname is seldom another word
	single  bool // one character may be the whole given name
	two     bool // two may
	likely1 bool // the one is of those that given names are made of
	likely2 bool // both are
	idiom   bool // both are a given name, though they are mostly something else
	edge1   bool // the name may end behind one
	edge2   bool // behind two
	closed2 bool // the clause ends behind two
}

// fullName is the length of the surname and given name at i; 0: none.
func (t *reading) fullName(i int, sure trust) int {
	size := t.surnameSize(i)
	if size == 0 || t.isOther(i, size, sure) || t.isCommon(i, size, sure) {
		return 0
	}
	c := t.candidate(i, size, sure)
	switch sure {
	case alone:
		return t.standing(c)
	case near:
		return c.following()
	}
	return c.told()
}

// isOther tells whether what begins at i is something else than a name: a relation, a place, the end of a word.
func (t *reading) isOther(i, size int, sure trust) bool {
	switch {
	case sure == told:
		return false
	case size == 1 && t.is(i, odd) && !t.is(i, surname|rare) && !t.oddName(i, sure), t.match(i, kin|title|label) > 1:
		return true
	}
	return sure < call && (t.place[i] > 1 || t.ended(i+1, joined)) || sure == alone && t.match(i, shortCounty) > 1
}

// oddest are the surnames among the odd that seldom begin another word.
const oddest = "盘农束代巫迟权籍修植奉闭鲜"

// oddName tells whether a function word at i is the surname of a name all the same: a relation stands before, and two
// characters of given names behind, up to where a name may end.
func (t *reading) oddName(i int, sure trust) bool {
	if sure < near {
		return i > 0 && strings.ContainsRune(oddest, t.r[i]) && (t.r[i-1] == '的' || t.r[i-1] == '是') && !t.han(i+3) && t.match(i, word|notpet) < 2 && t.is(i+1, given) && t.is(i+2, given)
	}
	if sure == near && strings.ContainsRune("都和从由才后", t.r[i]) || t.match(i, word|notpet) > 1 || t.match(i+1, word) > 1 && t.han(i+3) {
		return false
	}
	return t.edge(i+3) && t.is(i+2, given) && t.is(i+1, given) || t.edge(i+3) && t.byname(i+1)
}

// byname tells whether two characters at i are a given name as 小军, 大海, 老栓.
func (t *reading) byname(i int) bool {
	return i+1 < len(t.r) && strings.ContainsRune("小大老二三", t.r[i]) && t.is(i+1, given|pet) && t.match(i, kin|title|notpet) < 2
}

// isCommon tells whether a word of the language begins at i that is more likely than a name: 许多, but not 李子 in 李子涵.
func (t *reading) isCommon(i, size int, sure trust) bool {
	n := t.match(i, word)
	if n < 2 || size > 1 || sure == told || sure == call && !t.han(i+n) {
		return false
	}
	if n == 2 && t.at(i-1) == ':' && !t.han(i+3) && t.is(i+2, given) {
		return false
	}
	if n == 2 && sure >= near && t.is(i, surname) && t.is(i+2, given) && t.given(i+1) && t.edge(i+3) {
		return false
	}
	if n > 2 || !t.is(i+1, given) || !t.is(i+2, given) {
		return true
	}
	whose := t.match(i+3, kin|title) > 0 || (t.at(i+3) == '他' || t.at(i+3) == '她') && t.match(i+4, kin) > 0
	return !whose && !(t.edge(i+3) && (t.is(i, surname) || sure > alone && t.is(i, rare)))
}

// candidate looks at the characters behind the surname at i.
func (t *reading) candidate(i, size int, sure trust) candidate {
	first, second := i+size, i+size+1
	c := candidate{i: i, size: size, sure: sure, plain: size == 2 || t.is(i, surname), edge1: t.edge(second), edge2: t.edge(second + 1), closed2: !t.han(second + 1)}
	one := t.given(first)
	c.single = one && (sure == told || !strings.ContainsRune(notSingle, t.at(first)))
	c.idiom = sure >= near && t.generation(first) || t.match(first, fullGiven) == 2
	if sure >= call && t.nameable(first, 2) {
		one, c.idiom, c.single = true, true, false
	} else if sure >= call && !one && t.nameable(first, 1) {
		one, c.single, c.idiom = true, true, false
	}
	c.two = one && (t.given(second) || sure >= call && t.at(second) == '儿') || c.idiom
	if c.single && t.wordFrom(second) {
		c.two = false
	}
	c.likely1 = c.single && t.is(first, given)
	c.likely2 = c.two && (t.is(first, given) && t.is(second, given) || t.at(first) == t.at(second))
	if t.byname(first) && c.plain || c.plain && t.at(second) == '儿' && t.opens(i) && t.is(first, given|pet) {
		c.two, c.likely2 = true, true
	}
	if !c.idiom && c.edge1 && !t.is(second, given) {
		c.edge2 = c.edge2 && sure == alone // 王欢，and not 王欢欢
	}
	return c
}

// wordFrom tells whether a word begins at i that is likelier than the end of a name: 母佟娜〔外出〕, 梁静〔精神分裂〕.
func (t *reading) wordFrom(i int) bool {
	if t.match(i, keep) > 2 {
		return true
	}
	if i+2 > len(t.r) || t.is(i, given) {
		return false
	}
	w, ok := costs().words[key(t.r[i:i+2])]
	return ok && w.cost < costFrequent
}

// standing is the length of a name that nothing announces.
func (t *reading) standing(c candidate) int {
	switch {
	case c.likely2 && c.edge2, c.two && c.edge2 && c.plain && (t.ended(c.i, asked) || c.idiom && t.opens(c.i)):
		return c.size + 2
	case c.likely1 && c.edge1 && (c.plain || t.ended(c.i, before) && !t.han(c.i+c.size+1) || t.ended(c.i, asked)):
		return c.size + 1
	case c.plain && t.ended(c.i, before) && !t.ended(c.i, region) && t.nameable(c.i+c.size, 1) && t.match(c.i, word) == 0:
		return c.size + 1 // 我和刘能、赵四
	}
	return 0
}

// following is the length of a name behind a relation.
func (c candidate) following() int {
	switch {
	case c.two && c.edge2 && (c.plain || c.likely2 || c.idiom):
		return c.size + 2
	case c.single && c.edge1 && (c.plain || c.likely1):
		return c.size + 1
	case c.likely2 && c.plain, c.two && c.closed2:
		return c.size + 2
	}
	return 0
}

// told is the length of a name that is said to be one.
func (c candidate) told() int {
	switch {
	case c.two && c.edge2:
		return c.size + 2
	case c.single && c.edge1:
		return c.size + 1
	case c.likely2, c.two && c.sure == told:
		return c.size + 2
	}
	return 0
}

// nameable tells whether n characters at i end a clause and may all be part of a name.
func (t *reading) nameable(i, n int) bool {
	for j := i; j < i+n; j++ {
		if !t.han(j) || strings.ContainsRune(noName, t.at(j)) {
			return false
		}
	}
	return !t.han(i + n)
}

// notSingle are characters that are seldom a given name by themselves.
const notSingle = "一小子大同天年月生中上成来进有长多家国民发保方花双连学农卫线满喜财运可以之"

// given tells whether the character at i can be part of a given name.
func (t *reading) given(i int) bool { return t.han(i) && (!t.is(i, never) || t.is(i, given)) }

// generation tells whether a verb or particle begins a given name at i, up to the end of a clause: 罗来福, 钱有福.
func (t *reading) generation(i int) bool {
	if t.han(i+2) || !t.han(i) || !t.han(i+1) {
		return false
	}
	return strings.ContainsRune("来有得为在学会如可以能从", t.at(i)) && (t.is(i+1, given) || t.at(i+1) == '才') || t.is(i, given) && strings.ContainsRune("有来能得", t.at(i+1))
}

// edge tells whether a name may end before i.
func (t *reading) edge(i int) bool {
	return !t.han(i) || t.match(i, after|kin|title) > 0
}

// opens tells whether a name may begin at i with nothing to announce it.
func (t *reading) opens(i int) bool {
	return i == 0 || !t.han(i-1) || t.bound[i] || t.ended(i, before|kin|title) && !t.ended(i, joined)
}
