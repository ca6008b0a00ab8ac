package account

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/text/unicode/norm"

	"xiaohe/assistant/audit"
)

// Wrong passwords: at most so many of one name and from one address in a span of time; the span doubles as they go on
// within a day. An office shares an address, so more are allowed there.
const (
	FailureSpan    = 10 * time.Minute
	loginFailures  = 5
	placeFailures  = 20
	longestSpan    = 8 // times FailureSpan
	memory         = 24 * time.Hour
	familiarWithin = 30 * 24 * time.Hour
)

// normal is a login as it is stored.
func normal(login string) string {
	return strings.ToLower(strings.TrimSpace(norm.NFKC.String(login)))
}

// isText tells whether a database can hold a text.
func isText(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

// Login checks a password and opens a session; by tells where the request comes from. It returns ErrCredentials, after
// the same time whether the login is unknown, disabled or without a password; or *TooManyError.
func (s *Store) Login(ctx context.Context, login, password string, by audit.Actor) (token string, staff Staff, err error) {
	if login = normal(login); !isText(login) {
		login = s.mac("no text", login) // nobody's: no login looks like this
	}
	attempt, err := s.admit(ctx, login, by.IP)
	if err != nil {
		return "", Staff{}, err
	}
	var hash *string
	var disabled bool
	err = s.db.QueryRow(ctx, `SELECT w.id, w.password_hash, w.disabled_at IS NOT NULL FROM workers w WHERE login = $1`, login).Scan(&staff.ID, &hash, &disabled)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", Staff{}, fmt.Errorf("read a login: %w", err)
	}
	if disabled || len(password) > 4*longestPassword {
		hash = nil
	}
	match, stale, err := s.hasher.check(ctx, password, hash)
	if err != nil {
		return "", Staff{}, errors.Join(err, s.forgive(context.WithoutCancel(ctx), attempt))
	}
	if !match {
		return "", Staff{}, s.refuse(ctx, staff.ID, login, by, "password")
	}
	if stale {
		if err := s.renew(ctx, staff.ID, *hash, password); err != nil {
			return "", Staff{}, err
		}
	}
	return s.enter(ctx, staff.ID, by, attempt, "password")
}

// refuse logs a failed login. A name that is nobody's is logged by its mac: people type passwords there.
func (s *Store) refuse(ctx context.Context, worker uuid.UUID, login string, by audit.Actor, way string) error {
	by.ID, by.Role, by.Prefix = uuid.Nil, "user", ""
	e := audit.Entry{Action: "login.failed", ObjectKind: "worker", ObjectID: worker.String(), Reason: way, Result: "denied"}
	if worker == uuid.Nil {
		e.ObjectKind, e.ObjectID = "login", s.mac("unknown", login)[:16]
	}
	return errors.Join(ErrCredentials, audit.Append(ctx, s.db, by, e))
}

// enter opens a session for somebody who has proved who they are.
func (s *Store) enter(ctx context.Context, worker uuid.UUID, by audit.Actor, attempt attempt, way string) (token string, staff Staff, err error) {
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		staff, err = one[Staff](ctx, tx, `SELECT `+staffColumns+` FROM workers w WHERE id = $1 AND disabled_at IS NULL FOR SHARE`, worker)
		if errors.Is(err, ErrNotFound) {
			return ErrCredentials
		}
		if err != nil {
			return err
		}
		if token, err = s.openSession(ctx, tx, worker); err != nil {
			return err
		}
		if err := attempt.forget(ctx, tx); err != nil {
			return err
		}
		by.ID, by.Role, by.Prefix = staff.ID, staff.Role, ""
		return audit.Append(ctx, tx, by, audit.Entry{Action: "login", ObjectKind: "worker", ObjectID: staff.ID.String(), Reason: way})
	})
	if err != nil {
		return "", Staff{}, err
	}
	return token, staff, nil
}

// renew hashes a password at today's cost.
func (s *Store) renew(ctx context.Context, worker uuid.UUID, old, password string) error {
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, `UPDATE workers SET password_hash = $3 WHERE id = $1 AND password_hash = $2`, worker, old, hash); err != nil {
		return fmt.Errorf("renew a hash: %w", err)
	}
	return nil
}

// attempt is a login that is under way. It counts as failed until it has succeeded: many at the same time cannot pass
// together.
type attempt struct {
	place, name string // keys of login_failures
	at          time.Time
}

