package web

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"time"

	"xiaohe/assistant/account"
)

// oidcCookie holds the state of a login at the identity provider: the browser that comes back is the one that went.
// It is Lax, because the provider is another site.
const (
	oidcCookie = "xiaohe_oidc"
	oidcPath   = "/login/oidc"
)

func (s *Server) redirectAddress(r *http.Request) string {
	return s.scheme(r) + "://" + r.Host + oidcPath + "/callback"
}

func (s *Server) setOIDCCookie(w http.ResponseWriter, r *http.Request, state string, age int) {
	http.SetCookie(w, &http.Cookie{Name: oidcCookie, Value: state, Path: oidcPath, MaxAge: age, HttpOnly: true,
		Secure: s.secureAt(r), SameSite: http.SameSiteLaxMode})
}

// beginOIDC sends the browser to the identity provider.
func (s *Server) beginOIDC(w http.ResponseWriter, r *http.Request) {
	if !s.accounts.HasOIDC() {
		s.notFound(w, r)
		return
	}
	if !s.meter.session(s.address(r)) { // one address must not use up the logins that may be under way
		s.showLogin(w, http.StatusTooManyRequests, loginView{Message: tooMany(w, &account.TooManyError{Wait: time.Minute, Busy: true})})
		return
	}
	address, state, err := s.accounts.BeginOIDC(r.Context(), localAddress(r.URL.Query().Get("back")), s.redirectAddress(r))
	var many *account.TooManyError
	switch {
	case errors.As(err, &many):
		s.showLogin(w, http.StatusTooManyRequests, loginView{Message: tooMany(w, many)})
	case err != nil:
		s.log.Error("identity provider", "error", err)
		s.showLogin(w, http.StatusServiceUnavailable, loginView{Message: "统一身份那边没有回应，请稍后再试。"})
	default:
		s.setOIDCCookie(w, r, state, 600)
		http.Redirect(w, r, address, http.StatusSeeOther)
	}
}

// endOIDC takes the browser back from the identity provider. It leads on from a page of ours: after a redirect from
// another site the browser would keep the new cookie back.
func (s *Server) endOIDC(w http.ResponseWriter, r *http.Request) {
	if !s.accounts.HasOIDC() {
		s.notFound(w, r)
		return
	}
	query := r.URL.Query()
	state := query.Get("state")
	cookie, err := r.Cookie(oidcCookie)
	s.setOIDCCookie(w, r, "", -1)
	if err != nil || state == "" || subtle.ConstantTimeCompare([]byte(cookie.Value), []byte(state)) == 0 {
		s.showLogin(w, http.StatusBadRequest, loginView{Message: "这次登录已经过期，请重新登录。"})
		return
	}
	token, staff, back, err := s.accounts.EndOIDC(r.Context(), state, query.Get("code"), s.redirectAddress(r), s.caller(r))
	switch {
	case err == nil:
		s.enter(w, r, token, staff)
		s.bounce(w, afterLogin(staff, back))
	case errors.Is(err, account.ErrNoSession):
		s.showLogin(w, http.StatusBadRequest, loginView{Message: "这次登录已经过期，请重新登录。"})
	case errors.Is(err, account.ErrNoAccount):
		s.showLogin(w, http.StatusForbidden, loginView{Message: "您还没有小禾的账号，请让管理员先为您添加。", Back: back})
	case errors.Is(err, account.ErrCredentials):
		s.showLogin(w, http.StatusUnauthorized, loginView{Message: "没有登录成功，请再试一次。", Back: back})
	default:
		s.log.Error("identity provider", "error", err)
		s.showLogin(w, http.StatusServiceUnavailable, loginView{Message: "统一身份那边没有回应，请稍后再试。", Back: back})
	}
}
