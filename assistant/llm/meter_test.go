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
	for _, wanted := range []string{`value:"ok"`, `value:"cached"`, `value:"filtered"`, "xiaohe_model_breaker", "xiaohe_model_seconds", `value:"input"`} {
		if !strings.Contains(lines.String(), wanted) {
			t.Errorf("%s is not in\n%s", wanted, lines.String())
		}
	}
	for _, unwanted := range []string{"conversation", "一"} {
		if strings.Contains(lines.String(), unwanted) {
			t.Errorf("%s is in\n%s", unwanted, lines.String())
		}
	}
}
