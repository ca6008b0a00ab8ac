// Package database gives the program its PostgreSQL: an existing one by URL, or a private cluster
// that the program runs by itself, with pgvector and all migrations applied.
package database

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// DefaultDir is where the private cluster lives unless Options say otherwise.
const DefaultDir = "./data/postgres"

// Options say which database to open.
type Options struct {
	URL      string    // postgres://… of an existing database; wins when set
	Dir      string    // directory of the private cluster; "" means DefaultDir
	Progress io.Writer // Chinese lines for a person who waits; nil means silent

	// NoMigrate leaves the tables as they are: to look at, or to restore over, a database that
	// this program cannot migrate.
	NoMigrate bool
	// Settings are further settings of a server that this process starts. Tests trade durability
	// for speed with them.
	Settings map[string]string
}

// DB is the open database: a pool, and the server behind it if this program runs it. It is safe
// for concurrent use.
type DB struct {
	*pgxpool.Pool
	url    string
	keeper *keeper // nil for an external database
	closed sync.Once
}

// handoverTries times lockPoll is far more than a server needs to come back.
const handoverTries = 300

// closeLimit is how long Close waits for connections in use.
const closeLimit = 10 * time.Second

// Open finds or starts the database, migrates it and connects to it. In this order: Options.URL;
// the private cluster, with the PostgreSQL programs that this machine has; the same with programs
// that it installs by apt. If nothing works, the error is a *UserError that holds the commands for
// this system. ctx limits the opening only.
func Open(ctx context.Context, o Options) (*DB, error) {
	say := func(format string, args ...any) {
		if o.Progress != nil {
			fmt.Fprintf(o.Progress, format+"\n", args...)
		}
	}
	db := &DB{url: o.URL}
	if o.URL == "" {
		if o.Dir == "" {
			o.Dir = DefaultDir
		}
		k, err := join(ctx, o, say)
		if err != nil {
			return nil, err
		}
		db.keeper, db.url = k, k.place.url(databaseName)
	}
	err := db.connect(ctx)
	if err == nil {
		err = db.prepare(ctx, o.NoMigrate)
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

func (db *DB) connect(ctx context.Context) error {
	config, err := poolConfig(db.url)
	if err != nil {
		return err
	}
	if db.Pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return connectError(err)
	}
	return nil
}

// prepare checks the server and migrates. It tries again when it meets a private server that is
// just being handed from one process to another.
func (db *DB) prepare(ctx context.Context, noMigrate bool) error {
	for tries := 0; ; tries++ {
		err := db.check(ctx)
		if err == nil && !noMigrate {
			err = Migrate(ctx, db.url)
		}
		if err == nil || db.keeper == nil || tries == handoverTries || !interrupted(err) || sleep(ctx, lockPoll) != nil {
			return err
		}
	}
}

// check makes sure that the server is one that this program can use.
func (db *DB) check(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	conn, err := db.Acquire(limited)
	if err != nil {
		return connectError(err)
	}
	defer conn.Release()
	var version int
	if err := conn.QueryRow(ctx, "SELECT current_setting('server_version_num')::int").Scan(&version); err != nil {
		return connectError(err)
	}
	if version/10000 < minMajor {
		return &UserError{Message: fmt.Sprintf("数据库是 PostgreSQL %d，需要 %d 或更新的版本", version/10000, minMajor)}
	}
	return nil
}

// poolConfig reads a URL. Besides the queries, the queue and the notifications hold a connection
// each, so the default of pgx, four on a small machine, would be tight.
func poolConfig(url string) (*pgxpool.Config, error) {
	if !strings.HasPrefix(url, "postgres://") && !strings.HasPrefix(url, "postgresql://") {
		return nil, urlError(nil)
	}
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, urlError(err)
	}
	if !strings.Contains(url, "pool_max_conns=") {
		config.MaxConns = max(config.MaxConns, 16)
	}
	parameters := config.ConnConfig.RuntimeParams
	if parameters["application_name"] == "" {
		parameters["application_name"] = "xiaohe"
	}
	parameters["timezone"] = "UTC"
	return config, nil
}

// URL is the address of the database, for other programs that this one starts.
func (db *DB) URL() string { return db.url }

// Close ends all connections and stops what this process started. Connections that are in use for
// longer than a few seconds are cut off when the server stops.
func (db *DB) Close() {
	db.closed.Do(func() {
		if db.Pool != nil {
			closed := make(chan struct{})
			go func() { db.Pool.Close(); close(closed) }()
			select {
			case <-closed:
			case <-time.After(closeLimit):
			}
		}
		if db.keeper != nil {
			db.keeper.close()
		}
	})
}
