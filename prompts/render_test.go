package prompts_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"xiaohe/prompts"
)

func TestRender(t *testing.T) {
	t.Parallel()
	b := load(t)
	for name, c := range map[string]struct {
		request  prompts.Request
		has, not []string
		hotlines []string
		exit     bool
	}{
		"a child at home, nobody on duty yet": {
			prompts.Request{Situation: prompts.HomeViolence, Audience: prompts.Teenager, Level: 3, On: day},
			[]string{"我是AI助手，不是真人。我正在联系值班老师。", "打110，说出你在哪里。"}, []string{"12110", "已经收到", "短信"}, []string{"110"}, true,
		},
		"the ticket is accepted, the session knows that this is an AI": {
			prompts.Request{Situation: prompts.HomeViolence, Audience: prompts.Teenager, Level: 3, HumanOnDuty: true, AISaid: true, On: day},
			[]string{"值班老师已经收到。"}, []string{"我是AI助手", "正在联系"}, []string{"110"}, true,
		},
		"a concern says nothing of AI and leaves no exit": {
			prompts.Request{Situation: prompts.ConcernGeneral, Audience: prompts.Teenager, Level: 2, On: day},
			[]string{"心理热线12356。"}, []string{"我是AI助手", "当地"}, []string{"12356"}, false,
		},
		"Hangzhou has a line of its own": {
			prompts.Request{Situation: prompts.ConcernGeneral, Audience: prompts.Teenager, Level: 2, Region: "330106", On: day},
			[]string{"心理热线12356；当地还有0571-85029595。"}, nil, []string{"12356", "0571-85029595"}, false,
		},
		"a village of Hangzhou by twelve digits": {
			prompts.Request{Situation: prompts.Violence, Audience: prompts.Caregiver, Level: 3, Region: "330110003201", On: day},
			nil, nil, []string{"110", "120", "12356", "0571-85029595"}, false,
		},
		"the province is not the city": {
			prompts.Request{Situation: prompts.ConcernGeneral, Audience: prompts.Teenager, Level: 2, Region: "330000", On: day},
			nil, []string{"0571"}, []string{"12356"}, false,
		},
		"no script has a place for the notice": {
			prompts.Request{Situation: prompts.NoHuman, Audience: prompts.Caregiver, Level: 3, On: day},
			[]string{"我是AI助手，不是真人。我在，您慢慢说。"}, []string{"已经收到"}, []string{"110", "120", "12356"}, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := b.Render(c.request)
			text := strings.Join(r.Bubbles, "\n")
			for _, s := range c.has {
				if !strings.Contains(text, s) {
					t.Errorf("%q is missing in\n%s", s, text)
				}
			}
			for _, s := range c.not {
				if strings.Contains(text, s) {
					t.Errorf("%q stands in\n%s", s, text)
				}
			}
			var numbers []string
			for _, h := range r.Hotlines {
				numbers = append(numbers, h.Number)
			}
			if !slices.Equal(numbers, c.hotlines) || r.QuickExit != c.exit {
				t.Errorf("hotlines %v, exit %v", numbers, r.QuickExit)
			}
		})
	}
}

// gap finds the place of a number that is not there.
var gap = regexp.MustCompile(`(可以打|短信到|热线|妇联|还有|难受打|支持打|问问打)[，；。]|；$|或[，；。]`)

// request draws any request, also senseless ones.
func request(t *rapid.T) prompts.Request {
	situations := append([]prompts.Situation{"", "other"}, prompts.Situations...)
	audiences := append([]prompts.Audience{"", "other"}, prompts.Audiences...)
	return prompts.Request{
		Situation:   rapid.SampledFrom(situations).Draw(t, "situation"),
		Audience:    rapid.SampledFrom(audiences).Draw(t, "audience"),
		Level:       rapid.IntRange(-1, 9).Draw(t, "level"),
		Region:      rapid.OneOf(rapid.SampledFrom([]string{"", "330106", "110000", "嗯"}), rapid.StringMatching(`\d{0,12}`)).Draw(t, "region"),
		HumanOnDuty: rapid.Bool().Draw(t, "duty"),
		AISaid:      rapid.Bool().Draw(t, "said"),
		On:          day.AddDate(0, 0, rapid.IntRange(-900, 900).Draw(t, "days")),
	}
}

