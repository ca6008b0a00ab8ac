package web

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// admin guards the officers' pages. Until there are accounts one password opens them; without one there are no such
// pages. It is safe for concurrent use.
type admin struct {
	password  [sha256.Size]byte
	proposals *proposals
	now       func() time.Time

	mu       sync.Mutex
	sessions map[[sha256.Size]byte]time.Time // hash of a cookie's token -> end
	failures map[string]*window              // wrong passwords by address
}

const (
	adminCookie  = "xiaohe_admin"
	adminSession = 12 * time.Hour
	adminHome    = "/admin/rules"

	wrongPasswords    = 5 // of one address in wrongPasswordSpan
	wrongPasswordSpan = 10 * time.Minute
)

func newAdmin(password string, now func() time.Time) *admin {
	return &admin{
		password: sha256.Sum256([]byte(password)), now: now, proposals: newProposals(now),
		sessions: map[[sha256.Size]byte]time.Time{}, failures: map[string]*window{},
	}
}

// adminRoutes adds the officers' pages.
func (s *Server) adminRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST /admin/login", s.adminLogin)
	home := func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, adminHome, http.StatusSeeOther) }
	for pattern, handler := range map[string]http.HandlerFunc{
		"GET /admin/{$}":                          home,
		"POST /admin/logout":                      s.adminLogout,
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
	mux.HandleFunc("GET /admin", home)
}

// officer lets only those in who have logged in; others get the login form, which leads back to the page.
func (s *Server) officer(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.admin.allows(r) {
			next(w, r)
			return
		}
		back := adminHome
		if r.Method == http.MethodGet {
			back = r.URL.RequestURI()
		}
		s.loginPage(w, http.StatusUnauthorized, loginView{Back: back})
	}
}

type loginView struct{ Back, Message string }

func (loginView) Title() string { return "登录" }

func (s *Server) loginPage(w http.ResponseWriter, status int, view loginView) {
	s.render(w, status, "admin-login.html", view)
}

// maxLogin is the most bytes of a login form.
const maxLogin = 4 << 10

func (s *Server) adminLogin(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxLogin)
	back := r.PostFormValue("back")
	if !strings.HasPrefix(back, "/admin/") {
		back = adminHome
	}
	token, wait := s.admin.login(s.address(r), r.PostFormValue("password"))
	switch {
	case wait > 0:
		minutes := int(wait.Minutes()) + 1
		w.Header().Set("Retry-After", fmt.Sprint(minutes*60))
		s.loginPage(w, http.StatusTooManyRequests, loginView{back, fmt.Sprintf("口令错的次数太多了，请 %d 分钟后再试。", minutes)})
	case token == "":
		s.loginPage(w, http.StatusUnauthorized, loginView{back, "口令不对，请再试一次。"})
	default:
		s.setAdminCookie(w, r, token, int(adminSession.Seconds()))
		http.Redirect(w, r, back, http.StatusSeeOther)
	}
}

func (s *Server) adminLogout(w http.ResponseWriter, r *http.Request) {
	s.admin.logout(r)
	s.setAdminCookie(w, r, "", -1)
	http.Redirect(w, r, adminHome, http.StatusSeeOther)
}

func (s *Server) setAdminCookie(w http.ResponseWriter, r *http.Request, token string, age int) {
	http.SetCookie(w, &http.Cookie{Name: adminCookie, Value: token, Path: "/admin", MaxAge: age, HttpOnly: true,
		Secure: s.scheme(r) == "https", SameSite: http.SameSiteStrictMode})
}

// login opens a session and returns its token, empty where the password is wrong; an address that was wrong too often
// has to wait.
func (a *admin) login(address, password string) (token string, wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	a.forget(now)
	failures := a.failures[address]
	if failures == nil {
		failures = newWindow(wrongPasswords, wrongPasswordSpan)
		a.failures[address] = failures
	}
	if wait := failures.wait(now); wait > 0 {
		return "", wait
	}
	given := sha256.Sum256([]byte(password))
	if subtle.ConstantTimeCompare(given[:], a.password[:]) == 0 {
		failures.add(now)
		return "", 0
	}
	delete(a.failures, address)
	token = rand.Text()
	a.sessions[sha256.Sum256([]byte(token))] = now.Add(adminSession)
	return token, 0
}

// forget drops the sessions that have ended and the failures that no longer limit anybody.
func (a *admin) forget(now time.Time) {
	for key, end := range a.sessions {
		if !now.Before(end) {
			delete(a.sessions, key)
		}
	}
	for address, failures := range a.failures {
		if now.Sub(failures.last()) > failures.span {
			delete(a.failures, address)
		}
	}
}

// allows tells whether a request carries the cookie of an open session.
func (a *admin) allows(r *http.Request) bool {
	key, ok := sessionKey(r)
	a.mu.Lock()
	defer a.mu.Unlock()
	return ok && a.now().Before(a.sessions[key])
}

func (a *admin) logout(r *http.Request) {
	key, _ := sessionKey(r)
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.sessions, key)
}

func sessionKey(r *http.Request) (key [sha256.Size]byte, ok bool) {
	cookie, err := r.Cookie(adminCookie)
	if err != nil {
		return key, false
	}
	return sha256.Sum256([]byte(cookie.Value)), true
}
