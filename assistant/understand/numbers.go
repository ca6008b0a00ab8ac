package understand

// quantity is a number as spoken: an interval in hundredths, and how many characters it took. rounded tells that the
// speaker gave an approximate number (千把, 十来), asked that it may be a question (几).
type quantity struct {
	lo, hi  int64
	n       int
	rounded bool
	asked   bool
}

const one = 100 // hundredths

var numerals = map[rune]int64{
	'零': 0, '〇': 0, '一': 1, '二': 2, '两': 2, '俩': 2, '仨': 3, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9, '幺': 1,
}

var magnitudes = map[rune]int64{'十': 10, '百': 100, '千': 1000, '万': 10000, 'k': 1000, 'w': 10000}

// parseNumber reads the number at the beginning of text: 1,200 · 1.5万 · 一千二 · 两三百 · 十来 · 千把 · 几十 · 半.
func parseNumber(text []rune) (quantity, bool) {
	if len(text) == 0 {
		return quantity{}, false
	}
	var q quantity
	var ok bool
	switch r := text[0]; {
	case r >= '0' && r <= '9':
		q, ok = parseArabic(text)
	case r == '半':
		q, ok = quantity{lo: one / 2, hi: one / 2, n: 1}, true
	default:
		q, ok = parseChinese(text)
	}
	if !ok {
		return quantity{}, false
	}
	return more(text, q), true
}

// parseArabic reads digits, a fraction, a range (5-6, 5到6) and a following 百 千 万.
func parseArabic(text []rune) (quantity, bool) {
	value, n := digits(text)
	if n == 0 {
		return quantity{}, false
	}
	q := quantity{lo: value, hi: value, n: n}
	if n+1 < len(text) && (text[n] == '-' || text[n] == '~' || text[n] == '到' || text[n] == '至') {
		if high, k := digits(text[n+1:]); k > 0 && high > value {
			q.hi, q.n = high, n+1+k
		}
	}
	if q.n < len(text) {
		if m, found := magnitudes[text[q.n]]; found {
			q.lo, q.hi, q.n = q.lo*m, q.hi*m, q.n+1
			if tail, k := digitAt(text, q.n); k > 0 && m >= 100 && !numberGoesOn(text, q.n+1) { // 1千2
				q.lo, q.hi, q.n = q.lo+tail*m/10*one, q.hi+tail*m/10*one, q.n+1
			}
		}
	}
	return q, true
}

