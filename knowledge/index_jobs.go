package knowledge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// Embedding is the work of River jobs in a queue of their own. Every node looks every few seconds whether a text lacks its
// vector, so a document that anything has put is embedded soon, and inserts a job where none is waiting. The job does what
// is missing, whatever that is: one that comes twice, or after a node was killed, goes on where the work stands.
const (
	indexQueue     = "index"
	questionsQueue = "questions"
	indexEvery     = 5 * time.Second
	indexSlice     = 5 * time.Minute // of work, then the job makes room for another
	indexTimeout   = 30 * time.Second
	probeWithin    = 5 * time.Second
)

// indexJob embeds what has no vector.
type indexJob struct{}

// Kind names the job in River's table.
func (indexJob) Kind() string { return "knowledge.index" }

// InsertOpts keeps embedding out of the way of other jobs.
func (indexJob) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: indexQueue, MaxAttempts: 3}
}

type indexWorker struct {
	river.WorkerDefaults[indexJob]
	store *Store
}

// Work implements river.Worker.
func (w *indexWorker) Work(ctx context.Context, _ *river.Job[indexJob]) error {
	return inSlice(ctx, func(ctx context.Context) error { _, err := w.store.fillAlone(ctx, nil); return err })
}

// Timeout implements river.Worker.
func (w *indexWorker) Timeout(*river.Job[indexJob]) time.Duration { return indexSlice + indexTimeout }

// inSlice works for a time. What is left then goes on in the next slice, or with the next start.
func inSlice(ctx context.Context, work func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, indexSlice)
	defer cancel()
	err := work(ctx)
	if ctx.Err() != nil {
		return river.JobSnooze(0)
	}
	return err
}

// questionsJob writes questions for clauses that have none.
type questionsJob struct{}

// Kind names the job in River's table.
func (questionsJob) Kind() string { return "knowledge.questions" }

// InsertOpts keeps a slow model out of the way of everything else.
func (questionsJob) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: questionsQueue, MaxAttempts: 3}
}

type questionsWorker struct {
	river.WorkerDefaults[questionsJob]
	store *Store
}

// Work implements river.Worker.
func (w *questionsWorker) Work(ctx context.Context, _ *river.Job[questionsJob]) error {
	return inSlice(ctx, func(ctx context.Context) error { return w.store.WriteQuestions(ctx, nil) })
}

// Timeout implements river.Worker.
func (w *questionsWorker) Timeout(*river.Job[questionsJob]) time.Duration {
	return indexSlice + indexTimeout
}

// RunIndex keeps the index complete until ctx ends. Any number of nodes may run it; without a model it only waits. An
// endpoint or a database that is away for a while is waited for.
func (s *Store) RunIndex(ctx context.Context, log *slog.Logger) error {
	if s.meaning == nil && s.questioner == nil {
		<-ctx.Done()
		return nil
	}
	queues, workers := map[string]river.QueueConfig{}, river.NewWorkers()
	if s.meaning != nil {
		queues[indexQueue] = river.QueueConfig{MaxWorkers: 1}
		river.AddWorker(workers, &indexWorker{store: s})
	}
	if s.questioner != nil {
		queues[questionsQueue] = river.QueueConfig{MaxWorkers: 1}
		river.AddWorker(workers, &questionsWorker{store: s})
	}
	client, err := river.NewClient(riverpgxv5.New(s.db), &river.Config{
		Queues:                 queues,
		Workers:                workers,
		Logger:                 log,
		PollOnly:               true,
		LeaderElectionDisabled: true, // the ladder's client leads: it knows the jobs that must not be dropped
		SoftStopTimeout:        2 * time.Second,
	})
	if err != nil {
		return fmt.Errorf("prepare the jobs of the index: %w", err)
	}
	var all sync.WaitGroup
	all.Go(func() { s.runIndexJobs(ctx, client, log) })
	if s.meaning != nil {
		prepared := false
		all.Go(func() {
			s.runSweeps(ctx, log, func(ctx context.Context) error { return s.sweepIndex(ctx, client, &prepared) })
		})
	}
	if s.questioner != nil {
		all.Go(func() {
			s.runSweeps(ctx, log, func(ctx context.Context) error { return s.sweepQuestions(ctx, client) })
		})
	}
	all.Wait()
	return nil
}

