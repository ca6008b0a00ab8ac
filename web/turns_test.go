package web

import (
	"context"
	"strings"
	"testing"

	"xiaohe/assistant"
)

// busy is an assistant that never ends with ordinary questions.
type busy struct{ scripted }

func (b busy) Urgent(text string) bool { return strings.Contains(text, "救命") }

// Whoever is in danger does not wait for others' answers.
func TestAnUrgentMessageIsAnsweredWhileAllWorkersAreBusy(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ended := make(chan struct{})
	defer close(ended)
	s.web.assistant = busy{func(_ context.Context, _ assistant.Conversation, text string) (assistant.Turn, error) {
		if !strings.Contains(text, "救命") {
			<-ended
		}
		return assistant.Turn{Answer: "听到了：" + text}, nil
	}}
	for range s.web.limits.Workers + 4 {
		p := s.visit().connect(0)
		p.until("caught_up")
		p.send("message-1", "补贴多少钱")
		p.until("ack")
	}
	child := s.visit().connect(0)
	child.until("caught_up")
	child.send("message-1", "救命")
	for {
		if f := child.until("msg"); f.Seq > 1 && f.message().Body == "听到了：救命" {
			break
		}
	}
}
