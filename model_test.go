package main

import (
	"encoding/json"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
	"xiaohe/database/dbtest"
)

func TestWrongModelSettingsAreToldBeforeTheDatabaseIsOpened(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		flags string
		want  string
	}{
		"no address":             {"--chat-model m", "--chat-url"},
		"no model":               {"--chat-url https://api.example.com/v1", "--chat-model"},
		"not an address":         {"--chat-url api.example.com --chat-model m", "--chat-url 不是能用的地址"},
		"plain text to anybody":  {"--chat-url http://api.example.com/v1 --chat-model m", "不加密"},
		"no such job":            {"--chat-url https://api.example.com/v1 --chat-models cooking=m", "不认识的活"},
		"nobody may ask":         {"--chat-url https://api.example.com/v1 --chat-model m --chat-calls 0", "--chat-calls"},
		"less than nothing":      {"--chat-url https://api.example.com/v1 --chat-model m --chat-tokens=-1", "负数"},
		"vectors without model":  {"--embed-url https://api.example.com/v1", "--embed-model"},
		"vectors without place":  {"--embed-model m", "--embed-url"},
		"vectors over plain":     {"--embed-url http://8.8.8.8/v1 --embed-model m", "不加密"},
		"ranks without model":    {"--rerank-url https://api.example.com/v1", "--rerank-model"},
		"ranks without place":    {"--rerank-model m", "--rerank-url"},
		"ranks at no address":    {"--rerank-url ftp://x/v1 --rerank-model m", "--rerank-url 不是能用的地址"},
		"secrets in the address": {"--chat-url https://u:p@api.example.com/v1 --chat-model m", "不带问号和用户名"},
	} {
		p := program{t, "postgres://127.0.0.1:1/nowhere"}
		status, out, errOut := p.run(append([]string{"ask", "孤儿能领多少钱"}, strings.Fields(c.flags)...)...)
		if status == 0 || out != "" || !strings.Contains(errOut, c.want) || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%s: status %d, stdout %q, stderr %q; want %q", name, status, out, errOut, c.want)
		}
	}
}

func TestAnEndpointThatIsDownChangesNoAnswer(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	turn := func(out string) (t struct{ Answer, Citations, Benefits, Facts, Triage, Ask json.RawMessage }) {
		if err := json.Unmarshal([]byte(out), &t); err != nil {
			p.t.Fatal(out, err)
		}
		return t
	}
	_, want, _ := p.run("ask", "--json", "孩子没人管怎么办")
	s := llmtest.New(t)
	for _, job := range llm.Jobs {
		s.Say(job, llmtest.Status(500))
	}
	status, got, errOut := p.run("ask", "--json", "孩子没人管怎么办", "--chat-url", s.URL, "--chat-model", "double")
	if status != 0 || !reflect.DeepEqual(turn(got), turn(want)) {
		t.Errorf("status %d, %s\n%s\nwant\n%s", status, errOut, got, want)
	}
}

func TestACallIsARowOfTheAuditLogWithoutText(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	calls := newCallLog(pool, nil)
	calls.record(llm.Record{Job: llm.Prose, Model: "m", Prompt: "prose@1", Owner: "conversation 7", Outcome: "ok", Attempts: 2, Input: 30, Output: 4})
	calls.record(llm.Record{Job: llm.Opinion, Model: "m", Prompt: "opinion@1", Outcome: "filtered", Attempts: 1})
	calls.close()
	rows, err := pool.Query(t.Context(), `SELECT result, data::text FROM audit_log WHERE action = 'model.called' ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var result, data string
		if err := rows.Scan(&result, &data); err != nil {
			t.Fatal(err)
		}
		var call modelCall
		if err := json.Unmarshal([]byte(data), &call); err != nil || strings.Contains(data, "conversation") {
			t.Errorf("%s %v", data, err)
		}
		found = append(found, result+" "+string(call.Job)+" "+call.Outcome)
	}
	if got := strings.Join(found, ", "); rows.Err() != nil || got != "ok prose ok, error opinion filtered" {
		t.Error(got, rows.Err())
	}
}

func TestDifferencesOfOpinionsAreCountedByLevels(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	differs := differences(registry)
	differs(0, 3)
	differs(0, 3)
	differs(4, 0)
	families, err := registry.Gather()
	if err != nil || len(families) != 1 {
		t.Fatal(families, err)
	}
	found := map[string]float64{}
	for _, m := range families[0].GetMetric() {
		model, rules := m.GetLabel()[0], m.GetLabel()[1]
		found[rules.GetName()+rules.GetValue()+model.GetName()+model.GetValue()] = m.GetCounter().GetValue()
	}
	if want := map[string]float64{"rules0model3": 2, "rules4model0": 1}; !maps.Equal(found, want) || families[0].GetName() != "xiaohe_opinion_differences_total" {
		t.Errorf("%v, not %v", found, want)
	}
}