// ownHotlines draws an operator's file of numbers that may each be shown, hidden, checked or out of date.
func ownHotlines(t *rapid.T) string {
	var rows []string
	for _, key := range []string{"psych", "local_psych", "youth", "women", "sms_police"} {
		for _, region := range rapid.SampledFrom([][]string{nil, {"CN"}, {"330100"}, {"CN", "33"}}).Draw(t, key) {
			confidence := rapid.SampledFrom([]string{"P", "S", "G", "X"}).Draw(t, "confidence")
			checked := rapid.SampledFrom([]string{
				`"verified_on":"","verified_by":""`, `"verified_on":"2026-11-01","verified_by":"甲"`, `"verified_on":"2020-01-01","verified_by":"甲"`,
			}).Draw(t, "checked")
			rows = append(rows, `{"key":"`+key+`","number":"0571-85029595","name":"名","use":"用","region":"`+region+`","channel":"voice","hours":{"kind":"unknown"},"situations":[],"source":"来","confidence":"`+confidence+`",`+checked+`,"max_age_days":90}`)
		}
	}
	return "[" + strings.Join(rows, ",") + "]"
}

// Whatever numbers an operator takes out or adds: at level 4 the first bubble has 110 or 120, no gap is left in any
// sentence, one question is asked, and nothing says that a human has it who has not.
func TestRenderKeepsItsPromises(t *testing.T) {
	t.Parallel()
	built := load(t)
	rapid.Check(t, func(t *rapid.T) {
		b, err := built.LoadHotlines(fstest.MapFS{"own.json": {Data: []byte(ownHotlines(t))}}, "own.json")
		if err != nil {
			t.Fatal(err)
		}
		request := request(t)
		r := b.Render(request)
		text := strings.Join(r.Bubbles, "\n")
		emergency := func(s string) bool { return strings.Contains(s, "110") || strings.Contains(s, "120") }
		switch {
		case r.ID == "" || len(r.Bubbles) == 0 || len(r.Bubbles) > 6:
			t.Fatalf("%s has %d bubbles", r.ID, len(r.Bubbles))
		case request.Level >= 4 && !emergency(r.Bubbles[0]):
			t.Fatalf("%s begins with %s", r.ID, r.Bubbles[0])
		case request.Level >= 3 && !emergency(text):
			t.Fatalf("%s has no emergency number: %s", r.ID, text)
		case strings.Contains(text, "已经收到") && !request.HumanOnDuty:
			t.Fatalf("%s says that somebody has it: %s", r.ID, text)
		case strings.Count(text, "我是AI助手") > 1, request.AISaid && strings.Contains(text, "我是AI助手"):
			t.Fatalf("%s repeats that it is an AI: %s", r.ID, text)
		case request.Level >= 3 && !request.AISaid && !strings.Contains(text, "我是AI助手，不是真人"):
			t.Fatalf("%s does not say that it is an AI: %s", r.ID, text)
		}
		questioned := 0
		for _, bubble := range r.Bubbles {
			if strings.Contains(bubble, "？") {
				questioned++
			}
			if strings.Contains(bubble, "{") || gap.MatchString(bubble) || strings.TrimSpace(bubble) == "" {
				t.Fatalf("%s has a gap: %q", r.ID, bubble)
			}
		}
		if questioned > 1 {
			t.Fatalf("%s asks in %d bubbles: %s", r.ID, questioned, text)
		}
		for _, h := range r.Hotlines {
			if h.Number == "" || h.Name == "" || h.Note == "" || !strings.HasPrefix(h.Link, "tel:") && !strings.HasPrefix(h.Link, "sms:") {
				t.Fatalf("%+v", h)
			}
			if h.Number == "12356" && strings.Contains(h.Note, "24") {
				t.Fatalf("12356 is no line for the whole day: %+v", h)
			}
		}
	})
}

func TestTheButtonThatTheScriptsNameIsOnThePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../web/templates/chat.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range load(t).Scripts() {
		_, rest, named := strings.Cut(strings.Join(s.Bubbles, ""), "「")
		button, _, _ := strings.Cut(rest, "」")
		if named && !strings.Contains(string(page), ">"+button+"</button>") {
			t.Fatalf("%s names 「%s」", s.ID, button)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		load(b)
	}
}

func BenchmarkRender(b *testing.B) {
	book := load(b)
	for b.Loop() {
		book.Render(prompts.Request{Situation: prompts.Suicide, Audience: prompts.Teenager, Level: 3, Region: "330106", On: time.Time{}})
	}
}
