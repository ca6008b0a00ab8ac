package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
)

func TestPages(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *Options) { o.Sites = []string{"https://www.example.gov.cn"} })
	from := strings.Index(testPolicy().Document.Body, testClause)
	runes := len([]rune(testPolicy().Document.Body[:from]))
	cited := fmt.Sprintf("?from=%d&to=%d", runes, runes+len([]rune(testClause)))
	document := "/documents/" + s.document.String()
	for _, c := range []struct {
		name, path string
		status     int
		has, not   []string
	}{
		{"the guardian page", "/", 200, []string{"我现在需要帮助", "快速离开", `href="tel:110"`, `href="tel:120"`, `href="tel:12356"`, `href="tel:12345"`, "AI 助手", `role="log"`, "浏览器的历史记录清不掉"}, []string{"<script>", "style=", "onclick", "小时"}},
		{"the widget", "/widget", 200, []string{`data-page="widget"`, "我现在需要帮助"}, nil},
		{"a document", document, 200, []string{testTitle, "海棠镇人民政府", "海政发〔2025〕1号", "2025-03-01", "现行有效", "https://example.org/umbrella", "<td>六十六元", "全国"}, []string{"<mark>", `id="cited"`}},
		{"a document at its clause", document + cited, 200, []string{`id="cited"`, "<mark>" + testClause + "</mark>"}, nil},
		{"a document with markup in it", document, 200, []string{"&lt;script&gt;"}, []string{"<script>alert"}},
		{"a clause beyond the end", document + "?from=99999&to=100000", 200, []string{testTitle}, []string{"<mark>"}},
		{"a clause the wrong way round", document + "?from=9&to=3", 200, []string{testTitle}, []string{"<mark>"}},
		{"a clause that is no number", document + "?from=x&to=y", 200, []string{testTitle}, []string{"<mark>"}},
		{"a negative clause", document + "?from=-5&to=5", 200, []string{testTitle}, []string{"<mark>"}},
		{"no such document", "/documents/" + uuid.NewString(), 404, []string{"没有找到"}, nil},
		{"a document without an id", "/documents/x", 404, []string{"没有找到"}, nil},
		{"an unknown page", "/nirgends", 404, []string{"没有找到"}, nil},
		{"the neutral page", "/tianqi", 200, []string{"<title>天气</title>"}, []string{"小禾", "help"}},
		{"the health", "/healthz", 200, []string{"ok"}, nil},
		{"the readiness", "/readyz", 200, []string{"ok"}, nil},
		{"a static file of the widget alone", "/static/x/widget.js", 404, nil, nil},
		{"a template", "/static/x/chat.html", 404, nil, nil},
		{"a path out of the folder", "/static/x/..%2f..%2fserver.go", 404, nil, []string{"package web"}},
	} {
		r := s.do("GET", c.path, "", nil)
		if r.Status != c.status {
			t.Errorf("%s: status %d", c.name, r.Status)
		}
		for _, text := range c.has {
			if !strings.Contains(string(r.Body), text) {
				t.Errorf("%s: %q is missing", c.name, text)
			}
		}
		for _, text := range c.not {
			if strings.Contains(string(r.Body), text) {
				t.Errorf("%s: %q is there", c.name, text)
			}
		}
		policy := r.Header.Get("Content-Security-Policy")
		for _, directive := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "base-uri 'none'", "frame-ancestors "} {
			if !strings.Contains(policy, directive) {
				t.Errorf("%s: the policy lacks %s", c.name, directive)
			}
		}
		framed := strings.Contains(policy, "frame-ancestors https://www.example.gov.cn")
		if framed != strings.HasPrefix(c.path, "/widget") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: the policy is %s", c.name, policy)
		}
		if r.Header.Get("X-Content-Type-Options") != "nosniff" || r.Header.Get("Referrer-Policy") != "no-referrer" || r.Header.Get("Permissions-Policy") == "" {
			t.Errorf("%s: headers %v", c.name, r.Header)
		}
	}
}

func TestTheWidgetIsShownNowhereByDefault(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	if policy := s.do("GET", "/widget", "", nil).Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "frame-ancestors 'none'") {
		t.Error(policy)
	}
}

func TestStaticFilesAreKeptForGoodUnderTheirVersion(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	page := string(s.do("GET", "/", "", nil).Body)
	for name := range s.web.pages.static {
		if name == "widget.js" {
			continue
		}
		r := s.do("GET", "/static/"+s.web.pages.version+"/"+name, "", nil)
		if r.Status != 200 || !strings.Contains(r.Header.Get("Cache-Control"), "immutable") || r.Header.Get("Content-Type") == "" {
			t.Errorf("%s: %d %v", name, r.Status, r.Header)
		}
		if old := s.do("GET", "/static/000000000000/"+name, "", nil); old.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s of another version: %v", name, old.Header)
		}
	}
	if !strings.Contains(page, "/static/"+s.web.pages.version+"/app.js") {
		t.Error("the page asks for another version")
	}
	script := s.do("GET", "/widget.js", "", nil)
	if len(script.Body) > 10<<10 || script.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
		t.Errorf("widget.js has %d bytes, %v", len(script.Body), script.Header)
	}
}

