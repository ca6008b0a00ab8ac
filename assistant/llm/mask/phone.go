package mask

import (
	"slices"
	"strings"
)

// mobileShapes are the ways to write the eleven digits of a mobile telephone in groups.
var mobileShapes = [][]int{{11}, {3, 4, 4}, {3, 8}, {7, 4}, {4, 3, 4}, {4, 4, 3}, {3, 3, 5}, {3, 5, 3}, {5, 6}, {6, 5}, {5, 3, 3}, {3, 2, 2, 2, 2}, {3, 4, 2, 2}}

// phoneSize is the size of a telephone number at group g; 0: none there. Service numbers are too short to be one.
func (t *reading) phoneSize(r *run, g int) int {
	from := r.group[g]
	rest := r.digits[from:]
	for _, prefix := range []string{"", "86", "0086", "0"} {
		number, ok := strings.CutPrefix(rest, prefix)
		if ok && isMobile(number) && r.endsGroup(g, from+len(prefix)+11) && t.mobileShape(r, g, len(prefix)) {
			return len(prefix) + 11
		}
	}
	return landlineSize(r, g)
}

func isMobile(d string) bool {
	return len(d) >= 11 && d[0] == '1' && d[1] >= '3'
}

// mobileShape tells whether the groups from g on look like a mobile telephone with a prefix of so many digits: no row of
// years or amounts.
func (t *reading) mobileShape(r *run, g, prefix int) bool {
	from := r.group[g]
	end := from + prefix + 11
	sizes := r.sizes(g, end)
	if t.match(r.at[end-1]+1, money) > 0 && (len(sizes) == 1 || !r.threeFourFour(sizes)) && t.at(r.at[end-1]+1) != '个' {
		return false
	}
	if sizes[0] == prefix {
		sizes = sizes[1:]
	} else {
		sizes = slices.Clone(sizes)
		sizes[0] -= prefix
	}
	if r.listed(g, end) && isDigit(t.r[r.at[from]]) && !t.labelBefore(r.at[from], phoneLabel|chatLabel) {
		return false
	}
	if slices.ContainsFunc(mobileShapes, func(shape []int) bool { return slices.Equal(shape, sizes) }) {
		return true
	}
	// Digit by digit, or in pairs, is how numbers are read out.
	return isSmall(sizes) && (end == len(r.digits) || isSingles(sizes))
}

func (r *run) threeFourFour(sizes []int) bool { return slices.Equal(sizes, []int{3, 4, 4}) }

func isSmall(sizes []int) bool { return slices.Max(sizes) <= 4 && len(sizes) >= 4 }

// landlineSize is the size of a number with its area code: 0571-88123456, 010 6512 3456.
func landlineSize(r *run, g int) int {
	from := r.group[g]
	d := r.digits[from:]
	if len(d) < 10 || d[0] != '0' || d[1] == '0' {
		return 0
	}
	area := 4
	if d[1] == '1' || d[1] == '2' {
		area = 3
	}
	for _, size := range []int{area + 8, area + 7} {
		if size > len(d) || !r.endsGroup(g, from+size) {
			continue
		}
		if sizes := r.sizes(g, from+size); len(sizes) == 1 || sizes[0] == area && len(sizes) <= 3 || isSingles(sizes) {
			return size
		}
	}
	return 0
}

// isPublic tells whether a number is one that everybody may know: given as such, a service number, or a landline that an
// office or a hotline is named before. Mobile telephones belong to persons.
func (t *reading) isPublic(digits string, at int, public map[string]bool) bool {
	if public[digits] || strings.HasPrefix(digits, "400") || strings.HasPrefix(digits, "800") {
		return true
	}
	if isMobile(strings.TrimPrefix(digits, "0")) {
		return false
	}
	return t.labelBefore(at, publicLabel)
}

// labelBefore tells whether a word of class c stands shortly before i, in the same clause.
func (t *reading) labelBefore(i int, c class) bool {
	for at := i; at > i-14 && at > 0; at-- {
		if t.ended(at, c) {
			return true
		}
		if strings.ContainsRune("，。；！？\n,;!?", t.at(at-1)) {
			return false
		}
	}
	return false
}

// findStarred marks numbers of which the middle is starred: what is left still points at a person to who knows them.
func (t *reading) findStarred() {
	for i := 0; i < len(t.r); i++ {
		if t.r[i] != '*' {
			continue
		}
		from, end := i, i
		for from > 0 && i-from < 8 && isDigit(t.r[from-1]) {
			from--
		}
		for end < len(t.r) && t.r[end] == '*' {
			end++
		}
		stars := end - i
		for end < len(t.r) && end-i-stars < 8 && (isDigit(t.r[end]) || t.r[end] == 'X' || t.r[end] == 'x') {
			end++
		}
		if stars >= 3 && end-from-stars >= 4 {
			t.hide(from, end, code, "")
		}
		i = max(i, end-1)
	}
}
