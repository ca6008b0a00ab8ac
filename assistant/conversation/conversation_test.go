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

func TestReplyIsFenced(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, between string
		ok            bool
	}{
		{"nothing happened", ``, true},
		{"a worker claimed", `UPDATE conversations SET mode = 'human', owner_id = gen_random_uuid(), epoch = epoch + 1`, false},
		{"a ticket opened", `UPDATE conversations SET mode = 'waiting', epoch = epoch + 1`, false},
		{"a worker claimed and returned it", `UPDATE conversations SET epoch = epoch + 2`, false},
		{"the turn was given up", `UPDATE bot_turns SET state = 'failed'`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			r, err := b.send("message-1", "问")
			must(t, err)
			if c.between != "" {
				b.exec(c.between)
			}
			m, ok, err := b.Reply(t.Context(), conversation.Reply{Turn: *r.Turn, Body: "答"})
			must(t, err)
			if ok != c.ok {
				t.Fatalf("the reply counts: %v", ok)
			}
			if ok && (m.Seq != 2 || !m.AI || m.SenderKind != "bot") {
				t.Errorf("the reply is %+v", m)
			}
			bots := b.count(`SELECT count(*) FROM messages WHERE sender_kind = 'bot'`)
			pending := b.count(`SELECT count(*) FROM bot_turns WHERE state = 'pending'`)
			if (bots == 1) != c.ok || pending != 0 {
				t.Errorf("%d answers, %d pending turns", bots, pending)
			}
		})
	}
}

// A claim is one UPDATE on the conversation, as in HANDOFF §2.5. Whatever the timing, no answer comes after it.
func TestNoAnswerFollowsAClaim(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range 60 {
		r, err := b.send(fmt.Sprintf("message-%02d", i), "问")
		must(t, err)
		var claimed int64
		var group sync.WaitGroup
		group.Go(func() {
			if _, _, err := b.Reply(context.Background(), conversation.Reply{Turn: *r.Turn, Body: "答"}); err != nil {
				t.Error(err)
			}
		})
		group.Go(func() {
			if err := b.pool.QueryRow(context.Background(), `UPDATE conversations SET mode = 'human', owner_id = gen_random_uuid(), epoch = epoch + 1
				RETURNING last_seq`).Scan(&claimed); err != nil {
				t.Error(err)
			}
		})
		group.Wait()
		if n := b.count(`SELECT count(*) FROM messages WHERE sender_kind = 'bot' AND seq > $1`, claimed); n > 0 {
			t.Fatalf("an answer came after the claim at seq %d", claimed)
		}
		b.exec(`UPDATE conversations SET mode = 'bot', owner_id = NULL, epoch = epoch + 1`)
	}
}

func TestAnAnswerAndItsNoticeExcludeEachOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range 40 {
		r, err := b.send(fmt.Sprintf("message-%02d", i), "问")
		must(t, err)
		counts := make([]bool, 4)
		var group sync.WaitGroup
		for j := range counts {
			group.Go(func() {
				var err error
				if j%2 == 0 {
					_, counts[j], err = b.Reply(context.Background(), conversation.Reply{Turn: *r.Turn, Body: "答"})
				} else {
					_, counts[j], err = b.Fail(context.Background(), *r.Turn)
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		n := 0
		for _, ok := range counts {
			if ok {
				n++
			}
		}
		if n != 1 {
			t.Fatalf("%d of an answer and its notice were stored", n)
		}
	}
	if n := b.count(`SELECT count(*) FROM messages WHERE sender_kind <> 'user'`); n != 40 {
		t.Errorf("%d outcomes of 40 turns", n)
	}
	all, err := b.Since(t.Context(), b.conv.ID, 0, 100)
	must(t, err)
	if len(all) != 80 || all[79].Seq != 80 {
		t.Errorf("%d messages up to seq %d", len(all), all[len(all)-1].Seq)
	}
}

func TestOverdueTurnsAreFoundAndGetTheSafeText(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r, err := b.send("message-1", "问")
	must(t, err)
	if overdue, err := b.Overdue(t.Context(), 10); err != nil || len(overdue) != 0 {
		t.Fatalf("overdue at once: %v %v", overdue, err)
	}
	b.exec(`UPDATE bot_turns SET deadline_at = now() - interval '1 s'`)
	overdue, err := b.Overdue(t.Context(), 10)
	must(t, err)
	if len(overdue) != 1 || overdue[0] != *r.Turn {
		t.Fatalf("overdue is %v", overdue)
	}
	m, ok, err := b.Fail(t.Context(), overdue[0])
	must(t, err)
	if !ok || m.Body != conversation.SafeText || m.SenderKind != "system" || m.AI || m.Seq != 2 {
		t.Errorf("the notice is %v %+v", ok, m)
	}
	if n := b.count(`SELECT count(*) FROM bot_turns WHERE state = 'failed'`); n != 1 {
		t.Error("the turn is not failed")
	}
}

func TestRecoverFindsWhatADeadProgramOwes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range 3 {
		_, err := b.send(fmt.Sprintf("message-%d", i), "问")
		must(t, err)
	}
	b.exec(`UPDATE bot_turns SET state = 'done' WHERE user_seq = 2`)
	b.exec(`UPDATE bot_turns SET deadline_at = now() - interval '1 day'`)
	left, err := b.Recover(t.Context())
	must(t, err)
	if len(left) != 2 || left[0].UserSeq != 1 || left[1].UserSeq != 3 {
		t.Fatalf("left over: %v", left)
	}
	if overdue, err := b.Overdue(t.Context(), 10); err != nil || len(overdue) != 0 {
		t.Errorf("still overdue: %v %v", overdue, err)
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

func TestQuestionsAreTheUsersOwnUpToATurn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r, err := b.send("message-1", "第一问")
	must(t, err)
	_, _, err = b.Reply(t.Context(), conversation.Reply{Turn: *r.Turn, Body: "答"})
	must(t, err)
	_, err = b.send("message-2", "第二问")
	must(t, err)
	_, err = b.send("message-3", "第三问")
	must(t, err)
	must(t, b.SetRegion(t.Context(), b.conv.ID, b.session.Member, "330100000000"))
	region, questions, err := b.Questions(t.Context(), b.conv.ID, 3)
	must(t, err)
	if region != "330100000000" || len(questions) != 2 || questions[0] != "第一问" || questions[1] != "第二问" {
		t.Errorf("%s %q", region, questions)
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
