package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
)

// What `ask` prints has the second opinion in it, however late it comes.
func TestAskWaitsForTheSecondOpinion(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	s := llmtest.New(t)
	s.Answer(llm.Opinion, func(r llmtest.Request) llmtest.Reply {
		if r.Text("message") == "低保怎么申请" {
			return llmtest.Say(`{"level":0,"categories":[],"flags":[],"evidence":[],"subject":"generic"}`)
		}
		reply := llmtest.Say(`{"level":3,"categories":["sexual_abuse"],"flags":["R9"],"evidence":["他说这是秘密"],"subject":"self"}`)
		reply.First = time.Second
		return reply
	})
	status, out, errOut := p.run("ask", "--json", "今天天气不错，他说这是秘密", "低保怎么申请", "--chat-url", s.URL, "--chat-models", "opinion=double")
	if status != 0 {
		t.Fatal(errOut)
	}
	type turn struct {
		Triage struct {
			Level   string
			Flags   []string
			Signals []struct{ Category, Quote string }
		}
		Handoff *struct{ Priority, Reason string }
	}
	var turns []turn
	for decoder := json.NewDecoder(strings.NewReader(out)); decoder.More(); {
		var next turn
		if err := decoder.Decode(&next); err != nil {
			t.Fatal(err)
		}
		turns = append(turns, next)
	}
	if len(turns) != 2 || turns[1].Triage.Level != "L3" { // the danger is remembered
		t.Fatal(out)
	}
	first := turns[0]
	if s := first.Triage.Signals; first.Triage.Level != "L3" || len(s) != 1 || s[0].Category != "sexual_abuse" || s[0].Quote != "他说这是秘密" {
		t.Errorf("triage %+v", first.Triage)
	}
	if first.Handoff == nil || first.Handoff.Priority != "P1" || first.Handoff.Reason != "sexual_abuse" {
		t.Errorf("hand-off %+v", first.Handoff)
	}
}
