// Package llmtest plays an OpenAI-compatible endpoint over real HTTP: good answers and every fault that endpoints,
// providers and models have.
//
//	s := llmtest.New(t)
//	s.Answer(llm.Opinion, func(r llmtest.Request) llmtest.Reply { return llmtest.Say(`{"level":0}`) })
//	client, err := llm.New(llm.Options{URL: s.URL, Model: "double"})
package llmtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"xiaohe/assistant/llm"
	"xiaohe/prompts"
)

// Server is the endpoint. What has no script answers 404.
type Server struct {
	URL string // with /v1

	t       testing.TB
	server  *httptest.Server
	closing chan struct{}

	mu       sync.Mutex
	scripts  map[llm.Job]func(Request) Reply
	requests []Request
	calls    map[llm.Job]int
	embed    func(EmbedRequest) Reply
	rerank   func(RerankRequest) Reply
}

// Request is what a client asked.
type Request struct {
	Job    llm.Job // found by the system prompt; empty: none of ours
	N      int     // of this job, from 1
	Model  string
	System string
	Data   map[string]json.RawMessage // what the prompt speaks of
	Form   string                     // of response_format: json_schema, json_object or empty
	Stream bool
	Header http.Header
	Raw    []byte // the whole body
}

// Text is a field of the data that is a text.
func (r Request) Text(name string) string {
	var text string
	_ = json.Unmarshal(r.Data[name], &text) // a field that is not there is an empty text
	return text
}

// List is a field of the data that is a list of texts.
func (r Request) List(name string) []string {
	var list []string
	_ = json.Unmarshal(r.Data[name], &list) // a field that is not there is an empty list
	return list
}

// New starts a server that ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, closing: make(chan struct{}), scripts: map[llm.Job]func(Request) Reply{}, calls: map[llm.Job]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", s.chat)
	mux.HandleFunc("POST /v1/embeddings", s.embeddings)
	mux.HandleFunc("POST /v1/rerank", s.reranking)
	s.server = httptest.NewServer(mux)
	s.URL = s.server.URL + "/v1"
	t.Cleanup(func() {
		close(s.closing) // answers that hang
		s.server.CloseClientConnections()
		s.server.Close()
	})
	return s
}

// Answer sets the script of a job, at any time.
func (s *Server) Answer(job llm.Job, script func(Request) Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scripts[job] = script
}

// Say has a job always answer the same.
func (s *Server) Say(job llm.Job, reply Reply) { s.Answer(job, func(Request) Reply { return reply }) }

// Requests are what was asked so far, in order; of one job, or with an empty one of all.
func (s *Server) Requests(job llm.Job) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []Request
	for _, r := range s.requests {
		if job == "" || r.Job == job {
			found = append(found, r)
		}
	}
	return found
}

// Stop closes the server before its time: from now on nobody answers at its address.
func (s *Server) Stop() {
	s.server.CloseClientConnections()
	s.server.Listener.Close()
}

type body struct {
	Model    string
	Stream   bool
	Messages []struct{ Role, Content string }
	Format   *struct{ Type string } `json:"response_format"`
}

func (s *Server) chat(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil { // the client has given up while it asked, as it may
		panic(http.ErrAbortHandler)
	}
	request, err := read(r, raw)
	if err != nil {
		s.t.Errorf("llmtest: %v", err)
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.calls[request.Job]++
	request.N = s.calls[request.Job]
	s.requests = append(s.requests, request)
	script := s.scripts[request.Job]
	s.mu.Unlock()
	if script == nil {
		http.Error(w, `{"error":{"message":"no script for this job","type":"llmtest"}}`, http.StatusNotFound)
		return
	}
	player{w, r, s.closing, request}.play(script(request))
}

// read takes a request apart.
func read(r *http.Request, raw []byte) (Request, error) {
	var b body
	if err := json.Unmarshal(raw, &b); err != nil {
		return Request{}, fmt.Errorf("decode the request: %w", err)
	}
	if len(b.Messages) != 2 || b.Messages[0].Role != "system" || b.Messages[1].Role != "user" {
		return Request{}, fmt.Errorf("%d messages, not the prompt and the data", len(b.Messages))
	}
	request := Request{Model: b.Model, System: b.Messages[0].Content, Stream: b.Stream, Header: r.Header.Clone(), Raw: raw}
	if b.Format != nil {
		request.Form = b.Format.Type
	}
	request.Job = jobOf(request.System)
	if err := json.Unmarshal([]byte(b.Messages[1].Content), &request.Data); err != nil {
		return Request{}, fmt.Errorf("the data is no JSON object: %w", err)
	}
	return request, nil
}

// jobOf finds the job whose prompt this is; a schema may follow the prompt.
func jobOf(system string) llm.Job {
	for _, job := range llm.Jobs {
		if p, err := prompts.ForModel(string(job)); err == nil && strings.HasPrefix(system, p.System) {
			return job
		}
	}
	return ""
}
