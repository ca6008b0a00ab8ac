package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"xiaohe/assistant/account"
	"xiaohe/assistant/apikey"
)

// keysView is the page of the keys of other programs.
type keysView struct {
	On      bool // this server has such interfaces
	Message string
	Fresh   string // the text of the key that was just made; it is shown this once
	Name    string // of that key
	Keys    []keyRow
	Scopes  []scopeBox
	Draft   keyDraft
}

func (keysView) Title() string { return "别的程序的密钥" }

// keyRow is a key in words.
type keyRow struct {
	ID, Name, Scopes, Region, Limits, Used, Created string
	Today                                           int
	Disabled                                        string
}

// scopeBox is a scope that can be ticked.
type scopeBox struct {
	Scope, Name string
	Ticked      bool
}

// keyDraft is what was written into the form.
type keyDraft struct{ Name, Region, PerMinute, PerDay string }

var newKeyDraft = keyDraft{PerMinute: strconv.Itoa(apikey.DefaultPerMinute), PerDay: strconv.Itoa(apikey.DefaultPerDay)}

func (s *Server) keysPage(w http.ResponseWriter, r *http.Request, _ account.Session) {
	s.showKeys(w, r, http.StatusOK, keysView{Draft: newKeyDraft})
}

// showKeys fills in what the page always has.
func (s *Server) showKeys(w http.ResponseWriter, r *http.Request, status int, view keysView) {
	if s.programs != nil {
		view.On = true
		keys, err := s.programs.keys.List(r.Context())
		if err != nil {
			s.adminFailed(w, r, err)
			return
		}
		for _, k := range keys {
			row, err := s.keyRow(r, k)
			if err != nil {
				s.adminFailed(w, r, err)
				return
			}
			view.Keys = append(view.Keys, row)
		}
	}
	if view.Scopes == nil {
		view.Scopes = scopeBoxes(nil)
	}
	s.render(w, status, "admin-keys.html", view)
}

func (s *Server) keyRow(r *http.Request, k apikey.Key) (keyRow, error) {
	region, err := s.named(r.Context(), k.Region)
	if err != nil {
		return keyRow{}, err
	}
	var scopes []string
	for _, scope := range k.Scopes {
		scopes = append(scopes, apikey.ScopeNames[scope])
	}
	row := keyRow{
		ID: k.ID.String(), Name: k.Name, Scopes: strings.Join(scopes, "、"), Region: region.Name, Today: k.Today,
		Limits: "每分钟 " + strconv.Itoa(k.PerMinute) + " 次，每天 " + strconv.Itoa(k.PerDay) + " 次",
		Used:   "还没用过", Created: moment(k.Created) + "，" + k.CreatedBy,
	}
	if k.Used != nil {
		row.Used = moment(*k.Used)
	}
	if k.Disabled != nil {
		row.Disabled = moment(*k.Disabled)
	}
	return row, nil
}

func scopeBoxes(ticked []string) []scopeBox {
	var all []scopeBox
	for _, scope := range apikey.Scopes {
		all = append(all, scopeBox{string(scope), apikey.ScopeNames[scope], slices.Contains(ticked, string(scope))})
	}
	return all
}

// maxKeyForm is the most bytes of the form of a key.
const maxKeyForm = 16 << 10

// addKey makes a key and shows it in the answer itself: it is never in an address.
func (s *Server) addKey(w http.ResponseWriter, r *http.Request, who account.Session) {
	r.Body = http.MaxBytesReader(w, r.Body, maxKeyForm)
	if err := r.ParseForm(); err != nil || s.programs == nil {
		s.adminFailed(w, r, problem{Code: codeInvalid, Message: "表单没有收完整，请再试一次"})
		return
	}
	form := r.PostForm
	view := keysView{Scopes: scopeBoxes(form["scope"]), Draft: keyDraft{form.Get("name"), form.Get("region"), form.Get("per_minute"), form.Get("per_day")}}
	draft := apikey.Draft{Name: view.Draft.Name, PerMinute: limitOf(view.Draft.PerMinute), PerDay: limitOf(view.Draft.PerDay)}
	for _, scope := range form["scope"] {
		draft.Scopes = append(draft.Scopes, apikey.Scope(scope))
	}
	err := draft.Check()
	if err == nil {
		region, e := s.knowledge.Region(r.Context(), strings.TrimSpace(view.Draft.Region))
		draft.Region, err = region.Code, e
	}
	var key apikey.Key
	var text string
	if err == nil {
		key, text, err = s.programs.keys.Add(r.Context(), s.actor(r, who.Staff), who.Name, draft)
	}
	switch p := problemOf(err); {
	case err == nil:
		s.showKeys(w, r, http.StatusOK, keysView{Fresh: text, Name: key.Name, Draft: newKeyDraft})
	case p.Code == codeInvalid:
		view.Message = p.Message
		s.showKeys(w, r, statusOf[p.Code], view)
	default:
		s.adminFailed(w, r, err)
	}
}

// limitOf reads a limit; what is none is outside of every limit.
func limitOf(text string) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n == 0 {
		return -1
	}
	return n
}

func (s *Server) disableKey(w http.ResponseWriter, r *http.Request, who account.Session) {
	err := apikey.ErrNotFound
	if id, wrong := uuid.Parse(r.PathValue("id")); wrong == nil && s.programs != nil {
		_, err = s.programs.keys.DisableID(r.Context(), s.actor(r, who.Staff), id)
	}
	switch {
	case errors.Is(err, apikey.ErrNotFound):
		s.adminFailed(w, r, problem{Code: codeNotFound, Message: "没有这个密钥"})
	case err != nil:
		s.adminFailed(w, r, err)
	default:
		http.Redirect(w, r, "/admin/keys", http.StatusSeeOther)
	}
}
