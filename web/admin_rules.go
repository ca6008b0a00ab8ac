package web

import (
	"archive/zip"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"xiaohe/knowledge"
	"xiaohe/knowledge/benefit"
)

// rulesView is the page of the rule sets: the one in force, how to replace it, and those before it.
type rulesView struct {
	Set      setView // zero where none is in force
	Counts   string
	Done     bool // it was just activated from here
	Due      []review
	Groups   []ruleGroup
	Warnings []benefit.Problem
	Sets     []setView
	Message  string // what was wrong with an upload
	MaxNote  int
}

func (rulesView) Title() string { return "福利规则" }

// setView is a stored rule set in words.
type setView struct {
	Version, Origin, Note, Created, Activated string
	Active                                    bool
}

// review is a rule or a local change that has to be compared with its sources.
type review struct {
	ID, Place string
	Next      benefit.Day
	Over      bool
}

// ruleGroup are the benefits of one 类别.
type ruleGroup struct {
	Kind  string
	Rules []ruleLine
}

type ruleLine struct {
	ID, Plain string
	Next      benefit.Day
	Changes   int // local changes
}

// dueSoon is how many days ahead a review is announced.
const dueSoon = 30

var origins = map[string]string{knowledge.BuiltIn: "程序自带", knowledge.FromFolder: "规则文件夹", knowledge.FromUpload: "网页上传"}

var china = time.FixedZone("CST", 8*60*60)

func moment(t time.Time) string { return t.In(china).Format("2006-01-02 15:04") }

func setOf(set knowledge.RuleSet) setView {
	v := setView{Version: set.Version, Origin: origins[set.Origin], Note: set.Note, Created: moment(set.CreatedAt), Active: set.Active}
	if set.ActivatedAt != nil {
		v.Activated = moment(*set.ActivatedAt)
	}
	return v
}

func (s *Server) rulesPage(w http.ResponseWriter, r *http.Request) {
	s.showRules(w, r, http.StatusOK, "")
}

// showRules writes the page, with a message where an upload was refused.
func (s *Server) showRules(w http.ResponseWriter, r *http.Request, status int, message string) {
	view := rulesView{Message: message, MaxNote: maxNote}
	sets, err := s.knowledge.RuleSets(r.Context())
	if err != nil {
		s.adminFailed(w, r, err)
		return
	}
	for _, set := range sets {
		view.Sets = append(view.Sets, setOf(set))
		if set.Active {
			view.Set = setOf(set)
		}
	}
	view.Done = view.Set.Version != "" && r.URL.Query().Get("activated") == view.Set.Version
	book, err := s.knowledge.Book(r.Context())
	switch {
	case knowledge.IsInputError(err):
		view.Message = strings.TrimSpace(message + " " + problemOf(err).Message)
	case err != nil:
		s.adminFailed(w, r, err)
		return
	default:
		today := s.today()
		view.Counts, view.Groups, view.Due, view.Warnings = counts(book), groups(book), due(book, today), book.Lint(today)
	}
	s.render(w, status, "admin-rules.html", view)
}

// today is the current date in China.
func (s *Server) today() benefit.Day {
	day, _ := benefit.ParseDay(string(s.knowledge.Today())) // always a date
	return day
}

// counts says what is in a rule set.
func counts(book *benefit.Book) string {
	changes := 0
	for _, rule := range book.Rules {
		changes += len(book.Changes(rule.ID))
	}
	return fmt.Sprintf("%d 项福利、%d 条地方改动、%d 行标准、%d 条判例", len(book.Rules), changes, len(book.Rows), len(book.Precedents))
}

func groups(book *benefit.Book) []ruleGroup {
	var all []ruleGroup
	at := map[string]int{}
	for _, rule := range book.Rules {
		i, ok := at[rule.Kind]
		if !ok {
			i = len(all)
			at[rule.Kind] = i
			all = append(all, ruleGroup{Kind: rule.Kind})
		}
		all[i].Rules = append(all[i].Rules, ruleLine{rule.ID, rule.Plain, rule.Review.Next, len(book.Changes(rule.ID))})
	}
	return all
}

// due lists what falls due for 核对.
func due(book *benefit.Book, today benefit.Day) []review {
	var found []review
	add := func(id string, region int64, r benefit.Review) {
		if r.Next <= today+dueSoon {
			found = append(found, review{id, book.Regions[region].Name, r.Next, r.Next < today})
		}
	}
	for _, rule := range book.Rules {
		add(rule.ID, rule.Region, rule.Review)
		for _, change := range book.Changes(rule.ID) {
			add(rule.ID, change.Region, change.Review)
		}
	}
	return found
}

// set finds a stored rule set.
func (s *Server) set(ctx context.Context, version string) (knowledge.RuleSet, error) {
	sets, err := s.knowledge.RuleSets(ctx)
	if err != nil {
		return knowledge.RuleSet{}, err
	}
	for _, set := range sets {
		if set.Version == version {
			return set, nil
		}
	}
	return knowledge.RuleSet{}, problem{Code: codeNotFound, Message: "没有这一版规则"}
}

// activeVersion is empty where no set is in force.
func (s *Server) activeVersion(ctx context.Context) (string, error) {
	sets, err := s.knowledge.RuleSets(ctx)
	if err != nil {
		return "", err
	}
	for _, set := range sets {
		if set.Active {
			return set.Version, nil
		}
	}
	return "", nil
}

// versionFiles sends a rule set as the archive that can be changed and uploaded again.
func (s *Server) versionFiles(w http.ResponseWriter, r *http.Request) {
	version := r.PathValue("version")
	files, err := s.knowledge.RuleFiles(r.Context(), version)
	if err != nil {
		s.adminFailed(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="rules-%s.zip"`, version))
	archive := zip.NewWriter(w)
	if err := archive.AddFS(files); err != nil {
		s.log.Error("send rule set", "error", err)
		return
	}
	if err := archive.Close(); err != nil {
		s.log.Error("send rule set", "error", err)
	}
}

// adminFailed shows what went wrong: what the officer can do something about in words, the rest in the log.
func (s *Server) adminFailed(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	title := "没有做成"
	if p.Code == codeTryAgain {
		s.log.Error("admin request failed", "route", r.Pattern, "error", err)
	} else if p.Code == codeNotFound {
		title = "没有找到"
	}
	s.render(w, statusOf[p.Code], "admin-message.html", messageView{title, p.Message})
}
