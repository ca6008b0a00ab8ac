package handoff_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"xiaohe/assistant/audit"
	"xiaohe/assistant/handoff"
)

// walk is a small model of one conversation's tickets beside the real ones: which steps the state machine of the
// handover design (§3.1) has, and who may take them.
type walk struct {
	*office
	rt     *rapid.T
	conv   uuid.UUID
	family audit.Actor

	a, b, super, stranger audit.Actor // b has the skill legal; the stranger works in another county

	id       uuid.UUID
	state    string // empty before the first ticket
	mode     string // of the conversation
	priority int
	epoch    int64
	owner    uuid.UUID // uuid.Nil: nobody
	offered  uuid.UUID
	to       uuid.UUID // of a transfer to a worker; uuid.Nil: to the team legal
	callback bool      // how to reach the family is known
}

func (w *walk) open() bool { return w.state != "" && w.state != "closed" && w.state != "returned" }
func (w *walk) waits() bool {
	return w.state == "queued" || w.state == "offered"
}
func (w *walk) owns(by audit.Actor) bool {
	return by.ID == w.owner && (w.state == "claimed" || w.state == "transferring")
}
func (w *walk) addressed(by audit.Actor) bool {
	if w.state != "transferring" || by.ID == w.owner {
		return false
	}
	return w.to == by.ID || w.to == uuid.Nil && by.ID == w.b.ID
}

// went notes a step that must have been possible.
func (w *walk) went(state string, owner uuid.UUID, mode string) {
	w.state, w.owner, w.mode, w.offered, w.to = state, owner, mode, uuid.Nil, uuid.Nil
	w.epoch++
}

// anybody draws a member of the staff, and the epoch that they have seen: seldom a stale one.
func (w *walk) anybody() (by audit.Actor, epoch int64, fresh bool) {
	people := []audit.Actor{w.a, w.b, w.super, w.stranger}
	by = rapid.SampledFrom(people).Draw(w.rt, "by")
	concerned := slices.IndexFunc(people, func(p audit.Actor) bool {
		return w.offered == p.ID || w.addressed(p) || w.state == "claimed" && w.owns(p)
	})
	if concerned >= 0 && rapid.Bool().Draw(w.rt, "concerned") { // most steps are theirs
		by = people[concerned]
	}
	fresh = rapid.IntRange(0, 9).Draw(w.rt, "stale") < 9
	epoch = w.epoch
	if !fresh {
		epoch--
	}
	return by, epoch, fresh
}

// expect compares what happened with what the model says.
func (w *walk) expect(name string, possible bool, err error) bool {
	if possible != (err == nil) {
		w.rt.Fatalf("%s in state %s (P%d, epoch %d): possible %v, but %v", name, w.state, w.priority, w.epoch, possible, err)
	}
	return possible
}

