package database

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// fallbackRoot holds the clusters of root whose own directory the server's account cannot enter.
const fallbackRoot = "/var/lib/xiaohe"

// maxSocketPath is the longest socket path that every system accepts (sun_path is 104 bytes on
// macOS, 108 on Linux, and PostgreSQL adds a lock file beside it).
const maxSocketPath = 100

const socketFile = ".s.PGSQL.5432"

// place is where a private cluster lives.
type place struct {
	dir     string // absolute; holds everything but, perhaps, the socket
	account account
}

func (p place) data() string    { return filepath.Join(p.dir, "cluster") }
func (p place) logFile() string { return filepath.Join(p.dir, "postgres.log") }

// prefix is where bootstrap unpacks a PostgreSQL without root's help. It is beside the cluster, so
// that clusters in one data directory share it.
func (p place) prefix() string { return filepath.Join(filepath.Dir(p.dir), "pgsql") }

// socketDir is the directory of the server's Unix socket. It is not in the cluster's directory when
// that has a long name, or characters that separate and quote the items in a list of directories.
func (p place) socketDir() string {
	dir := filepath.Join(p.dir, "socket")
	if len(dir)+1+len(socketFile) < maxSocketPath && !strings.ContainsAny(dir, `,"`) {
		return dir
	}
	name := "xiaohe-" + shortHash(p.dir)
	dir = filepath.Join(os.TempDir(), name)
	if len(dir)+1+len(socketFile) < maxSocketPath {
		return dir
	}
	return filepath.Join("/tmp", name)
}

func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// findPlace settles where the cluster for the requested directory lives and makes the directory.
func findPlace(requested string, say func(string, ...any)) (place, error) {
	dir, err := filepath.Abs(requested)
	if err != nil {
		return place{}, fileError(requested, err)
	}
	if strings.ContainsAny(dir, "\n\r") {
		return place{}, &UserError{Message: "数据目录的名字不能换行：" + strconv.Quote(dir)}
	}
	if os.Geteuid() != 0 {
		p := place{dir: dir}
		p.account, _ = serverAccount(p.data()) // fails for root only
		return p, p.make()
	}
	return findRootPlace(dir, say)
}

// findRootPlace is findPlace for root, whose server runs as another user. That user often cannot
// enter where root works, below /root for example; then the cluster goes to fallbackRoot.
func findRootPlace(dir string, say func(string, ...any)) (place, error) {
	fallback := filepath.Join(fallbackRoot, shortHash(dir))
	// Once a cluster is in the fallback it stays there, or a later chmod of a parent directory
	// would make all data seem lost.
	if !hasCluster(dir) && hasCluster(fallback) {
		return rootPlace(fallback)
	}
	p, usable, err := makeRootPlace(dir)
	if err != nil || usable {
		return p, err
	}
	if hasCluster(dir) {
		return place{}, &UserError{Message: fmt.Sprintf("数据目录 %s 属于用户 %s，但这个用户不能在那里读写。请检查它和上级目录的权限，以及磁盘是否只读", dir, p.account.name)}
	}
	_ = os.Remove(dir) // only succeeds if it is empty, that is, if it is of no use to anyone
	say("数据库以用户 %s 运行，不能使用 %s，数据改放在 %s", p.account.name, dir, fallback)
	p, usable, err = makeRootPlace(fallback)
	if err == nil && !usable {
		err = &UserError{Message: fmt.Sprintf("数据库用户 %s 不能使用 %s%s", p.account.name, fallback, chooseOther)}
	}
	return p, err
}

// makeRootPlace makes the directory and reports whether the server's account can use it.
func makeRootPlace(dir string) (p place, usable bool, err error) {
	if p, err = rootPlace(dir); err == nil {
		err = p.make()
	}
	return p, err == nil && p.account.canUse(dir), err
}

func rootPlace(dir string) (place, error) {
	p := place{dir: dir}
	var err error
	p.account, err = serverAccount(p.data())
	return p, err
}

func hasCluster(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "cluster", "PG_VERSION"))
	return err == nil
}

// make creates the directory. Its parents are ordinary directories: others may share them.
func (p place) make() error {
	if err := os.MkdirAll(filepath.Dir(p.dir), 0o755); err != nil {
		return fileError(p.dir, err)
	}
	return fileError(p.dir, p.account.makeDir(p.dir))
}

// makeSocketDir creates the socket directory, or makes sure that it is the account's own: in a
// shared temporary directory somebody else could have put it there first.
func (p place) makeSocketDir() error {
	dir := p.socketDir()
	foreign := &UserError{Message: "目录 " + dir + " 不属于数据库的用户，请先删除它"}
	if info, err := os.Lstat(dir); err == nil && !info.IsDir() {
		return foreign // before a link leads makeDir elsewhere
	}
	if err := p.account.makeDir(dir); err != nil {
		return fileError(dir, err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return fileError(dir, err)
	}
	if uid, _, _ := ownerOf(info); !info.IsDir() || uid != p.account.uid {
		return foreign
	}
	if info.Mode().Perm() != 0o700 {
		return fileError(dir, os.Chmod(dir, 0o700))
	}
	return nil
}

// major reads the PostgreSQL major version of the existing cluster; 0 if there is none.
func (p place) major() (int, error) {
	text, err := os.ReadFile(filepath.Join(p.data(), "PG_VERSION"))
	if os.IsNotExist(err) {
		return 0, nil
	}
	if err != nil {
		return 0, fileError(p.data(), err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, &UserError{"目录 " + p.data() + " 里的数据库文件已损坏", err}
	}
	return major, nil
}
