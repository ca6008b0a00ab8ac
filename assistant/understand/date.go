package understand

import (
	"strings"
	"time"

	"xiaohe/knowledge/benefit"
)

// seasons are parts of a year in speech: first and last month, counted from January of the year named. Days of the
// lunar calendar are given the range in which they can fall.
var seasons = []struct {
	word       string
	first, end int
}{
	{"年初", 1, 3}, {"开年", 1, 3}, {"年底", 11, 12}, {"年末", 11, 12}, {"年尾", 11, 12}, {"年中", 5, 8}, {"上半年", 1, 6}, {"下半年", 7, 12},
	{"过年前", 0, 2}, {"过完年", 1, 3}, {"过了年", 1, 3}, {"过年的时候", 1, 2}, {"过年", 1, 3}, {"春节", 1, 2}, {"正月", 1, 3}, {"腊月", 12, 14}, {"元旦", 1, 1}, {"开春", 2, 4}, {"春上", 2, 5}, {"春天", 2, 5}, {"清明", 4, 4}, {"五一", 5, 5}, {"端午", 5, 6},
	{"夏天", 5, 9}, {"热天", 5, 9}, {"暑假", 7, 8}, {"八月十五", 9, 10}, {"中秋", 9, 10}, {"国庆", 10, 10}, {"十一", 10, 10}, {"秋天", 8, 11}, {"冬天", 11, 14}, {"寒假", 1, 2}, {"开学", 8, 9},
}

// relativeYears are years counted from this one.
var relativeYears = []struct {
	word   string
	offset int
}{{"大前年", -3}, {"前年", -2}, {"去年", -1}, {"上年", -1}, {"旧年", -1}, {"今年", 0}, {"明年", 1}, {"后年", 2}}

// parseDate reads 2024年5月, 18年3月, 二〇一八年, 2018-03-05, 前年, 去年过年, 上个月, 5月份 as an interval of days. The
// code is "year" where only the year was given, "future" for what lies ahead.
func parseDate(text []rune, today benefit.Day) (token, int) {
	year, n := yearOf(text, today)
	if n == 0 {
		return recently(text, today)
	}
	from, to := benefit.DayOf(year, 1, 1), benefit.DayOf(year, 12, 31)
	code := "year"
	if month, day, k := monthDay(text[n:]); k > 0 {
		n += k
		from, to, code = benefit.DayOf(year, time.Month(month), max(day, 1)), endOfMonth(year, time.Month(month)), "month"
		if day > 0 {
			to = from
		}
	} else if first, last, k := season(text[n:], year); k > 0 {
		n += k
		from, to, code = first, last, "month"
	}
	n += prefixed(text[n:], "节")
	n += prefixed(text[n:], "份", "左右", "以来", "起")
	return dated(from, to, today, code), n
}

func dated(from, to, today benefit.Day, code string) token {
	if from > today {
		code = "future"
	}
	return token{kind: date, code: code, lo: int64(from), hi: int64(max(from, min(to, today)))}
}

// yearOf reads a year: 2018年, 2018.3, 18年(3月), 二零一八年, 去年.
func yearOf(text []rune, today benefit.Day) (year, n int) {
	now, _, _ := today.Date()
	for _, r := range relativeYears {
		if k := prefixed(text, r.word); k > 0 {
			return now + r.offset, k
		}
	}
	value, count := 0, 0
	for count < len(text) && count < 4 {
		d, ok := numerals[text[count]]
		if isDigit(text[count]) {
			d, ok = int64(text[count]-'0'), true
		}
		if !ok || text[count] == '两' || text[count] == '俩' {
			break
		}
		value, count = value*10+int(d), count+1
	}
	rest := text[count:]
	switch {
	case count == 4 && value >= 1930 && value <= now+30:
		if k := prefixed(rest, "年"); k > 0 && prefixed(rest, "年级") == 0 {
			return value, 4 + k
		}
		if _, _, k := monthDay(rest); k > 0 {
			return value, 4
		}
	case count == 2 && prefixed(rest, "年") > 0 && value+2000 <= now && shortYear(rest[1:]):
		return value + 2000, 3
	case count == 2 && strings.ContainsRune("零〇一", text[0]) && !strings.ContainsRune("二三", text[1]) && prefixed(rest, "年") > 0 && prefixed(rest, "年级", "年多", "年半", "年了") == 0:
		return value + 2000, 3 // 一六年
	case count == 2 && text[0] == '0' && prefixed(rest, "年") > 0:
		return value + 2000, 3
	}
	return 0, 0
}

