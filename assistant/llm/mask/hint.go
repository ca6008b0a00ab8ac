package mask

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

// inplaceName is what may stand before a name that has no surname.
const inplaceName = kin | title | called | label | before | after
