package understand

// parseMoney reads 1200块, 一千二百元, 五毛, 1.5万 as 分. A number with 元 or 块 is money; 1.5万 is too.
func parseMoney(text []rune) (token, int) {
	sort, start := approximator(text)
	q, ok := parseNumber(text[start:])
	if !ok {
		return token{}, 0
	}
	n := start + q.n
	unit := prefixed(text[n:], "块多钱", "元钱", "块钱", "元", "块", "圆")
	if unit == 0 && q.lo < 10000*one {
		return token{}, 0
	}
	n += unit
	lo, hi := q.lo, q.hi
	if unit > 0 && prefixed(text[n:], "多") > 0 {
		n++
	}
	if k := prefixed(text[n:], "左右", "上下", "的样子", "出头"); k > 0 {
		sort, n = "about", n+k
	}
	lo, hi = loosen(sort, lo, hi)
	return token{kind: money, lo: lo, hi: hi}, n
}

// loosen widens an amount by the word before it.
func loosen(sort string, lo, hi int64) (int64, int64) {
	switch sort {
	case "under":
		return 0, max(lo-one, 0)
	case "nearly":
		return lo * 9 / 10, lo
	case "about":
		return lo * 9 / 10, hi * 11 / 10
	case "over":
		return lo, hi * 2
	}
	return lo, hi
}
