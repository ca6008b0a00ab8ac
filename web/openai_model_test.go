package web

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sashabaranov/go-openai"

	"xiaohe/assistant/llm/llmtest"
)

func TestASentenceOfAModelReachesAProgramWhileTheModelStillWrites(t *testing.T) {
	t.Parallel()
	resume := make(chan struct{})
	p := withModel(t, resting(resume), llmtest.Say(opinion(0, "雨伞"))).testKey()
	stream, err := p.client().CreateChatCompletionStream(t.Context(), openai.ChatCompletionRequest{Model: "xiaohe", Messages: []openai.ChatCompletionMessage{user(testAsk)}})
	must(t, err)
	defer stream.Close()
	said := ""
	for !strings.HasPrefix(said, umbrellaFirst) {
		chunk, err := stream.Recv()
		must(t, err)
		if len(chunk.Choices) > 0 {
			said += chunk.Choices[0].Delta.Content
		}
	}
	close(resume)
	for {
		chunk, err := stream.Recv()
		if err == io.EOF {
			break
		}
		must(t, err)
		if len(chunk.Choices) > 0 {
			said += chunk.Choices[0].Delta.Content
		}
	}
	if !strings.Contains(said, "每个孩子每年六十六元。") || strings.Count(said, umbrellaFirst) != 1 || !strings.Contains(said, "依据：") {
		t.Errorf("said %s", said)
	}
}

// What a program has shown cannot be taken back: nothing that a model writes leaves before the second opinion is there.
func TestNothingOfAModelIsSaidBeforeTheSecondOpinion(t *testing.T) {
	t.Parallel()
	written := make(chan struct{})
	late := llmtest.Say(opinion(4, "雨伞补贴"))
	late.Gate = written
	p := withModel(t, func(r llmtest.Request) llmtest.Reply {
		words, _ := umbrellaWords(r)
		time.AfterFunc(300*time.Millisecond, func() { close(written) }) // long enough for the words to be there first
		return llmtest.Say(words)
	}, late).testKey()
	body := chat(testAsk)
	body["stream"] = true
	a := p.ask(body)
	if text := string(a.Body); a.Status != http.StatusOK || strings.Contains(text, umbrellaFirst) || !strings.Contains(text, "110") ||
		!strings.Contains(text, "接不通") || !strings.Contains(text, `"level":"L4"`) {
		t.Errorf("%s", a.Body)
	}
}

// Danger that only a model has noticed stays known when this node no longer remembers the conversation.
func TestDangerThatAModelNoticedOutlivesTheMemory(t *testing.T) {
	t.Parallel()
	p := withModel(t, func(r llmtest.Request) llmtest.Reply { words, _ := umbrellaWords(r); return llmtest.Say(words) },
		llmtest.Say(opinion(4, "他说这是秘密"))).testKey()
	first := extension(t, p.ask(chat(secretly)).Body)
	if first.Triage.Level != "L4" || first.Handoff == nil {
		t.Fatalf("%+v", first)
	}
	for _, remembered := range []bool{true, false} {
		if !remembered {
			p.web.programs.memory = newMemory(p.now.Now)
		}
		second := extension(t, p.ask(chat(secretly, testAsk)).Body)
		if second.Triage.Level != "L4" {
			t.Errorf("remembered %v: the level is %s", remembered, second.Triage.Level)
		}
	}
}
