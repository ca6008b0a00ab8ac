package main

import (
	"context"
	"time"
)

// allCommand runs all scenarios, each with a fresh start of the program.
type allCommand struct{}

func (*allCommand) Run(ctx context.Context, o *options) error {
	b, err := o.prepare()
	if err != nil {
		return err
	}
	found, err := b.echoes(ctx)
	if err != nil {
		return err
	}
	if err := b.tell(found); err != nil {
		return err
	}
	for _, do := range []scenario{
		idle, send, storm,
		(&handoverCommand{Every: time.Second, Tickets: 120}).run,
		(&claimCommand{Races: 20, Racers: 100, Tickets: 5000, Takers: 32}).run,
	} {
		if err := b.with(ctx, do); err != nil {
			return err
		}
	}
	b.Nodes = max(b.Nodes, 2)
	return b.with(ctx, (&chaosCommand{Every: 40 * time.Second}).run)
}