func TestTheAPIRefusesBadInputInChinese(t *testing.T) {
	t.Parallel()
	v := newSite(t, func(o *Options) { o.Limits.SessionsPerIP = 3 }).visit()
	for _, c := range []struct {
		name, method, path, token string
		body                      any
		status                    int
		code                      string
	}{
		{"a body that is no JSON", "POST", "/api/v1/session", "", "{", 400, codeMalformed},
		{"a body of another kind", "POST", "/api/v1/session", "", "[1]", 400, codeMalformed},
		{"a body that is too large", "POST", "/v1/conv/" + v.conv + "/messages", v.token, `{"body":"` + strings.Repeat("x", 40<<10) + `"}`, 413, codeTooLarge},
		{"20,000 characters", "POST", "/v1/conv/" + v.conv + "/messages", v.token, sendData{ClientMsgID: "message-1", Body: strings.Repeat("字", 6_000)}, 413, codeTooLarge},
		{"an empty question", "POST", "/v1/conv/" + v.conv + "/messages", v.token, sendData{ClientMsgID: "message-1", Body: " "}, 400, codeInvalid},
		{"binary garbage", "POST", "/v1/conv/" + v.conv + "/messages", v.token, sendData{ClientMsgID: "message-1", Body: "\x00\x01"}, 400, codeInvalid},
		{"an unknown region", "POST", "/api/v1/conversations", v.token, conversationRequest{Region: "亚特兰蒂斯"}, 400, codeInvalid},
		{"an ambiguous region", "PUT", "/api/v1/conversations/" + v.conv + "/region", v.token, conversationRequest{Region: "朝阳区"}, 400, codeInvalid},
		{"no session", "POST", "/api/v1/conversations", "", conversationRequest{}, 401, codeAuth},
		{"no session for a ticket", "POST", "/v1/ws-ticket", "", nil, 401, codeAuth},
		{"an id that is none", "GET", "/v1/conv/x/events", v.token, nil, 404, codeNotFound},
		{"an unknown parent", "GET", "/api/v1/regions?parent=999999", "", nil, 400, codeInvalid},
		{"a socket without upgrade", "GET", "/v1/ws", "", nil, 403, codeForbidden},
	} {
		r := v.do(c.method, c.path, c.token, c.body)
		p := r.problem(t)
		if r.Status != c.status || p.Code != c.code || !hasHan(p.Message) {
			t.Errorf("%s: %d %+v", c.name, r.Status, p)
		}
	}
	for range 2 {
		v.do("POST", "/api/v1/session", "", nil)
	}
	if r := v.do("POST", "/api/v1/session", "", nil); r.Status != http.StatusTooManyRequests {
		t.Errorf("the fourth session of an address: %d", r.Status)
	}
}

func hasHan(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff })
}

func TestOtherSitesCannotPost(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		r, err := http.NewRequest("POST", s.URL+"/api/v1/session", nil)
		must(t, err)
		r.Header.Set(header, value)
		response, err := http.DefaultClient.Do(r)
		must(t, err)
		response.Body.Close()
		if response.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s gets %d", header, value, response.StatusCode)
		}
	}
}

func TestRegions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, c := range []struct {
		query string
		path  int
		first string
		some  string
	}{
		{"parent=100000", 1, "北京市", "浙江省"},
		{"parent=330000", 2, "杭州市", "温州市"},
		{"parent=330100", 3, "上城区", "西湖区"},
		{"parent=", 1, "北京市", "浙江省"},
		{"q=西湖", 0, "浙江省杭州市西湖区", "江西省南昌市西湖区"},
		{"q=浙江西湖", 0, "浙江省杭州市西湖区", ""},
		{"q=杭州", 0, "浙江省杭州市", "浙江省杭州市西湖区"},
	} {
		var a regionsAnswer
		s.do("GET", "/api/v1/regions?"+c.query, "", nil).into(t, &a)
		if len(a.Path) != c.path || len(a.Children) == 0 || a.Children[0].Name != c.first {
			t.Errorf("%s: %+v", c.query, a)
			continue
		}
		found := c.some == ""
		for _, r := range a.Children {
			found = found || r.Name == c.some
		}
		if !found {
			t.Errorf("%s lacks %s", c.query, c.some)
		}
	}
	for _, q := range []string{"q=" + strings.Repeat("西", 31), "q=%25_"} {
		if r := s.do("GET", "/api/v1/regions?"+q, "", nil); !strings.Contains(string(r.Body), `"children":[]`) {
			t.Errorf("%s finds %s", q, r.Body)
		}
	}
}

func TestARegionGoesWithItsConversationAndToOtherTabs(t *testing.T) {
	t.Parallel()
	v := newSite(t).visit()
	p := v.connect(0)
	p.until("caught_up")
	r := v.do("PUT", "/api/v1/conversations/"+v.conv+"/region", v.token, conversationRequest{Region: "330106"})
	var named regionData
	r.into(t, &named)
	if named != (regionData{"330106", "浙江省杭州市西湖区"}) {
		t.Errorf("region is %+v", named)
	}
	if f := p.until("region"); !strings.Contains(string(f.D), "330106") {
		t.Errorf("the tab got %s", f.D)
	}
	var c conversationAnswer
	v.do("POST", "/api/v1/conversations", v.token, conversationRequest{}).into(t, &c)
	if c.ID != v.conv || c.Region != named {
		t.Errorf("the conversation is %+v", c)
	}
	p.send("message-1", testAsk)
	for {
		if m := p.until("msg").message(); m.AI {
			if !strings.Contains(string(m.Meta), `"西湖区"`) {
				t.Errorf("the answer is for %s", m.Meta)
			}
			return
		}
	}
}

func TestLogsHoldNoWordsAndNoIDs(t *testing.T) {
	t.Parallel()
	v := newSite(t).visit()
	p := v.connect(0)
	p.send("message-1", "我叫张小明住海棠镇")
	p.until("ack")
	v.do("POST", "/v1/conv/"+v.conv+"/messages", v.token, sendData{ClientMsgID: "message-2", Body: "我叫张小明"})
	v.do("GET", "/v1/conv/"+v.conv+"/events", "wrong-token", nil)
	for _, secret := range []string{"张小明", v.token, v.conv, "wrong-token", "127.0.0.1"} {
		if strings.Contains(v.logs.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}
