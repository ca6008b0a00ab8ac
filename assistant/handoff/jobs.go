package handoff

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// Every rung and reminder has a River job at its time, and every node sweeps for what is overdue besides. River is the
// timer that spares the sweep; the sweep is the floor that holds when River's leader is gone. Both ask the ticket what is
// due, so a job that comes late, twice or for a ticket that is taken does nothing.
const (
	jobQueue     = "handoff"
	jobAttempts  = 5
	jobTimeout   = 30 * time.Second
	sweepEvery   = 5 * time.Second
	sweepTimeout = time.Minute
	settleAfter  = time.Minute
	stopTimeout  = 10 * time.Second
)

// rungJob is the time of a ticket's next rung.
type rungJob struct {
	Ticket uuid.UUID `json:"ticket"`
}

// Kind names the job in River's table.
func (rungJob) Kind() string { return "handoff.rung" }

// InsertOpts keeps the ladder out of the way of other jobs.
func (rungJob) InsertOpts() river.InsertOpts { return jobOpts }

var jobOpts = river.InsertOpts{Queue: jobQueue, MaxAttempts: jobAttempts}

func (j rungJob) ticket() uuid.UUID { return j.Ticket }

// inserter only inserts: it needs no pool, and no workers.
var inserter = sync.OnceValues(func() (*river.Client[pgx.Tx], error) {
	return river.NewClient(riverpgxv5.New(nil), &river.Config{})
})

// schedule inserts a job for a time in the transaction that set it. What is due already is left to the sweep: a job that
// is available at once would send a NOTIFY, and its lock, within this transaction.
func schedule(ctx context.Context, tx pgx.Tx, job timed, at *time.Time, now time.Time) error {
	if at == nil || !at.After(now) {
		return nil
	}
	client, err := inserter()
	if err != nil {
		return fmt.Errorf("schedule %s: %w", job.Kind(), err)
	}
	if _, err := client.InsertTx(ctx, tx, job, &river.InsertOpts{ScheduledAt: *at}); err != nil {
		return fmt.Errorf("schedule %s: %w", job.Kind(), err)
	}
	return nil
}

// timed is a job that does at its time what a sweep does of one ticket.
type timed interface {
	river.JobArgs
	ticket() uuid.UUID
}

// timer works such jobs.
type timer[J timed] struct {
	river.WorkerDefaults[J]
	store *Store
	sweep sweep
}

// Work implements river.Worker.
func (w *timer[J]) Work(ctx context.Context, job *river.Job[J]) error {
	_, err := w.store.sweepOne(ctx, w.sweep, job.Args.ticket())
	return err
}

// Timeout implements river.Worker.
func (w *timer[J]) Timeout(*river.Job[J]) time.Duration { return jobTimeout }

// Run keeps the queue moving until ctx ends: it fires rungs, takes tickets back from people who have gone, offers and
// ages them. Any number of nodes may run it. Run returns nil when ctx has ended and all
// that it began is done; a database that is away for a while is waited for.
func (s *Store) Run(ctx context.Context) error {
	client, err := s.jobs()
	if err != nil {
		return fmt.Errorf("prepare the ladder's jobs: %w", err)
	}
	var both sync.WaitGroup
	both.Go(func() { s.runJobs(ctx, client) })
	both.Go(func() { s.runSweeps(ctx) })
	both.Wait()
	return nil
}

// jobs is the client that works them. All are scheduled, and scheduled jobs become available in a pass every 5
// seconds: LISTEN would gain nothing and hold a connection.
func (s *Store) jobs() (*river.Client[pgx.Tx], error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &timer[rungJob]{store: s, sweep: rungs})
	river.AddWorker(workers, &timer[replyJob]{store: s, sweep: replies})
	return river.NewClient(riverpgxv5.New(s.db), &river.Config{
		Queues:          map[string]river.QueueConfig{jobQueue: {MaxWorkers: 4}},
		Workers:         workers,
		Logger:          s.log,
		PollOnly:        true,
		SoftStopTimeout: stopTimeout,
	})
}

// runJobs works River's jobs until ctx ends. It starts anew where the database was away.
func (s *Store) runJobs(ctx context.Context, client *river.Client[pgx.Tx]) {
	for ctx.Err() == nil {
		err := client.Start(ctx)
		if err == nil {
			<-client.Stopped()
			continue
		}
		if !errors.Is(err, context.Canceled) {
			s.log.WarnContext(ctx, "start the ladder's jobs", "err", err)
		}
		rest(ctx, sweepEvery)
	}
}

// runSweeps sweeps at once, since what was due while no node ran is late already, and then every few seconds. Who is
// there is judged only after the node and the database have run for a while without a break: after an outage everybody
// seems to have gone, and all of them are just coming back.
func (s *Store) runSweeps(ctx context.Context) {
	since, last := time.Now(), time.Now()
	for ctx.Err() == nil {
		err := s.ping(ctx)
		if err != nil || time.Since(last) > settleAfter/2 {
			since = time.Now()
		}
		if last = time.Now(); err == nil {
			err = s.sweepSafely(ctx, time.Since(since) >= settleAfter)
		}
		if err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "sweep the queue", "err", err)
		}
		rest(ctx, sweepEvery)
	}
}

// ping tells whether the database answers.
func (s *Store) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, sweepEvery)
	defer cancel()
	if _, err := s.db.Exec(ctx, `SELECT 1`); err != nil {
		return fmt.Errorf("reach the database: %w", err)
	}
	return nil
}

// sweepSafely keeps a mistake in a sweep from ending the server: the chat goes on, and the next sweep tries again.
func (s *Store) sweepSafely(ctx context.Context, settled bool) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, sweepTimeout)
	defer cancel()
	return s.sweep(ctx, settled)
}

// rest waits, or until ctx ends.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
