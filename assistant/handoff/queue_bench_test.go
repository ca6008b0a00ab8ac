package handoff

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/audit"
	"xiaohe/database/dbtest"
	"xiaohe/knowledge"
)

// crowd is a bad day in a province: 5,000 open tickets, 200 people on duty, four weeks of events.
func crowd(b *testing.B) (*Store, uuid.UUID, uuid.UUID) {
	b.Helper()
	pool := dbtest.New(b)
	if err := knowledge.NewStore(pool, time.Now).LoadRegions(b.Context()); err != nil {
		b.Fatal(err)
	}
	for _, sql := range []string{
		`CREATE TABLE place AS SELECT row_number() OVER (ORDER BY code) AS n, code, prefix FROM regions WHERE level = 3 AND prefix LIKE '33%'`,
		`CREATE TABLE c AS SELECT gen_random_uuid() AS conv, gen_random_uuid() AS ticket, i, p.code, p.prefix
			FROM generate_series(1, 5000) i JOIN place p ON p.n = 1 + i % (SELECT count(*) FROM place)`,
		`INSERT INTO conversations (id, site_id, opener_id, region_code, channel, mode) SELECT conv, 'self', conv, code, 'widget', 'waiting' FROM c`,
		`INSERT INTO tickets (id, no, conversation_id, state, priority, queue_rank, reason_code, origin, region_code, route_prefix, due_at, enqueued_at)
			SELECT ticket, i::text, conv, 'queued', 1 + i % 3, 1 + i % 3, 'x', 'rule', code, prefix, now() + (i - 2500) * interval '1 s', now() - i * interval '1 min' FROM c`,
		`INSERT INTO ticket_events (ticket_id, epoch, event, transition, actor_kind, at) SELECT ticket, 0, 'ticket.opened', true, 'system', now() - i * interval '8 min' FROM c`,
		`INSERT INTO workers (id, login, name, role, can_reply, duty, capacity) SELECT gen_random_uuid(), 'w' || i, '王', CASE i WHEN 1001 THEN 'supervisor' ELSE 'worker' END, true, 'on', 4
			FROM generate_series(1001, 1200) i`,
		`INSERT INTO worker_scopes SELECT w.id, CASE WHEN w.role = 'supervisor' THEN '33' ELSE p.prefix END
			FROM workers w JOIN place p ON p.n = 1 + right(w.login, 2)::int % (SELECT count(*) FROM place)`,
		`INSERT INTO presence (worker_id, conn_id, node, status, beat_at) SELECT id, id, 'n', 'online', now() FROM workers`,
		`ANALYZE`,
	} {
		if _, err := pool.Exec(b.Context(), sql); err != nil {
			b.Fatalf("%s: %v", sql, err)
		}
	}
	var supervisor, worker uuid.UUID
	if err := pool.QueryRow(b.Context(), `SELECT (SELECT id FROM workers WHERE role = 'supervisor'), (SELECT id FROM workers WHERE login = 'w1042')`).Scan(&supervisor, &worker); err != nil {
		b.Fatal(err)
	}
	return New(pool, nil, nil), supervisor, worker
}

func BenchmarkQueueOfASupervisor(b *testing.B) {
	s, supervisor, _ := crowd(b)
	for b.Loop() {
		if q, err := s.Queue(b.Context(), supervisor); err != nil || len(q.All) != listLimit {
			b.Fatal(len(q.All), err)
		}
	}
}

func BenchmarkQueueOfAWorker(b *testing.B) {
	s, _, worker := crowd(b)
	for b.Loop() {
		if _, err := s.Queue(b.Context(), worker); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOverview(b *testing.B) {
	s, supervisor, _ := crowd(b)
	for b.Loop() {
		if _, err := s.Overview(b.Context(), supervisor); err != nil {
			b.Fatal(err)
		}
	}
}

// A sweep of a busy queue in which nothing is due.
func BenchmarkIdleSweep(b *testing.B) {
	s, _, _ := crowd(b)
	for range 8 {
		if err := s.Sweep(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if err := s.Sweep(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// Everybody is free, and nothing that waits is for them.
func BenchmarkSweepWithoutAnybodyToOfferTo(b *testing.B) {
	s, _, _ := crowd(b)
	if _, err := s.db.Exec(b.Context(), `UPDATE worker_scopes SET prefix = '4401' WHERE prefix <> '33'`); err != nil {
		b.Fatal(err)
	}
	for range 2 { // what is late ages once
		if err := s.Sweep(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if err := s.Sweep(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// 下一位 of somebody for whom nothing of all that waits is meant: the whole queue is looked through.
func BenchmarkClaimNextFindsNothing(b *testing.B) {
	s, _, worker := crowd(b)
	if _, err := s.db.Exec(b.Context(), `UPDATE worker_scopes SET prefix = '4401' WHERE worker_id = $1`, worker); err != nil {
		b.Fatal(err)
	}
	benchmarkNothing(b, s, worker)
}

// The same in a city that is full of tickets that ask for what the person cannot do.
func BenchmarkClaimNextWithoutTheSkill(b *testing.B) {
	s, _, worker := crowd(b)
	for _, sql := range []string{`UPDATE worker_scopes SET prefix = '330106' WHERE worker_id = $1`,
		`UPDATE tickets SET skills = '{sign}', region_code = '330106000000', route_prefix = '330106' WHERE $1::uuid IS NOT NULL`} {
		if _, err := s.db.Exec(b.Context(), sql, worker); err != nil {
			b.Fatal(err)
		}
	}
	benchmarkNothing(b, s, worker)
}

func benchmarkNothing(b *testing.B, s *Store, worker uuid.UUID) {
	for b.Loop() {
		if next, err := s.ClaimNext(b.Context(), audit.Actor{ID: worker, Role: "worker"}); next != nil || err != nil {
			b.Fatal(next, err)
		}
	}
}
