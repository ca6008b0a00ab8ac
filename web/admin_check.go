package web

import (
	"context"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"xiaohe/assistant/account"
	"xiaohe/assistant/audit"
	"xiaohe/knowledge"
	"xiaohe/knowledge/benefit"
)

// comparison is what a rule set would change for families.
type comparison struct {
	base        string // the version in force that it was compared with; empty where there was none
	differences []benefit.Difference
}

// checkView is what an officer sees before a rule set is activated: a new one, or an older one again.
type checkView struct {
	Heading     string
	Version     string
	Set         *setView // an older set
	Changed     []string // what became of single files
	Counts      string
	Errors      []benefit.Problem
	Warnings    []benefit.Problem
	Failures    []benefit.Failure
	Precedents  int
	Ready       bool // nothing stands against it
	Same        bool // it is the one in force
	Compared    bool
	Differences []differenceView
	Note        string
	Action      string // where the form goes
	Message     string
}

func (v checkView) Title() string { return v.Heading }

// differenceView is a difference with what it does to families.
type differenceView struct {
	benefit.Difference
	UsedBy []string // of a standard: the benefits that use it
	Shifts []shiftView
}

// shiftView is a verdict and amount before and after, and families to whom that happens.
type shiftView struct {
	Change   string
	Families []string
}

func differenceViews(differences []benefit.Difference, book *benefit.Book) []differenceView {
	var views []differenceView
	for _, d := range differences {
		view := differenceView{Difference: d}
		if d.Kind == "标准" {
			view.UsedBy = users(book, d.ID)
		}
		for _, text := range d.Effects {
			shift := shiftView{Change: text}
			if change, families, told := strings.Cut(text, "："); told {
				shift = shiftView{change, strings.Split(families, " ｜ ")}
			}
			view.Shifts = append(view.Shifts, shift)
		}
		views = append(views, view)
	}
	return views
}

// users are the benefits that use a standard; row names it as differences do: 孤儿养育.散居，杭州市（330100），….
func users(book *benefit.Book, row string) []string {
	standard, _, _ := strings.Cut(row, "，")
	standard, _, _ = strings.Cut(standard, ".")
	var found []string
	for _, rule := range book.Rules {
		if slices.ContainsFunc(book.Standards(rule.ID), func(r benefit.Row) bool { return r.ID == standard }) {
			found = append(found, rule.ID)
		}
	}
	return found
}

// propose checks an upload and leads to what was found. Nothing changes.
func (s *Server) propose(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	u, err := readUpload(w, r, func() (fs.FS, error) { return s.activeFiles(ctx) })
	if err != nil {
		if p := problemOf(err); p.Code != codeTryAgain {
			s.showRules(w, r, http.StatusBadRequest, p.Message)
			return
		}
		s.adminFailed(w, r, err)
		return
	}
	s.proposals.checking.Lock()
	defer s.proposals.checking.Unlock()
	p := &proposal{Proposal: knowledge.Propose(u.files), changed: u.changed, note: u.note}
	if p.comparison, err = s.compare(ctx, p.Book); err != nil {
		s.adminFailed(w, r, err)
		return
	}
	http.Redirect(w, r, "/admin/proposals/"+s.proposals.add(p), http.StatusSeeOther)
}

// activeFiles are the files of the rule set in force.
func (s *Server) activeFiles(ctx context.Context) (fs.FS, error) {
	version, err := s.activeVersion(ctx)
	if err != nil {
		return nil, err
	}
	if version == "" {
		return nil, refuse("现在没有启用的规则，请把整个规则文件夹压成 .zip 上传")
	}
	return s.knowledge.RuleFiles(ctx, version)
}

// compare tells what a rule set changes against the one in force; nothing is compared where either cannot be read.
func (s *Server) compare(ctx context.Context, book *benefit.Book) (comparison, error) {
	version, err := s.activeVersion(ctx)
	if err != nil || version == "" || book == nil {
		return comparison{}, err
	}
	c := comparison{base: version}
	active, err := s.knowledge.ReadRules(ctx, version)
	if err != nil {
		return comparison{}, nil // written for another version of the program
	}
	if version != book.Version {
		c.differences = benefit.Diff(active, book)
	}
	return c, nil
}

func (s *Server) proposalPage(w http.ResponseWriter, r *http.Request) {
	s.showProposal(w, r, http.StatusOK, "")
}

