package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// node is one process of the program under test.
type node struct {
	name   string
	listen string // address of its pages
	debug  string // address of net/http/pprof; empty without
	args   []string
	env    []string
	log    string // file
	binary string

	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{} // closed when the process has ended
}

// startWithin is long: the first start makes a database and loads the knowledge into it.
const startWithin = 5 * time.Minute

// start runs the process and waits until it answers.
func (n *node) start(ctx context.Context) error {
	log, err := os.OpenFile(n.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(n.binary, n.args...)
	cmd.Env = append(os.Environ(), n.env...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the load run, which stops it in order
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", n.name, err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	n.mu.Lock()
	n.cmd, n.ended = cmd, ended
	n.mu.Unlock()
	return n.await(ctx)
}

func (n *node) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for {
		response, err := http.Get("http://" + n.listen + "/readyz")
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer; see %s: %w", n.name, n.log, ctx.Err())
		case <-n.ended:
			return fmt.Errorf("%s ended while it started; see %s", n.name, n.log)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (n *node) pid() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd == nil {
		return 0
	}
	return n.cmd.Process.Pid
}

// alive tells whether the process runs.
func (n *node) alive() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cmd == nil {
		return false
	}
	select {
	case <-n.ended:
		return false
	default:
		return true
	}
}

// signal sends a signal and waits until the process has ended.
func (n *node) signal(s syscall.Signal) {
	if !n.alive() {
		return
	}
	_ = syscall.Kill(n.pid(), s)
	select {
	case <-n.ended:
	case <-time.After(time.Minute):
		_ = syscall.Kill(n.pid(), syscall.SIGKILL)
		<-n.ended
	}
}

// cluster is the nodes of a run over one database.
type cluster struct {
	folder string // of all files of the run
	data   string // of the private database; empty where the database is somebody else's
	url    string // of the database
	nodes  []*node
}

// newCluster prepares nodes. They share a private database in the folder, unless a URL names another one.
func newCluster(folder, binary, database string, count int, debug bool) (*cluster, error) {
	c := &cluster{folder: folder, url: database}
	where := []string{"--data", filepath.Join(folder, "postgres")} // keys lie beside it, wherever the database is
	if database == "" {
		c.data = where[1]
	} else {
		where = append(where, "--database", database)
	}
	for i := range count {
		listen, err := freePort()
		if err != nil {
			return nil, err
		}
		n := &node{name: fmt.Sprintf("node %d", i+1), listen: listen, binary: binary,
			args: append([]string{"serve", "--listen", listen}, where...), log: filepath.Join(folder, fmt.Sprintf("node%d.log", i+1))}
		if debug {
			if n.debug, err = freePort(); err != nil {
				return nil, err
			}
			n.env = append(n.env, "XIAOHE_BENCH_DEBUG="+n.debug)
		}
		c.nodes = append(c.nodes, n)
	}
	return c, nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// start starts the nodes one after the other: the first one makes the database.
func (c *cluster) start(ctx context.Context) error {
	for _, n := range c.nodes {
		if err := n.start(ctx); err != nil {
			return err
		}
	}
	if c.url != "" {
		return nil
	}
	if err := c.findDatabase(); err != nil || c.nodes[0].debug == "" {
		return err
	}
	if err := c.watchStatements(ctx); err != nil {
		return fmt.Errorf("count the database's statements: %w", err)
	}
	return c.nodes[0].await(ctx)
}

// stop ends the nodes, the keeper of the database last.
func (c *cluster) stop() {
	for i := len(c.nodes) - 1; i >= 0; i-- {
		c.nodes[i].signal(syscall.SIGTERM)
	}
}

// address is a living node's, another one for each turn.
func (c *cluster) address(turn int) (string, error) {
	for i := range c.nodes {
		if n := c.nodes[(turn+i)%len(c.nodes)]; n.alive() {
			return n.listen, nil
		}
	}
	return "", errors.New("no node lives")
}
