package mask

import "strings"

// findTitled marks the surname or name before a title: 王老师, 李建国书记. The title stays: that it is a teacher matters.
func (t *reading) findTitled() {
	for i := 1; i < len(t.r); i++ {
		size := t.match(i, title)
		if size == 0 || t.ended(i, joined) || t.ended(i, kin) && !t.is(i-1, surname) {
			continue
		}
		if size == 1 && !t.edge(i+1) {
			continue
		}
		if n := t.titledName(i); n > 1 {
			t.person(i-n, n, t.surnameSize(i-n))
		} else if n == 1 && (t.match(i-1, word|kin) < 2 || size > 1 && t.is(i-1, surname|rare) && t.opens(i-1) && t.match(i-1, kin) < 2 && t.match(i-1, word) == 2) {
			t.hide(i-1, i, person, "")
		}
	}
}

// titledName is the length of the name that ends before i.
func (t *reading) titledName(i int) int {
	for n := 4; n >= 2; n-- {
		from := i - n
		if from < 0 {
			continue
		}
		size := t.surnameSize(from)
		if size == 0 || n-size < 1 || n-size > 2 || size == 1 && !t.is(from, surname) && !(t.is(from, rare) && t.opens(from)) || t.match(from, word) > min(n-1, 2) || t.place[from] > 1 {
			continue
		}
		good := true
		for j := from + size; j < i; j++ {
			good = good && t.given(j) && (t.is(j, given) || n-size == 2 && t.is(from, surname) && t.opens(from) && t.match(from, word) < 2) && !t.inRegion[j]
		}
		if good && (n > 2 || t.opens(from)) {
			return n
		}
	}
	switch {
	case t.is(i-1, surname) && !t.inRegion[i-1]:
		return 1
	case t.is(i-1, rare) && !t.inRegion[i-1] && t.opens(i-1):
		return 1
	}
	return 0
}

// findFamiliar marks 老王 and 小李, and who is said to be called by a surname alone.
func (t *reading) findFamiliar() {
	for i := 0; i+1 < len(t.r); i++ {
		if t.r[i] != '老' && t.r[i] != '小' || !t.is(i+1, surname) && !(t.is(i+1, rare) && (t.ended(i, kin|title) || i > 1 && t.r[i-1] == '个' && strings.ContainsRune("那这", t.r[i-2]) || t.r[i] == '老' && t.at(i+2) == '家')) || t.match(i, notpet|kin) > 1 || t.match(i+1, word|kin|title) > 1 && !t.ended(i, kin|title) {
			continue
		}
		if t.edge(i+2) && (t.opens(i) || t.calledMe(i)) {
			t.hide(i, i+2, person, "")
		}
	}
}

// calledMe tells whether somebody says before i what others call him: 叫我老王.
func (t *reading) calledMe(i int) bool {
	return i > 1 && strings.ContainsRune("我他她俺", t.r[i-1]) && strings.ContainsRune("叫喊唤称", t.r[i-2])
}

// findParents marks a surname before 妈妈, and a given name before 姐, to whom somebody speaks: 付妈妈您好, 娟姐你帮我看看.
func (t *reading) findParents() {
	for i := 1; i < len(t.r); i++ {
		if !t.opens(i-1) || t.match(i-1, kin|word|title) > 1 {
			continue
		}
		switch t.text(i, min(i+2, len(t.r))) {
		case "妈妈", "爸爸", "家长":
			if t.is(i-1, surname) && !t.inRegion[i-1] {
				t.hide(i-1, i, person, "")
			}
			continue
		}
		if !strings.ContainsRune("姐哥嫂婶姨", t.r[i]) || strings.ContainsRune(notSingle, t.r[i-1]) {
			continue
		}
		if next := t.at(i + 1); t.is(i-1, given|surname) && (!t.han(i+1) || strings.ContainsRune("你您我的说在帮转问", next)) {
			t.hide(i-1, i, person, "")
		}
	}
}

// family marks the surname in 我姓王.
func (t *reading) family(i int) int {
	if strings.ContainsRune("百同改随跟父母老娘本外单复", t.at(i-1)) && i > 0 {
		return i
	}
	size := t.surnameSize(i + 1)
	if size == 0 || t.is(i+1, odd) || !t.edge(i+1+size) || t.match(i+1, word|kin|title) > 1 {
		return i
	}
	t.hide(i+1, i+1+size, person, "")
	return i + 1 + size
}
