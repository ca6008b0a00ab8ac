package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"xiaohe/knowledge"
)

// documentView is what the viewer shows: the document's head, and its body line by line.
type documentView struct {
	knowledge.Document
	Region  string
	Source  string
	Notes   []string
	Lines   []documentLine
	Cited   bool // some line is cited
	Basis   []knowledge.Basis
	IsCard  bool
	Summary string // the confidence of a card
}

// documentLine is a line of the body. Level is 1 to 6 for headings; a row of a table has Cells.
type documentLine struct {
	Kind   string // heading, item, quote, row or text
	Level  int
	Parts  []documentPart
	Cells  [][]documentPart
	Opens  bool // the first row of a table
	Closes bool // the last one
	Cited  bool
	First  bool // the first cited line: the page opens here
}

type documentPart struct {
	Text  string
	Cited bool
}

// documentPage shows a document; ?from= and ?to= mark the cited characters of its body.
func (s *Server) documentPage(w http.ResponseWriter, r *http.Request) {
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		s.notFound(w, r)
		return
	}
	d, err := s.knowledge.Document(r.Context(), id)
	if err != nil {
		if knowledge.IsInputError(err) {
			s.notFound(w, r)
			return
		}
		s.log.Error("read document", "error", err)
		s.message(w, http.StatusServiceUnavailable, "暂时打不开", "服务器一时没接上，请稍后再试。")
		return
	}
	region, err := s.named(r.Context(), d.Region)
	if err != nil {
		s.log.Error("read region", "error", err)
	}
	view := documentView{Document: d, Region: region.Name, Source: webAddress(d.Source), Notes: notes(d, s.knowledge.Today())}
	if d.Card != nil {
		view.IsCard, view.Basis, view.Summary = true, d.Card.Basis, d.Card.Confidence
		for i := range view.Basis {
			view.Basis[i].URL = webAddress(view.Basis[i].URL)
		}
	}
	view.Lines, view.Cited = documentLines(d.Body, span(r))
	s.render(w, http.StatusOK, "document.html", view)
}

// span reads the cited characters; what makes no sense cites nothing.
func span(r *http.Request) [2]int {
	from, err1 := strconv.Atoi(r.FormValue("from"))
	to, err2 := strconv.Atoi(r.FormValue("to"))
	if err1 != nil || err2 != nil || from < 0 || to <= from {
		return [2]int{}
	}
	return [2]int{from, to}
}

// notes are the warnings that a reader has to see before the text.
func notes(d knowledge.Document, today knowledge.Date) []string {
	var all []string
	if d.Replaced {
		all = append(all, "这份文件已有新版本，这里显示的是旧版本")
	}
	if d.Expires != "" && today >= d.Expires {
		all = append(all, fmt.Sprintf("这份文件从 %s 起不再有效", d.Expires))
	}
	switch d.Status {
	case "已废止", "失效", "已失效":
		all = append(all, "这份文件已经失效，只供了解过去的规定")
	case "已修订":
		all = append(all, "这份文件已有修订，请以新文本为准")
	case "", "现行有效":
	default:
		all = append(all, "这份文件的状态是“"+d.Status+"”，用之前请核对")
	}
	if d.Effective != "" && today < d.Effective {
		all = append(all, fmt.Sprintf("这份文件从 %s 起才生效", d.Effective))
	}
	if d.Card != nil && d.Card.Confidence != knowledge.Confidences[0] {
		all = append(all, map[string]string{"报道": "内容来自报道，没有见到文件原文", "待核": "内容还没有核对，办事前请先问清楚"}[d.Card.Confidence])
	}
	return all
}

// documentLines cuts a body into lines and marks the cited characters, counted from the body's begin.
func documentLines(body string, cited [2]int) (lines []documentLine, anyCited bool) {
	at, inTable := 0, false
	for text := range strings.SplitSeq(body, "\n") {
		runes := []rune(text)
		line, skip := lineOf(text)
		from, to := cited[0]-at, cited[1]-at
		at += len(runes) + 1
		if line.Kind == "row" {
			line.Cells = cells(runes, from, to)
		} else {
			line.Cells = [][]documentPart{parts(runes, skip, from, to)}
			line.Parts = line.Cells[0]
		}
		row := line.Kind == "row"
		if inTable && !row {
			lines[len(lines)-1].Closes = true
		}
		if row && ruler(text) || !row && len(line.Parts) == 0 {
			inTable = inTable && row
			continue
		}
		line.Opens, inTable = row && !inTable, row
		for _, cell := range line.Cells {
			for _, p := range cell {
				line.Cited = line.Cited || p.Cited
			}
		}
		line.First = line.Cited && !anyCited
		anyCited = anyCited || line.Cited
		lines = append(lines, line)
	}
	if inTable {
		lines[len(lines)-1].Closes = true
	}
	return lines, anyCited
}

// ruler tells whether a row only separates a table's head: |---|---|.
func ruler(text string) bool { return strings.Trim(text, "|-: ") == "" }

// cells cuts a row of a table at its bars. Text after the last bar is a cell, too; nothing is none.
func cells(row []rune, from, to int) [][]documentPart {
	var all [][]documentPart
	start := 1
	for i := 1; i <= len(row); i++ {
		if i < len(row) && row[i] != '|' {
			continue
		}
		end := i
		for start < end && row[start] == ' ' {
			start++
		}
		for end > start && row[end-1] == ' ' {
			end--
		}
		if i < len(row) || end > start {
			all = append(all, parts(row[:end], start, from, to))
		}
		start = i + 1
	}
	return all
}

// lineOf tells what a line is by its Markdown mark, and how many characters the mark takes.
func lineOf(text string) (documentLine, int) {
	trimmed := strings.TrimLeft(text, " ")
	indent := len(text) - len(trimmed)
	level := len(trimmed) - len(strings.TrimLeft(trimmed, "#"))
	switch {
	case level >= 1 && level <= 6 && strings.HasPrefix(trimmed[level:], " "):
		return documentLine{Kind: "heading", Level: level}, indent + level + 1
	case strings.HasPrefix(trimmed, "- "), strings.HasPrefix(trimmed, "* "):
		return documentLine{Kind: "item"}, indent + 2
	case strings.HasPrefix(trimmed, "> "):
		return documentLine{Kind: "quote"}, indent + 2
	case strings.HasPrefix(trimmed, "|"):
		return documentLine{Kind: "row"}, 0
	}
	return documentLine{Kind: "text"}, indent
}

// parts cuts a line at the borders of the cited span, which is counted from the line's begin.
func parts(line []rune, skip, from, to int) []documentPart {
	from, to = min(max(from, skip), len(line)), min(max(to, skip), len(line))
	var all []documentPart
	add := func(runes []rune, cited bool) {
		if text := strings.ReplaceAll(string(runes), "**", ""); strings.TrimSpace(text) != "" {
			all = append(all, documentPart{text, cited})
		}
	}
	if skip > len(line) {
		return nil
	}
	add(line[skip:from], false)
	add(line[from:max(from, to)], true)
	add(line[max(from, to):], false)
	return all
}
