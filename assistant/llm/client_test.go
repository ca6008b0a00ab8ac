package llm_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
	"xiaohe/prompts"
)

// the schema of these tests; the jobs' own are their owners'.
var schema = []byte(`{"type":"object","additionalProperties":false,"required":["sentences"],"properties":{
	"sentences":{"type":"array","maxItems":5,"items":{"type":"object","additionalProperties":false,"required":["text"],"properties":{"text":{"type":"string","minLength":1}}}}}}`)

func client(t *testing.T, s *llmtest.Server, change func(*llm.Options)) *llm.Client {
	t.Helper()
	o := llm.Options{URL: s.URL, Key: "secret", Model: "double"}
	if change != nil {
		change(&o)
	}
	c, err := llm.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func call(text string) llm.Call {
	return llm.Call{Job: llm.Opinion, Schema: schema, Fields: []prompts.Field{{Name: "message", Text: text, Private: true}}}
}

func TestAGoodAnswerComesBack(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	s.Say(llm.Opinion, llmtest.Say(`{"sentences":[{"text":"一"},{"text":"二"}]}`))
	prompt, err := prompts.ForModel(string(llm.Opinion))
	if err != nil {
		t.Fatal(err)
	}
	a, err := client(t, s, nil).Answer(t.Context(), call("你好"))
	if err != nil || string(a.JSON) != `{"sentences":[{"text":"一"},{"text":"二"}]}` || a.Prompt != prompt.ID() || a.Model != "double" {
		t.Fatalf("%s %s %s %v", a.JSON, a.Prompt, a.Model, err)
	}
	r := s.Requests("")[0]
	if r.Job != llm.Opinion || r.Text("message") != "你好" || r.Header.Get("Authorization") != "Bearer secret" {
		t.Errorf("asked %s", r.Raw)
	}
}

func TestAStreamGivesEachElementWhileTheModelStillWrites(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	second := make(chan struct{})
	s.Say(llm.Opinion, llmtest.Drip(`{"sentences":[{"text":"一"},{"text":"二"}]}`, 3, time.Millisecond))
	var got []string
	a, err := client(t, s, nil).Stream(t.Context(), call("你好"), "sentences", func(element json.RawMessage) error {
		got = append(got, string(element))
		return nil
	})
	close(second)
	if err != nil || len(got) != 2 || got[0] != `{"text":"一"}` || len(a.JSON) == 0 {
		t.Fatalf("%q %s %v", got, a.JSON, err)
	}
}

func TestWithoutAModelEverythingIsOff(t *testing.T) {
	t.Parallel()
	c, err := llm.New(llm.Options{})
	if c != nil || err != nil || c.Has(llm.Prose) {
		t.Fatal(c, err)
	}
	if _, err := c.Answer(t.Context(), call("你好")); !errors.Is(err, llm.ErrOff) {
		t.Error(err)
	}
	c.Close()
}

func TestTheDoubleKnowsEachJob(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	for _, job := range llm.Jobs {
		s.Say(job, llmtest.Say(`{"sentences":[{"text":"`+string(job)+`"}]}`))
	}
	c := client(t, s, nil)
	for _, job := range llm.Jobs {
		ask := call("你好")
		ask.Job = job
		if a, err := c.Answer(t.Context(), ask); err != nil || string(a.JSON) != `{"sentences":[{"text":"`+string(job)+`"}]}` {
			t.Errorf("%s: %s %v", job, a.JSON, err)
		}
	}
}
