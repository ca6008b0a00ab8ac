package ledger_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"xiaohe/bench/ledger"
)

// history is a run in which nothing goes wrong.
type history struct {
	rows      []ledger.Row
	sent      []ledger.Sent
	listeners []ledger.Listener
}

func (h history) check() ledger.Verdict { return ledger.Check(h.rows, h.sent, h.listeners) }

// drawn is any run of at least one conversation with at least three messages, in which two people write and all listen.
func drawn(t *rapid.T) history {
	var h history
	for c := range rapid.IntRange(1, 4).Draw(t, "conversations") {
		conv := uuid.New()
		after := int64(rapid.IntRange(0, 3).Draw(t, "already there"))
		n := rapid.IntRange(3, 20).Draw(t, "messages")
		var heard []ledger.Heard
		for i := range int64(n) + after {
			row := ledger.Row{Conversation: conv, Seq: i + 1, ID: uuid.New(), ClientMsgID: fmt.Sprintf("message-%d-%d", c, i)}
			h.rows = append(h.rows, row)
			if i < after {
				continue
			}
			heard = append(heard, ledger.Heard{Seq: row.Seq, ID: row.ID})
			if i > after && rapid.IntRange(0, 3).Draw(t, "sender") == 0 {
				continue // the bot's or the system's
			}
			h.sent = append(h.sent, ledger.Sent{Conversation: conv, Sender: 0, ClientMsgID: row.ClientMsgID, Acked: row.Seq})
		}
		for range 2 {
			h.listeners = append(h.listeners, ledger.Listener{Conversation: conv, After: after, Heard: slices.Clone(heard)})
		}
	}
	return h
}

func TestARunInWhichAllIsWellIsClean(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := drawn(t)
		h.rows = rapid.Permutation(h.rows).Draw(t, "rows come in any order")
		if v := h.check(); !v.Clean() || v.Acked != len(h.sent) || v.Delivered == 0 {
			t.Fatalf("%+v", v)
		}
	})
}

// Each fault that a server could make is made once, somewhere: the checker must find it, and call it by its name.
func TestEveryFaultIsFound(t *testing.T) {
	t.Parallel()
	lost := func(v ledger.Verdict) int { return v.Lost }
	doubled := func(v ledger.Verdict) int { return v.Doubled }
	misordered := func(v ledger.Verdict) int { return v.Misordered }
	wrong := func(v ledger.Verdict) int { return v.Wrong }
	for name, fault := range map[string]struct {
		make func(t *rapid.T, h *history)
		as   func(ledger.Verdict) int
	}{
		"a message does not reach a listener": {func(t *rapid.T, h *history) {
			l, i := someHeard(t, h, 0)
			l.Heard = slices.Delete(l.Heard, i, i+1)
		}, lost},
		"the last message does not reach a listener": {func(t *rapid.T, h *history) {
			l, _ := someHeard(t, h, 0)
			l.Heard = l.Heard[:len(l.Heard)-1]
		}, lost},
		"a message reaches a listener twice in a row": {func(t *rapid.T, h *history) {
			l, i := someHeard(t, h, 0)
			l.Heard = slices.Insert(l.Heard, i, l.Heard[i])
		}, doubled},
		"a message reaches a listener again at the end": {func(t *rapid.T, h *history) {
			l, i := someHeard(t, h, 0)
			l.Heard = append(l.Heard, l.Heard[i])
		}, doubled},
		"a listener hears what it had already": {func(t *rapid.T, h *history) {
			l, _ := someHeard(t, h, 0)
			l.After = l.Heard[0].Seq
		}, doubled},
		"two messages come in the wrong order": {func(t *rapid.T, h *history) {
			l, i := someHeard(t, h, 1)
			l.Heard[i], l.Heard[i+1] = l.Heard[i+1], l.Heard[i]
		}, misordered},
		"a listener hears another message": {func(t *rapid.T, h *history) {
			l, i := someHeard(t, h, 0)
			l.Heard[i].ID = uuid.New()
		}, wrong},
		"a listener hears what is stored nowhere": {func(t *rapid.T, h *history) {
			l, _ := someHeard(t, h, 0)
			l.Heard = append(l.Heard, ledger.Heard{Seq: l.Heard[len(l.Heard)-1].Seq + 1, ID: uuid.New()})
		}, wrong},
		"a message with a receipt is not in the table": {func(t *rapid.T, h *history) {
			s := someSent(t, h)
			h.rows = slices.DeleteFunc(h.rows, func(r ledger.Row) bool { return r.ClientMsgID == s.ClientMsgID })
		}, lost},
		"a sender is never told":      {func(t *rapid.T, h *history) { someSent(t, h).Acked = 0 }, lost},
		"a receipt names another seq": {func(t *rapid.T, h *history) { someSent(t, h).Acked++ }, wrong},
		"a refused message is stored": {func(t *rapid.T, h *history) { someSent(t, h).Refused = true }, wrong},
		"a message is stored twice": {func(t *rapid.T, h *history) {
			s := someSent(t, h)
			i := slices.IndexFunc(h.rows, func(r ledger.Row) bool { return r.ClientMsgID == s.ClientMsgID })
			again := h.rows[i]
			again.ID, again.Seq = uuid.New(), again.Seq+1000
			h.rows = append(h.rows, again)
		}, doubled},
		"two messages share a seq": {func(t *rapid.T, h *history) {
			again := rapid.SampledFrom(h.rows).Draw(t, "row")
			again.ID, again.ClientMsgID = uuid.New(), "another-message"
			h.rows = append(h.rows, again)
		}, doubled},
		"a sender's messages are stored in the wrong order": {func(t *rapid.T, h *history) {
			h.sent = append(h.sent, ledger.Sent{Conversation: h.sent[0].Conversation, ClientMsgID: h.rows[0].ClientMsgID, Acked: 1})
			h.sent = append([]ledger.Sent{{Conversation: h.sent[0].Conversation, ClientMsgID: h.rows[2].ClientMsgID, Acked: 3}}, h.sent...)
		}, misordered},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				h := drawn(t)
				fault.make(t, &h)
				if v := h.check(); v.Clean() || fault.as(v) == 0 || len(v.Details) == 0 {
					t.Fatalf("%+v", v)
				}
			})
		})
	}
}

// someHeard draws a listener and the place of something that it heard, with at least room places after it.
func someHeard(t *rapid.T, h *history, room int) (*ledger.Listener, int) {
	l := &h.listeners[rapid.IntRange(0, len(h.listeners)-1).Draw(t, "listener")]
	return l, rapid.IntRange(0, len(l.Heard)-1-room).Draw(t, "heard")
}

func someSent(t *rapid.T, h *history) *ledger.Sent {
	return &h.sent[rapid.IntRange(0, len(h.sent)-1).Draw(t, "sent")]
}
