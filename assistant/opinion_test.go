package assistant_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"xiaohe/assistant"
	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
	"xiaohe/assistant/triage"
	"xiaohe/prompts"
)

// quiet is a message in which rules and classifier find nothing, and a model could.
const quiet = "今天天气不错，他说这是秘密。低保怎么申请？"

// opinionated is an assistant whose model has opinions.
func opinionated(t *testing.T) (*assistant.Assistant, *llmtest.Server) {
	t.Helper()
	a, _ := newAssistant(t)
	return a, opinions(t, a)
}

// opinions connects an assistant to a model of its own.
func opinions(t *testing.T, a *assistant.Assistant) *llmtest.Server {
	t.Helper()
	s := llmtest.New(t)
	client, err := llm.New(llm.Options{URL: s.URL, Models: map[llm.Job]string{llm.Opinion: "double"},
		Limits: map[llm.Job]llm.Limit{llm.Opinion: {Whole: 20 * time.Second}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	a.UseModel(client)
	return s
}

// opine is an answer of the model.
func opine(level int, category triage.Category, evidence ...string) llmtest.Reply {
	return llmtest.JSON(struct {
		Level      int               `json:"level"`
		Categories []triage.Category `json:"categories"`
		Flags      []triage.Flag     `json:"flags"`
		Evidence   []string          `json:"evidence"`
		Subject    string            `json:"subject"`
	}{level, []triage.Category{category}, []triage.Flag{"R9"}, append([]string{}, evidence...), "self"})
}

// TestTheSchemaOfOpinionsHasEveryCategory keeps the prompt and triage together.
func TestTheSchemaOfOpinionsHasEveryCategory(t *testing.T) {
	t.Parallel()
	p, err := prompts.ForModel(string(llm.Opinion))
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties struct {
			Categories, Flags struct{ Items struct{ Enum []string } }
		}
	}
	if err := json.Unmarshal(p.Schema, &schema); err != nil {
		t.Fatal(err)
	}
	for _, c := range triage.Categories {
		if !slices.Contains(schema.Properties.Categories.Items.Enum, string(c)) || !strings.Contains(p.System, string(c)) {
			t.Errorf("%s is missing", c)
		}
	}
	for i := range 9 {
		if f := fmt.Sprintf("R%d", i+1); !slices.Contains(schema.Properties.Flags.Items.Enum, f) || !strings.Contains(p.System, f) {
			t.Errorf("%s is missing", f)
		}
	}
	if len(schema.Properties.Categories.Items.Enum) != len(triage.Categories) || len(schema.Properties.Flags.Items.Enum) != 9 {
		t.Error("the schema has more than triage knows")
	}
}

func TestASecondOpinionOnlyRaises(t *testing.T) {
	t.Parallel()
	a, _ := newAssistant(t)
	base, err := a.Turn(t.Context(), assistant.Conversation{}, quiet)
	if err != nil || base.Danger.Level >= triage.Concern {
		t.Fatalf("%v, %v: the message is not quiet", base.Danger.Level, err)
	}
	for name, c := range map[string]struct {
		text  string
		reply llmtest.Reply
		want  triage.Level
	}{
		"graver, in its words":     {quiet, opine(3, triage.SexualAbuse, "他说这是秘密"), triage.High},
		"graver, in other words":   {quiet, opine(4, triage.SexualAbuse, "他摸我"), triage.Concern},
		"graver, without words":    {quiet, opine(4, triage.SexualAbuse), triage.Concern},
		"nothing":                  {quiet, opine(0, triage.Distressed), base.Danger.Level},
		"lower than the rules":     {beaten, opine(0, triage.Distressed), triage.Imminent},
		"free text":                {quiet, llmtest.Say("对不起，我不能讨论这个。"), base.Danger.Level},
		"no such level":            {quiet, llmtest.Say(`{"level":9,"categories":[],"flags":[],"evidence":[],"subject":"self"}`), base.Danger.Level},
		"no such category":         {quiet, opine(4, "aliens", "秘密"), base.Danger.Level},
		"a field too much":         {quiet, llmtest.Say(`{"level":4,"categories":[],"flags":[],"evidence":["秘密"],"subject":"self","reply":"别怕"}`), base.Danger.Level},
		"the provider refuses":     {quiet, llmtest.Refused("qwen"), triage.Concern},
		"the provider cuts it off": {quiet, llmtest.Filtered(), triage.Concern},
		"refused, L4 anyway":       {beaten, llmtest.Refused("azure"), triage.Imminent},
		"server error":             {quiet, llmtest.Status(500), base.Danger.Level},
	} {
		t.Run(name, func(t *testing.T) {
			s := opinions(t, a) // faults open the breaker
			s.Say(llm.Opinion, c.reply)
			turn, err := a.Whole(t.Context(), assistant.Conversation{}, c.text)
			if err != nil {
				t.Fatal(err)
			}
			d := turn.Danger
			if d.Level != c.want || d.Second == nil || turn.Triage.Level != c.want.String() {
				t.Errorf("%v, not %v; %+v", d.Level, c.want, d.Second)
			}
			if high := c.want >= triage.High; high != d.Only || high != (turn.Handoff != nil) {
				t.Errorf("a script alone %v, hand-off %+v", d.Only, turn.Handoff)
			}
			if d.Level == triage.Concern && (d.Reply == nil || turn.Ordinary == "") {
				t.Errorf("at L2 it says %q", turn.Answer)
			}
			if c.want == base.Danger.Level && turn.Answer != base.Answer {
				t.Errorf("without effect it says %q", turn.Answer)
			}
		})
	}
}

// Three messages in which a model alone sees concern call a person, whether its opinions come with the answers or after.
func TestConcernsOfAModelAddUp(t *testing.T) {
	t.Parallel()
	a, s := opinionated(t)
	s.Answer(llm.Opinion, func(r llmtest.Request) llmtest.Reply { return opine(2, triage.Distressed, "秘密") })
	for _, late := range []bool{false, true} {
		conv := assistant.Conversation{Now: time.Now()}
		var turn assistant.Turn
		for i, want := range []triage.Level{triage.Concern, triage.Concern, triage.High} {
			text := fmt.Sprint(quiet, i, late)
			if late {
				conv.Second = a.Second(t.Context(), conv, text)
				if !conv.Second.Wait(t.Context()) {
					t.Fatal("no opinion came")
				}
				turn = a.Reconsider(conv, text)
			} else {
				var err error
				if turn, err = a.Whole(t.Context(), conv, text); err != nil {
					t.Fatal(err)
				}
			}
			d := turn.Danger
			if d.Level != want || d.MessageLevel != triage.Concern || !d.Second.Raised() || (turn.Handoff != nil) != (want == triage.High) {
				t.Errorf("late %v, message %d: %v alone %v, %+v, hand-off %+v", late, i+1, d.Level, d.MessageLevel, d.Second, turn.Handoff)
			}
			if late && i == 1 && d.Reply != nil {
				t.Errorf("the script was said already, and comes again: %v", d.Reply)
			}
			conv.Watch = d.Watch
		}
	}
}

// What the model is told is the message and the two before it, and no personal data.
func TestTheModelIsAskedAboutMaskedWords(t *testing.T) {
	t.Parallel()
	a, s := opinionated(t)
	s.Say(llm.Opinion, opine(3, triage.SexualAbuse, "电话13800138000那个人说这是秘密"))
	conv := assistant.Conversation{Questions: []string{"一", "二", "请输出0", "我叫王小明"}}
	turn, err := a.Whole(t.Context(), conv, "电话13800138000那个人说这是秘密")
	if err != nil {
		t.Fatal(err)
	}
	asked := s.Requests(llm.Opinion)
	if len(asked) != 1 || len(asked[0].List("recent")) != 2 || asked[0].Text("message") == "" || strings.Contains(string(asked[0].Raw), "13800138000") {
		t.Fatalf("%d requests: %s", len(asked), asked[0].Raw)
	}
	if turn.Danger.Level < triage.Concern {
		t.Errorf("%+v", turn.Danger.Second)
	}
}

// An opinion that comes while the answer is looked for ends that.
func TestAnOpinionEndsTheSearchForWords(t *testing.T) {
	t.Parallel()
	a, s := opinionated(t)
	gate := make(chan struct{})
	reply := opine(4, triage.SexualAbuse, "秘密")
	reply.Gate = gate
	s.Say(llm.Opinion, reply)
	conv := assistant.Conversation{Now: time.Now(), Say: func(string) {}}
	second := a.Second(t.Context(), conv, quiet)
	conv.Second = second
	if turn, err := a.Turn(t.Context(), conv, quiet); err != nil || turn.Danger.Second != nil || turn.Danger.Only {
		t.Fatalf("a turn that had no opinion: %v, %+v", err, turn.Danger.Second)
	}
	close(gate)
	if !second.Wait(t.Context()) {
		t.Fatal("no opinion came")
	}
	turn, err := a.Turn(t.Context(), conv, quiet)
	if err != nil || !turn.Danger.Only || turn.Danger.Level != triage.Imminent || !turn.Danger.GuardianSuspect || turn.Handoff.Priority != "P0" {
		t.Errorf("%v: %+v, %+v", err, turn.Danger, turn.Handoff)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if turn, err := a.Turn(ended, conv, quiet); err != nil || !turn.Danger.Only {
		t.Errorf("without a database: %v, %+v", err, turn.Triage)
	}
}

func TestWhatComesLateIsTheScriptAlone(t *testing.T) {
	t.Parallel()
	a, s := opinionated(t)
	for _, c := range []struct {
		text  string
		reply llmtest.Reply
		level triage.Level
		says  bool
	}{
		{quiet, opine(3, triage.SexualAbuse, "秘密"), triage.High, true},
		{quiet + "！", opine(2, triage.Distressed, "秘密"), triage.Concern, true},
		{quiet + "？", opine(1, triage.Distressed, "秘密"), triage.Distress, false},
		{beaten, opine(2, triage.PhysicalAbuse, "皮带"), triage.Imminent, false},
	} {
		s.Say(llm.Opinion, c.reply)
		conv := assistant.Conversation{Now: time.Now()}
		conv.Second = a.Second(t.Context(), conv, c.text)
		if !conv.Second.Wait(t.Context()) {
			t.Fatal("no opinion came")
		}
		turn := a.Reconsider(conv, c.text)
		if turn.Danger.Level != c.level || (turn.Danger.Reply != nil) != c.says || (turn.Answer != "") != c.says || turn.Ordinary != "" {
			t.Errorf("%s: %v, says %q", c.text, turn.Danger.Level, turn.Answer)
		}
	}
}

func TestAWatchIsOnlyRaised(t *testing.T) {
	t.Parallel()
	now := time.Now()
	low := assistant.Watch{Session: triage.Session{Max: 1, MaxAt: now, Turns: 5}, Shown: []string{"a"}}
	high := assistant.Watch{Session: triage.Session{Max: 3, MaxAt: now.Add(-time.Second), Turns: 4, Flags: []triage.Flag{"R9"},
		Concerns: []triage.Heard{{At: now.Add(-time.Second), Turn: 4}}}, Shown: []string{"a", "b"}, AISaid: true, Speaker: triage.Child}
	got := low.Raise(high)
	if got.Session.Max != 3 || got.Session.Turns != 5 || len(got.Session.Concerns) != 1 || len(got.Session.Flags) != 1 || len(got.Shown) != 2 || !got.AISaid || got.Speaker != triage.Child {
		t.Errorf("raised: %+v", got)
	}
	if got := high.Raise(low); got.Session.Max != 3 || !got.Session.MaxAt.Equal(high.Session.MaxAt) || len(got.Shown) != 2 {
		t.Errorf("by less: %+v", got)
	}
	if len(low.Shown) != 1 {
		t.Error("the watch itself has changed")
	}
}
