package apikey

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/time/rate"

	"xiaohe/assistant/audit"
	"xiaohe/database/secret"
)

// Find returns the key with a text and takes one call from its minute. It is for calls that do no work of their own,
// such as the list of models: they do not count for the day.
func (s *Store) Find(ctx context.Context, text string) (Key, error) {
	token, ok := strings.CutPrefix(text, Prefix)
	if !ok || token == "" || len(token) > 100 {
		return Key{}, ErrUnknown
	}
	k, err := one(ctx, s.db, s.today(), `hash = $2`, secret.HashToken(text))
	switch {
	case errors.Is(err, ErrNotFound):
		return Key{}, ErrUnknown
	case err != nil:
		return Key{}, err
	case k.Disabled != nil:
		return k, ErrDisabled
	}
	if wait := s.minute(k); wait > 0 {
		return k, &LimitError{Wait: wait}
	}
	return k, nil
}

// Admit counts a call of a key that Find has returned, for something that needs a scope.
func (s *Store) Admit(ctx context.Context, k Key, scope Scope) error {
	if !k.Has(scope) {
		return &ScopeError{scope}
	}
	now := s.now()
	// Disabled or used up meanwhile, on another node: the row itself decides.
	var disabled bool
	var counted int
	err := s.db.QueryRow(ctx, `WITH counted AS (
			UPDATE api_keys SET calls = CASE WHEN day = $2 THEN calls + 1 ELSE 1 END, day = $2,
				used_at = CASE WHEN used_at > $3::timestamptz - interval '1 minute' AND used_at <= $3 THEN used_at ELSE $3 END
			WHERE id = $1 AND disabled_at IS NULL AND (day IS DISTINCT FROM $2 OR calls < per_day) RETURNING 1)
		SELECT disabled_at IS NOT NULL, (SELECT count(*) FROM counted)::int FROM api_keys WHERE id = $1`,
		k.ID, dayOf(now), now).Scan(&disabled, &counted)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return ErrUnknown
	case err != nil:
		return fmt.Errorf("count a call: %w", err)
	case disabled:
		return ErrDisabled
	case counted == 0:
		return &LimitError{Wait: untilTomorrow(now), Daily: true}
	}
	return nil
}

// minute takes a call from a key's minute, or tells how long the next has to wait. A key that has rested may be used
// PerMinute times at once.
func (s *Store) minute(k Key) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	limiter := s.minutes[k.ID]
	if limiter == nil || limiter.Burst() != k.PerMinute {
		limiter = rate.NewLimiter(rate.Limit(float64(k.PerMinute)/time.Minute.Seconds()), k.PerMinute)
		s.minutes[k.ID] = limiter
	}
	now := s.now()
	r := limiter.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// china is where days begin.
var china = time.FixedZone("CST", 8*60*60)

// dayOf is the date of a moment, as midnight UTC, which is how PostgreSQL's date comes and goes.
func dayOf(t time.Time) time.Time {
	year, month, day := t.In(china).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func (s *Store) today() time.Time { return dayOf(s.now()) }

func untilTomorrow(now time.Time) time.Duration {
	year, month, day := now.In(china).Date()
	return time.Date(year, month, day+1, 0, 0, 0, 0, china).Sub(now)
}

// refusal is what one row in tellEvery tells.
type refusal struct {
	key    uuid.UUID
	reason string
}

// tellEvery is the span in which refusals of a key for one reason are one row on each node: a program that does not stop
// must not fill the log.
const tellEvery = 5 * time.Minute

// Call is what a call came to. It holds nothing of what was said.
type Call struct {
	Kind    string `json:"kind"`            // chat, models, search_policy, …
	Level   string `json:"level,omitempty"` // of danger, L0 to L4
	MS      int64  `json:"ms"`
	Outcome string `json:"outcome"` // ok, failed, cancelled
}

// Record writes a call into the audit log.
func (s *Store) Record(ctx context.Context, by audit.Actor, k Key, c Call) error {
	e := entry("api.call", k, c)
	if c.Outcome != "ok" {
		e.Result = "error"
	}
	return audit.Append(ctx, s.db, as(by, k), e)
}

// Refused writes a refusal into the audit log, where it is one of a known key. Anybody could fill the log with others.
func (s *Store) Refused(ctx context.Context, by audit.Actor, k Key, kind string, why error) error {
	if k.ID == uuid.Nil {
		return nil
	}
	r, now := refusal{k.ID, reason(why)}, s.now()
	s.mu.Lock()
	for old, at := range s.told {
		if now.Sub(at) >= tellEvery {
			delete(s.told, old)
		}
	}
	_, told := s.told[r]
	if !told {
		s.told[r] = now
	}
	s.mu.Unlock()
	if told {
		return nil
	}
	e := entry("api.denied", k, struct {
		Kind string `json:"kind"`
	}{kind})
	e.Reason, e.Result = r.reason, "denied"
	return audit.Append(ctx, s.db, as(by, k), e)
}

// as names a key as the one who acts.
func as(by audit.Actor, k Key) audit.Actor {
	by.ID, by.Role = k.ID, "program"
	return by
}

func reason(err error) string {
	var scope *ScopeError
	var limit *LimitError
	switch {
	case errors.As(err, &scope):
		return "scope." + string(scope.Scope)
	case errors.As(err, &limit) && limit.Daily:
		return "day"
	case errors.As(err, &limit):
		return "minute"
	case errors.Is(err, ErrDisabled):
		return "disabled"
	}
	return "other"
}
