package database

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// keeper is one process's part in running a private cluster that several processes use: serve,
// ingest, ask.
//
// Who holds the exclusive lock on keeper.lock in the cluster's directory keeps the cluster: it
// creates it, starts the server, starts it again when it dies, and stops it on close. Everyone
// else attaches to the running server and waits for the lock. When the keeper closes or dies, the
// kernel hands the lock to one of them, which starts the server anew; their pools connect again by
// themselves. So statements fail for about a second when a keeper goes while others are attached,
// and nothing else happens: a transaction that was open is rolled back, what was committed stays.
type keeper struct {
	place    place
	settings map[string]string
	say      func(string, ...any)

	lock    *fileLock
	keeping atomic.Bool // this process holds the lock and runs the server
	log     *serverLog
	server  *server // nil while attached

	cancel context.CancelFunc
	wait   sync.WaitGroup
}

const (
	lockPoll   = 100 * time.Millisecond
	joinLimit  = 15 * time.Minute // another process may be downloading PostgreSQL
	restartMax = 5 * time.Second
)

// join makes this process the keeper of the cluster or attaches it to the running one.
func join(ctx context.Context, o Options, say func(string, ...any)) (*keeper, error) {
	if err := provideAccount(ctx, o.Dir, say); err != nil {
		return nil, err
	}
	p, err := findPlace(o.Dir, say)
	if err != nil {
		return nil, err
	}
	k := &keeper{place: p, settings: o.Settings, say: say}
	if k.lock, err = openLock(filepath.Join(p.dir, "keeper.lock"), p.account); err != nil {
		return nil, err
	}
	if err := k.enter(ctx); err != nil {
		k.lock.close()
		return nil, err
	}
	background, cancel := context.WithCancel(context.Background())
	k.cancel = cancel
	k.wait.Go(func() { k.run(background) })
	return k, nil
}

func (k *keeper) enter(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, joinLimit)
	defer cancel()
	for tries := 0; ; tries++ {
		leading, err := k.lock.try()
		if err != nil {
			return &UserError{"数据目录 " + k.place.dir + " 所在的文件系统不支持文件锁" + chooseOther, err}
		}
		if leading {
			return k.lead(ctx)
		}
		if ping(ctx, k.place.url(databaseName)) == nil {
			return nil
		}
		if tries == 20 {
			k.say("另一个小禾进程正在启动数据库，请稍候…")
		}
		if err := sleep(ctx, lockPoll); err != nil {
			return &UserError{"等不到另一个小禾进程启动数据库：" + k.place.dir, err}
		}
	}
}

// lead starts the server, with the lock held; on failure it gives the lock back.
func (k *keeper) lead(ctx context.Context) error {
	err := k.start(ctx)
	if err != nil {
		k.halt()
		return err
	}
	k.keeping.Store(true)
	return nil
}

func (k *keeper) start(ctx context.Context) error {
	i, err := provide(ctx, k.place, k.say)
	if err != nil {
		return err
	}
	if !hasCluster(k.place.dir) {
		k.say("正在创建数据库：%s", k.place.data())
		if err := createCluster(ctx, i, k.place); err != nil {
			return err
		}
	}
	if k.log == nil {
		if k.log, err = openServerLog(k.place.logFile(), k.place.account); err != nil {
			return err
		}
	}
	if k.server, err = startServer(ctx, i, k.place, k.settings, k.log); err != nil {
		return err
	}
	return createDatabase(ctx, k.place)
}

// halt stops the server, if this process runs it, and lets the next one in.
func (k *keeper) halt() {
	k.keeping.Store(false)
	if k.server != nil {
		k.server.stop()
		k.server = nil
	}
	if k.log != nil {
		k.log.close()
		k.log = nil
	}
	k.lock.unlock()
}

// run keeps the server going while this process is the keeper, and waits to become it otherwise.
func (k *keeper) run(ctx context.Context) {
	defer k.halt()
	pause := lockPoll
	for ctx.Err() == nil {
		if k.keeping.Load() {
			select {
			case <-ctx.Done():
				return
			case <-k.server.done:
				slog.Warn("the database server ended; starting it again", "cause", k.server.err)
			}
		} else if leading, err := k.lock.try(); err != nil || !leading {
			_ = sleep(ctx, lockPoll)
			continue
		}
		err := k.lead(ctx)
		if err == nil {
			pause = lockPoll
			continue
		}
		if ctx.Err() == nil && !errors.Is(err, context.Canceled) {
			slog.Error("the database server does not start", "error", err)
		}
		_ = sleep(ctx, pause)
		pause = min(2*pause, restartMax)
	}
}

// close stops what this process runs.
func (k *keeper) close() {
	k.cancel()
	k.wait.Wait()
	k.lock.close()
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
