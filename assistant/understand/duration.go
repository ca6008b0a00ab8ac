package understand

import (
	"time"

	"xiaohe/knowledge/benefit"
)

// longest a duration can be, in months; facts.yaml bounds the facts the same way.
const maxMonths = 600

// approximators are words before a measure that shift its interval.
var approximators = []struct{ word, sort string }{
	{"还没满", "under"}, {"还没到", "under"}, {"还不到", "under"}, {"还未满", "under"}, {"没满", "under"}, {"没到", "under"}, {"不到", "under"}, {"不满", "under"},
	{"未满", "under"}, {"不足", "under"}, {"将近", "nearly"}, {"快到", "nearly"}, {"快满", "nearly"}, {"快要", "nearly"}, {"快", "nearly"}, {"接近", "nearly"}, {"马上", "nearly"},
	{"大概", "about"}, {"大约", "about"}, {"差不多", "about"}, {"约莫", "about"}, {"约", "about"}, {"估计", "about"}, {"好像", "about"},
	{"超过", "over"}, {"至少", "over"}, {"起码", "over"}, {"不止", "over"}, {"刚满", "exact"}, {"刚好", "exact"}, {"整整", "exact"}, {"整", "exact"}, {"足足", "exact"}, {"已满", "exact"}, {"年满", "exact"}, {"满了", "exact"}, {"满", "exact"},
}

var approximatorRunes = func() [][]rune {
	list := make([][]rune, len(approximators))
	for i, a := range approximators {
		list[i] = []rune(a.word)
	}
	return list
}()

// approximator reads the words before a measure: 不到 快 大概.
func approximator(text []rune) (sort string, n int) {
	for i, word := range approximatorRunes {
		if hasPrefix(text, word) {
			return approximators[i].sort, len(word)
		}
	}
	return "", 0
}

// prefixed is the first of several words at the beginning of text.
func prefixed(text []rune, words ...string) int {
	for _, w := range words {
		n, same := 0, true
		for _, c := range w {
			if n >= len(text) || text[n] != c {
				same = false
				break
			}
			n++
		}
		if same {
			return n
		}
	}
	return 0
}

// parseDuration reads 三年, 大半年, 一年多, 快三年, 一年零三个月, 十五天 as months.
func parseDuration(text []rune) (token, int) {
	sort, start := approximator(text)
	lo, hi, n, yearly := span(text[start:])
	if n == 0 {
		return token{}, 0
	}
	n += start
	if k := prefixed(text[n:], "左右", "上下", "的样子"); k > 0 {
		sort, n = "about", n+k
	} else if k := prefixed(text[n:], "以上", "往上"); k > 0 {
		sort, n = "over", n+k
	} else if k := prefixed(text[n:], "不到"); k > 0 && sort == "" {
		sort, n = "under", n+k
	}
	switch sort {
	case "under":
		lo, hi = 0, max(lo-1, 0)
	case "nearly":
		hi = max(lo-1, 0)
		switch {
		case yearly && lo >= 24:
			lo -= 6
		case yearly && lo >= 12:
			lo -= 3
		case yearly:
			lo -= 2
		default:
			lo = hi
		}
	case "about":
		slack := int64(1)
		if yearly && lo >= 12 {
			slack = min(max(lo/6, 2), 6)
		}
		lo, hi = max(lo-slack, 0), hi+slack
	case "over":
		hi = maxMonths
	}
	n += prefixed(text[n:], "之前", "以前", "前", "以来")
	return token{kind: duration, lo: min(lo, maxMonths), hi: min(hi, maxMonths)}, n
}

