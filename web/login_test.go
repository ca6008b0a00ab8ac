package web

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"xiaohe/assistant/account"
	"xiaohe/assistant/audit"
)

// stay keeps the client from following redirects.
func (d *desk) stay() *desk {
	client := *d.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &desk{d.site, &client}
}

func TestALoginLeadsToOnesWork(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for role, want := range map[string]string{account.Worker: "/console", account.Supervisor: "/console", account.Officer: adminHome,
		account.Admin: adminHome, account.Director: staffHome, account.Auditor: staffHome} {
		d := s.desk().stay()
		s.account(role+"1", role)
		a := d.login(role+"1", testPassword)
		if to := a.Header.Get("Location"); a.Status != http.StatusSeeOther || to != want {
			t.Errorf("%s is led to %s (%d), want %s", role, to, a.Status, want)
		}
		cookie := a.Header.Get("Set-Cookie")
		for _, attribute := range []string{"xiaohe_staff=", "HttpOnly", "SameSite=Strict", "Path=/;"} {
			if !strings.Contains(cookie, attribute) {
				t.Errorf("the cookie is %q, without %s", cookie, attribute)
			}
		}
		d.get("/login").wants(t, http.StatusOK, "已经登录", account.RoleNames[role])
	}
}

func TestALoginLeadsBackToAPageHereOnly(t *testing.T) {
	t.Parallel()
	d := newSite(t).desk().stay()
	d.account("officer", account.Officer)
	for back, want := range map[string]string{
		"/admin/rules/x?a=b": "/admin/rules/x?a=b", "/console": "/console", "": adminHome,
		"//example.org/admin/": adminHome, "https://example.org": adminHome, "/\\example.org": adminHome, "\\\\example.org": adminHome,
		"/\t/example.org": adminHome, "javascript:alert(1)": adminHome, "/\r\nSet-Cookie: a=b": adminHome, "example.org": adminHome,
		"/login?back=/login": adminHome, "/logout": adminHome, "/%2f/example.org": "/%2f/example.org", "///example.org": adminHome, "/login/oidc": adminHome,
	} {
		a := d.post("/login", url.Values{"login": {"officer"}, "password": {testPassword}, "back": {back}})
		if to := a.Header.Get("Location"); to != want && !(back == "/%2f/example.org" && to == adminHome) {
			t.Errorf("back=%q leads to %q, want %q", back, to, want)
		}
	}
	a := d.get("/admin/rules/x?a=b")
	if to := a.Header.Get("Location"); a.Status == http.StatusSeeOther && to != "/login?back=%2Fadmin%2Frules%2Fx%3Fa%3Db" {
		t.Errorf("a page without a login leads to %s", to)
	}
}

func TestWrongLoginsAreRefusedAndKeptOutOfTheLog(t *testing.T) {
	t.Parallel()
	d := newSite(t).desk()
	d.account("officer", account.Officer)
	for range 5 {
		d.login("officer", "不对的口令-不对").wants(t, http.StatusUnauthorized, "登录名或口令不对", `value="officer"`)
	}
	a := d.login("officer", testPassword)
	a.wants(t, http.StatusTooManyRequests, "分钟后再试")
	if a.Header.Get("Retry-After") == "" {
		t.Error("nobody says when to come again")
	}
	d.now.advance(account.FailureSpan)
	d.login("officer", testPassword).wants(t, http.StatusOK, "福利规则")
	d.login("nobody-of-this-name", "不对的口令-不对").wants(t, http.StatusUnauthorized)
	if a := d.post("/login", url.Values{"login": {"officer"}, "password": {strings.Repeat("x", 1<<20)}}); a.Status == http.StatusOK {
		t.Errorf("a giant form: %d", a.Status)
	}
	for _, word := range []string{testPassword, "不对的口令", "officer", "nobody-of-this-name"} {
		if strings.Contains(d.logs.String(), word) {
			t.Errorf("%s is in the log", word)
		}
	}
}

