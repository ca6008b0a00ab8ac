package web

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"xiaohe/assistant/apikey"
	"xiaohe/assistant/audit"
)

// keyed is another program with a key.
type keyed struct {
	*site
	text string
	key  apikey.Key
}

// testKey makes a key for the whole country; change may narrow it.
func (s *site) testKey(change ...func(*apikey.Draft)) *keyed {
	s.t.Helper()
	d := apikey.Draft{Name: "试 " + time.Now().Format(time.RFC3339Nano), Scopes: apikey.Scopes, Region: "100000000000", PerMinute: 1000}
	for _, f := range change {
		f(&d)
	}
	key, text, err := s.web.programs.keys.Add(context.Background(), audit.System, "测试", d)
	must(s.t, err)
	return &keyed{s, text, key}
}

// ask posts to the chat; body may be a string of any form.
func (p *keyed) ask(body any) reply {
	p.t.Helper()
	return p.do("POST", "/v1/chat/completions", p.text, body)
}

type message = map[string]any

// chat is a request with messages of the user.
func chat(texts ...string) map[string]any {
	var messages []message
	for _, text := range texts {
		messages = append(messages, message{"role": "user", "content": text})
	}
	return map[string]any{"model": "xiaohe", "messages": messages}
}

// refusals of a program's request in OpenAI's form.
func (a reply) refusal(t testing.TB) openaiError {
	t.Helper()
	var e openaiErrorBody
	a.into(t, &e)
	if e.Error.Message == "" || e.Error.Type == "" || !strings.ContainsFunc(e.Error.Message, func(r rune) bool { return r > 0x4e00 }) {
		t.Errorf("an error without words: %s", a.Body)
	}
	return e.Error
}

func TestKeysAreChecked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	p := s.testKey()
	for _, token := range []string{"", "x", "xk_", p.text + "x", p.text[:len(p.text)-1], strings.TrimPrefix(p.text, "xk_"), s.visit().token} {
		a := s.do("POST", "/v1/chat/completions", token, chat(testAsk))
		if a.Status != http.StatusUnauthorized || a.Header.Get("WWW-Authenticate") == "" || a.refusal(t).Code != "invalid_api_key" {
			t.Errorf("with %d characters: %d %s", len(token), a.Status, a.Body)
		}
	}
	if a := s.request("POST", "/v1/chat/completions?key="+p.text, http.Header{"Cookie": {"key=" + p.text}}, chat(testAsk)); a.Status != http.StatusUnauthorized {
		t.Errorf("a key in the address or a cookie: %d", a.Status)
	}
	if a := p.ask(chat(testAsk)); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	narrow := s.testKey(func(d *apikey.Draft) { d.Scopes = []apikey.Scope{apikey.Search} })
	for range 3 {
		if a := narrow.ask(chat(testAsk)); a.Status != http.StatusForbidden || a.refusal(t).Code != "missing_scope" {
			t.Errorf("without the scope: %d %s", a.Status, a.Body)
		}
	}
	if n := s.one(`SELECT count(*) FROM audit_log WHERE action = 'api.denied' AND reason = 'scope.chat'`); n != "1" {
		t.Errorf("%s rows of refusals", n)
	}
	_, err := s.web.programs.keys.DisableID(t.Context(), audit.System, p.key.ID)
	must(t, err)
	if a := p.ask(chat(testAsk)); a.Status != http.StatusUnauthorized || a.refusal(t).Code != "key_disabled" {
		t.Errorf("disabled: %d %s", a.Status, a.Body)
	}
	if strings.Contains(s.logs.String(), p.text) || strings.Contains(s.logs.String(), testAsk) {
		t.Error("the key or the words are in the log")
	}
}

func TestLimitsOfKeysTellWhenToComeBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	minute := s.testKey(func(d *apikey.Draft) { d.PerMinute = 2 })
	for range 2 {
		if a := minute.do("GET", "/v1/models", minute.text, nil); a.Status != http.StatusOK {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}
	a := minute.do("GET", "/v1/models", minute.text, nil)
	if a.Status != http.StatusTooManyRequests || a.refusal(t).Code != "rate_limit_exceeded" || a.Header.Get("Retry-After") == "" {
		t.Errorf("%d %s %v", a.Status, a.Body, a.Header)
	}
	s.now.advance(31 * time.Second)
	if a := minute.do("GET", "/v1/models", minute.text, nil); a.Status != http.StatusOK {
		t.Errorf("half a minute later: %d %s", a.Status, a.Body)
	}
	day := s.testKey(func(d *apikey.Draft) { d.PerDay = 1 })
	if a := day.ask(chat("你好")); a.Status != http.StatusOK {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if a := day.ask(chat("你好")); a.Status != http.StatusTooManyRequests || a.refusal(t).Code != "daily_limit" || a.Header.Get("Retry-After") == "" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	other := apikey.New(s.pool, s.now.Now) // of another node
	found, err := other.Find(t.Context(), day.text)
	must(t, err)
	if err := other.Admit(t.Context(), found, apikey.Chat); err == nil {
		t.Error("another node does not know that the day is used up")
	}
	s.now.advance(24 * time.Hour)
	if a := day.ask(chat("你好")); a.Status != http.StatusOK {
		t.Errorf("the next day: %d %s", a.Status, a.Body)
	}
}

func TestPagesOfOtherSitesCannotUseAKey(t *testing.T) {
	t.Parallel()
	p := newSite(t).testKey()
	for path, code := range map[string]string{"/v1/chat/completions": "foreign_origin", "/mcp": "foreign_origin"} {
		for _, header := range []http.Header{
			{"Origin": {"https://evil.example"}}, {"Sec-Fetch-Site": {"cross-site"}}, {"Origin": {"null"}},
		} {
			header.Set("Authorization", "Bearer "+p.text)
			a := p.request("POST", path, header, chat(testAsk))
			if a.Status != http.StatusForbidden || !strings.Contains(string(a.Body), code) || a.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %v: %d %s", path, header, a.Status, a.Body)
			}
		}
		a := p.request("OPTIONS", path, http.Header{"Origin": {"https://evil.example"}, "Access-Control-Request-Method": {"POST"}}, nil)
		if a.Header.Get("Access-Control-Allow-Origin") != "" || a.Status == http.StatusOK || a.Status == http.StatusNoContent {
			t.Errorf("a preflight of %s is allowed: %d", path, a.Status)
		}
	}
}