// expired is what became of a proposal that is not found.
var expired = problem{Code: codeNotFound, Message: "这次检查的结果只留一个小时，已经没有了。规则没有变，请重新上传。"}

func (s *Server) showProposal(w http.ResponseWriter, r *http.Request, status int, message string) {
	id := r.PathValue("id")
	p := s.proposals.find(id)
	if p == nil {
		s.adminFailed(w, r, expired)
		return
	}
	found := p.comparison
	active, err := s.activeVersion(r.Context())
	if err == nil && active != found.base && p.Book != nil { // another set came into force meanwhile
		found, err = s.compare(r.Context(), p.Book)
	}
	if err != nil {
		s.adminFailed(w, r, err)
		return
	}
	view := checked(p.Proposal, found, s.today())
	view.Heading, view.Action, view.Note, view.Changed, view.Message = "检查结果", "/admin/proposals/"+id+"/activate", p.note, p.changed, message
	s.render(w, status, "admin-check.html", view)
}

// checked tells what was found in a rule set.
func checked(p knowledge.Proposal, found comparison, today benefit.Day) checkView {
	v := checkView{Failures: p.Failures, Compared: found.base != ""}
	problems := p.Problems
	if p.Book != nil {
		v.Version, v.Counts, v.Precedents = p.Book.Version, counts(p.Book), len(p.Book.Precedents)
		v.Same, v.Differences = p.Book.Version == found.base, differenceViews(found.differences, p.Book)
		problems = slices.Concat(problems, p.Book.Lint(today))
	}
	for _, problem := range problems {
		if problem.Severity == benefit.Error {
			v.Errors = append(v.Errors, problem)
		} else {
			v.Warnings = append(v.Warnings, problem)
		}
	}
	v.Ready = p.Book != nil && len(v.Failures) == 0 && !v.Same
	return v
}

// activateProposal puts a checked upload in force.
func (s *Server) activateProposal(w http.ResponseWriter, r *http.Request, who account.Session) {
	r.Body = http.MaxBytesReader(w, r.Body, maxLogin)
	p := s.proposals.find(r.PathValue("id"))
	if p == nil {
		s.adminFailed(w, r, expired)
		return
	}
	note := r.PostFormValue("note")
	if len([]rune(note)) > maxNote {
		s.showProposal(w, r, http.StatusBadRequest, "说明太长了，请写短一些")
		return
	}
	err := s.knowledge.Activate(r.Context(), p.Proposal, knowledge.FromUpload, note)
	if knowledge.IsInputError(err) {
		s.showProposal(w, r, http.StatusBadRequest, problemOf(err).Message)
		return
	}
	if err != nil {
		s.adminFailed(w, r, err)
		return
	}
	s.activated(w, r, who, p.Book.Version)
}

// activated leads back to the rules, where the new version stands first.
func (s *Server) activated(w http.ResponseWriter, r *http.Request, who account.Session, version string) {
	s.log.Info("rules activated", "version", version)
	s.record(r, who.Staff, audit.Entry{Action: "rules.activated", ObjectKind: "rules", ObjectID: version})
	http.Redirect(w, r, adminHome+"?activated="+version, http.StatusSeeOther)
}

// versionPage shows an older rule set as it would be activated again.
func (s *Server) versionPage(w http.ResponseWriter, r *http.Request) {
	ctx, version := r.Context(), r.PathValue("version")
	set, err := s.set(ctx, version)
	if err != nil {
		s.adminFailed(w, r, err)
		return
	}
	files, err := s.knowledge.RuleFiles(ctx, version)
	if err != nil {
		s.adminFailed(w, r, err)
		return
	}
	s.proposals.checking.Lock()
	defer s.proposals.checking.Unlock()
	p := knowledge.Propose(files)
	found, err := s.compare(ctx, p.Book)
	if err != nil {
		s.adminFailed(w, r, err)
		return
	}
	view, shown := checked(p, found, s.today()), setOf(set)
	view.Heading, view.Version, view.Set, view.Action = "版本 "+version, version, &shown, "/admin/versions/"+version+"/activate"
	s.render(w, http.StatusOK, "admin-check.html", view)
}

// activateVersion puts an older rule set in force again.
func (s *Server) activateVersion(w http.ResponseWriter, r *http.Request, who account.Session) {
	version := r.PathValue("version")
	if err := s.knowledge.Reactivate(r.Context(), version); err != nil {
		s.adminFailed(w, r, err)
		return
	}
	s.activated(w, r, who, version)
}
