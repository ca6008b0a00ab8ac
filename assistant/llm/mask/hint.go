package mask

import "strings"

// anonymous marks a name of which a part is left out: 王某, 刘某某, 瞿某芳. It returns where it ends; i: there is none.
func (t *reading) anonymous(i int) int {
	size := t.surnameSize(i)
	if size == 0 || t.at(i+size) != '某' || t.is(i, odd) && !t.is(i, surname|rare) || t.ended(i+1, joined) {
		return i
	}
	end := i + size + 1
	if t.at(end) == '某' || t.is(end, given) && t.edge(end+1) {
		end++
	}
	return t.person(i, end-i, 0)
}

// wholeName marks names that are given without a surname, alone or two together: 次仁, 扎西卓玛.
func (t *reading) wholeName(i int) int {
	n := t.match(i, whole)
	if foreign := t.abroad(i); n == 0 && foreign >= 4 && t.opensClause(i) && !t.inRegion[i] {
		n = foreign
	}
	if n == 0 || i > 0 && t.han(i-1) && !t.opens(i) && !t.ended(i, inplaceName) {
		return i
	}
	for more := t.match(i+n, whole); more > 0 && n < 8; more = t.match(i+n, whole) {
		n += more
	}
	if t.match(i+n, bare|numbered) > 0 || t.place[i] > 0 {
		return i
	}
	return t.person(i, n, 0)
}

// memberBefore tells whether one character at the beginning of a clause says whose name follows, and the clause ends
// with the name: 妻林素芬；子雷鸣.
func (t *reading) memberBefore(i int) bool {
	if i == 0 || !strings.ContainsRune("妻夫子女孙兄弟媳婿", t.r[i-1]) || !t.opensClause(i-1) {
		return false
	}
	return t.surnameSize(i) > 0 && t.given(i+1) && (!t.han(i+2) || t.given(i+2) && !t.han(i+3))
}

// inplaceName is what may stand before a name that has no surname.
const inplaceName = kin | title | called | label | before | after

// speaks tells whether a nickname at i is somebody who speaks or is spoken of: 小雅说她爸…, 英子她娘.
func (t *reading) speaks(i int) bool {
	next := t.at(i + 2)
	if t.at(i) == '小' && i > 0 && strings.ContainsRune("带接送跟和打骂找被、", t.r[i-1]) && t.is(i+1, pet|given) && t.match(i, notpet|word|kin|title) < 2 && t.edge(i+2) {
		return true
	}
	if !t.petForm(i, t.at(i), t.at(i+1)) || t.match(i, notpet) > 1 || next != '她' && t.match(i, word) > 1 {
		return false
	}
	switch next {
	case '他', '她':
		return t.match(i+3, kin) > 0
	case '说', '被':
		return t.r[i] == '小' || t.r[i] == '阿'
	}
	return t.r[i] == '阿' && !t.han(i+2)
}
