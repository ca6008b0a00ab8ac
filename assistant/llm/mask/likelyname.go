package mask

import "strings"

// tryNames tries what may be a name.
func (s *likely) tryNames() {
	i := s.at
	if s.inRegion[i] && s.now < labelled || s.paper[i] {
		return
	}
	s.tryFullNames()
	if !s.han(i + 1) {
		return
	}
	s.tryBynames()
	s.tryWritten()
	s.tryWordNames()
	s.tryForeign()
	first, second := s.givenCost(i), s.givenCost(i+1)
	if s.match(i, fullGiven) == 2 {
		first, second = min(first, costGenuine), min(second, costGenuine)
	}
	if max(first, second) <= costGiven && digit(s.r[i]) < 0 && digit(s.r[i+1]) < 0 {
		s.name(i+2, first+second, givenForm)
	}
	if c, ok := s.petCost(i, first, second); ok {
		s.name(i+2, c, petForm)
	}
}

// tryFullNames tries a surname with a given name of one or two characters.
func (s *likely) tryFullNames() {
	i, n := s.at, s.surnameSize(s.at)
	if n == 0 || !s.han(i+n) {
		return
	}
	c := s.surnameCost(i, n)
	first := s.givenCost(i + n)
	if (s.given(i+n) || s.now == labelled || s.now >= opened && s.nameable(i+n, 1)) && s.notCounted(i+n) {
		s.name(i+n+1, c+costSingle+first, fullForm)
	}
	if s.han(i+n+1) && (s.given(i+n) && s.given(i+n+1) || s.now == labelled) {
		s.name(i+n+2, c+min(first+s.givenCost(i+n+1), s.thing(i, n)), fullForm)
	}
}

// surnameCost is what the surname of n characters at i costs.
func (s *likely) surnameCost(i, n int) cost {
	c, family := s.costs.surnames[s.r[i]], s.family[s.r[i]]
	switch {
	case n == 2:
		return costDouble
	case family:
		return c - gainFamily
	case !s.is(i, surname|rare) && s.now < joining && !(s.now == clause && s.run(i) == 3):
		return max(c, costOdd)
	}
	return c
}

// tryForeign tries two to five characters that may be a name of another language.
func (s *likely) tryForeign() {
	c := cost(0)
	for j := s.at; j < s.at+5 && s.han(j) && s.hiddenTo(j) == j && digit(s.r[j]) < 0 && (!s.is(j, never) || s.is(j, sound)); j++ {
		if s.is(j, sound) {
			c += costSound
		} else {
			c += costForeign
		}
		if j > s.at {
			s.name(j+1, c, otherForm)
		}
	}
}

// tryBynames tries a surname before a role, or with a word for somebody: 潘婶讲, 老孙家, 瘸子李, 胖婶.
func (s *likely) tryBynames() {
	i := s.at
	end := i + 1
	switch {
	case s.is(i, surname) && s.match(end, kin|title) > 0 && s.match(i, word|kin|title|region) < 2:
		s.name(end, s.costs.surnames[s.r[i]]+costAlone, fullForm)
	case strings.ContainsRune("老小", s.r[i]) && s.is(end, surname|rare) && s.match(i, notpet|word|kin|title) < 2:
		s.name(i+2, s.costs.surnames[s.r[end]]+costAlone, petForm)
	case strings.ContainsRune("胖瘦黑矮麻聋哑", s.r[i]) && strings.ContainsRune("婶嫂哥姐叔姨伯爷", s.r[end]):
		s.name(i+2, costAlone+costByname, petForm)
	}
	if n := s.match(i, byword); n > 0 && s.is(i+n, surname) {
		s.name(i+n+1, costAlone+s.costs.surnames[s.r[i+n]], fullForm)
	}
}

// tryWritten tries whatever stands in the place of a name in a form or a list.
func (s *likely) tryWritten() {
	i := s.at
	n := s.run(i)
	if n < 2 || n > 4 || s.exact(i, i+n)&(kin|title|label|region|keep) != 0 {
		return
	}
	switch {
	case s.now == joining && n < 4 && s.is(i, surname|rare):
		s.name(i+n, costWritten, fullForm)
	case s.now == labelled && (s.is(i, surname) && n < 4 || !s.wordIn(i, i+n)), s.now >= clause && s.sexed(i+n):
		s.name(i+n, costWritten, givenForm)
	}
}

