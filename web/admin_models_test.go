package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"xiaohe/assistant/account"
	"xiaohe/assistant/conversation"
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
	show(func(*llm.State) {}, "语言模型是通的。", "把回答说得好懂", "writer-7b", "1,234", "5,000", "先遮盖")
	show(func(s *llm.State) { s.Breaker, s.Fault = "open", "status 500" }, "现在不应答：它那边出了错（500）", "照常回答")
	for fault, words := range map[string]string{"dial failed": "连不上", "status 401": "密钥不对，或者没有权限（401）", "status 418": "连接有毛病（418）", "something new": "连接有毛病"} {
		show(func(s *llm.State) { s.Fault = fault }, "最近一次毛病："+words+"。")
	}
	show(func(s *llm.State) { s.Tokens = 5000 }, "用完了")
	show(func(s *llm.State) { s.Masked, s.Limit = false, 0 }, "没有遮盖", "没有上限")
	for _, job := range llm.Jobs {
		if jobNames[job] == "" || strings.Contains(jobNames[job], string(job)) {
			t.Errorf("job %s has no name for people", job)
		}
	}
}

func TestTheModelsPageTellsWhatBecameOfAModelsWords(t *testing.T) {
	t.Parallel()
	d := newSite(t).desk()
	d.account("officer", account.Officer)
	if a := d.login("officer", testPassword); a.Status != http.StatusOK {
		t.Fatal(a.Status)
	}
	if page := d.get("/admin/models"); page.Status != http.StatusOK || strings.Contains(string(page.Body), "查过以后") {
		t.Errorf("status %d, or a table of nothing", page.Status)
	}
	d.words()
	page := string(d.get("/admin/models").Body)
	table := strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page[strings.Index(page, "<table"):strings.Index(page, "</table>")], " ")), " ")
	const want = "请模型说过的回答、过了检查和丢掉的句子 近 24 小时 近 7 天 " +
		"请模型说过的回答 2 3 用了模型的话的回答 1 2 过了检查的句子 5 16 没过、丢掉的句子 3 8 " +
		"为什么丢掉 作了保证 2 7 句数太多 1 1 没有听它说完 没答或断线 1 1 哪个模型、哪一版提示词 writer-7b prose@3 2 2 writer-7b prose@2 0 1"
	if table != want {
		t.Errorf("the table says\n%s\nnot\n%s", table, want)
	}
}

// words stores answers in which a model had a part, of this day, this week and before.
func (s *site) words() {
	s.t.Helper()
	v := s.visit()
	for i, said := range []struct{ ago, meta string }{
		{"1 hour", `{"prose":{"prompt":"prose@3","model":"writer-7b","used":true,"passed":4,"dropped":{"promise":2,"too_many":1}}}`},
		{"2 hours", `{"prose":{"prompt":"prose@3","model":"writer-7b","used":false,"passed":1,"ended":"down"}}`},
		{"3 days", `{"prose":{"prompt":"prose@2","model":"writer-7b","used":true,"passed":11,"dropped":{"promise":5}}}`},
		{"8 days", `{"prose":{"prompt":"prose@1","model":"writer-3b","used":true,"passed":900,"dropped":{"kin":77}}}`},
		{"1 hour", `{"refused":true}`},
	} {
		_, err := s.pool.Exec(s.t.Context(), `INSERT INTO messages (conversation_id, seq, id, sender_kind, sender_id, client_msg_id, kind, body, meta, ai_generated, created_at)
			VALUES ($1, $2, gen_random_uuid(), 'bot', $3, 'words-' || $2::bigint || '-bot', 'text', '答', $4, true, now() - $5::interval)`,
			v.id(), 100+i, conversation.BotID, said.meta, said.ago)
		must(s.t, err)
	}
}
