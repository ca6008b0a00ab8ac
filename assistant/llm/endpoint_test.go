package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
)

func TestTheBreakerOpensAndKeepsCallsAway(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	s.Say(llm.Opinion, llmtest.Status(401))
	c := client(t, s, nil)
	for range 5 {
		if _, err := c.Answer(t.Context(), call("你好")); !errors.Is(err, llm.ErrDown) {
			t.Fatal(err)
		}
	}
	if state := c.Report()[0]; state.Breaker != "open" || state.Fault != "status 401" {
		t.Errorf("%+v", state)
	}
	for range 20 {
		if _, err := c.Answer(t.Context(), call("你好")); !errors.Is(err, llm.ErrDown) {
			t.Fatal(err)
		}
		if _, err := c.Stream(t.Context(), call("你好"), "sentences", nil); !errors.Is(err, llm.ErrDown) {
			t.Fatal(err)
		}
	}
	if n := len(s.Requests("")); n != 5 {
		t.Errorf("%d requests reached the endpoint", n)
	}
}

func TestAnEndpointThatIsWellAgainIsAskedAgain(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	s.Say(llm.Opinion, llmtest.Status(401))
	c := client(t, s, func(o *llm.Options) { o.Open = 30 * time.Millisecond })
	for c.Report()[0].Breaker != "open" {
		_, _ = c.Answer(t.Context(), call("你好"))
	}
	for n := len(s.Requests("")); len(s.Requests("")) == n; time.Sleep(time.Millisecond) { // a trial that fails
		_, _ = c.Answer(t.Context(), call("你好"))
	}
	s.Say(llm.Opinion, llmtest.Hang())
	ctx, cancel := context.WithCancel(t.Context())
	given := make(chan error, 1)
	go func() { // a trial whose caller gives up says nothing, and must not keep the next from trying
		for n := len(s.Requests("")); len(s.Requests("")) == n; time.Sleep(time.Millisecond) {
			_, _ = c.Stream(ctx, call("你好"), "sentences", func(json.RawMessage) error { return nil })
		}
		given <- nil
	}()
	for n := len(s.Requests("")); len(s.Requests("")) == n; {
		time.Sleep(time.Millisecond)
	}
	cancel()
	<-given
	s.Say(llm.Opinion, llmtest.Say(good))
	for {
		if _, err := c.Answer(t.Context(), call("你好")); err == nil {
			break
		} else if !errors.Is(err, llm.ErrDown) {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	if state := c.Report()[0]; state.Breaker != "closed" {
		t.Errorf("%+v", state)
	}
}

func TestABadAnswerOrAFilterDoesNotOpenTheBreaker(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]llmtest.Reply{"invalid": llmtest.Say("?"), "filtered": llmtest.Refused("qwen")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := llmtest.New(t)
			s.Say(llm.Opinion, reply)
			c := client(t, s, nil)
			for range 12 {
				_, _ = c.Answer(t.Context(), call("你好"))
			}
			if state := c.Report()[0]; state.Breaker != "closed" {
				t.Errorf("%+v", state)
			}
		})
	}
}

func TestAnEndpointThatIsGoneIsDown(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	c := client(t, s, quick)
	s.Stop()
	if _, err := c.Answer(t.Context(), call("你好")); !errors.Is(err, llm.ErrDown) {
		t.Error(err)
	}
}

