package database_test

import (
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"xiaohe/database"
	"xiaohe/database/dbtest"
)

func TestManyProgramsMigrateAtOnce(t *testing.T) {
	t.Parallel()
	address := dbtest.URL(t)
	pool := dbtest.Pool(t, address)
	schema := dbtest.Schema(t, pool)
	if _, err := pool.Exec(t.Context(), "DROP SCHEMA "+schema+" CASCADE; CREATE SCHEMA "+schema); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := database.Migrate(t.Context(), address); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	var twice, total int
	err := pool.QueryRow(t.Context(), "SELECT count(*) - count(DISTINCT version_id), count(*) FROM goose_db_version").Scan(&twice, &total)
	if err != nil || twice != 0 || total < 2 {
		t.Errorf("%d of %d migrations were applied twice (%v)", twice, total, err)
	}
}

func TestMigrationsCanBeTakenBackAndRepeated(t *testing.T) {
	t.Parallel()
	address := dbtest.URL(t)
	config, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, stdlib.OpenDB(*config), os.DirFS("migrations"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	defer provider.Close()
	for range 2 {
		if _, err := provider.DownTo(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		if _, err := provider.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	address := dbtest.URL(t)
	if _, err := dbtest.Pool(t, address).Exec(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)"); err != nil {
		t.Fatal(err)
	}
	var user *database.UserError
	if err := database.Migrate(t.Context(), address); !errors.As(err, &user) || !strings.Contains(user.Message, "升级") {
		t.Errorf("error %v", err)
	}
}

func TestExternalDatabase(t *testing.T) {
	t.Parallel()
	address := dbtest.URL(t)
	db, err := database.Open(t.Context(), database.Options{URL: address, Dir: "/nonexistent"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if m := mode(t, db); m != database.External || db.URL() != address {
		t.Errorf("mode %s, address %s", m, db.URL())
	}
}

func TestWrongAddresses(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]string{
		"no URL":            "host=/tmp password=geheim",
		"another database":  "mysql://user:geheim@localhost/xiaohe",
		"broken":            "postgres://user:geheim@localhost:port/xiaohe",
		"nobody listens":    "postgres://user:geheim@127.0.0.1:1/xiaohe?sslmode=disable",
		"no such directory": "postgres:///xiaohe?host=/nonexistent&user=xiaohe&password=geheim",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := database.Open(t.Context(), database.Options{URL: address})
			var user *database.UserError
			if !errors.As(err, &user) || !strings.Contains(user.Message, "数据库") {
				t.Fatalf("error %v", err)
			}
			if strings.Contains(err.Error(), "geheim") {
				t.Errorf("the password is in %v", err)
			}
		})
	}
}
