package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	goldmarkhtml "github.com/yuin/goldmark/renderer/html"

	"xiaohe/assistant"
	"xiaohe/assistant/answer"
	"xiaohe/assistant/prose"
)

// answerMeta is what a page needs to show an answer beside its words.
type answerMeta struct {
	HTML      string         `json:"html"`
	Refused   bool           `json:"refused"`
	Citations []citationMeta `json:"citations"`
	Region    regionData     `json:"region"`
	UserSeq   int64          `json:"user_seq"`
	Triage    string         `json:"triage"`
	Case      *caseMeta      `json:"case,omitempty"`   // what was decided
	Danger    *dangerMeta    `json:"danger,omitempty"` // shown before html, or alone where html is empty
	Offer     bool           `json:"offer,omitempty"`  // a person is offered beside a weak answer
	Prose     *prose.Account `json:"prose,omitempty"`  // what a model's words came to, where one was asked
}

// citationMeta is one line of 「依据」.
type citationMeta struct {
	N        int    `json:"n"`
	Document string `json:"document"`
	Number   string `json:"number,omitempty"`
	Clause   string `json:"clause,omitempty"`
	Quote    string `json:"quote"`
	Date     string `json:"date,omitempty"`
	Doubtful string `json:"doubtful,omitempty"`
	Card     bool   `json:"card"`             // the words are 小禾's own, not the document's
	Link     string `json:"link,omitempty"`   // opens the document at the clause, on this server
	Source   string `json:"source,omitempty"` // where the text is published
}

func metaOf(result assistant.Turn, userSeq int64) (json.RawMessage, error) {
	meta := answerMeta{
		Refused: result.Refused, Citations: []citationMeta{}, UserSeq: userSeq,
		Region: regionData{result.Region.Short(), result.Region.Name}, Triage: result.Triage.Level, Offer: result.Offer, Prose: result.Prose,
	}
	for _, c := range shownCitations(result) {
		meta.Citations = append(meta.Citations, citationMeta{
			N: c.N, Document: c.Document, Number: c.Number, Clause: c.Place.Label, Quote: plain(c.Quote), Date: c.Place.Date,
			Doubtful: c.Place.Doubtful, Card: c.Place.Card, Link: viewerLink(c.Place), Source: webAddress(c.URL),
		})
	}
	meta.Case = caseOf(result)
	danger, words := dangerOf(result)
	meta.Danger = danger
	var err error
	if meta.HTML, err = renderAnswer(words, meta.Citations); err != nil {
		return nil, err
	}
	return json.Marshal(meta)
}

// viewerLink is empty for a clause of a document that is not stored here.
func viewerLink(p answer.Place) string {
	if p.DocumentID == "" {
		return ""
	}
	return fmt.Sprintf("/documents/%s?from=%d&to=%d#cited", p.DocumentID, p.From, p.To)
}

// webAddress passes only what a browser may open.
func webAddress(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return u.String()
}

var (
	// Line ends matter in cards. Raw HTML is dropped by goldmark and, should it slip through, by the policy.
	markdown = goldmark.New(goldmark.WithRendererOptions(goldmarkhtml.WithHardWraps()))
	// No element keeps an attribute: links are made afterwards, to our own pages only.
	policy = bluemonday.NewPolicy().AllowElements("p", "br", "strong", "em", "ul", "ol", "li", "blockquote")

	citeMark = regexp.MustCompile(`\[(\d{1,2})\]`)
	hotline  = regexp.MustCompile(`((?:打|拨|拨打|或|、|电话|热线)\s?(?:<strong>)?)(110|119|120|12309|12333|12338|12345|12348|12349|12355|12356|12393)\b`)
)

// renderAnswer makes safe HTML of an answer's Markdown. The marks [1] become links to the cited clauses, hotline
// numbers become links that call them.
func renderAnswer(text string, citations []citationMeta) (string, error) {
	var out bytes.Buffer
	if err := markdown.Convert([]byte(text), &out); err != nil {
		return "", fmt.Errorf("render answer: %w", err)
	}
	safe := policy.Sanitize(out.String())
	safe = hotline.ReplaceAllString(safe, `$1<a class="tel" href="tel:$2">$2</a>`)
	return citeMark.ReplaceAllStringFunc(safe, func(mark string) string {
		n, _ := strconv.Atoi(mark[1 : len(mark)-1])
		for _, c := range citations {
			if c.N == n && c.Link != "" {
				return fmt.Sprintf(`<a class="mark" href="%s" target="_blank" rel="opener" aria-label="依据%d，打开原文">%s</a>`, html.EscapeString(c.Link), n, mark)
			}
		}
		return mark
	}), nil
}

var emphasis = regexp.MustCompile(`\*\*|__|(?m)^(?:[-*] |#{1,6} )`)

// plain takes the marks of Markdown out of a quote.
func plain(text string) string { return strings.TrimSpace(emphasis.ReplaceAllString(text, "")) }

// cut cuts a text after its sentences and lines.
func cut(rest string) []string {
	var all []string
	for rest != "" {
		end := strings.IndexAny(rest, "。；！？\n")
		if end < 0 {
			return append(all, rest)
		}
		_, size := utf8.DecodeRuneInString(rest[end:])
		all = append(all, rest[:end+size])
		rest = rest[end+size:]
	}
	return all
}

// maxBody is what a message may hold in bytes.
const maxBody = 16384

func clipBody(text string) string {
	if len(text) <= maxBody {
		return text
	}
	text = text[:maxBody-3]
	for !utf8.ValidString(text) {
		text = text[:len(text)-1]
	}
	return text + "…"
}
