package mask

import "strings"

// findHamlets marks hamlets that are called after a family: 向家坡, 钱家湾. No street or number need follow.
func (t *reading) findHamlets() {
	for i := 0; i+2 < len(t.r); i++ {
		if t.match(i-2, residence) == 2 && t.place[i] == 0 {
			if n := t.hamletPart(i); n > 2 && !t.han(i+n) && !t.noPlace(i, i+n) {
				t.hide(i, i+n, address, "") // 家在枫树湾
			}
		}
		if t.r[i+1] != '家' || !t.is(i, surname|rare|odd) || t.place[i] > 1 || t.inRegion[i] {
			continue
		}
		size := t.match(i+2, hamlet)
		if size == 0 && t.at(i+2) != 0 && strings.ContainsRune("河集渡营铺店桥", t.r[i+2]) {
			size = 1
		}
		if size == 0 || t.inRegion[i+2] {
			continue
		}
		if t.is(i, surname|rare) || t.opensPlace(i) || !t.han(i+2+size) {
			t.hide(i, i+2+size, address, "")
		}
	}
}

// opensPlace tells whether the name of a place may begin at i.
func (t *reading) opensPlace(i int) bool {
	return i == 0 || !t.han(i-1) || t.bound[i] || t.inRegion[i-1] || t.ended(i, residence|asked)
}

// hamletPart is the length of the name of a hamlet at i that ends an address: 新桥村〔下坝组〕; 0: there is none.
func (t *reading) hamletPart(i int) int {
	for j := i + 1; j < i+5 && t.han(j); j++ {
		if t.stops(j-1, i) || t.inRegion[j] || t.is(j-1, never) {
			return 0
		}
		if size := t.match(j, hamlet); size > 0 {
			end := j + size
			if t.match(i, kin|title|school) < 2 && t.match(i, word) < end-i && (!t.han(end) || t.edge(end) || t.numberedPart(end) > 0) {
				return end - i
			}
		}
	}
	return 0
}

// findCorps marks regiments of the production corps, and farms with a number, with what is below them: 一四三团十二连.
func (t *reading) findCorps() {
	for i := 0; i < len(t.r); i++ {
		if digit(t.r[i]) < 0 && t.r[i] != '十' || i > 0 && (digit(t.r[i-1]) >= 0 || t.r[i-1] == '十') {
			continue
		}
		end := t.numeral(i)
		size := 0
		switch {
		case t.at(end) == '团' && end-i >= 2 && !strings.ContainsRune("员队购伙圆", t.at(end+1)):
			size = 1
		case t.text(end, min(end+2, len(t.r))) == "农场" && end-i >= 2:
			size = 2
		default:
			continue
		}
		end += size
		for {
			next := t.blanks(end, 1)
			n := t.numeral(next)
			unit := t.match(n, unit)
			if t.at(n) == '连' || t.at(n) == '营' {
				unit = 1
			}
			if n == next || unit == 0 {
				break
			}
			end = n + unit
		}
		t.hide(i, end, address, "")
		i = end - 1
	}
}

// numeral is where the number at i ends: 143, 一四三, 十二.
func (t *reading) numeral(i int) int {
	for n := 0; n < 4 && (digit(t.at(i)) >= 0 || t.at(i) == '十'); n++ {
		i++
	}
	return i
}

// findNamedPlaces marks what is said to be the name of an estate, a village or a school: 小区叫香榭里.
func (t *reading) findNamedPlaces() {
	for i := range t.r {
		size := t.match(i, placeName)
		if size == 0 {
			continue
		}
		from := t.colon(i + size)
		end := from
		for end < len(t.r) && end-from < 9 && t.han(end) && !strings.ContainsRune(noName, t.r[end]) {
			end++
		}
		if end-from < 2 || end-from > 8 || t.han(end) || t.match(from, word|kin|title) == end-from {
			continue
		}
		k := address
		if strings.ContainsRune("校园班", t.r[i+size-2]) || t.match(i, school) > 1 {
			k = schoolName
		}
		t.hide(from, end, k, "")
	}
}
