package conversation_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"xiaohe/assistant/conversation"
	"xiaohe/assistant/handoff"
)

// opined is a late opinion that raises a message from a level to another, with what it says now.
func opined(t conversation.BotTurn, from, to int) conversation.Late {
	a := finding(to)
	a.Opinion = &conversation.Opinion{Outcome: "answered", Level: to, Categories: a.Categories, Model: "double", Prompt: "opinion@1", ReadAs: from}
	a.Evidence, a.Script = json.RawMessage(`[{"source": "model"}]`), fmt.Sprintf("teenager_neglect@%d.v1", to)
	l := conversation.Late{Turn: t, Assessment: a, Body: "请打110。", Meta: json.RawMessage(`{}`), Raise: func(json.RawMessage) (json.RawMessage, error) {
		return json.RawMessage(fmt.Sprintf(`{"raised": %d}`, to)), nil
	}}
	if to > from {
		a.Opinion.RaisedTo = &to
	}
	if a.Ticket != nil {
		a.Ticket.Origin = "model"
		a.Ticket.Evidence = []handoff.Evidence{{Source: "model", Rule: "double", Start: 0, End: 3, Priority: 4 - to}}
	}
	return l
}

func calm() *conversation.Assessment {
	a := finding(0)
	a.Categories, a.Flags, a.Script, a.GuardianSuspect, a.GuardianNotice = nil, nil, "", false, "none"
	a.Evidence = json.RawMessage(`null`)
	return a
}

// check fails the test where not exactly one row is as it should be.
func (b *bundle) check(rows ...string) {
	b.t.Helper()
	for _, row := range rows {
		if n := b.count(`SELECT count(*) FROM ` + row); n != 1 {
			b.t.Errorf("%d of %s", n, row)
		}
	}
}

func TestALateOpinionRaisesAssessmentAndTicketAndIsSaidOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.assessed("message-1", "妈妈好几天没回来", calm())
	b.assessed("message-2", "嗯", calm())
	l := opined(*r.Turn, 0, 3)
	m, ok, err := b.Heed(t.Context(), l)
	must(t, err)
	if !ok || m.Body != l.Body || !m.AI || m.Seq == 0 || m.ClientMsgID == "" {
		t.Errorf("said: %v %+v", ok, m)
	}
	for range 2 { // another node has asked, too
		if _, ok, err := b.Heed(t.Context(), l); ok || err != nil {
			t.Errorf("said again: %v, %v", ok, err)
		}
	}
	b.check(`assessments WHERE user_seq = 1 AND level = 3 AND message_level = 3 AND categories = '{neglect}' AND flags = '{R6}' AND guardian_suspect
			AND guardian_notice = 'suppressed' AND script = 'teenager_neglect@3.v1' AND evidence = '[{"source": "model"}]' AND session ->> 'raised' = '3'`,
		`assessments WHERE user_seq > 1 AND level = 3 AND message_level = 0 AND session ->> 'raised' = '3' AND script = ''`,
		`opinions WHERE late AND outcome = 'answered' AND level = 3 AND read_as = 0 AND raised_to = 3 AND model = 'double' AND prompt = 'opinion@1'`,
		`tickets WHERE origin = 'model' AND priority = 1 AND reason_code = 'danger.neglect'`,
		`ticket_evidence WHERE source = 'model' AND msg_seq = 1`,
		`messages WHERE sender_kind = 'bot' AND body = '请打110。'`,
		`messages WHERE sender_kind = 'system' AND meta #>> '{handoff,event}' = 'opened'`,
		`conversations WHERE mode = 'waiting' AND retention_class = 'report'`)
	if h := b.danger(b.next("message-3", "在吗")); h.Level != 3 {
		t.Errorf("the next message begins at L%d", h.Level)
	}
}

