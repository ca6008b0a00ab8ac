package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"xiaohe/assistant/conversation"
	"xiaohe/assistant/dialogue"
	"xiaohe/knowledge/benefit"
)

// cardPage is the printable page of one card. It is a shell without content: its script reads the card with the
// visit's token, as the conversation itself is read. The address holds no words, only ids.
func (s *Server) cardPage(w http.ResponseWriter, _ *http.Request) {
	s.render(w, http.StatusOK, "card.html", nil)
}

type sheetAnswer struct {
	HTML string `json:"html"`
}

// cardSheet is the content of that page: the decision of the message of that seq.
func (s *Server) cardSheet(w http.ResponseWriter, r *http.Request) {
	_, c, err := s.member(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d, err := s.decided(r, c)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	var out bytes.Buffer
	if err := s.pages.templates.ExecuteTemplate(&out, "sheet.html", sheetOf(d)); err != nil {
		s.fail(w, r, fmt.Errorf("render sheet: %w", err))
		return
	}
	writeJSON(w, http.StatusOK, sheetAnswer{out.String()})
}

// decided reads the decision that a message of a conversation carries.
func (s *Server) decided(r *http.Request, c conversation.Conversation) (dialogue.Decision, error) {
	missing := problem{Code: codeNotFound, Message: "没有找到这张卡"}
	seq, err := strconv.ParseInt(r.PathValue("seq"), 10, 64)
	if err != nil || seq < 1 || seq > c.LastSeq {
		return dialogue.Decision{}, missing
	}
	messages, err := s.conversations.Since(r.Context(), c.ID, seq-1, 1)
	if err != nil {
		return dialogue.Decision{}, err
	}
	if len(messages) == 0 || messages[0].Seq != seq {
		return dialogue.Decision{}, missing
	}
	var meta struct {
		Case *dialogue.Decision `json:"case"`
	}
	if err := json.Unmarshal(messages[0].Meta, &meta); err != nil {
		return dialogue.Decision{}, fmt.Errorf("read meta: %w", err)
	}
	if meta.Case == nil {
		return dialogue.Decision{}, missing
	}
	return *meta.Case, nil
}

// sheetView is a decision as it is printed: the parts of its card in order, and the documents that it rests on
// numbered at the end.
type sheetView struct {
	dialogue.Decision
	Groups    []sheetGroup
	Documents []sheetDocument
}

type sheetGroup struct {
	Kind, Title string
	Items       []sheetItem
}

// sheetItem is a benefit with what is printed of it.
type sheetItem struct {
	benefit.Item
	Name  string
	Why   []string
	Wants string         // what is still missing
	Rows  []benefit.Step // who applies, where, …
	Marks []int          // numbers of its documents
}

// sheetDocument is one line of 依据.
type sheetDocument struct {
	Title, Number, Seen string
	Clauses             []string
}

// unseen is the number of a document that was reported on without it.
const unseen = "未见"

func sheetOf(d dialogue.Decision) sheetView {
	v := sheetView{Decision: d}
	for _, g := range []struct {
		kind, title string
		items       []benefit.Item
	}{
		{"eligible", "可以申请的", d.Card.Eligible}, {"open", "还要确认的", d.Card.Open},
		{"ruled_out", "不符合的", d.Card.RuledOut}, {"received", "已经在领的", d.Card.Received},
	} {
		if len(g.items) == 0 {
			continue
		}
		group := sheetGroup{Kind: g.kind, Title: g.title}
		for _, i := range g.items {
			group.Items = append(group.Items, v.item(g.kind, i))
		}
		v.Groups = append(v.Groups, group)
	}
	return v
}

// item prepares one benefit. What is still open is printed short: what is missing, and where to ask.
func (v *sheetView) item(kind string, i benefit.Item) sheetItem {
	printed := sheetItem{Item: i, Name: i.Plain}
	if printed.Name == "" {
		printed.Name = i.ID
	}
	if kind == "eligible" || kind == "ruled_out" {
		for _, reason := range i.Because {
			printed.Why = append(printed.Why, reason.Text)
		}
		for _, s := range i.Sources {
			if n := v.document(s); !slices.Contains(printed.Marks, n) {
				printed.Marks = append(printed.Marks, n)
			}
		}
	}
	switch kind {
	case "eligible":
		printed.rows("谁去申请", i.Apply.Who, "去哪办", i.Apply.Where, "谁确认", i.Apply.Decides, "公示", i.Apply.Public,
			"网上办", i.Apply.Online, "问电话", i.Apply.Phone)
	case "open":
		printed.Wants = wants(i.Missing)
		printed.rows("去哪问", i.Apply.Where)
	}
	return printed
}

// mostWanted is how many missing facts are named.
const mostWanted = 5

func wants(missing []benefit.Missing) string {
	var labels []string
	for _, m := range missing[:min(mostWanted, len(missing))] {
		labels = append(labels, m.Label)
	}
	text := strings.Join(labels, "、")
	if len(missing) > mostWanted {
		text += fmt.Sprintf("等 %d 样", len(missing))
	}
	return text
}

// document is the number of a source's document at the end of the sheet; its clauses are gathered there.
func (v *sheetView) document(s benefit.Source) int {
	if s.Number == unseen {
		s.Number = ""
	}
	at := slices.IndexFunc(v.Documents, func(d sheetDocument) bool { return d.Title == s.Document && d.Number == s.Number })
	if at < 0 {
		at = len(v.Documents)
		v.Documents = append(v.Documents, sheetDocument{Title: s.Document, Number: s.Number, Seen: s.Seen})
	}
	if d := &v.Documents[at]; s.Clause != "" && !slices.Contains(d.Clauses, s.Clause) {
		d.Clauses = append(d.Clauses, s.Clause)
	}
	return at + 1
}

// rows takes labels and texts in turn; without a text there is no row.
func (i *sheetItem) rows(pairs ...string) {
	for p := range slices.Chunk(pairs, 2) {
		if p[1] != "" {
			i.Rows = append(i.Rows, benefit.Step{Step: p[0], Time: p[1]})
		}
	}
}
