package dbtest

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"

	"xiaohe/database"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Template is a database that is migrated and filled once in a test program. Every test gets a copy of it, which takes a
// fraction of the time of migrations, let alone of loading the built-in knowledge. The copies are databases of their
// own, so here nothing is shared with the tests that run at the same time.
//
//	var filled = dbtest.NewTemplate(func(ctx context.Context, pool *pgxpool.Pool) error { … })
//
//	func TestSomething(t *testing.T) {
//		t.Parallel()
//		pool := filled.New(t)
//		…
//	}
type Template struct {
	prepared func() (database string, err error)
}

// templateSchema is where the tables of a template are; each copy gives the schema a name of its own.
const templateSchema = "template"

// NewTemplate returns a template that fill fills when the first test asks for a copy.
func NewTemplate(fill func(context.Context, *pgxpool.Pool) error) *Template {
	return &Template{sync.OnceValues(func() (string, error) { return prepare(fill) })}
}

// New returns a pool on a copy of the template. The copy goes when the test ends.
func (p *Template) New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return Pool(t, p.URL(t))
}

// URL is New for tests that start another program: it returns the address of the copy.
func (p *Template) URL(t testing.TB) string {
	t.Helper()
	source, err := p.prepared()
	if err != nil {
		t.Fatalf("fill the template of databases: %v", err)
	}
	server, err := shared()
	if err != nil {
		t.Fatalf("start PostgreSQL for tests: %v", err)
	}
	name := "test_" + randomName()
	execute(t, server, "CREATE DATABASE "+name+" TEMPLATE "+source)
	t.Cleanup(func() { execute(t, server, "DROP DATABASE "+name+" WITH (FORCE)") })
	address, err := inDatabase(server, name)
	if err != nil {
		t.Fatal(err)
	}
	execute(t, address, "ALTER SCHEMA "+templateSchema+" RENAME TO "+name)
	return withSchema(t, address, name)
}

// prepare creates the database of a template and returns its name. It stays until the server starts anew.
func prepare(fill func(context.Context, *pgxpool.Pool) error) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	server, err := shared()
	if err != nil {
		return "", err
	}
	name := "test_" + randomName()
	if err := onServer(ctx, server, "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	address, err := inDatabase(server, name)
	if err != nil {
		return "", err
	}
	if err := onServer(ctx, address, "CREATE EXTENSION vector SCHEMA public; CREATE SCHEMA "+templateSchema); err != nil {
		return "", err
	}
	if address, err = searching(address, templateSchema); err != nil {
		return "", err
	}
	if err := database.Migrate(ctx, address); err != nil {
		return "", err
	}
	pool, err := pgxpool.New(ctx, address)
	if err != nil {
		return "", err
	}
	defer pool.Close()
	return name, fill(ctx, pool)
}

// inDatabase returns the address of another database of the server.
func inDatabase(server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", server, err)
	}
	u.Path = "/" + name
	return u.String(), nil
}

// onServer runs one statement on a connection of its own.
func onServer(ctx context.Context, address, statement string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", address, err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}
