package web

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant"
	"xiaohe/assistant/conversation"
)

// turnTime is how long an answer may take; the store gives a turn up after thirty seconds.
const turnTime = 25 * time.Second

// turner answers one message, or only notices danger in it; Urgent is a first look, Second a second one that may come
// later and is taken in with Reconsider then.
type turner interface {
	Turn(ctx context.Context, conv assistant.Conversation, text string) (assistant.Turn, error)
	Notice(conv assistant.Conversation, text string) assistant.Turn
	Urgent(text string) bool
	Second(ctx context.Context, conv assistant.Conversation, text string) *assistant.Second
	Reconsider(conv assistant.Conversation, text string) assistant.Turn
}

// turns runs the answers that the bot owes: a few at the same time, those of one conversation one after the other,
// so that answers stand in the order of the questions. Conversations with a message that may tell of danger go first,
// and have workers of their own: nobody in danger waits for others' answers about money.
type turns struct {
	server *Server
	ctx    context.Context

	mu      sync.Mutex
	waiting []uuid.UUID        // conversations with something to do that nobody works on
	urgent  []uuid.UUID        // those of them that go first
	hasty   map[uuid.UUID]bool // conversations with an urgent message
	queues  map[uuid.UUID][]conversation.BotTurn
	halts   map[uuid.UUID]func() // ends what a model still writes for the running turn of a conversation
	drafts  map[uuid.UUID]*draft // of the running turns
	idle    int                  // workers that may start
	spare   int                  // further ones, for what is urgent alone
	stopped bool
	group   sync.WaitGroup // the workers
}

// urgentWorkers answer what is urgent beside the others. With a model, which a turn mostly waits for, there are more
// workers: the client of the model bounds how many ask it at once, and the others are answered without.
const (
	urgentWorkers = 2
	modelWorkers  = 4 // times as many
)

func newTurns(s *Server, ctx context.Context, workers int) *turns {
	return &turns{server: s, ctx: ctx, queues: map[uuid.UUID][]conversation.BotTurn{}, hasty: map[uuid.UUID]bool{},
		halts: map[uuid.UUID]func(){}, drafts: map[uuid.UUID]*draft{}, idle: workers, spare: urgentWorkers}
}

// add queues a turn. What a stopping server leaves undone, the next start finds in the store.
func (t *turns) add(turn conversation.BotTurn, urgent bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	conv := turn.Conversation
	queue, busy := t.queues[conv]
	t.queues[conv] = append(queue, turn)
	if halt := t.halts[conv]; halt != nil { // whoever has written again does not wait for the end of a long answer
		halt()
	}
	if urgent {
		t.hasty[conv] = true
		if i := slices.Index(t.waiting, conv); i >= 0 {
			t.waiting = slices.Delete(t.waiting, i, i+1)
			busy = false
		}
	}
	if !busy {
		t.wait(conv)
	}
	t.start()
}

// wait lines a conversation up for the next free worker.
func (t *turns) wait(conv uuid.UUID) {
	if t.hasty[conv] {
		t.urgent = append(t.urgent, conv)
	} else {
		t.waiting = append(t.waiting, conv)
	}
}

// start gives what waits to workers that are free.
func (t *turns) start() {
	switch {
	case t.stopped:
	case t.idle > 0 && len(t.urgent)+len(t.waiting) > 0:
		t.idle--
		t.group.Go(func() { t.work(&t.idle, false) })
	case t.spare > 0 && len(t.urgent) > 0:
		t.spare--
		t.group.Go(func() { t.work(&t.spare, true) })
	}
}

// work answers turns until there are none, then counts itself in free again.
func (t *turns) work(free *int, urgentOnly bool) {
	for {
		turn, ok := t.next(free, urgentOnly)
		if !ok {
			return
		}
		t.answer(turn)
		t.finish(turn.Conversation)
	}
}

func (t *turns) next(free *int, urgentOnly bool) (conversation.BotTurn, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := &t.urgent
	if len(*list) == 0 && !urgentOnly {
		list = &t.waiting
	}
	if len(*list) == 0 || t.stopped {
		*free++
		return conversation.BotTurn{}, false
	}
	conv := (*list)[0]
	*list = (*list)[1:]
	turn := t.queues[conv][0]
	t.queues[conv] = t.queues[conv][1:]
	return turn, true
}

// begin counts a turn as running: halt closes stop, and so does a further message of the conversation. The caller calls
// end.
func (t *turns) begin(d *draft) (stop <-chan struct{}, end func()) {
	conv := d.turn.Conversation
	wanted := make(chan struct{})
	halt := sync.OnceFunc(func() { close(wanted) })
	t.mu.Lock()
	defer t.mu.Unlock()
	t.halts[conv], t.drafts[conv] = halt, d
	if len(t.queues[conv]) > 0 || t.stopped {
		halt()
	}
	return wanted, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.halts, conv)
		delete(t.drafts, conv)
	}
}

// running is the draft of a conversation's running turn; nil where there is none.
func (t *turns) running(conv uuid.UUID) *draft {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.drafts[conv]
}

// halt has a running turn wait for no further words of a model: it ends with what it has.
func (t *turns) halt(conv uuid.UUID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if halt := t.halts[conv]; halt != nil {
		halt()
	}
}

