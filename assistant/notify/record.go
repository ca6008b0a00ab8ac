package notify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// How long a failing target rests: doubling from the first pause to the longest. P0 is tried more often, by the
// statement in lockTarget.
const (
	firstPause   = 10 * time.Second
	longestPause = 5 * time.Minute
)

// pause is the rest after a number of failures, give or take a fifth so that targets do not march in step.
func pause(failures int) time.Duration {
	wait := longestPause
	if failures < 10 {
		wait = min(firstPause<<max(failures-1, 0), longestPause)
	}
	return wait*4/5 + rand.N(wait*2/5)
}

// record writes down what came of a message.
func (d *Deliverer) record(ctx context.Context, p parcel, v verdict, took time.Duration) error {
	free, err := d.slot(ctx)
	if err != nil {
		return err
	}
	defer free()
	if v.outcome == delivered {
		return pgx.BeginFunc(ctx, d.db, func(tx pgx.Tx) error { return recordSent(ctx, tx, p, v, took) })
	}
	var urgent []uuid.UUID
	for _, r := range p.rows {
		if r.item.priority == 0 {
			urgent = append(urgent, r.id)
		}
	}
	write := func(tx pgx.Tx) error { return recordFailure(ctx, tx, p, v, took) }
	if len(urgent) == 0 {
		return pgx.BeginFunc(ctx, d.db, write)
	}
	return d.escalate(ctx, urgent, write)
}

// recordSent: the target is well.
func recordSent(ctx context.Context, tx pgx.Tx, p parcel, v verdict, took time.Duration) error {
	_, err := tx.Exec(ctx, `UPDATE notify_targets SET failures = 0, paused_until = NULL, throttled_until = NULL
		WHERE id = $1 AND (failures > 0 OR paused_until IS NOT NULL OR throttled_until IS NOT NULL)`, p.target)
	if err != nil {
		return fmt.Errorf("note a success: %w", err)
	}
	// A row whose lease has ended in the meantime was sent all the same.
	_, err = tx.Exec(ctx, `UPDATE notifications SET state = 'sent', sent_at = now(), lease_until = NULL, provider_code = $2, latency_ms = $3
		WHERE id = ANY($1) AND state IN ('pending', 'sending')`, ids(p.rows), v.code, took.Milliseconds())
	return wrap("mark as sent", err)
}

// recordFailure sets the next attempt, or ends the rows where there is no point in one.
func recordFailure(ctx context.Context, tx pgx.Tx, p parcel, v verdict, took time.Duration) error {
	var failures int
	err := tx.QueryRow(ctx, `UPDATE notify_targets SET failures = failures + 1 WHERE id = $1 RETURNING failures`, p.target).Scan(&failures)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("note a failure: %w", err)
	}
	state, wait := "pending", pause(failures)
	switch v.outcome {
	case refused:
		state = "failed"
	case throttled:
		wait = v.wait
		_, err = tx.Exec(ctx, `UPDATE notify_targets SET throttled_until = now() + $2::interval WHERE id = $1`, p.target, wait)
	default:
		_, err = tx.Exec(ctx, `UPDATE notify_targets SET paused_until = now() + $2::interval WHERE id = $1`, p.target, wait)
	}
	if err != nil {
		return fmt.Errorf("leave a target alone: %w", err)
	}
	// The rows stay due: what the target said holds them back, and when that is over they go out together.
	for _, r := range p.rows {
		// Whoever took the row after this lease ended decides over it now.
		_, err := tx.Exec(ctx, `UPDATE notifications SET state = $2, provider_code = $3, latency_ms = $4, next_at = now(), lease_until = NULL
			WHERE id = $1 AND state = 'sending' AND attempts = $5`, r.id, state, v.code, took.Milliseconds(), r.attempts+1)
		if err != nil {
			return fmt.Errorf("put off a notification: %w", err)
		}
	}
	return nil
}
