// Package ledger judges what a load run did with messages: whether each one that was sent is stored once, and whether
// everybody who listened heard all of them, once, in their order. It compares three independent records: what senders
// were told, what listeners heard, and what the database holds at the end.
package ledger

import (
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// Row is a message as the database holds it.
type Row struct {
	Conversation uuid.UUID
	Seq          int64
	ID           uuid.UUID
	ClientMsgID  string
}

// Sent is a message that somebody sent.
type Sent struct {
	Conversation uuid.UUID
	Sender       int // numbers the people of the run
	ClientMsgID  string
	Acked        int64 // the seq of the receipt; 0 where none came
	Refused      bool  // the server said that it did not take the message
}

// Heard is one message on its way to a listener.
type Heard struct {
	Seq int64
	ID  uuid.UUID
}

// Listener is what one client got of a conversation, in the order in which it came, over all its connections.
type Listener struct {
	Conversation uuid.UUID
	After        int64 // what it had before
	Heard        []Heard
}

// Verdict counts what is right and what is wrong.
type Verdict struct {
	Sent       int `json:"sent"`
	Acked      int `json:"acked"`
	Refused    int `json:"refused"`
	Stored     int `json:"stored"`    // rows of all conversations, with those of the bot and the system
	Delivered  int `json:"delivered"` // to all listeners together
	Lost       int `json:"lost"`
	Doubled    int `json:"doubled"`
	Misordered int `json:"misordered"`
	Wrong      int `json:"wrong"` // another message than the database has at that place

	Details []string `json:"details,omitempty"` // the first of what is wrong
}

// Clean tells whether nothing was lost, doubled, out of order or wrong.
func (v Verdict) Clean() bool { return v.Lost+v.Doubled+v.Misordered+v.Wrong == 0 }

// maxDetails is how many faults are told one by one.
const maxDetails = 20

func (v *Verdict) fault(counter *int, format string, args ...any) {
	*counter++
	if len(v.Details) < maxDetails {
		v.Details = append(v.Details, fmt.Sprintf(format, args...))
	}
}

// Check compares the records. sent stands in the order in which each sender sent; rows may come in any order.
func Check(rows []Row, sent []Sent, listeners []Listener) Verdict {
	v := Verdict{Sent: len(sent), Stored: len(rows)}
	stored := map[uuid.UUID][]Row{}
	for _, r := range rows {
		stored[r.Conversation] = append(stored[r.Conversation], r)
	}
	for conv, all := range stored {
		slices.SortFunc(all, func(a, b Row) int { return int(a.Seq - b.Seq) })
		v.checkRows(conv, all)
	}
	v.checkSent(sent, stored)
	for i, l := range listeners {
		v.checkListener(i, l, stored[l.Conversation])
	}
	return v
}

// checkRows looks for holes and doubles in a conversation, which is sorted by seq.
func (v *Verdict) checkRows(conv uuid.UUID, rows []Row) {
	last := int64(0)
	for _, r := range rows {
		switch {
		case r.Seq == last:
			v.fault(&v.Doubled, "stored twice: %s seq %d", conv, r.Seq)
		case r.Seq != last+1:
			v.fault(&v.Lost, "a hole in the table: %s before seq %d", conv, r.Seq)
		}
		last = r.Seq
	}
}

// place is where a sender's message is looked for.
type place struct {
	conv uuid.UUID
	id   string
}

// checkSent looks for each message where its receipt says that it is, and for the order of each sender's own.
func (v *Verdict) checkSent(sent []Sent, stored map[uuid.UUID][]Row) {
	seqs := map[place]int64{}
	wanted := map[place]bool{}
	for _, s := range sent {
		wanted[place{s.Conversation, s.ClientMsgID}] = true
	}
	for conv, rows := range stored {
		for _, r := range rows {
			at := place{conv, r.ClientMsgID}
			if !wanted[at] {
				continue
			}
			if seqs[at] != 0 {
				v.fault(&v.Doubled, "one message under two seqs: %s %d and %d", conv, seqs[at], r.Seq)
			}
			seqs[at] = r.Seq
		}
	}
	type thread struct {
		conv   uuid.UUID
		sender int
	}
	last := map[thread]int64{}
	for _, s := range sent {
		seq := seqs[place{s.Conversation, s.ClientMsgID}]
		v.count(s, seq)
		if seq == 0 {
			continue
		}
		t := thread{s.Conversation, s.Sender}
		if seq < last[t] {
			v.fault(&v.Misordered, "stored before an earlier message of its sender: %s seq %d", s.Conversation, seq)
		}
		last[t] = max(last[t], seq)
	}
}

// count compares a message's receipt with where it is stored; seq 0 is nowhere.
func (v *Verdict) count(s Sent, seq int64) {
	switch {
	case s.Refused && seq == 0:
		v.Refused++
	case s.Refused:
		v.fault(&v.Wrong, "refused, but stored: %s seq %d", s.Conversation, seq)
	case seq == 0:
		v.fault(&v.Lost, "sent, but not stored: %s, receipt %d", s.Conversation, s.Acked)
	case s.Acked == 0:
		v.fault(&v.Lost, "stored, but its sender was never told: %s seq %d", s.Conversation, seq)
	case s.Acked != seq:
		v.fault(&v.Wrong, "the receipt says %d: %s seq %d", s.Acked, s.Conversation, seq)
	default:
		v.Acked++
	}
}

// checkListener compares what somebody heard with what there was to hear.
func (v *Verdict) checkListener(number int, l Listener, rows []Row) {
	ids := make(map[int64]uuid.UUID, len(rows))
	for _, r := range rows {
		ids[r.Seq] = r.ID
	}
	seen := make(map[int64]bool, len(l.Heard))
	last := l.After
	for _, h := range l.Heard {
		v.Delivered++
		id, there := ids[h.Seq]
		switch {
		case seen[h.Seq] || h.Seq <= l.After:
			v.fault(&v.Doubled, "listener %d heard twice: %s seq %d", number, l.Conversation, h.Seq)
		case !there:
			v.fault(&v.Wrong, "listener %d heard what is not stored: %s seq %d", number, l.Conversation, h.Seq)
		case id != h.ID:
			v.fault(&v.Wrong, "listener %d heard another message: %s seq %d", number, l.Conversation, h.Seq)
		case h.Seq != last+1:
			v.fault(&v.Misordered, "listener %d heard %d after %d: %s", number, h.Seq, last, l.Conversation)
		}
		seen[h.Seq] = true
		last = h.Seq
	}
	for _, r := range rows {
		if r.Seq > l.After && !seen[r.Seq] {
			v.fault(&v.Lost, "listener %d never heard: %s seq %d", number, l.Conversation, r.Seq)
		}
	}
}