// stop lets running answers end and starts no more.
func (t *turns) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
	for _, halt := range t.halts {
		halt()
	}
}

func (t *turns) finish(conv uuid.UUID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queues[conv]) == 0 {
		delete(t.queues, conv)
		delete(t.hasty, conv)
	} else {
		t.wait(conv)
	}
}

// answer runs one turn. Whatever goes wrong, the person reads something. While the database is away the turn is kept: a
// restart of a second must cost nobody their answer.
func (t *turns) answer(turn conversation.BotTurn) {
	ctx, cancel := context.WithTimeout(t.ctx, turnTime)
	defer cancel()
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		_, err := t.server.attempt(ctx, ctx, turn)
		if err == nil || t.ctx.Err() != nil {
			return
		}
		t.server.log.Error("turn failed", "error", err)
		if t.server.giveUp(turn) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-t.server.quit:
			return
		case <-time.After(pause):
		}
	}
}

// How long a turn waits for a database that is away before it is tried again.
const (
	firstPause   = 100 * time.Millisecond
	longestPause = 2 * time.Second
)

// giveUp puts the safe text in the place of an answer. Before that triage has its turn, again or for the first time:
// it needs no search, and whoever is in danger reads the script instead.
func (s *Server) giveUp(turn conversation.BotTurn) (over bool) {
	ctx, cancel := background()
	defer cancel()
	ended, end := context.WithCancel(ctx)
	end()
	found, err := s.attempt(ctx, ended, turn)
	if err == nil {
		return true
	}
	m, ok, err := s.conversations.Fail(ctx, turn, found)
	if err != nil {
		s.log.Error("end a failed turn", "error", err) // the sweep tries again
		return false
	}
	s.dropDraft(turn)
	if ok {
		s.hub.publish(m)
	}
	s.askLater(turn)
	return true
}

func (s *Server) dropDraft(turn conversation.BotTurn) {
	s.hub.whisper(turn.Conversation, outbound{T: "bot.delta", D: deltaData{UserSeq: turn.UserSeq, Dropped: true}})
}

// attempt is answer with panics as errors.
func (s *Server) attempt(ctx, think context.Context, turn conversation.BotTurn) (found *conversation.Assessment, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
	}()
	return s.answer(ctx, think, turn)
}

// panicked is a panic as an error, with where it came from.
func panicked(p any) error { return fmt.Errorf("panic: %v\n%s", p, debug.Stack()) }

// answer runs a turn, streams its sentences and makes it a message, if the bot still owns the conversation then. With
// an error comes what triage found until then. think is how long the answer is looked for: when it has ended, only
// what needs no search is said.
func (s *Server) answer(ctx, think context.Context, turn conversation.BotTurn) (found *conversation.Assessment, err error) {
	conv, text, held, err := s.question(ctx, turn)
	if err != nil {
		return nil, err
	}
	s.second(ctx, turn, &conv, text)
	defer func() { s.follow(turn, conv, text, found, err) }()
	if held {
		return nil, s.listen(ctx, turn, conv, text)
	}
	draft, unhear := s.hear(turn, &conv)
	defer unhear()
	defer func() {
		if err != nil {
			draft.drop()
		}
	}()
	result, failed := s.assistant.Turn(think, conv, text)
	if found, err = assessed(result); err != nil {
		return nil, err
	}
	reply := conversation.Reply{Turn: turn, Assessment: found}
	switch {
	case failed == nil:
		if reply.Case, err = caseState(result); err != nil {
			return found, err
		}
	case found == nil || result.Danger.Reply == nil:
		return found, failed
	default:
		s.log.Error("only the script is said", "error", failed)
		result = scriptAlone(result)
	}
	if reply.Meta, err = metaOf(result, turn.UserSeq); err != nil {
		return found, err
	}
	reply.Body = clipBody(result.Answer)
	draft.rest(result)
	m, ok, err := s.conversations.Reply(ctx, reply)
	if err != nil {
		return found, err
	}
	if !ok {
		s.dropDraft(turn)
		return found, nil
	}
	s.hub.publish(m)
	return found, nil
}

// listen reads for danger what is said to a person: nothing is answered, and the person's ticket rises.
func (s *Server) listen(ctx context.Context, turn conversation.BotTurn, conv assistant.Conversation, text string) error {
	found, err := assessed(s.assistant.Notice(conv, text))
	if err != nil {
		return err
	}
	return s.conversations.Assess(ctx, turn, found)
}

// question reads the message of a turn, and what the turns before it know. held says that a person answers it.
func (s *Server) question(ctx context.Context, turn conversation.BotTurn) (conv assistant.Conversation, text string, held bool, err error) {
	asked, err := s.conversations.Question(ctx, turn)
	if err != nil {
		return conv, "", false, err
	}
	if len(asked.Questions) == 0 {
		return conv, "", false, fmt.Errorf("the question is gone")
	}
	if conv.Region, err = s.knowledge.Region(ctx, asked.Region); err != nil {
		return conv, "", false, err
	}
	last := len(asked.Questions) - 1
	conv.Questions = asked.Questions[:last]
	if conv.State, conv.Unread, err = s.lastCase(ctx, turn); err != nil {
		return conv, "", false, err
	}
	return conv, asked.Questions[last], asked.Held, s.lookBack(ctx, turn, &conv)
}
