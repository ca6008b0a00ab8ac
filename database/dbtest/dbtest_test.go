package dbtest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
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

// Other test programs run at the same time and one after the other; the server must live as long
// as any of them, and not longer.
func TestServerEndsWithItsLastUser(t *testing.T) {
	t.Parallel()
	home := publicDir(t)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for range 2 {
				runTests(t, home)
			}
		})
	}
	all.Wait()
	alive, err := filepath.Glob(filepath.Join(home, "*", "alive.lock"))
	if err != nil || len(alive) != 1 {
		t.Fatalf("locks %v, %v", alive, err)
	}
	lock, err := os.Open(alive[0])
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil { // waits for the server
		t.Fatal(err)
	}
	record := filepath.Join(filepath.Dir(alive[0]), "postgres", "cluster", "postmaster.pid")
	if _, err := os.Stat(record); !os.IsNotExist(err) {
		t.Errorf("PostgreSQL still runs: %v", err)
	}
}

// runTests runs this test program again, with home for its temporary directory.
func runTests(t *testing.T, home string) {
	program, err := os.Executable()
	if err != nil {
		t.Error(err)
		return
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestEachTestHasASchemaOfItsOwn$")
	cmd.Env = append(cmd.Environ(), "TMPDIR="+home)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

// publicDir is a temporary directory that every user can enter: root's server is another user.
func publicDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "xh")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}
