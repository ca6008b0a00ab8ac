package mask

import "strings"

// trust is how sure the words before make it that a name follows.
type trust int

const (
	alone trust = iota // nothing says so
	near               // a relation or a role stands before: 我孙子张伟
	call               // 我叫, 孩子叫: also what one calls to somebody
	told               // 名字叫, 姓名：
)

// findNames marks the names of persons.
func (t *reading) findNames() {
	for i := 0; i < len(t.r); {
		i = max(t.nameFrom(i), i+1)
	}
	t.findTitled()
	t.findFamiliar()
	t.findParents()
	t.findCallings()
	t.findLikely()
}

// nameFrom marks the name that the word at i announces, or that stands there by itself, and the names that are listed
// behind it. It returns where to go on; i where there is none.
func (t *reading) nameFrom(i int) int {
	if end := t.announced(i); end > i {
		return end
	}
	if end := max(t.anonymous(i), t.wholeName(i)); end > i {
		return end
	}
	if t.bound[i] {
		if n := t.fullName(i, near); n > 0 {
			return t.listed(t.person(i, n, t.surnameSize(i)))
		}
	}
	if t.root[i] == nil || t.root[i].class&(surname|rare) == 0 && t.match(i, double) == 0 && !t.oddName(i, alone) {
		return i
	}
	if !t.opens(i) || t.match(i, kin|title|label) > 1 {
		return i
	}
	if n := t.fullName(i, alone); n > 0 {
		return t.listed(t.person(i, n, t.surnameSize(i)))
	}
	return i
}

// announced marks the name behind a word that tells of one.
func (t *reading) announced(i int) int {
	if size := t.match(i, called); size > 0 {
		if end := t.calledName(i, size); end > i {
			return end
		}
	}
	if size := t.match(i, self); size > 0 {
		if end := t.nameAfter(i+size, near); end > 0 {
			return end
		}
	}
	if size := t.match(i, label); size > 0 {
		if end := t.labelledName(i + size); end > i {
			return end
		}
	}
	if size := t.match(i, kin|title); size > 0 {
		if end := t.relatedName(i + size); end > i {
			return end
		}
	}
	if t.r[i] == '姓' {
		return t.family(i)
	}
	return i
}

// labelledName marks the name behind a label of a form that ends before i: 姓名：李四; 0: there is none.
func (t *reading) labelledName(i int) int {
	at, sure := t.colon(i), told
	if t.match(at, label) > 0 {
		return at // 申请人（签字）
	}
	if strings.TrimSpace(t.text(i, at)) == "" {
		sure = near
	}
	return t.nameAfter(at, sure)
}

// relatedName marks the name behind a relation or title that ends before i: 孙子张伟, 孙子叫张伟; 0: there is none.
func (t *reading) relatedName(i int) int {
	if n := t.match(i, called); n > 0 {
		if end := t.calledName(i, n); end > i {
			return end
		}
		if at := t.colon(i + n); t.foreign(at) > 0 {
			return t.person(at, t.foreign(at), 0)
		}
	}
	at := t.colon(i)
	if t.at(at) == ',' && t.surnameSize(at+1) > 0 {
		if end := t.nameAfter(at+1, near); end > 0 {
			return end
		}
	}
	return t.nameAfter(at, near)
}

// colon is where the text goes on behind the colon or the blanks that follow a label; i: there are none.
func (t *reading) colon(i int) int {
	at := i
	for at < len(t.r) && at-i < 6 && strings.ContainsRune(" \t:：(（)）=[【_“\"「『‘'", t.r[at]) {
		at++
	}
	return at
}

// calledName marks the name behind a word as 叫 of so many characters.
func (t *reading) calledName(i, size int) int {
	sure := call
	if t.match(i, named) == size {
		sure = told
	}
	at := t.colon(i + size)
	for _, filler := range []string{"是", "作", "做"} {
		if string(t.at(at)) == filler && sure == told {
			at++
		}
	}
	if end := t.nameAfter(at, sure); end > 0 {
		return end
	}
	if strings.ContainsRune("我他她你俺", t.at(at)) && at < len(t.r) { // 都叫我宁宁
		if n := t.nickname(at+1, call); n > 0 && !t.han(at+1+n) {
			return t.person(at+1, n, 0)
		}
	}
	if isLetter(t.at(at)) {
		end := at
		for end < len(t.r) && end-at < 30 && (isLetter(t.r[end]) || t.r[end] == ' ' && isLetter(t.at(end+1))) {
			end++
		}
		if end-at >= 2 {
			return t.person(at, end-at, 0)
		}
	}
	return i
}

