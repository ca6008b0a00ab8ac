package handoff_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"xiaohe/assistant/audit"
	"xiaohe/assistant/conversation"
	"xiaohe/assistant/handoff"
)

// Everybody does everything at once: the family and the workers write, triage raises, workers and supervisors give
// orders, the sweeps of two nodes run. Whatever comes first, each ticket has one unbroken history, conversations agree
// with their tickets, messages are numbered without gaps, and nobody waits for ever for a lock.
func TestCommandsThatRaceLeaveOneHistory(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	messages, err := conversation.New(t.Context(), o.pool, time.Now)
	o.must(err)
	people := []audit.Actor{o.person("甲", "worker", "330106"), o.person("乙", "worker", "330106", "legal"), o.person("督导", "supervisor", "330106")}
	convs, members := make([]uuid.UUID, 3), make([]audit.Actor, 3)
	for i := range convs {
		convs[i], members[i] = o.family(xihu, "请帮帮我")
	}
	var group sync.WaitGroup
	for worker := range 6 {
		group.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(worker)))
			for round := range 6 {
				for _, what := range r.Perm(things) {
					i, by := r.IntN(len(convs)), people[r.IntN(len(people))]
					err := o.anything(what, r, messages, convs[i], members[i], by, fmt.Sprintf("message-%d-%d-%d", worker, round, what))
					if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) {
						t.Error(err)
					}
				}
			}
		})
	}
	group.Wait()
	t.Logf("steps: %s", o.one(`SELECT string_agg(DISTINCT event, ' ') FROM ticket_events WHERE transition`))
	calm := o.person("丁", "worker", "330106")
	for i, conv := range convs {
		o.finish(messages, conv, members[i], calm)
	}
	for what, query := range map[string]string{
		"events that are missing or doubled": `SELECT count(*) FROM tickets t WHERE t.epoch + 1 <> (SELECT count(*) FROM ticket_events e WHERE e.ticket_id = t.id AND e.transition)`,
		"events that do not follow each other": `SELECT count(*) FROM (SELECT from_state, lag(to_state) OVER (PARTITION BY ticket_id ORDER BY epoch) AS before FROM ticket_events
			WHERE transition) e WHERE before IS NOT NULL AND from_state <> before`,
		"tickets in another state than their last event": `SELECT count(*) FROM tickets t WHERE t.state <> (SELECT to_state FROM ticket_events e WHERE e.ticket_id = t.id AND e.transition ORDER BY epoch DESC LIMIT 1)`,
		"steps that are not in the audit log":            `SELECT (SELECT count(*) FROM ticket_events WHERE transition) - (SELECT count(*) FROM audit_log WHERE action LIKE 'ticket.%')`,
		"conversations held by others than their ticket": `SELECT count(*) FROM conversations c LEFT JOIN tickets t ON t.conversation_id = c.id AND t.state NOT IN ('returned', 'closed')
			WHERE c.owner_id IS DISTINCT FROM t.owner_id OR (c.mode = 'waiting') <> coalesce(t.state IN ('queued', 'offered'), false)`,
		"staff in a conversation that is not theirs": `SELECT count(*) FROM participants p JOIN conversations c ON c.id = p.conversation_id WHERE p.left_at IS NULL
			AND p.role IN ('worker', 'supervisor') AND p.member_id IS DISTINCT FROM c.owner_id`,
		"messages that are missing": `SELECT sum(c.last_seq) - (SELECT count(*) FROM messages) FROM conversations c`,
		"messages of somebody who did not hold the conversation": `SELECT count(*) FROM messages m WHERE sender_kind = 'worker' AND meta ->> 'name' <> (SELECT n.meta #>> '{handoff,worker}' FROM messages n
			WHERE n.conversation_id = m.conversation_id AND n.seq < m.seq AND n.meta #>> '{handoff,event}' IN ('claimed', 'transferred', 'released', 'returned', 'callback', 'closed') ORDER BY n.seq DESC LIMIT 1)`,
	} {
		if n := o.one(query); n != "0" {
			t.Errorf("%s %s", n, what)
		}
	}
}