func TestSessionsEndWithLogoutAndTime(t *testing.T) {
	t.Parallel()
	d := newSite(t).desk()
	d.account("officer", account.Officer)
	in := func(want bool) {
		t.Helper()
		if a := d.get("/admin/rules"); (a.path == adminHome) != want {
			t.Errorf("the page leads to %s", a.path)
		}
	}
	in(false)
	d.login("officer", testPassword)
	in(true)
	if a := d.post("/logout", nil); a.path != "/login" {
		t.Errorf("a logout leads to %s", a.path)
	}
	in(false)
	d.login("officer", testPassword)
	d.now.advance(account.IdleFor)
	in(false)
	d.login("officer", testPassword)
	_, err := d.web.accounts.Disable(t.Context(), audit.System, "officer")
	must(t, err)
	in(false)
}

func TestALoginReplacesTheSessionBefore(t *testing.T) {
	t.Parallel()
	d := newSite(t).desk()
	d.account("officer", account.Officer)
	d.login("officer", testPassword)
	old := d.cookie()
	d.login("officer", testPassword)
	if d.cookie() == old {
		t.Error("the token stays the same")
	}
	if _, err := d.web.accounts.Session(t.Context(), old); err == nil {
		t.Error("the session before goes on")
	}
}

// cookie is the token of the browser's session.
func (d *desk) cookie() string {
	d.t.Helper()
	home, err := url.Parse(d.URL)
	must(d.t, err)
	for _, c := range d.client.Jar.Cookies(home) {
		if c.Name == staffCookie {
			return c.Value
		}
	}
	d.t.Fatal("there is no cookie")
	return ""
}

// hiddenField is a hidden field of a page.
func hiddenField(t *testing.T, a led, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindSubmatch(a.Body)
	if m == nil {
		t.Fatalf("the page has no field %s", name)
	}
	return string(m[1])
}

func TestAOneTimePasswordOpensNothingElse(t *testing.T) {
	t.Parallel()
	d := newSite(t).desk()
	name, role := "王老师", account.Officer
	_, oneTime, err := d.web.accounts.Add(t.Context(), audit.System, "wang", account.Change{Name: &name, Role: &role}, "", false)
	must(t, err)
	page := d.post("/login", url.Values{"login": {"wang"}, "password": {oneTime}, "back": {"/admin/rules?from=login"}})
	page.wants(t, http.StatusOK, "换口令", "一次性口令")
	if page.path != "/password" {
		t.Errorf("it leads to %s", page.path)
	}
	if a := d.get("/admin/rules"); a.path != "/password" {
		t.Errorf("another page leads to %s", a.path)
	}
	if a := d.post("/admin/versions/x/activate", nil); a.path != "/password" {
		t.Errorf("a step leads to %s", a.path)
	}
	if a := d.send("POST", "/api/v1/staff/ws-ticket", "application/json", nil); a.Status != http.StatusForbidden || !strings.Contains(string(a.Body), "一次性口令") {
		t.Errorf("a socket's ticket: %d %s", a.Status, a.Body)
	}
	csrf := hiddenField(t, page, "csrf")
	if hiddenField(t, page, "back") != "/admin/rules?from=login" {
		t.Error("the page forgets where to go")
	}
	fresh := "一把旧雨伞和三只鸭子"
	form := func(csrf, old, chosen, again string) url.Values {
		return url.Values{"csrf": {csrf}, "old": {old}, "new": {chosen}, "again": {again}, "back": {"/admin/rules?from=login"}}
	}
	before := d.cookie()
	for name, c := range map[string]struct {
		form   url.Values
		status int
		want   string
	}{
		"without the token": {form("", oneTime, fresh, fresh), http.StatusForbidden, "再填一次"},
		"two of them":       {form(csrf, oneTime, fresh, fresh+"。"), http.StatusBadRequest, "不一样"},
		"too short":         {form(csrf, oneTime, "短", "短"), http.StatusBadRequest, "太短"},
		"the wrong old one": {form(csrf, "wrong", fresh, fresh), http.StatusUnauthorized, "现在的口令不对"},
		"the same again":    {form(csrf, oneTime, oneTime, oneTime), http.StatusBadRequest, "一样"},
	} {
		t.Run(name, func(t *testing.T) { d.post("/password", c.form).wants(t, c.status, c.want) })
	}
	a := d.post("/password", form(csrf, oneTime, fresh, fresh))
	a.wants(t, http.StatusOK, "福利规则")
	if _, err := d.web.accounts.Session(t.Context(), before); err == nil {
		t.Error("the session of the one-time password goes on")
	}
	if strings.Contains(d.logs.String(), fresh) || strings.Contains(d.logs.String(), oneTime) {
		t.Error("a password is in the log")
	}
}

