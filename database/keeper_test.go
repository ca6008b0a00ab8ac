package database_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"xiaohe/database"
)

func TestOpenMakesAWorkingDatabase(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	var progress strings.Builder
	db, err := database.Open(t.Context(), database.Options{Dir: dir, Progress: &progress})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	status, err := db.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if status.Mode != database.Private || status.Where != dir || status.Size == 0 || status.PGVector == "" ||
		status.Migration == 0 || status.Migration != status.Latest {
		t.Errorf("status %+v", status)
	}
	if !strings.Contains(progress.String(), "正在创建数据库") {
		t.Errorf("progress %q", progress.String())
	}
	settings := map[string]string{"listen_addresses": "", "jit": "off", "fsync": "on", "TimeZone": "UTC",
		"server_encoding": "UTF8", "max_parallel_maintenance_workers": "0", "unix_socket_permissions": "0700"}
	for name, want := range settings {
		var got string
		if err := db.QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q (%v), want %q", name, got, err, want)
		}
	}
}

func TestDataStaysAfterClose(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	db := open(t, dir)
	exec1(t, db, "CREATE TABLE kept AS SELECT 42 AS n")
	db.Close()
	db.Close() // closing twice is harmless
	if pid := serverPID(t, dir); pid != 0 {
		t.Errorf("process %d still runs after Close", pid)
	}
	if n := number(t, open(t, dir), "SELECT n FROM kept"); n != 42 {
		t.Errorf("read %d, want 42", n)
	}
}

func TestManyProgramsOpenAFreshClusterAtOnce(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	var all sync.WaitGroup
	dbs, errs := make([]*database.DB, 8), make([]error, 8)
	for n := range dbs {
		all.Go(func() { dbs[n], errs[n] = database.Open(t.Context(), database.Options{Dir: dir}) })
	}
	all.Wait()
	keepers := 0
	for n, db := range dbs {
		if errs[n] != nil {
			t.Error(errs[n])
			continue
		}
		if mode(t, db) == database.Private {
			keepers++
		}
	}
	if keepers != 1 {
		t.Errorf("%d keepers, want 1", keepers)
	}
	// closing attached ones first or last must not matter
	for _, db := range dbs {
		if db != nil {
			db.Close()
		}
	}
	if pid := serverPID(t, dir); pid != 0 {
		t.Errorf("process %d still runs after the last Close", pid)
	}
}

func TestAttachedProgramTakesOver(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	first, second := open(t, dir), open(t, dir)
	if a, b := mode(t, first), mode(t, second); a != database.Private || b != database.Attached {
		t.Fatalf("modes %s and %s", a, b)
	}
	exec1(t, first, "CREATE TABLE kept AS SELECT 42 AS n")
	first.Close()
	takesOver(t, second)
	if n := number(t, second, "SELECT n FROM kept"); n != 42 {
		t.Errorf("read %d, want 42", n)
	}
}

// takesOver waits until db is the keeper and answers.
func takesOver(t *testing.T, db *database.DB) {
	t.Helper()
	eventually(t, "take over", func() error {
		status, err := db.Status(t.Context())
		if err == nil && status.Mode != database.Private {
			err = errors.New("still " + string(status.Mode))
		}
		return err
	})
}

func TestAnotherProgramEnds(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			dir := clusterDir(t)
			other := start(t, dir, 0)
			other.mustBe(t, "ready private")
			db := open(t, dir)
			if m := mode(t, db); m != database.Attached {
				t.Fatalf("mode %s, want attached", m)
			}
			exec1(t, db, "CREATE TABLE kept AS SELECT 42 AS n")
			if err := other.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			takesOver(t, db)
			if n := number(t, db, "SELECT n FROM kept"); n != 42 {
				t.Errorf("read %d, want 42", n)
			}
		})
	}
}

func TestProgramStopsInOrderOnSIGTERM(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	other := start(t, dir, 0)
	other.mustBe(t, "ready private")
	if err := other.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := other.Wait(); err != nil {
		t.Errorf("the program ended with %v", err)
	}
	if pid := serverPID(t, dir); pid != 0 {
		t.Errorf("the server, process %d, is still on record", pid)
	}
	log, err := os.ReadFile(filepath.Join(dir, "postgres.log"))
	if err != nil || !strings.Contains(string(log), "database system is shut down") {
		t.Errorf("no orderly shutdown in the log (%v):\n%s", err, log)
	}
}

func TestOpenAfterTheProgramWasKilled(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	other := start(t, dir, 0)
	other.mustBe(t, "ready private")
	exec1(t, open(t, dir), "CREATE TABLE kept AS SELECT 42 AS n")
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if n := number(t, open(t, dir), "SELECT n FROM kept"); n != 42 {
		t.Errorf("read %d, want 42", n)
	}
}

func TestOpenAfterProgramAndServerWereKilled(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	other := start(t, dir, 0)
	other.mustBe(t, "ready private")
	server := serverPID(t, dir)
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = syscall.Kill(server, syscall.SIGKILL)
	if n := number(t, open(t, dir), "SELECT 42"); n != 42 {
		t.Errorf("read %d, want 42", n)
	}
}

func TestKilledServerComesBack(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	db := open(t, dir)
	exec1(t, db, "CREATE TABLE kept AS SELECT 42 AS n")
	killed := serverPID(t, dir)
	if err := syscall.Kill(killed, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a new server", func() error {
		var n int
		if err := db.QueryRow(t.Context(), "SELECT n FROM kept").Scan(&n); err != nil {
			return err
		}
		if pid := serverPID(t, dir); n != 42 || pid == killed {
			return fmt.Errorf("read %d from process %d", n, pid)
		}
		return nil
	})
}

func TestOpenCanBeCancelled(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if db, err := database.Open(ctx, database.Options{Dir: dir}); err == nil {
		db.Close()
		t.Fatal("opened")
	}
	if n := number(t, open(t, dir), "SELECT 42"); n != 42 {
		t.Errorf("read %d, want 42", n)
	}
}