// vague are durations without a number, in months.
var vague = []struct {
	word   string
	lo, hi int64
}{
	{"大半年", 7, 11}, {"小半年", 3, 5}, {"多半年", 7, 11}, {"半年多", 6, 9}, {"半年", 6, 6}, {"年把", 10, 18}, {"个把月", 1, 2}, {"个把年", 10, 18}, {"大半个月", 0, 0}, {"半个月", 0, 0}, {"半个多月", 0, 0},
	{"好多年", 24, maxMonths}, {"很多年", 24, maxMonths}, {"多年", 24, maxMonths}, {"许多年", 24, maxMonths}, {"好些年", 24, maxMonths}, {"这些年", 24, maxMonths}, {"那么多年", 24, maxMonths}, {"这么多年", 24, maxMonths},
	{"好几年", 36, 120}, {"几年", 24, 119}, {"好几个月", 3, 11}, {"几个月", 2, 9}, {"好些个月", 3, 11}, {"数年", 24, 119}, {"一年到头", 0, 0},
}

// span reads the bare duration. yearly tells that it was counted in years.
func span(text []rune) (lo, hi int64, n int, yearly bool) {
	for _, v := range vague {
		if k := prefixed(text, v.word); k > n {
			lo, hi, n = v.lo, v.hi, k
		}
	}
	if n > 0 {
		return lo, hi, n, hi >= 5
	}
	q, ok := parseNumber(text)
	if !ok {
		return 0, 0, 0, false
	}
	rest := text[q.n:]
	switch {
	case prefixed(rest, "周岁", "岁") > 0:
		return 0, 0, 0, false
	case prefixed(rest, "年") > 0 && prefixed(rest, "年级", "年代", "年纪", "年龄") == 0:
		if q.lo >= 1900*one {
			return 0, 0, 0, false // a date
		}
		lo, hi, n = yearTail(text, q.lo*12/one, q.hi*12/one, q.n+1)
		return lo, hi, n, true
	case prefixed(rest, "个年头") > 0:
		return q.lo*12/one - 11, q.hi * 12 / one, q.n + 3, true
	}
	if k := prefixed(rest, "个来月", "来个月"); k > 0 {
		return max(q.lo/one-1, 0), q.hi/one + 1, q.n + k, false
	}
	if k := prefixed(rest, "个多月", "多个月", "个半月", "个月"); k > 0 {
		return q.lo / one, q.hi / one, q.n + k, false
	}
	for _, unit := range daysIn {
		if k := prefixed(rest, unit.word); k > 0 && prefixed(rest, "周岁", "日子", "天天") == 0 {
			return q.lo * unit.days / one / 31, q.hi * unit.days / one / 28, q.n + k, false
		}
	}
	return 0, 0, 0, false
}

// daysIn are the units shorter than a month.
var daysIn = []struct {
	word string
	days int64
}{{"个星期", 7}, {"个礼拜", 7}, {"星期", 7}, {"礼拜", 7}, {"周", 7}, {"天", 1}, {"日", 1}}

// yearTail reads what follows the years: 一年多 · 一年半 · 一年零三个月.
func yearTail(text []rune, lo, hi int64, n int) (int64, int64, int) {
	if k := prefixed(text[n:], "多", "有余", "出头"); k > 0 {
		return lo + 1, hi + 8, n + k
	}
	if k := prefixed(text[n:], "半"); k > 0 && prefixed(text[n:], "半年", "半个") == 0 {
		return lo + 6, hi + 6, n + k
	}
	k := n + prefixed(text[n:], "零", "又", "加")
	if q, ok := parseNumber(text[k:]); ok && !q.asked {
		if u := prefixed(text[k+q.n:], "个多月", "个月", "月"); u > 0 && q.hi < 12*one {
			return lo + q.lo/one, hi + q.hi/one, k + q.n + u
		}
	}
	return lo, hi, n
}

// between is how many full months lie between a day in [from, to] and today.
func between(from, to, today benefit.Day) (lo, hi int64) {
	return fullMonths(min(to, today), today), fullMonths(min(from, today), today)
}

func fullMonths(from, to benefit.Day) int64 {
	y1, m1, d1 := from.Date()
	y2, m2, d2 := to.Date()
	n := int64(y2-y1)*12 + int64(m2-m1)
	if d2 < d1 {
		n--
	}
	return max(n, 0)
}

// endOfMonth is the last day of a month.
func endOfMonth(year int, month time.Month) benefit.Day { return benefit.DayOf(year, month+1, 0) }
