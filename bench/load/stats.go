package main

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// longest is the longest time that a histogram tells apart; anything above counts as that.
const longest = 10 * time.Minute

// clock gathers durations from many goroutines.
type clock struct {
	mu   sync.Mutex
	hist *hdrhistogram.Histogram
}

func newClock() *clock {
	return &clock{hist: hdrhistogram.New(1, longest.Microseconds(), 3)}
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.hist.RecordValue(min(max(d.Microseconds(), 1), longest.Microseconds())) // always within the bounds
}

// times are what a clock has gathered, in milliseconds.
type times struct {
	N   int64   `json:"n"`
	P50 float64 `json:"p50_ms"`
	P95 float64 `json:"p95_ms"`
	P99 float64 `json:"p99_ms"`
	Max float64 `json:"max_ms"`
}

func (c *clock) times() times {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := func(q float64) float64 { return float64(c.hist.ValueAtQuantile(q)) / 1000 }
	return times{c.hist.TotalCount(), at(50), at(95), at(99), float64(c.hist.Max()) / 1000}
}
