package database

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// account is the operating-system user that the server runs as. PostgreSQL refuses to run as root,
// so root starts it as another user; everyone else runs it as themselves.
type account struct {
	uid, gid uint32
	name     string
	other    bool // not the user of this process
}

// serverAccount chooses the account for a cluster whose data is, or will be, in data.
func serverAccount(data string) (account, error) {
	if uid := os.Geteuid(); uid != 0 {
		return account{uid: uint32(uid), gid: uint32(os.Getegid())}, nil
	}
	// A cluster that an ordinary user made stays that user's: "sudo xiaohe db status" must not
	// take it away from them.
	if uid, gid, ok := owner(data); ok && uid != 0 {
		name := strconv.Itoa(int(uid))
		if u, err := user.LookupId(name); err == nil {
			name = u.Username
		}
		return account{uid: uid, gid: gid, name: name, other: true}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil && uid != 0 {
			return account{uid: uint32(uid), gid: uint32(gid), name: name, other: true}, nil
		}
	}
	return account{}, &UserError{Message: "PostgreSQL 不能以 root 运行，本机又没有 postgres 或 nobody 用户。" +
		"请换用普通用户运行，或用 docker compose up 启动"}
}

// owner returns who owns path; ok is false when it does not exist.
func owner(path string) (uid, gid uint32, ok bool) {
	info, err := os.Lstat(path)
	if err != nil {
		return 0, 0, false
	}
	return ownerOf(info)
}

func ownerOf(info fs.FileInfo) (uid, gid uint32, ok bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return stat.Uid, stat.Gid, true
}

// become makes cmd run as the account.
func (a account) become(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	if a.other {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
}

// canUse reports whether the account can enter dir and write there. It asks the kernel rather than
// the mode bits, because every parent directory and access lists count too.
func (a account) canUse(dir string) bool {
	cmd := exec.CommandContext(context.Background(), "/bin/sh", "-c", "test -w . && test -x .")
	cmd.Dir = dir
	a.become(cmd)
	return cmd.Run() == nil
}

// makeDir creates dir for the account alone. An existing empty directory of root's, such as a
// fresh Docker volume, is handed to the account; one with content is left as it is.
func (a account) makeDir(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if os.IsExist(err) {
		err = a.adoptable(dir)
		if errors.Is(err, errNotOurs) {
			return nil
		}
	}
	if err != nil || !a.other {
		return err
	}
	return os.Chown(dir, int(a.uid), int(a.gid))
}

var errNotOurs = errors.New("the directory is in use or belongs to somebody")

// adoptable prepares an existing directory of root's for the account; errNotOurs means that it has
// to stay as it is.
func (a account) adoptable(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return &fs.PathError{Op: "mkdir", Path: dir, Err: syscall.ENOTDIR}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if uid, _, _ := ownerOf(info); !a.other || uid != 0 || len(entries) > 0 {
		return errNotOurs
	}
	return os.Chmod(dir, 0o700)
}

// openFile opens a file in a directory of the account; a new file belongs to the account too.
func (a account) openFile(path string, flags int) (*os.File, error) {
	// O_NOFOLLOW: root must not be led out of a directory that belongs to an ordinary user.
	file, err := os.OpenFile(path, flags|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fileError(path, err)
	}
	info, err := file.Stat()
	if err == nil && a.other {
		if uid, _, _ := ownerOf(info); uid == 0 {
			err = file.Chown(int(a.uid), int(a.gid))
		}
	}
	if err != nil {
		file.Close()
		return nil, fileError(path, err)
	}
	return file, nil
}
