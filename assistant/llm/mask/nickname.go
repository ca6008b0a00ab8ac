package mask

import "strings"

// nickname is the length of the nickname at i: 小宝, 毛毛, 阿明; where a name is told, also any two or three characters up
// to the end of a clause.
func (t *reading) nickname(i int, sure trust) int {
	if !t.han(i) || t.match(i, kin|title) > 1 {
		return 0
	}
	first, second := t.at(i), t.at(i+1)
	edge := t.edge(i + 2)
	aged := t.ageFollows(i + 2)
	if n := t.match(i, notpet); n > 1 && !aged && (sure < call || t.han(i+n)) {
		return 0
	}
	if t.match(i+1, kin|title) > 1 {
		return 0
	}
	if sure == near && t.at(i-1) != 0 && first == second && t.is(i, pet|given) && t.match(i, word|notpet) < 2 && !strings.ContainsRune("的地呵", t.at(i+2)) && t.han(i+2) {
		return 2
	}
	if (edge || sure == told) && t.petForm(i, first, second) || edge && t.givenAlone(i, sure) {
		return 2
	}
	if sure == call && first == '小' && t.nameable(i, 3) && t.match(i, kin|title|notpet|word) < 2 {
		return 3
	}
	if sure < told {
		return 0
	}
	for n := 1; n <= 4; n++ {
		if !t.han(i+n-1) || strings.ContainsRune(noName, t.at(i+n-1)) {
			return 0
		}
		if n > 1 && !t.han(i+n) && !t.is(i, never&^given) {
			return n
		}
	}
	return 0
}

// ageFollows tells whether an age stands at i: 两岁, 5岁半.
func (t *reading) ageFollows(i int) bool {
	if t.at(i) == '今' && t.at(i+1) == '年' {
		i += 2
	}
	end := t.numeral(i)
	if t.at(i) == '两' {
		end = i + 1
	}
	return end > i && (t.at(end) == '岁' || t.at(end) == '个' && t.at(end+1) == '月')
}

// petForm tells whether two characters have a form of nicknames: 小海, 阿明, 豆豆; 虎子, 二丫.
func (t *reading) petForm(i int, first, second rune) bool {
	switch {
	case first == '阿':
		return t.given(i + 1)
	case first == '小':
		return t.is(i+1, pet|given)
	case first == second:
		return t.is(i, pet|given) || t.given(i) && t.match(i, word|notpet) < 2 && (!t.han(i+2) || strings.ContainsRune("和他她", t.at(i+2)))
	case second == '子':
		return strings.ContainsRune("虎柱铁栓锁根顺旺福臭黑英秀芳芬娟霞兰桂凤琴梅云燕红玲强军刚亮伟", first)
	}
	if second == '蛋' && strings.ContainsRune("铁石狗臭黑", first) {
		return true
	}
	return strings.ContainsRune("大二三四五六老", first) && strings.ContainsRune("丫妞妮狗柱虎蛋", second)
}

// givenAlone tells whether a given name without its surname stands at i: 孙女梓涵.
func (t *reading) givenAlone(i int, sure trust) bool {
	first, second := t.at(i), t.at(i+1)
	if first != second && t.is(i, given) && t.is(i+1, given) && t.surnameSize(i) == 0 &&
		t.match(i, word|residence|shortCounty|region|school) < 2 && !strings.ContainsRune(notSingle, first) {
		return true
	}
	if sure < call {
		return false
	}
	return strings.ContainsRune("宝仔娃蛋妞儿崽丫", second) && t.given(i) ||
		t.is(i, given|pet) && t.is(i+1, given|pet) && !t.han(i+2) && t.match(i, word) < 2
}

// noName are characters that are not in a nickname even where nothing else could follow.
const noName = "的了着过在是我你他她它们有没不也都就还吗呢吧啊呀么什谁哪这那个很太得从到给让会能要想去说把别错对改写啥咋无未已亡故伊佢渠侬俺咱勿唔冇毋弗醒应救疼痛哭饿喊"

// foreign is the length of the two to four characters at i that end a clause and may be a name without a surname: 扎西次仁.
func (t *reading) foreign(i int) int {
	n := 0
	for n < 5 && t.given(i+n) && !strings.ContainsRune(noName, t.at(i+n)) {
		n++
	}
	common := t.match(i, word) > 1 && !(n == 2 && t.is(i, given) && t.is(i+1, given))
	if n < 2 || n > 4 || t.han(i+n) || common || t.match(i, kin|title|notpet) > 1 {
		return 0
	}
	return n
}

// abroad is the length of a name of three to six sounds of another language at i: 阿依木.
func (t *reading) abroad(i int) int {
	n := 0
	for n < 7 && t.is(i+n, sound) {
		n++
	}
	if n < 3 || n > 6 || !t.edge(i+n) || t.match(i, word|region|kin) > 1 {
		return 0
	}
	return n
}

// dotted is the length of a name with a point in it: 阿依古丽·买买提.
func (t *reading) dotted(i int) int {
	parts, size := 0, 0
	for j := i; j < i+24; j++ {
		switch {
		case t.han(j) && !t.is(j, odd&^given):
			size++
		case strings.ContainsRune("·•・", t.at(j)) && size > 1:
			parts, size = parts+1, 0
		default:
			if parts > 0 && size > 0 {
				return j - i
			}
			return 0
		}
		if parts > 0 && size > 1 && t.match(j+1, after|kin) > 0 {
			return j + 1 - i
		}
	}
	return 0
}
