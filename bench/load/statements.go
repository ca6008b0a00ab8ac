package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"
)

// watchStatements has the private database count its statements, which takes a restart.
func (c *cluster) watchStatements(ctx context.Context) error {
	if err := c.execute(ctx, `ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'`); err != nil {
		return err
	}
	if err := syscall.Kill(c.postmaster(), syscall.SIGINT); err != nil {
		return err
	}
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		err := c.execute(ctx, `CREATE EXTENSION IF NOT EXISTS pg_stat_statements; SELECT pg_stat_statements_reset()`)
		if err == nil || time.Since(began) > time.Minute {
			return err
		}
	}
}

// execute runs one statement on a connection of its own.
func (c *cluster) execute(ctx context.Context, sql string) error {
	conn, err := pgx.Connect(ctx, c.url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, sql)
	return err
}

// statement is what one statement cost.
type statement struct {
	Calls   int64
	TotalMS float64
	MeanMS  float64
	Rows    int64
	Query   string
}

// statements writes down what the database did since the last reset: the dearest statements first. Parameters stand in
// none of them.
func (r *run) statements(ctx context.Context, file string, lasting time.Duration) error {
	rows, err := r.pool.Query(ctx, `SELECT calls, total_exec_time, mean_exec_time, rows, query FROM pg_stat_statements
		WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY total_exec_time DESC LIMIT 40`)
	if err != nil {
		return err
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[statement])
	if err != nil {
		return err
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }()
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "calls/s\tcores\tmean ms\trows/call\tstatement\t")
	for _, s := range all {
		query := strings.Join(strings.Fields(s.Query), " ")
		fmt.Fprintf(table, "%.1f\t%.4f\t%.3f\t%.1f\t%.160s\t\n", float64(s.Calls)/lasting.Seconds(), s.TotalMS/1000/lasting.Seconds(), s.MeanMS,
			float64(s.Rows)/float64(s.Calls), query)
	}
	return table.Flush()
}
