package ingest

import (
	"strings"
	"testing"
	"unicode/utf8"

	"xiaohe/knowledge"
)

// labels lists the clause labels of a text's passages.
func labels(title, text string) []string {
	var out []string
	for _, p := range Cut(title, text) {
		out = append(out, p.Clause)
	}
	return out
}

func TestStructureOfOfficialDocuments(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"law with chapters, paragraphs and items": {
			"# 某法\n## 第一章 总则\n第一条 为了保护。\n另一款。\n第二条 有下列情形：\n（一）甲；\n（二）乙。\n## 第二章 附则\n第三条 施行。", "第一条 第二条 第三条"},
		"an article that is inserted later": {"第一条 甲。\n第一条之一 乙。\n第二条 丙。", "第一条 第一条之一 第二条"},
		"a paragraph that names another article": {
			"第一条 甲。\n第二条 乙。\n第八条规定的情形除外。\n第三条 丙。", "第一条 第二条 第三条"},
		"label and text without a blank": {"第一条为了保护。\n第二条本法所称。", "第一条 第二条"},
		"policy with sections":           {"# 意见\n各省：\n## 一、明确对象\n孤儿是指。\n## 二、流程\n（一）申请。向乡镇。\n（二）查验。十五日。\n## 三、保障\n按月。", " 一 二（一） 二（二） 三"},
		"headings in plain lines":        {"意见\n一、明确对象\n孤儿是指。\n二、流程\n（一）申请。向乡镇。\n本通知自2025年1月1日起施行。", "一 二（一）"},
		"half-width brackets":            {"一、对象\n(一)甲类。\n(二)乙类。", "一（一） 一（二）"},
		"sections above articles":        {"## 一、一般规定\n第一条 甲。\n第二条 乙。\n## 二、结婚\n第三条 丙。", "第一条 第二条 第三条"},
		"neither":                        {"# 问答\n## 怎么申请\n去窗口。\n## 多久\n十五天。", "怎么申请 多久"},
		"annex":                          {"一、对象\n甲。\n附件：1.申请表\n姓名。", "一 附件：1.申请表"},
		"table of contents":              {"目录\n第一章 总则\n第二章 附则\n第一章 总则\n第一条 甲。\n第二条 乙。\n第二章 附则\n第三条 丙。", "第一条 第二条 第三条"},
	} {
		if got := strings.Join(labels("意见", c.text), " "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestLongClausesAreCutBetweenSentencesAndNeverInsideAnAmount(t *testing.T) {
	t.Parallel()
	sentence := "对符合条件的儿童每人每月发放1,500.5元，自2025年1月23日起执行，依据民发〔2019〕62号。"
	text := "第一条 " + strings.Repeat(sentence, 40) + "\n第二条 短。"
	cut := Cut("", text)
	for _, p := range cut[:len(cut)-1] {
		if p.Clause != "第一条" || utf8.RuneCountInString(p.Body) > longest || !strings.HasSuffix(p.Body, "。") {
			t.Errorf("piece %q of %d characters", p.Body[:30], utf8.RuneCountInString(p.Body))
		}
		if strings.Count(p.Body, "1,500.5元") != strings.Count(p.Body, "1,500") {
			t.Errorf("an amount was cut: %q", p.Body)
		}
	}
	without := Cut("", "第一条 "+strings.Repeat("12345678901234567890", 100))
	for _, p := range without {
		if utf8.RuneCountInString(p.Body) > longest+5 {
			t.Errorf("a text without punctuation made a passage of %d characters", utf8.RuneCountInString(p.Body))
		}
	}
}

func TestATablesRowsCarryItsHeader(t *testing.T) {
	t.Parallel()
	row := "| 在校学生 | 每人413元 |\n"
	cut := Cut("", "## 二、缴费标准\n| 参保人群 | 缴费标准 |\n"+strings.Repeat(row, 60))
	if len(cut) < 2 {
		t.Fatalf("%d passages", len(cut))
	}
	for _, p := range cut {
		if !strings.Contains(p.Path, "参保人群 缴费标准") {
			t.Errorf("path %q lacks the header", p.Path)
		}
	}
}

func TestMetadataIsFoundInTheText(t *testing.T) {
	t.Parallel()
	text := "关于提高低保标准的通知\n穗民规字〔2025〕2号\n各区：\n一、标准\n每月1309元。\n本通知自2025年6月1日起施行，有效期1年。" +
		"《关于旧标准的通知》（穗民规字〔2024〕5号）同时废止。\n广州市民政局\n二〇二五年五月三十日"
	var m metadata
	all := parse(text)
	if w := m.complete(all, ""); len(w) > 0 {
		t.Errorf("warnings %v", w)
	}
	want := metadata{Title: "关于提高低保标准的通知", Number: "穗民规字〔2025〕2号", Issued: "2025-05-30", Effective: "2025-06-01", Expires: "2026-06-01"}
	if m != want {
		t.Errorf("found %+v\nwant %+v", m, want)
	}
	if got := strings.Join(findAbolished(all, m.Title), " "); got != "关于旧标准的通知 穗民规字〔2024〕5号" {
		t.Errorf("abolished %q", got)
	}
}

func TestNumeralsAndDates(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{"十": 10, "十二": 12, "二十": 20, "三十一": 31, "一百零二": 102, "一千零九十三": 1093, "12": 12, "甲": 0} {
		if got := hanNumber(in); got != want {
			t.Errorf("hanNumber(%q) = %d, want %d", in, got, want)
		}
	}
	for in, want := range map[string]string{"2025年1月23日": "2025-01-23", "二〇二五年十二月三十一日": "2025-12-31", "2025年2月30日": "", "无": ""} {
		if got := parseDate(in); got != want {
			t.Errorf("parseDate(%q) = %q, want %q", in, got, want)
		}
	}
	for n := 1; n < 2000; n++ {
		if got := hanNumber(knowledge.ChineseNumeral(n)); got != n {
			t.Fatalf("%d is written %s and read %d", n, knowledge.ChineseNumeral(n), got)
		}
	}
}

// FuzzCut checks what no input may break: spans lie in the text, hold the passage, do not overlap, and stay short.
func FuzzCut(f *testing.F) {
	f.Add("# 某法\n## 第一章 总则\n第一条 为了。\n（一）甲；\n第二条 乙。")
	f.Add("一、对象\n（一）甲。\n附件：表\n| a | b |\n| 1 | 2 |")
	f.Add("第条\n第十条\n（）\n#\n##  \n\u3000\xff")
	f.Fuzz(func(t *testing.T, text string) {
		body := strings.Join(lines(strings.ToValidUTF8(text, "?")), "\n")
		runes, last := []rune(body), 0
		for _, p := range passages("", parse(body), body) {
			if p.From < last || p.To < p.From || p.To > len(runes) {
				t.Fatalf("span %d-%d after %d of %d", p.From, p.To, last, len(runes))
			}
			if plain(string(runes[p.From:p.To])) != p.Body {
				t.Fatalf("the span is not the passage %q", p.Body)
			}
			last = p.To
		}
	})
}
