package database

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	databaseName = "xiaohe"
	superuser    = "xiaohe"
)

// url is how programs, ours and PostgreSQL's, reach a database of the private cluster. Whoever can
// enter the socket directory is trusted: that is the server's account and root.
func (p place) url(database string) string {
	query := url.Values{"host": {p.socketDir()}, "user": {superuser}}
	return "postgres:///" + database + "?" + encodeQuery(query)
}

// encodeQuery writes a space as %20: PostgreSQL's URLs are not forms, where it would be a plus.
func encodeQuery(v url.Values) string { return strings.ReplaceAll(v.Encode(), "+", "%20") }

// parseQuery reads what encodeQuery writes, and leaves a plus alone.
func parseQuery(u *url.URL) (url.Values, error) {
	return url.ParseQuery(strings.ReplaceAll(u.RawQuery, "+", "%2B"))
}

// ping reports whether a database accepts connections now.
func ping(ctx context.Context, connString string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, connString)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// createCluster runs initdb. It works beside the final directory and renames at the end, so that
// an interrupted initdb leaves no half cluster. Only the keeper calls it.
func createCluster(ctx context.Context, i installation, p place) error {
	fresh := p.data() + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return fileError(fresh, err)
	}
	output, err := initdb(ctx, i, p.account, fresh, "C.UTF-8")
	if err != nil && strings.Contains(output, "invalid locale name") {
		_ = os.RemoveAll(fresh)
		// older macOS has no C.UTF-8; C sorts the same, by code point
		output, err = initdb(ctx, i, p.account, fresh, "C")
	}
	if err != nil {
		_ = os.RemoveAll(fresh)
		return outputError("创建数据库", output, err)
	}
	return fileError(p.data(), os.Rename(fresh, p.data()))
}

func initdb(ctx context.Context, i installation, a account, data, locale string) (output string, err error) {
	cmd := i.command(ctx, "initdb", "-D", data, "--username="+superuser, "--auth=trust",
		"--encoding=UTF8", "--locale="+locale, "--no-instructions")
	a.become(cmd)
	text, err := cmd.CombinedOutput()
	return string(text), err
}

// startServer starts the server of an existing cluster and returns when it answers. What a killed
// predecessor leaves (its lock file, its shared memory, its children) goes away within seconds;
// until then it tries again.
func startServer(ctx context.Context, i installation, p place, extra map[string]string, log *serverLog) (*server, error) {
	if err := p.makeSocketDir(); err != nil {
		return nil, err
	}
	pause := 50 * time.Millisecond
	for attempt := 1; ; attempt++ {
		log.forget()
		cmd := serverCommand(i, p, extra)
		cmd.Stderr = log
		s, err := spawn(cmd)
		if err != nil {
			return nil, fileError(i.bin, err)
		}
		if err = s.awaitReady(ctx, p); err == nil {
			return s, nil
		}
		s.stop()
		if ctx.Err() != nil {
			return nil, err
		}
		if !leftover(log.recent()) || attempt > 60 {
			return nil, outputError("启动数据库", log.recent(), err)
		}
		if attempt >= 15 {
			removeLeftover(ctx, i, p)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
		pause = min(pause*3/2, 500*time.Millisecond)
	}
}

// leftover reports whether the server did not start because of what another one left or holds.
func leftover(log string) bool {
	for _, sign := range []string{
		"already exists",             // postmaster.pid or the socket's lock file, with a live process
		"pre-existing shared memory", // children of a killed postmaster
	} {
		if strings.Contains(log, sign) {
			return true
		}
	}
	return false
}

// removeLeftover deals with a lock file that has not gone away by itself. Nobody else keeps this
// cluster, since we hold the keeper's lock: so a server still running is an orphan and is stopped;
// and a process that is no server has got the number of a dead one, which is what happens when a
// container starts again.
func removeLeftover(ctx context.Context, i installation, p place) {
	name := filepath.Join(p.data(), "postmaster.pid")
	text, err := os.ReadFile(name)
	if err != nil {
		return
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	pid, err := strconv.Atoi(string(bytes.TrimSpace(first)))
	if err != nil || pid <= 0 {
		return
	}
	if !isPostgres(pid) {
		_ = os.Remove(name)
		_ = os.Remove(filepath.Join(p.socketDir(), socketFile+".lock"))
		return
	}
	cmd := i.command(ctx, "pg_ctl", "stop", "-D", p.data(), "-m", "fast", "-w", "-t", "20")
	p.account.become(cmd)
	_ = cmd.Run() // the next attempt to start tells whether it helped
}

// createDatabase makes the database and the extension in a fresh cluster, and updates an extension
// that is older than this program needs; otherwise it changes nothing.
func createDatabase(ctx context.Context, p place) error {
	err := onConn(ctx, p.url("postgres"), func(conn *pgx.Conn) error {
		var exists bool
		err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", databaseName).Scan(&exists)
		if err != nil || exists {
			return err
		}
		_, err = conn.Exec(ctx, "CREATE DATABASE "+databaseName)
		return err
	})
	if err != nil {
		return fmt.Errorf("create the database: %w", err)
	}
	return onConn(ctx, p.url(databaseName), func(conn *pgx.Conn) error { return ensureVector(ctx, conn) })
}

// onConn runs work on a connection of its own.
func onConn(ctx context.Context, connString string, work func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, connString)
	if err != nil {
		return connectError(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return work(conn)
}
