package database

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// UserError is a failure that the person at the terminal can do something about. Message is a
// Chinese sentence that says what to do; Err is the cause, for the log.
type UserError struct {
	Message string
	Err     error
}

// Error is the message, followed by the cause if there is one.
func (e *UserError) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return e.Message + "（原因：" + e.Err.Error() + "）"
}

// Unwrap returns the cause.
func (e *UserError) Unwrap() error { return e.Err }

const (
	diskFull    = "磁盘已满，数据库无法写入。请清理磁盘空间后重试"
	chooseOther = "。请换一个可写的目录（--data 目录），或用 --database 指定现有的数据库"
)

// fileError puts a failure at a file or directory into words. An error that already is for the
// user passes unchanged.
func fileError(path string, err error) error {
	var user *UserError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &user):
		return err
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return &UserError{diskFull + "：" + path, err}
	case errors.Is(err, syscall.EROFS):
		return &UserError{"目录 " + path + " 是只读的" + chooseOther, err}
	case errors.Is(err, fs.ErrPermission):
		return &UserError{"没有权限使用 " + path + chooseOther, err}
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist):
		return &UserError{path + " 不是目录" + chooseOther, err}
	default:
		return &UserError{"无法使用 " + path + chooseOther, err}
	}
}

// outputError puts the failure of a PostgreSQL program into words. Its own words, in English, are
// the last lines of output.
func outputError(what, output string, err error) error {
	cause := err
	if words := lastLines(output, 4); words != "" {
		cause = fmt.Errorf("%w: %s", err, words)
	}
	switch {
	case strings.Contains(output, "No space left on device"), strings.Contains(output, "Disk quota exceeded"):
		return &UserError{diskFull, cause}
	case strings.Contains(output, "could not look up effective user ID"):
		return &UserError{"当前用户没有登记在系统的用户表（/etc/passwd）里，PostgreSQL 不能以这个身份建库。" +
			"请换用普通用户运行，或用 docker compose up 启动，或用 --database 指定现有的数据库", cause}
	case strings.Contains(output, "Permission denied"), strings.Contains(output, "Read-only file system"):
		return &UserError{what + "失败：没有写入权限" + chooseOther, cause}
	default:
		return &UserError{what + "失败", cause}
	}
}

// interrupted reports whether err came from a server that ended or is not there yet, and not from
// what it was asked to do.
func interrupted(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return strings.HasPrefix(pg.Code, "57P0") // shutdown, crash, starting up
	}
	var connect *pgconn.ConnectError
	return errors.As(err, &connect) || pgconn.SafeToRetry(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}

// lastLines returns the last n non-empty lines of text on one line.
func lastLines(text string, n int) string {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return strings.Join(lines, " | ")
}
