package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"xiaohe/bench/ledger"
)

// letter is one message that somebody of the run writes. What comes after its id is guarded by its writer's lock.
type letter struct {
	writer *person
	thread *thread
	due    time.Time // when it was meant to be sent: all times count from then, so that a jam hides nothing
	id     string    // client_msg_id
	body   string

	acked   int64 // seq of the receipt
	refused bool
}

// post is all letters of a run.
type post struct {
	prefix string // of the ids: no two runs share one
	meters atomic.Pointer[meters]

	mu      sync.RWMutex
	letters []*letter
}

// meters are the clocks of one stretch of a run.
type meters struct {
	lag      *clock // from the time that a letter was due to its first way out: the load program's own delay
	ack      *clock // to the receipt
	delivery *clock // to everybody else who listens
	answer   *clock // to the bot's answer
	nacks    atomic.Int64
	drops    atomic.Int64 // connections that ended unasked
	resets   atomic.Int64
	healed   atomic.Int64 // messages that only a pong's heads told of
}

func newMeters() *meters {
	return &meters{lag: newClock(), ack: newClock(), delivery: newClock(), answer: newClock()}
}

func newPost() *post {
	p := &post{prefix: "b" + strings.ReplaceAll(uuid.NewString(), "-", "")[:10] + "-"}
	p.meters.Store(newMeters())
	return p
}

func (p *post) add(l *letter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.id = p.prefix + strconv.Itoa(len(p.letters))
	if l.body == "" {
		l.body = fmt.Sprintf("%s（第 %d 句）", phrases[len(p.letters)%len(phrases)], len(p.letters))
	}
	p.letters = append(p.letters, l)
}

// find returns the letter of a client_msg_id; nil where it is not of this run.
func (p *post) find(id string) *letter {
	text, ours := strings.CutPrefix(id, p.prefix)
	n, err := strconv.Atoi(text)
	if !ours || err != nil {
		return nil
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	if n < 0 || n >= len(p.letters) {
		return nil
	}
	return p.letters[n]
}

// phrases are what families and social workers write to each other: none of it asks for help at once.
var phrases = []string{
	"孩子这学期在镇上的小学读三年级，成绩还可以", "材料我昨天交到村里了，主任说要等几天", "好的，我记下来了，明天去问一下",
	"低保证和户口本都在家里，残疾证还没有办下来", "请问要带哪几样东西，身份证复印件要几份", "我这边帮您看一下，稍等",
	"孩子的爷爷最近身体不太好，都是我一个人在带", "可以的，您慢慢说，我在听",
}

// sent are the letters as the ledger wants them.
func (p *post) sent() []ledger.Sent {
	p.mu.RLock()
	letters := slices.Clone(p.letters)
	p.mu.RUnlock()
	all := make([]ledger.Sent, len(letters))
	for i, l := range letters {
		l.writer.mu.Lock()
		all[i] = ledger.Sent{Conversation: l.thread.conv, Sender: l.writer.number, ClientMsgID: l.id, Acked: l.acked, Refused: l.refused}
		l.writer.mu.Unlock()
	}
	return all
}
