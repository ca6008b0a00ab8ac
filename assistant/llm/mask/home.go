package mask

import "strings"

// findHomes hides what follows a word as 住在, up to where its name may end, if it is no word of every day: 住粮站后面.
func (s *likely) findHomes(begins []bool) {
	for i := range s.r {
		size := s.match(i, home)
		if i > 0 && s.inRegion[i-1] && !s.inRegion[i] && s.hiddenTo(i) == i && s.wholeRegion(i) {
			s.findBelow(i)
		}
		if s.r[i] == '在' && size == 0 && (begins[i] || strings.ContainsRune("我他她你们人家就还", s.reading.at(i-1))) {
			s.findStay(i+1, begins)
		}
		if size == 0 || !begins[i] || !begins[i+size] {
			continue
		}
		from := i + size
		if size > 1 {
			from = s.skipMarks(from)
		}
		end, rare := from, false
		for end < len(s.r) && end-from < longestOwn {
			next := end + 1
			for next < len(s.r) && !begins[next] {
				next++
			}
			if !s.partOfHome(end, next) {
				break
			}
			if w, ok := s.plain(end, next); !ok || w.cost >= costFrequent {
				rare = true
			}
			end = next
		}
		if rare && end-from > 1 && end-from <= longestOwn && !s.counts(from, end) {
			s.hide(from, end, address, "")
		}
	}
}

// findStay hides what stands between 在 and the end of a clause, if it is no word: 在大营盘.
func (s *likely) findStay(i int, begins []bool) {
	n := s.run(i)
	if end := s.digitsTo(i + n); n > 1 && end-i-n >= 3 && end-i-n <= 4 && !s.han(end) && begins[i] && s.rareIn(i, i+n) && !s.isYearAt(i+n, end) {
		s.hide(i, end, address, "") // 在锦江之星8306
		return
	}
	if m := s.learning(i, begins); m > 1 {
		s.hide(i, i+m, schoolName, "")
		return
	}
	if n < 3 || n > 4 || !begins[i] || s.exact(i, i+n) != 0 {
		return
	}
	for j := i; j < i+n; {
		next := j + 1
		for next < len(s.r) && !begins[next] {
			next++
		}
		if w, ok := s.plain(j, next); next-j > 1 && ok && w.cost < costRare || !s.partOfHome(j, next) {
			return
		}
		j = next
	}
	s.hide(i, i+n, address, "")
}

// learning is the length of what stands at i, behind 在, before words that somebody goes to school: 在〔育才〕读四年级.
func (s *likely) learning(i int, begins []bool) int {
	end := i
	for end < len(s.r) && end-i < 5 && !(s.han(end) && strings.ContainsRune("读念上", s.r[end])) {
		next := end + 1
		for next < len(s.r) && !begins[next] {
			next++
		}
		if !s.partOfHome(end, next) {
			return 0
		}
		end = next
	}
	at := s.reading.at(end + 1)
	if end >= len(s.r)-1 || !strings.ContainsRune("读念上", s.r[end]) || digit(at) < 1 && !strings.ContainsRune("初高大中小幼", at) || !begins[i] || s.isDaily(i, end) {
		return 0
	}
	return end - i
}

// isDaily tells whether [i, j) is one word of every day.
func (s *likely) isDaily(i, j int) bool {
	w, ok := s.plain(i, j)
	return ok && w.cost < costOrdinary
}

// findBelow hides what stands between a county before i and the number of a group or house: 巴东县〔野三坪大岩淌三组〕.
func (s *likely) findBelow(i int) {
	end := i
	for end < len(s.r) && end-i < 2*longestOwn && s.han(end) && (s.hiddenTo(end) == end || s.hiddenKind[end] == address) && !s.is(end, stop) {
		if n := s.numberedPart(end); n > 0 && end > i && digit(s.r[end]) >= 0 && !strings.ContainsRune("条期", s.r[end+n-1]) {
			s.hide(i, end+n, address, "")
			return
		}
		end++
	}
	if n := s.numberedPart(end); n > 0 && end-i > 1 && !strings.ContainsRune("条期", s.r[end+n-1]) {
		s.hide(i, end+n, address, "")
	}
}

