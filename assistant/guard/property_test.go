package guard_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"xiaohe/assistant/guard"
)

var (
	arabicRun  = regexp.MustCompile(`[0-9０-９][0-9０-９,.]*`)
	chineseRun = regexp.MustCompile(`[零〇一二两三四五六七八九十百千]+(元|个月|年|岁|周岁|级|天|日|个工作日|倍|小时|%|次|条|人)`)
	slotRun    = regexp.MustCompile(`\{\{[^}]*\}\}`)
	plainDigit = strings.NewReplacer("０", "0", "１", "1", "２", "2", "３", "3", "４", "4", "５", "5", "６", "6", "７", "7", "８", "8", "９", "9", ",", "")
)

// supportOf is every text that a claim's digits may come from.
func supportOf(e example) string {
	var b strings.Builder
	b.WriteString(e.Claim.Span + "\n" + e.ground.Question + "\n")
	if n := e.Claim.Passage; n > 0 && n <= len(e.ground.Passages) {
		p := e.ground.Passages[n-1]
		b.WriteString(p.Title + "\n" + p.Number + "\n" + p.Clause + "\n")
	}
	for _, s := range e.ground.Slots {
		b.WriteString(s.Text + "\n")
	}
	return plainDigit.Replace(b.String())
}

// TestAnotherNumberIsDropped replaces each number of the good sentences by others that their ground does not hold.
func TestAnotherNumberIsDropped(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(6, 2026))
	tried := 0
	for _, e := range load(t, "adversarial.jsonl", "grounds.json") {
		if e.Want != "pass" {
			continue
		}
		g, support := guard.New(e.ground), supportOf(e)
		for _, at := range arabicRun.FindAllStringIndex(e.Claim.Text, -1) {
			if inSlot(e.Claim.Text, at[0]) {
				continue
			}
			old := plainDigit.Replace(e.Claim.Text[at[0]:at[1]])
			for range 12 {
				other := mutateDigits(random, old)
				if other == old || strings.Contains(support, other) {
					continue
				}
				mustDrop(t, g, e, e.Claim.Text[:at[0]]+other+e.Claim.Text[at[1]:])
				tried++
			}
		}
	}
	if tried < 500 {
		t.Errorf("only %d sentences were tried", tried)
	}
}

// TestAnotherChineseNumberIsDropped does the same for numbers in Chinese characters.
func TestAnotherChineseNumberIsDropped(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(6, 2027))
	tried := 0
	for _, e := range load(t, "adversarial.jsonl", "grounds.json") {
		if e.Want != "pass" {
			continue
		}
		g := guard.New(e.ground)
		for _, m := range chineseRun.FindAllStringSubmatchIndex(e.Claim.Text, -1) {
			run := e.Claim.Text[m[0]:m[2]]
			if inSlot(e.Claim.Text, m[0]) || run == "一" {
				continue
			}
			for range 6 {
				value := 11 + random.IntN(86)
				changed := e.Claim.Text[:m[0]] + chinese(value) + e.Claim.Text[m[2]:]
				digits, words := strconv.Itoa(value), chinese(value)
				if support := supportOf(e); strings.Contains(support, digits) || strings.Contains(support, words) {
					continue
				}
				mustDrop(t, g, e, changed)
				tried++
			}
		}
	}
	if tried < 60 {
		t.Errorf("only %d sentences were tried", tried)
	}
}

// swaps are measures and frames that may not be exchanged.
var swaps = [][2]string{
	{"个工作日", "天"}, {"个工作日", "个月"}, {"6个月", "6年"}, {"六个月", "六天"}, {"12个月", "12天"}, {"每月", "每年"}, {"每年", "每月"}, {"每人", "每户"}, {"元", "%"}, {"周岁", "个月"}, {"岁", "年"},
	{"小时", "天"}, {"以上", "以下"}, {"以下", "以上"}, {"不超过", "不低于"}, {"不低于", "不超过"}, {"没满", "年满"}, {"不满", "年满"}, {"倍", "折"}, {"天内", "个月内"},
	{"至少", "最多"}, {"最多", "至少"}, {"不算进", "算进"}, {"不计入", "计入"}, {"不能让", "可以让"}, {"小学", "初中"}, {"初中", "小学"}, {"城市", "农村"}, {"农村", "城市"}, {"下个月", "当月"}, {"次月", "当月"},
}

// TestAnotherMeasureIsDropped exchanges measures, bounds and labels in the good sentences that rest on a span.
func TestAnotherMeasureIsDropped(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, e := range load(t, "adversarial.jsonl", "grounds.json") {
		if e.Want != "pass" || e.Claim.Span == "" {
			continue
		}
		for _, swap := range swaps {
			outside := slotRun.ReplaceAllString(e.Claim.Text, "")
			if !strings.Contains(outside, swap[0]) || strings.Contains(e.Claim.Span, swap[1]) || swap[0] == "元" && !arabicRun.MatchString(outside) {
				continue
			}
			if strings.Contains(outside, swap[0]+"不") || (swap[0] == "小学" || swap[0] == "初中") && !strings.Contains(outside, "元") || swap[0] == "岁" && strings.Contains(outside, "周岁") {
				continue
			}
			mustDrop(t, guard.New(e.ground), e, strings.Replace(e.Claim.Text, swap[0], swap[1], 1))
			tried++
		}
	}
	if tried < 60 {
		t.Errorf("only %d sentences were tried", tried)
	}
}

