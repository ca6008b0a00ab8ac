package web

import (
	"net/http"
	"strings"
	"testing"

	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
)

func TestTheIndexIsShownAndItsEndpointInReadyz(t *testing.T) {
	t.Parallel()
	double := llmtest.New(t)
	e, err := llm.NewEmbedder(llm.Vectors{Connection: llm.Connection{URL: double.URL, Model: "bag"}})
	must(t, err)
	t.Cleanup(e.Close)
	d := newSite(t, func(o *Options) { o.Knowledge.UseEmbedder(e) }).desk()
	d.account("officer", "officer")
	d.login("officer", testPassword)
	page := func() string {
		t.Helper()
		a := d.send(http.MethodGet, "/admin/index", "", nil)
		if a.Status != http.StatusOK {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		return string(a.Body)
	}
	if p := page(); !strings.Contains(p, "索引还没有做好") {
		t.Errorf("before: %s", p)
	}
	must(t, d.web.knowledge.Prepare(t.Context(), false))
	if p := page(); !strings.Contains(p, "正在做") || !strings.Contains(p, "<progress") {
		t.Errorf("in building: %s", p)
	}
	must(t, d.web.knowledge.BuildIndex(t.Context(), nil))
	if p := page(); !strings.Contains(p, "一起查找条文") || !strings.Contains(p, "正在用") {
		t.Errorf("in use: %s", p)
	}
	ready := func() string {
		t.Helper()
		r := d.do("GET", "/readyz", "", nil)
		if r.Status != http.StatusOK {
			t.Errorf("status %d", r.Status)
		}
		return string(r.Body)
	}
	if r := ready(); r != "ok\nembeddings: ok\n" {
		t.Errorf("%q", r)
	}
	double.Embed(func(llmtest.EmbedRequest) llmtest.Reply { return llmtest.Status(503) })
	if err := d.web.knowledge.Prepare(t.Context(), true); err == nil {
		t.Error("the endpoint is down")
	}
	if r := ready(); !strings.HasPrefix(r, "ok\nembeddings: down since ") {
		t.Errorf("%q", r)
	}
	if p := page(); !strings.Contains(p, "没有应答") {
		t.Errorf("down: %s", p)
	}
}

func TestTheIndexPageWorksWithoutAModel(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if a := d.send(http.MethodGet, "/admin/index", "", nil); a.Status != http.StatusOK || !strings.Contains(string(a.Body), "没有接入向量模型") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if r := d.do("GET", "/readyz", "", nil); string(r.Body) != "ok\n" {
		t.Errorf("readyz changed: %q", r.Body)
	}
}
