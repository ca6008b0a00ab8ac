package mask

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// kind is what a placeholder stands for.
type kind int

const (
	person kind = iota
	phone
	identity
	card
	account
	mail
	plate
	address
	schoolName
	schoolClass
	firm
	code
	quoted // a text that looks like a placeholder
)

// kindNames stand in the placeholders: models keep a Chinese word in tortoise-shell brackets as it is.
var kindNames = [...]string{"姓名", "电话", "证件", "银行卡", "账号", "邮箱", "车牌", "地址", "学校", "班级", "单位", "编号", "原文"}

// mark is a placeholder. The spelling tells forms of one value apart: 〔姓名1〕 王小明, 〔姓名1·2〕 小明.
type mark struct {
	kind     kind
	number   int
	spelling int // from 1
}

func (m mark) String() string {
	if m.spelling == 1 {
		return fmt.Sprintf("〔%s%d〕", kindNames[m.kind], m.number)
	}
	return fmt.Sprintf("〔%s%d·%d〕", kindNames[m.kind], m.number, m.spelling)
}

// Brackets and points that models write for those of a placeholder.
const (
	openings = "〔【［[（({｛「『〖<＜〈《"
	closings = "〕】］]）)}｝」』〗>＞〉》"
	points   = "·•・.．‧∙-"
)

// Show puts what was hidden back. It takes placeholders with other brackets, full-width digits and blanks for what they
// are; those that stand for nothing stay.
func (t *Table) Show(text string) string {
	if len(t.texts) == 0 {
		return text
	}
	var b strings.Builder
	last := 0
	eachMark(text, func(from, to int, m mark) {
		hidden, ok := t.texts[m]
		if !ok {
			return
		}
		b.WriteString(text[last:from])
		b.WriteString(hidden)
		last = to
	})
	if last == 0 {
		return text
	}
	b.WriteString(text[last:])
	return b.String()
}

// findLookAlikes hides what Show would take for a placeholder of this table, and keeps what it might take for a later
// one from being given.
func (t *Table) findLookAlikes(r *reading) {
	eachMark(r.raw, func(from, to int, m mark) {
		if _, given := t.texts[m]; given {
			r.spans = append(r.spans, span{from: from, to: to, kind: quoted})
		} else {
			t.taken[m] = true
		}
	})
}

// eachMark calls do for everything in a text that reads as a placeholder.
func eachMark(text string, do func(from, to int, m mark)) {
	for i := 0; i < len(text); {
		next := strings.IndexAny(text[i:], openings)
		if next < 0 {
			return
		}
		i += next
		m, size := readMark(text[i:])
		if size == 0 {
			_, size = utf8.DecodeRuneInString(text[i:])
		} else {
			do(i, i+size, m)
		}
		i += size
	}
}

// readMark reads a placeholder at the beginning of a text; its size in bytes is 0 where there is none.
func readMark(text string) (m mark, size int) {
	_, n := utf8.DecodeRuneInString(text)
	rest := trimBlanks(text[n:])
	for k, name := range kindNames {
		after, ok := strings.CutPrefix(rest, name)
		if !ok {
			continue
		}
		m = mark{kind: kind(k), spelling: 1}
		if m.number, rest = readNumber(trimBlanks(after)); m.number == 0 {
			return mark{}, 0
		}
		rest = trimBlanks(rest)
		if point, n := utf8.DecodeRuneInString(rest); n > 0 && strings.ContainsRune(points, point) {
			if m.spelling, rest = readNumber(trimBlanks(rest[n:])); m.spelling == 0 {
				return mark{}, 0
			}
			rest = trimBlanks(rest)
		}
		end, n := utf8.DecodeRuneInString(rest)
		if n == 0 || !strings.ContainsRune(closings, end) {
			return mark{}, 0
		}
		return m, len(text) - len(rest) + n
	}
	return mark{}, 0
}

// readNumber reads up to six digits; 0: none.
func readNumber(text string) (number int, rest string) {
	var digits []byte
	for i, r := range text {
		if r >= '０' && r <= '９' {
			r -= '０' - '0'
		}
		if !isDigit(r) || len(digits) == 6 {
			rest = text[i:]
			break
		}
		digits = append(digits, byte(r))
	}
	number, err := strconv.Atoi(string(digits))
	if err != nil {
		return 0, text
	}
	return number, rest
}

func trimBlanks(text string) string { return strings.TrimLeft(text, " \t\u3000\u00a0") }
