package database_test

import (
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"xiaohe/database"
)

// refused opens what cannot be opened and returns the message for the user.
func refused(t *testing.T, o database.Options) string {
	t.Helper()
	db, err := database.Open(t.Context(), o)
	if err == nil {
		db.Close()
		t.Fatal("opened")
	}
	var user *database.UserError
	if !errors.As(err, &user) {
		t.Fatalf("no message for the user: %v", err)
	}
	return user.Message
}

func TestPathsThatASocketCannotHave(t *testing.T) {
	t.Parallel()
	for _, name := range []string{strings.Repeat("很长的目录", 10), `one, "two" and 'three'`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(tempDir(t), name, "postgres")
			db := open(t, dir)
			if n := number(t, db, "SELECT 42"); n != 42 {
				t.Errorf("read %d, want 42", n)
			}
			socket := db.Config().ConnConfig.Host
			t.Cleanup(func() { _ = os.RemoveAll(socket) })
			info, err := os.Stat(socket)
			if err != nil || info.Mode().Perm() != 0o700 || strings.HasPrefix(socket, dir) {
				t.Errorf("socket directory %s: %v, %v", socket, info, err)
			}
			if n := number(t, open(t, dir), "SELECT 42"); n != 42 {
				t.Errorf("attached: read %d, want 42", n)
			}
		})
	}
}

func TestPathWithSpaces(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(tempDir(t), "我的 数据", "postgres")
	db := open(t, dir)
	path := filepath.Join(filepath.Dir(dir), "备份 1")
	if err := db.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if err := db.Restore(t.Context(), path); err != nil {
		t.Fatal(err)
	}
}

func TestUnusableDirectories(t *testing.T) {
	t.Parallel()
	file := filepath.Join(tempDir(t), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{
		"a file":                 file,
		"below a file":           filepath.Join(file, "postgres"),
		"a file system of /proc": "/proc/xiaohe/postgres",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			message := refused(t, database.Options{Dir: dir})
			if !strings.Contains(message, dir) || !strings.Contains(message, "--data") {
				t.Errorf("message %q", message)
			}
		})
	}
}

func TestClusterOfAnotherMajorVersionIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	version := filepath.Join(dir, "cluster", "PG_VERSION")
	if err := os.MkdirAll(filepath.Dir(version), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(version, []byte("12\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 { // as if an older program had made it
		chownAll(t, dir, serverUser(t))
	}
	message := refused(t, database.Options{Dir: dir})
	if !strings.Contains(message, "PostgreSQL 12") || !strings.Contains(message, "docker compose up") {
		t.Errorf("message %q", message)
	}
	entries, err := os.ReadDir(filepath.Dir(version))
	if err != nil || len(entries) != 1 {
		t.Errorf("the cluster now holds %v (%v)", entries, err)
	}
}

func TestLockFileOfADeadServerWhoseNumberIsTaken(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	open(t, dir).Close()
	uid := os.Geteuid()
	if uid == 0 {
		uid = serverUser(t)
	}
	sleeper := exec.Command("sleep", "1000")
	if uid != os.Geteuid() {
		sleeper.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	}
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sleeper.Process.Kill(); _ = sleeper.Wait() }()
	stale := strconv.Itoa(sleeper.Process.Pid) + "\n" + dir + "/cluster\n0\n5432\n" + dir + "/socket\n\n0 0\n"
	if err := os.WriteFile(filepath.Join(dir, "cluster", "postmaster.pid"), []byte(stale), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		chownAll(t, filepath.Join(dir, "cluster", "postmaster.pid"), uid)
	}
	if n := number(t, open(t, dir), "SELECT 42"); n != 42 {
		t.Errorf("read %d, want 42", n)
	}
	if err := sleeper.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the innocent process was ended: %v", err)
	}
}

func TestRootFallsBackFromAPrivateDirectory(t *testing.T) {
	t.Parallel()
	needRoot(t)
	parent := tempDir(t)
	if err := os.Chmod(parent, 0o700); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(parent, "postgres")
	var progress strings.Builder
	db, err := database.Open(t.Context(), database.Options{Dir: dir, Progress: &progress})
	if err != nil {
		t.Fatal(err)
	}
	status, err := db.Status(t.Context())
	db.Close()
	t.Cleanup(func() { _ = os.RemoveAll(status.Where) })
	if err != nil || !strings.HasPrefix(status.Where, "/var/lib/xiaohe/") {
		t.Fatalf("status %+v, %v", status, err)
	}
	if !strings.Contains(progress.String(), status.Where) {
		t.Errorf("the user is not told: %q", progress.String())
	}
	// the data must not seem lost when the directory becomes accessible later
	if err := os.Chmod(parent, 0o755); err != nil {
		t.Fatal(err)
	}
	again, err := open(t, dir).Status(t.Context())
	if err != nil || again.Where != status.Where {
		t.Errorf("now at %s (%v), was at %s", again.Where, err, status.Where)
	}
}

func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	needRoot(t)
	nobody := lookup(t, "nobody")
	dir := tempDir(t)
	chownAll(t, dir, nobody)
	dir = filepath.Join(dir, "postgres")
	other := start(t, dir, uint32(nobody))
	other.mustBe(t, "ready private")
	info, err := os.Stat(filepath.Join(dir, "cluster"))
	if err != nil || int(info.Sys().(*syscall.Stat_t).Uid) != nobody {
		t.Errorf("the cluster is not the user's: %v, %v", info, err)
	}
	// root attaches to the user's server, and keeps it as the user's when the user leaves
	db := open(t, dir)
	if m := mode(t, db); m != database.Attached {
		t.Errorf("mode %s, want attached", m)
	}
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	takesOver(t, db)
	db.Close()
	start(t, dir, uint32(nobody)).mustBe(t, "ready private")
}

func TestOrdinaryUserWithoutRights(t *testing.T) {
	t.Parallel()
	needRoot(t)
	dir := filepath.Join(tempDir(t), "postgres") // its parent is root's
	answer := start(t, dir, uint32(lookup(t, "nobody"))).answer
	if !strings.Contains(answer, "没有权限使用 "+dir) {
		t.Errorf("answer %q", answer)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("something was made: %v", err)
	}
}

func TestUserWithoutAnAccount(t *testing.T) {
	t.Parallel()
	needRoot(t)
	const uid = 54321
	if _, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		t.Skip("this machine has that user")
	}
	dir := tempDir(t)
	chownAll(t, dir, uid)
	answer := start(t, filepath.Join(dir, "postgres"), uid).answer
	if !strings.Contains(answer, "docker compose up") {
		t.Errorf("answer %q", answer)
	}
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can start programs as other users")
	}
}

// serverUser is who runs root's servers.
func serverUser(t *testing.T) int {
	t.Helper()
	if _, err := user.Lookup("postgres"); err == nil {
		return lookup(t, "postgres")
	}
	return lookup(t, "nobody")
}

func lookup(t *testing.T, name string) int {
	t.Helper()
	u, err := user.Lookup(name)
	if err != nil {
		t.Skip(err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		t.Fatal(err)
	}
	return uid
}

func chownAll(t *testing.T, root string, uid int) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, uid)
	})
	if err != nil {
		t.Fatal(err)
	}
}