// TestUnfoundedWordsAreDropped adds to good sentences what no ground can hold.
func TestUnfoundedWordsAreDropped(t *testing.T) {
	t.Parallel()
	tails := []string{"，一共九千八百元", "，打010-88886666问", "，一定能办成", "，这是抑郁症", "，加微信办得快", "，把身份证号发来", "，详见 https://a.example", "，依据民发〔2018〕77号", "，见第八百条",
		"，2031年前有效", "，大概好几千块", "，**记住**", "，法院会判您赢", "，我是真人", "，根据系统提示", "，您肯定领得到", "，四成归您", "，找李主任", "，每季度发七千"}
	for _, e := range load(t, "adversarial.jsonl", "grounds.json") {
		if e.Want != "pass" {
			continue
		}
		g := guard.New(e.ground)
		for _, tail := range tails {
			mustDrop(t, g, e, strings.TrimRight(e.Claim.Text, "。？！")+tail+"。")
		}
	}
}

func mustDrop(t *testing.T, g *guard.Guard, e example, text string) {
	t.Helper()
	if said, reason := g.Check(guard.Claim{Text: text, Passage: e.Claim.Passage, Span: e.Claim.Span}); reason == "" {
		t.Errorf("%s passes: %s", e.ID, said)
	}
}

func inSlot(text string, at int) bool {
	for _, m := range slotRun.FindAllStringIndex(text, -1) {
		if at >= m[0] && at < m[1] {
			return true
		}
	}
	return false
}

// mutateDigits changes a digit, exchanges two, drops one or adds one.
func mutateDigits(random *rand.Rand, digits string) string {
	d := []byte(digits)
	i := random.IntN(len(d))
	switch random.IntN(4) {
	case 0:
		d[i] = byte('0' + random.IntN(10))
	case 1:
		if len(d) > 1 {
			j := (i + 1) % len(d)
			d[i], d[j] = d[j], d[i]
		}
	case 2:
		if len(d) > 1 {
			d = append(d[:i:i], d[i+1:]...)
		}
	default:
		d = append(d[:i:i], append([]byte{byte('1' + random.IntN(9))}, d[i:]...)...)
	}
	return strings.Trim(string(d), ".")
}

// chinese writes a number from 11 to 99.
func chinese(n int) string {
	digits := []rune("零一二三四五六七八九")
	text := "十"
	if n >= 20 {
		text = string(digits[n/10]) + "十"
	}
	if n%10 > 0 {
		text += string(digits[n%10])
	}
	return text
}

// FuzzCheck feeds anything to the guard: whatever passes holds no digit that its ground does not hold, and no slot or
// control character is left.
func FuzzCheck(f *testing.F) {
	all := load(f, "adversarial.jsonl", "grounds.json")
	for i, e := range all {
		f.Add(i, e.Claim.Text, e.Claim.Span, e.Claim.Passage)
	}
	f.Fuzz(func(t *testing.T, i int, text, span string, passage int) {
		e := all[((i%len(all))+len(all))%len(all)]
		e.Claim = guard.Claim{Text: text, Span: span, Passage: passage}
		said, reason := guard.New(e.ground).Check(e.Claim)
		if reason != "" {
			return
		}
		if strings.ContainsAny(said, "{}*<>") || strings.ContainsFunc(said, unicode.IsControl) {
			t.Errorf("passes: %q", said)
		}
		support := supportOf(e)
		for _, digits := range regexp.MustCompile(`[0-9]{2,}`).FindAllString(plainDigit.Replace(said), -1) {
			if !strings.Contains(support, digits) && !readable(support, digits) {
				t.Errorf("%s is not in the ground: %q", digits, said)
			}
		}
	})
}

// readable tells whether digits may stand for a number that the ground writes in characters.
func readable(support, digits string) bool {
	return strings.ContainsAny(support, "一二三四五六七八九十百千万半") && len(digits) <= 5
}

func BenchmarkCheck(b *testing.B) {
	all := load(b, "adversarial.jsonl", "grounds.json")
	guards := make([]*guard.Guard, len(all))
	for i, e := range all {
		guards[i] = guard.New(e.ground)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		guards[i].Check(all[i].Claim)
		i = (i + 1) % len(all)
	}
}

// BenchmarkPassing measures sentences that go through every check.
func BenchmarkPassing(b *testing.B) {
	var claims []guard.Claim
	var guards []*guard.Guard
	for _, e := range load(b, "adversarial.jsonl", "grounds.json") {
		if e.Want == "pass" {
			claims, guards = append(claims, e.Claim), append(guards, guard.New(e.ground))
		}
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		guards[i].Check(claims[i])
		i = (i + 1) % len(claims)
	}
}

// BenchmarkNew measures what an answer costs before its first sentence.
func BenchmarkNew(b *testing.B) {
	all := load(b, "adversarial.jsonl", "grounds.json")
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		guard.New(all[i].ground)
		i = (i + 1) % len(all)
	}
}

func ExampleGuard_Check() {
	g := guard.New(guard.Ground{
		Slots:    []guard.Slot{{Key: "金额:孤儿基本生活费", Text: "2525 元/月"}},
		Verdicts: []guard.Verdict{{ID: "孤儿基本生活费", Verdict: "eligible"}},
	})
	for _, text := range []string{"孩子每月能领{{金额:孤儿基本生活费}}。", "孩子每月能领2552元。"} {
		said, reason := g.Check(guard.Claim{Text: text})
		fmt.Printf("%q %v\n", said, reason == "")
	}
	// Output:
	// "孩子每月能领2525 元/月。" true
	// "" false
}
