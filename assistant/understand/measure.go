package understand

import "xiaohe/knowledge/benefit"

// measure reads the longest measure at position i: an age, a duration, a date, money, a grade, persons, or a bare
// number.
func measure(text []rune, i int, today benefit.Day) (token, int) {
	rest := text[i:]
	if !startsMeasure(rest[0]) {
		return token{}, 0
	}
	best, length := token{}, 0
	try := func(t token, n int) {
		if n > length {
			best, length = t, n
		}
	}
	try(parseDate(rest, today))
	try(parseAge(rest))
	try(parseDuration(rest))
	try(parseMoney(rest))
	try(parseGrade(rest))
	try(parseHead(rest))
	if length == 0 {
		try(parseBare(rest))
	}
	return best, length
}

// startsMeasure tells whether a measure can begin with the character.
func startsMeasure(r rune) bool {
	_, ok := measureStarts[r]
	return ok
}

var measureStarts = func() map[rune]struct{} {
	set := map[rune]struct{}{}
	for _, r := range "0123456789零〇一二两俩仨三四五六七八九十百千万几半大小好多很许年个数上前后去今明昨旧这那下本未没不虚毛周实刚满快将接差约估超至起整足已还马数腊正中春夏秋冬五国暑寒开过清端元" {
		set[r] = struct{}{}
	}
	return set
}()

// parseGrade reads the grade of a disability: 二级, 2级. 二年级 is a class and is read by the lexicon.
func parseGrade(text []rune) (token, int) {
	q, ok := parseNumber(text)
	if !ok || q.lo != q.hi || q.lo%one != 0 || q.lo < one || q.lo > 4*one || prefixed(text[q.n:], "级") == 0 {
		return token{}, 0
	}
	return token{kind: grade, lo: q.lo / one, hi: q.lo / one}, q.n + 1
}

// parseHead reads a number of persons: 五口人, 3口, 一家五口, 四个人.
func parseHead(text []rune) (token, int) {
	q, ok := parseNumber(text)
	if !ok || q.asked || q.hi > 20*one || q.lo < one {
		return token{}, 0
	}
	if k := prefixed(text[q.n:], "口人", "口", "个人", "人"); k > 0 && prefixed(text[q.n:], "人民", "口子") == 0 {
		if k > 1 && prefixed(text[q.n+k:], "均", "平") > 0 {
			k-- // 四口人均1500
		}
		return token{kind: head, lo: q.lo / one, hi: q.hi / one}, q.n + k
	}
	return token{}, 0
}

// parseBare reads a number without a unit.
func parseBare(text []rune) (token, int) {
	sort, start := approximator(text)
	q, ok := parseNumber(text[start:])
	if !ok || q.asked && !q.rounded && q.lo < 100*one || q.lo == one/2 {
		return token{}, 0
	}
	n := start + q.n
	lo, hi := q.lo, q.hi
	if k := prefixed(text[n:], "左右", "上下"); k > 0 {
		sort, n = "about", n+k
	}
	lo, hi = loosen(sort, lo, hi)
	return token{kind: number, lo: lo, hi: hi}, n
}
