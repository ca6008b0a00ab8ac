package llm

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Table is the usage of all nodes, in model_usage.
type Table struct {
	db *pgxpool.Pool

	mu    sync.Mutex
	swept time.Time // the day of which old rows were last deleted
}

// NewTable returns the usage of a database.
func NewTable(db *pgxpool.Pool) *Table { return &Table{db: db} }

// usageKept is how many days of usage are kept.
const usageKept = 92

// Spent is what an owner, or with an empty one everybody, has spent on a day.
func (t *Table) Spent(ctx context.Context, day time.Time, owner string) (tokens int64, err error) {
	err = t.db.QueryRow(ctx, `SELECT tokens FROM model_usage WHERE day = $1 AND owner = $2`, day, owner).Scan(&tokens)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return tokens, err
}

// Add counts calls for an owner and for the day's sum.
func (t *Table) Add(ctx context.Context, day time.Time, owner string, calls int, tokens int64) error {
	owners := []string{""}
	if owner != "" {
		owners = append(owners, owner)
	}
	_, err := t.db.Exec(ctx, `INSERT INTO model_usage (day, owner, calls, tokens) SELECT $1, o, $3, $4 FROM unnest($2::text[]) o
		ON CONFLICT (day, owner) DO UPDATE SET calls = model_usage.calls + excluded.calls, tokens = model_usage.tokens + excluded.tokens`,
		day, owners, calls, tokens)
	if err != nil {
		return fmt.Errorf("add to the model usage: %w", err)
	}
	return t.sweep(ctx, day)
}

// sweep deletes what is too old, once a day.
func (t *Table) sweep(ctx context.Context, day time.Time) error {
	t.mu.Lock()
	due := !t.swept.Equal(day)
	t.swept = day
	t.mu.Unlock()
	if !due {
		return nil
	}
	if _, err := t.db.Exec(ctx, `DELETE FROM model_usage WHERE day < $1::date - $2::int`, day, usageKept); err != nil {
		return fmt.Errorf("delete old model usage: %w", err)
	}
	return nil
}
