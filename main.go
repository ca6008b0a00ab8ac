// Command xiaohe (小禾) answers the people around a disadvantaged child from policy documents, with clauses.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"xiaohe/database"
	"xiaohe/database/secret"
	"xiaohe/knowledge"
)

// cli is the command line. Its names and the JSON that its commands print are a contract with other programs.
type cli struct {
	Database string `help:"数据库地址；不写就用程序自带的私有 PostgreSQL。" env:"XIAOHE_DATABASE_URL" placeholder:"URL"`
	Data     string `help:"私有数据库放在哪个文件夹。" default:"./data/postgres" type:"path" env:"XIAOHE_DATA"`

	Model modelFlags `embed:""`

	Serve  serveCommand  `cmd:"" help:"启动网页服务。"`
	Ingest ingestCommand `cmd:"" help:"收录政策文件（.md .txt .html 或文件夹）。"`
	Search searchCommand `cmd:"" help:"查条文。"`
	Ask    askCommand    `cmd:"" help:"问一个问题，或同一次谈话的几句话。"`
	Rules  rulesCommand  `cmd:"" help:"福利规则：检查、跑判例、解释、比较。"`
	Hours  hoursCommand  `cmd:"" help:"上班时间：一周的、节假日和调休。"`
	User   userCommand   `cmd:"" help:"工作人员的账号：添加、列出、换口令、停用。"`
	Key    keyCommand    `cmd:"" help:"别的程序用小禾的密钥：添加、列出、停用。"`
	Index  indexCommand  `cmd:"" help:"按意思查找的索引：状态、重建。"`
	Eval   evalCommand   `cmd:"" help:"在评测集上打分。"`
	DB     dbCommand     `cmd:"" name:"db" help:"数据库：状态、升级、备份、恢复。"`
	Notify notifyCommand `cmd:"" help:"群机器人：有工单时通知谁。"`
}

// session is what every command gets: a context that ends with the first signal, and where to print.
type session struct {
	context.Context
	cli    *cli
	out    io.Writer
	err    io.Writer
	logger *slog.Logger

	figures figures // the metrics of this program; nil where nobody reads any

	// environment reads a variable. Secrets come from there and never from flags, which the list of processes shows.
	environment func(name string) string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run executes one command and returns the exit status: 0 only if the work was done.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	var c cli
	parser, err := kong.New(&c, kong.Name("xiaohe"), kong.Description("小禾：困境儿童福利政策问答。"),
		kong.Writers(out, errOut), kong.UsageOnError(), kong.Exit(func(code int) { panic(exit(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		panic(err) // the command line itself is wrong
	}
	status := 0
	func() {
		defer func() {
			switch p := recover().(type) {
			case nil:
			case exit:
				status = int(p)
			default:
				panic(p)
			}
		}()
		status = execute(ctx, parser, &c, args, out, errOut)
	}()
	return status
}

// exit carries kong's wish to end (after --help) out of the parser.
type exit int

func execute(ctx context.Context, parser *kong.Kong, c *cli, args []string, out, errOut io.Writer) int {
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(errOut, "用法不对：%s。\n运行 xiaohe --help 看用法。\n", usage(err))
		return 2
	}
	s := &session{Context: ctx, cli: c, out: out, err: errOut, logger: slog.New(slog.NewTextHandler(errOut, nil)),
		environment: os.Getenv}
	if err := command.Run(s); err != nil {
		fmt.Fprintln(errOut, message(err))
		return 1
	}
	return 0
}

// message is an error as the person at the terminal should read it.
func message(err error) string {
	var input *knowledge.InputError
	var user *database.UserError
	switch {
	case errors.As(err, &input):
		return input.Message
	case errors.As(err, &user):
		return user.Error()
	case errors.Is(err, context.Canceled):
		return "已停止。"
	}
	return "出错了：" + err.Error()
}

// now is the program's clock.
var now = time.Now

// figures are metrics: programs write them, and another one reads them.
type figures interface {
	prometheus.Registerer
	prometheus.Gatherer
}

// measure has metrics counted, from those of the process on.
func (s *session) measure() {
	if s.figures == nil {
		registry := prometheus.NewRegistry()
		registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
		s.figures = registry
	}
}

// open finds or starts the database and brings the built-in knowledge into it.
func (s *session) open() (*database.DB, *knowledge.Store, error) {
	if err := s.checkModels(); err != nil {
		return nil, nil, err
	}
	db, err := database.Open(s, database.Options{URL: s.cli.Database, Dir: s.cli.Data, Progress: s.err})
	if err != nil {
		return nil, nil, err
	}
	store, err := s.store(db.Pool)
	if err != nil {
		db.Close()
		return nil, nil, err
	}
	store.UseJournal(indexed)
	if err := store.Load(s); err != nil {
		db.Close()
		return nil, nil, fmt.Errorf("load the starter knowledge: %w", err)
	}
	return db, store, nil
}

// box holds the key that seals the addresses of robots and the telephone numbers of families.
func (s *session) box() (*secret.Box, error) {
	return secret.Load(s.environment(secret.Variable), secret.Folder(s.cli.Data))
}
