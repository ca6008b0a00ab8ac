package web

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/google/uuid"

	"xiaohe/assistant"
	"xiaohe/assistant/conversation"
)

// turnTime is how long an answer may take; the store gives a turn up after thirty seconds.
const turnTime = 25 * time.Second

// turner answers one message.
type turner interface {
	Turn(ctx context.Context, conv assistant.Conversation, text string) (assistant.Turn, error)
}

// turns runs the answers that the bot owes: a few at the same time, those of one conversation one after the other,
// so that answers stand in the order of the questions.
type turns struct {
	server *Server
	ctx    context.Context

	mu      sync.Mutex
	waiting []uuid.UUID // conversations with something to do that nobody works on
	queues  map[uuid.UUID][]conversation.BotTurn
	idle    int // workers that may start
	stopped bool
	group   sync.WaitGroup // the workers
}

func newTurns(s *Server, ctx context.Context, workers int) *turns {
	return &turns{server: s, ctx: ctx, queues: map[uuid.UUID][]conversation.BotTurn{}, idle: workers}
}

// add queues a turn. What a stopping server leaves undone, the next start finds in the store.
func (t *turns) add(turn conversation.BotTurn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	queue, busy := t.queues[turn.Conversation]
	t.queues[turn.Conversation] = append(queue, turn)
	if !busy {
		t.waiting = append(t.waiting, turn.Conversation)
	}
	if t.idle > 0 && len(t.waiting) > 0 && !t.stopped {
		t.idle--
		t.group.Go(t.work)
	}
}

// work answers turns until there are none.
func (t *turns) work() {
	for {
		turn, ok := t.next()
		if !ok {
			return
		}
		t.answer(turn)
		t.finish(turn.Conversation)
	}
}

func (t *turns) next() (conversation.BotTurn, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == 0 || t.stopped {
		t.idle++
		return conversation.BotTurn{}, false
	}
	conv := t.waiting[0]
	t.waiting = t.waiting[1:]
	turn := t.queues[conv][0]
	t.queues[conv] = t.queues[conv][1:]
	return turn, true
}

// stop lets running answers end and starts no more.
func (t *turns) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
}

func (t *turns) finish(conv uuid.UUID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queues[conv]) == 0 {
		delete(t.queues, conv)
	} else {
		t.waiting = append(t.waiting, conv)
	}
}

// answer runs one turn. Whatever goes wrong, the person reads something.
func (t *turns) answer(turn conversation.BotTurn) {
	ctx, cancel := context.WithTimeout(t.ctx, turnTime)
	defer cancel()
	err := func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		return t.server.answer(ctx, turn)
	}()
	if err == nil || t.ctx.Err() != nil {
		return
	}
	t.server.log.Error("turn failed", "error", err)
	t.server.giveUp(turn)
}

// giveUp puts the safe text in the place of an answer.
func (s *Server) giveUp(turn conversation.BotTurn) {
	ctx, cancel := context.WithTimeout(context.Background(), requestTime)
	defer cancel()
	m, ok, err := s.conversations.Fail(ctx, turn)
	if err != nil {
		s.log.Error("end a failed turn", "error", err) // the sweep tries again
		return
	}
	s.dropDraft(turn)
	if ok {
		s.hub.publish(m)
	}
}

func (s *Server) dropDraft(turn conversation.BotTurn) {
	s.hub.whisper(turn.Conversation, outbound{T: "bot.delta", D: deltaData{UserSeq: turn.UserSeq, Dropped: true}})
}

// answer runs a turn, streams its sentences and makes it a message, if the bot still owns the conversation then.
func (s *Server) answer(ctx context.Context, turn conversation.BotTurn) error {
	code, questions, err := s.conversations.Questions(ctx, turn.Conversation, turn.UserSeq)
	if err != nil {
		return err
	}
	if len(questions) == 0 {
		return fmt.Errorf("the question is gone")
	}
	region, err := s.knowledge.Region(ctx, code)
	if err != nil {
		return err
	}
	last := len(questions) - 1
	conv := assistant.Conversation{Region: region, Questions: questions[:last]}
	if conv.State, conv.Unread, err = s.lastCase(ctx, turn); err != nil {
		return err
	}
	result, err := s.assistant.Turn(ctx, conv, questions[last])
	if err != nil {
		return err
	}
	state, err := caseState(result)
	if err != nil {
		return err
	}
	meta, err := metaOf(result, turn.UserSeq)
	if err != nil {
		return err
	}
	for _, sentence := range sentences(result.Answer) {
		s.hub.whisper(turn.Conversation, outbound{T: "bot.delta", D: deltaData{UserSeq: turn.UserSeq, Text: sentence}})
	}
	m, ok, err := s.conversations.Reply(ctx, conversation.Reply{Turn: turn, Body: clipBody(result.Answer), Meta: meta, Case: state})
	if err != nil {
		return err
	}
	if !ok {
		s.dropDraft(turn)
		return nil
	}
	s.hub.publish(m)
	return nil
}
