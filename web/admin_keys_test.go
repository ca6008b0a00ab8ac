package web

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"xiaohe/assistant/account"
)

var shownKey = regexp.MustCompile(`<code class="key">(xk_[A-Za-z0-9_-]+)</code>`)

func TestAnOfficerGivesAndTakesKeys(t *testing.T) {
	t.Parallel()
	d := newSite(t).desk()
	d.account("officer", account.Officer)
	d.login("officer", testPassword)
	d.get("/admin/keys").wants(t, http.StatusOK, "还没有密钥", "发密钥")
	form := url.Values{"name": {"区妇联<b>小程序"}, "scope": {"chat", "search"}, "region": {"火星"}, "per_minute": {"60"}, "per_day": {"5000"}}
	for field, wrong := range map[string]string{"region": "火星", "name": " ", "per_minute": "很多", "per_day": "0", "scope": "admin"} {
		mistaken := url.Values{}
		for k, v := range form {
			mistaken[k] = v
		}
		mistaken.Set("region", "杭州")
		mistaken.Set(field, wrong)
		a := d.post("/admin/keys", mistaken)
		if a.Status != http.StatusBadRequest || !strings.Contains(string(a.Body), `role="alert"`) || shownKey.Match(a.Body) {
			t.Errorf("%s=%s: %d", field, wrong, a.Status)
		}
		if field == "region" && (!strings.Contains(string(a.Body), `value="火星"`) || !strings.Contains(string(a.Body), `value="chat" checked`)) {
			t.Errorf("what was written is gone: %s", a.Body)
		}
	}
	form.Set("region", "杭州")
	a := d.post("/admin/keys", form)
	found := shownKey.FindSubmatch(a.Body)
	if a.Status != http.StatusOK || found == nil {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	key := string(found[1])
	if answer := d.do("POST", "/v1/chat/completions", key, chat(testAsk)); answer.Status != http.StatusOK {
		t.Errorf("the key does not work: %s", answer.Body)
	}
	page := d.get("/admin/keys")
	page.wants(t, http.StatusOK, html.EscapeString("区妇联<b>小程序"), "对话、查条文", "浙江省杭州市", "今天用了 1 次", "李老师")
	if strings.Contains(string(page.Body), key) {
		t.Error("the key is shown again")
	}
	if again := d.post("/admin/keys", form); again.Status != http.StatusBadRequest || !strings.Contains(string(again.Body), "已经有") {
		t.Errorf("the same name: %d", again.Status)
	}
	id := d.one(`SELECT id FROM api_keys`)
	if a := d.post("/admin/keys/"+id+"/disable", nil); a.path != "/admin/keys" || !strings.Contains(string(a.Body), "已停用") {
		t.Errorf("%d %s", a.Status, a.path)
	}
	if answer := d.do("POST", "/v1/chat/completions", key, chat(testAsk)); answer.Status != http.StatusUnauthorized {
		t.Errorf("a disabled key works: %d", answer.Status)
	}
	if a := d.post("/admin/keys/x/disable", nil); a.Status != http.StatusNotFound {
		t.Errorf("no such key: %d", a.Status)
	}
	d.says("1 1", `SELECT count(*) FILTER (WHERE action = 'key.added') || ' ' || count(*) FILTER (WHERE action = 'key.disabled') FROM audit_log WHERE object_kind = 'api_key'`)
	worker := d.site.desk()
	worker.account("worker", account.Worker)
	worker.login("worker", testPassword)
	if a := worker.get("/admin/keys"); a.Status != http.StatusNotFound {
		t.Errorf("a worker sees the keys: %d", a.Status)
	}
}
