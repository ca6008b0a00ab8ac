package assistant_test

import (
	"sync/atomic"
	"testing"

	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
	"xiaohe/database/dbtest"
	"xiaohe/knowledge"
)

func TestSearchesStopWaitingForAnEndpointThatHangs(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	e, err := llm.NewEmbedder(llm.Vectors{Connection: llm.Connection{URL: s.URL, Model: "double"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	store := knowledge.NewStore(dbtest.New(t), fixedNow)
	store.UseEmbedder(e)
	if err := store.LoadRegions(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := store.Prepare(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if err := store.BuildIndex(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	var calls atomic.Int32
	s.Embed(func(llmtest.EmbedRequest) llmtest.Reply {
		calls.Add(1)
		return llmtest.Hang()
	})
	still := 0 // searches in a row that did not ask the endpoint
	for n := 0; still < 3; n++ {
		if n == 30 {
			t.Fatalf("after %d searches the endpoint is still asked, and waited for", n)
		}
		before := calls.Load()
		if _, err := store.Search(t.Context(), knowledge.Query{Text: "孤儿生活费", On: "2026-11-21", K: 5}); err != nil {
			t.Fatal(err)
		}
		if still++; calls.Load() > before {
			still = 0
		}
	}
	if store.Embeddings() == "ok" {
		t.Error("nobody sees that it is down")
	}
}
