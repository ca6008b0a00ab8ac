package llm

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Connection is an endpoint that answers with numbers: what Vectors and Ranking have in common.
type Connection struct {
	URL         string
	Key         string
	Model       string
	Local       bool                  // questions are not masked
	Concurrency int                   // requests at once; 0: 4
	Registry    prometheus.Registerer // nil: no metrics
	Logger      *slog.Logger          // nil: slog.Default
}

// What calls for numbers are counted as, beside the jobs of language models. They have no prompt.
const (
	embedQuestion Job = "embed-question"
	embedPassage  Job = "embed-passage"
	rerank        Job = "rerank"
)

// connected is a connection that is open.
type connected struct {
	at    *endpoint
	meter *meter
}

// connectionConcurrency is how many requests run at once where the settings do not say.
const connectionConcurrency = 4

// open connects under the endpoint's name: embed, rerank. Errors are of settings: ErrURL, ErrUnsafeURL, ErrNoModel.
func (c Connection) open(name string) (*connected, error) {
	address, err := Endpoint(c.URL)
	if err != nil {
		return nil, err
	}
	if c.Model == "" {
		return nil, ErrNoModel
	}
	if c.Concurrency <= 0 {
		c.Concurrency = connectionConcurrency
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	at := newEndpoint(name, address, c.Key, c.Concurrency, breakerOpen, c.Logger)
	m, err := newMeter(c.Registry, at)
	return &connected{at, m}, err
}

// ask runs one question and counts what it came to. Work fills in the attempts and the tokens. Where the endpoint is known
// to be down there is no work; background is work that nobody waits for.
func (c *connected) ask(ctx context.Context, r Record, background bool, work func(r *Record) error) error {
	if c.at.isOpen() {
		c.meter.count(r, "down")
		return ErrDown
	}
	began := time.Now()
	err := c.inPlace(ctx, background, func() error { return work(&r) })
	r.Outcome, r.Took = outcome(err), time.Since(began)
	c.meter.observe(r)
	return err
}

func (c *connected) inPlace(ctx context.Context, background bool, work func() error) error {
	leave, err := c.at.enter(ctx, background)
	if err != nil {
		return err
	}
	defer leave()
	return work()
}

// Close lets go of network connections that wait for use.
func (c *connected) Close() { c.at.close() }
