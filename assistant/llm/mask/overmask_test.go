package mask_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xiaohe/assistant/llm/mask"
)

// amount draws a sum of money as people and documents write it.
func amount(t *rapid.T) string {
	n := rapid.IntRange(1, 20_000_000_000).Draw(t, "yuan")
	if rapid.Bool().Draw(t, "small") {
		n %= 100_000
	}
	unit := rapid.SampledFrom([]string{"元", "块", "块钱", "万元", "万", "亿元", "元/月", "元整"}).Draw(t, "unit")
	switch rapid.IntRange(0, 5).Draw(t, "form") {
	case 0:
		return fmt.Sprintf("%d%s", n, unit)
	case 1:
		return fmt.Sprintf("%s.%02d%s", grouped(n), n%100, unit)
	case 2:
		return fmt.Sprintf("%d-%d%s", n%3000, n%3000+rapid.IntRange(1, 9000).Draw(t, "more"), unit)
	case 3:
		return fmt.Sprintf("%d、%d、%d%s", n%9000, n%7000, n%5000, unit)
	case 4:
		return wide(fmt.Sprintf("%d%s", n, unit))
	}
	return chinese(n) + unit
}

func grouped(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}

func wide(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + '０'
		}
		return r
	}, s)
}

// chinese writes a number in words, as 一万二千三百零五.
func chinese(n int) string {
	const digits = "零一二三四五六七八九"
	for _, unit := range []struct {
		size int
		name string
	}{{100_000_000, "亿"}, {10_000, "万"}, {1000, "千"}, {100, "百"}, {10, "十"}} {
		if n >= unit.size {
			rest := ""
			if n%unit.size > 0 {
				rest = chinese(n % unit.size)
			}
			return chinese(n/unit.size) + unit.name + rest
		}
	}
	return string([]rune(digits)[n])
}

// document draws the number of an official document.
func document(t *rapid.T) string {
	office := rapid.SampledFrom([]string{"民发", "国发", "国办发", "浙政办函", "杭政办函", "渝民发", "川府发", "浙民助", "财社", "教基", "民函", "粤民规字", "川委厅"}).Draw(t, "office")
	brackets := rapid.SampledFrom([]string{"〔〕", "[]", "()", "（）", "【】"}).Draw(t, "brackets")
	b := []rune(brackets)
	return fmt.Sprintf("%s%c%d%c%d号", office, b[0], rapid.IntRange(1998, 2027).Draw(t, "year"), b[1], rapid.IntRange(1, 999).Draw(t, "number"))
}

func TestAmountsAndDocumentNumbersStay(t *testing.T) {
	t.Parallel()
	frames := []string{"每月%s够不够", "%s", "领了%s，还差%s", "根据%s", "卡里只有%s", "账户上有%s", "银行卡到账%s", "电话费%s", "按%s和%s执行", "编号不对，应是%s", "户口本上%s", "打给我%s", "微信转了%s", "工资卡 %s，社保卡：%s"}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(frames).Draw(t, "frame")
		for strings.Contains(text, "%s") {
			what := amount
			if rapid.Bool().Draw(t, "document") {
				what = document
			}
			text = strings.Replace(text, "%s", what(t), 1)
		}
		if out := mask.New().Hide(text); out != text {
			t.Fatalf("Hide(%s) = %s", text, out)
		}
	})
}

// Messages of the sets for triage and retrieval name hardly anybody: nearly all of them stay as they are.
func TestMessagesWithoutPersonalDataStay(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"../../triage/data/dev.jsonl", "../../../knowledge/testdata/questions/dev.jsonl"} {
		all, changed := samples(t, name), 0
		for _, s := range all {
			text := s.Text + s.Question
			if out := mask.New().Hide(text); out != text {
				changed++
				t.Logf("%s\n  %s", text, out)
			}
		}
		t.Logf("%s: %d of %d texts changed", name, changed, len(all))
		if changed*50 > len(all) {
			t.Errorf("%s: %d of %d texts changed", name, changed, len(all))
		}
	}
}
