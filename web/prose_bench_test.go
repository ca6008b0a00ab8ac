package web

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
)

// BenchmarkFirstSentence measures from the moment in which a model has written its first sentence to the moment in which
// a family's socket has it: reading the stream, the checks, and the way out. The bar is 300 ms.
func BenchmarkFirstSentence(b *testing.B) {
	written := make(chan time.Time, 1)
	model := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		must(b, err)
		var request struct {
			Messages []struct{ Content string }
		}
		must(b, json.Unmarshal(body, &request))
		var data map[string]json.RawMessage
		must(b, json.Unmarshal([]byte(request.Messages[1].Content), &data))
		words, first := umbrellaWords(llmtest.Request{Data: data})
		w.Header().Set("Content-Type", "text/event-stream")
		piece := func(text string) {
			quoted, err := json.Marshal(text)
			must(b, err)
			fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%s}}]}\n\n", quoted)
			must(b, http.NewResponseController(w).Flush())
		}
		all := []rune(words)
		piece(string(all[:first-1]))
		written <- time.Now()
		piece(string(all[first-1 : first]))
		piece(string(all[first:]))
		fmt.Fprint(w, "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	}))
	defer model.Close()
	client, err := llm.New(llm.Options{URL: model.URL + "/v1", Models: map[llm.Job]string{llm.Prose: "double"}})
	must(b, err)
	defer client.Close()
	s := newSite(b, unhurried, func(o *Options) { o.Assistant.UseModel(client) })
	p := s.visit().connect(0)
	p.until("caught_up")
	var waits []time.Duration
	for i := range b.N {
		p.send(fmt.Sprintf("message-%d", i), testAsk)
		first := p.heard()
		waits = append(waits, time.Since(<-written))
		if !strings.HasPrefix(first, umbrellaFirst) {
			b.Fatalf("first came %q", first)
		}
		for !p.until("msg").message().AI {
		}
	}
	slices.Sort(waits)
	at := func(share float64) float64 {
		return float64(waits[int(share*float64(len(waits)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(at(.5), "p50-ms")
	b.ReportMetric(at(.95), "p95-ms")
	b.ReportMetric(at(1), "max-ms")
}
