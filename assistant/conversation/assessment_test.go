package conversation_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"xiaohe/assistant/conversation"
	"xiaohe/assistant/handoff"
)

// finding is what triage could say of a message at a level; from L3 it asks for a ticket.
func finding(level int) *conversation.Assessment {
	a := &conversation.Assessment{
		Level: level, MessageLevel: level, Categories: []string{"neglect"}, Flags: []string{"R6"}, Evidence: json.RawMessage(`[{"rule_id": "N1"}]`),
		Speaker: "child", GuardianSuspect: true, GuardianNotice: "suppressed", Script: "child_neglect@1",
		Versions: json.RawMessage(`{"rules": "v1"}`), Session: json.RawMessage(fmt.Sprintf(`{"max": %d}`, level)),
	}
	if level >= 3 {
		a.Ticket = &handoff.Request{Priority: 4 - level, Reason: "danger.neglect", Origin: "rule", Version: "v1",
			Evidence: []handoff.Evidence{{Source: "rules", Rule: "N1", Start: 0, End: 3, Priority: 4 - level}}}
	}
	return a
}

// assessed sends a message and answers it with an assessment.
func (b *bundle) assessed(id, text string, a *conversation.Assessment) conversation.Receipt {
	b.t.Helper()
	r, err := b.send(id, text)
	must(b.t, err)
	_, ok, err := b.Reply(b.t.Context(), conversation.Reply{Turn: *r.Turn, Body: "答", Assessment: a})
	must(b.t, err)
	if !ok {
		b.t.Fatal("the reply does not count")
	}
	return r
}

// stored counts assessments, tickets, their events and evidence, and answers.
func (b *bundle) stored() (counts [5]int) {
	for i, what := range []string{"assessments", "tickets", "ticket_events WHERE event <> 'rung.fired'", "ticket_evidence", "messages WHERE sender_kind <> 'user' AND sender_id <> '" + handoff.SystemID.String() + "'"} {
		counts[i] = b.count(`SELECT count(*) FROM ` + what)
	}
	return counts
}

func TestAnAssessmentIsStoredWithItsAnswerAndTicket(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.assessed("message-1", "没人管我", finding(4))
	b.assessed("message-2", "嗯", &conversation.Assessment{Level: 1, Speaker: "unknown", GuardianNotice: "none"}) // all else is nil
	if got := b.stored(); got != [5]int{2, 1, 1, 1, 2} {
		t.Errorf("stored: %v", got)
	}
	for _, want := range []string{
		`assessments WHERE user_seq = 1 AND level = 4 AND categories = '{neglect}' AND flags = '{R6}' AND evidence -> 0 ->> 'rule_id' = 'N1' AND speaker = 'child'
			AND guardian_suspect AND NOT worker_suspect AND guardian_notice = 'suppressed' AND script = 'child_neglect@1' AND versions ->> 'rules' = 'v1' AND session ->> 'max' = '4'`,
		`assessments WHERE user_seq = 4 AND categories = '{}' AND flags = '{}' AND evidence = '[]' AND versions = '{}' AND session = '{}' AND script = ''`,
		`tickets t JOIN ticket_evidence e ON e.ticket_id = t.id JOIN conversations c ON c.id = t.conversation_id
			WHERE t.priority = 0 AND e.msg_seq = 1 AND e.span_to = 3 AND c.mode = 'waiting' AND c.retention_class = 'report'`,
	} {
		if n := b.count(`SELECT count(*) FROM ` + want); n != 1 {
			t.Errorf("%d of %s", n, want)
		}
	}
}

// Whatever breaks between the ticket and the answer, nothing is stored, and the turn can be run again.
func TestAFaultBetweenTicketAndAnswerLeavesNothing(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]string{
		"an error":                 `RAISE EXCEPTION 'the disk is full'`,
		"the connection is broken": `PERFORM pg_terminate_backend(pg_backend_pid())`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			r, err := b.send("message-1", "没人管我")
			must(t, err)
			b.exec(`CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
				IF NOT EXISTS (SELECT 1 FROM tickets) THEN RAISE EXCEPTION 'the ticket comes after the answer'; END IF;
				` + fault + `; RETURN NEW; END $$`)
			b.exec(`CREATE TRIGGER fault BEFORE INSERT ON messages FOR EACH ROW WHEN (NEW.sender_kind <> 'user') EXECUTE FUNCTION fault()`)
			if _, ok, err := b.Reply(t.Context(), conversation.Reply{Turn: *r.Turn, Body: "答", Assessment: finding(4)}); err == nil || ok {
				t.Errorf("the reply: %v, %v", ok, err)
			}
			if _, ok, err := b.Fail(t.Context(), *r.Turn, finding(4)); err == nil || ok {
				t.Errorf("the notice: %v, %v", ok, err)
			}
			if got := b.stored(); got != [5]int{} {
				t.Errorf("stored: %v", got)
			}
			if n := b.count(`SELECT count(*) FROM conversations c, bot_turns b WHERE retention_class = 'anonymous' AND last_seq = 1 AND state = 'pending'`); n != 1 {
				t.Error("the conversation is not as it was")
			}
			b.exec(`DROP TRIGGER fault ON messages`)
			if _, ok, err := b.Reply(t.Context(), conversation.Reply{Turn: *r.Turn, Body: "答", Assessment: finding(4)}); err != nil || !ok {
				t.Errorf("the next try: %v, %v", ok, err)
			}
			if got := b.stored(); got != [5]int{1, 1, 1, 1, 1} {
				t.Errorf("stored by the next try: %v", got)
			}
		})
	}
}

func TestAWrongTicketStopsTheAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r, err := b.send("message-1", "没人管我")
	must(t, err)
	a := finding(4)
	a.Ticket.Origin = "nobody"
	if _, ok, err := b.Reply(t.Context(), conversation.Reply{Turn: *r.Turn, Body: "答", Assessment: a}); err == nil || ok {
		t.Errorf("the reply: %v, %v", ok, err)
	}
	if got := b.stored(); got != [5]int{} {
		t.Errorf("stored: %v", got)
	}
}

func TestAFencedAnswerLeavesItsAssessmentAndTicket(t *testing.T) {
	t.Parallel()
	for name, between := range map[string]string{
		"a worker claimed":             `UPDATE conversations SET mode = 'human', owner_id = gen_random_uuid(), epoch = epoch + 1`,
		"claimed and returned":         `UPDATE conversations SET epoch = epoch + 2`,
		"the turn was given up":        `UPDATE bot_turns SET state = 'failed'`,
		"nobody knows of a turn":       `DELETE FROM bot_turns`,
		"the conversation is closed":   `UPDATE conversations SET mode = 'closed', epoch = epoch + 1`,
		"claimed and released":         `UPDATE conversations SET mode = 'waiting', epoch = epoch + 2`,
		"another node answered faster": `UPDATE bot_turns SET state = 'done'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			r, err := b.send("message-1", "没人管我")
			must(t, err)
			b.exec(between)
			if _, ok, err := b.Reply(t.Context(), conversation.Reply{Turn: *r.Turn, Body: "答", Assessment: finding(3)}); err != nil || ok {
				t.Errorf("the reply: %v, %v", ok, err)
			}
			if got := b.stored(); got != [5]int{1, 1, 1, 1, 0} {
				t.Errorf("stored: %v", got)
			}
			// the same turn again, and more serious: the first assessment stands, the ticket rises
			if _, ok, err := b.Fail(t.Context(), *r.Turn, finding(4)); err != nil || ok {
				t.Errorf("the notice: %v, %v", ok, err)
			}
			if got := b.stored(); got != [5]int{1, 1, 3, 2, 0} {
				t.Errorf("stored: %v", got)
			}
			if n := b.count(`SELECT count(*) FROM assessments a, tickets t WHERE a.level = 3 AND t.priority = 0`); n != 1 {
				t.Error("the ticket did not rise")
			}
		})
	}
}

func TestAFailedTurnKeepsWhatTriageSaid(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r, err := b.send("message-1", "没人管我")
	must(t, err)
	m, ok, err := b.Fail(t.Context(), *r.Turn, finding(4))
	must(t, err)
	if !ok || m.Body != conversation.SafeText {
		t.Errorf("the notice is %v %+v", ok, m)
	}
	if got := b.stored(); got != [5]int{1, 1, 1, 1, 1} {
		t.Errorf("stored: %v", got)
	}
}

// Nodes that run the same turns, people who go on writing, workers who claim and lower, and the nightly deletion: no
// order of locks may stop them, and each message is assessed once, each conversation has one ticket.
func TestAllAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const turns = 12
	receipts := make([]conversation.Receipt, turns)
	for i := range receipts {
		var err error
		receipts[i], err = b.send(fmt.Sprintf("message-%02d", i), "没人管我")
		must(t, err)
	}
	b.exec(`UPDATE conversations SET purge_after = '2020-01-01'`)
	b.assessed("message-99", "救命", finding(3))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var group sync.WaitGroup
	do := func(work func() error) {
		group.Go(func() {
			if err := work(); err != nil {
				t.Error(err)
			}
		})
	}
	for i, r := range receipts {
		for node := range 3 {
			do(func() (err error) {
				if node == 2 {
					_, _, err = b.Fail(ctx, *r.Turn, finding(3))
					return err
				}
				_, _, err = b.Reply(ctx, conversation.Reply{Turn: *r.Turn, Body: "答", Assessment: finding(3 + i%2)})
				return err
			})
		}
		do(func() error {
			_, err := b.send(fmt.Sprintf("another-%02d", i), "还在吗")
			return err
		})
		do(func() error { return b.Purge(ctx) })
		do(func() error { // a claim: ticket first, then conversation
			_, err := b.pool.Exec(ctx, `WITH t AS (SELECT id, conversation_id FROM tickets FOR UPDATE)
				UPDATE conversations c SET mode = 'bot' FROM t WHERE c.id = t.conversation_id`)
			return err
		})
		do(func() error {
			_, err := b.Lower(ctx, b.conv.ID, 2, "王", "问过了")
			if err != nil && !isNotLower(err) {
				return err
			}
			return nil
		})
	}
	group.Wait()
	for _, want := range []struct {
		what string
		n    int
	}{{"assessments", turns + 1}, {"tickets WHERE priority = 0", 1}, {"tickets", 1}, {"messages WHERE sender_kind = 'system' AND sender_id = '" + conversation.BotID.String() + "' OR sender_kind = 'bot'", turns + 1}, {"bot_turns WHERE state = 'pending'", turns}} {
		if n := b.count(`SELECT count(*) FROM ` + want.what); n != want.n {
			t.Errorf("%s: %d, want %d", want.what, n, want.n)
		}
	}
}

func TestPurgeTakesAssessmentsButNoCase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.assessed("message-1", "有点难过", finding(2))
	_, err := b.Lower(t.Context(), b.conv.ID, 0, "王", "问过了")
	must(t, err)
	quiet := b.conv
	b.conv, err = b.Open(t.Context(), b.session, country, true)
	must(t, err)
	b.assessed("message-1", "没人管我", finding(3))
	_, err = b.Lower(t.Context(), b.conv.ID, 1, "王", "问过了")
	must(t, err)
	b.now = b.now.Add(33 * 24 * time.Hour)
	must(t, b.Purge(t.Context()))
	for _, table := range []string{"messages", "assessments", "level_changes"} {
		if n := b.count(`SELECT count(*) FROM `+table+` WHERE conversation_id = $1`, quiet.ID); n != 0 {
			t.Errorf("%s: %d rows outlive their day", table, n)
		}
		if n := b.count(`SELECT count(*) FROM `+table+` WHERE conversation_id = $1`, b.conv.ID); n == 0 {
			t.Errorf("%s of a case are gone", table)
		}
	}
	// even one whose class was set back
	b.exec(`UPDATE conversations SET retention_class = 'anonymous'`)
	must(t, b.Purge(t.Context()))
	if n := b.count(`SELECT count(*) FROM tickets t JOIN conversations c ON c.id = t.conversation_id JOIN assessments a ON a.conversation_id = c.id`); n != 1 {
		t.Error("a conversation with a ticket was deleted")
	}
}

func TestAnAnswerToADeletedConversationIsDropped(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r, err := b.send("message-1", "没人管我")
	must(t, err)
	b.now = b.now.Add(33 * 24 * time.Hour)
	must(t, b.Purge(t.Context()))
	if _, ok, err := b.Reply(t.Context(), conversation.Reply{Turn: *r.Turn, Body: "答", Assessment: finding(3)}); ok || err != nil {
		t.Errorf("the reply: %v, %v", ok, err)
	}
	if got := b.stored(); got != [5]int{} {
		t.Errorf("stored: %v", got)
	}
}

// A conversation whose day is over goes as a whole, or a ticket that comes at that moment keeps it as a whole.
func TestNoTicketIsLostToTheDeletion(t *testing.T) {
	t.Parallel()
	b := setup(t)
	kept := 0
	for i := range 30 {
		_, session, err := b.OpenSession(t.Context(), "self", false)
		must(t, err)
		b.session = session
		b.fresh()
		r, err := b.send("message-1", "没人管我")
		must(t, err)
		b.exec(`UPDATE conversations SET purge_after = '2020-01-01'`)
		var ok bool
		var group sync.WaitGroup
		group.Go(func() {
			time.Sleep(time.Duration(i%6) * 100 * time.Microsecond)
			var err error
			if _, ok, err = b.Reply(context.Background(), conversation.Reply{Turn: *r.Turn, Body: "答", Assessment: finding(4)}); err != nil {
				t.Error(err)
			}
		})
		group.Go(func() {
			if err := b.Purge(context.Background()); err != nil {
				t.Error(err)
			}
		})
		group.Wait()
		if ok {
			kept++
		}
		if got := b.stored(); got != [5]int{kept, kept, kept, kept, kept} {
			t.Fatalf("answered %v; stored: %v, want %d of each", ok, got, kept)
		}
	}
	if n := b.count(`SELECT count(*) FROM conversations`); n != kept {
		t.Errorf("%d conversations, %d with a ticket", n, kept)
	}
	t.Logf("%d of 30 kept", kept)
}
