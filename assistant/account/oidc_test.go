package account_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"xiaohe/assistant/account"
	"xiaohe/assistant/account/oidctest"
	"xiaohe/assistant/audit"
)

// begin starts a login and reads what the browser is sent away with.
func (b *bench) begin(p *oidctest.Provider) (state string) {
	b.t.Helper()
	address, state, err := b.BeginOIDC(b.t.Context(), "/console", redirect)
	b.must(err)
	u, err := url.Parse(address)
	b.must(err)
	q := u.Query()
	if q.Get("state") != state || q.Get("code_challenge_method") != "S256" || q.Get("response_type") != "code" || q.Get("client_id") != oidctest.Client {
		b.t.Errorf("the browser is sent to %s", address)
	}
	p.Ask(q)
	p.Claims = map[string]any{"preferred_username": "wang.fang"}
	return state
}

const redirect = "https://xiaohe.example.cn/login/oidc/callback"

func (b *bench) end(p *oidctest.Provider, state string) (account.Staff, error) {
	b.t.Helper()
	token, staff, back, err := b.EndOIDC(b.t.Context(), state, "good", redirect, office)
	if err != nil && token != "" {
		b.t.Error("an error comes with a session")
	}
	if err == nil && back != "/console" {
		b.t.Errorf("it leads back to %s", back)
	}
	return staff, err
}

// oidcBench has one account that waits for its owner, wang.fang.
func oidcBench(t *testing.T) (*bench, *oidctest.Provider, account.Staff) {
	b, p := setup(t), oidctest.New(t)
	b.must(b.UseOIDC(account.OIDC{Issuer: p.Issuer, ClientID: oidctest.Client, ClientSecret: oidctest.Secret}))
	staff, oneTime, err := b.Add(t.Context(), audit.System, "wang.fang", account.Change{Name: of("王老师"), Role: of("worker")}, "", true)
	b.must(err)
	if oneTime != "" || staff.MustChange {
		t.Error("an account of the identity provider has a password")
	}
	return b, p, staff
}

func TestAnAccountIsLinkedAtTheFirstLogin(t *testing.T) {
	t.Parallel()
	b, p, staff := oidcBench(t)
	got, err := b.end(p, b.begin(p))
	b.must(err)
	if got.ID != staff.ID {
		t.Errorf("%+v", got)
	}
	state := b.begin(p)
	p.Claims["preferred_username"] = "somebody.else" // a new name changes nothing: the subject counts
	got, err = b.end(p, state)
	b.must(err)
	if got.ID != staff.ID {
		t.Errorf("%+v", got)
	}
	state = b.begin(p)
	p.Claims["sub"] = "u-2" // another person cannot take the account over
	_, err = b.end(p, state)
	b.expect(err, account.ErrNoAccount)
	_, err = b.Disable(t.Context(), audit.System, "wang.fang")
	b.must(err)
	_, err = b.end(p, b.begin(p))
	b.expect(err, account.ErrCredentials)
	if n := b.count(`SELECT count(*) FROM audit_log WHERE action = 'login' AND reason = 'oidc'`); n != 2 {
		t.Errorf("%d logins are logged, want 2", n)
	}
}

func TestOnlyAnAccountThatWaitsIsLinked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		claims map[string]any
		want   error
	}{
		"by a verified address":            {map[string]any{"preferred_username": "x", "email": "Li@Example.cn", "email_verified": true}, nil},
		"not by an unverified address":     {map[string]any{"preferred_username": "x", "email": "li@example.cn", "email_verified": false}, account.ErrNoAccount},
		"not by an address without a word": {map[string]any{"preferred_username": "x", "email": "li@example.cn"}, account.ErrNoAccount},
		"not one with a password":          {map[string]any{"preferred_username": "chen"}, account.ErrNoAccount},
		"not the first administrator":      {map[string]any{"preferred_username": "admin"}, account.ErrNoAccount},
		"nobody":                           {map[string]any{"preferred_username": "nobody"}, account.ErrNoAccount},
		"no name":                          {map[string]any{"preferred_username": ""}, account.ErrNoAccount},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, p, _ := oidcBench(t)
			_, _, err := b.Add(t.Context(), audit.System, "li@example.cn", account.Change{Name: of("李老师"), Role: of("worker")}, "", true)
			b.must(err)
			b.add("chen", "worker")
			_, err = b.EnsureAdmin(t.Context(), "")
			b.must(err)
			before := b.count(`SELECT count(*) FROM workers`)
			state := b.begin(p)
			maps.Copy(p.Claims, c.claims)
			_, err = b.end(p, state)
			b.expect(err, c.want)
			if after := b.count(`SELECT count(*) FROM workers`); after != before {
				t.Error("a login made an account")
			}
		})
	}
}

