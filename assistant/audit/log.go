package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Log seals the rows of the audit log, checks them and looks after their tables. It is safe for concurrent use, and any
// number of nodes may run one on the same database.
type Log struct {
	db  *pgxpool.Pool
	log *slog.Logger

	mu     sync.Mutex
	viewed map[view]time.Time // until when a view has its row, so that not each of them asks the table
}

// NewLog returns the log of a database.
func NewLog(db *pgxpool.Pool, log *slog.Logger) *Log {
	return &Log{db: db, log: log, viewed: map[view]time.Time{}}
}

// Append writes a row that belongs to no other change.
func (l *Log) Append(ctx context.Context, by Actor, e Entry) error { return Append(ctx, l.db, by, e) }

// How often each part of the work is done.
const (
	sealEvery = time.Second
	tendEvery = time.Hour

	longestWork = 10 * time.Minute
)

// Run seals each second and looks after the partitions each hour, until ctx ends. Errors are logged and tried again.
func (l *Log) Run(ctx context.Context) error {
	seal, tend := time.NewTicker(sealEvery), time.NewTicker(tendEvery)
	defer seal.Stop()
	defer tend.Stop()
	l.attempt(ctx, "seal the whole audit log", func(ctx context.Context) error { _, err := l.seal(ctx, 0); return err })
	l.tend(ctx)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-seal.C:
			l.attempt(ctx, "seal the audit log", func(ctx context.Context) error { _, err := l.Seal(ctx); return err })
		case <-tend.C:
			l.tend(ctx)
		}
	}
}

// tend makes partitions ahead, seals what came in very late and drops what is too old.
func (l *Log) tend(ctx context.Context) {
	l.attempt(ctx, "make partitions of the audit log", func(ctx context.Context) error { return l.partition(ctx, time.Now()) })
	l.attempt(ctx, "seal late rows of the audit log", func(ctx context.Context) error { _, err := l.seal(ctx, lookBackLong); return err })
	l.attempt(ctx, "drop old rows of the audit log", func(ctx context.Context) error { return l.retain(ctx, time.Now()) })
	l.forget(time.Now())
}

func (l *Log) attempt(ctx context.Context, what string, work func(context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, longestWork)
	defer cancel()
	if err := work(ctx); err != nil && !errors.Is(err, context.Canceled) {
		l.log.Error(what, "error", err)
	}
}

// ViewedEvery is the span in which a person's views of a conversation are one row.
const ViewedEvery = 5 * time.Minute

// view is what one row in five minutes tells.
type view struct {
	actor, conversation uuid.UUID
	action              string
}

// Viewed logs that a person has read a conversation, in a region of 12 digits: one row in five minutes.
func (l *Log) Viewed(ctx context.Context, by Actor, conversation uuid.UUID, region string) error {
	return l.seldom(ctx, by, Entry{Action: "conversation.viewed", Conversation: conversation, Region: region})
}

// Denied logs that a person asked for a conversation, or something of it, that is not theirs: one row in five minutes.
func (l *Log) Denied(ctx context.Context, by Actor, conversation uuid.UUID, region string) error {
	return l.seldom(ctx, by, Entry{Action: "conversation.denied", Conversation: conversation, Region: region, Result: "denied"})
}

// seldom logs what a person does with a conversation, once in ViewedEvery.
func (l *Log) seldom(ctx context.Context, by Actor, e Entry) error {
	e.ObjectKind, e.ObjectID = "conversation", e.Conversation.String()
	v, now := view{by.ID, e.Conversation, e.Action}, time.Now()
	if l.isViewed(v, now) {
		return nil
	}
	left := ViewedEvery
	err := pgx.BeginFunc(ctx, l.db, func(tx pgx.Tx) error {
		// Two nodes must not write two rows: the second waits, then sees the first one's.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || $1 || $2 || $3, 0))`,
			by.ID.String(), e.ObjectID, e.Action); err != nil {
			return fmt.Errorf("lock a view: %w", err)
		}
		var age *float64 // seconds since the last row
		err := tx.QueryRow(ctx, `SELECT extract(epoch FROM clock_timestamp() - max(at))::float8 FROM audit_log WHERE actor_id = $1 AND conversation_id = $2
			AND action = $4 AND at > clock_timestamp() - make_interval(secs => $3)`, by.ID, e.Conversation, ViewedEvery.Seconds(), e.Action).Scan(&age)
		if err != nil {
			return fmt.Errorf("look for an earlier view: %w", err)
		}
		if age != nil {
			left = ViewedEvery - time.Duration(*age*float64(time.Second))
			return nil
		}
		return Append(ctx, tx, by, e)
	})
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.viewed[v] = now.Add(left)
	return nil
}

func (l *Log) isViewed(v view, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return now.Before(l.viewed[v])
}

func (l *Log) forget(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for v, until := range l.viewed {
		if !now.Before(until) {
			delete(l.viewed, v)
		}
	}
}
