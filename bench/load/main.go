// Command load runs the program under load and says what it found: how long receipts and deliveries take, whether
// anything was lost, doubled or out of order, and what a socket costs. It builds and starts the real program, with a
// private database of its own, and behaves towards it as pages do.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// options are what all scenarios share.
type options struct {
	Guests   int           `help:"Sockets of families." default:"5000"`
	Workers  int           `help:"Sockets of workers." default:"200"`
	Held     int           `help:"Conversations that workers hold; at most 20 for each worker." default:"1000"`
	Rate     float64       `help:"Durable messages a second between families and workers." default:"200"`
	Bot      float64       `help:"Messages a second of families alone, which the bot answers." default:"0"`
	Lasting  time.Duration `name:"for" help:"How long messages are sent." default:"5m"`
	Nodes    int           `help:"Processes of the program over one database." default:"1"`
	NoMarks  bool          `help:"Nobody marks messages as read."`
	Database string        `help:"Use this database instead of a private one." placeholder:"URL"`
	Folder   string        `help:"Where the run keeps its files; an existing one is used again." placeholder:"DIR"`
	Rest     time.Duration `help:"How long memory is watched for its smallest; Go collects after two minutes in any case." default:"150s"`
	Profile  bool          `help:"Build the program with net/http/pprof and take CPU profiles."`
	JSON     string        `name:"json" help:"Append the reports to this file, one JSON object a line." placeholder:"FILE"`
}

// cli is the command line. Each scenario is a command.
type cli struct {
	options
	Idle     idleCommand     `cmd:"" help:"What a socket costs that does nothing."`
	Send     sendCommand     `cmd:"" help:"Messages at a fixed rate between families and workers."`
	Claim    claimCommand    `cmd:"" help:"Many workers after one ticket, and a queue worked off by a few."`
	Handover handoverCommand `cmd:"" help:"From a cry for help to the screen of a console."`
	Storm    stormCommand    `cmd:"" help:"All connections break at once."`
	Chaos    chaosCommand    `cmd:"" help:"Processes are killed while messages flow."`
	Echo     echoCommand     `cmd:"" help:"The same sockets and rates against a bare gorilla echo server."`
	All      allCommand      `cmd:"" help:"All of them, one after the other."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	command := kong.Parse(&c, kong.Name("load"), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(&c.options))
	if err := command.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// What one family and one worker may write at most, messages a second: half of what the server allows, so that its limit
// is not what is measured.
const (
	mostOfFamily = 0.25
	mostOfWorker = 0.5
)

// check finds options that the server's limits forbid.
func (o options) check() error {
	switch {
	case o.Held > o.Guests:
		return fmt.Errorf("%d conversations are to be held, but there are only %d families", o.Held, o.Guests)
	case o.Held > 20*o.Workers:
		return fmt.Errorf("%d workers can hold %d conversations at most", o.Workers, 20*o.Workers)
	case o.Rate/2 > mostOfFamily*float64(o.Held) || o.Rate/2 > mostOfWorker*float64(o.Workers):
		return fmt.Errorf("%g messages/s need at least %g conversations held by %g workers", o.Rate, o.Rate/2/mostOfFamily, o.Rate/2/mostOfWorker)
	case o.Bot > mostOfFamily*float64(o.Guests-o.Held):
		return fmt.Errorf("%g messages/s to the bot need %g more families", o.Bot, o.Bot/mostOfFamily)
	}
	return nil
}

// bench is one run of the command: where its files are, and what it runs.
type bench struct {
	options
	folder string
	warm   time.Duration // how long messages flow before they are measured
}

// prepare makes the folder.
func (o options) prepare() (*bench, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	b := &bench{options: o, folder: o.Folder, warm: warmFor}
	var err error
	if b.folder == "" {
		if b.folder, err = os.MkdirTemp("", "xiaohe-load-"); err != nil {
			return nil, err
		}
	}
	// The database server runs as another user where this is root: it must be able to enter.
	if err := os.MkdirAll(b.folder, 0o755); err != nil {
		return nil, err
	}
	if err := os.Chmod(b.folder, 0o755); err != nil {
		return nil, err
	}
	progress("files of the run: %s", b.folder)
	return b, nil
}

// scenario is what is done with a running program.
type scenario func(ctx context.Context, r *run) (*report, error)

// measure prepares a run of one scenario, and does it.
func (o options) measure(ctx context.Context, work scenario) error {
	b, err := o.prepare()
	if err != nil {
		return err
	}
	return b.with(ctx, work)
}

// with starts the program on a fresh database, and does something with it. Logs and profiles stay in the folder.
func (b *bench) with(ctx context.Context, work scenario) error {
	program, err := build(ctx, b.folder, ".", b.Profile)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp(b.folder, "run-")
	if err != nil {
		return err
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		return err
	}
	c, err := newCluster(folder, program, b.Database, b.Nodes, b.Profile)
	if err != nil {
		return err
	}
	defer func() {
		c.stop()
		_ = os.RemoveAll(c.data) // nothing where the database is somebody else's
	}()
	progress("the program starts, and loads what it knows into its database")
	if err := c.start(ctx); err != nil {
		return err
	}
	r, err := newRun(ctx, b, c)
	if err != nil {
		return err
	}
	defer r.close()
	found, err := work(ctx, r)
	if err != nil {
		return err
	}
	return b.tell(found)
}

// tell prints a report and keeps it. A report of something lost is an error.
func (b *bench) tell(found *report) error {
	found.At, found.Command = time.Now(), strings.Join(append([]string{"go run ./bench/load"}, os.Args[1:]...), " ")
	found.print(os.Stdout)
	if b.JSON != "" {
		file, err := os.OpenFile(b.JSON, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		if err := found.json(file); err != nil {
			return err
		}
	}
	if found.failed() {
		return fmt.Errorf("%s: something was lost, doubled, out of order or wrong", found.Scenario)
	}
	return nil
}
