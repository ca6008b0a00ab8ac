package web

import (
	"context"
	"net/http"

	"xiaohe/assistant/account"
)

// admin is what the officers' pages keep between requests.
type admin struct {
	proposals *proposals
}

const adminHome = "/admin/rules"

// adminRoutes adds the officers' pages.
func (s *Server) adminRoutes(mux *http.ServeMux) {
	home := func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, adminHome, http.StatusSeeOther) }
	for pattern, handler := range map[string]http.HandlerFunc{
		"GET /admin":                              home,
		"GET /admin/{$}":                          home,
		"GET " + adminHome:                        s.rulesPage,
		"GET /admin/rules/{id}":                   s.rulePage,
		"GET /admin/rules/{id}/read-aloud.md":     s.ruleMarkdown,
		"POST /admin/proposals":                   s.propose,
		"GET /admin/proposals/{id}":               s.proposalPage,
		"POST /admin/proposals/{id}/activate":     s.activateProposal,
		"GET /admin/versions/{version}":           s.versionPage,
		"GET /admin/versions/{version}/rules.zip": s.versionFiles,
		"POST /admin/versions/{version}/activate": s.activateVersion,
	} {
		mux.HandleFunc(pattern, s.officer(handler))
	}
}

// officer lets only officers and administrators in, and tells the page who it is.
func (s *Server) officer(next http.HandlerFunc) http.HandlerFunc {
	return s.staff(account.Officer, account.Admin)(func(w http.ResponseWriter, r *http.Request, who account.Session) {
		next(w, r.WithContext(context.WithValue(r.Context(), officerKey{}, who.Staff)))
	})
}

type officerKey struct{}

// officerOf is who asked for an officers' page.
func officerOf(r *http.Request) account.Staff {
	staff, _ := r.Context().Value(officerKey{}).(account.Staff)
	return staff
}
