package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"xiaohe/assistant/llm"
)

func TestMetricsAreForThisMachineOrTheTokenAlone(t *testing.T) {
	t.Parallel()
	figures := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "figures") })
	open := newSite(t, func(o *Options) { o.Metrics = figures })
	closed := newSite(t, func(o *Options) { o.Metrics, o.MetricsToken = figures, "let me see" })
	for _, tt := range []struct {
		name    string
		site    *site
		from    string
		headers string
		seen    bool
	}{
		{"this machine", open, "127.0.0.1:5000", "", true},
		{"this machine, IPv6", open, "[::1]:5000", "", true},
		{"another machine", open, "10.0.0.7:5000", "", false},
		{"through a proxy here", open, "127.0.0.1:5000", "X-Forwarded-For: 1.2.3.4", false},
		{"through another proxy", open, "127.0.0.1:5000", "Via: 1.1 gate", false},
		{"a token that nobody asked for", open, "10.0.0.7:5000", "Authorization: Bearer let me see", false},
		{"the token", closed, "10.0.0.7:5000", "Authorization: Bearer let me see", true},
		{"the token through a proxy", closed, "127.0.0.1:5000", "Authorization: Bearer let me see\nVia: 1.1 gate", true},
		{"no token", closed, "127.0.0.1:5000", "", false},
		{"a wrong token", closed, "127.0.0.1:5000", "Authorization: Bearer let me", false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.RemoteAddr = tt.from
		for line := range strings.Lines(tt.headers) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		tt.site.web.Handler().ServeHTTP(w, r)
		if seen := w.Code == http.StatusOK && w.Body.String() == "figures"; seen != tt.seen || !tt.seen && w.Code != http.StatusNotFound {
			t.Errorf("%s: %d %s", tt.name, w.Code, w.Body)
		}
	}
}

func TestAModelThatIsDownIsALineOfReadyz(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *Options) {
		o.Models = func() []llm.State { return []llm.State{{Endpoint: "chat", Breaker: "open", Fault: "status 500"}} }
	})
	response, err := http.Get(s.URL + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || string(text) != "ok\nchat: open (status 500)\n" {
		t.Errorf("%d %q %v", response.StatusCode, text, err)
	}
}
