package web

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"xiaohe/assistant"
	"xiaohe/assistant/answer"
	"xiaohe/assistant/dialogue"
	"xiaohe/knowledge/benefit"
)

// caseMeta is what a page needs to show a decision: 我听到的, the summary card and the next question.
type caseMeta struct {
	dialogue.Decision
	Text   string            `json:"text"`             // the card as plain text, for sharing
	Links  map[string]string `json:"links,omitempty"`  // number, or number and clause, of a source -> where our viewer shows it
	Paused bool              `json:"paused,omitempty"` // there is more to ask, if the person likes to go on
}

// caseOf is nil where a turn decided nothing.
func caseOf(result assistant.Turn) *caseMeta {
	if result.Decision == nil {
		return nil
	}
	m := &caseMeta{Decision: *result.Decision, Links: sourceLinks(result.Citations), Paused: result.Paused}
	m.Card = tidy(m.Decision)
	m.Chips = slices.Clone(m.Chips)
	for i := range m.Chips {
		m.Chips[i].Text = shorter(inYears(m.Chips[i].Text))
	}
	m.Text = benefit.Text(m.Card)
	return m
}

// tidy prepares a card for people: every item is shown without what its card says elsewhere. The sources of each single
// reason and the question beside a label are shown by no page; without them a phone loads half as much.
func tidy(d dialogue.Decision) benefit.Card {
	card := d.Card
	var shown []string
	for _, items := range [][]benefit.Item{card.Eligible, card.Open, card.Received} {
		for _, item := range items {
			shown = append(shown, item.ID)
		}
	}
	for _, items := range []*[]benefit.Item{&card.Eligible, &card.Open, &card.RuledOut, &card.Received} {
		*items = slices.Clone(*items)
		for i := range *items {
			item := &(*items)[i]
			item.Because = plainReasons(*item)
			item.Missing = unsaid(item.Missing, d.Chips)
			item.Stacks = stacksWith(item.Stacks, shown)
			item.Sources = plainSources(item.Sources)
		}
	}
	return card
}

func plainReasons(item benefit.Item) []benefit.Reason {
	reasons := slices.Clone(answer.Reasons(item))
	for i := range reasons {
		reasons[i].Text, reasons[i].Sources = inYears(reasons[i].Text), nil
	}
	return reasons
}

const (
	denied     = "没有：" // begins what does not hold: 没有：去世了、在坐牢
	mostDenied = 2
)

// shorter counts what does not hold where it is much.
func shorter(text string) string {
	names := strings.Split(strings.TrimPrefix(text, denied), "、")
	if !strings.HasPrefix(text, denied) || len(names) <= mostDenied {
		return text
	}
	return fmt.Sprintf("%s%s等 %d 样", denied, strings.Join(names[:mostDenied], "、"), len(names))
}

var months = regexp.MustCompile(`(^|[^～\d])(\d+) 个月`)

// inYears says whole years as people do: 60 个月 is 5 年.
func inYears(text string) string {
	return months.ReplaceAllStringFunc(text, func(match string) string {
		parts := months.FindStringSubmatch(match)
		n, err := strconv.Atoi(parts[2])
		if err != nil || n < 24 || n%12 != 0 {
			return match
		}
		return fmt.Sprintf("%s%d 年", parts[1], n/12)
	})
}

// unsaid leaves out what the person has said already, unless it was said roughly (10～12 岁) or only denied; where
// that leaves nothing, more is to be said of what was said.
func unsaid(missing []benefit.Missing, chips []dialogue.Chip) []benefit.Missing {
	var left []benefit.Missing
	for _, m := range missing {
		said := slices.ContainsFunc(chips, func(c dialogue.Chip) bool {
			return c.Fact == m.Fact && !c.Guess && !strings.Contains(c.Text, "～") && !strings.HasPrefix(c.Text, denied)
		})
		if !said {
			left = append(left, benefit.Missing{Fact: m.Fact, Label: m.Label})
		}
	}
	if len(left) > 0 || len(missing) == 0 {
		return left
	}
	return unsaid(missing, nil)
}

// stacksWith keeps what is said of benefits that are on the card.
func stacksWith(texts, shown []string) []string {
	var kept []string
	for _, text := range texts {
		if slices.ContainsFunc(shown, func(id string) bool { return strings.Contains(text, "“"+id+"”") }) {
			kept = append(kept, text)
		}
	}
	return kept
}

// remark is what a title says of how its document was found: （文号未见，一家报道）.
var remark = regexp.MustCompile(`（[^（）]*(?:未见|未核|待核|写明|明写|网页|报道)[^（）]*）.*$`)

// doubts says of a document that was not seen whole how it was seen.
var doubts = map[string]string{"报道": "只见到报道", "摘录": "只见到摘录", "节选": "只见到节选", "单源": "只见到一家报道", "互证": "见到几家报道", "推算": "推算的"}

// plainSources names every clause once, without what only those who keep the rules need to know.
func plainSources(sources []benefit.Source) []benefit.Source {
	var plain []benefit.Source
	for _, s := range sources {
		if at := remark.FindStringIndex(s.Document); at != nil {
			s.Document = s.Document[:at[0]]
		}
		s.Seen = doubts[s.Seen]
		if ref := answer.Ref(s); strings.HasPrefix(s.Clause, ref.Clause) && !strings.HasPrefix(s.Clause[len(ref.Clause):], "、") {
			s.Clause = ref.Clause
		}
		if !slices.ContainsFunc(plain, func(o benefit.Source) bool { return o.Document == s.Document && o.Clause == s.Clause }) {
			plain = append(plain, s)
		}
	}
	return plain
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
