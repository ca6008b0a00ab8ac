package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"xiaohe/assistant/account"
	"xiaohe/assistant/audit"
	"xiaohe/assistant/conversation"
)

// staffHandler answers a request of somebody who has logged in.
type staffHandler func(w http.ResponseWriter, r *http.Request, who account.Session)

// staffCookie holds the token of a session of staff.
const staffCookie = "xiaohe_staff"

// csrfHeader carries the session's token with every request of the console that changes something.
const csrfHeader = "X-CSRF-Token"

// staff lets those in who have logged in and have one of the roles; no roles are all of them. To others pages show the
// login, and what is not for their role is not there.
func (s *Server) staff(roles ...string) func(staffHandler) http.HandlerFunc {
	return func(next staffHandler) http.HandlerFunc {
		return s.loggedIn(func(w http.ResponseWriter, r *http.Request, who account.Session) {
			switch api := isAPI(r); {
			case len(roles) > 0 && !slices.Contains(roles, who.Role):
				s.deniedTo(r, who.Staff)
				s.absent(w, r)
			case who.MustChange && api:
				s.fail(w, r, problem{Code: codeForbidden, Message: "请先把一次性口令换成自己的口令"})
			case who.MustChange:
				http.Redirect(w, r, "/password", http.StatusSeeOther)
			case api && !safe(r) && !s.accounts.CheckCSRF(who, r.Header.Get(csrfHeader)):
				s.fail(w, r, problem{Code: codeForbidden, Message: "页面太旧了，请刷新以后再试"})
			default:
				seen := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
				next(seen, r, who)
				if seen.status == http.StatusNotFound {
					s.deniedTo(r, who.Staff)
				}
			}
		})
	}
}

// loggedIn lets everybody in who has logged in, with any role, and with a password that they have yet to change.
func (s *Server) loggedIn(next staffHandler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.accounts == nil {
			s.absent(w, r)
			return
		}
		who, err := s.staffSession(r)
		switch {
		case err == nil:
			w.Header().Set("Vary", "Cookie")
			next(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, rand.Text()[:16])), who)
		case !errors.Is(err, account.ErrNoSession) && isAPI(r):
			s.fail(w, r, err)
		case !errors.Is(err, account.ErrNoSession):
			s.staffFailed(w, r, err)
		case isAPI(r):
			s.fail(w, r, problem{Code: codeAuth, Message: "登录已经过期，请重新登录"})
		case fromElsewhere(r):
			s.bounce(w, r.URL.RequestURI())
		default:
			s.toLogin(w, r)
		}
	}
}

// staffSession is that of a request's cookie; account.ErrNoSession where there is none.
func (s *Server) staffSession(r *http.Request) (account.Session, error) {
	cookie, err := r.Cookie(staffCookie)
	if err != nil {
		return account.Session{}, account.ErrNoSession
	}
	return s.accounts.Session(r.Context(), cookie.Value)
}

// toLogin leads to the login, which leads back to the page.
func (s *Server) toLogin(w http.ResponseWriter, r *http.Request) {
	to := "/login"
	if safe(r) {
		to += "?back=" + url.QueryEscape(r.URL.RequestURI())
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// fromElsewhere tells that a link on another site led here: the browser then keeps a SameSite=Strict cookie back, even
// over redirects. A page of ours that leads on brings it out.
func fromElsewhere(r *http.Request) bool {
	_, err := r.Cookie(staffCookie)
	return err != nil && r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Site") == "cross-site" && r.Header.Get("Sec-Fetch-Mode") == "navigate"
}

// bounceView is a page that leads on to an address of this server.
type bounceView struct{ To string }

func (bounceView) Title() string { return "正在打开" }

func (s *Server) bounce(w http.ResponseWriter, to string) {
	s.render(w, http.StatusOK, "bounce.html", bounceView{to})
}

// absent answers for what is not there, or not for this person.
func (s *Server) absent(w http.ResponseWriter, r *http.Request) {
	if isAPI(r) {
		s.fail(w, r, problem{Code: codeNotFound, Message: "没有找到"})
		return
	}
	s.notFound(w, r)
}

func isAPI(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/v1/")
}

func safe(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

type requestKey struct{}

// actor is a person as the audit log names them.
func (s *Server) actor(r *http.Request, staff account.Staff) audit.Actor {
	return named(s.caller(r), staff)
}

// named says who an actor is.
func named(a audit.Actor, staff account.Staff) audit.Actor {
	a.ID, a.Role = staff.ID, staff.Role
	if len(staff.Scopes) == 1 {
		a.Prefix = staff.Scopes[0]
	}
	return a
}

// parseAddress reads an IP address; the zero value where it is none.
func parseAddress(text string) netip.Addr {
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}
	}
	return ip.Unmap().WithZone("")
}

// caller is where a request comes from, before it is known who sends it.
func (s *Server) caller(r *http.Request) audit.Actor {
	a := audit.Actor{Role: "user"}
	if a.Request, _ = r.Context().Value(requestKey{}).(string); a.Request == "" {
		a.Request = rand.Text()[:16]
	}
	a.IP = parseAddress(s.address(r))
	return a
}

// deniedTo logs that a person has asked for a case that is not theirs, where the address names one.
func (s *Server) deniedTo(r *http.Request, staff account.Staff) {
	for _, name := range []string{"id", "conv"} {
		if id, err := uuid.Parse(r.PathValue(name)); err == nil {
			s.denied(r.Context(), s.actor(r, staff), id)
		}
	}
}

// denied logs that a person has asked for a case that is not theirs, by the id of its conversation or of a ticket. What
// names no case is not logged: anybody could fill the log with it.
func (s *Server) denied(ctx context.Context, by audit.Actor, id uuid.UUID) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTime) // who hangs up is logged all the same
	defer cancel()
	conv, region, err := s.conversations.Behind(ctx, id)
	if err == nil {
		err = s.audit.Denied(ctx, by, conv, region)
	}
	if err != nil && !errors.Is(err, conversation.ErrForbidden) {
		s.log.Error("write the audit log", "error", err)
	}
}

// record logs what a person has done. What they did stands whether or not the log could be written.
func (s *Server) record(r *http.Request, staff account.Staff, e audit.Entry) {
	if err := s.audit.Append(r.Context(), s.actor(r, staff), e); err != nil {
		s.log.Error("write the audit log", "error", err)
	}
}