// An opinion that makes a message one of concern where the session was at that level before is remembered: the third calls.
func TestALateConcernIsRemembered(t *testing.T) {
	t.Parallel()
	b := setup(t)
	concern := finding(2)
	concern.MessageLevel, concern.Ticket = 0, nil
	r := b.assessed("message-1", "今天天气不错", concern)
	b.assessed("message-2", "嗯", concern)
	l := opined(*r.Turn, 2, 2)
	l.Assessment.Opinion.Concern = true
	l.Body = ""
	_, ok, err := b.Heed(t.Context(), l)
	must(t, err)
	if ok {
		t.Error("nothing was to be said")
	}
	b.check(`assessments WHERE user_seq = 1 AND level = 2 AND message_level = 2 AND session ->> 'raised' = '2' AND evidence #>> '{0,source}' = 'model'`,
		`assessments WHERE user_seq > 1 AND level = 2 AND message_level = 0 AND session ->> 'raised' = '2'`,
		`opinions WHERE late AND level = 2 AND read_as = 2 AND raised_to IS NULL`)
}

// The next message was being read while the opinion on the one before came: it was stored without knowing of it.
func TestAMessageAfterOneThatIsReadMeanwhileKnowsOfTheOpinion(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.assessed("message-1", "妈妈好几天没回来", calm())
	second, err := b.send("message-2", "嗯")
	must(t, err)
	_, _, err = b.Heed(t.Context(), opined(*first.Turn, 0, 3))
	must(t, err)
	_, _, err = b.Reply(t.Context(), conversation.Reply{Turn: *second.Turn, Body: "答", Assessment: calm()})
	must(t, err)
	if h := b.danger(b.next("message-3", "在吗")); h.Level != 3 {
		t.Errorf("it begins at L%d", h.Level)
	}
	b.exec(`INSERT INTO level_changes (conversation_id, user_seq, from_level, to_level, changed_by, reason)
		SELECT $1, max(user_seq), 3, 1, '李主任', '奶奶在家' FROM assessments`, b.conv.ID)
	b.assessed("message-4", "好", calm())
	if h := b.danger(b.next("message-5", "在吗")); h.Level != 0 {
		t.Errorf("after a human has lowered the level it begins at L%d", h.Level)
	}
}

func TestAnOpinionNeverLowersNorSpeaksForAPerson(t *testing.T) {
	t.Parallel()
	human := `UPDATE conversations SET mode = 'human', owner_id = gen_random_uuid(), epoch = epoch + 1`
	for name, c := range map[string]struct {
		between    string
		read, to   int
		said       bool
		level, own int // of the assessment; of tickets
	}{
		"lower":                            {read: 3, to: 1, level: 3, own: 1},
		"equal":                            {read: 3, to: 3, level: 3, own: 1},
		"to L2":                            {read: 0, to: 2, said: true, level: 2},
		"from L3 to L4":                    {read: 3, to: 4, said: true, level: 4, own: 1},
		"a person holds it":                {between: human, read: 0, to: 4, level: 4, own: 1},
		"a person holds it, to L2":         {between: human, read: 0, to: 2, level: 2},
		"claimed and returned":             {between: `UPDATE conversations SET epoch = epoch + 2`, read: 0, to: 3, said: true, level: 3, own: 1},
		"closed":                           {between: `UPDATE conversations SET mode = 'closed', epoch = epoch + 1`, read: 0, to: 3, said: true, level: 3, own: 1},
		"closed, to L2":                    {between: `UPDATE conversations SET mode = 'closed', epoch = epoch + 1`, read: 0, to: 2, level: 2},
		"another run has found more":       {between: `UPDATE assessments SET level = 4`, read: 0, to: 3, said: true, level: 4, own: 1},
		"as grave was said to a later one": {between: `UPDATE assessments SET script = 'teenager_suicide@3.v2' WHERE user_seq > 1`, read: 0, to: 3, level: 3, own: 1},
		"less was said to a later one":     {between: `UPDATE assessments SET script = 'teenager_concern_home@2.v2' WHERE user_seq > 1`, read: 0, to: 3, said: true, level: 3, own: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			first := calm()
			if c.read > 0 {
				first = finding(c.read)
			}
			r := b.assessed("message-1", "妈妈好几天没回来", first)
			b.assessed("message-2", "嗯", calm())
			if c.between != "" {
				b.exec(c.between)
			}
			before := b.count(`SELECT count(*) FROM messages WHERE sender_kind = 'bot'`)
			_, ok, err := b.Heed(t.Context(), opined(*r.Turn, c.read, c.to))
			must(t, err)
			said := b.count(`SELECT count(*) FROM messages WHERE sender_kind = 'bot'`) - before
			if ok != c.said || (said == 1) != c.said {
				t.Errorf("said %v, %d messages", ok, said)
			}
			if n := b.count(`SELECT level FROM assessments WHERE user_seq = 1`); n != c.level {
				t.Errorf("at L%d", n)
			}
			if n := b.count(`SELECT count(*) FROM tickets`); n != c.own {
				t.Errorf("%d tickets", n)
			}
			if n := b.count(`SELECT count(*) FROM opinions WHERE late`); n != 1 {
				t.Errorf("%d opinions", n)
			}
		})
	}
}

