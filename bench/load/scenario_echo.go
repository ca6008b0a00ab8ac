package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
)

// echoCommand measures the same client against a bare gorilla echo server: what the machine and the library cost.
type echoCommand struct{}

func (*echoCommand) Run(ctx context.Context, o *options) error {
	b, err := o.prepare()
	if err != nil {
		return err
	}
	found, err := b.echoes(ctx)
	if err != nil {
		return err
	}
	return b.tell(found)
}

// echoSize is about what a message of a family weighs with its envelope, in bytes.
const echoSize = 240

// echoRest is how long the memory of a server is watched that has only just started.
const echoRest = 5 * time.Second

// echoes starts the echo server and measures it.
func (b *bench) echoes(ctx context.Context) (*report, error) {
	program, err := build(ctx, b.folder, "./bench/echo", false)
	if err != nil {
		return nil, err
	}
	listen, err := freePort()
	if err != nil {
		return nil, err
	}
	n := &node{name: "the echo server", listen: listen, binary: program, args: []string{listen}, log: filepath.Join(b.folder, "echo.log")}
	if err := n.start(ctx); err != nil {
		return nil, err
	}
	defer n.signal(syscall.SIGTERM)
	return b.echo(ctx, n)
}

// echo measures what a socket costs the echo server that does nothing, and then messages at the rate of the options.
func (b *bench) echo(ctx context.Context, n *node) (*report, error) {
	found := &report{Scenario: fmt.Sprintf("echo: %d sockets, %g messages/s for %v, bare gorilla echo server", b.Guests+b.Workers, b.Rate, b.Lasting)}
	before, err := n.memory(ctx, min(echoRest, b.Rest))
	if err != nil {
		return nil, err
	}
	sockets, err := openEchoes(ctx, n.listen, b.Guests+b.Workers)
	if err != nil {
		return nil, err
	}
	progress("%d sockets are open", len(sockets))
	trips, began := newClock(), time.Now()
	var reading sync.WaitGroup
	defer reading.Wait()
	for _, s := range sockets {
		reading.Go(func() { hearEchoes(s, began, trips) })
	}
	defer func() {
		for _, s := range sockets {
			_ = s.Close()
		}
	}()
	after, err := n.memory(ctx, b.Rest)
	if err != nil {
		return nil, err
	}
	found.figure("memory of a socket", float64(after-before)/1024/float64(len(sockets)), "KB")
	progress("messages flow for %v", b.Lasting)
	used := cpu(n.pid(), false)
	sent, err := b.pourEchoes(ctx, sockets, began)
	if err != nil {
		return nil, err
	}
	found.figure("echo server, cores", (cpu(n.pid(), false)-used).Seconds()/b.Lasting.Seconds(), "")
	found.figure("messages", float64(sent), "")
	found.times("there and back", trips)
	return found, nil
}

func openEchoes(ctx context.Context, listen string, n int) ([]*websocket.Conn, error) {
	sockets, places := make([]*websocket.Conn, n), placesFor(n)
	return sockets, each(ctx, n, func(ctx context.Context, i int) (err error) {
		if sockets[i], _, err = places[i/peoplePerPlace].socket.DialContext(ctx, "ws://"+listen+"/", nil); err != nil {
			return fmt.Errorf("connect to the echo server: %w", err)
		}
		return nil
	})
}

// hearEchoes takes the time of what comes back: each message begins with when it was due, counted from began.
func hearEchoes(s *websocket.Conn, began time.Time, trips *clock) {
	for {
		_, data, err := s.ReadMessage()
		if err != nil || len(data) < 8 {
			return
		}
		trips.add(time.Since(began) - time.Duration(binary.BigEndian.Uint64(data)))
	}
}

// pourEchoes sends messages at the rate of the options, waits for the last ones, and tells how many that were.
func (b *bench) pourEchoes(ctx context.Context, sockets []*websocket.Conn, began time.Time) (int, error) {
	sent, err := pace(ctx, b.Rate, b.Lasting, func(n int, due time.Time) error {
		s := sockets[n*7919%len(sockets)] // far from each other
		data := make([]byte, echoSize)
		binary.BigEndian.PutUint64(data, uint64(due.Sub(began)))
		_ = s.SetWriteDeadline(time.Now().Add(writeWithin))
		return s.WriteMessage(websocket.BinaryMessage, data)
	})
	if err != nil {
		return sent, fmt.Errorf("write to the echo server: %w", err)
	}
	time.Sleep(time.Second)
	return sent, ctx.Err()
}
