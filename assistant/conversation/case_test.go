package conversation_test

import (
	"encoding/json"
	"testing"

	"github.com/google/uuid"

	"xiaohe/assistant/conversation"
)

const rulesVersion = "0123456789ab"

// withRules is setup with a rule set that decisions can name.
func withRules(t *testing.T) *bundle {
	b := setup(t)
	b.exec(`INSERT INTO rule_sets (version, origin, files) VALUES ($1, 'upload', '{}')`, rulesVersion)
	return b
}

// answer sends a message and answers it with a case.
func (b *bundle) answer(id, state string) conversation.Receipt {
	b.t.Helper()
	r, err := b.send(id, "问")
	must(b.t, err)
	_, ok, err := b.Reply(b.t.Context(), conversation.Reply{Turn: *r.Turn, Body: "答", Case: &conversation.CaseState{
		State: json.RawMessage(state), Rules: rulesVersion, Verdicts: json.RawMessage(`{"最低生活保障": "eligible"}`)}})
	must(b.t, err)
	if !ok {
		b.t.Fatal("the reply does not count")
	}
	return r
}

func TestTheCaseIsTheOneOfTheLastAnswerBeforeAMessage(t *testing.T) {
	t.Parallel()
	b := withRules(t)
	first, second := b.answer("message-1", `{"n": 1}`), b.answer("message-2", `{"n": 2}`)
	third, err := b.send("message-3", "再问")
	must(t, err)
	fourth, err := b.send("message-4", "还问")
	must(t, err)
	for _, c := range []struct {
		name   string
		before int64
		state  string
		unread int
	}{
		{"before the first message", first.Message.Seq, "", 0},
		{"before the second", second.Message.Seq, `{"n": 1}`, 0},
		{"before the third", third.Message.Seq, `{"n": 2}`, 0},
		{"with a message between that no turn took in", fourth.Message.Seq, `{"n": 2}`, 1},
	} {
		state, unread, err := b.LastCase(t.Context(), b.conv.ID, c.before)
		if err != nil || string(state) != c.state || unread != c.unread {
			t.Errorf("%s: %s, %d unread, %v", c.name, state, unread, err)
		}
	}
	if state, _, err := b.LastCase(t.Context(), uuid.New(), 1<<40); err != nil || state != nil {
		t.Errorf("another conversation: %s, %v", state, err)
	}
}

func TestACaseIsStoredWithItsAnswerOrNotAtAll(t *testing.T) {
	t.Parallel()
	b := withRules(t)
	r, err := b.send("message-1", "问")
	must(t, err)
	state := &conversation.CaseState{State: json.RawMessage(`{}`), Rules: "ffffffffffff", Verdicts: json.RawMessage(`{}`)}
	if _, _, err := b.Reply(t.Context(), conversation.Reply{Turn: *r.Turn, Body: "答", Case: state}); err == nil {
		t.Error("a decision by unknown rules was stored")
	}
	state.Rules = rulesVersion
	b.exec(`UPDATE conversations SET mode = 'human', owner_id = gen_random_uuid(), epoch = epoch + 1`)
	if _, ok, err := b.Reply(t.Context(), conversation.Reply{Turn: *r.Turn, Body: "答", Case: state}); ok || err != nil {
		t.Errorf("a fenced reply: %v, %v", ok, err)
	}
	if n := b.count(`SELECT (SELECT count(*) FROM case_states) + (SELECT count(*) FROM messages WHERE sender_kind = 'bot')`); n != 0 {
		t.Errorf("%d answers and cases are stored", n)
	}
}

func TestADecisionNamesItsRules(t *testing.T) {
	t.Parallel()
	b := withRules(t)
	b.answer("message-1", `{}`)
	if n := b.count(`SELECT count(*) FROM case_states WHERE rules_version = $1 AND verdicts ->> '最低生活保障' = 'eligible'`, rulesVersion); n != 1 {
		t.Errorf("%d decisions", n)
	}
	if _, err := b.pool.Exec(t.Context(), `DELETE FROM rule_sets`); err == nil {
		t.Error("rules that a stored decision names were deleted")
	}
	b.exec(`UPDATE conversations SET purge_after = '2020-01-01'`)
	must(t, b.Purge(t.Context()))
	if n := b.count(`SELECT count(*) FROM case_states`); n != 0 {
		t.Errorf("%d cases outlive their conversation", n)
	}
}