// sexed tells whether a sex stands behind a mark at i, as in a form: 祁连山，男，14岁.
func (s *likely) sexed(i int) bool {
	return i+2 < len(s.r) && strings.ContainsRune(",( ;/", s.r[i]) && strings.ContainsRune("男女", s.r[i+1]) && !s.han(i+2)
}

// run is how many Chinese characters stand at i, up to five.
func (s *likely) run(i int) int {
	n := 0
	for n < 5 && s.han(i+n) && s.hiddenTo(i+n) == i+n {
		n++
	}
	return n
}

// wordIn tells whether a word that is not rare stands in [i, j).
func (s *likely) wordIn(i, j int) bool {
	for ; i < j; i++ {
		for end := i + 2; end <= j; end++ {
			if w, ok := s.plain(i, end); ok && w.cost < costRare || s.exact(i, end)&(kin|title|region|keep|never) != 0 {
				return true
			}
		}
		if s.is(i, never&^given) {
			return true
		}
	}
	return false
}

// thing is what a noun costs as a given name behind a frequent surname of n characters: 柳石头.
func (s *likely) thing(i, n int) cost {
	c := dearest
	if w, ok := s.plain(i+n, i+n+2); ok && !w.verb && s.is(i, surname) && s.now >= clause {
		c = w.cost + costShape
	}
	if strings.ContainsRune("老小大", s.r[i+n]) && (s.is(i+n+1, pet|given) || digit(s.r[i+n+1]) > 0) {
		c = min(c, costByname) // 谷老四, 赵小毛
	}
	return c
}

// tryWordNames tries words that are also names: 石头爸爸, 孩子白露6岁, 我弟小石头, 叫和平.
func (s *likely) tryWordNames() {
	i, end := s.at, s.at+2
	if s.now == inside || s.exact(i, end)&(kin|title|label|region|notpet|keep) != 0 || digit(s.r[i]) >= 0 {
		return
	}
	s.tryLittle()
	w, ok := s.plain(i, end)
	first, second := s.givenCost(i), s.givenCost(i+1)
	if !ok || w.cost < costDaily || max(first, second) > costHardly || min(first, second) > costGiven {
		return
	}
	switch {
	case s.now == labelled && s.ended(i, called) && !s.han(end):
		s.reach(end, costWritten/2, givenForm)
	case s.now >= related && (!w.verb || w.cost >= costFrequent) && s.aged(end),
		s.now == clause && (s.reading.at(end) == '(' || w.cost >= costFrequent && !w.verb) && s.aged(end),
		s.now >= clause && s.now < related && w.cost >= costOrdinary && !w.verb && s.ownRelation(end):
		s.reach(end, w.cost-gainWordly, givenForm)
	}
}

// tryLittle tries 小 with a thing: 小石头.
func (s *likely) tryLittle() {
	i, end := s.at, s.at+3
	if s.r[i] != '小' || !s.han(i+2) || s.exact(i, end)&(kin|title|label|notpet|word) != 0 || s.now < joining && !s.whose(end) {
		return
	}
	if w, ok := s.plain(i, i+2); ok && w.cost < costOrdinary {
		return
	}
	thing, ok := s.plain(i+1, end)
	whole, known := s.plain(i, end)
	if ok && !thing.verb && (!known || whole.cost > costFrequent) {
		s.name(end, min(thing.cost+costShape, max(whole.cost, thing.cost/2)), petForm)
	}
}

// ownRelation tells whether a relation stands at i that only somebody has: 妈妈, 他爸, 的班主任; and not 的孩子.
func (s *likely) ownRelation(i int) bool {
	switch s.reading.at(i) {
	case '他', '她', '这':
		return s.whose(i)
	case '的':
		return s.match(i+1, kin) > 1 && s.match(i+1, general) == 0
	}
	return s.match(i, kin|title) > 1
}