func TestTheFormThatAnEndpointTakesIsFoundAndRemembered(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		takes string
		asked []string // the forms of the requests of two calls
	}{
		{"json_schema", []string{"json_schema", "json_schema"}},
		{"json_object", []string{"json_schema", "json_object", "json_object"}},
		{"", []string{"json_schema", "json_object", "", ""}},
	} {
		t.Run(tt.takes, func(t *testing.T) {
			t.Parallel()
			s := llmtest.New(t)
			s.Answer(llm.Opinion, func(r llmtest.Request) llmtest.Reply {
				if r.Form != tt.takes {
					return llmtest.Status(400)
				}
				if withSchema := strings.Contains(r.System, `"sentences"`); withSchema == (r.Form == "json_schema") {
					t.Errorf("form %q, schema in the prompt: %v", r.Form, withSchema)
				}
				return llmtest.Say(good)
			})
			c := client(t, s, nil)
			for _, text := range []string{"一", "二"} {
				if _, err := c.Stream(t.Context(), call(text), "sentences", func(json.RawMessage) error { return nil }); err != nil {
					t.Fatal(err)
				}
			}
			var asked []string
			for _, r := range s.Requests("") {
				asked = append(asked, r.Form)
			}
			if !slices.Equal(asked, tt.asked) {
				t.Errorf("asked in %q", asked)
			}
			if state := c.Report()[0]; state.Breaker != "closed" {
				t.Errorf("%+v", state)
			}
		})
	}
}

func TestAnEndpointThatTakesNoFormIsBlamed(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	s.Say(llm.Opinion, llmtest.Status(400))
	c := client(t, s, nil)
	if _, err := c.Answer(t.Context(), call("你好")); !errors.Is(err, llm.ErrDown) {
		t.Error(err)
	}
	if state := c.Report()[0]; state.Fault != "status 400" || len(s.Requests("")) != 3 {
		t.Errorf("%+v after %d requests", state, len(s.Requests("")))
	}
}

func TestNothingOfPeopleIsSentElsewhere(t *testing.T) {
	t.Parallel()
	elsewhere := llmtest.New(t)
	elsewhere.Say(llm.Opinion, llmtest.Say(good))
	s := llmtest.New(t)
	s.Say(llm.Opinion, llmtest.Redirect(elsewhere.URL+"/chat/completions"))
	c := client(t, s, nil)
	if _, err := c.Answer(t.Context(), call("你好")); !errors.Is(err, llm.ErrDown) {
		t.Error(err)
	}
	if len(elsewhere.Requests("")) > 0 {
		t.Error("a redirect was followed")
	}
	if state := c.Report()[0]; state.Fault != "redirected" {
		t.Errorf("%+v", state)
	}
}

// A proxy reads what goes through it without TLS.
func TestWordsWithoutTLSGoThroughNoProxy(t *testing.T) {
	t.Parallel()
	if llm.Proxied("http://10.1.2.3/v1") || !llm.Proxied("https://api.example.com/v1") {
		t.Error("plain words may go through a proxy, or others may not")
	}
}

func TestTheSameQuestionIsAskedOnce(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	gate := make(chan struct{})
	reply := llmtest.Say(good)
	reply.Gate = gate
	s.Say(llm.Opinion, reply)
	s.Say(llm.Summary, reply)
	var records atomic.Int64
	c := client(t, s, func(o *llm.Options) { o.Record = func(llm.Record) { records.Add(1) } })
	var group sync.WaitGroup
	for range 5 {
		group.Go(func() {
			if _, err := c.Answer(t.Context(), call("你好")); err != nil {
				t.Error(err)
			}
		})
	}
	for len(s.Requests("")) == 0 {
		time.Sleep(time.Millisecond)
	}
	close(gate)
	group.Wait()
	if _, err := c.Answer(t.Context(), call("你好")); err != nil {
		t.Error(err)
	}
	if n := len(s.Requests("")); n != 1 || records.Load() != 1 {
		t.Errorf("%d requests, %d records", n, records.Load())
	}
	if _, err := c.Answer(t.Context(), call("您好")); err != nil || len(s.Requests("")) != 2 {
		t.Errorf("another question got the answer of the first: %v", err)
	}
}

