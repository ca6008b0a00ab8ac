package bus

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// quiet is how long a connection may be silent before it is tried.
const quiet = 30 * time.Second

// listen hears the other nodes. What is sent while no connection listens is gone for good: after each new connection
// everything is read anew.
func (b *Bus) listen(ctx context.Context, channel string) {
	work := func(ctx context.Context, conn *pgx.Conn) error { return b.listenOn(ctx, conn, channel) }
	b.again(ctx, "listens", work, func(err error) { b.log.Error("listening to other nodes failed", "error", err) })
}

func (b *Bus) listenOn(ctx context.Context, conn *pgx.Conn, channel string) error {
	within, cancel := context.WithTimeout(ctx, statementTime)
	defer cancel()
	if _, err := conn.Exec(within, `LISTEN `+pgx.Identifier{channel}.Sanitize()); err != nil {
		return err
	}
	if err := b.register(within, conn); err != nil {
		return err
	}
	if err := notify(within, conn, channel, payload(b.node, []string{hello})); err != nil {
		return err
	}
	b.resync()
	b.once.Do(func() { close(b.ready) })
	for {
		heard, err := next(ctx, conn)
		if err != nil {
			return err
		}
		if heard != "" {
			b.hear(heard)
		}
	}
}

// next waits for a notification. It is empty where none came for so long that the connection had to be tried.
func next(ctx context.Context, conn *pgx.Conn) (string, error) {
	within, cancel := context.WithTimeout(ctx, quiet)
	n, err := conn.WaitForNotification(within)
	silent := within.Err() != nil && ctx.Err() == nil
	cancel()
	switch {
	case err == nil:
		return n.Payload, nil
	case !silent:
		return "", err
	}
	within, cancel = context.WithTimeout(ctx, statementTime)
	defer cancel()
	_, err = conn.Exec(within, `SELECT 1`)
	return "", err
}

// hear passes on what another node sent.
func (b *Bus) hear(text string) {
	node, items := unpack(text)
	if node == b.node || len(items) == 0 {
		return
	}
	if slices.Contains(items, hello) {
		b.met()
	}
	if slices.Contains(items, All) {
		b.resync()
		return
	}
	items = slices.DeleteFunc(items, func(item string) bool { return item == hello })
	if len(items) > 0 {
		b.receive(items)
	}
}