// aged tells whether an age in years or a sex stands at i, or behind a mark: 白露，6岁；平安（男，8岁）.
func (s *likely) aged(i int) bool {
	if i < len(s.r) && strings.ContainsRune(",( ", s.r[i]) {
		i++
	}
	if i+1 < len(s.r) && strings.ContainsRune("男女", s.r[i]) && !s.han(i+1) {
		return true
	}
	end := s.numeral(i)
	return end > i && s.reading.at(end) == '岁'
}

// name tries a name up to end.
func (s *likely) name(end int, c cost, f form) {
	if end > len(s.r) {
		return
	}
	for j := s.at; j < end; j++ {
		if s.hiddenTo(j) > j || s.inRegion[j] && s.now < labelled {
			return
		}
	}
	if w, ok := s.plain(s.at, end); ok && f != fullForm && s.now < labelled {
		c += s.wordly(w.cost)
	}
	switch {
	case s.whose(end):
		c -= gainRelated
	case s.match(end, doing) > 0:
		c -= gainDoing
	case end < len(s.r) && strings.ContainsRune("、和跟与及", s.r[end]):
		c -= gainListed
	case s.han(end) && s.hiddenTo(end) == end && s.match(end, after) == 0:
		c += costUnended
	}
	s.reach(end, max(c+priors[s.now][f]-s.lean, 0), f)
}

// whose tells whether a relation of somebody stands at i: 浩浩妈妈, 小雨的外婆, 石头他爸.
func (s *likely) whose(i int) bool {
	switch s.reading.at(i) {
	case '(':
		return s.match(i+1, kin) > 0
	case '这', '那':
		return s.match(i+1, kin) > 0 // 季节这孩子
	case '的':
		return s.match(i+1, kin|doing) > 0
	}
	return s.match(i, kin|title) > 0 || s.reading.at(i) == '家' && s.han(i-2) || i < len(s.r) && strings.ContainsRune("他她", s.r[i]) && s.match(i+1, kin) > 0
}

// notCounted tells whether the character at i is no number of something: 牛二去世, but not 孙才五个.
func (s *likely) notCounted(i int) bool {
	return digit(s.r[i]) < 0 || s.now >= related && s.match(i+1, money|unit) == 0 && digit(s.reading.at(i+1)) < 0 && !strings.ContainsRune("十百千", s.reading.at(i+1))
}

// wordly is what more a name costs that is a word as well.
func (s *likely) wordly(w cost) cost {
	switch {
	case w < costFrequent && s.now < related, w < costDaily:
		return 30
	case w < costRare:
		return 15
	case w > costRare:
		return -gainRare
	}
	return 0
}

// plain is [i, j) as a word of the lexicon.
func (s *likely) plain(i, j int) (plain, bool) {
	if j-i > longestWord {
		return plain{}, false
	}
	w, ok := s.costs.words[key(s.r[i:j])]
	return w, ok
}

// givenCost is what a character of a given name costs.
func (s *likely) givenCost(i int) cost {
	if c, ok := s.costs.given[s.r[i]]; ok {
		return c
	}
	return costUnusual
}

// petCost is what two characters of a nickname cost.
func (s *likely) petCost(i int, first, second cost) (cost, bool) {
	if s.is(i, pet) {
		first = min(first, costPet)
	}
	if s.is(i+1, pet) {
		second = min(second, costPet)
	}
	switch a, b := s.r[i], s.r[i+1]; {
	case a == b:
		if w, ok := s.plain(i, i+1); s.now >= opened && (!ok || w.cost >= costFrequent) {
			first = min(first, costDoubled)
		}
		return first + costShape, true
	case a == '阿', a == '小':
		return second + costShape, true
	case strings.ContainsRune("子儿娃宝仔蛋妞妹丫崽", b) && (s.now >= related || !s.is(i, stop|after)):
		return first + costChild, true
	case strings.ContainsRune("大二三四五六老细幺", a) && strings.ContainsRune("丫妞妮狗柱虎蛋毛宝牛妹娃", b):
		return costShape + costPet, true
	}
	return 0, false
}
