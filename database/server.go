package database

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// server is one running postgres process.
type server struct {
	pid  int
	done chan struct{} // closed when the process has ended
	err  error         // how it ended; valid after done
}

// spawn starts cmd and returns once it runs. Linux sends the parent-death signal when the thread
// that started the process ends, not the process: so a goroutine keeps its thread until then.
func spawn(cmd *exec.Cmd) (*server, error) {
	s := &server{done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			s.pid = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			s.err = cmd.Wait()
			close(s.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return s, nil
}

func (s *server) running() bool {
	select {
	case <-s.done:
		return false
	default:
		return true
	}
}

// stop asks for less and less orderly ends: fast shutdown, immediate shutdown (the next start
// replays the log; nothing is lost), SIGKILL.
func (s *server) stop() {
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{syscall.SIGINT, 30 * time.Second}, {syscall.SIGQUIT, 5 * time.Second}, {syscall.SIGKILL, 5 * time.Second}} {
		if !s.running() {
			return
		}
		_ = syscall.Kill(s.pid, step.signal)
		select {
		case <-s.done:
			return
		case <-time.After(step.wait):
		}
	}
}

// serverSettings hold for every private cluster. They are given on the command line, so that the
// files of the cluster need no care when they change; whoever wants to tune runs their own
// PostgreSQL and passes --database.
var serverSettings = map[string]string{
	"listen_addresses":        "", // Unix socket only
	"unix_socket_permissions": "0700",
	"shared_buffers":          "256MB",
	"max_connections":         "100",
	"timezone":                "UTC",
	"log_timezone":            "UTC",
	// compiling a query takes longer than the queries here
	"jit": "off",
	// CVE-2026-3172: parallel HNSW builds of pgvector before 0.8.2 read out of bounds
	"max_parallel_maintenance_workers": "0",
	// What users say must not reach the log: neither statements with their parameters nor the
	// errors of statements, which quote values. The program logs those errors itself.
	"log_min_messages":        "log",
	"log_min_error_statement": "panic",
	"log_error_verbosity":     "terse",
	"log_checkpoints":         "off",
}

// serverCommand is the server of the cluster at p, with extra settings over the usual ones.
func serverCommand(i installation, p place, extra map[string]string) *exec.Cmd {
	settings := maps.Clone(serverSettings)
	settings["unix_socket_directories"] = p.socketDir()
	maps.Copy(settings, extra)
	args := []string{"-D", p.data()}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	cmd := i.command(context.Background(), "postgres", args...)
	cmd.SysProcAttr = serverAttributes()
	p.account.become(cmd)
	// after a kill of the postmaster its children may keep the log's pipe open for a while
	cmd.WaitDelay = time.Second
	return cmd
}

var errServerEnded = errors.New("the server ended while it was starting")

// unreachableLimit is how long a running server may not even say that it is starting.
const unreachableLimit = time.Minute

// awaitReady waits until the server answers. A server that replays its log after a crash takes as
// long as it takes, and says so.
func (s *server) awaitReady(ctx context.Context, p place) error {
	reached := time.Now()
	for {
		err := ping(ctx, p.url("postgres"))
		if err == nil {
			return nil
		}
		var pg *pgconn.PgError
		if errors.As(err, &pg) && pg.Code == "57P03" { // cannot_connect_now
			reached = time.Now()
		}
		if time.Since(reached) > unreachableLimit {
			return fmt.Errorf("the server runs, but cannot be reached: %w", err)
		}
		select {
		case <-s.done:
			return fmt.Errorf("%w: %w", errServerEnded, s.err)
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(15 * time.Millisecond):
		}
	}
}
