package ingest

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"xiaohe/knowledge"
)

// Sizes in characters. A passage is one clause; only a longer one is cut, between its paragraphs, else its sentences.
const (
	longest  = 400
	shortest = 60
)

// unit is one clause with its lines.
type unit struct {
	clause string
	path   []string // headings above and the clause itself
	lines  []line
}

// passages cuts a parsed document into passages. body is what the spans count in.
func passages(title string, all []line, body string) []knowledge.Passage {
	runes := []rune(body)
	var out []knowledge.Passage
	for _, u := range units(title, withoutContents(all)) {
		out = append(out, u.cut(runes)...)
	}
	return out
}

// units groups lines under their clause: 第X条, else 一 and 二（一）, else the heading above.
func units(title string, all []line) []unit {
	var out []unit
	var heads [levelAnnex + 1]string // the open heading of each level
	section, fresh := "", true       // fresh: the next paragraph begins a unit
	open := func(clause string) {
		u := unit{clause: clause}
		for lv := levelBook; lv <= levelAnnex; lv++ {
			if heads[lv] != "" {
				u.path = append(u.path, heads[lv])
			}
		}
		out = append(out, u)
		fresh = false
	}
	clear := func(from level) {
		for lv := from; lv <= levelAnnex; lv++ {
			heads[lv] = ""
		}
	}
	clause := func() string { // the label of text that stands directly under the headings
		switch {
		case section != "":
			return section
		case heads[levelAnnex] != "":
			return heads[levelAnnex]
		default:
			return heads[levelHeading]
		}
	}
	for _, l := range all {
		if (l.heading || len(out) == 0) && squeeze(l.text) == squeeze(title) {
			continue
		}
		switch l.level {
		case levelBook, levelPart, levelChapter, levelHeading:
			clear(l.level)
			heads[l.level], section, fresh = l.text, "", true
			continue
		case levelAnnex:
			clear(levelBook)
			heads[levelAnnex], section, fresh = l.text, "", true
			continue
		case levelSection:
			clear(levelSection)
			section, fresh = l.label, true
			if l.heading {
				heads[levelSection] = l.text
				continue
			}
			heads[levelSection] = label(l)
			open(section)
		case levelArticle:
			clear(levelArticle)
			heads[levelArticle] = l.label
			open(l.label)
		case levelItem:
			clear(levelItem)
			heads[levelItem] = label(l)
			open(section + l.label)
		default:
			if fresh || len(out) == 0 {
				open(clause())
			}
		}
		u := &out[len(out)-1]
		u.lines = append(u.lines, l)
	}
	return out
}

// label is the first words of a numbered line that carries its heading and its text in one: （一）申请。
func label(l line) string {
	head, _, cut := strings.Cut(l.text, "。")
	if !cut || utf8.RuneCountInString(head) > 30 {
		return l.label
	}
	return head
}

// cut makes passages of a unit: one, or several where it is longer than a passage should be.
func (u unit) cut(body []rune) []knowledge.Passage {
	var out []knowledge.Passage
	var piece []line
	size := 0
	flush := func() {
		if len(piece) == 0 {
			return
		}
		from, to := piece[0].from, piece[len(piece)-1].to
		out = append(out, knowledge.Passage{
			Clause: u.clause, Body: plain(string(body[from:to])), From: from, To: to,
		})
		piece, size = nil, 0
	}
	for _, l := range u.lines {
		for _, part := range sentences(l, body) {
			n := part.to - part.from
			if size > 0 && size+n > longest {
				flush()
			}
			piece = append(piece, part)
			size += n
		}
	}
	tail := len(out) > 0 && size > 0 && size < shortest && out[len(out)-1].To-out[len(out)-1].From < longest
	if tail { // too short to stand alone: it goes with the piece before
		last := &out[len(out)-1]
		last.To = piece[len(piece)-1].to
		last.Body = plain(string(body[last.From:last.To]))
	} else {
		flush()
	}
	return u.number(out)
}

// number gives each piece its path: the clause's, the place of the piece in it, and the header of a table.
func (u unit) number(pieces []knowledge.Passage) []knowledge.Passage {
	for i := range pieces {
		path := u.path
		if len(pieces) > 1 {
			path = append(slices.Clone(path), "第"+strconv.Itoa(i+1)+"部分")
		}
		if header := u.header(); header != "" {
			path = append(slices.Clone(path), header)
		}
		pieces[i].Path = strings.Join(path, " › ")
	}
	return pieces
}

// header is the header row of a table in the unit: each row's passage carries it in its path.
func (u unit) header() string {
	for _, l := range u.lines {
		if strings.HasPrefix(l.text, "|") {
			return strings.Join(strings.Fields(strings.ReplaceAll(l.text, "|", " ")), " ")
		}
	}
	return ""
}

// sentences cuts a line that is longer than a passage: after 。；！？, else after a comma, and only where there is
// neither anywhere else; never inside an amount, a date or a document number, and never a table row.
func sentences(l line, body []rune) []line {
	var out []line
	start := l.from
	for l.to-start > longest && !strings.HasPrefix(l.text, "|") {
		end := start + longest
		at := lastAfter(body, start+shortest, end, "。；！？;")
		if at < 0 {
			at = lastAfter(body, start+shortest, end, "，、：, ")
		}
		if at < 0 {
			for at = end; at > start+shortest && inWord(body[at-1]) && inWord(body[at]); at-- {
			}
		}
		out = append(out, part(l, start, at))
		start = at
	}
	return append(out, part(l, start, l.to))
}

// lastAfter is the last place between from and to that follows one of the marks and the quotes that close after it;
// -1 without one. A comma inside a number is no mark.
func lastAfter(body []rune, from, to int, marks string) int {
	for i := to - 1; i >= from; i-- {
		if !strings.ContainsRune(marks, body[i]) || i+1 < len(body) && inWord(body[i+1]) && inWord(body[i-1]) {
			continue
		}
		at := i + 1
		for at < to && strings.ContainsRune("”’」』）)》", body[at]) {
			at++
		}
		return at
	}
	return -1
}

// inWord tells characters that belong together: letters and digits of numbers, dates and codes.
func inWord(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '.' || r == '%' || r == '年' || r == '月' || r == '元'
}

func part(l line, from, to int) line {
	l.from, l.to = from, to
	return l
}

// plain takes the heading marks off a piece of the body.
func plain(text string) string {
	rows := strings.Split(text, "\n")
	for i, row := range rows {
		if strings.HasPrefix(row, "#") {
			rows[i] = strings.TrimLeft(row, "# ")
		}
	}
	return strings.Join(rows, "\n")
}

// Cut makes passages of a text that has no metadata of its own.
func Cut(title, text string) []knowledge.Passage {
	body := strings.Join(lines(text), "\n")
	return passages(title, parse(body), body)
}