func TestAnUnsoundWordOfTheProviderIsRefused(t *testing.T) {
	t.Parallel()
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(p *oidctest.Provider){
		"wrong nonce":    func(p *oidctest.Provider) { p.Claims["nonce"] = "another" },
		"no nonce":       func(p *oidctest.Provider) { p.Claims["nonce"] = nil },
		"wrong audience": func(p *oidctest.Provider) { p.Claims["aud"] = "another" },
		"wrong issuer":   func(p *oidctest.Provider) { p.Claims["iss"] = "https://example.org" },
		"expired":        func(p *oidctest.Provider) { p.Claims["exp"] = time.Now().Add(-time.Hour).Unix() },
		"no subject":     func(p *oidctest.Provider) { p.Claims["sub"] = nil },
		"another's key": func(p *oidctest.Provider) {
			p.Sign = func(c map[string]any) string { return p.Signed(c, jose.ES256, other) }
		},
		"no ID token": func(p *oidctest.Provider) { p.Sign = func(map[string]any) string { return "" } },
		"garbage":     func(p *oidctest.Provider) { p.Sign = func(map[string]any) string { return "a.b.c" } },
		"the secret's MAC": func(p *oidctest.Provider) {
			p.Sign = func(c map[string]any) string { return p.Signed(c, jose.HS256, []byte(oidctest.Secret)) }
		},
		"algorithm none": func(p *oidctest.Provider) {
			p.Sign = func(c map[string]any) string {
				payload, _ := json.Marshal(c)
				b64 := base64.RawURLEncoding
				return b64.EncodeToString([]byte(`{"alg":"none"}`)) + "." + b64.EncodeToString(payload) + "."
			}
		},
		"a verifier of another login": func(p *oidctest.Provider) {
			p.Ask(url.Values{"redirect_uri": {redirect}, "code_challenge": {"another"}})
		},
		"a refused code": func(p *oidctest.Provider) { p.Status = http.StatusBadRequest },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, p, _ := oidcBench(t)
			state := b.begin(p)
			spoil(p)
			_, err := b.end(p, state)
			b.expect(err, account.ErrCredentials)
			if n := b.count(`SELECT count(*) FROM staff_sessions`); n != 0 {
				t.Error("there is a session")
			}
			if n := b.count(`SELECT count(*) FROM workers WHERE oidc_subject IS NOT NULL`); n != 0 {
				t.Error("an account was linked")
			}
			if n := b.count(`SELECT count(*) FROM audit_log WHERE action = 'login.failed'`); n != 1 {
				t.Errorf("%d failed logins are logged", n)
			}
		})
	}
}

func TestAStateCountsOnce(t *testing.T) {
	t.Parallel()
	b, p, _ := oidcBench(t)
	state := b.begin(p)
	_, err := b.end(p, state)
	b.must(err)
	_, err = b.end(p, state)
	b.expect(err, account.ErrNoSession)
	_, err = b.end(p, "made up")
	b.expect(err, account.ErrNoSession)
	late := b.begin(p)
	b.pass(10 * time.Minute)
	_, err = b.end(p, late)
	b.expect(err, account.ErrNoSession)
	b.must(b.Purge(t.Context()))
	if n := b.count(`SELECT count(*) FROM oidc_logins`); n != 0 {
		t.Error("a login that never came back is kept")
	}
}

func TestAProviderThatIsDownStopsNothingElse(t *testing.T) {
	t.Parallel()
	b, p, _ := oidcBench(t)
	p.Status = http.StatusInternalServerError
	_, err := b.end(p, b.begin(p))
	if err == nil || errors.Is(err, account.ErrCredentials) {
		t.Errorf("a provider in trouble: %v", err)
	}
	down := setup(t)
	b.must(down.UseOIDC(account.OIDC{Issuer: "http://127.0.0.1:1", ClientID: oidctest.Client}))
	if _, _, err := down.BeginOIDC(t.Context(), "", "x"); err == nil {
		t.Error("a login began at a provider that is down")
	}
	for _, issuer := range []string{"", "http://example.org", "ftp://x", "example.org"} {
		down.refused(down.UseOIDC(account.OIDC{Issuer: issuer, ClientID: oidctest.Client}), "https://")
	}
	down.refused(down.UseOIDC(account.OIDC{Issuer: "https://example.org"}), "client id")
	if _, _, _, err := setup(t).EndOIDC(t.Context(), "x", "y", "z", office); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("without a provider: %v", err)
	}
}
