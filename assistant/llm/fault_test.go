package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
)

// TestMain looks for goroutines that calls have left behind.
func TestMain(m *testing.M) {
	status := m.Run()
	if left := leftBehind(); status == 0 && left != "" {
		fmt.Fprintf(os.Stderr, "goroutines are left behind:\n%s\n", left)
		status = 1
	}
	os.Exit(status)
}

func leftBehind() (left string) {
	for range 100 {
		buffer := make([]byte, 4<<20)
		left = ""
		for _, stack := range strings.Split(string(buffer[:runtime.Stack(buffer, true)]), "\n\n") {
			if !strings.Contains(stack, "leftBehind") && (strings.Contains(stack, "assistant/llm") || strings.Contains(stack, "persistConn")) {
				left += stack + "\n\n"
			}
		}
		if left == "" {
			return ""
		}
		time.Sleep(50 * time.Millisecond)
	}
	return left
}

const good = `{"sentences":[{"text":"每月可以领 2525 元。"},{"text":"到街道办去问。"}]}`

// quick are limits that a test can wait for.
func quick(o *llm.Options) {
	o.Limits = map[llm.Job]llm.Limit{
		llm.Opinion: {Whole: 600 * time.Millisecond, Tokens: 200},
		llm.Summary: {Whole: 600 * time.Millisecond, Tokens: 200},
	}
}

func isOneOf(err error, wanted []error) bool {
	for _, w := range wanted {
		if errors.Is(err, w) {
			return true
		}
	}
	return false
}

func TestEachFaultOfAnAnswerIsTheRightError(t *testing.T) {
	t.Parallel()
	for _, f := range llmtest.Faults {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			s := llmtest.New(t)
			s.Say(llm.Opinion, f.Play(good))
			a, err := client(t, s, quick).Answer(t.Context(), call("我叫王小明"))
			if !isOneOf(err, f.Want) || a.JSON != nil {
				t.Errorf("%v, want %v; %s", err, f.Want, a.JSON)
			}
			if err != nil && strings.Contains(err.Error(), "王小明") {
				t.Errorf("the error tells what was asked: %v", err)
			}
		})
	}
}

func TestEachFaultOfAStreamIsTheRightError(t *testing.T) {
	t.Parallel()
	for _, f := range llmtest.Faults {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			s := llmtest.New(t)
			s.Say(llm.Opinion, f.Play(good))
			given := 0
			_, err := client(t, s, quick).Stream(t.Context(), call("我叫王小明"), "sentences", func(element json.RawMessage) error {
				given++
				if !json.Valid(element) {
					t.Errorf("half an element: %s", element)
				}
				return nil
			})
			if !isOneOf(err, f.Want) {
				t.Errorf("%v, want %v", err, f.Want)
			}
			if given > 0 && len(s.Requests("")) > 1 {
				t.Error("asked again after it had said something")
			}
		})
	}
}

func TestAHalfStreamGivesWhatWasComplete(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	s.Say(llm.Opinion, llmtest.Half(good, len([]rune(good))-5))
	var got []string
	_, err := client(t, s, quick).Stream(t.Context(), call("你好"), "sentences", func(element json.RawMessage) error {
		got = append(got, string(element))
		return nil
	})
	if !errors.Is(err, llm.ErrDown) || len(got) != 1 || got[0] != `{"text":"每月可以领 2525 元。"}` {
		t.Fatal(got, err)
	}
}

func TestACarelessAnswerIsMended(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	s.Say(llm.Opinion, llmtest.Sloppy(good))
	c := client(t, s, quick)
	a, err := c.Answer(t.Context(), call("你好"))
	var both struct{ Sentences []struct{ Text string } }
	if err != nil || json.Unmarshal(a.JSON, &both) != nil || len(both.Sentences) != 2 {
		t.Fatal(string(a.JSON), err)
	}
	given := 0
	if _, err := c.Stream(t.Context(), call("您好"), "sentences", func(json.RawMessage) error { given++; return nil }); err != nil || given != 2 {
		t.Errorf("%d sentences, %v", given, err)
	}
}

func TestAnInvalidAnswerGetsOneMoreChance(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	s.Answer(llm.Opinion, func(r llmtest.Request) llmtest.Reply {
		if r.N == 1 {
			return llmtest.Say("嗯……")
		}
		return llmtest.Say(good)
	})
	if _, err := client(t, s, nil).Answer(t.Context(), call("你好")); err != nil {
		t.Error(err)
	}
}

func TestATroubleThatPassesIsRetried(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]llmtest.Reply{
		"500": llmtest.Status(500), "429": llmtest.Busy(0.02), "half": llmtest.Half(good, 3), "page": {Status: 502, Body: "<html>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := llmtest.New(t)
			s.Answer(llm.Opinion, func(r llmtest.Request) llmtest.Reply {
				if r.N == 1 {
					return trouble
				}
				return llmtest.Say(good)
			})
			var records []llm.Record
			c := client(t, s, func(o *llm.Options) { o.Record = func(r llm.Record) { records = append(records, r) } })
			if _, err := c.Stream(t.Context(), call("你好"), "sentences", func(json.RawMessage) error { return nil }); err != nil {
				t.Fatal(err)
			}
			if len(records) != 1 || records[0].Attempts != 2 || records[0].Outcome != "ok" || records[0].Output == 0 || records[0].First <= 0 {
				t.Errorf("%+v", records)
			}
		})
	}
}

func TestAFirstSentenceThatComesTooLateEndsTheStream(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	s.Say(llm.Opinion, llmtest.Drip(good, 1, 50*time.Millisecond))
	c := client(t, s, func(o *llm.Options) {
		o.Limits = map[llm.Job]llm.Limit{llm.Opinion: {First: 100 * time.Millisecond, Whole: time.Minute}}
	})
	_, err := c.Stream(t.Context(), call("你好"), "sentences", func(json.RawMessage) error { return nil })
	if !errors.Is(err, llm.ErrDown) {
		t.Error(err)
	}
}

func TestACallerWhoGivesUpEndsTheStream(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	s.Say(llm.Opinion, llmtest.Drip(good, 1, 5*time.Millisecond))
	c := client(t, s, nil)
	enough := errors.New("enough")
	if _, err := c.Stream(t.Context(), call("你好"), "sentences", func(json.RawMessage) error { return enough }); !errors.Is(err, enough) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := c.Stream(ctx, call("你好"), "sentences", func(json.RawMessage) error { cancel(); return nil })
	if !errors.Is(err, llm.ErrStopped) {
		t.Error(err)
	}
	if state := c.Report()[0]; state.Fault != "" {
		t.Errorf("the endpoint is blamed: %v", state)
	}
}

func TestAnElementThatIsNotValidIsLeftOut(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	s.Say(llm.Opinion, llmtest.Say(`{"sentences":[{"text":"一"},{"text":2},{"text":"三","level":0},{"text":"四"}]}`))
	var got []string
	_, err := client(t, s, nil).Stream(t.Context(), call("你好"), "sentences", func(element json.RawMessage) error {
		got = append(got, string(element))
		return nil
	})
	if !errors.Is(err, llm.ErrInvalid) || fmt.Sprint(got) != `[{"text":"一"} {"text":"四"}]` {
		t.Error(got, err)
	}
}