func (w *walk) steps() map[string]func(*rapid.T) {
	ctx := context.Background()
	s := w.store
	step := func(name string, possible func(by audit.Actor) bool, do func(by audit.Actor, epoch int64) error, then func(by audit.Actor)) func(*rapid.T) {
		return func(rt *rapid.T) {
			w.rt = rt
			by, epoch, fresh := w.anybody()
			if w.state == "" {
				return
			}
			can := fresh && possible(by)
			if w.expect(name, can, do(by, epoch)) {
				then(by)
			}
		}
	}
	return map[string]func(*rapid.T){
		"claim": step("claim", func(by audit.Actor) bool {
			return by.ID != w.stranger.ID && (w.state == "queued" || w.state == "callback" || w.state == "offered" && w.offered == by.ID)
		}, func(by audit.Actor, epoch int64) error { _, err := s.Claim(ctx, by, w.id, epoch); return err },
			func(by audit.Actor) { w.went("claimed", by.ID, "human") }),
		"next": func(rt *rapid.T) {
			w.rt = rt
			by, _, _ := w.anybody()
			got, err := s.ClaimNext(ctx, by)
			can := by.ID != w.stranger.ID && (w.state == "queued" || w.state == "offered" && w.offered == by.ID)
			if err != nil || (got != nil) != can {
				rt.Fatalf("next in state %s: %v, %v", w.state, got, err)
			}
			if can {
				w.went("claimed", by.ID, "human")
			}
		},
		"offer": func(rt *rapid.T) {
			if w.state == "queued" && w.priority > 1 {
				w.offerTo(w.a.ID)
			}
		},
		"decline": step("decline", func(by audit.Actor) bool { return w.state == "offered" && w.offered == by.ID },
			func(by audit.Actor, epoch int64) error { return s.Decline(ctx, by, w.id, epoch) },
			func(audit.Actor) { w.went("queued", uuid.Nil, "waiting") }),
		"release": step("release", func(by audit.Actor) bool { return w.owns(by) },
			func(by audit.Actor, epoch int64) error { return s.Release(ctx, by, w.id, epoch, "换班") },
			func(audit.Actor) { w.went("queued", uuid.Nil, "waiting") }),
		"reassign": step("reassign", func(by audit.Actor) bool {
			return by.ID == w.super.ID && w.state == "claimed" && w.owner != w.b.ID
		}, func(by audit.Actor, epoch int64) error { return s.Reassign(ctx, by, w.id, epoch, w.b.ID, "换人") },
			func(audit.Actor) { w.went("claimed", w.b.ID, "human") }),
		"give": step("give", func(by audit.Actor) bool { return w.state == "claimed" && w.owns(by) && by.ID != w.super.ID },
			func(by audit.Actor, epoch int64) error {
				return s.RequestTransfer(ctx, by, w.id, epoch, handoff.Transfer{Kind: "worker", To: w.super.ID.String(), Reason: "督导", Note: "请看记录"})
			}, func(by audit.Actor) { w.went("transferring", by.ID, "human"); w.to = w.super.ID }),
		"team": step("team", func(by audit.Actor) bool { return w.state == "claimed" && w.owns(by) },
			func(by audit.Actor, epoch int64) error {
				return s.RequestTransfer(ctx, by, w.id, epoch, handoff.Transfer{Kind: "team", To: "legal", Reason: "法律", Note: "请看记录"})
			}, func(by audit.Actor) {
				if w.priority > 1 {
					w.went("queued", uuid.Nil, "waiting")
					w.exec(`UPDATE tickets SET skills = '{}' WHERE id = $1`, w.id) // so that anybody may be given it
					return
				}
				w.went("transferring", by.ID, "human")
			}),
		"accept": step("accept", func(by audit.Actor) bool { return w.addressed(by) },
			func(by audit.Actor, epoch int64) error { return s.AcceptTransfer(ctx, by, w.id, epoch) },
			func(by audit.Actor) {
				w.went("claimed", by.ID, "human")
				w.exec(`UPDATE tickets SET skills = '{}' WHERE id = $1`, w.id)
			}),
		"refuse": step("refuse", func(by audit.Actor) bool { return w.addressed(by) && w.to == by.ID },
			func(by audit.Actor, epoch int64) error { return s.DeclineTransfer(ctx, by, w.id, epoch) },
			func(audit.Actor) { w.went("claimed", w.owner, "human") }),
		"take back": step("take back", func(by audit.Actor) bool { return w.state == "transferring" && w.owns(by) },
			func(by audit.Actor, epoch int64) error { return s.WithdrawTransfer(ctx, by, w.id, epoch) },
			func(audit.Actor) { w.went("claimed", w.owner, "human") }),
		"return": step("return", func(by audit.Actor) bool { return w.state == "claimed" && w.owns(by) && w.priority > 1 },
			func(by audit.Actor, epoch int64) error { return s.Return(ctx, by, w.id, epoch) },
			func(audit.Actor) { w.went("returned", uuid.Nil, "bot") }),
		"call back": step("call back", func(by audit.Actor) bool { return w.state == "claimed" && w.owns(by) && w.callback },
			func(by audit.Actor, epoch int64) error {
				return s.SetCallback(ctx, by, w.id, epoch, time.Now().Add(time.Hour))
			},
			func(audit.Actor) { w.went("callback", uuid.Nil, "bot") }),
		"close": step("close", func(by audit.Actor) bool {
			return w.state == "claimed" && (w.owns(by) || by.ID == w.super.ID) && w.priority > 1
		}, func(by audit.Actor, epoch int64) error {
			return s.Close(ctx, by, w.id, epoch, handoff.Closing{Outcome: "已答复"})
		}, func(audit.Actor) { w.went("closed", uuid.Nil, "closed") }),
		"close with the form": step("close with the form", func(by audit.Actor) bool {
			return w.state == "claimed" && (w.owns(by) || by.ID == w.super.ID)
		}, func(by audit.Actor, epoch int64) error {
			return s.Close(ctx, by, w.id, epoch, handoff.Closing{Outcome: "已转介", Summary: "转给派出所", Risk: &form})
		}, func(audit.Actor) { w.went("closed", uuid.Nil, "closed") }),
		"prioritise":  w.prioritise,
		"raise":       w.raise,
		"ask":         w.ask,
		"wish a call": w.wish,
		"withdraw": func(rt *rapid.T) {
			w.rt = rt
			can := w.priority > 1 && (w.waits() || w.state == "callback")
			if w.expect("withdraw", can, s.Withdraw(ctx, w.family, w.conv)) {
				w.went("closed", uuid.Nil, "bot")
			}
		},
	}
}

