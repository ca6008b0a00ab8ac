package conversation_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant/conversation"
)

func isNotLower(err error) bool { return errors.Is(err, conversation.ErrNotLower) }

// fresh moves on to another conversation of the same person.
func (b *bundle) fresh() {
	b.t.Helper()
	var err error
	b.conv, err = b.Open(b.t.Context(), b.session, country, true)
	must(b.t, err)
}

func (b *bundle) danger(before int64) conversation.History {
	b.t.Helper()
	h, err := b.Danger(b.t.Context(), b.conv.ID, before)
	must(b.t, err)
	return h
}

// age makes all that was said and assessed so far older.
func (b *bundle) age(by string) {
	for _, column := range []string{"messages SET created_at = created_at", "assessments SET created_at = created_at", "level_changes SET changed_at = changed_at"} {
		b.exec(`UPDATE `+column+` - $1::interval`, by)
	}
}

func texts(all []conversation.Said) (out []string) {
	for _, s := range all {
		out = append(out, s.Text)
	}
	return out
}

func (b *bundle) next(id, text string) int64 {
	b.t.Helper()
	r, err := b.send(id, text)
	must(b.t, err)
	return r.Message.Seq
}

func TestHistoryIsOfAllConversationsOfAPersonForSevenDays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if h := b.danger(b.next("message-0", "你好")); h.Session != nil || h.Lowered != nil || len(h.Others)+len(h.Unassessed)+len(h.Recent) > 0 {
		t.Errorf("before anything: %+v", h)
	}
	b.assessed("message-1", "没人管我", finding(4))
	b.age("1 h")
	first := b.conv.ID
	b.fresh()
	if h := b.danger(b.next("message-2", "低保怎么办")); string(h.Session) != `{"max": 4}` || h.Level != 4 || h.Conversation != first || len(h.Others) != 0 {
		t.Errorf("in another conversation: %+v", h)
	}
	b.assessed("message-3", "要什么材料", finding(1))
	if h := b.danger(b.next("message-4", "谢谢")); string(h.Session) != `{"max": 1}` || h.Conversation != b.conv.ID || len(h.Others) != 1 || string(h.Others[0].Session) != `{"max": 4}` {
		t.Errorf("after another conversation: %+v", h)
	}
	b.age("6 days 22 h")
	if h := b.danger(b.next("message-5", "在吗")); h.Level != 1 || len(h.Others) != 1 {
		t.Errorf("on the seventh day: %+v", h)
	}
	b.age("1 day 2 h")
	if h := b.danger(b.next("message-6", "在吗")); h.Session != nil || len(h.Others) != 0 {
		t.Errorf("after eight days: %+v", h)
	}
	_, stranger, err := b.OpenSession(t.Context(), "self", false)
	must(t, err)
	b.session = stranger
	b.fresh()
	if h := b.danger(b.next("message-7", "在吗")); h.Session != nil || len(h.Recent) > 0 {
		t.Errorf("a stranger: %+v", h)
	}
	if _, err := b.Danger(t.Context(), uuid.New(), 1); err == nil {
		t.Error("a conversation that is not there has a history")
	}
}

func TestATurnThatRunsAgainFindsTheSameHistory(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.assessed("message-1", "难过", finding(2))
	seq := b.next("message-2", "没人管我")
	before := b.danger(seq)
	_, _, err := b.Reply(t.Context(), conversation.Reply{Turn: conversation.BotTurn{Conversation: b.conv.ID, UserSeq: seq}, Body: "答", Assessment: finding(4)})
	must(t, err)
	b.next("message-3", "还在吗")
	b.now = b.now.Add(100 * time.Hour)
	if after := b.danger(seq); fmt.Sprint(after) != fmt.Sprint(before) || before.Level != 2 {
		t.Errorf("first %+v, then %+v", before, after)
	}
}

func TestMessagesThatNobodyAssessedAreHandedOver(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.next("message-1", "一") // its turn failed before triage
	b.age("8 days")
	b.next("message-2", "二")
	b.assessed("message-3", "三", finding(1))
	b.next("message-4", "四")
	b.next("message-5", "五")
	last := b.next("message-6", "六")
	b.next("message-7", "七")
	h := b.danger(last)
	if got := texts(h.Unassessed); !slices.Equal(got, []string{"四", "五"}) {
		t.Errorf("unassessed: %q", got)
	}
	if h.Unassessed[0].Seq != 5 || time.Since(h.Unassessed[0].At) > time.Hour {
		t.Errorf("%+v", h.Unassessed[0])
	}
	b.exec(`DELETE FROM assessments`)
	if got := texts(b.danger(last).Unassessed); !slices.Equal(got, []string{"二", "三", "四", "五"}) {
		t.Errorf("unassessed of seven days: %q", got)
	}
}

