package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"xiaohe/database"
	"xiaohe/knowledge"
)

func TestALineBreakIsNoPartOfTheTokenForTheFigures(t *testing.T) {
	t.Parallel()
	p := newProgram(t).migrated()
	s := &session{Context: t.Context(), cli: &cli{Database: p.url, Data: t.TempDir()}, out: &bytes.Buffer{}, err: &bytes.Buffer{}, logger: slog.New(slog.DiscardHandler),
		environment: func(name string) string { return map[string]string{metricsTokenVariable: "let me see\n"}[name] }}
	db, err := database.Open(s, database.Options{URL: p.url})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	command := serveCommand{}
	node, err := command.node(s, db, knowledge.NewStore(db.Pool, now))
	if err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]int{"let me see": http.StatusOK, "let me": http.StatusNotFound} {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		node.site.Handler().ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%q: %d", token, w.Code)
		}
	}
	if err := node.site.Shutdown(s); err != nil {
		t.Error(err)
	}
}
