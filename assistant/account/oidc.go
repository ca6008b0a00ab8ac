package account

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/oauth2"

	"xiaohe/assistant/audit"
	"xiaohe/database/secret"
)

// OIDC is an identity provider (OpenID Connect Core 1.0) that this program is registered with.
type OIDC struct {
	Issuer       string // https://…, as its discovery document says
	ClientID     string
	ClientSecret string
}

// ErrNoAccount says that the identity provider knows the person, but no account waits for them.
var ErrNoAccount = errors.New("no account for this identity")

const (
	oidcWithin = 10 * time.Minute // from the start of a login at the provider to its end
	oidcWait   = 15 * time.Second // for the provider's answers
	mostOIDC   = 10_000           // logins that have not come back
)

// provider speaks to the identity provider. It asks for the discovery document at the first login: the program starts
// while the provider is down.
type provider struct {
	OIDC
	now    func() time.Time
	client *http.Client

	mu    sync.Mutex
	found *oidc.Provider
}

// UseOIDC lets people come through an identity provider. Call it before the store is used.
func (s *Store) UseOIDC(o OIDC) error {
	issuer, err := url.Parse(o.Issuer)
	if err != nil || issuer.Host == "" || (issuer.Scheme != "https" && !(issuer.Scheme == "http" && isLoopback(issuer.Hostname()))) {
		return invalid("统一身份的地址不对，请写以 https:// 开头的 issuer 地址")
	}
	if o.ClientID == "" {
		return invalid("用统一身份登录，要写明在它那里登记的 client id")
	}
	s.oidc = &provider{OIDC: o, now: s.now, client: &http.Client{Timeout: oidcWait}}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// HasOIDC tells whether people can come through an identity provider.
func (s *Store) HasOIDC() bool { return s.oidc != nil }

func (p *provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	found, err := oidc.NewProvider(ctx, p.Issuer)
	if err != nil {
		return nil, fmt.Errorf("ask the identity provider: %w", err)
	}
	p.found = found
	return found, nil
}

func (p *provider) config(found *oidc.Provider, redirect string) *oauth2.Config {
	return &oauth2.Config{ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: found.Endpoint(), RedirectURL: redirect,
		Scopes: []string{oidc.ScopeOpenID, "profile", "email"}}
}

// BeginOIDC begins a login at the identity provider: the browser goes to address, and keeps state in a cookie until it
// comes back to redirect. back is where it wants to go then.
func (s *Store) BeginOIDC(ctx context.Context, back, redirect string) (address, state string, err error) {
	if s.oidc == nil {
		return "", "", ErrNotFound
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, s.oidc.client), oidcWait)
	defer cancel()
	found, err := s.oidc.discover(ctx)
	if err != nil {
		return "", "", err
	}
	state, hash := secret.Token()
	nonce, _ := secret.Token()
	verifier := oauth2.GenerateVerifier()
	tag, err := s.db.Exec(ctx, `INSERT INTO oidc_logins (state_hash, nonce, verifier, back, expires_at)
		SELECT $1, $2, $3, $4, $5 WHERE (SELECT count(*) FROM oidc_logins WHERE expires_at > $6) < $7`,
		hash, nonce, verifier, back, s.now().Add(oidcWithin), s.now(), mostOIDC)
	if err != nil {
		return "", "", fmt.Errorf("begin a login: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return "", "", &TooManyError{time.Minute, true}
	}
	return s.oidc.config(found, redirect).AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), state, nil
}

