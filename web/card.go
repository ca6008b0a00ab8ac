package web

import (
	"net/http"
	"slices"

	"xiaohe/assistant/answer"
	"xiaohe/assistant/dialogue"
	"xiaohe/knowledge/benefit"
)

// caseMeta is what a page needs to show a decision: 我听到的, the summary card and the next question.
type caseMeta struct {
	dialogue.Decision
	Text  string            `json:"text"`            // the card as plain text, for sharing
	Links map[string]string `json:"links,omitempty"` // number, or number and clause, of a source -> where our viewer shows it
}

// caseOf is nil where a turn decided nothing.
func caseOf(d *dialogue.Decision, citations []answer.Citation) *caseMeta {
	if d == nil {
		return nil
	}
	m := &caseMeta{Decision: *d, Text: benefit.Text(d.Card), Links: sourceLinks(citations)}
	for _, items := range []*[]benefit.Item{&m.Card.Eligible, &m.Card.Open, &m.Card.RuledOut, &m.Card.Received} {
		*items = lighter(*items)
	}
	return m
}

// lighter leaves out what no page shows: the sources of each single reason, and the question beside a label. It halves
// what a phone has to load.
func lighter(items []benefit.Item) []benefit.Item {
	items = slices.Clone(items)
	for i := range items {
		items[i].Because = slices.Clone(items[i].Because)
		for j := range items[i].Because {
			items[i].Because[j].Sources = nil
		}
		items[i].Missing = slices.Clone(items[i].Missing)
		for j := range items[i].Missing {
			items[i].Missing[j].Ask = ""
		}
	}
	return items
}

// sourceLinks finds what an answer cites by number and clause, and the whole document by its number. A knowledge card is
// no source: its words are 小禾's own.
func sourceLinks(citations []answer.Citation) map[string]string {
	links := map[string]string{}
	for _, c := range citations {
		if c.Place.Card || c.Number == "" || c.Place.DocumentID == "" {
			continue
		}
		links[c.Number] = "/documents/" + c.Place.DocumentID
		links[c.Number+" "+c.Clause] = viewerLink(c.Place)
	}
	return links
}

// factData is what can be said of a fact, for the sheet that corrects a chip.
type factData struct {
	Options []string `json:"options"`
	Unit    string   `json:"unit"` // of a number
}

// facts lists what can be said of each fact by its name. It is the same for everybody: no address says what a family
// has told.
func (s *Server) facts(w http.ResponseWriter, r *http.Request) {
	book, err := s.knowledge.Book(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	view := book.At(benefit.Places{}, 0) // the words of questions depend on no place and no day
	all := map[string]factData{}
	for _, fact := range book.Dictionary.Facts {
		q := view.Question(fact.Name)
		all[fact.Name] = factData{q.Options, q.Unit}
	}
	writeJSON(w, http.StatusOK, all)
}