// digits reads an Arabic number of at most nine digits with thousands separators and two decimals, in hundredths.
func digits(text []rune) (value int64, n int) {
	whole := 0
	for n < len(text) {
		r := text[n]
		if r == ',' && whole > 0 && n+3 < len(text) && isDigit(text[n+1]) && isDigit(text[n+2]) && isDigit(text[n+3]) && (n+4 >= len(text) || !isDigit(text[n+4])) {
			n++
			continue
		}
		if !isDigit(r) {
			break
		}
		value, whole, n = value*10+int64(r-'0'), whole+1, n+1
		if whole > 9 {
			return 0, 0
		}
	}
	value *= one
	if whole > 0 && n+1 < len(text) && text[n] == '.' && isDigit(text[n+1]) {
		n++
		for scale := int64(one / 10); n < len(text) && isDigit(text[n]); n++ {
			value += int64(text[n]-'0') * scale
			scale /= 10
		}
	}
	return value, n
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func digitAt(text []rune, i int) (int64, int) {
	if i >= len(text) {
		return 0, 0
	}
	if d, ok := numerals[text[i]]; ok && d > 0 {
		return d, 1
	}
	if isDigit(text[i]) && text[i] != '0' {
		return int64(text[i] - '0'), 1
	}
	return 0, 0
}

// numberGoesOn tells whether the character at i makes the digit before it part of something else.
func numberGoesOn(text []rune, i int) bool {
	if i >= len(text) {
		return false
	}
	_, numeral := numerals[text[i]]
	_, magnitude := magnitudes[text[i]]
	return numeral || magnitude || isDigit(text[i])
}

// parseChinese reads numerals from the highest place down. A last digit without its place counts for the next one
// (一千二), two rising digits are a range (两三百), 几 is 2 to 9 and after 十 1 to 9.
func parseChinese(text []rune) (quantity, bool) {
	var q quantity
	last, i, seen := int64(0), 0, false // last: the place read before
	for i < len(text) {
		lo, hi, n, asked := digitRange(text[i:])
		if n == 0 {
			if !barePlace(text, i, seen, last) {
				break
			}
			lo, hi = 1, 1 // 十, 百把, 一百十
		}
		if asked && last == 10 {
			lo = 1 // 十几
		}
		q.asked = q.asked || asked
		i += n
		place, k := placeAt(text, i)
		i += k
		if k == 0 && last >= 100 && n == 1 && !asked && !(i >= 2 && text[i-2] == '零') {
			place = last / 10 // 一千二
		}
		if last != 0 && place >= last && place != 1 {
			q.lo, q.hi = (q.lo+lo*one)*place, (q.hi+hi*one)*place // 一十万
		} else {
			q.lo, q.hi = q.lo+lo*place*one, q.hi+hi*place*one
		}
		last, seen = place, true
		if k == 0 {
			break
		}
		if i < len(text) && text[i] == '零' {
			i++
		}
	}
	if seen && i < len(text) && text[i] == '万' && last < 10000 { // 十几万
		q.lo, q.hi, i = q.lo*10000, q.hi*10000, i+1
	}
	q.n = i
	return q, seen && i > 0
}

// placeAt is the place named at i (十 百 千 万) and its length; 1 and 0 where none is.
func placeAt(text []rune, i int) (int64, int) {
	if i < len(text) && text[i] > 127 {
		if m, ok := magnitudes[text[i]]; ok {
			return m, 1
		}
	}
	return 1, 0
}

// barePlace tells whether a place without a digit before it can stand at i: 十, 百把, 一百十 but not 千 alone.
func barePlace(text []rune, i int, seen bool, last int64) bool {
	m, k := placeAt(text, i)
	switch {
	case k == 0:
		return false
	case !seen:
		return m == 10 || isRounder(text, i+1)
	}
	return last != 0 && m < last
}

// digitRange reads one digit, a rising pair (两三) or 几.
func digitRange(text []rune) (lo, hi int64, n int, asked bool) {
	if text[0] == '几' {
		return 2, 9, 1, true
	}
	d, ok := numerals[text[0]]
	if !ok || d == 0 {
		return 0, 0, 0, false
	}
	if len(text) > 1 {
		if e, ok := numerals[text[1]]; ok && e > d && e <= d+2 && text[0] != '俩' && text[0] != '仨' {
			return d, e, 2, false
		}
	}
	return d, d, 1, false
}

func isRounder(text []rune, i int) bool {
	return i < len(text) && (text[i] == '把' || text[i] == '来')
}

// more reads what follows a number and makes it approximate: 来 把 多 余.
func more(text []rune, q quantity) quantity {
	if q.n >= len(text) {
		return q
	}
	step := q.lo // the place of the lowest digit
	for place := int64(one); place <= q.lo; place *= 10 {
		if q.lo%(place*10) != 0 {
			step = place
			break
		}
		step = place * 10
	}
	switch text[q.n] {
	case '来': // 十来岁: 9 to 12; 二十来: 18 to 24
		if q.lo >= 10*one {
			q.lo, q.hi = q.lo-q.lo/10, q.hi+q.hi/5
			q.n, q.rounded = q.n+1, true
		}
	case '把': // 千把块
		if q.lo >= 100*one {
			q.lo, q.hi = q.lo*9/10, q.hi*3/2
			q.n, q.rounded = q.n+1, true
		}
	case '多', '余':
		if q.lo >= 10*one {
			q.lo, q.hi = q.lo+one, q.hi+step-one
			q.n, q.rounded = q.n+1, true
			if q.n < len(text) && text[q.n] == '万' { // 二十多万
				q.lo, q.hi, q.n = q.lo*10000, q.hi*10000, q.n+1
			}
		}
	}
	return q
}
