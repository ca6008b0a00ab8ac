package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// cost is what a stretch of a run used of the machine: cores of each process, and transactions of the database.
type cost struct {
	at       time.Time
	nodes    time.Duration
	database time.Duration
	client   time.Duration
	commits  int64
}

func (r *run) cost(ctx context.Context) cost {
	c := cost{at: time.Now(), database: r.cluster.databaseCPU(), client: cpu(os.Getpid(), false)}
	for _, n := range r.cluster.nodes {
		c.nodes += cpu(n.pid(), false)
	}
	// what is not known stays nought: the cost is a hint, no result
	_ = r.pool.QueryRow(ctx, `SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()`).Scan(&c.commits)
	return c
}

// costs adds to a report what was used since an earlier moment.
func (r *run) costs(ctx context.Context, into *report, since cost) {
	now := r.cost(ctx)
	seconds := now.at.Sub(since.at).Seconds()
	into.figure("program, cores", (now.nodes-since.nodes).Seconds()/seconds, "")
	into.figure("PostgreSQL, cores", (now.database-since.database).Seconds()/seconds, "")
	into.figure("load client, cores", (now.client-since.client).Seconds()/seconds, "")
	into.figure("database transactions", float64(now.commits-since.commits)/seconds, "1/s")
}

// memory waits until a node's memory is at rest, and returns it: the smallest of a while.
func (n *node) memory(ctx context.Context, within time.Duration) (int64, error) {
	progress("the memory of %s is watched for %v", n.name, within)
	least, err := rss(n.pid())
	for began := time.Now(); err == nil && time.Since(began) < within && ctx.Err() == nil; {
		time.Sleep(time.Second)
		var now int64
		now, err = rss(n.pid())
		least = min(least, now)
	}
	return least, err
}

var goroutineCount = regexp.MustCompile(`goroutine profile: total (\d+)`)

// goroutines is how many a node runs; 0 where it has no debug address.
func (n *node) goroutines(ctx context.Context) int {
	text, err := n.profile(ctx, "goroutine?debug=1")
	m := goroutineCount.FindSubmatch(text)
	if err != nil || m == nil {
		return 0
	}
	count, _ := strconv.Atoi(string(m[1]))
	return count
}

// profile reads one of net/http/pprof.
func (n *node) profile(ctx context.Context, name string) ([]byte, error) {
	if n.debug == "" {
		return nil, nil
	}
	request, err := http.NewRequestWithContext(ctx, "GET", "http://"+n.debug+"/debug/pprof/"+name, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	return io.ReadAll(response.Body)
}

// profiled takes a CPU profile of the first node, and counts the database's statements, while something runs; where the
// nodes have debug addresses.
func (r *run) profiled(ctx context.Context, name string, lasting time.Duration) (wait func()) {
	if r.cluster.nodes[0].debug == "" {
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := r.profile(ctx, name, lasting); err != nil {
			progress("no profile: %v", err)
		}
	}()
	return func() { <-done }
}

func (r *run) profile(ctx context.Context, name string, lasting time.Duration) error {
	n, file := r.cluster.nodes[0], filepath.Join(r.cluster.folder, name)
	counts := r.cluster.data != ""
	if counts {
		if _, err := r.pool.Exec(ctx, `SELECT pg_stat_statements_reset()`); err != nil {
			return err
		}
	}
	data, err := n.profile(ctx, fmt.Sprintf("profile?seconds=%d", max(1, int(lasting.Seconds()))))
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".pprof", data, 0o600); err != nil {
		return err
	}
	progress("profile: go tool pprof -top %s %s.pprof", n.binary, file)
	if !counts {
		return nil
	}
	progress("statements: %s.statements", file)
	return r.statements(ctx, file+".statements", lasting)
}
