package account

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"xiaohe/database/secret"
)

// How long a session and a socket ticket last.
const (
	SessionFor = 12 * time.Hour
	IdleFor    = time.Hour
	ticketFor  = time.Minute
)

// touchEvery is how far a session's idle time may lag behind, so that not every request writes.
const touchEvery = time.Minute

// Session is a person at work, as their account stands now. The token is known to the browser alone.
type Session struct {
	Hash []byte // SHA-256 of the token
	Staff
}

// execer is a pool or a transaction.
type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// openSession begins a session and returns its token, which is stored nowhere.
func (s *Store) openSession(ctx context.Context, db execer, worker uuid.UUID) (string, error) {
	text, hash := secret.Token()
	now := s.now()
	_, err := db.Exec(ctx, `INSERT INTO staff_sessions (token_hash, worker_id, created_at, expires_at, idle_until) VALUES ($1, $2, $3, $4, $5)`,
		hash, worker, now, now.Add(SessionFor), now.Add(IdleFor))
	if err != nil {
		return "", fmt.Errorf("open a session: %w", err)
	}
	return text, nil
}

// Session finds a live session by its token and keeps it from going idle. ErrNoSession where there is none.
func (s *Store) Session(ctx context.Context, token string) (Session, error) {
	return s.Touch(ctx, secret.HashToken(token))
}

// Touch keeps a session from going idle. It returns ErrNoSession where the session has ended or the account is disabled.
func (s *Store) Touch(ctx context.Context, hash []byte) (Session, error) {
	type touched struct {
		Session
		IdleUntil time.Time
	}
	t, err := one[touched](ctx, s.db, `SELECT v.token_hash, `+staffColumns+`, v.idle_until
		FROM staff_sessions v JOIN workers w ON w.id = v.worker_id
		WHERE v.token_hash = $1 AND v.expires_at > $2 AND v.idle_until > $2 AND w.disabled_at IS NULL`, hash, s.now())
	if errors.Is(err, ErrNotFound) {
		return Session{}, ErrNoSession
	}
	if err != nil {
		return Session{}, err
	}
	until := s.now().Add(IdleFor)
	if until.Sub(t.IdleUntil) < touchEvery {
		return t.Session, nil
	}
	if _, err := s.db.Exec(ctx, `UPDATE staff_sessions SET idle_until = $2 WHERE token_hash = $1`, hash, until); err != nil {
		return Session{}, fmt.Errorf("touch a session: %w", err)
	}
	return t.Session, nil
}

// endSessions ends those sessions that a condition on staff_sessions v names, and makes their tickets useless.
func endSessions(ctx context.Context, db execer, condition string, arg any) error {
	_, err := db.Exec(ctx, `WITH ended AS (DELETE FROM staff_sessions v WHERE `+condition+` RETURNING token_hash)
		DELETE FROM ws_tickets WHERE staff AND session_hash IN (SELECT token_hash FROM ended)`, arg)
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

// OpenTicket makes a key that opens one socket within the next minute.
func (s *Store) OpenTicket(ctx context.Context, session Session) (ticket string, expiresIn time.Duration, err error) {
	text, hash := secret.Token()
	_, err = s.db.Exec(ctx, `INSERT INTO ws_tickets (token_hash, member_id, session_hash, expires_at, staff) VALUES ($1, $2, $3, $4, true)`,
		hash, session.ID, session.Hash, s.now().Add(ticketFor))
	if err != nil {
		return "", 0, fmt.Errorf("open a ticket: %w", err)
	}
	return text, ticketFor, nil
}

// RedeemTicket uses a ticket up and returns its session. A second use, a ticket of a chat session and a session whose
// password has to be changed first get ErrNoSession.
func (s *Store) RedeemTicket(ctx context.Context, ticket string) (Session, error) {
	var hash []byte
	err := s.db.QueryRow(ctx, `DELETE FROM ws_tickets WHERE token_hash = $1 AND staff AND expires_at > $2 RETURNING session_hash`,
		secret.HashToken(ticket), s.now()).Scan(&hash)
	if errors.Is(err, pgx.ErrNoRows) {
		return Session{}, ErrNoSession
	}
	if err != nil {
		return Session{}, fmt.Errorf("redeem a ticket: %w", err)
	}
	session, err := s.Touch(ctx, hash)
	if err == nil && session.MustChange {
		return Session{}, ErrNoSession
	}
	return session, err
}

// CSRF is the token that a page of this session sends back with whatever changes something.
func (s *Store) CSRF(session Session) string { return s.mac("csrf", hex.EncodeToString(session.Hash)) }

// CheckCSRF tells whether a token is the session's.
func (s *Store) CheckCSRF(session Session, token string) bool {
	return hmac.Equal([]byte(s.CSRF(session)), []byte(token))
}

// Purge deletes sessions, tickets, failures and unfinished logins that count no more.
func (s *Store) Purge(ctx context.Context) error {
	now := s.now()
	if err := endSessions(ctx, s.db, `v.expires_at <= $1 OR v.idle_until <= $1`, now); err != nil {
		return err
	}
	for _, c := range []struct {
		statement string
		before    time.Time
	}{
		{`DELETE FROM ws_tickets WHERE staff AND expires_at <= $1`, now},
		{`DELETE FROM oidc_logins WHERE expires_at <= $1`, now},
		{`DELETE FROM login_failures WHERE at <= $1`, now.Add(-memory)},
	} {
		if _, err := s.db.Exec(ctx, c.statement, c.before); err != nil {
			return fmt.Errorf("purge logins: %w", err)
		}
	}
	return nil
}
