package mask

import "strings"

// findPlaces marks what is called a village, a street or an estate by a name of its own, wherever it stands: words that
// may be a name before 村, 路 or 小区, unless they only say what kind it is: 农村, 老旧小区.
func (s *likely) findPlaces() {
	begins := s.begins()
	for j := 1; j < len(s.r); j++ {
		size, k := s.kindAt(j)
		if size == 0 || s.hiddenTo(j) > j || !begins[j+size] && !begins[j] {
			continue
		}
		end := j + size
		from := s.ownName(j, end, begins)
		if from == j || s.onlyKind(from, j, end, begins) {
			continue
		}
		for n := s.numberedPart(end); n > 0 && k == address; n = s.numberedPart(end) {
			end += n
		}
		s.hide(from, end, k, "")
	}
	s.findHomes(begins)
	s.findRooms()
	s.fillAddresses()
}

// begins tells where the likeliest words begin.
func (s *likely) begins() []bool {
	begins := make([]bool, len(s.r)+1)
	begins[0] = true
	for i := len(s.r); i > 0; i = s.best[i].from {
		begins[i] = true
	}
	return begins
}

// kindAt is the length of the word at j that says what a place is, and whether it is a school. Some count only where it
// shows that somebody lives there: 平安里王某, 和平里租房, 我是榆树沟的.
func (s *likely) kindAt(j int) (int, kind) {
	if size := s.match(j, school); size > 0 && strings.ContainsRune("小中幼附实特职教", s.r[j]) {
		return size, schoolName
	}
	size, weak := s.match(j, bare|landmark), s.match(j, hamlet|numbered)
	if strings.ContainsRune(waters, s.r[j]) {
		weak = 1
	}
	if end := j + weak; size == 0 && weak > 0 && (s.hiddenTo(end) > end || s.startsName(end) || s.match(end, renting) > 0 || s.reading.at(end) == '的' && s.match(j, hamlet) > 0) {
		size = weak
	}
	if more := s.match(j, hamlet|numbered|group); more > size && s.numberedPart(j+more) > 0 {
		size = more
	}
	return size, address
}

// startsName tells whether a name with a surname begins at i.
func (s *likely) startsName(i int) bool {
	for n := 2; n <= 4 && i+n <= len(s.r); n++ {
		if b := s.best[i+n]; b.form == fullForm && b.from == i {
			return true
		}
	}
	return false
}

// onlyKind tells whether [from, end) names no place though words stand before its kind at j.
func (s *likely) onlyKind(from, j, end int, begins []bool) bool {
	next := s.reading.at(end)
	switch {
	case s.match(j, school) > 0:
		return next == '生' || !begins[end] || !begins[j] || j-from < 2
	case s.match(end, office) > 0, s.noPlace(from, end), s.r[end-1] == '路' && strings.ContainsRune("滑远不太难陡窄黑", next):
		return true
	case next == '的' && s.match(j, bare|landmark) == 0:
		return !strings.ContainsRune("是在住到从", s.reading.at(from-1))
	}
	return !begins[end] && (!s.rareIn(from, j) || digit(s.r[from]) >= 0 || s.match(from, bare) > 0)
}

// waters are ends of names of rivers, temples and passes: one tells by them where something is.
const waters = "江河湖溪潭寺庙塔口岸关"

// longestOwn is how many characters the own name of a place may have here.
const longestOwn = 6

// ownName is where the name before the kind of place [j, end) begins; j: there is none.
func (s *likely) ownName(j, end int, begins []bool) int {
	i := j
	if s.match(j, bare) > 0 && strings.ContainsRune("路道", s.r[end-1]) && j > 1 && s.place[j-2] == 2 {
		return j - 2 // 南昌路
	}
	if !begins[j] { // 前进村 is a word, or cut in another way
		for i = j - 1; !begins[i]; i-- {
		}
		if s.inRegion[i] || s.exact(i, end)&keep != 0 || j-i < 2 && (s.is(i, stop) || s.match(j, landmark) > 0 && s.match(j, bare) == 0) {
			return j
		}
	}
	for i > 0 {
		from := s.best[i].from
		if j-from > longestOwn || !s.partOfName(from, i, j) || !begins[end] && !s.noVerb(from, i) {
			break
		}
		i = from
	}
	if j-i < 2 && !(s.dwelt(i) && (end-j > 1 || i > 0 && s.han(i-1))) || s.counts(i, j) || end-j > 0 && s.match(j, bare) == 0 && !s.rareIn(i, j) {
		return j
	}
	return i
}

// counts tells whether [i, j) is a number: 五里路, 几楼.
func (s *likely) counts(i, j int) bool {
	for ; i < j; i++ {
		if digit(s.r[i]) < 0 && !strings.ContainsRune("十百千两几半多里层号第上下楼", s.r[i]) {
			return false
		}
	}
	return true
}

// rareIn tells whether one of the likeliest words in [i, j) is no word of every day, or none at all: single characters.
func (s *likely) rareIn(i, j int) bool {
	singles := 0
	for ; j > i; j = s.best[j].from {
		from := s.best[j].from
		if w, ok := s.plain(from, j); !ok || w.cost >= costOrdinary {
			return true
		}
		if singles++; j-from > 1 {
			singles = 0
		}
		if singles > 1 {
			return true
		}
	}
	return false
}

// partOfName tells whether the word [from, to) may be part of the name of a place whose kind is told at j.
func (s *likely) partOfName(from, to, j int) bool {
	if !s.han(from) || s.r[from] == '第' || s.hiddenTo(from) > from || s.inRegion[from] || j-to > 1 && s.exact(from, to)&shortCounty != 0 || s.exact(from, to)&(kin|title|label|noend|stop|called|before|asked|general) != 0 || to-from > 1 && s.exact(from, to)&kindofschool != 0 || to-from > 2 && s.exact(from, to)&keep != 0 {
		return false
	}
	w, ok := s.plain(from, to)
	if !ok {
		return true
	}
	return !w.verb || (to-from > 1 && w.cost > costFrequent || s.exact(from, to)&never == 0 && to-from == 1 && w.cost >= costFrequent)
}

// noVerb tells whether the word [from, to) is none of an action or a time.
func (s *likely) noVerb(from, to int) bool {
	w, ok := s.plain(from, to)
	return ok && !w.verb
}

// dwelt tells whether something before i says that somebody lives or is there.
func (s *likely) dwelt(i int) bool {
	return i > 0 && (s.inRegion[i-1] || s.bound[i] || s.ended(i, residence)) || !s.han(i-1)
}