// runIndexJobs works the jobs until ctx ends. It starts anew where the database was away.
func (s *Store) runIndexJobs(ctx context.Context, client *river.Client[pgx.Tx], log *slog.Logger) {
	for ctx.Err() == nil {
		err := client.Start(ctx)
		if err == nil {
			<-client.Stopped()
			continue
		}
		if !errors.Is(err, context.Canceled) {
			log.WarnContext(ctx, "start the jobs of the index", "err", err)
		}
		s.pause(ctx, indexEvery)
	}
}

// runSweeps looks every few seconds whether there is work.
func (s *Store) runSweeps(ctx context.Context, log *slog.Logger, sweep func(context.Context) error) {
	told := ""
	for ; ctx.Err() == nil; s.pause(ctx, indexEvery) {
		within, cancel := context.WithTimeout(ctx, indexTimeout)
		err := sweep(within)
		cancel()
		text := ""
		if err != nil && ctx.Err() == nil {
			if text = err.Error(); text != told { // an endpoint that is away is told once
				log.WarnContext(ctx, "keep the index; searches go on without it", "err", err)
			}
		}
		told = text
	}
}

// sweepIndex makes the generation of the connected model, once, and then sees to it that what lacks a vector gets one.
func (s *Store) sweepIndex(ctx context.Context, client *river.Client[pgx.Tx], prepared *bool) error {
	if !s.meaning.downSince().IsZero() { // nobody may be searching: look whether it is back
		probe, cancel := context.WithTimeout(ctx, probeWithin)
		defer cancel()
		if _, err := s.meaning.embed(probe, s.meaning.embedder, []string{probeText}, true); err != nil {
			return err
		}
	}
	if !*prepared {
		if err := s.Prepare(ctx, false); err != nil {
			return err
		}
		*prepared = true
	}
	generations, err := s.openGenerations(ctx)
	if err != nil {
		return fmt.Errorf("read the generations of the index: %w", err)
	}
	for _, g := range generations {
		if _, err := s.meaning.of(g.Model); err != nil {
			continue
		}
		lacks, err := s.lacks(ctx, g.ID)
		if err != nil {
			return err
		}
		if lacks || g.State == Building {
			return s.schedule(ctx, client, indexJob{}, indexLock)
		}
	}
	return s.dropRetired(ctx)
}

// sweepQuestions sees to it that clauses without questions get some.
func (s *Store) sweepQuestions(ctx context.Context, client *river.Client[pgx.Tx]) error {
	var lacks bool
	err := s.db.QueryRow(ctx, `SELECT EXISTS (SELECT `+questionsLacking+`)`, s.questioner.Prompt(), minQuestioned).Scan(&lacks)
	if err != nil {
		return fmt.Errorf("look for clauses without questions: %w", err)
	}
	if !lacks {
		return nil
	}
	return s.schedule(ctx, client, questionsJob{}, questionsLock)
}

// schedule inserts a job unless one is waiting or somebody is at work. A job that is marked as running may belong to a node
// that is gone: the lock of the work, not the table of jobs, says who works.
func (s *Store) schedule(ctx context.Context, client *river.Client[pgx.Tx], job river.JobArgs, lock string) error {
	var waiting bool
	err := s.db.QueryRow(ctx, `SELECT NOT pg_try_advisory_xact_lock(`+lock+`) OR EXISTS (SELECT FROM river_job WHERE kind = $1
		AND (state = 'available' OR state IN ('retryable', 'scheduled') AND scheduled_at > now() - interval '1 minute'))`, job.Kind()).Scan(&waiting)
	if err == nil && !waiting {
		_, err = client.Insert(ctx, job, nil)
	}
	if err != nil {
		return fmt.Errorf("schedule %s: %w", job.Kind(), err)
	}
	return nil
}

// stir has the sweep of this node look at once: something was put.
func (s *Store) stir() {
	select {
	case s.stirred <- struct{}{}:
	default: // it will look
	}
}

// pause waits, or until something was put or ctx ends.
func (s *Store) pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-s.stirred:
	}
}
