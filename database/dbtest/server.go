package dbtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"xiaohe/database"

	"github.com/jackc/pgx/v5"
)

// The server belongs to no single test program, because several run at the same time and none
// knows which ends last. A copy of the first test program, started under the name serverName, runs
// it and ends when it gets users.lock for itself, which every test program shares while it runs.
const serverName = "xiaohe-dbtest-server"

// init turns the copy into the server before any test flag is read.
func init() {
	if len(os.Args) == 2 && os.Args[0] == serverName {
		if err := serve(os.Args[1]); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// home is the directory that this user's test programs share.
func home() (string, error) {
	dir := filepath.Join(os.TempDir(), "xiaohe-dbtest-"+strconv.Itoa(os.Geteuid()))
	// 0711: root's server runs as another user and must pass through
	if err := os.Mkdir(dir, 0o711); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || int(stat.Uid) != os.Geteuid() {
		return "", fmt.Errorf("%s belongs to somebody else", dir)
	}
	return dir, nil
}

// attach returns the address of the running server and starts it first if need be. The server
// stays at least until this process ends.
func attach() (string, error) {
	dir, err := home()
	if err != nil {
		return "", err
	}
	// waits while a server that has just lost its last user stops
	if err := share(filepath.Join(dir, "users.lock")); err != nil {
		return "", err
	}
	start, err := lock(filepath.Join(dir, "start.lock"), syscall.LOCK_EX)
	if err != nil {
		return "", err
	}
	defer start.Close()
	alive, err := lock(filepath.Join(dir, "alive.lock"), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		address, err := os.ReadFile(filepath.Join(dir, "url"))
		return string(address), err
	}
	if err != nil {
		return "", err
	}
	alive.Close()
	return launch(dir)
}

// launch starts the copy and waits for the address, the first line that it prints.
func launch(dir string) (string, error) {
	program, err := os.Executable()
	if err != nil {
		return "", err
	}
	cmd := exec.Command(program)
	cmd.Args = []string{serverName, dir}
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Ctrl-C is for the tests
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	line = strings.TrimSpace(line)
	if address, ok := strings.CutPrefix(line, "url: "); ok {
		return address, cmd.Process.Release()
	}
	_ = cmd.Wait()
	log, _ := os.ReadFile(filepath.Join(dir, "progress.log"))
	return "", fmt.Errorf("%s (%v)\n%s", line, err, log)
}

// lock opens the file and locks it; it is locked until the file is closed.
func lock(path string, how int) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := flock(int(file.Fd()), how); err != nil {
		file.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return file, nil
}

// share takes a share of the lock until the process ends. It does without os.File, which the
// garbage collector would close.
func share(path string) error {
	descriptor, err := syscall.Open(path, syscall.O_RDWR|syscall.O_CREAT|syscall.O_CLOEXEC, 0o600)
	if err == nil {
		err = flock(descriptor, syscall.LOCK_SH)
	}
	if err != nil {
		return fmt.Errorf("share %s: %w", path, err)
	}
	return nil
}

func flock(descriptor, how int) error {
	for {
		if err := syscall.Flock(descriptor, how); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// serve runs the server until no test program uses it.
func serve(dir string) error {
	alive, err := lock(filepath.Join(dir, "alive.lock"), syscall.LOCK_EX)
	if err != nil {
		return err
	}
	defer alive.Close()
	progress, err := os.Create(filepath.Join(dir, "progress.log"))
	if err != nil {
		return err
	}
	defer progress.Close()
	cluster := filepath.Join(dir, "postgres")
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	defer cancel()
	db, err := open(ctx, cluster, progress)
	if err != nil {
		// a machine that lost power while fsync was off; nothing in there is worth keeping
		if err := os.RemoveAll(cluster); err != nil {
			return err
		}
		db, err = open(ctx, cluster, progress)
	}
	if err != nil {
		return err
	}
	defer db.Close()
	if err := os.WriteFile(filepath.Join(dir, "url"), []byte(db.URL()), 0o600); err != nil {
		return err
	}
	fmt.Println("url: " + db.URL())
	users, err := lock(filepath.Join(dir, "users.lock"), syscall.LOCK_EX)
	if err != nil {
		return err
	}
	db.Close()
	alive.Close()
	return users.Close() // last: who waits for it finds no server then, and starts one
}

// open starts the server without the care for data that tests do not need, and removes what
// interrupted tests left.
func open(ctx context.Context, cluster string, progress *os.File) (*database.DB, error) {
	db, err := database.Open(ctx, database.Options{Dir: cluster, Progress: progress, NoMigrate: true, Settings: map[string]string{
		"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off",
		"max_connections": "500", "shared_buffers": "64MB",
	}})
	if err != nil {
		return nil, err
	}
	if err := clear(ctx, db); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// clear drops the schemas and the databases of tests.
func clear(ctx context.Context, db *database.DB) error {
	for drop, list := range map[string]string{
		"DROP SCHEMA %s CASCADE": `SELECT nspname FROM pg_namespace WHERE nspname LIKE 'test\_%'`,
		"DROP DATABASE %s":       `SELECT datname FROM pg_database WHERE datname LIKE 'test\_%'`,
	} {
		rows, _ := db.Query(ctx, list)
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		for _, name := range names {
			if _, err := db.Exec(ctx, fmt.Sprintf(drop, pgx.Identifier{name}.Sanitize())); err != nil {
				return err
			}
		}
	}
	return nil
}
