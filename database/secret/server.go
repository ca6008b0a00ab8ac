package secret

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ServerKey is a key that all nodes over one database share. It stands in a table of its own: whoever has read a row of
// another one can neither guess nor forge what was made with it.
type ServerKey []byte

// OpenServerKey returns the key of a name. It is made on first use of a database.
func OpenServerKey(ctx context.Context, db interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}, name string) (key ServerKey, err error) {
	if _, err := db.Exec(ctx, `INSERT INTO server_keys (name, secret) VALUES ($1, $2) ON CONFLICT DO NOTHING`, name, NewKey()); err != nil {
		return nil, fmt.Errorf("make the server key %s: %w", name, err)
	}
	if err := db.QueryRow(ctx, `SELECT secret FROM server_keys WHERE name = $1`, name).Scan(&key); err != nil {
		return nil, fmt.Errorf("read the server key %s: %w", name, err)
	}
	return key, nil
}

// MAC stands for a text that must not be stored, guessed or forged: HMAC-SHA256. kind keeps the uses of a key apart.
func (k ServerKey) MAC(kind, text string) []byte {
	h := hmac.New(sha256.New, k)
	h.Write([]byte(kind + "\x00" + text))
	return h.Sum(nil)
}
