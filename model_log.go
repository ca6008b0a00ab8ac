package main

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"xiaohe/assistant/audit"
	"xiaohe/assistant/llm"
	"xiaohe/knowledge"
)

// callLog writes what calls of language models come to into the audit log, in the background: a turn never waits for
// it. A row holds no text and not who asked.
type callLog struct {
	db      audit.DB
	log     *slog.Logger
	records chan llm.Record
	dropped atomic.Int64 // records that found the queue full, since the last row was written
	closing chan struct{}
	done    sync.WaitGroup
}

// callsQueued is how many records wait at most.
const callsQueued = 1024

func newCallLog(db audit.DB, log *slog.Logger) *callLog {
	l := &callLog{db: db, log: log, records: make(chan llm.Record, callsQueued), closing: make(chan struct{})}
	l.done.Go(l.run)
	return l
}

// record takes a record. Where the queue is full it is counted and lost.
func (l *callLog) record(r llm.Record) {
	select {
	case l.records <- r:
	default:
		l.dropped.Add(1)
	}
}

// close writes what still waits.
func (l *callLog) close() {
	close(l.closing)
	l.done.Wait()
}

func (l *callLog) run() {
	for {
		select {
		case r := <-l.records:
			l.write(r)
		case <-l.closing:
			for {
				select {
				case r := <-l.records:
					l.write(r)
				default:
					return
				}
			}
		}
	}
}

// modelCall is the data of a row.
type modelCall struct {
	Job      llm.Job `json:"job"`
	Model    string  `json:"model"`
	Prompt   string  `json:"prompt"`
	Outcome  string  `json:"outcome"`
	Attempts int     `json:"attempts"`
	Input    int     `json:"input_tokens"`
	Output   int     `json:"output_tokens"`
	FirstMS  int64   `json:"first_ms,omitempty"`
	TookMS   int64   `json:"took_ms"`
}

// callWithin is the longest that one row may take.
const callWithin = 5 * time.Second

func (l *callLog) write(r llm.Record) {
	ctx, cancel := context.WithTimeout(context.Background(), callWithin)
	defer cancel()
	entry := audit.Entry{Action: "model.called", ObjectKind: "model", ObjectID: r.Model, Result: "ok", Data: modelCall{
		Job: r.Job, Model: r.Model, Prompt: r.Prompt, Outcome: r.Outcome, Attempts: r.Attempts, Input: r.Input, Output: r.Output,
		FirstMS: r.First.Milliseconds(), TookMS: r.Took.Milliseconds(),
	}}
	if r.Outcome != "ok" {
		entry.Result = "error"
	}
	if err := audit.Append(ctx, l.db, audit.System, entry); err != nil {
		l.log.Error("write a model call", "error", err)
	}
	if n := l.dropped.Swap(0); n > 0 {
		l.log.Warn("model calls are missing in the audit log", "calls", n)
	}
}

// indexBuilt is the data of a row that tells what the building of vectors came to.
type indexBuilt struct {
	Model     string `json:"model"`
	Dimension int    `json:"dimension"`
	Texts     int    `json:"texts"` // that have been through the model
	Total     int    `json:"total"`
	Refused   int    `json:"refused"`
	Seconds   int64  `json:"seconds"`
}

// indexed writes into the audit log what the building of vectors came to. Single questions have no row: docs/模型.md.
func indexed(ctx context.Context, tx pgx.Tx, b knowledge.Built) error {
	entry := audit.Entry{Action: "index.built", ObjectKind: "index", ObjectID: strconv.Itoa(b.ID), Data: indexBuilt{
		Model: b.Model, Dimension: b.Dimension, Texts: b.Done, Total: b.Total, Refused: b.Refused, Seconds: int64(b.Took.Seconds()),
	}}
	if b.Failed {
		entry.Result = "error"
	}
	return audit.Append(ctx, tx, audit.System, entry)
}

// differences counts second opinions that differ much, by the level that the rules gave a message and the one that the model
// did. A registry has it once.
func differences(registry prometheus.Registerer) func(rules, model int) {
	counter := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "xiaohe_opinion_differences_total",
		Help: "Second opinions on messages in conversations that differ by two levels or more from rules and classifier."}, []string{"rules", "model"})
	registry.MustRegister(counter)
	return func(rules, model int) { counter.WithLabelValues(strconv.Itoa(rules), strconv.Itoa(model)).Inc() }
}