// EndOIDC ends a login with the code that the identity provider gave the browser, and opens a session. It returns
// ErrNoSession where the state is unknown, used or too old, ErrCredentials where the provider's word is not sound, and
// ErrNoAccount.
func (s *Store) EndOIDC(ctx context.Context, state, code, redirect string, by audit.Actor) (session string, staff Staff, back string, err error) {
	if s.oidc == nil {
		return "", Staff{}, "", ErrNotFound
	}
	var nonce, verifier string
	err = s.db.QueryRow(ctx, `DELETE FROM oidc_logins WHERE state_hash = $1 AND expires_at > $2 RETURNING nonce, verifier, back`,
		secret.HashToken(state), s.now()).Scan(&nonce, &verifier, &back)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", Staff{}, "", ErrNoSession
	}
	if err != nil {
		return "", Staff{}, "", fmt.Errorf("end a login: %w", err)
	}
	who, err := s.oidc.identify(ctx, code, verifier, nonce, redirect)
	if errors.Is(err, ErrCredentials) {
		return "", Staff{}, back, errors.Join(err, s.refuse(ctx, uuid.Nil, "", by, "oidc"))
	}
	if err != nil {
		return "", Staff{}, back, err
	}
	worker, err := s.accountOf(ctx, who)
	if errors.Is(err, ErrNotFound) {
		_ = s.refuse(ctx, uuid.Nil, who.subject, by, "oidc without an account")
		return "", Staff{}, back, ErrNoAccount
	}
	if err != nil {
		return "", Staff{}, back, err
	}
	session, staff, err = s.enter(ctx, worker, by, attempt{}, "oidc")
	return session, staff, back, err
}

// identity is a person as the provider knows them.
type identity struct {
	issuer, subject string
	logins          []string // by which an account may wait for them
}

// identify exchanges the code for an ID token and checks it: signature, issuer, audience, expiry and nonce.
func (p *provider) identify(ctx context.Context, code, verifier, nonce, redirect string) (identity, error) {
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), oidcWait)
	defer cancel()
	found, err := p.discover(ctx)
	if err != nil {
		return identity{}, err
	}
	tokens, err := p.config(found, redirect).Exchange(ctx, code, oauth2.VerifierOption(verifier))
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode < 500 {
		return identity{}, fmt.Errorf("%w: the provider refused the code", ErrCredentials)
	}
	if err != nil {
		return identity{}, errors.New("exchange a code: the identity provider did not answer") // the cause may hold the code
	}
	raw, _ := tokens.Extra("id_token").(string)
	checked, err := found.Verifier(&oidc.Config{ClientID: p.ClientID, Now: p.now}).Verify(ctx, raw)
	if err != nil {
		return identity{}, fmt.Errorf("%w: the ID token is not sound", ErrCredentials)
	}
	if subtle.ConstantTimeCompare([]byte(checked.Nonce), []byte(nonce)) == 0 {
		return identity{}, fmt.Errorf("%w: the nonce is another login's", ErrCredentials)
	}
	var claims struct {
		Email     string `json:"email"`
		Verified  bool   `json:"email_verified"`
		Preferred string `json:"preferred_username"`
	}
	if err := checked.Claims(&claims); err != nil || checked.Subject == "" {
		return identity{}, fmt.Errorf("%w: the claims are not sound", ErrCredentials)
	}
	who := identity{issuer: checked.Issuer, subject: checked.Subject}
	if claims.Verified && claims.Email != "" {
		who.logins = append(who.logins, normal(claims.Email))
	}
	if claims.Preferred != "" {
		who.logins = append(who.logins, normal(claims.Preferred))
	}
	return who, nil
}

// accountOf finds the account of an identity. At the first login it is the one that was made for it: with that login,
// without a password and linked to nobody. None is ever made here.
func (s *Store) accountOf(ctx context.Context, who identity) (uuid.UUID, error) {
	var id uuid.UUID
	err := s.db.QueryRow(ctx, `SELECT w.id FROM workers w WHERE oidc_issuer = $1 AND oidc_subject = $2`, who.issuer, who.subject).Scan(&id)
	if err == nil || !errors.Is(err, pgx.ErrNoRows) {
		return id, err
	}
	for _, login := range who.logins {
		err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
			err := tx.QueryRow(ctx, `UPDATE workers w SET oidc_issuer = $1, oidc_subject = $2
				WHERE login = $3 AND password_hash IS NULL AND oidc_subject IS NULL AND disabled_at IS NULL RETURNING w.id`,
				who.issuer, who.subject, login).Scan(&id)
			if err != nil {
				return err
			}
			return audit.Append(ctx, tx, audit.System, entry("worker.linked", id, nil))
		})
		if err == nil || !errors.Is(err, pgx.ErrNoRows) {
			break
		}
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, ErrNotFound
	}
	if err != nil {
		return uuid.Nil, fmt.Errorf("find the account of an identity: %w", err)
	}
	return id, nil
}