var form = handoff.RiskForm{Asked: "yes", PresentDanger: "没有", SafeAdult: "外婆在", Actions: "联系了学校", ReportedTo: "派出所", FollowUp: "明天上午"}

func (w *walk) prioritise(rt *rapid.T) {
	w.rt = rt
	by, epoch, fresh := w.anybody()
	to := rapid.IntRange(0, 3).Draw(rt, "to")
	if w.state == "" {
		return
	}
	reads := w.owns(by) || by.ID == w.super.ID || w.state == "offered" && w.offered == by.ID || w.addressed(by)
	lowers := w.owns(by) || by.ID == w.super.ID
	if w.priority == 0 {
		lowers = by.ID == w.super.ID && w.owner != uuid.Nil && w.owner != by.ID
	}
	can := fresh && w.open() && to != w.priority && (to < w.priority && reads || to > w.priority && lowers)
	if !w.expect("prioritise", can, w.store.SetPriority(context.Background(), by, w.id, epoch, to, "了解了情况", nil)) {
		return
	}
	raised := to < w.priority
	w.priority = to
	if raised && to <= 1 && (w.state == "offered" || w.state == "callback") {
		w.went("queued", uuid.Nil, "waiting")
	}
}

// raise is a message in which triage finds something.
func (w *walk) raise(rt *rapid.T) {
	p := rapid.IntRange(0, 3).Draw(rt, "priority")
	var o handoff.Opened
	w.must(pgx.BeginFunc(context.Background(), w.pool, func(tx pgx.Tx) (err error) {
		o, err = handoff.Open(context.Background(), tx, handoff.Request{Conversation: w.conv, Priority: p, Reason: "danger", Origin: "rule", UserSeq: 1, Version: "v1"})
		return err
	}))
	w.asked(rt, o.ID, p)
}

// asked is what becomes of the model when a person is asked for.
func (w *walk) asked(rt *rapid.T, id uuid.UUID, p int) {
	if (id == w.id) != w.open() {
		rt.Fatalf("ticket %s after %s in state %s", id, w.id, w.state)
	}
	if !w.open() {
		w.id, w.state, w.mode, w.priority, w.epoch, w.owner, w.callback = id, "queued", "waiting", p, 0, uuid.Nil, false
		return
	}
	if w.state == "callback" || w.state == "offered" && p <= 1 {
		w.went("queued", uuid.Nil, "waiting")
	}
	w.priority = min(w.priority, p)
}

func (w *walk) ask(rt *rapid.T) {
	got, err := w.store.Ask(context.Background(), w.family, w.conv, "asked_for_person")
	w.must(err)
	p := 2
	if w.state == "closed" && w.priority <= 1 { // it goes on
		p = 1
	}
	w.asked(rt, got.ID, p)
}

func (w *walk) wish(rt *rapid.T) {
	w.must(w.store.RequestCallback(context.Background(), w.family, w.conv, handoff.Callback{Phone: "13800000000", Contact: "phone", SafeToCall: "yes"}))
	if !w.open() {
		w.must(w.pool.QueryRow(context.Background(), `SELECT id FROM tickets WHERE conversation_id = $1 AND state = 'callback'`, w.conv).Scan(&w.id))
		w.state, w.priority, w.epoch, w.owner = "queued", 3, 0, uuid.Nil
	}
	w.callback = true
	if w.waits() && w.priority > 1 {
		w.went("callback", uuid.Nil, "bot")
	}
}

// offerTo stands in for the router.
func (w *walk) offerTo(worker uuid.UUID) {
	w.exec(`WITH t AS (UPDATE tickets SET state = 'offered', offered_to = $2, offer_until = now() + interval '20 s', epoch = epoch + 1 WHERE id = $1 RETURNING id, epoch),
		a AS (INSERT INTO audit_log (id, actor_role, action, object_kind, object_id, request_id, result)
			SELECT gen_random_uuid(), 'system', 'ticket.offered', 'ticket', id::text, '-', 'ok' FROM t)
		INSERT INTO ticket_events (ticket_id, epoch, event, transition, from_state, to_state, actor_kind) SELECT id, epoch, 'ticket.offered', true, 'queued', 'offered', 'system' FROM t`, w.id, worker)
	w.went("offered", uuid.Nil, "waiting")
	w.offered = worker
}

