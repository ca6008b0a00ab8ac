package handoff_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/audit"
)

// Claims per second with all that belongs to one, against the bare lock and update of a row that is free. The tables are
// those of a test: commits do not wait for the disk.

func BenchmarkClaimNext(b *testing.B) {
	d := setup(b)
	o := d.office()
	d.flood(b.N)
	people := make([]audit.Actor, 32)
	for i := range people {
		people[i] = o.person(fmt.Sprintf("第%d位", i), "worker", "330106")
	}
	var n atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			next, err := o.store.ClaimNext(b.Context(), people[int(n.Add(1))%len(people)])
			if err != nil || next == nil {
				b.Errorf("%v %v", next, err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "claims/s")
}

func BenchmarkBareSkipLocked(b *testing.B) {
	d := setup(b)
	d.flood(b.N)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			err := pgx.BeginFunc(b.Context(), d.pool, func(tx pgx.Tx) error {
				var id uuid.UUID
				err := tx.QueryRow(b.Context(), `SELECT id FROM tickets WHERE state = 'queued' ORDER BY queue_rank, due_at, enqueued_at LIMIT 1 FOR UPDATE SKIP LOCKED`).Scan(&id)
				if err != nil {
					return err
				}
				_, err = tx.Exec(b.Context(), `UPDATE tickets SET state = 'returned' WHERE id = $1`, id)
				return err
			})
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "claims/s")
}
