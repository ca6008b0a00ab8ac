package web

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"xiaohe/assistant/handoff"
)

// Whatever is sent, it is one JSON object with known names, or it is refused.
func FuzzACommandIsReadStrictly(f *testing.F) {
	for _, seed := range []string{``, `{}`, `{"epoch":1,"to":"x"}`, `{"epoch":1,"to":0}`, `{"to":[]}`, `{"to":1e99}`, `{"risk":{"asked":"yes"}}`, `{}{}`, `null`,
		`{"at":"2026-11-22T05:00:00Z"}`, `{"member":"00000000-0000-7000-8000-000000005e55"}`, "\xef\xbb\xbf{}", `{"flags":["R4",null]}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		_, err := readStrict[commandRequest](httptest.NewRecorder(), httptest.NewRequest("POST", "/", strings.NewReader(body)))
		if err != nil || strings.TrimSpace(body) == "" {
			return
		}
		var object map[string]json.RawMessage
		if !utf8.ValidString(body) || json.Unmarshal([]byte(body), &object) != nil || len(body) > maxRequest {
			t.Errorf("%q was taken", body)
		}
	})
}

// A reply that passes has no holes but known ones, whatever else stands in it.
func FuzzCannedRepliesThatPassHaveKnownHoles(f *testing.F) {
	for _, seed := range []string{"您好", "{{社工}}", "{{社工}", "{{{社工}}}", "{{}}", "{{家长称呼}}{{地区}}", "}}{{", "\x00", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		if (handoff.Canned{Shortcut: "a", Title: "b", Body: body}).Check() != nil {
			return
		}
		for _, name := range handoff.Placeholders {
			body = strings.ReplaceAll(body, "{{"+name+"}}", "")
		}
		if strings.ContainsAny(body, "{}") || !utf8.ValidString(body) {
			t.Errorf("%q passes", body)
		}
	})
}
