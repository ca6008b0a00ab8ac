package mask

import "math/bits"

// name is a person's name that a text tells.
type name struct {
	text    string
	surname int // characters of it; 0: a nickname
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
			t.know(string(given), n.text)
		}
		for _, short := range []string{"小" + last, last + last, "阿" + last} {
			t.know(short, n.text)
		}
	}
}

// know notes that a text is a form of a name, unless it is a word of the language.
func (t *Table) know(text, name string) {
	r := []rune(text)
	if len(r) < 2 || len(r) > 40 || isWord(r) {
		return
	}
	if _, ok := t.known[text]; !ok {
		t.known[text] = name
		t.lengths |= 1 << len(r)
	}
}

func isWord(r []rune) bool {
	at := words()
	for _, c := range r {
		if at = at.next[c]; at == nil {
			return false
		}
	}
	return at.class&(word|notpet|region|kin|label|title) != 0
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
