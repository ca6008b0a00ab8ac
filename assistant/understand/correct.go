package understand

import "strings"

// relabelled reads 「更正：爸爸的情况：强戒」: the fact with that label, the words that hold now and where they begin.
func relabelled(text string, c Context) (fact, said string, offset int, ok bool) {
	rest, found := strings.CutPrefix(strings.TrimSpace(text), "更正")
	if !found {
		return "", "", 0, false
	}
	rest = strings.TrimLeft(rest, "：:，, ")
	label, said, found := strings.Cut(strings.ReplaceAll(rest, ":", "："), "：")
	if !found {
		return "", "", 0, false
	}
	fact = c.Labels[strings.TrimSpace(label)]
	if fact == "" {
		return "", "", 0, false
	}
	said = said[len(said)-len(strings.TrimLeft(said, " ")):]
	whole, tail := []rune(text), []rune(said)
	end := len(whole) - len([]rune(text[len(strings.TrimRight(text, " \n\t\r")):]))
	return fact, strings.TrimRight(said, " \n\t\r"), end - len([]rune(strings.TrimRight(string(tail), " \n\t\r"))), true
}

// shifted moves the places of what was read by n characters.
func (r Reading) shifted(n int) Reading {
	for i := range r.Statements {
		r.Statements[i].From += n
		r.Statements[i].To += n
	}
	for _, u := range r.Unclear {
		for _, o := range u.Options {
			for i := range o.Statements {
				o.Statements[i].From += n
				o.Statements[i].To += n
			}
		}
	}
	return r
}

// correctedFrom is the token from which the message corrects what was said before; the whole message where the words
// of correction close it, and len(tokens) where there are none.
func (m *message) correctedFrom() int {
	for i, t := range m.tokens {
		if t.kind != correcting || m.text(t) == "不对" && i > 0 && m.tokens[i-1].kind != stop {
			continue
		}
		if rest := m.skip(i+1, filler, stop, correcting, pronoun); rest >= len(m.tokens) {
			return 0
		}
		if w := m.text(t); w == "应该是" || w == "其实是" || w == "实际是" || w == "而是" {
			if i == 0 || w == "而是" {
				return max(0, i-3)
			}
			continue
		}
		return i
	}
	return len(m.tokens)
}
