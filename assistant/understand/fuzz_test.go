package understand_test

import (
	"strings"
	"testing"
	"time"

	"xiaohe/assistant/understand"
	"xiaohe/knowledge/benefit"
)

// FuzzRead looks for messages that break the reader: statements must quote the message where they say, and a message
// of the greatest length must not take long.
func FuzzRead(f *testing.F) {
	for _, message := range seeds(f) {
		f.Add(message, "")
	}
	f.Add("八岁", "孩子.年龄")
	f.Add("都没有", "父亲.情形")
	f.Add("更正：孩子几岁：十八", "")
	f.Add("爸爸\u200d坐牢﹏ＡＢＣ㍻\xff", "母亲.失联月数")
	f.Fuzz(func(t *testing.T, text, fact string) {
		c := understand.Context{Today: today, Labels: map[string]string{"孩子几岁": "孩子.年龄"}}
		if fact != "" {
			c.Pending = &understand.Pending{Fact: fact}
		}
		begin := time.Now()
		r := understand.Read(text, c)
		if took := time.Since(begin); took > time.Second {
			t.Errorf("%d bytes took %v", len(text), took)
		}
		message := []rune(text)
		check := func(s understand.Statement) {
			if s.From < 0 || s.From > s.To || s.To > len(message) {
				t.Fatalf("%q: %s stands at %d..%d", text, s.Fact, s.From, s.To)
			}
			if s.Fact == "" || s.Value.Lo > s.Value.Hi {
				t.Errorf("%q: statement %+v", text, s)
			}
			if got := string(message[s.From:s.To]); strings.ToValidUTF8(s.Quote, "\uFFFD") != strings.ToValidUTF8(got, "\uFFFD") {
				t.Errorf("%q: quote %q, but %q stands there", text, s.Quote, got)
			}
		}
		for _, s := range r.Statements {
			check(s)
		}
		for _, u := range r.Unclear {
			for _, o := range u.Options {
				for _, s := range o.Statements {
					check(s)
				}
			}
		}
	})
}

// TestQuotesPointIntoTheMessage reads full width and traditional characters.
func TestQuotesPointIntoTheMessage(t *testing.T) {
	t.Parallel()
	text := "您好，我孫子８歲，爸爸坐牢判了３年"
	for _, s := range understand.Read(text, understand.Context{Today: today}).Statements {
		if got := string([]rune(text)[s.From:s.To]); got != s.Quote {
			t.Errorf("%s: quote %q, but %q stands there", s.Fact, s.Quote, got)
		}
	}
}

// TestOptionsAreChosen reads replies that are the labels of the options offered.
func TestOptionsAreChosen(t *testing.T) {
	t.Parallel()
	reading := understand.Read("他妈走了", understand.Context{Today: today})
	if len(reading.Unclear) != 1 {
		t.Fatalf("unclear: %+v", reading.Unclear)
	}
	c := reading.Context
	c.Pending = &understand.Pending{Fact: reading.Unclear[0].Fact, Options: reading.Unclear[0].Options, Unclear: true}
	for reply, want := range map[string]string{"去世了": "母亲.情形=死亡", "离开家，没有音讯": "母亲.情形=失联", "病死的": "母亲.情形=死亡", "不知道": ""} {
		got := understand.Read(reply, c)
		if want == "" {
			if !got.Unknown || len(got.Statements) > 0 {
				t.Errorf("%s: %+v", reply, got)
			}
			continue
		}
		if len(got.Statements) == 0 || show(got.Statements[0]) != want {
			t.Errorf("%s: %v", reply, lines(got))
		}
	}
	c.Pending = &understand.Pending{Fact: "父亲.情形", Options: []understand.Option{
		{Label: "在坐牢", Statements: []understand.Statement{{Fact: "父亲.情形", Value: benefit.Options("服刑在押")}}},
		{Label: "找不到人", Statements: []understand.Statement{{Fact: "父亲.情形", Value: benefit.Options("失联")}}},
	}}
	if got := lines(understand.Read("在坐牢、找不到人", c)); len(got) != 1 || got[0] != "父亲.情形=服刑在押、失联" {
		t.Errorf("two options: %v", got)
	}
}

// TestContextIsNotChanged reads a message twice from one context.
func TestContextIsNotChanged(t *testing.T) {
	t.Parallel()
	c := understand.Read("我孙子爸爸坐牢妈妈跑了", understand.Context{Today: today}).Context
	first := lines(understand.Read("说错了不是坐牢是强戒", c))
	if second := lines(understand.Read("说错了不是坐牢是强戒", c)); strings.Join(first, "\n") != strings.Join(second, "\n") {
		t.Errorf("first %v, then %v", first, second)
	}
}

func BenchmarkRead(b *testing.B) {
	c := understand.Context{Today: today}
	messages := seeds(b)
	for b.Loop() {
		for _, message := range messages {
			understand.Read(message, c)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(messages)), "µs/message")
}

func BenchmarkReadLongest(b *testing.B) {
	c := understand.Context{Today: today}
	message := string([]rune(strings.Repeat(strings.Join(seeds(b), "，"), 4))[:4000])
	for b.Loop() {
		understand.Read(message, c)
	}
}
