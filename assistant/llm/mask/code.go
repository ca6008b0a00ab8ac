package mask

import "strings"

// findLabelled marks what a word before says is a number of somebody: 尾号6789, 电话86001234, 微信 lele_0612.
func (t *reading) findLabelled(public map[string]bool) {
	const labels = idLabel | cardLabel | tailLabel | phoneLabel | chatLabel | codeLabel
	for i := 0; i < len(t.r); i++ {
		size := t.match(i, labels)
		if t.r[i] == '号' {
			t.numberedBy(i+1, public)
		}
		if strings.ContainsRune("vVqQ", t.r[i]) && t.at(i+1) == ':' && !isDigitOrLetter(t.at(i-1)) {
			t.labelledChat(t.filler(i + 1))
			continue
		}
		if size == 0 || isLetter(t.r[i]) && isLetter(t.at(i-1)) || size == 1 && isLetter(t.at(i+1)) {
			continue
		}
		at := t.filler(i + size)
		switch {
		case t.match(i, tailLabel) == size:
			t.labelledTail(at)
		case t.match(i, chatLabel) == size:
			t.labelledChat(at)
		case t.match(i, codeLabel) == size:
			t.labelledCode(at)
		case t.match(i, idLabel) == size && isLetter(t.at(at)):
			t.labelledCode(at)
		case t.match(i, idLabel) == size:
			t.labelledRow(at, 8, 20, identity)
		case t.match(i, cardLabel) == size:
			t.labelledRow(at, 8, 25, card)
		case t.match(i, phoneLabel) == size:
			t.labelledPhone(at, public)
		}
		if t.isHidden(at) {
			i += size - 1
		}
	}
}

// filler is where the number begins after a label: 号码是：138…
func (t *reading) filler(i int) int {
	for n := 0; n < 8 && i < len(t.r); n++ {
		if !strings.ContainsRune(" \t:：(（=号码是为就的填写叫[【\"“#+", t.r[i]) {
			break
		}
		i++
	}
	return i
}

// labelledRow marks the row of digits at i if it has from least to most digits and is no amount.
func (t *reading) labelledRow(i, least, most int, k kind) {
	if digit(t.at(i)) < 0 {
		return
	}
	r := t.runAt(i)
	end := r.at[len(r.at)-1] + 1
	if n := len(r.digits); n < least || n > most || r.listed(0, n) && k != identity || t.match(end, money) > 0 {
		return
	}
	if letter := t.checkLetter(end); k == identity {
		end = letter
	}
	t.hide(i, end, k, r.digits)
}

// labelledTail marks the last places of a card, which with a name suffice to find somebody.
func (t *reading) labelledTail(i int) {
	if digit(t.at(i)) < 0 {
		return
	}
	r := t.runAt(i)
	end := t.checkLetter(r.at[len(r.at)-1] + 1)
	if n := len(r.digits); n >= 3 && n <= 6 && (t.match(end, money) == 0 || t.at(end) == '的') {
		t.hide(i, end, code, "")
	}
}

// labelledPhone marks a number without an area code, and one of another form than numberAt knows.
func (t *reading) labelledPhone(i int, public map[string]bool) {
	if digit(t.at(i)) < 0 {
		return
	}
	r := t.runAt(i)
	end := r.at[len(r.at)-1] + 1
	n := len(r.digits)
	if n < 6 || n > 13 || r.listed(0, n) || t.match(end, money) > 0 || t.isPublic(r.digits, i, public) {
		return
	}
	if isDay((r.digits + "00000000")[:8]) && r.groups() > 1 || n == 6 && !t.ended(i, phoneLabel) {
		return
	}
	t.hide(i, end, phone, r.digits)
}

// labelledChat marks the name or number of an account.
func (t *reading) labelledChat(i int) {
	end, marks, letters := i, 0, 0
	for end < len(t.r) && end-i < 40 {
		switch r := t.r[end]; {
		case isLetter(r):
			letters++
		case isDigit(r) || r == '_' || r == '-' || r == '@' || r == '.':
			marks++
		default:
			goto done
		}
		end++
	}
done:
	for end > i && strings.ContainsRune(".-@", t.r[end-1]) {
		end, marks = end-1, marks-1
	}
	if letters == 0 && digit(t.at(i)) >= 0 {
		if r := t.runAt(i); len(r.digits) >= 5 && len(r.digits) <= 12 && !r.listed(0, len(r.digits)) && t.match(r.at[len(r.at)-1]+1, money) == 0 {
			t.hide(i, r.at[len(r.at)-1]+1, account, r.digits)
			return
		}
	}
	switch size := letters + marks; {
	case size < 5, marks == 0 && letters < 6, letters == 0 && (marks > 12 || t.match(end, money) > 0):
		return
	}
	t.hide(i, end, account, "")
}

