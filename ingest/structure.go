package ingest

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// level of a heading in an official document, outermost first.
type level int

const (
	levelText    level = iota // a paragraph, 款 inside an article
	levelBook                 // 编
	levelPart                 // 分编
	levelChapter              // 章
	levelHeading              // a Markdown heading without a number
	levelSection              // 节, or 一、
	levelArticle              // 条
	levelItem                 // （一）
	levelAnnex                // 附件
)

// line is one paragraph of a document with its place in it.
type line struct {
	text    string // without # marks
	level   level
	label   string // 第十一条, 一, （一）
	heading bool   // a heading stands alone; otherwise the text goes on in the same line
	apart   bool   // an article's label is set apart from its text, as 第八条 is and 第八条规定的 is not
	from    int    // characters into the body
	to      int
}

const numerals = `[一二三四五六七八九十百千零〇○两\d]+`

var (
	bookLine    = regexp.MustCompile(`^第` + numerals + `(编|分编|章|节)(?:[\s\p{Z}]|$)`)
	articleLine = regexp.MustCompile(`^第[\s\p{Z}]*(` + numerals + `)[\s\p{Z}]*条(之` + numerals + `)?(\s|\p{Z}|[:：]|$)?`)
	sectionLine = regexp.MustCompile(`^([一二三四五六七八九十]{1,3})[、．.]`)
	itemLine    = regexp.MustCompile(`^[（(]([一二三四五六七八九十]{1,3})[）)]`)
	annexLine   = regexp.MustCompile(`^附件?[\s\p{Z}]*(` + numerals + `)?[\s\p{Z}]*[:：]?$|^附件[\s\p{Z}]*(` + numerals + `)?[\s\p{Z}]*[:：]`)
)

// parse marks every line of a body (one paragraph a line, # before Markdown headings) with its level.
func parse(body string) []line {
	var out []line
	offset := 0
	for _, raw := range strings.Split(body, "\n") {
		text := strings.TrimLeft(raw, "# ")
		l := line{text: text, heading: strings.HasPrefix(raw, "#"), from: offset + utf8.RuneCountInString(raw[:len(raw)-len(text)])}
		l.to = offset + utf8.RuneCountInString(raw)
		offset = l.to + 1
		l.classify()
		if l.text != "" {
			out = append(out, l)
		}
	}
	return demote(out)
}

func (l *line) classify() {
	if m := bookLine.FindStringSubmatch(l.text); m != nil && utf8.RuneCountInString(l.text) <= 40 {
		l.level = map[string]level{"编": levelBook, "分编": levelPart, "章": levelChapter, "节": levelSection}[m[1]]
		l.heading = true
		return
	}
	if m := articleLine.FindStringSubmatch(l.text); m != nil {
		l.level, l.label, l.heading, l.apart = levelArticle, "第"+m[1]+"条"+m[2], false, m[3] != "" || l.text == m[0]
		return
	}
	if m := sectionLine.FindStringSubmatch(l.text); m != nil {
		l.level, l.label = levelSection, m[1]
		l.heading = l.heading || !strings.ContainsAny(l.text, "。；;") && utf8.RuneCountInString(l.text) <= 40
		return
	}
	if m := itemLine.FindStringSubmatch(l.text); m != nil {
		l.level, l.label = levelItem, "（"+m[1]+"）"
		return
	}
	switch {
	case annexLine.MatchString(l.text) && utf8.RuneCountInString(l.text) <= 40:
		l.level, l.heading = levelAnnex, true
	case l.heading:
		l.level = levelHeading
	}
}

// demote settles what a mark means in this document: where there are articles, （一） is an item (项) inside one
// and 一、 is a heading above them; a heading that repeats before the text begins is a table of contents.
func demote(all []line) []line {
	articles, last := 0, 0
	for i := range all {
		l := &all[i]
		if l.level != levelArticle {
			continue
		}
		n := hanNumber(strings.TrimSuffix(strings.TrimPrefix(l.label, "第"), "条"))
		if !l.apart && n != last+1 { // a paragraph that begins by naming another article
			l.level, l.label = levelText, ""
			continue
		}
		articles, last = articles+1, n
	}
	if articles < 2 {
		return all
	}
	first := false
	for i := range all {
		l := &all[i]
		first = first || l.level == levelArticle
		switch {
		case l.level == levelItem && first:
			l.level = levelText
		case l.level == levelSection && l.label != "" && !l.heading:
			l.level, l.label = levelText, ""
		}
	}
	return all
}

// withoutContents drops the headings of a table of contents: those that are followed by no text
// and come again later.
func withoutContents(all []line) []line {
	last := map[string]int{}
	for i, l := range all {
		if l.heading {
			last[squeeze(l.text)] = i
		}
	}
	var out []line
	for i, l := range all {
		repeated := l.heading && last[squeeze(l.text)] > i
		if repeated || squeeze(l.text) == "目录" {
			continue
		}
		out = append(out, l)
	}
	return out
}

func squeeze(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '　' }), "")
}
