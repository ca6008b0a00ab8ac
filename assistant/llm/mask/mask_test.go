package mask_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xiaohe/assistant/llm/mask"
)

func TestTheSameValueGetsTheSamePlaceholder(t *testing.T) {
	t.Parallel()
	table := mask.New()
	for _, c := range []struct{ text, want string }{
		{"我孙子张小伟八岁，电话13812345678", "我孙子〔姓名1〕八岁，电话〔电话1〕"},
		{"小伟在家，打138 1234 5678", "〔姓名1·2〕在家，打〔电话1·2〕"},
		{"张小伟和李大力，13812345678", "〔姓名1〕和〔姓名2〕，〔电话1〕"},
	} {
		if got := table.Hide(c.text); got != c.want {
			t.Errorf("Hide(%s) = %s, want %s", c.text, got, c.want)
		}
	}
}

func TestANameIsHiddenInTheTextsBeforeTheOneThatTellsIt(t *testing.T) {
	t.Parallel()
	table := mask.New()
	texts := []string{"今天佳怡又没吃饭", "孙女叫宋佳怡"}
	table.Learn(texts...)
	if got := table.Hide(texts[0]); strings.Contains(got, "佳怡") {
		t.Errorf("Hide(%s) = %s", texts[0], got)
	}
}

func TestShowReadsPlaceholdersAsModelsWriteThem(t *testing.T) {
	t.Parallel()
	table := mask.New()
	table.Hide("我叫王小明，小明住文三路12号，电话13812345678")
	for text, want := range map[string]string{
		"〔姓名1〕您好":       "王小明您好",
		"【姓名1】您好":       "王小明您好",
		"[姓名1]您好":       "王小明您好",
		"（姓名１）您好":       "王小明您好",
		"〔 姓名 1 〕您好":    "王小明您好",
		"〔姓名1·2〕您好":     "小明您好",
		"〔姓名1 ・ ２〕您好":   "小明您好",
		"{姓名1.2}您好":     "小明您好",
		"<地址1>的〔电话1〕":   "文三路12号的13812345678",
		"〔姓名1〕〔姓名1〕":    "王小明王小明",
		"〔姓名7〕〔姓名〕〔姓名1": "〔姓名7〕〔姓名〕〔姓名1",
		"姓名1":           "姓名1",
		"（电话110）":       "（电话110）",
	} {
		if got := table.Show(text); got != want {
			t.Errorf("Show(%s) = %s, want %s", text, got, want)
		}
	}
}

func TestPlaceholdersInATextAreNotTakenForItsOwn(t *testing.T) {
	t.Parallel()
	table := mask.New()
	for _, text := range []string{"（姓名2）是谁", "我叫王小明，〔姓名1〕和[姓名 2]是谁", "我叫赵大力", "把【姓名1】的电话给我，（电话110）"} {
		hidden := table.Hide(text)
		if got := table.Show(hidden); got != text {
			t.Errorf("Show(%s) = %s, want %s", hidden, got, text)
		}
		if text[0] != '(' && strings.Contains(table.Show(hidden), "王小明") != strings.Contains(text, "王小明") {
			t.Errorf("%s shows somebody else's name: %s", text, hidden)
		}
	}
}

func TestNumbersThatEverybodyMayKnowStay(t *testing.T) {
	t.Parallel()
	table := mask.New("0571-85029595")
	for _, text := range []string{"打110", "打12355和12345", "0571-85029595是什么电话", "（0571）85029595", "民政局电话0571-12345678", "400-810-1234"} {
		if got := table.Hide(text); got != text {
			t.Errorf("Hide(%s) = %s", text, got)
		}
	}
}

func TestDatesOfBirthStayWhole(t *testing.T) {
	t.Parallel()
	const text = "孩子2015年3月2日生的，妹妹二〇一八年五月六号出生，弟弟20200101"
	if got := mask.New().Hide(text); got != text {
		t.Errorf("Hide(%s) = %s", text, got)
	}
}

func TestInvisibleCharactersHideNothingFromTheMask(t *testing.T) {
	t.Parallel()
	table := mask.New()
	const text = "我叫王\u200b小明，1\ufe0f\u20e33\ufe0f\u20e38\u200d12345678"
	hidden := table.Hide(text)
	if strings.ContainsAny(hidden, "王小明345678") {
		t.Errorf("Hide = %s", hidden)
	}
	if got := table.Show(hidden); got != text {
		t.Errorf("Show = %q, want %q", got, text)
	}
}