// findRooms hides the number of a flat by which somebody is called, what is told as the number of a door, and three
// numbers that are no day: 302那家, 门牌甲12号, 3-2-1087.
func (s *likely) findRooms() {
	for i := range s.r {
		if n := s.match(i, door); n > 0 {
			from := s.skipMarks(i + n)
			s.hide(from, s.doorTo(from), address, "")
		}
		if n := s.numeral(i); n > i && s.match(n, group) > 0 && s.ended(i, ours) {
			s.hide(i, n+s.match(n, group), address, "") // 我们三组
		}
		if !isDigit(s.r[i]) || i > 0 && (isDigitOrLetter(s.r[i-1]) || s.r[i-1] == '-') {
			continue
		}
		end := s.digitsTo(i)
		if end-i >= 3 && end-i <= 4 && s.match(end, renting) > 0 {
			s.hide(i, end, address, "")
		}
		if end-i > 2 || s.reading.at(end) != '-' {
			continue
		}
		second := s.digitsTo(end + 1)
		if second-end > 1 && second-end <= 3 && s.reading.at(second) == '-' {
			if last := s.digitsTo(second + 1); last-second >= 4 && last-second <= 5 && !s.isYearAt(second+1, last) && s.match(last, money) == 0 {
				s.hide(i, last, address, "")
			}
		}
	}
}

// isYearAt tells whether [i, j) is a year.
func (s *likely) isYearAt(i, j int) bool { return j-i == 4 && isYear(s.r[i:j]) }

// digitsTo is where the digits at i end.
func (s *likely) digitsTo(i int) int {
	for i < len(s.r) && isDigit(s.r[i]) {
		i++
	}
	return i
}

// doorTo is where the number of a door at i ends: 126, 甲12号, A-302.
func (s *likely) doorTo(i int) int {
	end := i
	if end < len(s.r) && strings.ContainsRune("甲乙丙丁", s.r[end]) {
		end++
	}
	for end < len(s.r) && end-i < 12 && (isDigitOrLetter(s.r[end]) || s.r[end] == '-') {
		end++
	}
	if end > i && s.reading.at(end) == '号' {
		end++
	}
	return end
}

// skipMarks is where a text goes on behind marks at i.
func (s *likely) skipMarks(i int) int {
	for i < len(s.r) && strings.ContainsRune(": ", s.r[i]) {
		i++
	}
	return i
}

// partOfHome tells whether the word [from, to) may be part of the name of a place.
func (s *likely) partOfHome(from, to int) bool {
	if !s.han(from) || s.hiddenTo(from) > from || s.inRegion[from] || s.exact(from, to)&(kin|title|label|called|before|asked|general|keep|noplace|shortCounty|stop|after|never) != 0 ||
		to-from > 1 && s.exact(from, to)&(school|kindofschool) != 0 {
		return false
	}
	w, ok := s.plain(from, to)
	return !ok || !w.verb
}

// fillAddresses hides what stands between two parts of an address, if it is short and may be a name, and a number behind
// it: 野三坪〔大岩淌〕三组, 左溪村〔里秧田46号〕.
func (s *likely) fillAddresses() {
	for i := 1; i < len(s.r); i++ {
		if !s.bound[i] || s.hiddenTo(i) > i {
			continue
		}
		j := i
		for j < len(s.r) && j-i < longestOwn && s.han(j) && s.hiddenTo(j) == j && (!s.is(j, stop) || s.r[j] == '里') {
			j++
		}
		if door := s.doorTo(i); door-i > 3 && s.match(door, money) == 0 && strings.Contains(s.text(i, door), "-") {
			s.hide(i, door, address, "") // 桃花源小区B2-1-903
			continue
		}
		if j == i || s.match(i, kin|title|school|after) > 1 || j-i < 2 && s.is(i, after) {
			continue
		}
		if s.hiddenTo(j) > j && s.hiddenKind[j] == address {
			s.hide(i, j, address, "")
		} else if n := s.numberedPart(j); n > 0 && isDigit(s.r[j]) {
			s.hide(i, j+n, address, "")
		} else if !s.han(j) && j-i > 1 && j-i < 5 && s.match(j-1, group|hamlet) == 1 {
			s.hide(i, j, address, "") // 平岗村委大屋队
		}
	}
}
