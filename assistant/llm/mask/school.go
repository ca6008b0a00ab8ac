package mask

import "strings"

// longestSchool is how many characters the own name of a school may have.
const longestSchool = 12

// findSchools marks schools by their names, and classes; the grade stays.
func (t *reading) findSchools() {
	for i := 0; i < len(t.r); i++ {
		if size := t.match(i, school); size > 0 {
			from := t.schoolFrom(i)
			own := size >= 4 || t.at(i) == '大' || t.at(i+1) == '院' || t.attended(i, size)
			short := t.r[i] == '附' || t.r[i] == '实' && size == 2                       // 实小三年级
			called := from < i || own && i > 0 && t.inRegion[i-1] && !t.wholeRegion(i) // 杭州高级中学
			if (called || short && strings.ContainsRune("一二三四五六七八九初高的读", t.at(i+size))) && t.at(i+size) != '生' {
				t.hide(from, i+size, schoolName, "")
			}
		} else if end := t.numberedSchool(i); end > i {
			t.hide(t.schoolStart(i), end, schoolName, "")
			i = end - 1
		}
	}
	t.findClasses()
}

// attended tells whether somebody is said to be at the school of size characters at i: 在北京小学读书, 学校：河北小学.
func (t *reading) attended(i, size int) bool {
	from := i
	for from > 0 && t.inRegion[from-1] {
		from--
	}
	if from == i || t.wholeRegion(i) || from > 0 && !strings.ContainsRune("在读上念是到于进:", t.r[from-1]) {
		return false
	}
	next := t.at(i + size)
	return !t.han(i+size) || strings.ContainsRune("读念上一二三四五六七八九初高的门", next) && from > 0
}

// schoolStart is where the words begin that may name a school whose kind is told at i: behind a region or a word as 在.
func (t *reading) schoolStart(i int) int {
	from := i
	for from > 0 && i-from < longestSchool && t.han(from-1) && !t.inRegion[from-1] && (!t.ended(from, schoolcut|kin) || t.ended(from, inplace) || t.match(from-1, inplace) > 1) {
		from--
	}
	return from
}

// schoolFrom is where the name of a school begins; i where it is but a kind of school.
func (t *reading) schoolFrom(i int) int {
	from := t.schoolStart(i)
	if n := t.match(from, shortCounty); n > 0 && i-from > n+1 && t.match(from+n, kindofschool) < 2 {
		from += n // 建德新安江第三初级中学
	}
	if i > 1 && t.match(i, school) == 2 && t.text(i, i+2) == "学校" && !t.ownSchool(from, i) {
		return i
	}
	for at := from; ; {
		if at == i {
			return i
		}
		step := t.matchTo(at, i, kindofschool)
		if step == 0 {
			return from
		}
		at += step
	}
}

// ownSchool tells whether [from, i) before 学校 names one: a name stands after a clear beginning, or it is a kind of
// school with a name.
func (t *reading) ownSchool(from, i int) bool {
	if i-from < 2 {
		return false
	}
	for j := from; j < i; j++ {
		if t.match(j, kin|title|label|codeLabel) > 1 {
			return false
		}
	}
	if t.ended(i, kindofschool) || from > 0 && t.inRegion[from-1] {
		return true
	}
	if i-from == 2 && t.ended(from, schoolcut) && strings.ContainsRune("在到去", t.at(from-1)) && strings.ContainsRune("读念上", t.at(i+2)) && t.match(from, kindofschool|word) < 2 && !t.is(i-1, kindofschool) {
		return true // 在明德学校读六年级
	}
	return i-from >= 3 && i-from <= 4 && from > 0 && strings.ContainsRune("在读上念到去于是考", t.at(from-1))
}