func TestASharedCallGoesOnWhileOneStillWaits(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	gate := make(chan struct{})
	reply := llmtest.Say(good)
	reply.Gate = gate
	s.Say(llm.Opinion, reply)
	c := client(t, s, nil)
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { _, err := c.Answer(ctx, call("你好")); first <- err }()
	for len(s.Requests("")) == 0 {
		time.Sleep(time.Millisecond)
	}
	go func() { _, err := c.Answer(t.Context(), call("你好")); second <- err }()
	for c.Waiting() < 2 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-first; !errors.Is(err, llm.ErrStopped) {
		t.Error(err)
	}
	close(gate)
	if err := <-second; err != nil {
		t.Error(err)
	}
}

func TestCallsAtOnceAreBounded(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	s.Answer(llm.Opinion, func(r llmtest.Request) llmtest.Reply {
		if strings.HasPrefix(r.Text("message"), "等") {
			return llmtest.Hang()
		}
		return llmtest.Say(good)
	})
	c := client(t, s, func(o *llm.Options) { o.Concurrency = 2 })
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for _, text := range []string{"等一", "等二"} {
		group.Go(func() { _, _ = c.Answer(ctx, call(text)) })
	}
	for len(s.Requests("")) < 2 {
		time.Sleep(time.Millisecond)
	}
	if _, err := c.Answer(t.Context(), call("你好")); !errors.Is(err, llm.ErrBusy) {
		t.Error(err)
	}
	cancel()
	group.Wait()
	if _, err := c.Stream(t.Context(), call("你好"), "sentences", func(json.RawMessage) error { return nil }); err != nil {
		t.Error(err)
	}
}

func TestSettingsThatCannotWork(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		o    llm.Options
		want error
	}{
		{"no scheme", llm.Options{URL: "api.example.com/v1", Model: "m"}, llm.ErrURL},
		{"a password", llm.Options{URL: "https://a:b@api.example.com/v1", Model: "m"}, llm.ErrURL},
		{"a query", llm.Options{URL: "https://api.example.com/v1?key=1", Model: "m"}, llm.ErrURL},
		{"a file", llm.Options{URL: "file:///etc/passwd", Model: "m"}, llm.ErrURL},
		{"plain to the world", llm.Options{URL: "http://api.example.com/v1", Model: "m"}, llm.ErrUnsafeURL},
		{"plain to a public address", llm.Options{URL: "http://8.8.8.8/v1", Model: "m"}, llm.ErrUnsafeURL},
		{"no model", llm.Options{URL: "https://api.example.com/v1"}, llm.ErrNoModel},
		{"no such job", llm.Options{URL: "https://api.example.com/v1", Model: "m", Models: map[llm.Job]string{"cooking": "m"}}, llm.ErrUnknownJob},
		{"https", llm.Options{URL: "https://api.example.com/v1/", Model: "m"}, nil},
		{"this machine", llm.Options{URL: "http://127.0.0.1:11434/v1", Model: "m"}, nil},
		{"this house", llm.Options{URL: "http://10.1.2.3:8000/v1", Model: "m"}, nil},
		{"Docker", llm.Options{URL: "http://ollama:11434/v1", Model: "m"}, nil},
		{"one job alone", llm.Options{URL: "https://api.example.com/v1", Models: map[llm.Job]string{llm.Opinion: "m"}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := llm.New(tt.o)
			if !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
			c.Close()
		})
	}
	pasted, err := llm.Endpoint(" https://api.example.com/v1/chat/completions ")
	if err != nil || pasted != "https://api.example.com/v1" {
		t.Error(pasted, err)
	}
}

func TestAJobCanHaveItsOwnModelOrNone(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	s.Say(llm.Opinion, llmtest.Say(good))
	c := client(t, s, func(o *llm.Options) { o.Models = map[llm.Job]string{llm.Opinion: "small", llm.Prose: ""} })
	if a, err := c.Answer(t.Context(), call("你好")); err != nil || a.Model != "small" || s.Requests("")[0].Model != "small" {
		t.Error(a.Model, err)
	}
	if c.Has(llm.Prose) {
		t.Error("prose is not off")
	}
}
