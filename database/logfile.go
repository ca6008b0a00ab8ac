package database

import (
	"os"
	"sync"
)

const maxLog = 5 << 20 // bytes; one older file of this size is kept

// serverLog receives what the server writes: into a file of limited size, and the last part into
// memory, where start looks for the reason of a failure.
type serverLog struct {
	mu      sync.Mutex
	path    string
	account account
	file    *os.File
	size    int64
	tail    []byte
}

func openServerLog(path string, a account) (*serverLog, error) {
	l := &serverLog{path: path, account: a}
	return l, l.open()
}

func (l *serverLog) open() error {
	file, err := l.account.openFile(l.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return fileError(l.path, err)
	}
	l.file, l.size = file, info.Size()
	return nil
}

// Write never fails: a full disk must not close the pipe that the server writes to.
func (l *serverLog) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	const keep = 8 << 10
	l.tail = append(l.tail, text...)
	if over := len(l.tail) - keep; over > 0 {
		l.tail = append(l.tail[:0], l.tail[over:]...)
	}
	if l.file != nil && l.size > maxLog {
		l.file.Close()
		l.file = nil
		_ = os.Rename(l.path, l.path+".1")
		_ = l.open()
	}
	if l.file != nil {
		n, _ := l.file.Write(text)
		l.size += int64(n)
	}
	return len(text), nil
}

// recent returns the end of what was written since the last forget.
func (l *serverLog) recent() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.tail)
}

func (l *serverLog) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tail = l.tail[:0]
}

func (l *serverLog) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		l.file.Close()
		l.file = nil
	}
}
