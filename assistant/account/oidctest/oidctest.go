// Package oidctest is a small identity provider (OpenID Connect) for tests. It logs everybody in at once.
package oidctest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// What a program is registered with.
const (
	Client = "xiaohe"
	Secret = "0123456789abcdef0123456789abcdef"
)

// Provider is one identity provider. Set its fields before the token is fetched.
type Provider struct {
	Issuer string                             // http://localhost:…, another site than http://127.0.0.1:…
	Claims map[string]any                     // of the next ID token, beside those that every token has; they replace those, and nil removes one
	Sign   func(claims map[string]any) string // default: as it should be
	Status int                                // that the token endpoint answers with; 0 is OK

	t   testing.TB
	key *ecdsa.PrivateKey

	mu    sync.Mutex
	asked url.Values // of the last authorization request
}

// New starts a provider that ends with the test.
func New(t testing.TB) *Provider {
	p := &Provider{t: t, Claims: map[string]any{}}
	var err error
	if p.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("/keys", p.keys)
	mux.HandleFunc("/authorize", p.authorize)
	mux.HandleFunc("/token", p.token)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.Issuer = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	p.Sign = func(claims map[string]any) string { return p.Signed(claims, jose.ES256, p.key) }
	return p
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	reply(w, map[string]any{"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/authorize", "token_endpoint": p.Issuer + "/token",
		"jwks_uri": p.Issuer + "/keys", "id_token_signing_alg_values_supported": []string{"ES256", "none", "HS256"}})
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	reply(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &p.key.PublicKey, KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
}

// Ask takes an authorization request, as a browser sends it.
func (p *Provider) Ask(q url.Values) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = q
}

func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p.Ask(q)
	back := url.Values{"code": {"good"}, "state": {q.Get("state")}}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	switch id, password, _ := r.BasicAuth(); {
	case p.Status != 0:
		w.WriteHeader(p.Status)
	case id != Client || password != Secret || r.PostFormValue("code") != "good" || r.PostFormValue("redirect_uri") != p.asked.Get("redirect_uri") ||
		base64.RawURLEncoding.EncodeToString(sum[:]) != p.asked.Get("code_challenge"):
		w.WriteHeader(http.StatusBadRequest)
		reply(w, map[string]string{"error": "invalid_grant"})
	default:
		reply(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": p.Sign(p.all())})
	}
}

// all are the claims of a token.
func (p *Provider) all() map[string]any {
	claims := map[string]any{"iss": p.Issuer, "aud": Client, "sub": "u-1", "nonce": p.asked.Get("nonce"),
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix()}
	for name, value := range p.Claims {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	return claims
}

// Signed is a token with a signature of one's own.
func (p *Provider) Signed(claims map[string]any, algorithm jose.SignatureAlgorithm, key any) string {
	p.t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	object, err := signer.Sign(payload)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	text, err := object.CompactSerialize()
	if err != nil {
		p.t.Error(err)
	}
	return text
}
