package database

import (
	"context"
	"fmt"
	"net"
	"strconv"
)

// Mode is this process's relation to the server.
type Mode string

const (
	External Mode = "external" // a server that somebody else runs
	Private  Mode = "private"  // this process runs the server
	Attached Mode = "attached" // another process of this program runs the server
)

// Status describes the database to the person who runs it.
type Status struct {
	Mode      Mode   `json:"mode"`
	Where     string `json:"where"`    // directory of the private cluster, or host and database name
	Server    string `json:"server"`   // PostgreSQL version, such as "15.18"
	PGVector  string `json:"pgvector"` // version of the extension, "" if it is not installed
	Migration int64  `json:"migration"`
	Latest    int64  `json:"latest_migration"` // what this program would migrate to
	Size      int64  `json:"size_bytes"`
}

// Status asks the database what it is.
func (db *DB) Status(ctx context.Context) (Status, error) {
	s := Status{Mode: External, Where: db.where()}
	if db.keeper != nil {
		s.Mode = Attached
		if db.keeper.keeping.Load() {
			s.Mode = Private
		}
	}
	conn, err := db.Acquire(ctx)
	if err != nil {
		return s, connectError(err)
	}
	defer conn.Release()
	var migrated bool
	err = conn.QueryRow(ctx, `SELECT split_part(current_setting('server_version'), ' ', 1),
		pg_database_size(current_database()), to_regclass('goose_db_version') IS NOT NULL`).Scan(&s.Server, &s.Size, &migrated)
	if err != nil {
		return s, fmt.Errorf("read the server's status: %w", err)
	}
	if s.PGVector, err = vectorVersion(ctx, conn.Conn()); err != nil {
		return s, err
	}
	if migrated {
		err = conn.QueryRow(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&s.Migration)
		if err != nil {
			return s, fmt.Errorf("read the migration version: %w", err)
		}
	}
	s.Latest, err = latestMigration()
	return s, err
}

// where tells a person where the data is, without a password.
func (db *DB) where() string {
	if db.keeper != nil {
		return db.keeper.place.dir
	}
	c := db.Config().ConnConfig
	return net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))) + "/" + c.Database
}
