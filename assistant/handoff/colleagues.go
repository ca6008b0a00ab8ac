package handoff

import (
	"context"
	"fmt"

	"github.com/google/uuid"
)

// Colleague is somebody to whom a ticket can be given.
type Colleague struct {
	ID       uuid.UUID `json:"id"`
	Name     string    `json:"name"`
	Duty     string    `json:"duty"` // off, on or break
	Load     int       `json:"load"` // as capacity counts it: a P0 is three
	Capacity int       `json:"capacity"`
	Skills   []string  `json:"skills"`
	Role     string    `json:"role"`
}

// Colleagues lists who may take tickets of a region (its prefix): whoever is on duty first, then whoever has the most
// room. ErrNotFound where the region is not within the worker's own.
func (s *Store) Colleagues(ctx context.Context, worker uuid.UUID, prefix string) ([]Colleague, error) {
	if err := s.covers(ctx, worker, prefix); err != nil {
		return nil, err
	}
	return readAll[Colleague](ctx, s.db, "list colleagues", `SELECT w.id, w.name, w.duty, l.load, w.capacity, w.skills, w.role
		FROM workers w, LATERAL (SELECT `+load+` AS load) l
		WHERE w.can_reply AND w.disabled_at IS NULL AND w.id <> $1
		  AND EXISTS (SELECT 1 FROM worker_scopes s WHERE s.worker_id = w.id AND starts_with($2, s.prefix))
		ORDER BY w.duty <> 'on', w.duty, l.load - w.capacity, w.name, w.id`, worker, prefix)
}

// Load is how much of a worker's capacity is used.
func (s *Store) Load(ctx context.Context, worker uuid.UUID) (n int, err error) {
	err = s.db.QueryRow(ctx, `SELECT `+load+` FROM workers w WHERE w.id = $1`, worker).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count tickets: %w", err)
	}
	return n, nil
}

// Place is a region of which somebody may see the tickets.
type Place struct {
	Prefix string `json:"prefix"`
	Name   string `json:"name"` // with the regions above it
}

// Places names the regions of a worker.
func (s *Store) Places(ctx context.Context, worker uuid.UUID) ([]Place, error) {
	return readAll[Place](ctx, s.db, "name regions", `SELECT s.prefix, `+placeName+` FROM worker_scopes s JOIN regions r ON r.prefix = s.prefix
		WHERE s.worker_id = $1 ORDER BY s.prefix`, worker)
}

// covers checks that a region lies within a worker's own.
func (s *Store) covers(ctx context.Context, worker uuid.UUID, prefix string) error {
	var covered bool
	err := s.db.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM worker_scopes s JOIN workers w ON w.id = s.worker_id AND w.disabled_at IS NULL
		WHERE s.worker_id = $1 AND starts_with($2, s.prefix))`, worker, prefix).Scan(&covered)
	if err != nil {
		return fmt.Errorf("check a region: %w", err)
	}
	if !covered {
		return ErrNotFound
	}
	return nil
}
