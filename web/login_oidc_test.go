package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestALoginAtTheProviderOpensASession(t *testing.T) {
	t.Parallel()
	s, provider := newOIDCSite(t)
	provider.Claims["preferred_username"] = "wang"
	d := s.desk()
	d.get("/login?back=%2Fadmin%2Frules").wants(t, http.StatusOK, "统一身份", `href="/login/oidc?back=%2fadmin%2frules"`)
	a := d.get("/login/oidc?back=%2Fadmin%2Frules")
	a.wants(t, http.StatusOK, `http-equiv="refresh"`, "url=/admin/rules")
	if a.path != "/login/oidc/callback" {
		t.Errorf("it ends at %s", a.path)
	}
	d.get("/admin/rules").wants(t, http.StatusOK, "福利规则")
	d.get("/password").wants(t, http.StatusOK, "统一身份那边换")
	if a := s.desk().get("/login/oidc?back=//example.org"); strings.Contains(string(a.Body), "example.org") {
		t.Errorf("it leads to another site: %s", a.Body)
	}
}

// A browser that is led to somebody else's callback would be in somebody else's account.
func TestACallbackOfAnotherBrowserIsRefused(t *testing.T) {
	t.Parallel()
	s, provider := newOIDCSite(t)
	provider.Claims["preferred_username"] = "wang"
	attacker := s.desk().stay()
	away := attacker.get("/login/oidc").Header.Get("Location")
	u, err := url.Parse(away)
	must(t, err)
	if cookie := u.Query().Get("state"); cookie == "" {
		t.Fatalf("it leads to %s", away)
	}
	provider.Ask(u.Query())
	callback := "/login/oidc/callback?code=good&state=" + u.Query().Get("state")
	victim := s.desk()
	victim.get(callback).wants(t, http.StatusBadRequest, "重新登录")
	victim.get("/login/oidc/callback").wants(t, http.StatusBadRequest)
	victim.get("/login/oidc/callback?state=&code=good").wants(t, http.StatusBadRequest)
	attacker.get(callback).wants(t, http.StatusOK) // its own browser may
	attacker.get(callback).wants(t, http.StatusBadRequest, "重新登录")
}

func TestTheProvidersRefusalsAreSaidInChinese(t *testing.T) {
	t.Parallel()
	s, provider := newOIDCSite(t)
	provider.Claims["preferred_username"] = "nobody"
	s.desk().get("/login/oidc").wants(t, http.StatusForbidden, "还没有小禾的账号")
	provider.Claims["nonce"] = "another"
	s.desk().get("/login/oidc").wants(t, http.StatusUnauthorized, "没有登录成功")
	provider.Status = http.StatusInternalServerError
	s.desk().get("/login/oidc").wants(t, http.StatusServiceUnavailable, "没有回应")
	provider.Status = http.StatusBadRequest
	s.desk().get("/login/oidc").wants(t, http.StatusUnauthorized, "没有登录成功")
	for _, word := range []string{"nobody", "good", "u-1"} {
		if strings.Contains(s.logs.String(), word) {
			t.Errorf("%s is in the log", word)
		}
	}
	newSite(t).desk().get("/login/oidc").wants(t, http.StatusNotFound)
}

func TestOneAddressDoesNotUseUpTheLoginsAtTheProvider(t *testing.T) {
	t.Parallel()
	s, _ := newOIDCSite(t, func(o *Options) { o.Limits.SessionsPerIP = 2 })
	for i := range 3 {
		want := http.StatusSeeOther
		if i == 2 {
			want = http.StatusTooManyRequests
		}
		if a := s.desk().stay().get("/login/oidc"); a.Status != want {
			t.Errorf("login %d: %d", i, a.Status)
		}
	}
	s.says("2", `SELECT count(*) FROM oidc_logins`)
}
