package database

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
)

//go:embed clear.sql
var clearSchema string

// Restore replaces everything in the program's schema by a backup, all or nothing: other programs
// see the old data until the moment they see the new. A backup of an older version is migrated
// afterwards; a newer one, or a file that is no backup, is refused. A backup is SQL that runs with
// all rights of the program's role: restore only files that you trust.
func (db *DB) Restore(ctx context.Context, path string) error {
	t, err := db.tools(ctx)
	if err != nil {
		return err
	}
	err = locked(ctx, db.url, func(conn *pgx.Conn, schema string) error {
		if err := t.inspectBackup(ctx, path, schema); err != nil {
			return err
		}
		if err := t.replay(ctx, path, schema); err != nil {
			return err
		}
		return applyMigrations(ctx, conn.Config())
	})
	db.Reset() // statements that the connections have prepared belong to the old tables
	return err
}

// tableEntry is the line of a backup's list of contents that tells its schema.
var tableEntry = regexp.MustCompile(`(?m)^\d+; \d+ \d+ TABLE DATA (\S+) goose_db_version `)

// inspectBackup refuses what is no backup of this program.
func (t tools) inspectBackup(ctx context.Context, path, schema string) error {
	file, err := os.Open(path)
	if err != nil {
		if os.IsNotExist(err) {
			return &UserError{"找不到备份文件 " + path, err}
		}
		return &UserError{"读不了备份文件 " + path, err}
	}
	defer file.Close()
	head := make([]byte, 5)
	if _, err := io.ReadFull(file, head); err != nil || string(head) != "PGDMP" {
		return &UserError{path + " 不是小禾的备份文件。请使用 xiaohe db backup 生成的文件；数据库没有改动", err}
	}
	contents, err := t.readBackup(ctx, path, "--list")
	if err == nil {
		// reading all of it now tells damaged data from data that the database does not take
		_, err = t.readBackup(ctx, path, "--file=/dev/null")
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return &UserError{"备份文件 " + path + " 已损坏，或由更新版本的 PostgreSQL 生成；数据库没有改动", err}
	}
	found := tableEntry.FindSubmatch(contents)
	if found == nil {
		return &UserError{Message: path + " 是 PostgreSQL 的备份，但不是小禾的数据库；数据库没有改动"}
	}
	if string(found[1]) != schema {
		return &UserError{Message: fmt.Sprintf("备份来自模式 %s，当前数据库用的是模式 %s，不能恢复；数据库没有改动", found[1], schema)}
	}
	return nil
}

func (t tools) readBackup(ctx context.Context, path, how string) ([]byte, error) {
	var complaints bytes.Buffer
	cmd := t.command(ctx, "pg_restore", how, absolute(path))
	cmd.Stderr = &complaints
	output, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, lastLines(complaints.String(), 3))
	}
	return output, nil
}

// replay runs the backup as one transaction in psql. The COMMIT is sent only after pg_restore has
// read the whole backup without an error: psql would commit a truncated one if it were told to
// commit at the end of its input.
func (t tools) replay(ctx context.Context, path, schema string) error {
	latest, err := latestMigration()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	psql := t.command(ctx, "psql", "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1",
		"--set=VERBOSITY=terse", // the long form quotes rows
		"--output=/dev/null", "--dbname="+t.address)
	var serverComplaints, fileComplaints bytes.Buffer
	psql.Stderr = &serverComplaints
	script, err := psql.StdinPipe()
	if err != nil {
		return err
	}
	if err := psql.Start(); err != nil {
		return fileError(psql.Path, err)
	}
	_, _ = io.WriteString(script, "BEGIN;\n"+clearSchema)
	read := t.command(ctx, "pg_restore", "--file=-", "--schema="+schema, "--no-owner", "--no-privileges", absolute(path))
	read.Stdout, read.Stderr = script, &fileComplaints
	readErr := read.Run()
	if readErr == nil {
		_, _ = io.WriteString(script, refuseNewer(schema, latest)+"COMMIT;\n")
	}
	// a failed write to psql means that psql ended: its own status below says why
	_ = script.Close()
	playErr := psql.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return restoreError(path, playErr, serverComplaints.String(), readErr, fileComplaints.String())
}

// newerMark is the text of the exception that stops a backup from a newer program.
const newerMark = "xiaohe: newer backup"

func refuseNewer(schema string, latest int64) string {
	return fmt.Sprintf("DO $$BEGIN IF (SELECT max(version_id) FROM %s.goose_db_version) > %d THEN RAISE EXCEPTION '%s'; END IF; END$$;\n",
		pgx.Identifier{schema}.Sanitize(), latest, newerMark)
}

// restoreError chooses among the failures of the two programs. When psql fails, pg_restore fails
// too, because nobody reads what it writes.
func restoreError(path string, playErr error, server string, readErr error, file string) error {
	var exit *exec.ExitError
	switch {
	case playErr != nil && strings.Contains(server, newerMark):
		return &UserError{Message: "备份由更新版本的小禾生成，请先升级程序再恢复；数据库没有改动"}
	case playErr != nil && (strings.Contains(server, "lock timeout") || strings.Contains(server, "deadlock detected")):
		return &UserError{"有其他程序正在使用数据库，请停止它们后再恢复；数据库没有改动", errors.New(lastLines(server, 3))}
	case errors.As(playErr, &exit) && exit.ExitCode() == 2: // psql lost the server, perhaps during COMMIT
		return &UserError{"恢复时与数据库的连接中断。数据库现在要么是恢复前的，要么是恢复后的，请再恢复一次", errors.New(lastLines(server, 3))}
	case playErr != nil:
		return &UserError{"恢复失败，数据库没有改动", fmt.Errorf("%w: %s", playErr, lastLines(server, 3))}
	case readErr != nil:
		return &UserError{"备份文件 " + path + " 已损坏，数据库没有改动", fmt.Errorf("%w: %s", readErr, lastLines(file, 3))}
	}
	return nil
}