// labelledCode marks the number of a paper or a case; two characters of a county may stand before it: 余低2023001234.
func (t *reading) labelledCode(i int) {
	for n := 0; n < 3 && t.han(i) && digit(t.at(i)) < 0; n++ {
		i++
	}
	if i > 0 && t.han(i-1) && strings.ContainsRune("级元岁月年日第", t.at(i-1)) {
		return
	}
	end, digits := i, 0
	for end < len(t.r) && end-i < 40 {
		r := t.r[end]
		if isDigit(r) {
			digits++
		} else if !isLetter(r) && !(strings.ContainsRune("-—/_ ", r) && isDigitOrLetter(t.at(end+1))) {
			break
		}
		end++
	}
	if digits < 4 || end-i < 4 || digits < 7 && (t.match(end, money) > 0 || t.at(end) == '〔') {
		return
	}
	if letter := t.at(end - 1); end < len(t.r) && letter == ' ' {
		end--
	}
	t.hide(i, end, code, "")
}

// numberedBy marks what follows 号 at i if it is long: no document, room or day has so many digits.
func (t *reading) numberedBy(i int, public map[string]bool) {
	from := t.filler(i)
	end, digits := from, 0
	for end < len(t.r) && end-from < 40 && (isDigitOrLetter(t.r[end]) || t.r[end] == '_') {
		if isDigit(t.r[end]) {
			digits++
		}
		end++
	}
	if letters := end - from - digits; digits >= 2 && letters >= 4 && isLetter(t.r[from]) && end-from >= 8 {
		t.hide(from, end, account, "")
		return
	}
	if digits >= 7 && t.match(end, money) == 0 && !t.isPublic(t.text(from, end), from, public) {
		t.hide(from, end, code, "")
	}
}

// isHidden tells whether the last thing hidden begins at i.
func (t *reading) isHidden(i int) bool {
	return i < len(t.r) && len(t.spans) > 0 && t.spans[len(t.spans)-1].from == t.from[i]
}

func isDigitOrLetter(r rune) bool { return isDigit(r) || isLetter(r) }

// courts begin the name of a court in the number of a case; letters of its kind follow.
const courts = "京津冀晋蒙内辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵黔云滇藏陕甘青宁新兵最高"

// findCodes marks the numbers of court cases: （2024）浙0106刑初123号. A document has an office before its year: 民发〔2019〕62号.
func (t *reading) findCodes() {
	for i := 0; i+8 < len(t.r); i++ {
		if !strings.ContainsRune("(（〔[【", t.r[i]) || !isYear(t.r[i+1:i+5]) || !strings.ContainsRune(")）〕]】", t.r[i+5]) {
			continue
		}
		j := i + 6
		if !strings.ContainsRune(courts, t.r[j]) && !strings.ContainsRune("民刑行执", t.r[j]) {
			continue
		}
		digits, words := 0, ""
		for ; j < len(t.r) && j < i+30 && t.r[j] != '号'; j++ {
			if isDigit(t.r[j]) {
				digits++
			} else {
				words += string(t.r[j])
			}
		}
		if t.at(j) != '号' || digits == 0 || strings.ContainsRune(words, '字') && digits < 5 || !strings.ContainsAny(words, "民刑行执初终监特破保") {
			continue
		}
		t.hide(i, j+1, code, "")
		i = j
	}
}

func isYear(r []rune) bool {
	return (r[0] == '1' && r[1] == '9' || r[0] == '2' && r[1] == '0') && isDigit(r[2]) && isDigit(r[3])
}

// findMails marks addresses of electronic mail.
func (t *reading) findMails() {
	for i, r := range t.r {
		if r != '@' {
			continue
		}
		from, end, points := i, i+1, 0
		for from > 0 && i-from < 64 && (isDigitOrLetter(t.r[from-1]) || strings.ContainsRune("._%+-", t.r[from-1])) {
			from--
		}
		for end < len(t.r) && end-i < 64 && (isDigitOrLetter(t.r[end]) || t.r[end] == '-' || t.r[end] == '.' && isDigitOrLetter(t.at(end+1))) {
			if t.r[end] == '.' {
				points++
			}
			end++
		}
		if from < i && points > 0 {
			t.hide(from, end, mail, "")
		}
	}
}

// plates begin with one of these.
const plates = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

// findPlates marks the plates of vehicles (GA 36): 浙A12345, 渝B·8K999, 浙AD12345.
func (t *reading) findPlates() {
	for i := 0; i+6 < len(t.r); i++ {
		if !strings.ContainsRune(plates, t.r[i]) || !isLetter(t.r[i+1]) {
			continue
		}
		j := i + 2
		for j < len(t.r) && j < i+4 && strings.ContainsRune(" ·•.-", t.r[j]) {
			j++
		}
		size, digits := 0, 0
		for ; j < len(t.r) && size < 6; j++ {
			if isDigit(t.r[j]) {
				digits++
			} else if !isLetter(t.r[j]) && !strings.ContainsRune("警学挂港澳", t.r[j]) {
				break
			}
			size++
		}
		if size >= 5 && digits >= 2 && !isDigitOrLetter(t.at(j)) {
			t.hide(i, j, plate, "")
		}
	}
}