// finish asks for a person once more and brings the conversation to its end: nothing that came before may stand in the way.
func (o *office) finish(messages *conversation.Store, conv uuid.UUID, member, by audit.Actor) {
	o.t.Helper()
	ctx := o.t.Context()
	ticket, err := o.store.Ask(ctx, member, conv, "asked_for_person")
	o.must(err)
	switch id, epoch := ticket.ID, o.epoch(ticket.ID); {
	case ticket.Owner != nil:
		o.must(o.store.Release(ctx, audit.Actor{ID: *ticket.Owner, Role: "worker"}, id, epoch, "换班"))
	case ticket.OfferedTo != nil:
		o.must(o.store.Decline(ctx, audit.Actor{ID: *ticket.OfferedTo, Role: "worker"}, id, epoch))
	}
	o.claim(by, ticket.ID)
	_, err = messages.WorkerSend(ctx, conversation.Outgoing{Conversation: conv, Sender: by.ID, ClientMsgID: "goodbye-" + conv.String(), Kind: "text", Body: "再见"}, "丁")
	o.must(err)
	o.must(o.store.Close(ctx, by, ticket.ID, o.epoch(ticket.ID), handoff.Closing{Outcome: "已答复", Risk: &form}))
	if got := o.state(ticket.ID); got != "closed - closed -" {
		o.t.Errorf("in the end: %s", got)
	}
}

// things are what anything can do.
const things = 22

// anything does one of the things on a conversation, at the epoch that its ticket has at this moment.
func (o *office) anything(what int, r *rand.Rand, messages *conversation.Store, conv uuid.UUID, member, by audit.Actor, name string) error {
	ctx, s := context.Background(), o.store
	var id uuid.UUID
	var epoch int64
	var owner *uuid.UUID
	err := o.pool.QueryRow(ctx, `SELECT id, epoch, owner_id FROM tickets WHERE conversation_id = $1 ORDER BY enqueued_at DESC LIMIT 1`, conv).Scan(&id, &epoch, &owner)
	if err != nil && err != pgx.ErrNoRows {
		return err
	}
	mine := by
	if owner != nil {
		mine.ID = *owner
	}
	switch what {
	case 0, 1:
		_, err = s.ClaimNext(ctx, by)
	case 2:
		_, err = s.Claim(ctx, by, id, epoch)
	case 3:
		err = s.Release(ctx, mine, id, epoch, "换班")
	case 4:
		err = s.Reassign(ctx, by, id, epoch, by.ID, "换人")
	case 5, 6:
		err = s.RequestTransfer(ctx, mine, id, epoch, handoff.Transfer{Kind: "worker", To: by.ID.String(), Reason: "专业", Note: "见记录"})
	case 7:
		err = s.RequestTransfer(ctx, mine, id, epoch, handoff.Transfer{Kind: "team", To: "legal", Reason: "法律", Note: "见记录"})
	case 8, 9:
		err = s.AcceptTransfer(ctx, by, id, epoch)
	case 10:
		err = errors.Join(s.DeclineTransfer(ctx, by, id, epoch), s.WithdrawTransfer(ctx, mine, id, epoch))
	case 11:
		err = s.Return(ctx, mine, id, epoch)
	case 12:
		err = s.SetCallback(ctx, mine, id, epoch, time.Now().Add(time.Hour))
	case 13:
		err = s.Close(ctx, mine, id, epoch, handoff.Closing{Outcome: "已答复", Risk: &form})
	case 14:
		err = s.SetPriority(ctx, mine, id, epoch, r.IntN(4), "了解了情况", nil)
	case 15:
		err = pgx.BeginFunc(ctx, o.pool, func(tx pgx.Tx) error {
			_, err := handoff.Open(ctx, tx, handoff.Request{Conversation: conv, Priority: 1 + r.IntN(3), Reason: "danger", Origin: "rule", Version: "v1"})
			return err
		})
	case 16:
		_, err = s.Ask(ctx, member, conv, "asked_for_person")
	case 17:
		err = s.RequestCallback(ctx, member, conv, handoff.Callback{Contact: "chat_only", SafeToCall: "yes"})
	case 18:
		err = s.Withdraw(ctx, member, conv)
	case 19:
		_, err = messages.Send(ctx, conversation.Outgoing{Conversation: conv, Sender: member.ID, ClientMsgID: name, Kind: "text", Body: "在吗"})
	case 20:
		holder := o.one(`SELECT name FROM workers WHERE id = $1`, mine.ID)
		_, err = messages.WorkerSend(ctx, conversation.Outgoing{Conversation: conv, Sender: mine.ID, ClientMsgID: name, Kind: "text", Body: "在的"}, holder)
	case 21:
		if err = s.Sweep(ctx); err == nil {
			_, err = o.pool.Exec(ctx, `UPDATE tickets SET callback_at = now() WHERE state = 'callback'`)
		}
	}
	return err
}
