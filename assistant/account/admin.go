package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// FirstLogin is the account that EnsureAdmin makes.
const FirstLogin = "admin"

// EnsureAdmin makes sure that somebody can administer. Where there is no administrator it makes the account admin; its
// password is the one given, or for an empty one a one-time password, which is returned. A password that is given is
// set on each call, so that whoever runs the server can always get in.
func (s *Store) EnsureAdmin(ctx context.Context, password string) (oneTime string, err error) {
	there, err := administered(ctx, s.db)
	if err != nil {
		return "", err
	}
	if there {
		return "", s.keepPassword(ctx, password)
	}
	name, role, everywhere := "管理员", Admin, []string{}
	_, oneTime, err = s.Add(ctx, audit.System, FirstLogin, Change{Name: &name, Role: &role, Scopes: &everywhere}, password, false)
	if err == nil {
		return oneTime, nil
	}
	// Another node was faster, or the account is disabled or has another role now.
	if _, missing := s.Find(ctx, FirstLogin); missing == nil {
		return "", nil
	}
	return "", err
}

// administered tells whether anybody can administer.
func administered(ctx context.Context, db querier) (yes bool, err error) {
	if err := db.QueryRow(ctx, `SELECT EXISTS (SELECT FROM workers WHERE role = 'admin' AND disabled_at IS NULL)`).Scan(&yes); err != nil {
		return false, fmt.Errorf("look for an administrator: %w", err)
	}
	return yes, nil
}

// keepPassword gives the account admin a password unless it has that one already.
func (s *Store) keepPassword(ctx context.Context, password string) error {
	if password == "" {
		return nil
	}
	var hash *string
	err := s.db.QueryRow(ctx, `SELECT password_hash FROM workers WHERE login = $1 AND role = 'admin' AND disabled_at IS NULL`, FirstLogin).Scan(&hash)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the password of the first account: %w", err)
	}
	if match, _, err := s.hasher.check(ctx, password, hash); err != nil || match {
		return err
	}
	fresh, _, err := s.password(ctx, password, FirstLogin, "管理员")
	if err != nil {
		return err
	}
	return s.change(ctx, FirstLogin, func(tx pgx.Tx, before Listed) error {
		return s.replacePassword(ctx, tx, audit.System, before.ID, *fresh, false)
	})
}