func TestTheLastThreeMessagesOfTenMinutesAreRecent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.next("message-1", "很早")
	b.age("11 min")
	b.next("message-2", "一")
	b.age("1 min")
	first := b.conv
	b.fresh()
	b.assessed("message-1", "二", finding(0)) // answers are nobody's words
	b.age("1 min")
	if got := texts(b.danger(b.next("message-2", "问")).Recent); !slices.Equal(got, []string{"一", "二"}) {
		t.Errorf("recent: %q", got)
	}
	b.age("1 min")
	second := b.conv
	b.conv = first
	b.next("message-3", "三")
	b.age("1 min")
	b.conv = second
	seq := b.next("message-4", "四")
	b.next("message-5", "五")
	if got := texts(b.danger(seq).Recent); !slices.Equal(got, []string{"二", "问", "三"}) {
		t.Errorf("recent in two conversations: %q", got)
	}
}

func TestLoweringCountsForWhatWasAssessedBeforeIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.assessed("message-1", "没人管我", finding(4))
	from, err := b.Lower(t.Context(), b.conv.ID, 3, " 李主任 ", " 去过家里 ")
	must(t, err)
	if n := b.count(`SELECT count(*) FROM ticket_events WHERE event = 'priority.lowered'`); from != 4 || n != 0 {
		t.Errorf("from L%d, %d events: L3 still needs a person", from, n)
	}
	from, err = b.Lower(t.Context(), b.conv.ID, 1, "李主任", "奶奶在家")
	must(t, err)
	if from != 3 {
		t.Errorf("from L%d", from)
	}
	for _, want := range []string{
		`level_changes WHERE from_level = 4 AND to_level = 3 AND changed_by = '李主任' AND reason = '去过家里' AND user_seq = 1`,
		`level_changes WHERE from_level = 3 AND to_level = 1`,
		`tickets WHERE state = 'queued' AND priority = 0`,
		`ticket_events WHERE event = 'priority.lowered' AND NOT transition AND actor_kind = 'worker' AND reason = '奶奶在家' AND data ->> 'from' = '3' AND data ->> 'to' = '1'`,
	} {
		if n := b.count(`SELECT count(*) FROM ` + want); n != 1 {
			t.Errorf("%d of %s", n, want)
		}
	}
	h := b.danger(b.next("message-2", "在吗"))
	if h.Level != 4 || h.Lowered == nil || h.Lowered.Level != 1 || time.Since(h.Lowered.At) > time.Hour {
		t.Errorf("history %+v %+v", h, h.Lowered)
	}
	b.assessed("message-3", "又没人管了", finding(4))
	if h := b.danger(b.next("message-4", "在吗")); h.Lowered != nil {
		t.Errorf("a later message is lowered too: %+v", h.Lowered)
	}
	other := b.conv.ID
	b.fresh()
	if _, err := b.Lower(t.Context(), other, 2, "李主任", "看过了"); err != nil {
		t.Error(err)
	}
	if h := b.danger(b.next("message-1", "你好")); h.Lowered == nil || h.Lowered.Level != 2 {
		t.Errorf("in the next conversation: %+v", h.Lowered)
	}
}

func TestOnlyANamedHumanLowersAndOnlyDown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.Lower(t.Context(), b.conv.ID, 0, "王", "误报")
	b.expect(err, conversation.ErrUnassessed)
	b.assessed("message-1", "难过", finding(2))
	for _, c := range []struct {
		to         int
		by, reason string
		want       error
	}{
		{3, "王", "误报", conversation.ErrNotLower}, {2, "王", "误报", conversation.ErrNotLower}, {-1, "王", "误报", conversation.ErrNotLower},
		{1, " ", "误报", conversation.ErrUnsigned}, {1, "王", "\n", conversation.ErrUnsigned},
	} {
		_, err := b.Lower(t.Context(), b.conv.ID, c.to, c.by, c.reason)
		b.expect(err, c.want)
	}
	if n := b.count(`SELECT count(*) FROM level_changes`); n != 0 {
		t.Errorf("%d changes are stored", n)
	}
}

// Those who lower at the same time wait for each other: each starts from what the one before left.
func TestOfTwoWhoLowerTheLaterSeesTheFirst(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.assessed("message-1", "难过", finding(2))
	// the first cannot write, the second has come as far as it can without the first
	tx, err := b.pool.Begin(t.Context())
	must(t, err)
	_, err = tx.Exec(t.Context(), `SELECT 1 FROM assessments FOR UPDATE`)
	must(t, err)
	var group sync.WaitGroup
	for i := range 2 {
		group.Go(func() {
			if _, err := b.Lower(t.Context(), b.conv.ID, i, "王", "误报"); err != nil && !isNotLower(err) {
				t.Error(err)
			}
		})
	}
	time.Sleep(100 * time.Millisecond)
	must(t, tx.Commit(t.Context()))
	group.Wait()
	if n := b.count(`SELECT count(*) FROM (SELECT from_level, lag(to_level, 1, 2::smallint) OVER (ORDER BY id) AS before FROM level_changes) c WHERE from_level <> before`); n != 0 {
		t.Errorf("%d changes do not follow the one before", n)
	}
	if n := b.count(`SELECT to_level FROM level_changes ORDER BY id DESC LIMIT 1`); n != 0 {
		t.Errorf("the level is L%d in the end", n)
	}
}
