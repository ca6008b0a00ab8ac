package web

// caseMeta is what a page needs to show a decision: 我听到的, the summary card and the next question.
type caseMeta struct {
	decision
	Text  string            `json:"text"`            // the card as plain text, for sharing
	Links map[string]string `json:"links,omitempty"` // number, or number and clause, of a source -> where our viewer shows it
}

// caseOf is nil where a turn decided nothing.
func caseOf(d *decision, citations []citationMeta) *caseMeta {
	if d == nil {
		return nil
	}
	return &caseMeta{decision: *d, Text: cardText(d.Card), Links: sourceLinks(citations)}
}

// sourceLinks finds the documents that an answer cites by their numbers. A knowledge card is no source: its words are
// 小禾's own.
func sourceLinks(citations []citationMeta) map[string]string {
	links := map[string]string{}
	add := func(key, link string) {
		if _, taken := links[key]; !taken {
			links[key] = link
		}
	}
	for _, c := range citations {
		if c.Card || c.Number == "" {
			continue
		}
		add(c.Number, c.Link)
		add(c.Number+" "+c.Clause, c.Link)
	}
	return links
}
