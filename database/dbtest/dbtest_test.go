package dbtest_test

import (
	"fmt"
	"testing"

	"xiaohe/database/dbtest"
)

func TestEachTestHasASchemaOfItsOwn(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			pool := dbtest.New(t)
			if _, err := pool.Exec(t.Context(), "CREATE TABLE thing (v vector(2)); INSERT INTO thing VALUES ('[1,2]')"); err != nil {
				t.Fatal(err)
			}
			var count int
			if err := pool.QueryRow(t.Context(), "SELECT count(*) FROM thing").Scan(&count); err != nil || count != 1 {
				t.Fatalf("count %d, err %v; want 1 row", count, err)
			}
		})
	}
}

func TestAddressReachesTheSameSchema(t *testing.T) {
	t.Parallel()
	address := dbtest.URL(t)
	first, second := dbtest.Pool(t, address), dbtest.Pool(t, address)
	if _, err := first.Exec(t.Context(), "CREATE TABLE thing ()"); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Exec(t.Context(), "SELECT FROM thing"); err != nil {
		t.Fatal(err)
	}
	if a, b := dbtest.Schema(t, first), dbtest.Schema(t, second); a != b {
		t.Fatalf("schemas %s and %s, want the same", a, b)
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		dbtest.URL(b)
	}
}
