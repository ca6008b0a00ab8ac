// Package notify tells staff outside the console that a ticket waits: through the robots of DingTalk, Feishu and WeCom
// groups and through webhooks. What goes out is built from a few fields of the ticket's row and nothing else: no
// personal data, no word of a conversation.
//
// The rows of the table notifications are the truth. A Deliverer takes those that are due, one message at a time, and
// writes down what came of it; several may work on one database. Delivery is at least once: a crash right after
// sending repeats one message, which names its ticket and rung.
package notify

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// The channels that this package sends through.
const (
	DingTalk = "dingtalk"
	Feishu   = "feishu"
	WeCom    = "wecom"
	Webhook  = "webhook"
)

// Channels are all of them, as SQL takes them.
var Channels = []string{DingTalk, Feishu, WeCom, Webhook}

// Pool is what this package needs of a database.
type Pool interface {
	Begin(ctx context.Context) (pgx.Tx, error)
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Box seals addresses and keys, and opens them.
type Box interface {
	Seal(plain []byte) ([]byte, error)
	Open(sealed []byte) ([]byte, error)
}

// within runs work in a transaction.
func within(ctx context.Context, db Pool, work func(pgx.Tx) error) error {
	tx, err := db.Begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // does nothing after a commit
	if err := work(tx); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// wrap says what was being done when err came about; nil stays nil.
func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