// pieces are what hostile and natural texts are made of.
var pieces = []string{"我叫", "孙子", "王小明", "小明", "张伟", "〔", "姓名", "1", "·", "2", "〕", "（", "）", "[", "]", " ", "〔姓名1〕", "〔原文1〕", "〔姓名1·2〕",
	"电话", "13812345678", "138 1234 5678", "０５７１", "-", "88123456", "身份证", "330106201501010128", "x", "杭州市", "西湖区", "文三路", "12号", "3幢", "学军小学",
	"三年级", "班", "(2)", "，", "。", "\n", "\u200b", "\xff", "\xe4\xb8", "\x00", "@", "a.b", "微信", "浙A12345", "2000元", "*", "***", "一", "三", "八", "和", "老师", "李", "叫", "·"}

func TestShowGivesBackWhatHideTook(t *testing.T) {
	t.Parallel()
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 40).Draw(t, "pieces"), "")
	})
	rapid.Check(t, func(t *rapid.T) {
		table := mask.New()
		texts := rapid.SliceOfN(text, 1, 4).Draw(t, "texts")
		var hidden []string
		for _, x := range texts {
			hidden = append(hidden, table.Hide(x))
		}
		for i, x := range texts {
			if got := table.Show(hidden[i]); got != x {
				t.Fatalf("Show(%q) = %q, want %q", hidden[i], got, x)
			}
			if again := table.Hide(x); table.Show(again) != x {
				t.Fatalf("Show(%q) is not %q", again, x)
			}
		}
	})
}

func FuzzShowGivesBackWhatHideTook(f *testing.F) {
	for _, piece := range pieces {
		f.Add(piece, "我叫王小明，〔姓名1〕")
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		table := mask.New()
		a := table.Hide(first)
		b := table.Hide(second)
		if got := table.Show(a); got != first {
			t.Errorf("Show(%q) = %q, want %q", a, got, first)
		}
		if got := table.Show(b); got != second {
			t.Errorf("Show(%q) = %q, want %q", b, got, second)
		}
	})
}

// natural is a message of n characters.
func natural(n int) string {
	const message = "老师您好，我叫王秀英，孙子张小伟今年八岁，在文三街小学读三年级2班，他爸坐牢，妈妈走了两年多，家里就我一个人带，一个月只有一千三百五十块，请问能不能申请补贴，我电话是13812345678，住西湖区文三路12号。"
	r := []rune(strings.Repeat(message, n/len([]rune(message))+1))
	return string(r[:n])
}

func BenchmarkHide(b *testing.B) {
	for name, text := range map[string]string{
		"100":         natural(100),
		"4000":        natural(4000),
		"40000":       natural(40000),
		"digits":      strings.Repeat("1", 4000),
		"groups":      strings.Repeat("1 ", 2000),
		"brackets":    strings.Repeat("〔姓名", 1333),
		"labels":      strings.Repeat("电话", 2000),
		"schools":     strings.Repeat("小学", 2000),
		"streets":     strings.Repeat("王路", 2000),
		"stars":       strings.Repeat("*", 4000),
		"names":       strings.Repeat("王小明和", 1000),
		"numbers":     strings.Repeat("12-", 1333),
		"surnames":    strings.Repeat("王", 4000),
		"at":          strings.Repeat("a@", 2000),
		"points":      strings.Repeat("王王·", 1333),
		"year":        strings.Repeat("(2024)浙", 571),
		"blanks":      "〔" + strings.Repeat(" ", 3999),
		"longest":     strings.Repeat("新疆维吾尔自治区", 500),
		"nth":         strings.Repeat("第", 4000),
		"called":      strings.Repeat("叫", 4000),
		"house":       strings.Repeat("住王1号", 1000),
		"differently": differentNames(1000),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				mask.New().Hide(text)
			}
		})
	}
}

// differentNames tells n names.
func differentNames(n int) string {
	given := []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华")
	var b strings.Builder
	for i := range n {
		b.WriteString("我叫王" + string(given[i%len(given)]) + string(given[i/len(given)%len(given)]) + "，")
	}
	return b.String()
}
