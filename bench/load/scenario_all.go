package main

import (
	"context"
	"time"
)

// allCommand runs all scenarios, each with a fresh start of the program.
type allCommand struct{}

func (*allCommand) Run(ctx context.Context, o *options) error {
	b, err := o.prepare(ctx)
	if err != nil {
		return err
	}
	found, err := b.echoes(ctx)
	if err == nil {
		err = b.tell(found)
	}
	handover := handoverCommand{Every: time.Second, Tickets: 120}
	for _, do := range []scenario{
		b.idle, b.send, b.storm,
		func(ctx context.Context, r *run) (*report, error) { return b.handover(ctx, r, handover) },
		(&claimCommand{Races: 20, Racers: 100, Tickets: 5000, Takers: 32}).run,
	} {
		if err != nil {
			return err
		}
		err = b.with(ctx, do)
	}
	if err != nil {
		return err
	}
	b.Nodes = max(b.Nodes, 2)
	return b.with(ctx, func(ctx context.Context, r *run) (*report, error) { return b.chaos(ctx, r, 40*time.Second) })
}
