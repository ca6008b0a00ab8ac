package notify

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/assistant/handoff"
)

// The queue writes the rows and this package sends them: from the opening of a ticket to the call of the supervisors.
func TestTheLadderOfAP0ReachesTheRobots(t *testing.T) {
	t.Parallel()
	w, v, broken := newWorld(t), newVendor(t), newVendor(t)
	queue, d := handoff.New(w.pool, slog.New(slog.DiscardHandler), nil), w.deliverer()
	w.target(v, "区里的群", DingTalk, "330106")
	w.deliver(d)
	open := func() uuid.UUID {
		t.Helper()
		conv := uuid.Must(uuid.NewV7())
		w.exec(`INSERT INTO conversations (id, site_id, opener_id, region_code, channel) VALUES ($1, 'self', $1, '330106000000', 'widget')`, conv)
		var o handoff.Opened
		err := pgx.BeginFunc(t.Context(), w.pool, func(tx pgx.Tx) (err error) {
			o, err = handoff.Open(t.Context(), tx, handoff.Request{Conversation: conv, Priority: 0, Reason: "danger.suicide", Origin: "rule", Version: "v1"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return o.ID
	}
	fired := func(ticket uuid.UUID) int {
		return ask[int](w, `SELECT next_rung FROM tickets WHERE id = $1`, ticket)
	}

	told := open()
	w.deliver(d)
	if got := v.messages(DingTalk); len(got) != 1 || !strings.Contains(got[0].text, "P0") || fired(told) != 1 {
		t.Fatalf("%d messages, %d rungs", len(got), fired(told))
	}
	if err := queue.Sweep(t.Context()); err != nil || fired(told) != 1 {
		t.Fatalf("%v: the next rung does not wait for its time", err)
	}
	w.exec(`UPDATE tickets SET enqueued_at = enqueued_at - interval '65 s', next_rung_at = next_rung_at - interval '65 s' WHERE id = $1`, told)
	if err := queue.Sweep(t.Context()); err != nil || fired(told) < 2 {
		t.Fatalf("%v: %d rungs", err, fired(told))
	}
	w.deliver(d)
	if got := v.messages(DingTalk); len(got) != 2 || !strings.Contains(got[1].text, " 级提醒") {
		t.Fatalf("what is due of one ticket is not one message: %v", got)
	}

	// The robot is down. The call goes through the town's; when that fails too, the supervisors are called at once.
	v.behave(status(500, ""))
	broken.behave(status(200, "<html>"))
	w.target(broken, "市里的群", WeCom, "3301")
	untold := open()
	w.deliver(d)
	if broken.requests() == 0 {
		t.Error("the second channel was not tried")
	}
	if err := queue.Sweep(t.Context()); err != nil || fired(untold) < 2 {
		t.Errorf("%v: nobody was told, and %d rungs have fired", err, fired(untold))
	}
	v.behave(nil)
	w.pass(2 * time.Minute)
	w.deliver(d)
	last := v.messages(DingTalk)
	if !strings.Contains(last[len(last)-1].text, ask[string](w, `SELECT no FROM tickets WHERE id = $1`, untold)) {
		t.Errorf("the call is lost: %v", last)
	}
}
