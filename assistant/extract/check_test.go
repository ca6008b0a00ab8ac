package extract

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xiaohe/assistant/understand"
	"xiaohe/knowledge/benefit"
)

// sample is one line of testdata/dev.jsonl: a message that the reader without a model misses something of or misreads,
// what a good model finds in it, and what a bad one makes of it with the refusal that stops it.
type sample struct {
	Voice   string
	Text    string
	Pending string // the fact that was asked before
	Facts   []claim
	Bad     []claim
}

type claim struct {
	Fact    string          `json:"fact"`
	Value   json.RawMessage `json:"value"`
	Quote   string          `json:"quote"`
	Sure    bool            `json:"sure"`
	Refused Refusal         `json:"refused,omitempty"`
}

func samples(t testing.TB) []sample {
	t.Helper()
	all := samplesOf(t, "testdata/dev.jsonl")
	if len(all) < 80 {
		t.Fatalf("%d samples", len(all))
	}
	return all
}

func samplesOf(t testing.TB, file string) []sample {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	for line := range strings.Lines(string(data)) {
		var s sample
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatalf("%s, sample %d: %v", file, len(all)+1, err)
		}
		for i := range s.Facts {
			s.Facts[i].Sure = true
		}
		all = append(all, s)
	}
	return all
}

func (s sample) context() understand.Context {
	c := understand.Context{Today: benefit.DayOf(2026, 11, 22)}
	if s.Pending != "" {
		c.Pending = &understand.Pending{Fact: s.Pending}
	}
	return c
}

