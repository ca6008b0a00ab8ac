package web

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"

	"xiaohe/assistant/account"
	"xiaohe/knowledge"
)

// loginRoutes adds what staff need to get in and out.
func (s *Server) loginRoutes(mux *http.ServeMux) {
	if s.accounts == nil {
		return
	}
	mux.HandleFunc("GET /login", s.loginPage)
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("POST /logout", s.logout)
	mux.HandleFunc("GET /login/oidc", s.beginOIDC)
	mux.HandleFunc("GET /login/oidc/callback", s.endOIDC)
	mux.HandleFunc("GET "+staffHome, s.loggedIn(s.staffPage))
	mux.HandleFunc("GET /password", s.loggedIn(s.passwordPage))
	mux.HandleFunc("POST /password", s.loggedIn(s.changePassword))
	mux.HandleFunc("POST /api/v1/staff/ws-ticket", s.staff()(s.openStaffTicket))
}

// maxLogin is the most bytes of a login form.
const maxLogin = 4 << 10

// home is where a role's work is.
func home(role string) string {
	switch role {
	case account.Worker, account.Supervisor:
		return "/console"
	case account.Officer, account.Admin:
		return adminHome
	}
	return staffHome
}

// loginView is the login, or for somebody who is in already, where to go.
type loginView struct {
	Back, Login, Message string
	OIDC                 bool
	Name, Role, Home     string
}

func (loginView) Title() string { return "登录" }

func (s *Server) loginPage(w http.ResponseWriter, r *http.Request) {
	view := loginView{Back: localAddress(r.URL.Query().Get("back"))}
	who, err := s.staffSession(r)
	switch {
	case err == nil:
		view.Name, view.Role, view.Home = who.Name, account.RoleNames[who.Role], home(who.Role)
	case !errors.Is(err, account.ErrNoSession):
		s.staffFailed(w, r, err)
		return
	}
	s.showLogin(w, http.StatusOK, view)
}

func (s *Server) showLogin(w http.ResponseWriter, status int, view loginView) {
	view.OIDC = s.accounts.HasOIDC()
	s.render(w, status, "login.html", view)
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxLogin)
	view := loginView{Back: localAddress(r.PostFormValue("back")), Login: r.PostFormValue("login")}
	token, staff, err := s.accounts.Login(r.Context(), view.Login, r.PostFormValue("password"), s.caller(r))
	var many *account.TooManyError
	switch {
	case err == nil:
		s.enter(w, r, token, staff)
		http.Redirect(w, r, afterLogin(staff, view.Back), http.StatusSeeOther)
	case errors.As(err, &many):
		view.Message = tooMany(w, many)
		s.showLogin(w, http.StatusTooManyRequests, view)
	case errors.Is(err, account.ErrCredentials):
		view.Message = "登录名或口令不对，请再试一次。"
		s.showLogin(w, http.StatusUnauthorized, view)
	default:
		s.staffFailed(w, r, err)
	}
}

// tooMany says how long a login has to wait.
func tooMany(w http.ResponseWriter, e *account.TooManyError) string {
	w.Header().Set("Retry-After", fmt.Sprint(int(math.Ceil(e.Wait.Seconds()))))
	if e.Busy {
		return "现在登录的人太多，请过一会儿再试。"
	}
	return fmt.Sprintf("口令错的次数太多了，请 %d 分钟后再试。", int(math.Ceil(e.Wait.Minutes())))
}

// afterLogin is where a login leads.
func afterLogin(staff account.Staff, back string) string {
	switch {
	case staff.MustChange:
		return "/password?back=" + url.QueryEscape(back)
	case back != "" && home(staff.Role) != staffHome: // who has no work in these pages would find nothing there
		return back
	}
	return home(staff.Role)
}

// enter gives the browser a new session and ends the one that it had.
func (s *Server) enter(w http.ResponseWriter, r *http.Request, token string, staff account.Staff) {
	if old, err := s.staffSession(r); err == nil {
		if err := s.accounts.Logout(r.Context(), old, s.actor(r, old.Staff)); err != nil {
			s.log.Error("end an earlier session", "error", err)
		}
	}
	s.setStaffCookie(w, r, token, int(account.SessionFor.Seconds()))
}

func (s *Server) setStaffCookie(w http.ResponseWriter, r *http.Request, token string, age int) {
	http.SetCookie(w, &http.Cookie{Name: staffCookie, Value: token, Path: "/", MaxAge: age, HttpOnly: true,
		Secure: s.secureAt(r), SameSite: http.SameSiteStrictMode})
}

