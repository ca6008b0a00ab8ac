package database

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// serverAttributes make the kernel end the server when this program dies, even by SIGKILL: SIGINT
// is PostgreSQL's fast shutdown. The server gets a process group of its own, so that Ctrl-C in the
// terminal reaches this program only, which then stops the server in order.
func serverAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
}

// isPostgres reports whether the process is a PostgreSQL server.
func isPostgres(pid int) bool {
	name, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "comm"))
	return err == nil && strings.HasPrefix(string(name), "postgres")
}
