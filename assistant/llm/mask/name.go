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
	t.findSignature()
}

// nameFrom marks the name that the word at i announces, or that stands there by itself, and the names that are listed
// behind it. It returns where to go on; i where there is none.
func (t *reading) nameFrom(i int) int {
	if end := t.announced(i); end > i {
		return end
	}
	if end := t.petName(i); end > i {
		return end
	}
	if end := max(t.anonymous(i), t.wholeName(i)); end > i {
		return end
	}
	if t.bound[i] || t.memberBefore(i) {
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

// petName marks a nickname at i that is somebody's by what follows: 浩浩妈妈, 小雨家.
func (t *reading) petName(i int) int {
	if t.opens(i) && (t.match(i+2, kin|title) > 0 || t.at(i+2) == '家' || t.at(i+2) == '的' && t.match(i+3, kin) > 0 || t.at(i) == t.at(i+1) && t.is(i, given) && t.edge(i+2) && t.at(i+2) != '的' || t.speaks(i)) {
		if n := t.nickname(i, near); n > 0 {
			return t.person(i, n, 0)
		}
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

// person marks a name of n characters.
func (t *reading) person(i, n, surname int) int {
	text := t.text(i, i+n)
	t.names = append(t.names, name{text, surname})
	t.hide(i, i+n, person, text)
	return i + n
}
