package database

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// fileLock is an advisory lock on a file. The kernel releases it when the process ends, however it
// ends, which is why it and not a file with a process id says who is in charge. Two fileLocks on
// one path exclude each other within one process as well.
type fileLock struct{ file *os.File }

// openLock opens, not locks, the file at path; a new file belongs to the account.
func openLock(path string, a account) (*fileLock, error) {
	file, err := a.openFile(path, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	return &fileLock{file}, nil
}

// try takes the lock for this holder alone, unless another holder has it.
func (l *fileLock) try() (bool, error) {
	for {
		err := syscall.Flock(int(l.file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		case errors.Is(err, syscall.EINTR):
		default:
			return false, fmt.Errorf("lock %s: %w", l.file.Name(), err)
		}
	}
}

func (l *fileLock) unlock() { _ = syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN) }

// close releases the lock too.
func (l *fileLock) close() { _ = l.file.Close() }
