package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"os/exec"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// echoCommand measures the same client against a bare gorilla echo server: what the machine and the library cost.
type echoCommand struct{}

func (*echoCommand) Run(ctx context.Context, o *options) error {
	b, err := o.prepare(ctx)
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

func (b *bench) echoes(ctx context.Context) (*report, error) {
	found := &report{Scenario: fmt.Sprintf("echo: %d sockets, %g messages/s for %v, bare gorilla echo server", b.Guests+b.Workers, b.Rate, b.Lasting)}
	listen, err := freePort()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, b.echo, listen)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the echo server: %w", err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	n := &node{name: "echo", listen: listen, log: "its terminal", ended: make(chan struct{}), cmd: cmd}
	if err := n.await(ctx); err != nil {
		return nil, err
	}
	before, err := n.memory(ctx, 5*time.Second)
	if err != nil {
		return nil, err
	}
	trips := newClock()
	sockets, err := b.openEchoes(ctx, listen, trips)
	if err != nil {
		return nil, err
	}
	var reading sync.WaitGroup
	for _, s := range sockets {
		reading.Go(s.read)
	}
	defer reading.Wait()
	defer func() {
		for _, s := range sockets {
			_ = s.conn.Close()
		}
	}()
	after, err := n.memory(ctx, memoryRest)
	if err != nil {
		return nil, err
	}
	found.figure("memory of a socket", float64(after-before)/1024/float64(len(sockets)), "KB")
	began := cpu(cmd.Process.Pid, false)
	pourEchoes(ctx, sockets, b.Rate, b.Lasting)
	found.figure("echo server, cores", (cpu(cmd.Process.Pid, false)-began).Seconds()/b.Lasting.Seconds(), "")
	found.times("there and back", trips)
	return found, nil
}

// echoSocket is one connection to the echo server.
type echoSocket struct {
	conn  *websocket.Conn
	began time.Time
	trips *clock
}

func (b *bench) openEchoes(ctx context.Context, listen string, trips *clock) ([]*echoSocket, error) {
	sockets := make([]*echoSocket, b.Guests+b.Workers)
	places := placesFor(len(sockets))
	began := time.Now()
	return sockets, each(ctx, len(sockets), func(ctx context.Context, i int) error {
		conn, _, err := places[i/peoplePerPlace].socket.DialContext(ctx, "ws://"+listen+"/", nil)
		if err != nil {
			return fmt.Errorf("connect to the echo server: %w", err)
		}
		sockets[i] = &echoSocket{conn: conn, began: began, trips: trips}
		return nil
	})
}

// read takes the time of what comes back: each message begins with when it was due.
func (s *echoSocket) read() {
	for {
		_, data, err := s.conn.ReadMessage()
		if err != nil || len(data) < 8 {
			return
		}
		s.trips.add(time.Since(s.began) - time.Duration(binary.BigEndian.Uint64(data)))
	}
}

// pourEchoes sends messages at a rate, an open loop as that of flow.
func pourEchoes(ctx context.Context, sockets []*echoSocket, rate float64, lasting time.Duration) {
	began := time.Now()
	for n := 0; ctx.Err() == nil; n++ {
		due := began.Add(time.Duration(float64(n) / rate * float64(time.Second)))
		if due.Sub(began) >= lasting {
			break
		}
		time.Sleep(time.Until(due))
		s := sockets[n*7919%len(sockets)] // far from each other
		data := make([]byte, echoSize)
		binary.BigEndian.PutUint64(data, uint64(due.Sub(s.began)))
		_ = s.conn.SetWriteDeadline(time.Now().Add(writeWithin))
		if s.conn.WriteMessage(websocket.BinaryMessage, data) != nil {
			return
		}
	}
	time.Sleep(time.Second)
}
