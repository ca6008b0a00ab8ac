package llm_test

import (
	"encoding/json"
	"strings"
	"testing"

	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
	"xiaohe/database/dbtest"
	"xiaohe/prompts"
)

// message is as long as people write.
var message = strings.Repeat("我叫王小明，孙子三年级，爸爸坐牢三年了，妈妈跑了没消息，每个月能领多少钱？", 3)

func benchClient(b *testing.B, s *llmtest.Server, change func(*llm.Options)) *llm.Client {
	b.Helper()
	o := llm.Options{URL: s.URL, Model: "double"}
	change(&o)
	c, err := llm.New(o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	return c
}

// BenchmarkBreakerOpen is what a turn pays for a job whose endpoint is known to be down.
func BenchmarkBreakerOpen(b *testing.B) {
	s := llmtest.New(b)
	s.Say(llm.Opinion, llmtest.Status(401))
	c := benchClient(b, s, func(*llm.Options) {})
	ask := llm.Call{Job: llm.Opinion, Schema: schema, Fields: []prompts.Field{{Name: "message", Text: message, Private: true}}}
	for range 5 {
		_, _ = c.Answer(b.Context(), ask)
	}
	if c.Report()[0].Breaker != "open" {
		b.Fatal("the breaker is not open")
	}
	for b.Loop() {
		if _, err := c.Answer(b.Context(), ask); err == nil {
			b.Fatal("an answer")
		}
	}
}

// BenchmarkBudget is what the check of the day's tokens adds to a call, with the table of all nodes behind it: the call
// is refused by its budget, so all else is rendering.
func BenchmarkBudget(b *testing.B) {
	s := llmtest.New(b)
	pool := dbtest.New(b)
	c := benchClient(b, s, func(o *llm.Options) {
		o.Local, o.Usage, o.OwnerTokens, o.DailyTokens = true, llm.NewTable(pool), 1, 1<<40
	})
	ask := llm.Call{Job: llm.Opinion, Schema: schema, Owner: "a", Fields: []prompts.Field{{Name: "message", Text: message, Private: true}}}
	for b.Loop() {
		if _, err := c.Stream(b.Context(), ask, "sentences", nil); err == nil {
			b.Fatal("an answer")
		}
	}
}

// BenchmarkAnswer is a whole call to a model that answers at once: masking, HTTP on this machine, reading, checking.
func BenchmarkAnswer(b *testing.B) {
	s := llmtest.New(b)
	s.Say(llm.Opinion, llmtest.Say(good))
	c := benchClient(b, s, func(*llm.Options) {})
	ask := llm.Call{Job: llm.Opinion, Schema: schema, Fields: []prompts.Field{{Name: "message", Text: message, Private: true}}}
	for b.Loop() {
		if _, err := c.Stream(b.Context(), ask, "sentences", func(json.RawMessage) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
