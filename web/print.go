package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"xiaohe/assistant/conversation"
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
func (s *Server) decided(r *http.Request, c conversation.Conversation) (decision, error) {
	missing := problem{Code: codeNotFound, Message: "没有找到这张卡"}
	seq, err := strconv.ParseInt(r.PathValue("seq"), 10, 64)
	if err != nil || seq < 1 || seq > c.LastSeq {
		return decision{}, missing
	}
	messages, err := s.conversations.Since(r.Context(), c.ID, seq-1, 1)
	if err != nil {
		return decision{}, err
	}
	if len(messages) == 0 || messages[0].Seq != seq {
		return decision{}, missing
	}
	var meta struct {
		Case *decision `json:"case"`
	}
	if err := json.Unmarshal(messages[0].Meta, &meta); err != nil {
		return decision{}, fmt.Errorf("read meta: %w", err)
	}
	if meta.Case == nil {
		return decision{}, missing
	}
	return *meta.Case, nil
}

// sheetView is a decision as it is printed: the parts of its card in order, and all sources numbered at the end.
type sheetView struct {
	decision
	Groups  []sheetGroup
	Sources []source
}

type sheetGroup struct {
	Kind, Title string
	Items       []sheetItem
}

// sheetItem is a benefit with what is printed of it.
type sheetItem struct {
	item
	Name  string
	Why   []string
	Rows  []step // who applies, where, …
	Marks []int  // numbers of its sources
}

func sheetOf(d decision) sheetView {
	v := sheetView{decision: d}
	number := map[source]int{}
	for _, g := range []struct {
		kind, title string
		items       []item
	}{
		{"eligible", "可以申请的", d.Card.Eligible}, {"open", "还要确认的", d.Card.Open},
		{"ruled_out", "不符合的", d.Card.RuledOut}, {"received", "已经在领的", d.Card.Received},
	} {
		if len(g.items) == 0 {
			continue
		}
		group := sheetGroup{Kind: g.kind, Title: g.title}
		for _, i := range g.items {
			printed := sheetItemOf(g.kind, i)
			for _, src := range i.Sources {
				if number[src] == 0 {
					v.Sources = append(v.Sources, src)
					number[src] = len(v.Sources)
				}
				printed.Marks = append(printed.Marks, number[src])
			}
			group.Items = append(group.Items, printed)
		}
		v.Groups = append(v.Groups, group)
	}
	return v
}

func sheetItemOf(kind string, i item) sheetItem {
	printed := sheetItem{item: i, Name: i.Plain}
	if printed.Name == "" {
		printed.Name = i.ID
	}
	for _, reason := range i.Because {
		if reason.Met == (kind != "ruled_out") {
			printed.Why = append(printed.Why, reason.Text)
		}
	}
	for _, row := range []step{
		{Step: "谁去申请", Time: i.Apply.Who}, {Step: "去哪办", Time: i.Apply.Where}, {Step: "谁确认", Time: i.Apply.Decides},
		{Step: "公示", Time: i.Apply.Public}, {Step: "网上办", Time: i.Apply.Online}, {Step: "问电话", Time: i.Apply.Phone},
	} {
		if row.Time != "" {
			printed.Rows = append(printed.Rows, row)
		}
	}
	return printed
}
