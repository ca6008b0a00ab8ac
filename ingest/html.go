package ingest

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"xiaohe/knowledge"
)

// maxDepth bounds the nesting of a page: deeper ones are made to hurt.
const maxDepth = 400

// readHTML reads a web page: the main text without navigation, scripts and footers.
func readHTML(data []byte) (source, error) {
	text, err := decode(data)
	if err != nil {
		return source{}, err
	}
	root, err := html.Parse(bytes.NewReader([]byte(text)))
	if err != nil {
		return source{}, &knowledge.InputError{Message: "网页读不懂：" + err.Error()}
	}
	p := page{}
	p.survey(root, 0)
	main := p.main
	if main == nil {
		main = root
	}
	w := writer{}
	w.walk(main, 0)
	w.line()
	s := source{text: strings.Join(lines(w.out.String()), "\n"), meta: p.meta}
	if s.text == "" {
		return source{}, &knowledge.InputError{Message: "网页里没有正文"}
	}
	return s, nil
}

// page is what a first look over a page finds: the element that holds the text, and the head's metadata
// (names of the government-site standard: ArticleTitle, PubDate, ContentSource).
type page struct {
	meta metadata
	main *html.Node
	rank int
}

// mainMarks name the element that holds the text on government sites, best last.
var mainMarks = []string{"body", "content", "main", "article", "article-content", "trs_editor", "zoom", "ucap-content"}

func (p *page) survey(n *html.Node, depth int) {
	if depth > maxDepth {
		return
	}
	if n.Type == html.ElementNode {
		switch n.DataAtom {
		case atom.Meta:
			p.metaTag(attr(n, "name"), strings.TrimSpace(attr(n, "content")))
		case atom.Title:
			if p.meta.Title == "" && n.FirstChild != nil {
				p.meta.Title, _, _ = strings.Cut(strings.TrimSpace(n.FirstChild.Data), "_") // 标题_栏目_网站
			}
		}
		for rank, mark := range mainMarks {
			if rank >= p.rank && (n.Data == mark || strings.EqualFold(attr(n, "id"), mark) || hasClass(n, mark)) {
				p.main, p.rank = n, rank+1
			}
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		p.survey(c, depth+1)
	}
}

func (p *page) metaTag(name, content string) {
	switch strings.ToLower(name) {
	case "articletitle":
		p.meta.Title = content
	case "pubdate":
		if len(content) >= 10 && partialDate.MatchString(content[:10]) {
			p.meta.Issued = content[:10]
		}
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func hasClass(n *html.Node, class string) bool {
	for c := range strings.FieldsSeq(attr(n, "class")) {
		if strings.EqualFold(c, class) {
			return true
		}
	}
	return false
}

// writer renders elements as lines: headings with #, table rows with |, blocks on lines of their own.
type writer struct {
	out     strings.Builder
	current strings.Builder
	prefix  string
}

func (w *writer) line() {
	if text := strings.Join(strings.Fields(w.current.String()), " "); text != "" {
		w.out.WriteString(w.prefix + text + "\n")
	}
	w.current.Reset()
}

func (w *writer) walk(n *html.Node, depth int) {
	if depth > maxDepth {
		return
	}
	switch n.Type {
	case html.TextNode:
		w.current.WriteString(n.Data)
		return
	case html.ElementNode:
		switch n.DataAtom {
		case atom.Script, atom.Style, atom.Nav, atom.Footer, atom.Header, atom.Aside, atom.Noscript, atom.Template,
			atom.Form, atom.Button, atom.Select, atom.Iframe, atom.Svg, atom.Head:
			return
		case atom.Br:
			w.line()
			return
		case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
			w.line()
			w.prefix = strings.Repeat("#", int(n.Data[1]-'0')) + " "
			w.children(n, depth)
			w.line()
			w.prefix = ""
			return
		case atom.Tr:
			w.row(n, depth)
			return
		case atom.P, atom.Div, atom.Li, atom.Ul, atom.Ol, atom.Table, atom.Section, atom.Article, atom.Blockquote, atom.Dd, atom.Dt:
			w.line()
			w.children(n, depth)
			w.line()
			return
		}
	}
	w.children(n, depth)
}

func (w *writer) children(n *html.Node, depth int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.walk(c, depth+1)
	}
}

// row writes a table row as | cell | cell |; blocks inside a cell stay on its line.
func (w *writer) row(n *html.Node, depth int) {
	w.line()
	var cells []string
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Td || c.DataAtom == atom.Th {
			inner := writer{}
			inner.children(c, depth+1)
			inner.line()
			cells = append(cells, strings.Join(strings.Fields(inner.out.String()), " "))
		}
	}
	if len(cells) > 0 {
		w.out.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
}
