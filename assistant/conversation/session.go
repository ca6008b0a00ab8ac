package conversation

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/database/secret"
)

// How long a session and a socket ticket last.
const (
	sessionFor   = 12 * time.Hour
	idleFor      = 30 * time.Minute
	ownDeviceFor = 30 * 24 * time.Hour
	ticketFor    = 60 * time.Second
)

// touchEvery is how far a session's idle time may lag behind, so that not every request writes.
const touchEvery = time.Minute

// Session is a person's visit. Nobody's name is in it; the token is known to the browser alone.
type Session struct {
	Hash      []byte // SHA-256 of the token
	Member    uuid.UUID
	Site      string
	OwnDevice bool // the person says that nobody else uses the device
	ExpiresAt time.Time
	IdleUntil time.Time
}

func (s *Store) limits(own bool) (expires, idle time.Time) {
	now := s.now()
	if own {
		return now.Add(ownDeviceFor), now.Add(ownDeviceFor)
	}
	return now.Add(sessionFor), now.Add(idleFor)
}

// OpenSession begins an anonymous session and returns its token, which is stored nowhere.
func (s *Store) OpenSession(ctx context.Context, site string, ownDevice bool) (string, Session, error) {
	text, hash := secret.Token()
	session := Session{Hash: hash, Member: uuid.Must(uuid.NewV7()), Site: site, OwnDevice: ownDevice}
	session.ExpiresAt, session.IdleUntil = s.limits(ownDevice)
	_, err := s.db.Exec(ctx, `INSERT INTO chat_sessions (token_hash, member_id, site_id, own_device, created_at, expires_at, idle_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		session.Hash, session.Member, session.Site, session.OwnDevice, s.now(), session.ExpiresAt, session.IdleUntil)
	if err != nil {
		return "", Session{}, fmt.Errorf("open session: %w", err)
	}
	return text, session, nil
}

const sessionColumns = `token_hash, member_id, site_id, own_device, expires_at, idle_until`

// Session finds a live session by its token and keeps it from going idle.
func (s *Store) Session(ctx context.Context, text string) (Session, error) {
	return s.Touch(ctx, secret.HashToken(text))
}

// Touch keeps a session from going idle. It returns ErrNoSession where the session has ended.
func (s *Store) Touch(ctx context.Context, hash []byte) (Session, error) {
	session, err := s.session(ctx, `SELECT `+sessionColumns+` FROM chat_sessions WHERE token_hash = $1 AND expires_at > $2 AND idle_until > $2`, hash, s.now())
	if err != nil || session.OwnDevice {
		return session, err
	}
	until := s.now().Add(idleFor)
	if until.After(session.ExpiresAt) {
		until = session.ExpiresAt
	}
	if until.Sub(session.IdleUntil) < touchEvery {
		return session, nil
	}
	session.IdleUntil = until
	if _, err := s.db.Exec(ctx, `UPDATE chat_sessions SET idle_until = $2 WHERE token_hash = $1`, hash, until); err != nil {
		return Session{}, fmt.Errorf("touch session: %w", err)
	}
	return session, nil
}

func (s *Store) session(ctx context.Context, query string, args ...any) (Session, error) {
	rows, err := s.db.Query(ctx, query, args...)
	if err != nil {
		return Session{}, fmt.Errorf("read session: %w", err)
	}
	session, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Session])
	if err == pgx.ErrNoRows {
		return Session{}, ErrNoSession
	}
	if err != nil {
		return Session{}, fmt.Errorf("read session: %w", err)
	}
	return session, nil
}

// SetOwnDevice changes how long a session lasts, counted from now.
func (s *Store) SetOwnDevice(ctx context.Context, hash []byte, own bool) (Session, error) {
	expires, idle := s.limits(own)
	return s.session(ctx, `UPDATE chat_sessions SET own_device = $2, expires_at = $3, idle_until = $4
		WHERE token_hash = $1 RETURNING `+sessionColumns, hash, own, expires, idle)
}

// EndSession makes the token and its open tickets useless.
func (s *Store) EndSession(ctx context.Context, hash []byte) error {
	for _, statement := range []string{`DELETE FROM ws_tickets WHERE session_hash = $1`, `DELETE FROM chat_sessions WHERE token_hash = $1`} {
		if _, err := s.db.Exec(ctx, statement, hash); err != nil {
			return fmt.Errorf("end session: %w", err)
		}
	}
	return nil
}

// OpenTicket makes a key that opens one socket within the next minute.
func (s *Store) OpenTicket(ctx context.Context, session Session) (ticket string, expiresIn time.Duration, err error) {
	text, hash := secret.Token()
	_, err = s.db.Exec(ctx, `INSERT INTO ws_tickets (token_hash, member_id, session_hash, expires_at) VALUES ($1, $2, $3, $4)`,
		hash, session.Member, session.Hash, s.now().Add(ticketFor))
	if err != nil {
		return "", 0, fmt.Errorf("open ticket: %w", err)
	}
	return text, ticketFor, nil
}

// RedeemTicket uses a ticket up and returns its session. A second use gets ErrNoSession.
func (s *Store) RedeemTicket(ctx context.Context, ticket string) (Session, error) {
	var hash []byte
	err := s.db.QueryRow(ctx, `DELETE FROM ws_tickets WHERE token_hash = $1 AND NOT staff AND expires_at > $2 RETURNING session_hash`,
		secret.HashToken(ticket), s.now()).Scan(&hash)
	if err == pgx.ErrNoRows {
		return Session{}, ErrNoSession
	}
	if err != nil {
		return Session{}, fmt.Errorf("redeem ticket: %w", err)
	}
	return s.Touch(ctx, hash)
}