// admit lets a login try its password, or says how long it has to wait. Whoever tries names from many places could
// keep a worker out; so a place where the person has logged in lately is counted by itself.
func (s *Store) admit(ctx context.Context, login string, from netip.Addr) (attempt, error) {
	place := placeOf(from)
	a := attempt{place: s.mac("place", place.String()), name: s.mac("login", login), at: s.now().UTC().Truncate(time.Microsecond)}
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		var familiar bool
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM workers w JOIN audit_log l ON l.actor_id = w.id
			WHERE w.login = $1 AND l.action = 'login' AND l.ip <<= $2 AND l.at > $3)`, login, place, a.at.Add(-familiarWithin)).Scan(&familiar)
		if err != nil {
			return fmt.Errorf("read earlier logins: %w", err)
		}
		if familiar {
			a.name = s.mac("login at place", login+"\x00"+place.String())
		}
		for _, limit := range []struct {
			key string
			n   int
		}{{a.place, placeFailures}, {a.name, loginFailures}} {
			wait, err := s.wait(ctx, tx, limit.key, limit.n)
			if err != nil {
				return err
			}
			if wait > 0 {
				return &TooManyError{Wait: wait}
			}
		}
		_, err = tx.Exec(ctx, `INSERT INTO login_failures (key, at) VALUES ($1, $3), ($2, $3)`, a.place, a.name, a.at)
		return err
	})
	if err != nil {
		return attempt{}, err
	}
	return a, nil
}

// placeOf is where an address belongs to: itself, or the 64 bits that one connection has for itself in IPv6.
func placeOf(from netip.Addr) netip.Prefix {
	from = from.Unmap().WithZone("")
	switch {
	case from.Is4():
		return netip.PrefixFrom(from, 32)
	case from.Is6():
		return netip.PrefixFrom(from, 64).Masked()
	}
	return netip.PrefixFrom(netip.IPv6Unspecified(), 128) // everybody without an address is in one place
}

// wait tells how long a key has to wait that may fail n times in a span. It holds the key's lock until the transaction
// ends. Failures from further ahead than a span were counted by a clock that has been put right since: they keep nobody
// out for hours.
func (s *Store) wait(ctx context.Context, tx pgx.Tx, key string, n int) (time.Duration, error) {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || $1, 0))`, key); err != nil {
		return 0, fmt.Errorf("lock a login: %w", err)
	}
	var failures int
	var oldest *time.Time // of the last n
	err := tx.QueryRow(ctx, `SELECT count(*), (array_agg(at ORDER BY at DESC))[$3] FROM login_failures WHERE key = $1 AND at > $2 AND at <= $4`,
		key, s.now().Add(-memory), n, s.now().Add(FailureSpan)).Scan(&failures, &oldest)
	if err != nil {
		return 0, fmt.Errorf("count failed logins: %w", err)
	}
	if oldest == nil {
		return 0, nil
	}
	span := FailureSpan
	for f := failures / n; f > 1 && span < longestSpan*FailureSpan; f-- {
		span *= 2
	}
	return oldest.Add(span).Sub(s.now()), nil
}

// forget takes the failures of a name back that has got in, and this attempt of its place.
func (a attempt) forget(ctx context.Context, db execer) error {
	_, err := db.Exec(ctx, `DELETE FROM login_failures WHERE key = $1 OR (key = $2 AND at = $3)`, a.name, a.place, a.at)
	if err != nil {
		return fmt.Errorf("forget failed logins: %w", err)
	}
	return nil
}

// forgive takes an attempt back that was not decided.
func (s *Store) forgive(ctx context.Context, a attempt) error {
	_, err := s.db.Exec(ctx, `DELETE FROM login_failures WHERE key IN ($1, $2) AND at = $3`, a.name, a.place, a.at)
	return err
}

// Logout ends a session.
func (s *Store) Logout(ctx context.Context, session Session, by audit.Actor) error {
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		if err := endSessions(ctx, tx, `v.token_hash = $1`, session.Hash); err != nil {
			return err
		}
		return audit.Append(ctx, tx, by, audit.Entry{Action: "logout", ObjectKind: "worker", ObjectID: session.ID.String()})
	})
	if err == nil {
		s.tell(session.ID)
	}
	return err
}
