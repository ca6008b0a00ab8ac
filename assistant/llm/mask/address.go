package mask

import "strings"

// findAddresses marks what is below the county in addresses: 浙江省杭州市西湖区 stays, 文三路12号3幢502 does not.
func (t *reading) findAddresses() {
	for i := 0; i < len(t.r); {
		if t.inRegion[i] && t.placeLike(i) == 0 || !t.han(i) && digit(t.r[i]) < 0 {
			i++
			continue
		}
		a := t.addressAt(i)
		if a.end > i && a.tells(t) {
			t.hide(i, a.end, address, "")
			i = a.end
			continue
		}
		i++
	}
}

// place is an address as far as it is read.
type place struct {
	from, end int
	named     int  // streets, villages and estates with names
	numbers   int  // numbers with a unit
	rooms     int  // of these, those of buildings and rooms
	placeless bool // it is an office: 街道办
	long      bool // the first name has more than one character
}

// tells tells whether an address says where somebody is: a street with a number, a village with a group; a name alone
// only where somebody is said to live or to be there, or behind a region.
func (a place) tells(t *reading) bool {
	switch {
	case a.named == 0:
		return a.rooms > 0 && (a.numbers > 1 || a.end-a.from > 3 && t.at(a.end-1) == '室' && !t.labelBefore(a.from, publicLabel))
	case a.numbers > 0 || a.named > 1:
		return true
	case a.placeless:
		return false
	}
	from := a.from
	for from > 0 && strings.ContainsRune(": ,", t.r[from-1]) {
		from--
	}
	if from > 0 && t.inRegion[from-1] || t.ended(from, residence|asked) && a.long {
		return true
	}
	if t.opensClause(a.from) && a.long && a.end-a.from <= 4 && strings.ContainsRune("村屯寨乡", t.r[a.end-1]) {
		return true
	}
	if t.at(a.from-1) == '的' && a.end-a.from >= 4 && a.end-a.from <= 5 && t.ended(a.end, estate) && t.match(a.end-2, bare) == 2 && t.match(a.end-2, noplace) == 0 && t.text(a.end-2, a.end) != "小区" && t.text(a.end-2, a.end) != "公寓" {
		return true
	}
	// A clause may begin with an estate: 桂花城小区有个老人…
	last := t.text(max(a.end-2, 0), a.end)
	return (a.from == 0 || !t.han(a.from-1)) && a.end-a.from > 3 && (last == "小区" && a.end-a.from > 4 || last == "街道" || last == "然村" || last == "政村")
}

// opensClause tells whether nothing stands before i in its clause.
func (t *reading) opensClause(i int) bool { return i == 0 || !t.han(i-1) }

// longestName is how many characters the name of a street or village may have.
const longestName = 6

// longestAddress is how many parts an address may have.
const longestAddress = 12

// addressAt reads the address at i, part by part.
func (t *reading) addressAt(i int) place {
	a := place{from: i, end: i}
	for range longestAddress {
		if !t.part(&a) {
			break
		}
	}
	return a
}

// part reads one more part of an address; false: it ends.
func (t *reading) part(a *place) bool {
	at, begun := a.end, a.end > a.from
	if begun {
		at = t.blanks(at, 2)
		if t.at(at) == ',' && a.named > 0 && t.goesOn(*a, at+1) {
			at++
		}
	}
	if n := t.numberedPart(at); n > 0 && (begun || t.startsRoom(at, n)) {
		a.numbers++
		if t.ended(at+n, room) {
			a.rooms++
		}
		a.end = at + n
		return true
	}
	if n := t.trailingNumber(at); n > 0 && begun && (a.numbers > 0 || t.ended(at, estate) || strings.ContainsRune("-—#", t.at(at+1))) {
		a.end, a.numbers = at+n, a.numbers+1
		return false
	}
	n, weak := t.namedPart(at)
	if n == 0 && a.named > 0 {
		n = t.hamletPart(at)
	}
	if n == 0 && !begun && t.ended(at, dwelling) {
		n, weak = t.house(at), true
	}
	if n == 0 && !begun && t.opensClause(at) && t.match(at, kin|title|school|word) < 2 {
		if size := t.house(at); size > 1 && t.ended(at+size+t.numberedPart(at+size), room) {
			n, weak = size, true
		}
	}
	if n == 0 || weak && a.named == 0 && !t.numberFollows(at+n) {
		return false
	}
	if a.named == 0 {
		a.long = n-t.suffix(at+n) > 1
	}
	a.named, a.end = a.named+1, at+n
	a.placeless = t.match(a.end, office) > 0
	return !a.placeless
}

// numberFollows tells whether a number of a building or flat stands at i, or behind a comma.
func (t *reading) numberFollows(i int) bool {
	return t.numberedPart(i) > 0 || t.trailingNumber(i) > 0 || t.at(i) == ',' && t.numberedPart(i+1) > 0
}

// goesOn tells whether an address goes on at i behind a comma.
func (t *reading) goesOn(a place, i int) bool {
	if t.numberedPart(i) > 0 {
		return true
	}
	n, weak := t.namedPart(i)
	return n > 0 && !weak && (t.ended(a.from, residence) || a.from > 0 && (t.inRegion[a.from-1] || !t.han(a.from-1)))
}

