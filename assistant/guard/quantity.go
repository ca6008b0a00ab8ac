package guard

import (
	"strings"

	"xiaohe/assistant/understand"
)

const numeralRunes = "零〇一二两三四五六七八九十百千万亿廿卅俩仨幺几数半壹贰叁肆伍陆柒捌玖拾佰仟双"

func isNumeral(r rune) bool { return strings.ContainsRune(numeralRunes, r) }

// plainNumerals gives other numerals in everyday characters.
var plainNumerals = map[rune]string{'廿': "二十", '卅': "三十", '壹': "一", '贰': "二", '叁': "三", '肆': "四", '伍': "五", '陆': "六", '柒': "七", '捌': "八", '玖': "九", '拾': "十", '佰': "百", '仟': "千", '〇': "零", '幺': "一"}

var digitOf = map[rune]byte{'零': '0', '〇': '0', '一': '1', '幺': '1', '二': '2', '两': '2', '三': '3', '四': '4', '五': '5', '六': '6', '七': '7', '八': '8', '九': '9', '壹': '1', '贰': '2', '叁': '3', '肆': '4', '伍': '5', '陆': '6', '柒': '7', '捌': '8', '玖': '9'}

var magnitudes = map[rune]int64{'百': 100, '佰': 100, '千': 1000, '仟': 1000, '万': 10000, '亿': 100000000}

// number is what was read at a place: no unit yet.
type number struct {
	value  int64 // hundredths
	second int64 // of a pair: 三四级; 0 where there is none
	digits string
	rough  bool
	to     int
}

// one is one in hundredths.
const one = 100

// numberAt reads the number at i, Arabic or Chinese; to is i where there is none.
func (r *reader) numberAt(i int) number {
	t := r.text
	if i >= len(t) || r.taken[i] {
		return number{to: i}
	}
	if isDigit(t[i]) {
		return r.arabicAt(i)
	}
	if isNumeral(t[i]) {
		return r.chineseAt(i)
	}
	return number{to: i}
}

// arabicAt reads 2525 · 3,600 · 1.5万 · 5万6千 · 0571-85153959.
func (r *reader) arabicAt(i int) number {
	t := r.text
	n := number{to: i}
	var digits strings.Builder
	value, scale := int64(0), int64(0)
	for n.to < len(t) {
		c := t[n.to]
		switch {
		case isDigit(c):
			digits.WriteRune(c)
			if scale == 0 {
				value = min(value*10+int64(c-'0')*one, 1<<52)
			} else {
				value += int64(c-'0') * scale / 10
				scale /= 10
			}
		case c == ',' && n.to+1 < len(t) && isDigit(t[n.to+1]) && scale == 0:
		case c == '.' && scale == 0 && n.to+1 < len(t) && isDigit(t[n.to+1]):
			scale = one
			digits.WriteByte('.')
		case c == '-' && strings.HasPrefix(digits.String(), "0") && digits.Len() <= 4 && digits.Len() >= 3 && n.to+1 < len(t) && isDigit(t[n.to+1]): // an area code
		default:
			n.value, n.digits = value, digits.String()
			r.grow(&n)
			return n
		}
		n.to++
	}
	n.value, n.digits = value, digits.String()
	return n
}

// grow reads magnitudes and what follows them: 万, 5万6千, 3千2.
func (r *reader) grow(n *number) {
	total, part, last := int64(0), n.value, int64(1<<60)
	for n.to < len(r.text) {
		m, ok := magnitudes[r.text[n.to]]
		if !ok || m >= last || part > 1<<40 {
			break
		}
		total, part, last, n.digits = total+part*m, 0, m, ""
		n.to++
		next, rough, to := r.partAfter(n.to, m)
		if to == n.to {
			break
		}
		part, n.rough, n.to = next, n.rough || rough, to
	}
	if last < 1<<60 {
		n.value = total + part
	}
}

// partAfter reads the lower places after a magnitude: 6千 of 5万6千, 2 of 3千2, which is 200. It returns where they end,
// i where there are none.
func (r *reader) partAfter(i int, magnitude int64) (value int64, rough bool, to int) {
	t, j := r.text, i
	if j < len(t) && t[j] == '零' {
		j++
	}
	if j >= len(t) || !isDigit(t[j]) && !isNumeral(t[j]) || magnitudes[t[j]] > 0 || strings.ContainsRune("几数半双", t[j]) {
		return 0, false, i
	}
	to = j
	if isDigit(t[j]) {
		for to < len(t) && isDigit(t[to]) && to-j < 9 {
			value = value*10 + int64(t[to]-'0')*one
			to++
		}
	} else {
		read, ok := understand.ReadNumeral(t[j:])
		if !ok {
			return 0, false, i
		}
		value, rough, to = read.Lo, read.Rough, j+read.Length
	}
	if to == j+1 && j == i && magnitude >= 100 && (to >= len(t) || magnitudes[t[to]] == 0) {
		value *= magnitude / 10
	}
	return value, rough, to
}

// chineseAt reads a run of Chinese numerals as a whole; what does not parse as a whole is rough.
func (r *reader) chineseAt(i int) number {
	run, digits, end := r.runAt(i)
	n := number{to: end}
	zero := strings.ContainsRune(digits, '0')
	switch {
	case len(run) == 0:
		n.to = i
	case run[0] == '半':
		n.value = one / 2
	case run[0] == '双':
		n.value = 2 * one
	case digits != "" && (len(run) >= 3 || len(run) == 2 && (zero || digits[1] != digits[0]+1)): // 二〇二五, 一二三四五
		n.digits = digits
		for _, d := range digits {
			n.value = min(n.value*10+int64(d-'0')*one, 1<<52)
		}
	case digits != "" && len(run) == 2: // 三四级, 两三天
		n.value, n.second, n.rough = int64(digits[0]-'0')*one, int64(digits[1]-'0')*one, true
	case digits == "0":
		n.digits = digits
	default:
		read, ok := understand.ReadNumeral(run)
		n.value, n.rough = read.Lo, !ok || read.Rough || read.Length != len(run)
		r.decimals(&n)
	}
	return n
}

// runAt is the run of numerals at i in everyday characters, and its digits where it is nothing but digits.
func (r *reader) runAt(i int) (run []rune, digits string, end int) {
	var plain, row strings.Builder
	onlyDigits := true
	for end = i; end < len(r.text) && isNumeral(r.text[end]) && !r.taken[end]; end++ {
		c := r.text[end]
		if end > i && (c == '半' || c == '双') {
			break
		}
		if p, ok := plainNumerals[c]; ok {
			plain.WriteString(p)
		} else {
			plain.WriteRune(c)
		}
		d, ok := digitOf[c]
		onlyDigits = onlyDigits && ok
		row.WriteByte(d)
	}
	if onlyDigits {
		digits = row.String()
	}
	return []rune(plain.String()), digits, end
}

// decimals reads the rest of 一点五.
func (r *reader) decimals(n *number) {
	scale := int64(one / 10)
	if n.to+1 >= len(r.text) || r.text[n.to] != '点' {
		return
	}
	i := n.to + 1
	for ; i < len(r.text) && scale > 0; i++ {
		d, ok := digitOf[r.text[i]]
		if !ok {
			break
		}
		n.value += int64(d-'0') * scale
		scale /= 10
	}
	if i > n.to+1 {
		n.to = i
	}
}
