package main

import (
	"time"

	"github.com/google/uuid"

	"xiaohe/bench/ledger"
)

// receive obeys one frame. now is when it came.
func (p *person) receive(f frame, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.thread(f.Conv)
	switch {
	case f.T == "welcome":
		p.welcomed()
	case f.T == "pong":
		p.compare(f.D.Heads)
	case f.T == "queue" && p.onQueue != nil:
		p.onQueue()
	case f.T == "alert" && p.onAlert != nil:
		p.onAlert(f)
	case t == nil:
	case f.T == "msg":
		p.hear(t, f, now)
	case f.T == "caught_up":
		t.caught = true
		p.isReady()
	case f.T == "reset":
		p.run.post.meters.Load().resets.Add(1)
	case f.T == "ack":
		p.receipt(t, f.D.ClientMsgID, f.D.Seq, now)
	case f.T == "nack":
		p.refused(t, f)
	}
}

func (p *person) thread(conv uuid.UUID) *thread {
	for _, t := range p.threads {
		if t.conv == conv {
			return t
		}
	}
	return nil
}

// welcomed sends again what has no receipt yet.
func (p *person) welcomed() {
	if p.staff != nil && p.onQueue != nil {
		write(p, "sub", uuid.Nil, topicData{"queue"})
	}
	for _, t := range p.threads {
		p.dispatch(t)
	}
	p.isReady()
}

func (p *person) isReady() {
	for _, t := range p.threads {
		if !t.caught {
			return
		}
	}
	p.ready.Store(true)
	if !p.broken.IsZero() {
		p.run.back.add(time.Since(p.broken))
		p.broken = time.Time{}
	}
}

// compare asks again for what the server has and did not send.
func (p *person) compare(heads map[uuid.UUID]int64) {
	for conv, head := range heads {
		t := p.thread(conv)
		if t == nil || !t.caught || head <= t.last {
			continue
		}
		p.run.post.meters.Load().healed.Add(1)
		t.caught = false
		write(p, "sub", conv, cursorData{AfterSeq: t.last})
	}
}

// hear keeps a message as it came, right or wrong: the ledger judges. It marks what others wrote as read.
func (p *person) hear(t *thread, f frame, now time.Time) {
	t.heard = append(t.heard, ledger.Heard{Seq: f.Seq, ID: f.ID})
	t.last = max(t.last, f.Seq)
	l := p.run.post.find(f.D.ClientMsgID)
	meters := p.run.post.meters.Load()
	switch {
	case l != nil && l.writer == p:
		return // its own, for the other tabs
	case l != nil:
		meters.delivery.add(now.Sub(l.due))
	case f.D.Sender.Kind == "bot" && !t.asked.IsZero():
		meters.answer.add(now.Sub(t.asked))
		t.asked = time.Time{}
	}
	if !p.run.bench.NoMarks {
		write(p, "ack", t.conv, markData{f.Seq, true})
	}
}

// say writes a letter that is due at a time. It goes out when those before it have their receipts.
func (p *person) say(t *thread, due time.Time) { p.sayWords(t, due, "") }

// sayWords is say with certain words.
func (p *person) sayWords(t *thread, due time.Time, words string) {
	l := &letter{writer: p, thread: t, due: due, body: words}
	p.run.post.add(l)
	p.mu.Lock()
	defer p.mu.Unlock()
	t.outbox = append(t.outbox, l)
	if t.asked.IsZero() && p.staff == nil {
		t.asked = due
	}
	if len(t.outbox) == 1 {
		p.run.post.meters.Load().lag.add(time.Since(due))
		p.dispatch(t)
	}
}

// dispatch sends the letter whose turn it is. The caller holds the person's lock.
func (p *person) dispatch(t *thread) {
	if len(t.outbox) > 0 {
		l := t.outbox[0]
		write(p, "msg.send", t.conv, letterData{l.id, "text", l.body})
	}
}

// receipt ends a letter's way and begins the next one's. A receipt for a retry of it comes too late to count.
func (p *person) receipt(t *thread, id string, seq int64, now time.Time) {
	if len(t.outbox) == 0 || t.outbox[0].id != id {
		return
	}
	l := t.outbox[0]
	l.acked = seq
	p.run.post.meters.Load().ack.add(now.Sub(l.due))
	p.next(t)
}

func (p *person) next(t *thread) {
	t.outbox[0] = nil
	t.outbox = t.outbox[1:]
	p.dispatch(t)
}

// refused tries a letter again where the server asks for that, and else gives it up.
func (p *person) refused(t *thread, f frame) {
	p.run.post.meters.Load().nacks.Add(1)
	if len(t.outbox) == 0 || t.outbox[0].id != f.D.ClientMsgID {
		return
	}
	if f.D.Code != "rate" && f.D.Code != "try_again" {
		t.outbox[0].refused = true
		p.next(t)
		return
	}
	l := t.outbox[0]
	time.AfterFunc(max(time.Duration(f.D.RetryAfterMS)*time.Millisecond, firstWait), func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(t.outbox) > 0 && t.outbox[0] == l {
			p.dispatch(t)
		}
	})
}
