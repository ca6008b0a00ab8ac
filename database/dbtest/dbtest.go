// Package dbtest gives every test a database of its own: a fresh schema with all migrations, in a
// private PostgreSQL that all test programs of a user share.
//
//	func TestSomething(t *testing.T) {
//		t.Parallel()
//		pool := dbtest.New(t)
//		…
//	}
//
// The schemas are in one database. What PostgreSQL keeps per database and not per schema is shared
// with the tests that run at the same time: NOTIFY channels, advisory locks. Name them after the
// schema where it matters; Schema tells it. Tests that need the built-in knowledge copy a database
// instead: see Template.
package dbtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"

	"xiaohe/database"

	"github.com/jackc/pgx/v5/pgxpool"
)

// poolSize is small: many tests share the server's connections.
const poolSize = 6

// shared is the server, found or started once in each test program.
var shared = sync.OnceValues(attach)

// New returns a pool on a fresh schema with all migrations applied. The schema comes first in the
// search path, then public, where the vector extension is. Both go when the test ends.
func New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return Pool(t, URL(t))
}

// URL is New for tests that start another program: it returns the address of the schema.
func URL(t testing.TB) string {
	t.Helper()
	server, err := shared()
	if err != nil {
		t.Fatalf("start PostgreSQL for tests: %v", err)
	}
	schema := "test_" + randomName()
	execute(t, server, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { execute(t, server, "DROP SCHEMA "+schema+" CASCADE") })
	address := withSchema(t, server, schema)
	if err := database.Migrate(t.Context(), address); err != nil {
		t.Fatalf("migrate schema %s: %v", schema, err)
	}
	return address
}

// Pool connects to an address that URL returned, until the test ends.
func Pool(t testing.TB, address string) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		t.Fatalf("read %s: %v", address, err)
	}
	config.MaxConns = poolSize
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatalf("connect to %s: %v", address, err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// Schema returns the name of the schema that the pool works in.
func Schema(t testing.TB, pool *pgxpool.Pool) string {
	t.Helper()
	var name string
	if err := pool.QueryRow(t.Context(), "SELECT current_schema()").Scan(&name); err != nil {
		t.Fatalf("read the schema: %v", err)
	}
	return name
}

// withSchema is searching for tests.
func withSchema(t testing.TB, server, schema string) string {
	t.Helper()
	address, err := searching(server, schema)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// searching returns the address with the schema's search path, written so that both pgx and
// PostgreSQL's own programs understand it.
func searching(server, schema string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", server, err)
	}
	u.RawQuery += "&options=" + url.QueryEscape("-csearch_path="+schema+",public")
	return u.String(), nil
}

// execute runs one statement on a connection of its own, also while the test is being cleaned up.
func execute(t testing.TB, address, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := onServer(ctx, address, statement); err != nil {
		t.Error(err)
	}
}

func randomName() string {
	var random [6]byte
	_, _ = rand.Read(random[:]) // never fails
	return hex.EncodeToString(random[:])
}
