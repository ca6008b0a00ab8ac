package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// findDatabase reads from the server's own files where its socket is: the folder may have moved.
func (c *cluster) findDatabase() error {
	text, err := os.ReadFile(c.postmasterFile())
	if err != nil {
		return fmt.Errorf("find the database (its account must be able to enter the run's folder): %w", err)
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) < 5 || lines[4] == "" {
		return errors.New("the database's lock file names no socket")
	}
	query := url.Values{"host": {lines[4]}, "user": {"xiaohe"}}
	c.url = "postgres:///xiaohe?" + query.Encode()
	return nil
}

func (c *cluster) postmasterFile() string { return filepath.Join(c.data, "cluster", "postmaster.pid") }

// postmaster is the process id of the private database; 0 where there is none.
func (c *cluster) postmaster() int {
	text, err := os.ReadFile(c.postmasterFile())
	if c.data == "" || err != nil {
		return 0
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	pid, _ := strconv.Atoi(string(bytes.TrimSpace(first)))
	return pid
}

// rss is the memory of a process in bytes.
func rss(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("process %d has no VmRSS", pid)
}

// tick is the unit of times in /proc: USER_HZ, which is 100 on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// cpu is the processor time of a process; with children also that of those that it waited for.
func cpu(pid int, children bool) time.Duration {
	fields := statFields(pid)
	if len(fields) < 15 {
		return 0
	}
	ticks := int64(0)
	for i, field := range fields[11:15] { // utime, stime, cutime, cstime
		if n, err := strconv.ParseInt(field, 10, 64); err == nil && (i < 2 || children) {
			ticks += n
		}
	}
	return time.Duration(ticks) * tick
}

// statFields are those of /proc/pid/stat after the name, which may hold blanks.
func statFields(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	return strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
}

// databaseCPU is the processor time of the private database: its postmaster, all its processes, and those that ended.
func (c *cluster) databaseCPU() time.Duration {
	parent := c.postmaster()
	if parent == 0 {
		return 0
	}
	total := cpu(parent, true)
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return total
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if fields := statFields(pid); len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			total += cpu(pid, false)
		}
	}
	return total
}
