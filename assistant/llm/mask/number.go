package mask

import (
	"strings"
)

// digit is the value of a digit in any script people type: 1, １ (folded), 一, 壹, 幺; -1: none.
func digit(r rune) int {
	if isDigit(r) {
		return int(r - '0')
	}
	switch r {
	case '零', '〇', '○':
		return 0
	case '一', '壹', '幺':
		return 1
	case '二', '贰':
		return 2
	case '三', '叁':
		return 3
	case '四', '肆':
		return 4
	case '五', '伍':
		return 5
	case '六', '陆':
		return 6
	case '七', '柒':
		return 7
	case '八', '捌':
		return 8
	case '九', '玖':
		return 9
	}
	return -1
}

func onlyDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if d := digit(r); d >= 0 {
			return rune('0' + d)
		}
		return -1
	}, text)
}

// run is a row of digits with little between them. Group g is digits [group[g], group[g+1]): nothing stands between them.
type run struct {
	digits string // as 0–9
	at     []int  // where each stands in the text
	group  []int  // begins of groups, and the end
	comma  []bool // a comma stands before the group
}

// separators stand between the groups of a number.
const separators = " \t-–—－−‐‑_.·/),、"

// longestGap is how many separators may stand between two groups.
const longestGap = 3

// runAt reads the row of digits that begins at i.
func (t *reading) runAt(i int) *run {
	var digits []byte
	r := &run{}
	comma := false
	for gap := 0; i < len(t.r) && gap <= longestGap; i++ {
		if d := digit(t.r[i]); d >= 0 {
			if gap > 0 || len(digits) == 0 {
				r.group, r.comma = append(r.group, len(digits)), append(r.comma, comma)
			}
			digits, r.at, gap, comma = append(digits, byte('0'+d)), append(r.at, i), 0, false
			continue
		}
		if !strings.ContainsRune(separators, t.r[i]) {
			break
		}
		comma = comma || t.r[i] == ',' || t.r[i] == '、'
		gap++
	}
	r.digits, r.group = string(digits), append(r.group, len(digits))
	return r
}

// groups is how many groups there are.
func (r *run) groups() int { return len(r.group) - 1 }

// sizes are the lengths of groups [g, end) for digits [from, to): 3-4-4.
func (r *run) sizes(g int, to int) []int {
	var sizes []int
	for ; r.group[g] < to; g++ {
		sizes = append(sizes, r.group[g+1]-r.group[g])
	}
	return sizes
}

// listed tells whether a comma stands between the groups from g to digit to: they may be amounts.
func (r *run) listed(g, to int) bool {
	for g++; g < r.groups() && r.group[g] < to; g++ {
		if r.comma[g] {
			return true
		}
	}
	return false
}

// endsGroup tells whether a group ends before digit i.
func (r *run) endsGroup(g, i int) bool {
	for ; g < len(r.group) && r.group[g] < i; g++ {
	}
	return g < len(r.group) && r.group[g] == i
}

// next is the group that begins at or behind digit i.
func (r *run) next(g, i int) int {
	for g < r.groups() && r.group[g] < i {
		g++
	}
	return g
}

// findNumbers marks identity cards, bank cards and telephones by their form, and what a word before calls one.
func (t *reading) findNumbers(public map[string]bool) {
	for i := 0; i < len(t.r); {
		if digit(t.r[i]) < 0 {
			i++
			continue
		}
		r := t.runAt(i)
		t.findInRun(r, public)
		i = r.at[len(r.at)-1] + 1
	}
	t.findLabelled(public)
	t.findStarred()
}

// findInRun splits a row of digits into the numbers it holds.
func (t *reading) findInRun(r *run, public map[string]bool) {
	for g := 0; g < r.groups(); {
		from := r.group[g]
		k, size, letter := t.numberAt(r, g)
		if size == 0 {
			g++
			continue
		}
		first, end := r.at[from], r.at[from+size-1]+1
		if letter {
			end = t.checkLetter(end)
		}
		for k == code && isDigitOrLetter(t.at(first-1)) {
			first-- // 139O5718888
		}
		value := r.digits[from : from+size]
		if !(k == phone && t.isPublic(value, first, public)) {
			t.hide(first, end, k, value)
		}
		g = r.next(g, from+size)
	}
}

// numberAt tells what number begins with group g, and of how many digits. letter: an X belongs to it.
func (t *reading) numberAt(r *run, g int) (k kind, size int, letter bool) {
	if size, letter := t.identityAt(r, g); size > 0 {
		return identity, size, letter
	}
	if size := cardSize(r, g); size > 0 {
		return card, size, false
	}
	if size := t.phoneSize(r, g); size > 0 {
		return phone, size, false
	}
	if first := r.group[g+1] - r.group[g]; (first == 7 || first == 8) && t.labelBefore(r.at[r.group[g]], phoneLabel) && !t.isAmount(r, g, first) && !isDay((r.digits[r.group[g]:] + "0000000")[:8]) {
		return phone, first, false
	}
	// Whatever it is, so long a number names one person or thing; no amount in these matters has so many digits.
	if first := r.group[g+1] - r.group[g]; first >= 15 && !t.isAmount(r, g, first) {
		return code, first, false
	}
	if size := t.nameless(r, g); size > 0 {
		return code, size, false
	}
	return 0, 0, false
}