// nameAfter marks a name at i, and those that are listed behind it; 0: there is none.
func (t *reading) nameAfter(i int, sure trust) int {
	if n := t.dotted(i); n > 0 {
		return t.person(i, n, 0)
	}
	if n := t.fullName(i, sure); n > 0 {
		return t.listed(t.person(i, n, t.surnameSize(i)))
	}
	if n := max(t.nickname(i, sure), t.abroad(i)); n > 0 {
		return t.listed(t.person(i, n, 0))
	}
	return 0
}

// listed marks the names that words as 和 join to one that ends before i, and returns where the last ends.
func (t *reading) listed(i int) int {
	for {
		at := i + 1
		switch first := t.at(i); {
		case first == '还' && t.at(at) == '有', first == '以' && t.at(at) == '及':
			at++
		case first == 0 || !strings.ContainsRune("和跟与及同、", first):
			return i
		}
		n := t.fullName(at, near)
		if n == 0 {
			return i
		}
		i = t.person(at, n, t.surnameSize(at))
	}
}

// toldBefore tells whether a word that a name is told behind ends before i, or before the marks before it.
func (t *reading) toldBefore(i int) bool {
	colon := false
	for n := 0; n < 4 && i > 0 && strings.ContainsRune(" :(“\"「‘'是", t.r[i-1]); n++ {
		i--
		colon = colon || t.r[i] == ':'
	}
	return t.ended(i, called) || colon && t.ended(i, label)
}

// person marks a name of n characters, unless it is a word of those that stay.
func (t *reading) person(i, n, surname int) int {
	if (t.match(i, keep) >= n || t.exact(i, i+n)&(school|label) != 0) && !t.toldBefore(i) {
		return i + n
	}
	text := t.text(i, i+n)
	t.names = append(t.names, name{text, surname})
	t.hide(i, i+n, person, text)
	return i + n
}

// findCallings marks what is said to be a name behind it, and a name of one character: 唐僧是我外号, 何必这个名字, 单名一个旭字.
func (t *reading) findCallings() {
	for i := 1; i < len(t.r); i++ {
		switch t.r[i-1] {
		case '名':
			t.singleName(i)
		case '是', '这':
			if t.saysName(i) {
				t.calledSo(i - 1)
			}
		}
	}
}

// singleName marks a name of one character behind 单名 before i.
func (t *reading) singleName(i int) {
	if t.at(i-2) != '单' {
		return
	}
	if t.at(i) == '一' && t.at(i+1) == '个' {
		i += 2
	}
	if t.han(i) && (t.at(i+1) == '字' || !t.han(i+1)) {
		t.hide(i, i+1, person, "")
	}
}

// saysName tells whether the clause says from i on that something is a name: 我外号, 个名字.
func (t *reading) saysName(i int) bool {
	for end := i; end < i+7 && t.han(end); end++ {
		if n := t.match(end, calling); n > 0 {
			return !t.han(end+n) || t.r[i-1] == '这'
		}
	}
	return false
}

// calledSo marks what stands before i in its clause: one name, or two that 和 joins.
func (t *reading) calledSo(i int) {
	from := i
	for from > 0 && i-from < 8 && t.han(from-1) {
		from--
		if size := i - from; strings.ContainsRune("和跟与", t.r[from]) && size > 2 {
			t.markCalled(from+1, i)
			i = from
		}
	}
	t.markCalled(from, i)
}

// markCalled marks [from, i) if it may be a name.
func (t *reading) markCalled(from, i int) {
	n := i - from
	if n < 2 || n > 4 || t.match(from, kin|title|self|before) > 0 {
		return
	}
	for j := from; j < i; j++ {
		if t.is(j, never&^given) {
			return
		}
	}
	t.person(from, n, 0)
}