// shortYear tells whether two digits and 年 are a year (18年生的, 18年3月) and no duration.
func shortYear(rest []rune) bool {
	if _, _, k := monthDay(rest); k > 0 {
		return true
	}
	if _, _, k := season(rest, 2000); k > 0 {
		return true
	}
	return prefixed(rest, "生", "出生", "的时候", "那年", "走的", "跑的", "出去的", "离的", "死的", "去世的", "进去的", "就", "份") > 0
}

// monthDay reads 3月, 3月5日, 三月初五, .3, -03-05.
func monthDay(text []rune) (month, day, n int) {
	if len(text) > 0 && (text[0] == '.' || text[0] == '-' || text[0] == '/') {
		m, k := digits(text[1:])
		if k == 0 || k > 2 || m < one || m > 12*one || m%one != 0 {
			return 0, 0, 0
		}
		month, n = int(m/one), 1+k
		if n < len(text) && text[n] == text[0] {
			if d, k := digits(text[n+1:]); k > 0 && k <= 2 && d >= one && d <= 31*one {
				day, n = int(d/one), n+1+k
			}
		}
		return month, day, n
	}
	start := prefixed(text, "的", "阴历", "农历", "阳历")
	q, ok := parseNumber(text[start:])
	if !ok || q.lo != q.hi || q.lo%one != 0 || q.lo < one || q.lo > 12*one {
		return 0, 0, 0
	}
	month, n = int(q.lo/one), start+q.n
	k := prefixed(text[n:], "月")
	if k == 0 || text[n-1] == '个' {
		return 0, 0, 0
	}
	n += k
	if d, ok := parseNumber(text[n:]); ok && d.lo == d.hi && d.lo%one == 0 && d.lo <= 31*one && d.lo > 0 {
		if k := prefixed(text[n+d.n:], "日", "号"); k > 0 {
			day, n = int(d.lo/one), n+d.n+k
		}
	}
	return month, day, n
}

// season reads the part of a year at the beginning of text.
func season(text []rune, year int) (from, to benefit.Day, n int) {
	start := prefixed(text, "的")
	for _, s := range seasons {
		k := prefixed(text[start:], s.word)
		if k <= n {
			continue
		}
		from, to, n = benefit.DayOf(year, time.Month(s.first), 1), endOfMonth(year, time.Month(s.end)), k
		if s.word == "中秋" || s.word == "八月十五" { // between 7 September and 8 October
			from, to = benefit.DayOf(year, time.September, 7), benefit.DayOf(year, time.October, 8)
		}
	}
	if n > 0 {
		n += start
	}
	return from, to, n
}

// recently reads times near today and months without a year.
func recently(text []rune, today benefit.Day) (token, int) {
	year, month, _ := today.Date()
	for _, r := range []struct {
		word     string
		from, to benefit.Day
	}{
		{"上个月", benefit.DayOf(year, month-1, 1), endOfMonth(year, month-1)}, {"上月", benefit.DayOf(year, month-1, 1), endOfMonth(year, month-1)},
		{"这个月", benefit.DayOf(year, month, 1), today}, {"本月", benefit.DayOf(year, month, 1), today}, {"前几个月", today - 270, today - 59},
		{"昨天", today - 1, today - 1}, {"昨晚", today - 1, today - 1}, {"前天", today - 2, today - 2}, {"前几天", today - 10, today - 1}, {"这几天", today - 10, today}, {"上周", today - 14, today - 1}, {"上星期", today - 14, today - 1},
		{"上个星期", today - 14, today - 1}, {"上礼拜", today - 14, today - 1}, {"上个礼拜", today - 14, today - 1}, {"前几年", today - 9*365, today - 2*365}, {"前两年", today - 3*365, today - 365},
	} {
		if k := prefixed(text, r.word); k > 0 {
			return dated(r.from, r.to, today, "month"), k
		}
	}
	if k := prefixed(text, "下个月", "下月"); k > 0 {
		return token{kind: date, code: "future", lo: int64(today), hi: int64(today)}, k
	}
	if from, to, n := season(text, year); n > 0 && text[0] != '的' && text[0] != '十' && text[0] != '五' {
		if from > today {
			from, to, _ = season(text, year-1)
		}
		return dated(from, to, today, "season"), n + prefixed(text[n:], "节")
	}
	m, day, n := monthDay(text)
	if n == 0 || text[0] == '.' || text[0] == '-' || text[0] == '/' || text[0] == '的' {
		return token{}, 0
	}
	if time.Month(m) > month {
		year--
	}
	from, to := benefit.DayOf(year, time.Month(m), max(day, 1)), endOfMonth(year, time.Month(m))
	if day > 0 {
		to = from
	}
	n += prefixed(text[n:], "份", "以来", "起")
	return dated(from, to, today, "bare"), n
}
