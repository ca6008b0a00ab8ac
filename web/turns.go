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
	_, err := t.server.attempt(ctx, ctx, turn)
	if err == nil || t.ctx.Err() != nil {
		return
	}
	t.server.log.Error("turn failed", "error", err)
	t.server.giveUp(turn)
}

// giveUp puts the safe text in the place of an answer. Before that triage has its turn, again or for the first time:
// it needs no search, and whoever is in danger reads the script instead.
func (s *Server) giveUp(turn conversation.BotTurn) {
	ctx, cancel := context.WithTimeout(context.Background(), requestTime)
	defer cancel()
	over, end := context.WithCancel(ctx)
	end()
	found, err := s.attempt(ctx, over, turn)
	if err == nil {
		return
	}
	m, ok, err := s.conversations.Fail(ctx, turn, found)
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

// attempt is answer with panics as errors.
func (s *Server) attempt(ctx, think context.Context, turn conversation.BotTurn) (found *conversation.Assessment, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return s.answer(ctx, think, turn)
}

// answer runs a turn, streams its sentences and makes it a message, if the bot still owns the conversation then. With
// an error comes what triage found until then. think is how long the answer is looked for: when it has ended, only
// what needs no search is said.
func (s *Server) answer(ctx, think context.Context, turn conversation.BotTurn) (*conversation.Assessment, error) {
	conv, text, err := s.question(ctx, turn)
	if err != nil {
		return nil, err
	}
	result, failed := s.assistant.Turn(think, conv, text)
	found, err := assessed(result)
	if err != nil {
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
	if !result.Danger.Only { // a script comes whole: there is nothing to wait for
		for _, sentence := range sentences(result.Answer) {
			s.hub.whisper(turn.Conversation, outbound{T: "bot.delta", D: deltaData{UserSeq: turn.UserSeq, Text: sentence}})
		}
	}
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

// question reads the message of a turn, and what the turns before it know.
func (s *Server) question(ctx context.Context, turn conversation.BotTurn) (conv assistant.Conversation, text string, err error) {
	code, questions, err := s.conversations.Questions(ctx, turn.Conversation, turn.UserSeq)
	if err != nil {
		return conv, "", err
	}
	if len(questions) == 0 {
		return conv, "", fmt.Errorf("the question is gone")
	}
	if conv.Region, err = s.knowledge.Region(ctx, code); err != nil {
		return conv, "", err
	}
	last := len(questions) - 1
	conv.Questions = questions[:last]
	if conv.State, conv.Unread, err = s.lastCase(ctx, turn); err != nil {
		return conv, "", err
	}
	return conv, questions[last], s.lookBack(ctx, turn, &conv)
}
