package llm_test

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
)

func TestCallsAreCountedByOutcomeAndByNothingOfPeople(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	s.Answer(llm.Opinion, func(r llmtest.Request) llmtest.Reply {
		if strings.Contains(r.Text("message"), "坏") {
			return llmtest.Refused("qwen")
		}
		return llmtest.Say(good)
	})
	registry := prometheus.NewRegistry()
	c := client(t, s, func(o *llm.Options) { o.Registry = registry })
	for _, text := range []string{"一", "一", "坏"} {
		_, _ = c.Answer(t.Context(), owned(text, "conversation 7"))
	}
	lines := gathered(t, registry)
	for _, wanted := range []string{`value:"ok"`, `value:"cached"`, `value:"filtered"`, "xiaohe_model_breaker", "xiaohe_model_seconds", `value:"input"`} {
		if !strings.Contains(lines, wanted) {
			t.Errorf("%s is not in\n%s", wanted, lines)
		}
	}
	for _, unwanted := range []string{"conversation", "一"} {
		if strings.Contains(lines, unwanted) {
			t.Errorf("%s is in\n%s", unwanted, lines)
		}
	}
}

// gathered is what a registry holds, a line a metric.
func gathered(t *testing.T, registry *prometheus.Registry) string {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			lines.WriteString(family.GetName() + " " + metric.String() + "\n")
		}
	}
	return lines.String()
}

// TestVectorsAndRanksAreCountedAsCallsAre: in the same series, beside a language model in the same registry.
func TestVectorsAndRanksAreCountedAsCallsAre(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	s.Answer(llm.Opinion, func(llmtest.Request) llmtest.Reply { return llmtest.Say(good) })
	s.Embed(func(r llmtest.EmbedRequest) llmtest.Reply {
		if strings.Contains(r.Input[0], "坏") {
			return llmtest.Status(400)
		}
		return llmtest.Vectors([]float32{1})
	})
	s.Rerank(func(llmtest.RerankRequest) llmtest.Reply { return llmtest.Status(401) })
	registry := prometheus.NewRegistry()
	c := client(t, s, func(o *llm.Options) { o.Registry = registry })
	e := embedder(t, s, func(o *llm.Vectors) { o.Registry, o.QueryModel = registry, "e5-query" })
	r, err := llm.NewReranker(llm.Ranking{Connection: llm.Connection{URL: s.URL, Model: "ranker", Registry: registry}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_, _ = c.Answer(t.Context(), owned("一", "conversation 7"))
	for _, text := range []string{"二", "坏", "三"} {
		_, _ = e.Embed(t.Context(), []string{text}, true)
	}
	_, _ = e.Embed(t.Context(), []string{"四"}, false)
	for range 12 { // the breaker opens meanwhile
		_, _ = r.Rerank(t.Context(), "五", []string{"六", "七"})
	}
	counts := map[string]float64{}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			name := family.GetName()
			for _, label := range metric.GetLabel() {
				name += " " + label.GetValue()
			}
			counts[name] = metric.GetCounter().GetValue() + float64(metric.GetHistogram().GetSampleCount()) + metric.GetGauge().GetValue()
		}
	}
	for name, want := range map[string]float64{
		"xiaohe_model_calls_total embed-question e5-query ok": 2, "xiaohe_model_calls_total embed-question e5-query invalid": 1,
		"xiaohe_model_calls_total embed-passage e5 ok": 1, "xiaohe_model_calls_total rerank ranker down": 12,
		"xiaohe_model_seconds embed-question e5-query": 3, "xiaohe_model_seconds embed-passage e5": 1,
		"xiaohe_model_breaker embed": 0, "xiaohe_model_breaker rerank": 2, "xiaohe_model_breaker chat": 0,
	} {
		if got, ok := counts[name]; !ok || got != want {
			t.Errorf("%s is %g (%v), not %g", name, got, ok, want)
		}
	}
	if n := counts["xiaohe_model_seconds rerank ranker"]; n == 0 || n >= 12 {
		t.Errorf("time was taken of %g ranks: not of those that reached no endpoint", n)
	}
	for _, unwanted := range []string{"conversation", "一", "二", "坏", "四", "五", "六"} {
		if strings.Contains(gathered(t, registry), unwanted) {
			t.Errorf("%s is in the metrics", unwanted)
		}
	}
}
