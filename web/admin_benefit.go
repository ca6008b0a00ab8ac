package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"xiaohe/assistant/answer"
	"xiaohe/knowledge"
	"xiaohe/knowledge/benefit"
)

// ruleView is one benefit for a reviewer: its rule read aloud with the clauses beside it, its amounts, its precedents.
type ruleView struct {
	Rule       *benefit.Rule
	InForce    string // 全国，2021-01-01 起
	Version    string
	Query      string // keeps the version in the links of the page
	Parts      []aloudPart
	Documents  []documentRow
	Current    []standardRow // in force or to come
	Past       []standardRow
	Precedents []precedentRow
}

func (v ruleView) Title() string { return v.Rule.ID }

// clauseView is a clause beside a line: what it is called and, where the knowledge holds it, what it says.
type clauseView struct {
	Label string
	Quote string
	Link  string // in our viewer
	URL   string // where the document is published, for what the knowledge does not hold
}

// documentRow is a document that a rule rests on.
type documentRow struct {
	Title, Number, Seen, URL string
}

// standardRow is a row of the standards table in words.
type standardRow struct {
	Standard, Region, Span, Amount, Trust, Source, URL string
	Coming                                             bool
}

// precedentRow is a 判例 in words.
type precedentRow struct {
	Name, Day, Place, Verdict, Code, Amount, Source, At string
	Facts                                               []benefit.Told
}

func (s *Server) rulePage(w http.ResponseWriter, r *http.Request) {
	book, rule, err := s.rule(r)
	if err != nil {
		s.adminFailed(w, r, err)
		return
	}
	view := ruleView{Rule: rule, Version: book.Version, InForce: book.Regions[rule.Region].Name + "，" + inForce(rule.From, rule.To),
		Parts: readAloud(book.ReadAloud(rule.ID)), Documents: documentRows(rule.Sources)}
	if version := r.FormValue("version"); version != "" {
		view.Query = "?version=" + url.QueryEscape(version)
	}
	for i := range view.Parts {
		region, sources := rule.Region, rule.Sources
		if i > 0 {
			change := book.Changes(rule.ID)[i-1]
			region, sources = change.Region, slices.Concat(change.Sources, rule.Sources)
			view.Documents = append(view.Documents, documentRows(change.Sources)...)
		}
		if err := s.quote(r.Context(), view.Parts[i], benefit.ShortCode(region), sources); err != nil {
			s.adminFailed(w, r, err)
			return
		}
	}
	view.Documents = merged(view.Documents)
	view.Current, view.Past = standardRows(book, rule.ID, s.today())
	view.Precedents = precedentRows(book, rule.ID)
	s.render(w, http.StatusOK, "admin-rule.html", view)
}

// rule finds the benefit that a request names, in the rule set in force or in the one of ?version=.
func (s *Server) rule(r *http.Request) (book *benefit.Book, rule *benefit.Rule, err error) {
	if version := r.FormValue("version"); version != "" {
		book, err = s.knowledge.ReadRules(r.Context(), version)
	} else {
		book, err = s.knowledge.Book(r.Context())
	}
	if err != nil {
		return nil, nil, err
	}
	if rule = book.Rule(r.PathValue("id")); rule == nil {
		return nil, nil, problem{Code: codeNotFound, Message: "规则里没有这项福利"}
	}
	return book, rule, nil
}

// ruleMarkdown sends the rule read aloud as a file.
func (s *Server) ruleMarkdown(w http.ResponseWriter, r *http.Request) {
	book, rule, err := s.rule(r)
	if err != nil {
		s.adminFailed(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/markdown; charset=utf-8")
	w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(rule.ID+".md"))
	fmt.Fprintf(w, "%s\n规则版本 %s\n", book.ReadAloud(rule.ID), book.Version)
}

// quote puts the text of clauses beside the lines, where the knowledge of a region holds it.
func (s *Server) quote(ctx context.Context, part aloudPart, code string, documents []benefit.Source) error {
	region, err := s.knowledge.Region(ctx, code)
	if err != nil {
		return err
	}
	known := map[string]clauseView{}
	for _, section := range part.Sections {
		for _, line := range section.Lines {
			for i, source := range line.Sources {
				view, ok := known[source.Label]
				if !ok {
					if view, err = s.clause(ctx, source.Label, region, documents); err != nil {
						return err
					}
					known[source.Label] = view
				}
				line.Sources[i] = view
			}
		}
	}
	return nil
}

// clause finds what a label names.
func (s *Server) clause(ctx context.Context, label string, region knowledge.Region, documents []benefit.Source) (clauseView, error) {
	view := clauseView{Label: label}
	source, ok := sourceOf(label, documents)
	if !ok {
		return view, nil
	}
	view.URL = webAddress(source.URL)
	hits, err := s.knowledge.Clauses(ctx, region, s.knowledge.Today(), []knowledge.ClauseRef{answer.Ref(source)})
	if err != nil || len(hits) == 0 {
		return view, err
	}
	h := hits[0]
	view.Quote = plain(h.Passage.Body)
	view.Link = viewerLink(answer.Place{DocumentID: h.Document.ID.String(), From: h.From, To: h.To})
	return view, nil
}

func documentRows(sources []benefit.Source) []documentRow {
	var rows []documentRow
	for _, source := range sources {
		rows = append(rows, documentRow{source.Document, source.Number, source.Seen, webAddress(source.URL)})
	}
	return rows
}

// merged lists every document once, with its address where one of the rows has it.
func merged(rows []documentRow) []documentRow {
	var found []documentRow
	for _, row := range rows {
		i := slices.IndexFunc(found, func(f documentRow) bool { return f.Title == row.Title && f.Number == row.Number })
		if i < 0 {
			found = append(found, row)
		} else {
			found[i].URL = cmp.Or(found[i].URL, row.URL)
		}
	}
	return found
}

// standardRows are the rows of a benefit's standards: those in force or to come, and those that have ended.
func standardRows(book *benefit.Book, id string, today benefit.Day) (current, past []standardRow) {
	for _, row := range book.Standards(id) {
		line := standardRow{
			Standard: row.ID, Region: book.Regions[row.Region].Name, Span: inForce(row.From, row.To), Amount: row.Text(), Trust: row.Trust,
			Source: row.Source.Document, URL: webAddress(row.Source.URL), Coming: row.From > today,
		}
		if row.Tier != "" {
			line.Standard += "." + row.Tier
		}
		if row.To < today {
			past = append(past, line)
		} else {
			current = append(current, line)
		}
	}
	return current, past
}

func inForce(from, to benefit.Day) string {
	if to == benefit.Forever {
		return from.String() + " 起"
	}
	return from.String() + " 到 " + to.String()
}

// precedentRows are the 判例 that state a verdict on a benefit.
func precedentRows(book *benefit.Book, id string) []precedentRow {
	var rows []precedentRow
	for _, p := range book.Precedents {
		verdict, stated := p.Verdicts[id]
		if !stated {
			continue
		}
		row := precedentRow{
			Name: p.Name, Day: p.Day.String(), Place: cmp.Or(book.Regions[p.Places.Household].Name, "全国"), Verdict: verdict.String(),
			Code: verdict.Code(), Amount: p.Amounts[id], Source: p.Source, At: fmt.Sprintf("%s 第 %d 行", p.File, p.Line),
		}
		if c, err := book.Case(p.Known); err == nil {
			row.Facts = c.Told()
		}
		rows = append(rows, row)
	}
	return rows
}
