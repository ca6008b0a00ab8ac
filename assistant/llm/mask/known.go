package mask

import (
	"math/bits"
	"unicode/utf8"
)

// name is a person's name that a text tells.
type name struct {
	text    string
	surname int // characters of it; 0: a nickname
}

// whose is the name that a name found in a text is a form of: a short form, or itself.
func (t *Table) whose(text string) string {
	if name, ok := t.known[text]; ok {
		return name
	}
	return text
}

// learn notes the names of a text and their short forms: of 王小明 also 小明, 明明 and 阿明.
func (t *Table) learn(r *reading) {
	for _, n := range r.names {
		t.know(n.text, n.text)
		full := []rune(n.text)
		if n.surname == 0 || n.surname >= len(full) {
			continue
		}
		given := full[n.surname:]
		last := string(given[len(given)-1])
		if len(given) > 1 {
			t.knowGiven(string(given), n.text)
		}
		for _, short := range []string{"小" + last, last + last, "阿" + last} {
			t.know(short, n.text)
		}
	}
}

// know notes that a text is a form of a name, unless it is a role, or a short form that is a word of the language.
func (t *Table) know(text, name string) {
	r := []rune(text)
	if len(r) < 2 || len(r) > 40 || text == name && isRole(r) || text != name && isWord(r) {
		return
	}
	t.note(text, name)
}

func (t *Table) note(text, name string) {
	if known, ok := t.known[text]; !ok || known == text {
		t.known[text] = name
		t.lengths |= 1 << utf8.RuneCountInString(text)
	}
}

// knowGiven notes a given name of two characters; also one that is a word, if it is none of every day: 文静 of 欧阳文静.
func (t *Table) knowGiven(text, name string) {
	r := []rune(text)
	if w, ok := costs().words[key(r)]; ok && w.cost < costDaily || classOf(r)&keep != 0 {
		return
	}
	if !isRole(r) {
		t.note(text, name)
	}
}

func isRole(r []rune) bool { return classOf(r)&(region|kin|label|title) != 0 }

func isWord(r []rune) bool {
	if classOf(r)&(word|notpet|region|kin|label|title) != 0 {
		return true
	}
	w, ok := costs().words[key(r)]
	return ok && len(r) <= longestWord && w.cost < costFrequent
}

// classOf is what kinds of word a text is.
func classOf(r []rune) class {
	at := words()
	for _, c := range r {
		if at = at.next[c]; at == nil {
			return 0
		}
	}
	return at.class
}

// findKnown marks known names wherever they stand.
func (t *Table) findKnown(r *reading) {
	for i := 0; i < len(r.r) && t.lengths != 0; i++ {
		for left := t.lengths; left != 0; {
			n := 63 - bits.LeadingZeros64(left)
			left &^= 1 << n
			if i+n > len(r.r) {
				continue
			}
			if name, ok := t.known[string(r.r[i:i+n])]; ok {
				r.hide(i, i+n, person, name)
				i += n - 1
				break
			}
		}
	}
}
