//go:build !linux

package database

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// serverAttributes give the server a process group of its own, so that Ctrl-C in the terminal
// reaches this program only, which then stops the server in order. Only Linux can end a server
// whose program was killed; elsewhere the next start of the program finds and stops it.
func serverAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// isPostgres reports whether the process is a PostgreSQL server.
func isPostgres(pid int) bool {
	name, err := exec.Command("ps", "-o", "comm=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.HasPrefix(filepath.Base(strings.TrimSpace(string(name))), "postgres")
}
