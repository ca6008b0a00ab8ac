// Package llm asks language models through any OpenAI-compatible endpoint: to understand more, find more and explain
// better. It decides nothing. What a model says is data until the caller's check has passed it, and every job has a
// fall-back without a model. People's words are masked before they leave the machine (package mask).
package llm

import (
	"errors"
	"time"

	"xiaohe/prompts"
)

// Job is what a model is asked for. Each has a prompt of its name, a time limit, and may have a model of its own.
type Job string

// The jobs.
const (
	Extraction Job = "extraction" // facts of a family out of a message
	Rewriting  Job = "rewriting"  // a lay question in the words of policy
	Prose      Job = "prose"      // an answer in plain words over clauses and the card
	Opinion    Job = "opinion"    // a second opinion on danger
	Summary    Job = "summary"    // of a conversation, for the worker who takes over
	Questions  Job = "questions"  // lay questions that a clause answers, at ingestion
)

// Jobs lists all of them.
var Jobs = []Job{Extraction, Rewriting, Prose, Opinion, Summary, Questions}

// Call is one question to a model.
type Call struct {
	Job    Job
	Fields []prompts.Field // the data that the job's prompt speaks of
	Schema []byte          // of the answer, where the job's own is too wide; nil: the job's own
	Parts  bool            // the caller refuses what is wrong piece by piece: the answer is held to the job's own schema only
	Owner  string          // whose budget it is: a conversation or a key, never a name; empty: the program's own work
}

// Answer is what a model said, valid by the schema, with the masked words put back.
type Answer struct {
	JSON   []byte
	Prompt string // prose@3
	Model  string
}

// Why there is no answer. All of them mean: go on without a model.
var (
	ErrOff      = errors.New("llm: no model for this job")
	ErrDown     = errors.New("llm: the endpoint does not answer") // breaker open, network, server error, time-out
	ErrBusy     = errors.New("llm: too many calls at once")
	ErrBudget   = errors.New("llm: the day's tokens are used up")
	ErrFiltered = errors.New("llm: the provider refused the text") // a content filter: means something to triage
	ErrInvalid  = errors.New("llm: the answer is not what was asked for")
	ErrStopped  = errors.New("llm: the caller gave up")
)

// Record is one call, for metrics and the audit log: it holds no text.
type Record struct {
	Job      Job
	Model    string
	Prompt   string
	Owner    string
	Outcome  string // ok, cached, down, busy, budget, filtered, invalid, stopped
	Attempts int
	Input    int // tokens
	Output   int
	First    time.Duration // until the first byte of a stream
	Took     time.Duration
}
