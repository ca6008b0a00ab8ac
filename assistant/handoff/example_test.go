package handoff_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/assistant/audit"
	"xiaohe/assistant/handoff"
)

// A worker presses 下一位, answers, and ends the ticket. Every command names the epoch that its author has seen; whoever
// comes late reads who was faster.
func ExampleStore_ClaimNext() {
	answer := func(ctx context.Context, pool *pgxpool.Pool, wang audit.Actor) error {
		queue := handoff.New(pool, slog.Default(), func(c handoff.Change) { /* tell sockets and other nodes */ })
		ticket, err := queue.ClaimNext(ctx, wang)
		if err != nil || ticket == nil { // nil: nobody waits for this person
			return err
		}
		// … the conversation …
		err = queue.Close(ctx, wang, ticket.ID, ticket.Epoch, handoff.Closing{Outcome: "已答复"})
		var late *handoff.ConflictError
		if errors.As(err, &late) {
			fmt.Println("已由", late.Owner, "处理")
			return nil
		}
		return err
	}
	_ = answer
}
