package web

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/conversation"
)

// away is a database that can be gone.
type away struct {
	conversation.DB
	gone atomic.Bool
	lost atomic.Int64 // what was asked for in vain
}

var errAway = errors.New("the database is away")

func (a *away) Begin(ctx context.Context) (pgx.Tx, error) {
	if a.gone.Load() {
		a.lost.Add(1)
		return nil, errAway
	}
	return a.DB.Begin(ctx)
}

// The database restarts while an answer is ready. Nobody gets the safe text for it, or waits for a deadline.
func TestATurnWaitsForADatabaseThatIsAway(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	db := &away{DB: s.pool}
	store, err := conversation.New(t.Context(), db, s.now.Now)
	must(t, err)
	n := s.node(func(o *Options) { o.Conversations = store })
	n.web.assistant = always("去民政窗口。")
	v := n.visit()
	p := v.connect(0)
	p.until("caught_up")
	db.gone.Store(true)
	p.send("message-1", testAsk)
	p.until("ack")
	for db.lost.Load() < 4 { // the answer and the safe text, twice
		time.Sleep(time.Millisecond)
	}
	db.gone.Store(false)
	for {
		m := p.until("msg").message()
		if m.Sender.Kind == "user" {
			continue
		}
		if !m.AI || m.Body != "去民政窗口。" {
			t.Errorf("the answer is %q", m.Body)
		}
		return
	}
}