func TestAnOpinionIsStoredWithTheAnswerThatKnewIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := finding(3)
	three := 3
	a.Opinion = &conversation.Opinion{Outcome: "filtered", ReadAs: 1, RaisedTo: &three}
	r := b.assessed("message-1", "没人管我", a)
	b.check(`opinions WHERE NOT late AND outcome = 'filtered' AND level IS NULL AND raised_to = 3 AND read_as = 1 AND categories = '{}'`)
	if _, ok, err := b.Heed(t.Context(), opined(*r.Turn, 1, 4)); ok || err != nil {
		t.Errorf("a second one is said: %v, %v", ok, err)
	}
}

// Opinions on all messages of a conversation come at once, from two nodes, while people write on, claim and lower.
func TestOpinionsAllAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const turns = 8
	receipts := make([]conversation.Receipt, turns)
	for i := range receipts {
		receipts[i] = b.assessed(fmt.Sprintf("message-%02d", i), "没人管我", calm())
	}
	ctx := context.Background()
	var group sync.WaitGroup
	for i, r := range receipts {
		for range 2 {
			group.Go(func() {
				if _, _, err := b.Heed(ctx, opined(*r.Turn, 0, 2+i%3)); err != nil {
					t.Error(err)
				}
			})
		}
	}
	group.Go(func() {
		for i := range turns {
			r, err := b.send(fmt.Sprintf("further-%02d", i), "嗯")
			if err != nil {
				t.Error(err)
				return
			}
			if _, _, err := b.Reply(ctx, conversation.Reply{Turn: *r.Turn, Body: "答", Assessment: finding(3 + i%2)}); err != nil {
				t.Error(err)
			}
		}
	})
	group.Go(func() {
		for i := range turns {
			_, err := b.Lower(ctx, b.conv.ID, i%3, "李主任", "看过了")
			if err != nil && !isNotLower(err) && !strings.Contains(err.Error(), conversation.ErrUnassessed.Error()) {
				t.Error(err)
			}
		}
	})
	group.Wait()
	if n := b.count(`SELECT count(*) FROM tickets WHERE priority = 0`); n != 1 {
		t.Errorf("%d tickets", n)
	}
	if n := b.count(`SELECT count(*) FROM opinions o JOIN assessments a USING (conversation_id, user_seq) WHERE a.level >= o.raised_to`); n != turns {
		t.Errorf("%d of %d are raised", n, turns)
	}
	if n := b.count(`SELECT max(n) FROM (SELECT count(*) AS n FROM messages GROUP BY client_msg_id, sender_id) m`); n != 1 {
		t.Error("something is said twice")
	}
	if n := b.count(`SELECT count(*) - max(seq) FROM messages`); n != 0 {
		t.Error("seqs have gaps")
	}
}
