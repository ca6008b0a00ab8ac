package web

import (
	"net/http"

	"xiaohe/assistant/account"
)

const adminHome = "/admin/rules"

// adminRoutes adds the officers' pages.
func (s *Server) adminRoutes(mux *http.ServeMux) {
	if s.accounts == nil {
		return
	}
	officers := s.staff(account.Officer, account.Admin)
	home := func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, adminHome, http.StatusSeeOther) }
	for pattern, handler := range map[string]http.HandlerFunc{
		"GET /admin":                              home,
		"GET /admin/{$}":                          home,
		"GET " + adminHome:                        s.rulesPage,
		"GET /admin/rules/{id}":                   s.rulePage,
		"GET /admin/rules/{id}/read-aloud.md":     s.ruleMarkdown,
		"POST /admin/proposals":                   s.propose,
		"GET /admin/proposals/{id}":               s.proposalPage,
		"GET /admin/versions/{version}":           s.versionPage,
		"GET /admin/versions/{version}/rules.zip": s.versionFiles,
		"GET /admin/index":                        s.indexPage,
		"GET /admin/models":                       s.modelsPage,
	} {
		mux.HandleFunc(pattern, officers(func(w http.ResponseWriter, r *http.Request, _ account.Session) { handler(w, r) }))
	}
	mux.HandleFunc("POST /admin/proposals/{id}/activate", officers(s.activateProposal))
	mux.HandleFunc("POST /admin/versions/{version}/activate", officers(s.activateVersion))
	mux.HandleFunc("GET /admin/keys", officers(s.keysPage))
	mux.HandleFunc("POST /admin/keys", officers(s.addKey))
	mux.HandleFunc("POST /admin/keys/{id}/disable", officers(s.disableKey))
}
