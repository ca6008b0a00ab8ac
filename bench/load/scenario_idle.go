package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// populate opens all people of a run; the first workers of them hold conversations.
func (r *run) populate(ctx context.Context, o options, supervisors int) error {
	places := placesFor(o.Guests + o.Workers + supervisors)
	began := time.Now()
	if err := r.openStaff(ctx, o.Workers+supervisors, supervisors, o.Guests, places); err != nil {
		return err
	}
	progress("%d accounts after %v", o.Workers+supervisors, time.Since(began).Round(time.Second))
	if err := r.openGuests(ctx, o.Guests, places); err != nil {
		return err
	}
	progress("%d families after %v", o.Guests, time.Since(began).Round(time.Second))
	if err := r.hold(ctx, o.Held); err != nil {
		return err
	}
	progress("%d conversations are held after %v", o.Held, time.Since(began).Round(time.Second))
	return nil
}

// gather opens all people of a run and connects them.
func (r *run) gather(ctx context.Context, into *report) error {
	if err := r.populate(ctx, r.bench.options, 0); err != nil {
		return err
	}
	return r.online(ctx, into)
}

// online connects everybody: the workers first, so that nobody counts as away.
func (r *run) online(ctx context.Context, into *report) error {
	if _, err := r.connect(ctx, r.workers); err != nil {
		return fmt.Errorf("connect workers: %w", err)
	}
	took, err := r.connect(ctx, r.guests)
	if err != nil {
		return fmt.Errorf("connect families: %w", err)
	}
	progress("%d families are connected after %v", len(r.guests), took.Round(time.Second))
	into.figure("sockets", float64(len(r.guests)+len(r.workers)), "")
	into.figure("connected and caught up", float64(len(r.guests))/took.Seconds(), "1/s")
	return nil
}

// idleCommand measures what a socket costs that does nothing.
type idleCommand struct{}

func (*idleCommand) Run(ctx context.Context, o *options) error { return o.measure(ctx, idle) }

// socketTarget is the most memory of a socket, in KB.
const socketTarget = 20

func idle(ctx context.Context, r *run) (*report, error) {
	b := r.bench
	found := &report{Scenario: fmt.Sprintf("idle: %d families, %d workers, nothing is said", b.Guests, b.Workers)}
	o := b.options
	o.Held = 0
	if err := r.populate(ctx, o, 0); err != nil {
		return nil, err
	}
	n := r.cluster.nodes[0]
	before, err := n.memory(ctx, b.Rest)
	if err != nil {
		return nil, err
	}
	heapBefore, goroutines := n.heap(ctx), n.goroutines(ctx)
	if err := r.online(ctx, found); err != nil {
		return nil, err
	}
	since := r.cost(ctx)
	after, err := n.memory(ctx, b.Rest)
	if err != nil {
		return nil, err
	}
	sockets := float64(len(r.guests) + len(r.workers))
	found.figure("memory before", float64(before)/1024, "KB")
	found.figure("memory with sockets", float64(after)/1024, "KB")
	found.figure("memory of a socket", float64(after-before)/1024/sockets, "KB", socketTarget)
	if heap := n.heap(ctx); heap.goroutines > 0 {
		found.figure("of that heap", float64(heap.heap-heapBefore.heap)/1024/sockets, "KB")
		found.figure("of that stacks", float64(heap.stack-heapBefore.stack)/1024/sockets, "KB")
		found.figure("goroutines of a socket", float64(int(heap.goroutines)-goroutines)/sockets, "")
	}
	r.costs(ctx, found, since)
	return found, nil
}

// heapUse is where a node's memory goes.
type heapUse struct{ heap, stack, goroutines int64 }

var heapLine = regexp.MustCompile(`(?m)^# (HeapInuse|StackInuse) = (\d+)$|^# Stack = (\d+)`)

// heap collects a node's garbage and reads what is left, where the node has a debug address.
func (n *node) heap(ctx context.Context) (use heapUse) {
	text, err := n.profile(ctx, "heap?gc=1&debug=1")
	if err != nil {
		return use
	}
	for _, m := range heapLine.FindAllStringSubmatch(string(text), -1) {
		value, _ := strconv.ParseInt(m[2]+m[3], 10, 64)
		if m[1] == "HeapInuse" {
			use.heap = value
		} else {
			use.stack = value
		}
	}
	use.goroutines = int64(n.goroutines(ctx))
	return use
}
