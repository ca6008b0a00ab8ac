package web

import (
	"context"
	"encoding/json"
	"fmt"

	"xiaohe/assistant"
	"xiaohe/assistant/conversation"
	"xiaohe/assistant/dialogue"
)

// lastCase is what the conversation knows of the child before a turn. A state that this version cannot read is not
// worth failing for: the messages are read again.
func (s *Server) lastCase(ctx context.Context, turn conversation.BotTurn) (state dialogue.State, unread int, err error) {
	data, unread, err := s.conversations.LastCase(ctx, turn.Conversation, turn.UserSeq)
	if err != nil || data == nil {
		return dialogue.State{}, unread, err
	}
	if err := json.Unmarshal(data, &state); err != nil {
		s.log.Error("read a stored case", "error", err)
		return dialogue.State{}, maxUnread, nil
	}
	return state, unread, nil
}

// maxUnread has a turn read all messages of the conversation that it gets.
const maxUnread = 1 << 30

// caseState is what a turn leaves for the next one; nil where nobody spoke of a family yet.
func caseState(result assistant.Turn) (*conversation.CaseState, error) {
	if result.State.Rules == "" {
		return nil, nil
	}
	state, err := json.Marshal(result.State)
	if err != nil {
		return nil, fmt.Errorf("write case: %w", err)
	}
	verdicts := map[string]string{}
	for _, r := range result.Results {
		verdicts[r.ID] = r.Final.Code()
	}
	decided, err := json.Marshal(verdicts)
	if err != nil {
		return nil, fmt.Errorf("write verdicts: %w", err)
	}
	return &conversation.CaseState{State: state, Rules: result.State.Rules, Verdicts: decided}, nil
}
