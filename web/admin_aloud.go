package web

import (
	"strings"

	"xiaohe/knowledge/benefit"
)

// aloudPart is a rule or one of its local changes as it is read aloud.
type aloudPart struct {
	Title    string // of a local change: 杭州市（330100），2021-01-01 起
	Sections []aloudSection
}

// aloudSection is 谁符合, 给多少, …: its lines with the clauses that they rest on.
type aloudSection struct {
	Title string
	Lines []aloudLine
}

// aloudLine is one line. Depth counts the conditions that it stands under; Note is text between the lines.
type aloudLine struct {
	Text    string
	Depth   int
	Note    bool
	Sources []clauseView
}

// Marks in the Markdown of benefit.ReadAloud.
const (
	aloudChange    = "# 地方改动："
	aloudDocuments = "文件" // the list of documents, which the page shows from the rule itself
)

// readAloud takes the Markdown of a rule apart, so that the clauses can stand beside the lines. What the page shows is
// what the file for download says.
func readAloud(markdown string) []aloudPart {
	parts := []aloudPart{{}}
	skip := false
	for text := range strings.Lines(markdown) {
		text = strings.TrimRight(text, "\n")
		part := &parts[len(parts)-1]
		switch {
		case strings.HasPrefix(text, aloudChange):
			parts = append(parts, aloudPart{Title: strings.TrimPrefix(text, aloudChange)})
			skip = false
		case strings.HasPrefix(text, "# "):
		case strings.HasPrefix(text, "## "):
			title := strings.TrimPrefix(text, "## ")
			if skip = title == aloudDocuments; !skip {
				part.Sections = append(part.Sections, aloudSection{Title: title})
			}
		case text != "" && !skip:
			if len(parts) == 1 && len(part.Sections) == 0 {
				continue // the page says it in its head
			}
			if len(part.Sections) == 0 {
				part.Sections = append(part.Sections, aloudSection{})
			}
			section := &part.Sections[len(part.Sections)-1]
			section.Lines = append(section.Lines, aloudLineOf(text))
		}
	}
	return parts
}

func aloudLineOf(text string) aloudLine {
	before, item, ticked := strings.Cut(text, "- [ ] ")
	line := aloudLine{Depth: len(before) / 2}
	if !ticked {
		line.Note, line.Depth, item = true, 0, text
	}
	var cited string
	line.Text, cited = cutCited(item)
	if line.Text == "" {
		line.Text = "以上出自"
	}
	for _, label := range splitOutside(cited, '；') {
		line.Sources = append(line.Sources, clauseView{Label: label})
	}
	return line
}

// cutCited cuts the clauses off a line: text 〔民发〔2019〕62号 一；…〕.
func cutCited(line string) (text, cited string) {
	rest, ok := strings.CutSuffix(line, "〕")
	if !ok {
		return line, ""
	}
	depth := 1
	for i := len(rest); i > 0; {
		switch {
		case strings.HasSuffix(rest[:i], "〕"):
			depth++
			i -= len("〕")
		case strings.HasSuffix(rest[:i], "〔"):
			depth--
			i -= len("〔")
			if depth == 0 && (i == 0 || rest[i-1] == ' ') {
				return strings.TrimSpace(rest[:i]), rest[i+len("〔"):]
			}
		default:
			i--
		}
	}
	return line, ""
}

// splitOutside cuts text at a mark outside brackets; nothing has no pieces.
func splitOutside(text string, mark rune) []string {
	var pieces []string
	depth, start := 0, 0
	for i, r := range text {
		switch {
		case strings.ContainsRune("（〔《", r):
			depth++
		case strings.ContainsRune("）〕》", r):
			depth--
		case r == mark && depth == 0:
			pieces = append(pieces, text[start:i])
			start = i + len(string(mark))
		}
	}
	if start < len(text) {
		pieces = append(pieces, text[start:])
	}
	return pieces
}

// sourceOf finds the document that a label such as 民发〔2019〕62号 一 or 《社会救助法》 第十八条 names.
func sourceOf(label string, documents []benefit.Source) (benefit.Source, bool) {
	for _, d := range documents {
		for _, name := range []string{d.Number, "《" + d.Document + "》"} {
			if clause, ok := strings.CutPrefix(label, name); ok && name != "" && (clause == "" || clause[0] == ' ') {
				d.Clause = strings.TrimSpace(clause)
				return d, true
			}
		}
	}
	return benefit.Source{}, false
}
