package main

import (
	"context"
	"os"
	"testing"
	"time"

	"xiaohe/bench/ledger"
	"xiaohe/database/dbtest"
)

// A few people talk for two seconds with the real program. How long anything takes is no matter here.
func TestNothingIsLostInASmallRun(t *testing.T) {
	t.Parallel()
	o := options{Guests: 16, Workers: 4, Held: 12, Rate: 4, Bot: 1, Lasting: 2 * time.Second, Nodes: 1, Database: dbtest.URL(t)}
	b := prepared(t, o)
	var found *report
	if err := b.with(t.Context(), kept(&found, send)); err != nil {
		t.Fatal(err)
	}
	if v := found.Verdict; v == nil || v.Sent < 10 || v.Acked != v.Sent || v.Delivered < 2*v.Sent || !v.Clean() {
		t.Fatalf("%+v", v)
	}
}

// Two nodes, and connections that break while people talk: everybody comes back and has everything.
func TestNothingIsLostWhenConnectionsBreak(t *testing.T) {
	t.Parallel()
	o := options{Guests: 10, Workers: 4, Held: 8, Rate: 4, Nodes: 2, Database: dbtest.URL(t)}
	b := prepared(t, o)
	var found *report
	if err := b.with(t.Context(), kept(&found, storm)); err != nil {
		t.Fatal(err)
	}
	if v := found.Verdict; v == nil || v.Acked == 0 || v.Acked != v.Sent || !v.Clean() {
		t.Fatalf("%+v", v)
	}
}

func TestAQueueIsWorkedOffInItsOrder(t *testing.T) {
	t.Parallel()
	b := prepared(t, options{Nodes: 1, Database: dbtest.URL(t)})
	if err := b.with(t.Context(), (&claimCommand{Races: 3, Racers: 6, Tickets: 40, Takers: 4}).run); err != nil {
		t.Fatal(err)
	}
}

func TestTheEchoServerAnswersEachMessage(t *testing.T) {
	t.Parallel()
	b := prepared(t, options{Guests: 30, Workers: 10, Held: 20, Rate: 8, Lasting: time.Second})
	found, err := b.echoes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Figures) != 3 || len(found.Times) != 1 || found.Times[0].N != 8 {
		t.Errorf("%+v", found)
	}
}

// kept keeps a scenario's report.
func kept(into **report, scenario scenario) scenario {
	return func(ctx context.Context, r *run) (*report, error) {
		found, err := scenario(ctx, r)
		*into = found
		return found, err
	}
}

func prepared(t *testing.T, o options) *bench {
	t.Helper()
	o.Folder = t.TempDir()
	b, err := o.prepare()
	if err != nil {
		t.Fatal(err)
	}
	b.warm = 0
	return b
}

func TestOptionsThatTheServersLimitsForbidAreRefused(t *testing.T) {
	t.Parallel()
	good := options{Guests: 5000, Workers: 200, Held: 1000, Rate: 200}
	if err := good.check(); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*options){
		"more held than there are":     func(o *options) { o.Held = 5001 },
		"more held than workers carry": func(o *options) { o.Workers = 49 },
		"families write too fast":      func(o *options) { o.Held = 300 },
		"workers write too fast":       func(o *options) { o.Workers = 150 },
		"too much for the bot":         func(o *options) { o.Bot = 1001 },
	} {
		bad := good
		spoil(&bad)
		if bad.check() == nil {
			t.Error(name)
		}
	}
}

func TestAReportThatLostSomethingFails(t *testing.T) {
	t.Parallel()
	if (&report{}).failed() || (&report{Verdict: &ledger.Verdict{Sent: 3, Acked: 3}}).failed() {
		t.Error("a good one fails")
	}
	for _, v := range []ledger.Verdict{{Lost: 1}, {Doubled: 1}, {Misordered: 1}, {Wrong: 1}} {
		if !(&report{Verdict: &v}).failed() {
			t.Errorf("%+v passes", v)
		}
	}
}

func TestTheCostOfThisProcessIsRead(t *testing.T) {
	t.Parallel()
	if memory, err := rss(os.Getpid()); err != nil || memory < 1<<20 {
		t.Errorf("%d bytes, %v", memory, err)
	}
	if _, err := rss(-1); err == nil {
		t.Error("no process has memory")
	}
}