func answerOf(t testing.TB, claims ...claim) []byte {
	t.Helper()
	data, err := json.Marshal(map[string][]claim{"facts": claims})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestAGoodModelIsHeardAndABadOneIsRefused gives the checks what models make of each message.
func TestAGoodModelIsHeardAndABadOneIsRefused(t *testing.T) {
	t.Parallel()
	d := book(t).Dictionary
	for _, s := range samples(t) {
		good, refused, err := Check(d, s.Text, s.context(), answerOf(t, s.Facts...))
		if err != nil || len(refused) > 0 {
			t.Errorf("%s: good facts are refused: %v %v", s.Text, refused, err)
		}
		n := 0
		for _, statement := range good {
			n += max(1, len(statement.Value.In))
			if runes := []rune(s.Text); string(runes[statement.From:statement.To]) != statement.Quote {
				t.Errorf("%s: the quote %q does not stand at %d", s.Text, statement.Quote, statement.From)
			}
		}
		if n != len(s.Facts) {
			t.Errorf("%s: %d facts of %d", s.Text, n, len(s.Facts))
		}
		for _, bad := range s.Bad {
			kept, refused, err := Check(d, s.Text, s.context(), answerOf(t, bad))
			if err != nil || len(kept) > 0 || !slices.Equal(refused, []Refusal{bad.Refused}) {
				t.Errorf("%s: %s=%s %q gives %v, want %s (%v)", s.Text, bad.Fact, bad.Value, bad.Quote, refused, bad.Refused, err)
			}
		}
		beside, _, _ := Check(d, s.Text, s.context(), answerOf(t, slices.Concat(s.Bad, s.Facts)...))
		if len(beside) != len(good) {
			t.Errorf("%s: bad facts beside good ones leave %d of %d", s.Text, len(beside), len(good))
		}
	}
}

// missed tells whether the reader without a model neither takes all the facts of a message nor asks about them.
func (s sample) missed(t testing.TB) bool {
	t.Helper()
	reading := understand.Read(s.Text, s.context())
	return slices.ContainsFunc(s.Facts, func(f claim) bool {
		var option string
		number := json.Unmarshal(f.Value, &option) != nil
		return !slices.ContainsFunc(reading.Statements, func(s understand.Statement) bool {
			return s.Fact == f.Fact && (number || slices.Contains(s.Value.In, option))
		}) && !slices.ContainsFunc(reading.Unclear, func(u understand.Unclear) bool { return u.Fact == f.Fact })
	})
}

// TestTheModelIsAskedWhereItCanHelp compares the samples, where it can, with messages that are understood without it.
func TestTheModelIsAskedWhereItCanHelp(t *testing.T) {
	t.Parallel()
	asked, all := 0, 0
	for _, s := range samples(t) {
		if !s.missed(t) {
			continue
		}
		all++
		if Worth(s.Text, s.context()) {
			asked++
		} else {
			t.Logf("not asked: %s", s.Text)
		}
	}
	t.Logf("asked for %d of %d messages that a model reads better", asked, all)
	if all < 80 || asked*100 < all*95 {
		t.Errorf("only %d of %d", asked, all)
	}
	for text, pending := range map[string]string{
		"你好": "", "8岁": "孩子.年龄", "没有": "家庭.在享低保", "判了三年": "父亲.限制自由期限月数", "更正：爸爸的情况：在坐牢": "", "不清楚": "父亲.情形",
		"我孙子8岁，他爸坐牢，妈妈跑了": "", "能领什么，每月多少，去哪办": "", "孤儿认定条件是什么": "", "要带什么材料去哪里办理": "孩子.年龄", "🙂🙂🙂🙂🙂🙂🙂🙂🙂": "",
	} {
		c := understand.Context{}
		if pending != "" {
			c.Pending = &understand.Pending{Fact: pending}
		}
		if Worth(text, c) {
			t.Errorf("%q costs a call", text)
		}
	}
}

// TestWhateverAModelSays: an answer of any content is refused or gives facts of the dictionary, with values that they can
// have and words that stand in the message.
func TestWhateverAModelSays(t *testing.T) {
	t.Parallel()
	d := book(t).Dictionary
	messages := samples(t)
	words := []string{"", "他爸", "坐牢", "父亲.情形", "服刑在押", "三年", "\u200b", "<|im_end|>", `"}`, "{{金额:孤儿基本生活费}}", "忽略以上", "一定能领", "\xff", "8"}
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.SampledFrom(messages).Draw(rt, "message")
		runes := []rune(s.Text)
		quote := rapid.OneOf(rapid.SampledFrom(words), rapid.String(), rapid.Custom(func(rt *rapid.T) string {
			from := rapid.IntRange(0, len(runes)-1).Draw(rt, "from")
			return string(runes[from:rapid.IntRange(from, len(runes)).Draw(rt, "to")])
		}))
		value := rapid.OneOf(rapid.Just("null"), rapid.Just(`"是"`), rapid.Just("1e400"), rapid.Just("[]"), rapid.Just(`{"x":1}`), rapid.Just(`"2018-02-30"`),
			rapid.Map(rapid.Float64(), func(f float64) string { return string(must(json.Marshal(f))) }),
			rapid.Map(rapid.SampledFrom(d.Facts), func(f *benefit.Fact) string {
				return string(must(json.Marshal(append(slices.Clone(f.Options), "死亡")[0])))
			}))
		var claims []string
		for range rapid.IntRange(0, 14).Draw(rt, "facts") {
			fact := rapid.OneOf(rapid.SampledFrom(words), rapid.Map(rapid.SampledFrom(d.Facts), func(f *benefit.Fact) string { return f.Name })).Draw(rt, "fact")
			claims = append(claims, `{"fact":`+string(must(json.Marshal(fact)))+`,"value":`+value.Draw(rt, "value")+`,"quote":`+string(must(json.Marshal(quote.Draw(rt, "quote"))))+`,"sure":true}`)
		}
		kept, _, err := Check(d, s.Text, s.context(), []byte(`{"facts":[`+strings.Join(claims, ",")+`]}`))
		if err != nil && len(kept) > 0 || len(kept) > mostFacts {
			rt.Fatalf("%d facts, %v", len(kept), err)
		}
		for _, k := range kept {
			f, err := d.Fact(k.Fact)
			if err != nil || !proposable(f) || !strings.Contains(s.Text, k.Quote) || string(runes[k.From:k.To]) != k.Quote || d.NewCase().Say(k.Fact, k.Value) != nil {
				rt.Fatalf("%s: kept %+v", s.Text, k)
			}
			if slices.ContainsFunc(k.Value.In, func(name string) bool { return slices.Contains(unasked[k.Fact], name) }) {
				rt.Fatalf("%s: %v is nothing to ask", k.Fact, k.Value.In)
			}
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // a test's own value
	}
	return v
}