func TestChangesNeedTheTokenOfTheSession(t *testing.T) {
	t.Parallel()
	d := newSite(t).desk()
	d.account("wang", account.Worker)
	d.login("wang", testPassword)
	who, err := d.web.accounts.Session(t.Context(), d.cookie())
	must(t, err)
	ask := func(csrf string) reply {
		t.Helper()
		header := http.Header{"Cookie": {staffCookie + "=" + d.cookie()}}
		header.Set(csrfHeader, csrf)
		return d.request("POST", "/api/v1/staff/ws-ticket", header, fields{})
	}
	for _, csrf := range []string{"", "x", strings.Repeat("0", 64)} {
		if a := ask(csrf); a.Status != http.StatusForbidden {
			t.Errorf("token %q: %d", csrf, a.Status)
		}
	}
	a := ask(d.web.accounts.CSRF(who))
	var ticket struct {
		Ticket    string `json:"ticket"`
		ExpiresIn int    `json:"expires_in"`
	}
	a.into(t, &ticket)
	if a.Status != http.StatusOK || ticket.Ticket == "" || ticket.ExpiresIn != 60 {
		t.Errorf("%d %+v", a.Status, ticket)
	}
	stranger := d.site.desk()
	if a := stranger.send("POST", "/api/v1/staff/ws-ticket", "application/json", nil); a.Status != http.StatusUnauthorized || a.problem(t).Code != codeAuth {
		t.Errorf("without a login: %d %s", a.Status, a.Body)
	}
}

// A link in a message of another site brings no SameSite=Strict cookie along, and must not end at the login.
func TestALinkFromElsewhereFindsTheSession(t *testing.T) {
	t.Parallel()
	d := newSite(t).desk()
	ask := func(method, site string) led {
		t.Helper()
		r, err := http.NewRequest(method, d.URL+"/admin/rules/%22%3Cscript%3E?x=%27;url=//example.org", nil)
		must(t, err)
		r.Header.Set("Sec-Fetch-Site", site)
		r.Header.Set("Sec-Fetch-Mode", "navigate")
		a, err := d.stay().client.Do(r)
		must(t, err)
		defer a.Body.Close()
		var body bytes.Buffer
		_, err = body.ReadFrom(a.Body)
		must(t, err)
		return led{reply{a.StatusCode, body.Bytes(), a.Header}, r.URL.Path}
	}
	a := ask("GET", "cross-site")
	a.wants(t, http.StatusOK, `http-equiv="refresh"`, "/admin/rules/%22%3Cscript%3E")
	if strings.Contains(string(a.Body), "<script>") || strings.Contains(string(a.Body), `content="0; url='`) {
		t.Errorf("the address breaks out: %s", a.Body)
	}
	if a := ask("GET", "same-origin"); a.Status != http.StatusSeeOther { // it goes round once
		t.Errorf("the second time: %d", a.Status)
	}
}

func TestTheLogTellsOfLogins(t *testing.T) {
	t.Parallel()
	d := newSite(t).desk()
	staff := d.account("officer", account.Officer)
	d.login("officer", "wrong")
	d.login("officer", testPassword)
	d.post("/logout", nil)
	rows, err := d.web.audit.List(t.Context(), audit.Filter{})
	must(t, err)
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprint(r.Action, " ", r.Result, " ", r.ObjectID == staff.ID.String(), " ", r.IP != nil && r.IP.Addr().IsLoopback()))
	}
	want := "logout ok true true,login ok true true,login.failed denied true true,worker.added ok true false"
	if strings.Join(got, ",") != want {
		t.Errorf("the log says\n%s, want\n%s", strings.Join(got, ","), want)
	}
}

func TestWithoutAccountsThereAreNoPagesOfStaff(t *testing.T) {
	t.Parallel()
	d := newSite(t, func(o *Options) { o.Accounts = nil }).desk()
	for _, path := range []string{"/login", "/password", adminHome, "/login/oidc"} {
		d.get(path).wants(t, http.StatusNotFound)
	}
}
