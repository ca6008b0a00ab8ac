package bus

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// A node is registered anew every beatEvery and counts as gone after goneAfter.
const (
	beatEvery = 5 * time.Second
	goneAfter = 15 * time.Second
)

// How long a statement may take, and how long a node waits before it tries again.
const (
	statementTime = 5 * time.Second
	firstWait     = 100 * time.Millisecond
	longestWait   = 5 * time.Second
)

// hello is the item that a new node sends: from now on it has to be told.
const hello = "+"

// with runs work on a connection of its own. What it is for stands in pg_stat_activity, with the node's name.
func (b *Bus) with(ctx context.Context, purpose string, work func(context.Context, *pgx.Conn) error) error {
	config := b.config.Copy()
	config.RuntimeParams["application_name"] = "xiaohe " + purpose + " " + b.node
	within, cancel := context.WithTimeout(ctx, statementTime)
	conn, err := pgx.ConnectConfig(within, config)
	cancel()
	if err != nil {
		return err
	}
	defer func() {
		within, cancel := context.WithTimeout(context.Background(), statementTime)
		defer cancel()
		_ = conn.Close(within)
	}()
	return work(ctx, conn)
}

// again runs work on a connection of its own, and after each failure anew on another one, until ctx ends.
func (b *Bus) again(ctx context.Context, purpose string, work func(context.Context, *pgx.Conn) error, failed func(error)) {
	for wait := firstWait; ctx.Err() == nil; wait = min(2*wait, longestWait) {
		began := time.Now()
		err := b.with(ctx, purpose, work)
		if ctx.Err() != nil {
			return
		}
		failed(err)
		if time.Since(began) > longestWait {
			wait = firstWait
		}
		if !pause(ctx, wait) {
			return
		}
	}
}

// send is the one goroutine that notifies. After a failure it goes on with a fresh connection; what was under way then
// is made up for by All.
func (b *Bus) send(ctx context.Context, channel string) {
	work := func(ctx context.Context, conn *pgx.Conn) error {
		defer b.leave(conn)
		return b.sendOn(ctx, conn, channel)
	}
	b.again(ctx, "notifies", work, func(err error) {
		b.log.Error("telling other nodes failed", "error", err)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.alone = false // nobody knows
		b.outbox.add(All)
	})
}

// sendOn notifies and keeps the node registered, until something fails or ctx ends.
func (b *Bus) sendOn(ctx context.Context, conn *pgx.Conn, channel string) error {
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	if err := b.register(ctx, conn); err != nil {
		return err
	}
	for {
		if err := b.flush(conn, channel); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return b.flush(conn, channel)
		case <-b.signal:
		case <-beat.C:
			if err := b.register(ctx, conn); err != nil {
				return err
			}
			continue
		}
		select { // what comes in the next moment goes along
		case <-ctx.Done():
		case <-time.After(sendEvery):
		}
	}
}

// flush sends what is waiting. It does so also when the program ends: the others are to know what was done last.
func (b *Bus) flush(conn *pgx.Conn, channel string) error {
	b.mu.Lock()
	due := b.outbox
	b.outbox = items{}
	b.mu.Unlock()
	if due.len() == 0 {
		return nil
	}
	return notify(context.Background(), conn, channel, payload(b.node, due.order))
}

func notify(ctx context.Context, conn *pgx.Conn, channel, payload string) error {
	ctx, cancel := context.WithTimeout(ctx, statementTime)
	defer cancel()
	_, err := conn.Exec(ctx, `SELECT pg_notify($1, $2)`, channel, payload)
	return err
}

// register says that this node lives, and finds out whether others do.
func (b *Bus) register(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, statementTime)
	defer cancel()
	if _, err := conn.Exec(ctx, `INSERT INTO nodes (id, beat_at) VALUES ($1, now()) ON CONFLICT (id) DO UPDATE SET beat_at = now()`, b.node); err != nil {
		return err
	}
	var others bool
	err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM nodes WHERE id <> $1 AND beat_at > now() - $2::interval)`, b.node, goneAfter).Scan(&others)
	if err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, `DELETE FROM nodes WHERE beat_at < now() - $1::interval`, 10*goneAfter); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if others {
		b.seen = time.Now()
	}
	// The register is lost with a crash of the database: another node may live without standing in it.
	b.alone = time.Since(b.seen) > goneAfter
	return nil
}

// leave takes the node out of the register.
func (b *Bus) leave(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), statementTime)
	defer cancel()
	_, _ = conn.Exec(ctx, `DELETE FROM nodes WHERE id = $1`, b.node) // what is not removed counts as gone after a while
}

// met is called when another node says hello. What was not sent before, because this node believed itself alone, the
// other one has to read.
func (b *Bus) met() {
	b.mu.Lock()
	b.alone, b.seen = false, time.Now()
	b.outbox.add(All)
	b.mu.Unlock()
	wake(b.signal)
}
