package conversation_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/assistant/conversation"
	"xiaohe/database/dbtest"
	"xiaohe/knowledge"
)

const country = "100000000000"

// bundle is a store on a schema of its own, a clock that a test moves, and one visitor with a conversation.
type bundle struct {
	*conversation.Store
	t       *testing.T
	pool    *pgxpool.Pool
	now     time.Time
	token   string
	session conversation.Session
	conv    conversation.Conversation
}

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{t: t, pool: dbtest.New(t), now: time.Now()}
	must(t, knowledge.NewStore(b.pool, time.Now).LoadRegions(t.Context()))
	store, err := conversation.New(t.Context(), b.pool, func() time.Time { return b.now })
	must(t, err)
	b.Store = store
	b.token, b.session, err = store.OpenSession(t.Context(), "self", false)
	must(t, err)
	b.conv, err = store.Open(t.Context(), b.session, country, false)
	must(t, err)
	return b
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (b *bundle) send(id, body string) (conversation.Receipt, error) {
	return b.Send(context.Background(), conversation.Outgoing{
		Conversation: b.conv.ID, Sender: b.session.Member, ClientMsgID: id, Kind: "text", Body: body,
	})
}

func (b *bundle) exec(sql string, args ...any) {
	b.t.Helper()
	_, err := b.pool.Exec(context.Background(), sql, args...)
	must(b.t, err)
}

func (b *bundle) count(sql string, args ...any) (n int) {
	b.t.Helper()
	must(b.t, b.pool.QueryRow(context.Background(), sql, args...).Scan(&n))
	return n
}

func (b *bundle) expect(err, want error) {
	b.t.Helper()
	if !errors.Is(err, want) {
		b.t.Errorf("error is %v, want %v", err, want)
	}
}

func TestSendIsStoredOnceHoweverOftenItIsTried(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var group sync.WaitGroup
	receipts := make([]conversation.Receipt, 20)
	for i := range receipts {
		group.Go(func() {
			r, err := b.send("message-1", "孩子病了")
			if err != nil {
				t.Error(err)
			}
			receipts[i] = r
		})
	}
	group.Wait()
	fresh := 0
	for _, r := range receipts {
		if r.Message.Seq != 1 || r.Message.ID != receipts[0].Message.ID {
			t.Errorf("receipt names seq %d, id %s", r.Message.Seq, r.Message.ID)
		}
		if !r.Duplicate {
			fresh++
			if r.Turn == nil {
				t.Error("the bot owes no answer")
			}
		}
	}
	if fresh != 1 {
		t.Errorf("%d receipts say that the message is new", fresh)
	}
	if n := b.count(`SELECT count(*) FROM messages`); n != 1 {
		t.Errorf("%d rows are stored", n)
	}
	next, err := b.send("message-2", "再问一句")
	must(t, err)
	if next.Message.Seq != 2 {
		t.Errorf("the retries burned a seq: the next is %d", next.Message.Seq)
	}
}

func TestSendRefusesAnIDThatCarriedOtherWords(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.send("message-1", "孩子病了")
	must(t, err)
	_, err = b.send("message-1", "孩子好了")
	b.expect(err, conversation.ErrConflict)
}

func TestConversationsAreClosedToStrangers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()
	_, stranger, err := b.OpenSession(ctx, "self", false)
	must(t, err)
	_, err = b.Send(ctx, conversation.Outgoing{Conversation: b.conv.ID, Sender: stranger.Member, ClientMsgID: "message-1", Kind: "text", Body: "x"})
	b.expect(err, conversation.ErrForbidden)
	_, err = b.Access(ctx, b.conv.ID, stranger.Member)
	b.expect(err, conversation.ErrForbidden)
	b.expect(b.Mark(ctx, b.conv.ID, stranger.Member, 1, true), conversation.ErrForbidden)
	b.expect(b.SetRegion(ctx, b.conv.ID, stranger.Member, "330000000000"), conversation.ErrForbidden)
	_, err = b.Access(ctx, uuid.New(), b.session.Member)
	b.expect(err, conversation.ErrForbidden)
}

func TestSendsOfManyGetSeqsWithoutGaps(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var group sync.WaitGroup
	for i := range 60 {
		group.Go(func() {
			if _, err := b.send(fmt.Sprintf("message-%02d", i%40), fmt.Sprintf("第 %d 句", i%40)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	all, err := b.Since(t.Context(), b.conv.ID, 0, 100)
	must(t, err)
	if len(all) != 40 {
		t.Fatalf("%d messages are stored", len(all))
	}
	for i, m := range all {
		if m.Seq != int64(i+1) {
			t.Fatalf("message %d has seq %d", i, m.Seq)
		}
	}
	heads, err := b.Heads(t.Context(), []uuid.UUID{b.conv.ID, uuid.New()})
	must(t, err)
	if len(heads) != 1 || heads[b.conv.ID] != 40 {
		t.Errorf("heads are %v", heads)
	}
	last, err := b.Before(t.Context(), b.conv.ID, 0, 3)
	must(t, err)
	if len(last) != 3 || last[0].Seq != 38 || last[2].Seq != 40 {
		t.Errorf("the last three are %v", last)
	}
}

func TestSendReopensAClosedConversation(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(`UPDATE conversations SET mode = 'closed'`)
	r, err := b.send("message-1", "又来问")
	must(t, err)
	if r.Turn == nil || r.Turn.Epoch != b.conv.Epoch+1 {
		t.Errorf("turn is %+v", r.Turn)
	}
}

func TestMarksNeverGoBackOrPastTheHead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range 3 {
		_, err := b.send(fmt.Sprintf("message-%d", i), "问")
		must(t, err)
	}
	for _, step := range []struct {
		upto            int64
		read            bool
		delivered, seen int
	}{{2, false, 2, 0}, {1, true, 2, 1}, {99, false, 3, 1}, {-5, true, 3, 1}, {99, true, 3, 3}} {
		must(t, b.Mark(t.Context(), b.conv.ID, b.session.Member, step.upto, step.read))
		d := b.count(`SELECT delivered_seq FROM participants`)
		r := b.count(`SELECT read_seq FROM participants`)
		if d != step.delivered || r != step.seen {
			t.Errorf("after %+v: delivered %d, read %d", step, d, r)
		}
	}
}

func TestOpenGivesTheSameConversationUnlessAnotherIsWanted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ids := make([]uuid.UUID, 8)
	var group sync.WaitGroup
	for i := range ids {
		group.Go(func() {
			c, err := b.Open(context.Background(), b.session, country, false)
			if err != nil {
				t.Error(err)
			}
			ids[i] = c.ID
		})
	}
	group.Wait()
	for _, id := range ids {
		if id != b.conv.ID {
			t.Error("a second conversation was opened")
		}
	}
	fresh, err := b.Open(t.Context(), b.session, country, true)
	must(t, err)
	again, err := b.Open(t.Context(), b.session, country, false)
	must(t, err)
	if fresh.ID == b.conv.ID || again.ID != fresh.ID {
		t.Error("the latest conversation is not the one that was asked for")
	}
}

func TestASessionHasABoundedNumberOfConversations(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 49 {
		_, err := b.Open(t.Context(), b.session, country, true)
		must(t, err)
	}
	_, err := b.Open(t.Context(), b.session, country, true)
	b.expect(err, conversation.ErrTooMany)
}