// check compares the model with the tables, after every step.
func (w *walk) check(rt *rapid.T) {
	if w.state == "" {
		return
	}
	var (
		state, mode          string
		priority             int
		epoch                int64
		owner, holder        *uuid.UUID
		events, logged, gaps int
		staff                []uuid.UUID
	)
	err := w.pool.QueryRow(context.Background(), `SELECT t.state, c.mode, t.priority, t.epoch, t.owner_id, c.owner_id,
		(SELECT count(*) FROM ticket_events e WHERE e.ticket_id = t.id AND e.transition),
		(SELECT count(*) FROM audit_log a JOIN (SELECT DISTINCT event FROM ticket_events WHERE ticket_id = t.id AND transition) e ON e.event = a.action WHERE a.object_id = t.id::text),
		c.last_seq - (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id),
		ARRAY(SELECT member_id FROM participants p WHERE p.conversation_id = c.id AND p.left_at IS NULL AND p.role IN ('worker', 'supervisor'))
		FROM tickets t JOIN conversations c ON c.id = t.conversation_id WHERE t.id = $1`, w.id).
		Scan(&state, &mode, &priority, &epoch, &owner, &holder, &events, &logged, &gaps, &staff)
	w.must(err)
	if state != w.state || mode != w.mode || priority != w.priority || epoch != w.epoch || same(owner) != w.owner {
		rt.Fatalf("ticket is %s/%s P%d at %d of %v, the model %s/%s P%d at %d of %v", state, mode, priority, epoch, same(owner), w.state, w.mode, w.priority, w.epoch, w.owner)
	}
	if same(holder) != w.owner || (mode == "human") != (w.owner != uuid.Nil) {
		rt.Fatalf("the conversation is held by %v, the ticket by %v", same(holder), w.owner)
	}
	if int64(events) != epoch+1 || logged != events || gaps != 0 {
		rt.Fatalf("%d events and %d audit rows for %d steps, %d messages missing", events, logged, epoch, gaps)
	}
	want := []uuid.UUID{}
	if w.owner != uuid.Nil {
		want = append(want, w.owner)
	}
	if !slices.Equal(staff, want) {
		rt.Fatalf("staff in the conversation %v, want %v", staff, want)
	}
}

func same(id *uuid.UUID) uuid.UUID {
	if id == nil {
		return uuid.Nil
	}
	return *id
}

// drawn are the steps as they are drawn: rapid prefers the first ones, and those that end a ticket must not be among them.
var drawn = []string{"offer", "decline", "next", "give", "refuse", "accept", "return", "team", "take back", "reassign", "claim", "raise", "prioritise", "release",
	"wish a call", "call back", "close with the form", "ask", "close", "withdraw"}

func TestTheStateMachineHoldsOnAnyWalk(t *testing.T) {
	t.Parallel()
	o := setup(t).office()
	a, b := o.person("甲老师", "worker", "330106"), o.person("乙老师", "worker", "330106", "legal")
	super, stranger := o.person("督导", "supervisor", "330106"), o.person("外人", "worker", "330102")
	o.exec(`UPDATE workers SET capacity = 20`)
	rapid.Check(t, func(rt *rapid.T) {
		o.exec(`UPDATE tickets SET state = 'returned', owner_id = NULL, offered_to = NULL, offer_until = NULL, transfer_to = NULL WHERE state NOT IN ('returned', 'closed')`)
		w := &walk{office: o, rt: rt, a: a, b: b, super: super, stranger: stranger, mode: "bot"}
		w.conv, w.family = o.family(xihu, "请帮帮我")
		steps := w.steps()
		if len(steps) != len(drawn) {
			rt.Fatal("a step is never drawn")
		}
		w.raise(rt)
		w.check(rt)
		for range 60 {
			steps[rapid.SampledFrom(drawn).Draw(rt, "step")](rt)
			w.check(rt)
		}
	})
	if testing.Short() {
		return // too few walks to come everywhere
	}
	for _, event := range []string{"ticket.opened", "ticket.claimed", "ticket.offer_lapsed", "ticket.released", "ticket.reassigned", "ticket.transfer_requested",
		"ticket.transfer_accepted", "ticket.transfer_declined", "ticket.transfer_withdrawn", "ticket.transferred", "ticket.returned_to_bot", "ticket.callback_set",
		"ticket.callback_requested", "ticket.requeued", "ticket.closed", "ticket.withdrawn", "priority.raised", "priority.lowered"} {
		if o.one(`SELECT EXISTS (SELECT 1 FROM ticket_events WHERE event = $1)`, event) != "true" {
			t.Errorf("no walk came to %s", event)
		}
	}
}