// startsRoom tells whether a number of a building stands at i: 3幢2单元.
func (t *reading) startsRoom(i, n int) bool { return t.ended(i+n, room) && digit(t.at(i-1)) < 0 }

// namedPart is the length of a name with its kind at i: 文三路, 良渚街道. weak: it needs a number behind it.
func (t *reading) namedPart(i int) (n int, weak bool) {
	for j := i + t.placeLike(i); j < i+longestName+1 && t.han(j); j++ {
		if size, weak := t.kindOfPlace(j); j > i && size > 0 && j+size-i >= 2 {
			end := j + size
			for more := t.match(end, bare); more > 0 && t.at(end) != t.at(end-1); more = t.match(end, bare) {
				end, weak = end+more, false
			}
			if t.noPlace(i, end) || weak && j-i < 2 {
				return 0, false
			}
			return end - i, weak
		}
		if t.inRegion[j] || t.stops(j, i) {
			return 0, false
		}
	}
	return 0, false
}

// kindOfPlace is the length of the kind of place that is told at j; 0: none, or one that needs a number and has none, as
// 城 in 环城北路.
func (t *reading) kindOfPlace(j int) (size int, weak bool) {
	if size = t.match(j, bare); size > 0 {
		return size, false
	}
	size = t.match(j, numbered)
	if end := j + size; size > 0 && t.match(end, bare) == 0 && !t.numberFollows(end) {
		return 0, false
	}
	return size, true
}

// placeLike is the length of a city at i that a street is called after: 中山路, 南京西路.
func (t *reading) placeLike(i int) int {
	n := 0
	if i < len(t.r) {
		n = t.place[i]
	}
	if n != 2 || t.wholeRegion(i+n) {
		return 0
	}
	for j := i + n; j < i+n+2; j++ {
		if size := t.match(j, bare); size > 0 && strings.ContainsRune("路街道", t.at(j+size-1)) {
			return n
		}
	}
	return 0
}

// wholeRegion tells whether a region as it is written in full ends before i.
func (t *reading) wholeRegion(i int) bool {
	return strings.ContainsRune("省市区县盟旗", t.at(i-1))
}

// suffix is the length of the kind of place that ends before i.
func (t *reading) suffix(i int) int {
	if t.match(i-2, bare) == 2 {
		return 2
	}
	return 1
}

// house is the length of a name that a house number follows: 上坞15号.
func (t *reading) house(i int) int {
	for n := 1; n <= 4 && t.han(i+n-1) && !t.inRegion[i+n-1] && !t.stops(i+n-1, i); n++ {
		if n > 1 && isDigit(t.at(i+n)) && t.numberedPart(i+n) > 0 {
			return n
		}
	}
	return 0
}

// stops tells whether the character at j is never part of the name of a place that begins at i.
func (t *reading) stops(j, i int) bool {
	if t.match(j, inplace) > 0 || j > 0 && t.match(j-1, inplace) > 1 || t.r[j] == '家' && j > i && t.is(j-1, surname|rare|odd) {
		return false
	}
	if t.r[j] == '里' && j > i+1 && t.match(j+1, bare) > 0 {
		return false // 永安里社区
	}
	if j == i && t.r[j] == '和' {
		return false
	}
	return t.is(j, stop)
}

// noPlace tells whether [i, j) names no place: 农村, 马路.
func (t *reading) noPlace(i, j int) bool {
	if n := t.match(i, noplace); n > 0 && i+n == j {
		return true
	}
	for k := i; k < j; k++ {
		if n := t.match(k, noend); n > 0 && k+n == j {
			return true
		}
		if n := t.match(k, kin|title|school); n > 1 {
			return true
		}
	}
	return false
}

// numberedPart is the length of a number with its unit at i: 12号, 三单元, B座, 7-2室.
func (t *reading) numberedPart(i int) int {
	from := i
	if t.at(i) == '第' {
		i++
	}
	j := i
	for n := 0; j < len(t.r) && n < 6; n++ {
		switch r := t.r[j]; {
		case digit(r) >= 0, r == '十', r == '百' && n > 0:
		case (r == '-' || r == '—' || r == '#') && n > 0:
		case isLetter(r) && (n == 0 || digit(t.at(j-1)) >= 0):
		default:
			n = 6
			continue
		}
		j++
	}
	if j == i {
		return 0
	}
	if size := t.match(j, unit); size > 0 {
		if t.at(j+size-1) == '楼' && size > 1 && strings.ContainsRune("顶下上道梯", t.at(j+size)) {
			size--
		}
		return j + size - from
	}
	return 0
}

// trailingNumber is the length of a bare number at i that ends an address: 502, 7-2, 五〇二, 6-2-301.
func (t *reading) trailingNumber(i int) int {
	j, digits := i, 0
	for j < len(t.r) && j-i < 12 {
		if digit(t.r[j]) >= 0 {
			digits++
		} else if !strings.ContainsRune("-—#", t.r[j]) || j == i || digit(t.at(j+1)) < 0 {
			break
		}
		j++
	}
	if digits < 2 || digits > 8 || t.match(j, money) > 0 {
		return 0
	}
	return j - i
}
