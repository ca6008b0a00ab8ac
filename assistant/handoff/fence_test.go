package handoff_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/audit"
	"xiaohe/assistant/conversation"
	"xiaohe/assistant/handoff"
)

// fenced is one conversation whose ticket somebody claims while the bot is about to answer.
type fenced struct {
	*office
	messages     *conversation.Store
	ticket, conv uuid.UUID
	member       audit.Actor
}

// The answer is ready at any moment round the claim: before it, in the middle of it, after it. Nothing of the bot stands
// under the line that says that a person is there, each turn has one end, and what was dangerous about it is kept.
func TestNoBotMessageStandsUnderTheLineOfAClaim(t *testing.T) {
	t.Parallel()
	const races, atOnce = 300, 6
	o := setup(t).office()
	messages, err := conversation.New(t.Context(), o.pool, time.Now)
	o.must(err)
	people := make([]audit.Actor, atOnce)
	for i := range people {
		people[i] = o.person(fmt.Sprintf("第%d位", i), "worker", "330106")
	}
	var answered atomic.Int64
	var group sync.WaitGroup
	for i, by := range people {
		group.Go(func() {
			r := rand.New(rand.NewPCG(9, uint64(i)))
			for n := range races / atOnce {
				f := fenced{office: o, messages: messages}
				f.ticket, f.conv, f.member = o.ticket(xihu, n%2) // P0 and P1: hands are never full
				answered.Add(f.race(r, by, n))
			}
		})
	}
	group.Wait()
	for what, query := range map[string]string{
		"messages of the bot under the line of a claim": `SELECT count(*) FROM messages m JOIN messages l USING (conversation_id)
			WHERE l.meta #>> '{handoff,event}' = 'claimed' AND m.sender_id = '` + conversation.BotID.String() + `' AND m.seq > l.seq`,
		"lines of a claim that are missing or doubled": `SELECT count(*) FROM (SELECT count(*) FILTER (WHERE meta #>> '{handoff,event}' = 'claimed') AS n FROM messages GROUP BY conversation_id) c WHERE n <> 1`,
		"turns without an end":                         `SELECT count(*) FROM bot_turns WHERE state = 'pending'`,
		"turns that ended otherwise than was said": `SELECT count(*) FROM bot_turns b LEFT JOIN messages m ON m.conversation_id = b.conversation_id
			AND m.client_msg_id = 'turn-' || lpad(b.user_seq::text, 10, '0') WHERE (b.state IN ('done', 'failed')) <> (m.seq IS NOT NULL)`,
		"assessments that are lost": `SELECT count(*) FROM messages m WHERE body LIKE '危险%' AND NOT EXISTS (SELECT 1 FROM assessments a
			WHERE a.conversation_id = m.conversation_id AND a.user_seq = m.seq AND a.level = 4)`,
		"tickets that are not as urgent as was found": `SELECT count(*) FROM tickets t WHERE priority > 0 AND EXISTS (SELECT 1 FROM assessments a WHERE a.conversation_id = t.conversation_id AND a.level = 4)`,
		"gaps": `SELECT count(*) FROM conversations c WHERE last_seq <> (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id)`,
	} {
		if n := o.one(query); n != "0" {
			t.Errorf("%s %s", n, what)
		}
	}
	if n := answered.Load(); n < races/20 || n > 2*races-races/20 {
		t.Errorf("%d of %d answers came in time: the races are no races", n, 2*races)
	}
	t.Logf("%d of %d answers came before the claim", answered.Load(), 2*races)
}

// race lets a worker claim while two messages of the family are answered, and counts the answers that were in time.
func (f *fenced) race(r *rand.Rand, by audit.Actor, n int) (answered int64) {
	f.t.Helper()
	first := f.asked(fmt.Sprintf("%s第一问", []string{"", "危险："}[n%2]), "message-a")
	pauses := make([]time.Duration, 4)
	for i := range pauses {
		pauses[i] = time.Duration(r.IntN(12_000)) * time.Microsecond
	}
	var count atomic.Int64
	var all sync.WaitGroup
	all.Go(func() {
		time.Sleep(pauses[0])
		f.answers(first, n, &count)
	})
	all.Go(func() { // a message that may be older or newer than the claim
		time.Sleep(pauses[1])
		second := f.asked("第二问", "message-b")
		time.Sleep(pauses[2] / 4)
		f.answers(second, n+1, &count)
	})
	all.Go(func() {
		time.Sleep(pauses[3])
		if _, err := f.store.Claim(context.Background(), by, f.ticket, 0); err != nil {
			f.t.Errorf("claim: %v", err)
		}
	})
	all.Wait()
	return count.Load()
}

func (f *fenced) asked(text, id string) conversation.BotTurn {
	r, err := f.messages.Send(context.Background(), conversation.Outgoing{Conversation: f.conv, Sender: f.member.ID, ClientMsgID: id, Kind: "text", Body: text})
	if err != nil {
		f.t.Errorf("send: %v", err)
		return conversation.BotTurn{}
	}
	return *r.Turn
}

// answers ends a turn in one of the ways there are: an answer, one with danger in the message, or the safe text.
func (f *fenced) answers(turn conversation.BotTurn, n int, count *atomic.Int64) {
	var assessment *conversation.Assessment
	if n%2 == 1 && turn.UserSeq == 2 {
		assessment = &conversation.Assessment{Level: 4, MessageLevel: 4, Speaker: "child", GuardianNotice: "none",
			Ticket: &handoff.Request{Priority: 0, Reason: "danger", Origin: "rule", Version: "v2"}}
	}
	var ok bool
	var err error
	if n%3 == 2 {
		_, ok, err = f.messages.Fail(context.Background(), turn, assessment)
	} else {
		_, ok, err = f.messages.Reply(context.Background(), conversation.Reply{Turn: turn, Body: "答", Assessment: assessment})
	}
	if err != nil {
		f.t.Errorf("answer: %v", err)
	}
	if ok {
		count.Add(1)
	}
}