// numberedSchool is where a name as 十三中 or 城关三小 ends; i: there is none.
func (t *reading) numberedSchool(i int) int {
	j := i
	if t.at(j) == '第' {
		j++
	}
	for n := 0; n < 3 && strings.ContainsRune("一二三四五六七八九十", t.at(j)); n++ {
		j++
	}
	if j > i && t.at(j) == '完' && t.at(j+1) == '小' {
		j++ // 三完小
	}
	if j == i || !strings.ContainsRune("中小高幼", t.at(j)) || t.at(j) == 0 {
		return i
	}
	if digit(t.at(i-1)) >= 0 || t.at(i-1) == '十' || strings.ContainsRune("时部点块孩姐伙子午年间心国等度旬期间型生班号段组个名妹弟只条把", t.at(j+1)) {
		return i
	}
	switch from := t.schoolStart(i); {
	case from < i && i-from <= 4 && strings.ContainsRune("关城县市区镇心族路验", t.at(i-1)):
	case i > from && i-from <= 3 && (from == 0 || !t.han(from-1) || t.ended(from, schoolcut)) && (!t.han(j+1) && i-from < 3 || t.han(j+1) && strings.ContainsRune("初高读上念", t.at(j+1)) || t.at(j+2) == '年' && t.at(j+3) == '级'):
		return j + 1
	case from == i-2 && t.opensPlace(from) && (!t.han(j+1) || strings.ContainsRune("的老校上读念", t.at(j+1))): // 高新二小
	case from == i && t.opensClause(i) && t.at(j) == '中' && strings.ContainsRune("初高的", t.at(j+1)) && t.han(j+1) && (j-i > 1 || digit(t.at(j+2)) > 0):
	case t.ended(from, schoolcut) && strings.ContainsRune("在读上念考进是去转到县市区镇乡", t.at(from-1)), from > 0 && t.inRegion[from-1], from == i && t.ended(from, shortCounty):
	default:
		return i
	}
	return j + 1
}

// findClasses marks the number of a class: 三年级〔2班〕, 四〔(2)班〕.
func (t *reading) findClasses() {
	for i, r := range t.r {
		t.bareClass(i)
		if r != '班' || i == 0 {
			continue
		}
		from := i
		closed := t.at(from-1) == ')' || t.at(from-1) == '）'
		if closed {
			from--
		}
		digits := from
		for from > 0 && digits-from < 3 && (digit(t.r[from-1]) >= 0 || t.r[from-1] == '十') && isDigit(t.r[from-1]) == isDigit(t.r[digits-1]) {
			from--
		}
		if from == digits {
			continue
		}
		if closed {
			if from == 0 || t.r[from-1] != '(' && t.r[from-1] != '（' {
				continue
			}
			from--
		}
		if digits-from == 2 && strings.ContainsRune("初高", t.at(from-1)) && from > 0 && !isDigit(t.r[from]) {
			from++ // 高三一班
		}
		if !closed && !t.isClass(from, digits, i) {
			continue
		}
		t.hide(from, i+1, schoolClass, "")
	}
}

// bareClass marks the number of a class without its word: 初二（3）.
func (t *reading) bareClass(i int) {
	if t.at(i) != '(' || i < 2 || !strings.ContainsRune("一二三级", t.at(i-1)) || !strings.ContainsRune("初高年", t.at(i-2)) {
		return
	}
	end := i + 1
	for end < len(t.r) && end < i+3 && digit(t.r[end]) >= 0 {
		end++
	}
	if end > i+1 && t.at(end) == ')' {
		t.hide(i, end+1, schoolClass, "")
	}
}

// isClass tells whether the number [from, to) before 班 is that of a class, and not 三班倒 or 一班人.
func (t *reading) isClass(from, to, i int) bool {
	if strings.ContainsRune("倒车次岗人轮船飞制公地机子", t.at(i+1)) {
		return false
	}
	if from > 0 && strings.ContainsRune("级年届初高大中小一二三四五六七八九", t.at(from-1)) {
		return true
	}
	if isDigit(t.at(from)) || t.bound[from] {
		return true
	}
	return from > 0 && strings.ContainsRune("是在读", t.at(from-1)) || strings.ContainsRune("的同老", t.at(i+1))
}

// findFirms marks firms by their full names.
func (t *reading) findFirms() {
	for i := 0; i < len(t.r); i++ {
		size := t.match(i, firmEnd)
		if size == 0 {
			continue
		}
		if from := t.schoolStart(i); from < i {
			t.hide(from, i+size, firm, "")
		}
		i += size - 1
	}
}
