package dbtest_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/database/dbtest"
)

func TestEachTestHasACopyOfItsOwn(t *testing.T) {
	t.Parallel()
	var fills atomic.Int32
	filled := dbtest.NewTemplate(func(ctx context.Context, pool *pgxpool.Pool) error {
		fills.Add(1)
		_, err := pool.Exec(ctx, "CREATE TABLE thing (v vector(2)); INSERT INTO thing VALUES ('[1,2]')")
		return err
	})
	t.Run("copies", func(t *testing.T) {
		for n := range 4 {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				t.Parallel()
				address := filled.URL(t)
				first, second := dbtest.Pool(t, address), dbtest.Pool(t, address)
				if _, err := first.Exec(t.Context(), "INSERT INTO thing VALUES ('[3,4]')"); err != nil {
					t.Fatal(err)
				}
				var things, versions int
				if err := second.QueryRow(t.Context(), "SELECT (SELECT count(*) FROM thing), (SELECT count(*) FROM goose_db_version)").Scan(&things, &versions); err != nil {
					t.Fatal(err)
				}
				if things != 2 || versions < 2 {
					t.Errorf("%d things after one more, %d migrations", things, versions)
				}
			})
		}
	})
	if n := fills.Load(); n != 1 {
		t.Errorf("filled %d times", n)
	}
	if a, b := dbtest.Schema(t, filled.New(t)), dbtest.Schema(t, filled.New(t)); a == b {
		t.Errorf("two copies in the schema %s", a)
	}
}