// logout ends the session. A request without one has nothing to lose.
func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	who, err := s.staffSession(r)
	if err == nil {
		err = s.accounts.Logout(r.Context(), who, s.actor(r, who.Staff))
	}
	if err != nil && !errors.Is(err, account.ErrNoSession) {
		s.staffFailed(w, r, err)
		return
	}
	s.setStaffCookie(w, r, "", -1)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

// localAddress is an address of a page here, to go back to; empty for anything else. Browsers read \ as / and drop
// control characters, so neither may stand in it.
func localAddress(back string) string {
	if !strings.HasPrefix(back, "/") || strings.HasPrefix(back, "//") || strings.ContainsFunc(back, func(r rune) bool { return r < ' ' || r == '\\' || r == 0x7f }) {
		return ""
	}
	u, err := url.Parse(back)
	if err != nil || u.Host != "" || u.Scheme != "" || strings.HasPrefix(u.Path, "//") || u.Path == "/login" || u.Path == "/logout" || strings.HasPrefix(u.Path, "/login/") {
		return ""
	}
	return back
}

// passwordView is the page on which people choose their own password.
type passwordView struct {
	Back, Login, CSRF, Message string
	MustChange                 bool
}

func (passwordView) Title() string { return "换口令" }

func (s *Server) passwordPage(w http.ResponseWriter, r *http.Request, who account.Session) {
	listed, err := s.accounts.Find(r.Context(), who.Login)
	switch {
	case err != nil:
		s.staffFailed(w, r, err)
		return
	case listed.OIDC:
		s.message(w, http.StatusOK, "您没有小禾的口令", "您用单位的统一身份登录。要换口令，请到统一身份那边换。")
		return
	}
	s.showPassword(w, http.StatusOK, who, localAddress(r.URL.Query().Get("back")), "")
}

func (s *Server) showPassword(w http.ResponseWriter, status int, who account.Session, back, message string) {
	s.render(w, status, "password.html", passwordView{
		Back: back, Login: who.Login, CSRF: s.accounts.CSRF(who), Message: message, MustChange: who.MustChange,
	})
}

func (s *Server) changePassword(w http.ResponseWriter, r *http.Request, who account.Session) {
	r.Body = http.MaxBytesReader(w, r.Body, maxLogin)
	back, chosen := localAddress(r.PostFormValue("back")), r.PostFormValue("new")
	if !s.accounts.CheckCSRF(who, r.PostFormValue("csrf")) {
		s.showPassword(w, http.StatusForbidden, who, back, "页面太旧了，请再填一次。")
		return
	}
	if chosen != r.PostFormValue("again") {
		s.showPassword(w, http.StatusBadRequest, who, back, "两次输入的新口令不一样，请再填一次。")
		return
	}
	token, err := s.accounts.ChangePassword(r.Context(), who, s.actor(r, who.Staff), r.PostFormValue("old"), chosen)
	var many *account.TooManyError
	var input *knowledge.InputError
	switch {
	case err == nil:
		s.setStaffCookie(w, r, token, int(account.SessionFor.Seconds()))
		who.MustChange = false
		http.Redirect(w, r, afterLogin(who.Staff, back), http.StatusSeeOther)
	case errors.As(err, &many):
		s.showPassword(w, http.StatusTooManyRequests, who, back, tooMany(w, many))
	case errors.Is(err, account.ErrCredentials):
		s.showPassword(w, http.StatusUnauthorized, who, back, "现在的口令不对，请再试一次。")
	case errors.As(err, &input):
		s.showPassword(w, http.StatusBadRequest, who, back, input.Message+"。")
	case errors.Is(err, account.ErrNoSession):
		s.toLogin(w, r)
	default:
		s.staffFailed(w, r, err)
	}
}

// openStaffTicket makes a key that opens one socket.
func (s *Server) openStaffTicket(w http.ResponseWriter, r *http.Request, who account.Session) {
	ticket, expiresIn, err := s.accounts.OpenTicket(r.Context(), who)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, ticketAnswer{ticket, int(expiresIn.Seconds())})
}

// staffFailed is a page that says that something went wrong.
func (s *Server) staffFailed(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil {
		s.log.Error("request failed", "route", r.Pattern, "error", err)
	}
	s.message(w, http.StatusServiceUnavailable, "服务器一时没接上", "请稍后再试。")
}
