package conversation_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"xiaohe/assistant/conversation"
)

func TestReplyIsFenced(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, between string
		ok            bool
	}{
		{"nothing happened", ``, true},
		{"a worker claimed", `UPDATE conversations SET mode = 'human', owner_id = gen_random_uuid(), epoch = epoch + 1`, false},
		{"a ticket waits", `UPDATE conversations SET mode = 'waiting'`, true},
		{"a ticket was claimed and released", `UPDATE conversations SET mode = 'waiting', epoch = epoch + 2`, false},
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
					_, counts[j], err = b.Fail(context.Background(), *r.Turn, nil)
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
	m, ok, err := b.Fail(t.Context(), overdue[0], nil)
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
	q, err := b.Question(t.Context(), conversation.BotTurn{Conversation: b.conv.ID, UserSeq: 3})
	must(t, err)
	if q.Region != "330100000000" || !slices.Equal(q.Questions, []string{"第一问", "第二问"}) || q.Held {
		t.Errorf("%+v", q)
	}
}

// What is said to a person is a turn, too: it is read for danger, and nothing is answered.
func TestAMessageToAPersonIsAssessedAndNotAnswered(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(`UPDATE conversations SET mode = 'human', owner_id = gen_random_uuid(), epoch = epoch + 1`)
	r, err := b.send("message-1", "没人管我")
	must(t, err)
	q, err := b.Question(t.Context(), *r.Turn)
	must(t, err)
	if !q.Held {
		t.Error("nobody is said to hold the conversation")
	}
	must(t, b.Assess(t.Context(), *r.Turn, finding(4)))
	if n := b.count(`SELECT count(*) FROM assessments a, tickets t, bot_turns b WHERE a.level = 4 AND t.priority = 0 AND b.state = 'fenced'`); n != 1 {
		t.Error("the danger was not kept")
	}
	if n := b.count(`SELECT count(*) FROM messages WHERE sender_kind = 'bot'`); n != 0 {
		t.Error("the bot answered")
	}
}
