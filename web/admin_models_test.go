package web

import (
	"net/http"
	"strings"
	"testing"

	"xiaohe/assistant/account"
	"xiaohe/assistant/llm"
)

func TestTheModelsPageSaysInPlainWordsHowTheModelIs(t *testing.T) {
	t.Parallel()
	state := llm.State{Endpoint: "chat", Breaker: "closed", Jobs: []llm.Work{{Job: llm.Prose, Model: "writer-7b"}}, Masked: true, Tokens: 1234, Limit: 5000}
	var states []llm.State
	d := newSite(t, func(o *Options) { o.Models = func() []llm.State { return states } }).desk()
	d.account("officer", account.Officer)
	if a := d.login("officer", testPassword); a.Status != http.StatusOK {
		t.Fatal(a.Status)
	}
	show := func(change func(*llm.State), wanted ...string) {
		t.Helper()
		changed := state
		change(&changed)
		states = []llm.State{changed}
		d.get("/admin/models").wants(t, http.StatusOK, wanted...)
	}
	d.get("/admin/models").wants(t, http.StatusOK, "没有接语言模型")
	show(func(*llm.State) {}, "语言模型是通的。", "把回答说得好懂", "writer-7b", "1234", "5000", "先遮盖")
	show(func(s *llm.State) { s.Breaker, s.Fault = "open", "status 500" }, "现在不应答（status 500）", "照常回答")
	show(func(s *llm.State) { s.Tokens = 5000 }, "用完了")
	show(func(s *llm.State) { s.Masked, s.Limit = false, 0 }, "没有遮盖", "没有上限")
	for _, job := range llm.Jobs {
		if jobNames[job] == "" || strings.Contains(jobNames[job], string(job)) {
			t.Errorf("job %s has no name for people", job)
		}
	}
}
