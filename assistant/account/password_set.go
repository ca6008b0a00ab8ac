package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// password returns the hash of a password that was chosen, or makes a one-time password.
func (s *Store) password(ctx context.Context, chosen, login, name string) (hash *string, oneTime string, err error) {
	if chosen == "" {
		oneTime = oneTimePassword()
		chosen = oneTime
	} else if err := CheckPassword(chosen, login, name); err != nil {
		return nil, "", err
	}
	text, err := s.hasher.hash(ctx, chosen)
	return &text, oneTime, err
}

// SetPassword gives an account a password that its owner has to change: the one given, or for an empty one a one-time
// password, which is returned. All sessions of the account end.
func (s *Store) SetPassword(ctx context.Context, by audit.Actor, login, password string) (oneTime string, err error) {
	account, err := s.Find(ctx, login)
	if err != nil {
		return "", err
	}
	hash, oneTime, err := s.password(ctx, password, account.Login, account.Name)
	if err != nil {
		return "", err
	}
	return oneTime, s.change(ctx, login, func(tx pgx.Tx, before Listed) error {
		return s.replacePassword(ctx, tx, by, before.ID, *hash, true)
	})
}

func (s *Store) replacePassword(ctx context.Context, tx pgx.Tx, by audit.Actor, worker uuid.UUID, hash string, mustChange bool) error {
	if _, err := tx.Exec(ctx, `UPDATE workers SET password_hash = $2, must_change = $3 WHERE id = $1`, worker, hash, mustChange); err != nil {
		return fmt.Errorf("set a password: %w", err)
	}
	if err := endSessions(ctx, tx, `v.worker_id = $1`, worker); err != nil {
		return err
	}
	return audit.Append(ctx, tx, by, entry("worker.password", worker, nil))
}

// ChangePassword sets the password that a person has chosen and knows the old one for. All their sessions end; the
// token is of a new one.
func (s *Store) ChangePassword(ctx context.Context, session Session, by audit.Actor, old, chosen string) (token string, err error) {
	if err := CheckPassword(chosen, session.Login, session.Name); err != nil {
		return "", err
	}
	if old == chosen {
		return "", invalid("新口令和现在的一样，请换一个")
	}
	attempt, err := s.admit(ctx, session.Login, by.IP)
	if err != nil {
		return "", err
	}
	var current *string
	if err := s.db.QueryRow(ctx, `SELECT password_hash FROM workers WHERE id = $1`, session.ID).Scan(&current); err != nil {
		return "", fmt.Errorf("read a password: %w", err)
	}
	match, _, err := s.hasher.check(ctx, old, current)
	if err != nil {
		return "", errors.Join(err, s.forgive(context.WithoutCancel(ctx), attempt))
	}
	if !match {
		return "", s.refuse(ctx, session.ID, session.Login, by, "password change")
	}
	hash, err := s.hasher.hash(ctx, chosen)
	if err != nil {
		return "", err
	}
	err = s.change(ctx, session.Login, func(tx pgx.Tx, before Listed) error {
		// Whoever has disabled the account or replaced the password since it was checked has ended the session.
		var lives bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM staff_sessions WHERE token_hash = $1)`, session.Hash).Scan(&lives); err != nil {
			return fmt.Errorf("look for the session: %w", err)
		}
		if !lives {
			return ErrNoSession
		}
		if err := s.replacePassword(ctx, tx, by, before.ID, hash, false); err != nil {
			return err
		}
		if err := attempt.forget(ctx, tx); err != nil {
			return err
		}
		token, err = s.openSession(ctx, tx, before.ID)
		return err
	})
	return token, err
}
