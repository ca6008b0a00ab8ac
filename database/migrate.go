package database

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Names of advisory locks; a lock is the hash of the name, in one database.
const (
	extensionLock = "xiaohe: create extension"
	migrationLock = "xiaohe: migrate" // and the schema's name: schemas do not wait for each other
)

// Migrate brings the tables in the first schema of the search path up to this program's version.
// Any number of programs may call it at the same time; one works, the others wait for it. The
// vector extension must exist or the role must be allowed to create it.
func Migrate(ctx context.Context, connString string) error {
	return locked(ctx, connString, func(conn *pgx.Conn, _ string) error {
		return applyMigrations(ctx, conn.Config())
	})
}

// locked runs work, which gets the name of the schema, while nobody else migrates or restores it.
func locked(ctx context.Context, connString string, work func(conn *pgx.Conn, schema string) error) error {
	if _, err := pgx.ParseConfig(connString); err != nil {
		return urlError(err)
	}
	return onConn(ctx, connString, func(conn *pgx.Conn) error {
		if err := ensureVector(ctx, conn); err != nil {
			return err
		}
		var schema *string
		if err := conn.QueryRow(ctx, "SELECT current_schema()").Scan(&schema); err != nil {
			return fmt.Errorf("read the schema: %w", err)
		}
		if schema == nil {
			return &UserError{Message: "数据库的 search_path 里没有可用的模式（schema），请检查 --database 的设置"}
		}
		unlock, err := advisoryLock(ctx, conn, migrationLock+" "+*schema)
		if err != nil {
			return err
		}
		defer unlock()
		return work(conn, *schema)
	})
}

func applyMigrations(ctx context.Context, config *pgx.ConnConfig) error {
	provider, err := migrations(config)
	if err != nil {
		return err
	}
	defer provider.Close()
	applied, known, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the migration version: %w", err)
	}
	if applied > known {
		return &UserError{Message: fmt.Sprintf("数据库由更新版本的小禾建立（版本 %d，本程序只认识到 %d）。请升级程序；数据没有改动", applied, known)}
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

// migrations is goose over the embedded files. It uses unqualified names, so the search path
// decides which schema it works in.
func migrations(config *pgx.ConnConfig) (*goose.Provider, error) {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, stdlib.OpenDB(*config), files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return provider, nil
}

// latestMigration is the version of the newest embedded migration.
func latestMigration() (int64, error) {
	files, err := fs.ReadDir(migrationFiles, "migrations")
	if err != nil {
		return 0, err
	}
	latest := int64(0)
	for _, file := range files {
		version, err := goose.NumericComponent(file.Name())
		if err != nil {
			return 0, fmt.Errorf("read the migrations: %w", err)
		}
		latest = max(latest, version)
	}
	return latest, nil
}

// advisoryLock takes the named lock for the session of conn. It asks again and again instead of
// waiting inside one statement: a waiting statement holds a snapshot, and CREATE INDEX
// CONCURRENTLY in a migration would wait for that for ever.
func advisoryLock(ctx context.Context, conn *pgx.Conn, name string) (unlock func(), err error) {
	for {
		var locked bool
		if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock(hashtextextended($1, 0))", name).Scan(&locked); err != nil {
			return nil, fmt.Errorf("take the lock %q: %w", name, err)
		}
		if locked {
			return func() {
				_, _ = conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock(hashtextextended($1, 0))", name)
			}, nil
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return nil, fmt.Errorf("wait for the lock %q: %w", name, err)
		}
	}
}

// ensureVector creates the vector extension, or updates one that is too old. That takes a
// superuser on most servers.
func ensureVector(ctx context.Context, conn *pgx.Conn) error {
	version, err := vectorVersion(ctx, conn)
	if err != nil || version != "" && !versionLess(version, minVector) {
		return err
	}
	unlock, err := advisoryLock(ctx, conn, extensionLock)
	if err != nil {
		return err
	}
	defer unlock()
	if _, err = conn.Exec(ctx, "CREATE EXTENSION IF NOT EXISTS vector"); err == nil && version != "" {
		_, err = conn.Exec(ctx, "ALTER EXTENSION vector UPDATE")
	}
	if err != nil {
		return vectorError(err)
	}
	if version, err = vectorVersion(ctx, conn); err == nil && versionLess(version, minVector) {
		return &UserError{Message: "数据库的 pgvector 是 " + version + "，需要 " + minVector + " 或更新的版本。请升级后执行：ALTER EXTENSION vector UPDATE;"}
	}
	return err
}

// vectorVersion returns the version of the extension in this database, "" if it is not there.
func vectorVersion(ctx context.Context, conn *pgx.Conn) (version string, err error) {
	err = conn.QueryRow(ctx, "SELECT coalesce((SELECT extversion FROM pg_extension WHERE extname = 'vector'), '')").Scan(&version)
	if err != nil {
		return "", fmt.Errorf("look for the vector extension: %w", err)
	}
	return version, nil
}

func vectorError(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42501" { // insufficient_privilege
		return &UserError{"当前数据库用户无权安装 pgvector 扩展。请让数据库管理员在这个库里执行：CREATE EXTENSION vector;（版本 " + minVector + " 以上）", err}
	}
	return &UserError{"数据库服务器上没有 pgvector 扩展。请先在服务器上安装 pgvector " + minVector + " 或更新的版本", err}
}

func urlError(err error) error {
	return &UserError{"数据库地址写得不对，应该像这样：postgres://用户:密码@主机:5432/库名", err}
}

func connectError(err error) error {
	return &UserError{"连接不上数据库。请检查数据库是否在运行，以及 --database 的地址、用户名和密码", err}
}
