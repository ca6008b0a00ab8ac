package answer

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"xiaohe/knowledge"
	"xiaohe/knowledge/lexical"
)

// CardMark stands before a card's title wherever it is shown like a document: its words are not the document's.
const CardMark = "小禾知识卡："

// longestQuote is the length in characters up to which neighbouring sentences join a quote.
const longestQuote = 150

// builder collects the citations of one answer.
type builder struct {
	focus     string // what a quote should speak of
	on        knowledge.Date
	citations []Citation
	texts     []string          // behind the citations; empty where a text is not in the knowledge
	marked    map[string]string // the marks of each benefit's clauses
	caveats   []string
	room      int // the most citations, MaxCitations where it is 0
}

// cite adds a hit and returns its citation; nil where the answer has enough, or cites the clause already.
func (b *builder) cite(h knowledge.Hit) *Citation {
	if len(b.citations) >= cmp.Or(b.room, MaxCitations) {
		return nil
	}
	if h.Document.Card != nil {
		card := h.Document
		card.Body = h.Passage.Body
		return b.citeCard(card)
	}
	id := h.Document.ID.String()
	for _, c := range b.citations {
		if c.Place.DocumentID == id && c.Clause == h.Clause {
			return nil
		}
	}
	from, to := quoteSpan(h.Passage.Body, b.focus)
	quote := string([]rune(h.Passage.Body)[from:to])
	c := Citation{
		N: len(b.citations) + 1, Document: h.Document.Title, Number: h.Document.Number, Clause: h.Clause, Quote: quote,
		URL: h.Document.Source, File: h.Document.File,
		Place: Place{DocumentID: id, Label: label(h.Passage), From: h.From, To: h.To, Date: date(h.Document), Doubtful: doubt(h.Document, b.on)},
	}
	if c.Place.Doubtful != "" && !slices.Contains(b.caveats, c.Place.Doubtful) && len(b.citations) < 2 {
		b.caveats = append(b.caveats, c.Place.Doubtful)
	}
	b.citations, b.texts = append(b.citations, c), append(b.texts, h.Passage.Body)
	return &b.citations[len(b.citations)-1]
}

// citeCard cites the card's own words where none of its sources is in the knowledge.
func (b *builder) citeCard(card knowledge.Document) *Citation {
	id := card.ID.String()
	if slices.ContainsFunc(b.citations, func(c Citation) bool { return c.Place.DocumentID == id }) {
		return nil
	}
	basis := card.Card.Basis[0]
	text := card.Short()
	from, to := quoteSpan(text, b.focus)
	b.citations = append(b.citations, Citation{
		N: len(b.citations) + 1, Document: CardMark + card.Title + "（据《" + basis.Document + "》）", Number: basis.Number, Clause: basis.Clause,
		Quote: string([]rune(text)[from:to]), URL: basis.URL, File: card.File,
		Place: Place{DocumentID: id, Label: basis.Clause, From: from, To: to, Card: true, Date: date(knowledge.Document{Issued: basis.Issued})},
	})
	b.texts = append(b.texts, text)
	return &b.citations[len(b.citations)-1]
}

// label is a clause as a reader finds it: 第三十六条, 二、规范认定流程（一）申请.
func label(p knowledge.Passage) string {
	if p.Clause == "" || strings.HasPrefix(p.Clause, "第") {
		return p.Clause
	}
	var parts []string
	for part := range strings.SplitSeq(p.Path, " › ") {
		if !piece.MatchString(part) && !strings.HasPrefix(part, "附件") {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return p.Clause
	}
	return strings.Join(parts, "")
}

// piece is how ingestion marks the pieces of a clause that is too long for one passage.
var piece = regexp.MustCompile(`^第\d+部分$`)

// date says since when a document holds, else when it was issued.
func date(d knowledge.Document) string {
	switch {
	case d.Effective != "":
		return string(d.Effective) + " 起施行"
	case d.Issued != "":
		return d.Issued + " 发布"
	}
	return ""
}

// doubt says why a source needs checking before one relies on it.
func doubt(d knowledge.Document, on knowledge.Date) string {
	switch {
	case d.Expires != "" && on >= d.Expires || d.Status == "已废止":
		return "所引文件已经失效，只供了解过去的规定"
	case d.Status == "已修订":
		return "所引文件已有修订，请以新文本为准"
	case d.Status != "" && d.Status != "现行有效":
		return "所引文件是否仍然有效还要核对"
	}
	return ""
}

// marks are the numbers of the citations so far: [1][2].
func (b *builder) marks() string {
	var marks strings.Builder
	for _, c := range b.citations {
		fmt.Fprintf(&marks, "[%d]", c.N)
	}
	return marks.String()
}

// reply closes the answer with what the reader has to know of the sources.
func (b *builder) reply(text string) Reply {
	return Reply{Text: text + b.caveat(), Citations: b.citations}
}

// caveat is what the reader has to know of the sources.
func (b *builder) caveat() string {
	caveat := "以当地最新规定为准。"
	if len(b.caveats) > 0 {
		caveat = strings.Join(b.caveats, "；") + "，" + caveat
	}
	return "\n\n" + caveat
}

// quoteSpan finds the sentences of body that speak most of focus: a verbatim span, in characters.
func quoteSpan(body, focus string) (from, to int) {
	terms := lexical.Terms(focus)
	spans := sentenceSpans(body)
	runes := []rune(body)
	best, bestScore := 0, -1.0
	for i, s := range spans {
		score := 0.0
		for term := range lexical.Terms(string(runes[s[0]:s[1]])) {
			if utf8.RuneCountInString(term) > 1 && terms[term] > 0 {
				score++
			}
		}
		if score > bestScore {
			best, bestScore = i, score
		}
	}
	from, to = spans[best][0], spans[best][1]
	for next := best + 1; next < len(spans) && spans[next][1]-from <= longestQuote; next++ {
		to = spans[next][1]
	}
	for before := best - 1; before >= 0 && to-spans[before][0] <= longestQuote; before-- {
		from = spans[before][0]
	}
	return from, to
}

// sentenceSpans cuts text after 。；！？ and at line ends. There is at least one span.
func sentenceSpans(text string) [][2]int {
	runes := []rune(text)
	var spans [][2]int
	start := 0
	for i, r := range runes {
		if r == '\n' {
			if i > start {
				spans = append(spans, [2]int{start, i})
			}
			start = i + 1
		} else if strings.ContainsRune("。；！？", r) && (i+1 == len(runes) || !strings.ContainsRune("”’」』）", runes[i+1])) {
			spans = append(spans, [2]int{start, i + 1})
			start = i + 1
		}
	}
	if start < len(runes) || len(spans) == 0 {
		spans = append(spans, [2]int{start, len(runes)})
	}
	return spans
}
