package web

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"xiaohe/assistant"
	"xiaohe/assistant/conversation"
	"xiaohe/assistant/triage"
)

// second asks for a second opinion on the message of a turn; it waits for nothing.
func (s *Server) second(ctx context.Context, turn conversation.BotTurn, conv *assistant.Conversation, text string) {
	conv.Owner = turn.Conversation.String()
	conv.Second = s.assistant.Second(ctx, *conv, text)
}

// follow takes in the second opinion on a message whose turn has ended and did not have it yet. A turn that failed will
// be run again, and asks again. What a program that dies had asked is not asked again: the reading of the rules stands.
func (s *Server) follow(turn conversation.BotTurn, conv assistant.Conversation, text string, found *conversation.Assessment, err error) {
	switch {
	case conv.Second == nil:
	case err != nil:
		conv.Second.Stop()
	case found != nil && found.Opinion != nil:
		s.differs(*found.Opinion)
	case s.track():
		go func() {
			defer s.group.Done()
			s.protect(func() { s.heed(turn, conv, text) })
		}()
	default: // the server drains, and waits for whoever ends the turn
		s.heed(turn, conv, text)
	}
}

// askLater asks for the second opinion on a message whose turn was given up.
func (s *Server) askLater(turn conversation.BotTurn) {
	s.run(func() {
		ctx, cancel := background()
		defer cancel()
		conv, text, _, err := s.question(ctx, turn)
		if err != nil {
			s.log.Error("read a question for its second opinion", "error", err)
			return
		}
		if s.second(ctx, turn, &conv, text); conv.Second != nil {
			s.heed(turn, conv, text)
		}
	})
}

// heedTime is how long an opinion that came late may take to be stored, a database that is away for a while included.
const heedTime = 30 * time.Second

// heed waits for an opinion and takes it in.
func (s *Server) heed(turn conversation.BotTurn, conv assistant.Conversation, text string) {
	ctx, cancel := context.WithTimeout(context.Background(), heedTime)
	defer cancel()
	if !conv.Second.Wait(ctx) {
		conv.Second.Stop()
		return
	}
	late, err := lateOf(turn, s.assistant.Reconsider(conv, text))
	if err != nil {
		s.log.Error("read a second opinion", "error", err)
		return
	}
	s.differs(*late.Assessment.Opinion)
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		m, ok, err := s.conversations.Heed(ctx, late)
		if err == nil {
			if ok {
				s.hub.publish(m)
			}
			return
		}
		s.log.Error("take in a second opinion", "error", err)
		select {
		case <-ctx.Done():
			return
		case <-s.quit:
			return
		case <-time.After(pause):
		}
	}
}

// apart is by how many levels an opinion differs from what triage said where somebody should look at the rules.
const apart = 2

// differs tells of opinions that differ much from what rules and classifier said of the same message, for whoever reviews the
// rules. They are found in the tables: docs/triage.md.
func (s *Server) differs(o conversation.Opinion) {
	if by := o.Level - o.Alone; o.Outcome != string(triage.Answered) || max(by, -by) < apart {
		return
	}
	s.log.Info("a second opinion differs", "rules", o.Alone, "model", o.Level)
	if s.differing != nil {
		s.differing(o.Alone, o.Level)
	}
}

// lateOf is what is stored and said of an opinion that came after the answer.
func lateOf(turn conversation.BotTurn, result assistant.Turn) (late conversation.Late, err error) {
	late.Turn = turn
	if late.Assessment, err = assessed(result); err != nil {
		return late, err
	}
	d := result.Danger
	learned := slices.DeleteFunc(slices.Clone(d.Evidence), func(e triage.Evidence) bool { return e.Source != "model" })
	if late.Assessment.Evidence, err = json.Marshal(learned); err != nil {
		return late, fmt.Errorf("write evidence: %w", err)
	}
	if d.Reply != nil {
		late.Body = clipBody(result.Answer)
		if late.Meta, err = metaOf(result, turn.UserSeq); err != nil {
			return late, err
		}
	}
	late.Raise = func(session json.RawMessage) (json.RawMessage, error) {
		var watch assistant.Watch
		if json.Unmarshal(session, &watch) != nil { // what this version cannot read counts at its level
			watch = assistant.Watch{}
		}
		return json.Marshal(watch.Raise(d.Watch))
	}
	return late, nil
}

// opinionOf is what is stored of a second opinion; nil where none was taken in.
func opinionOf(j *assistant.Judged) *conversation.Opinion {
	if j == nil {
		return nil
	}
	o := conversation.Opinion{Outcome: string(j.Outcome), Level: int(j.Level), Categories: texts(j.Categories), Flags: texts(j.Flags),
		Model: j.Model, Prompt: j.Prompt, ReadAs: int(j.From), Alone: int(j.Alone), Concern: j.Concern}
	if j.Raised() {
		to := int(j.To)
		o.RaisedTo = &to
	}
	return &o
}
