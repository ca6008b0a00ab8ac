package benefit

import (
	"slices"
	"strings"
	"testing"
)

// child is a case of the small rules, written as officers write it.
func child(t testing.TB, b *Book, facts string) *Case {
	t.Helper()
	known, problems := b.ReadKnown("facts", facts)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	c, err := b.Case(known)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestExplainMirrorsTheTree(t *testing.T) {
	t.Parallel()
	b := small(t)
	v := b.At(Everywhere("330106"), DayOf(2025, 3, 10))
	x, ok := v.Explain("事实无人抚养儿童基本生活补贴", child(t, b, "孩子.年龄: 10\n父亲.情形: [失联]\n父亲.失联月数: 3\n"))
	if !ok || x.Item.Verdict != "ineligible" {
		t.Fatalf("%+v", x.Item)
	}
	want := []string{
		"✗ 下面的条件都符合",
		"  ✓ 孩子几岁：小于 18 岁 —— 10 岁 〔民发〔2019〕62号 二（一）；民发〔2019〕62号 三〕",
		"  ✗ 父亲不能抚养",
		"    ✗ 爸爸的情况：有“重残” —— 失联 〔民发〔2019〕62号 一〕",
		"    ✗ 下面的条件都符合",
		"      ✓ 爸爸的情况：有“失联” —— 失联 〔民发〔2019〕62号 一〕",
		"      ✗ 爸爸失联多久：至少 6 个月 —— 3 个月 〔民发〔2019〕62号 一〕",
	}
	if got := x.Trace.Lines(); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if text := strings.Join(x.Lines(), "\n"); !strings.Contains(text, "会改变：爸爸失联多久：再过 3 个月（满 6 个月）") {
		t.Errorf("no flip in\n%s", text)
	}
	open, _ := v.Explain("孤儿基本生活费", child(t, b, "孩子.年龄: 10\n"))
	if text := strings.Join(open.Lines(), "\n"); !strings.Contains(text, "还缺：爸爸的情况（父亲.情形）") || !strings.Contains(text, "？ 爸爸的情况：有 死亡、宣告失踪 之一 —— 还不知道") {
		t.Errorf("what is missing is not named in\n%s", text)
	}
	if _, ok := v.Explain("法律援助", b.Dictionary.NewCase()); ok {
		t.Error("explains a benefit that has no rule")
	}
}

func TestReadAloudNamesEveryClauseAndLocalChange(t *testing.T) {
	t.Parallel()
	b := small(t)
	text := b.ReadAloud("孤儿基本生活费")
	for _, want := range []string{
		"- [ ] 一、孩子几岁：小于 18 岁 〔国办发〔2010〕54号 一〕",
		"- [ ] 二、爸爸的情况：有 死亡、宣告失踪 之一 〔国办发〔2010〕54号 一〕",
		"按当地“孤儿养育.散居”标准，元/月，本人计发",
		"和“事实无人抚养儿童基本生活补贴”：不可同时，以本项为先",
		"# 地方改动：西湖区（330106），2025-01-01 起",
		"满18岁还在读高中的，下面的条件都符合：",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if text := b.ReadAloud("事实无人抚养儿童基本生活补贴"); strings.Count(text, "其中“父亲不能抚养”是指") != 1 {
		t.Errorf("the branch is not explained once in\n%s", text)
	}
	if b.ReadAloud("没有的") != "" {
		t.Error("reads a rule that does not exist")
	}
}

func TestEverySeedRuleCanBeRead(t *testing.T) {
	t.Parallel()
	b := seed(t)
	for _, rule := range b.Rules {
		if text := b.ReadAloud(rule.ID); !strings.Contains(text, "谁符合") || strings.Contains(text, "%!") || strings.Contains(text, "：%s") {
			t.Errorf("%s reads badly:\n%s", rule.ID, text)
		}
	}
}