// nameless is the size of a number of seven digits or more at group g of which nothing tells what it is: no amount and no
// day. People write sums that long with a unit, with zeros at the end or behind a word as 收入.
func (t *reading) nameless(r *run, g int) int {
	from := r.group[g]
	first := r.group[g+1] - from
	d := r.digits[from : from+first]
	at := r.at[from]
	if first >= 6 && !isDigit(t.r[at]) && !t.isAmount(r, g, first) {
		return first // read out digit by digit
	}
	if first < 7 || strings.HasSuffix(d, "000") || t.isAmount(r, g, first) || t.labelBefore(at, income) || t.inRow(r, g) {
		return 0
	}
	if first == 8 && isDay(d) {
		return 0
	}
	return first
}

// inRow tells whether a point or a comma joins group g to another: 1234567.89.
func (t *reading) inRow(r *run, g int) bool {
	last := r.at[r.group[g+1]-1] + 1
	joined := func(i int) bool { return strings.ContainsRune(".,/", t.at(i)) && t.at(i) != 0 }
	return joined(r.at[r.group[g]]-1) || joined(last) && isDigit(t.at(last+1))
}

// isAmount tells whether a unit of money or measure follows the first size digits of group g.
func (t *reading) isAmount(r *run, g, size int) bool {
	end := r.at[r.group[g]+size-1] + 1
	return t.match(end, money) > 0 || t.match(t.blanks(end, 1), money) > 1
}

// provinces are the first two digits of identity cards (GB/T 2260).
const provinces = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83"

// identityAt is the size of an identity card (GB 11643) at group g: 18 digits, 17 and an X, or the 15 of before 1999. A
// right region and day of birth suffice: whoever mistypes a digit has told nearly all of the number.
func (t *reading) identityAt(r *run, g int) (size int, letter bool) {
	from := r.group[g]
	rest := r.digits[from:]
	if len(rest) < 15 || !strings.Contains(provinces, rest[:2]) {
		return 0, false
	}
	if len(rest) >= 17 {
		x := t.checkLetter(r.at[from+16]+1) > r.at[from+16]+1
		sound := isDay(rest[6:14])
		switch {
		case x && sound && r.endsGroup(g, from+17):
			return 17, true
		case len(rest) >= 18 && r.endsGroup(g, from+18) && (sound || isChecked(rest[:18])):
			return 18, false
		}
	}
	if r.endsGroup(g, from+15) && isDay("19"+rest[6:12]) && !t.isAmount(r, g, min(15, r.group[g+1]-from)) {
		return 15, false
	}
	return 0, false
}

// checkLetter is where the X at i ends that may be the last place of an identity card; i: there is none.
func (t *reading) checkLetter(i int) int {
	at := i
	for n := 0; n < longestGap && strings.ContainsRune(separators, t.at(at)) && t.at(at) != 0; n++ {
		at++
	}
	if r := t.at(at); (r == 'X' || r == 'x') && !isLetter(t.at(at+1)) {
		return at + 1
	}
	return i
}

// isDay tells whether eight digits are a day since 1900.
func isDay(d string) bool {
	return (d[:2] == "19" || d[:2] == "20") && d[4:6] >= "01" && d[4:6] <= "12" && d[6:] >= "01" && d[6:] <= "31"
}

// isChecked tells whether the last of 18 digits is the check digit of the others (ISO 7064, MOD 11-2).
func isChecked(d string) bool {
	sum, weight := 0, 1
	for i := 17; i >= 0; i-- {
		sum += int(d[i]-'0') * weight
		weight = weight * 2 % 11
	}
	return sum%11 == 1
}

// cardSize is the size of a bank card at group g: 16 to 19 digits with a check digit (ISO/IEC 7812), in one group, in
// fours or one by one; in fours also without it, unless they are years.
func cardSize(r *run, g int) int {
	from := r.group[g]
	for size := 19; size >= 16; size-- {
		if from+size > len(r.digits) || !r.endsGroup(g, from+size) || r.listed(g, from+size) {
			continue
		}
		sizes := r.sizes(g, from+size)
		d := r.digits[from : from+size]
		switch inFours := isFours(sizes); {
		case len(sizes) == 1 && isLuhn(d), isSingles(sizes) && isLuhn(d), inFours && (isLuhn(d) || !areYears(d)):
			return size
		case len(sizes) == 2 && sizes[0] == 6 && isLuhn(d):
			return size
		}
	}
	return 0
}

func isFours(sizes []int) bool {
	for i, size := range sizes {
		if size != 4 && (i < len(sizes)-1 || size > 4) {
			return false
		}
	}
	return len(sizes) >= 4
}

func isSingles(sizes []int) bool {
	for _, size := range sizes {
		if size != 1 {
			return false
		}
	}
	return true
}

func areYears(d string) bool {
	for i := 0; i+4 <= len(d); i += 4 {
		if d[i:i+2] != "19" && d[i:i+2] != "20" {
			return false
		}
	}
	return true
}

func isLuhn(d string) bool {
	sum := 0
	for i := range len(d) {
		n := int(d[len(d)-1-i] - '0')
		if i%2 == 1 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}
