package assistant_test

import (
	"slices"
	"testing"
	"time"

	"xiaohe/assistant"
	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
	"xiaohe/knowledge"
	"xiaohe/prompts"
)

// BenchmarkTurnModelDown measures what a model that is down adds to a turn: each question is asked without a model and
// with one whose breaker is open.
func BenchmarkTurnModelDown(b *testing.B) {
	store := corpusStore(b)
	cards, err := knowledge.Cards()
	if err != nil {
		b.Fatal(err)
	}
	hangzhou, err := store.Region(b.Context(), "330100")
	if err != nil {
		b.Fatal(err)
	}
	without, with := assistant.New(store), assistant.New(store)
	with.UseModel(modelDown(b))
	var more []time.Duration
	ask := func(a *assistant.Assistant, question string) time.Duration {
		start := time.Now()
		if _, err := a.Turn(b.Context(), assistant.Conversation{Region: hangzhou}, question); err != nil {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	for i := 0; b.Loop(); i++ {
		question := cards[i%len(cards)].Document.Card.Asks[1]
		more = append(more, -ask(without, question)+ask(with, question))
	}
	slices.Sort(more)
	b.ReportMetric(float64(more[len(more)/2].Microseconds())/1000, "more-p50-ms")
	b.ReportMetric(float64(more[len(more)*99/100].Microseconds())/1000, "more-p99-ms")
}

// modelDown is a client whose breaker is open.
func modelDown(b *testing.B) *llm.Client {
	b.Helper()
	s := llmtest.New(b)
	for _, job := range llm.Jobs {
		s.Say(job, llmtest.Status(401))
	}
	client, err := llm.New(llm.Options{URL: s.URL, Model: "double", Open: time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	for client.Report()[0].Breaker != "open" {
		_, _ = client.Answer(b.Context(), llm.Call{Job: llm.Opinion, Fields: []prompts.Field{{Name: "message", Text: "你好"}}})
	}
	return client
}
