package database_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"xiaohe/database"
)

// TestMain lets the test program be run as another program that uses a private cluster:
//
//	database.test hold DIR
//
// opens the database, prints "ready" and the mode, and closes it on SIGTERM or at the end of stdin.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "hold" {
		os.Exit(hold(os.Args[2]))
	}
	os.Exit(m.Run())
}

func hold(dir string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	db, err := database.Open(ctx, database.Options{Dir: dir, Progress: os.Stderr})
	if err != nil {
		fmt.Println("failed", strings.ReplaceAll(err.Error(), "\n", " "))
		return 1
	}
	defer db.Close()
	status, err := db.Status(ctx)
	if err != nil {
		fmt.Println("failed", err)
		return 1
	}
	fmt.Println("ready", status.Mode)
	ended := make(chan struct{})
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); close(ended) }()
	select {
	case <-ctx.Done():
	case <-ended:
	}
	return 0
}

// program is another program that holds the cluster open.
type program struct {
	*exec.Cmd
	answer string // its first line
}

// start runs the helper, as another user if uid is not 0, and waits for its first line.
func start(t *testing.T, dir string, uid uint32) *program {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if uid != 0 {
		self = copyFor(t, self)
	}
	cmd := exec.Command(self, "hold", dir)
	cmd.Dir = "/"
	if uid != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	}
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { input.Close(); _ = cmd.Wait() })
	line, _ := bufio.NewReader(output).ReadString('\n')
	return &program{cmd, strings.TrimSpace(line)}
}

// copyFor puts the program where every user can run it.
func copyFor(t *testing.T, path string) string {
	t.Helper()
	target := filepath.Join(tempDir(t), "program")
	// by another process: a test that starts a program at this moment would pass our open file on
	// to it, and a file that is open for writing cannot be run
	if output, err := exec.Command("cp", path, target).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if err := os.Chmod(target, 0o755); err != nil {
		t.Fatal(err)
	}
	return target
}

func (p *program) mustBe(t *testing.T, answer string) {
	t.Helper()
	if p.answer != answer {
		t.Fatalf("the other program says %q, want %q", p.answer, answer)
	}
}

// tempDir is a directory that every user can enter; that of testing.T is for its owner alone, and
// its path is too long for a socket.
func tempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "xh")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func clusterDir(t *testing.T) string {
	t.Helper()
	return filepath.Join(tempDir(t), "postgres")
}

// open opens the private cluster in dir until the test ends.
func open(t *testing.T, dir string) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), database.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

func mode(t *testing.T, db *database.DB) database.Mode {
	t.Helper()
	status, err := db.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return status.Mode
}

func exec1(t *testing.T, db *database.DB, sql string) {
	t.Helper()
	if _, err := db.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func number(t *testing.T, db *database.DB, sql string) (n int) {
	t.Helper()
	if err := db.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// eventually waits for what takes as long as it takes; only a hang fails.
func eventually(t *testing.T, what string, try func() error) {
	t.Helper()
	var err error
	for range 1200 {
		if err = try(); err == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s: %v", what, err)
}

// serverPID is the process of the server in dir, 0 if none is on record.
func serverPID(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "cluster", "postmaster.pid"))
	if os.IsNotExist(err) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}
