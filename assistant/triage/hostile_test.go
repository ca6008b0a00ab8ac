package triage_test

import (
	"encoding/base64"
	"math/rand"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"xiaohe/assistant/triage"
)

// hostile are messages that nobody types: very long, without words, or made to slow a reader down.
func hostile() map[string]string {
	random := rand.New(rand.NewSource(1))
	noise := make([]byte, 15000)
	random.Read(noise)
	var mixed strings.Builder
	for range 20000 {
		mixed.WriteRune([]rune("我爸打妈不想死药血怕躲刀跳楼没人管饭ａ１繁體🔪。，a9 ـֱ")[random.Intn(30)])
	}
	return map[string]string{
		"empty":         "",
		"blanks":        strings.Repeat(" \u3000\u200b", 6000),
		"one character": strings.Repeat("死", 20000),
		"cues":          strings.Repeat("我爸打我", 5000),
		"cues in turn":  strings.Repeat("我想死他打我妈妈没人管我怕流血", 1300),
		"full stops":    strings.Repeat("我。", 10000),
		"long cues":     strings.Repeat("我爸打我", 490),
		"a long story":  strings.Repeat("孙子他爸坐牢五年了妈妈跑了没音信，我一个老太婆带着他过日子，", 60),
		"commas":        strings.Repeat("打，我，", 5000),
		"mixed":         mixed.String(),
		"base64":        base64.StdEncoding.EncodeToString(noise),
		"emoji":         strings.Repeat("🔪🩸💊😭", 5000),
		"ligatures":     strings.Repeat("\uFDFA", 20000),
		"zalgo":         strings.Repeat("死\u0336\u0335\u0334", 5000),
		"zero-width":    strings.Repeat("想\u200b\u200d\ufeff", 5000),
		"control":       strings.Repeat("\x00\x1b[31m\x07", 5000),
		"no UTF-8":      string(noise),
		"letters":       strings.Repeat("kill me now ", 1600),
	}
}

// TestHostileMessagesHaveNoEffect checks that nothing breaks. How long it takes is a matter of BenchmarkHostile.
func TestHostileMessagesHaveNoEffect(t *testing.T) {
	tr := newTriage(t)
	for name, text := range hostile() {
		check(t, tr, name, text)
	}
	for _, name := range []string{"empty", "blanks", "base64", "control", "no UTF-8", "ligatures"} {
		if r := tr.Assess(triage.Input{Text: hostile()[name]}); r.Level > triage.Distress {
			t.Errorf("%s: %v", name, r.Level)
		}
	}
}

// check assesses a message and looks at what must hold for every one.
func check(t *testing.T, tr *triage.Triage, name, text string) {
	t.Helper()
	r := tr.Assess(triage.Input{Text: text, Now: time.Unix(0, 0)})
	if r.Failed() {
		t.Errorf("%s: triage broke", name)
	}
	if r.Level > triage.None && len(r.Evidence) == 0 {
		t.Errorf("%s: %v without evidence", name, r.Level)
	}
	for _, e := range r.Evidence {
		if e.Start < 0 || e.End > len(text) || e.Start > e.End || utf8.ValidString(text) && !utf8.ValidString(text[e.Start:e.End]) {
			t.Errorf("%s: evidence %+v does not lie in the message", name, e)
		}
		if e.Level > r.Level {
			t.Errorf("%s: evidence %+v above %v", name, e, r.Level)
		}
	}
}

func FuzzAssess(f *testing.F) {
	tr, err := triage.New(simplified())
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{"我想死", "想 死 了", "他打我。我躲在床底", "唔想活喇", "\xff\xfe死", "想\u200b死", "ＺＳ", "低保怎么申请？", "🔪🩸"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { check(t, tr, "fuzz", text) })
}

func BenchmarkHostile(b *testing.B) {
	tr := newTriage(b)
	for name, text := range hostile() {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				tr.Assess(triage.Input{Text: text})
			}
		})
	}
}