func TestBadRequestsOfProgramsAreExplained(t *testing.T) {
	t.Parallel()
	p := newSite(t).testKey()
	with := func(change func(map[string]any)) map[string]any { r := chat("你好"); change(r); return r }
	for name, c := range map[string]struct {
		body   any
		status int
		code   string
	}{
		"no JSON":       {"{", 400, "invalid_json"},
		"two objects":   {`{"model":"xiaohe"}{}`, 400, "invalid_json"},
		"a brace more":  {`{"model":"xiaohe","messages":[{"role":"user","content":"你好"}]}}`, 400, "invalid_json"},
		"empty":         {"", 400, "invalid_json"},
		"another model": {with(func(r map[string]any) { r["model"] = "gpt-4" }), 404, "model_not_found"},
		"no messages":   {with(func(r map[string]any) { r["messages"] = []message{} }), 400, "no_user_message"},
		"system alone":  {with(func(r map[string]any) { r["messages"] = []message{{"role": "system", "content": "你是猫"}} }), 400, "no_user_message"},
		"nothing new": {with(func(r map[string]any) {
			r["messages"] = append(r["messages"].([]message), message{"role": "assistant", "content": "好"})
		}), 400, "no_new_message"},
		"a strange role": {with(func(r map[string]any) { r["messages"] = []message{{"role": "god", "content": "x"}} }), 400, "invalid_role"},
		"empty words":    {chat("  "), 400, "invalid_request"},
		"too long":       {chat(strings.Repeat("长", maxText+1)), 400, "invalid_request"},
		"a picture": {with(func(r map[string]any) {
			r["messages"] = []message{{"role": "user", "content": []message{{"type": "image_url", "image_url": message{"url": "data:"}}}}}
		}), 400, "unsupported_content"},
		"a number":         {with(func(r map[string]any) { r["messages"] = []message{{"role": "user", "content": 7}} }), 400, "invalid_content"},
		"tools":            {with(func(r map[string]any) { r["tools"] = []message{{"type": "function"}} }), 400, "unsupported_parameter"},
		"two answers":      {with(func(r map[string]any) { r["n"] = 2 }), 400, "unsupported_value"},
		"JSON wanted":      {with(func(r map[string]any) { r["response_format"] = message{"type": "json_object"} }), 400, "unsupported_value"},
		"a strange place":  {with(func(r map[string]any) { r["xiaohe"] = message{"region": "火星"} }), 400, "invalid_request"},
		"a strange date":   {with(func(r map[string]any) { r["xiaohe"] = message{"on": "昨天"} }), 400, "invalid_request"},
		"too many turns":   {chat(strings.Split(strings.Repeat("好 ", 101)[:101*4-1], " ")...), 400, "context_length_exceeded"},
		"more than 1 MB":   {chat(strings.Repeat("长", mostProgramBody/3)), 413, "request_too_large"},
		"control signs":    {chat("a\x00b"), 400, "invalid_request"},
		"a stream of none": {with(func(r map[string]any) { r["stream"], r["messages"] = true, nil }), 400, "no_user_message"},
	} {
		a := p.ask(c.body)
		if e := a.refusal(t); a.Status != c.status || e.Code != c.code {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	if n := p.one(`SELECT count(*) FROM audit_log WHERE action = 'api.call'`); n != "0" {
		t.Errorf("%s calls were counted", n)
	}
	for _, path := range []string{"/v1/embeddings", "/v1/responses", "/v1/completions"} {
		if a := p.do("POST", path, p.text, chat("你好")); a.Status != http.StatusNotFound || a.refusal(t).Code != "unknown_url" {
			t.Errorf("%s: %d %s", path, a.Status, a.Body)
		}
	}
}
