package benefit

import (
	"slices"
	"strings"
	"testing"
)

// edited is the small rule set with one text replaced.
func edited(t *testing.T, file, old, new string) *Book {
	t.Helper()
	text := string(smallSet[file].Data)
	if !strings.Contains(text, old) {
		t.Fatalf("%q is not in %s", old, file)
	}
	book, problems := Load(with(file, strings.Replace(text, old, new, 1)))
	if book == nil {
		t.Fatal(problems)
	}
	return book
}

func TestDiffSaysForWhomAChangeMatters(t *testing.T) {
	t.Parallel()
	old := small(t)
	if found := Diff(old, small(t)); len(found) != 0 {
		t.Errorf("the same set differs from itself: %v", found)
	}
	for name, c := range map[string]struct {
		file, old, new string
		want           []string
	}{
		"a stricter number": {"national/事实无人抚养.yaml", "父亲.失联月数, 至少: 6", "父亲.失联月数, 至少: 7",
			[]string{"规则“事实无人抚养儿童基本生活补贴”", "去掉：爸爸失联多久：至少 6 个月", "新加：爸爸失联多久：至少 7 个月", "→ 不符合：西湖区，2025-03-10", "判例“爸爸失联半年”"}},
		"a higher standard": {"standards.yaml", "数额: 2525", "数额: 2600",
			[]string{"标准“孤儿养育.散居，杭州市（330100），2025-01-23 起”", "原来：2525 元/月", "现在：2600 元/月", "规则“孤儿基本生活费”", "符合，2525 元/月 → 符合，2600 元/月"}},
		"a new option": {"facts.yaml", "取值: [死亡, 宣告失踪, 重残,", "取值: [死亡, 宣告失踪, 重病, 重残,", []string{"事实“父亲.情形”", "现在：多选；取值 死亡、宣告失踪、重病"}},
		"a local change that falls away": {"local/330106/孤儿.yaml", `自: "2025-01-01"`, `自: "2025-01-01", 至: "2025-06-30"`,
			[]string{"去掉：# 地方改动：西湖区（330106），2025-01-01 起", "符合 → 不符合：西湖区，2025-07-01，"}},
	} {
		var text []string
		for _, d := range Diff(old, edited(t, c.file, c.old, c.new)) {
			text = append(text, d.String())
		}
		all := strings.Join(text, "\n")
		for _, want := range c.want {
			if !strings.Contains(all, want) {
				t.Errorf("%s: %q is not in\n%s", name, want, all)
			}
		}
	}
}

func TestDiffOfARuleThatCameAndWent(t *testing.T) {
	t.Parallel()
	files := with("national/低保.yaml", string(smallSet["national/低保.yaml"].Data))
	delete(files, "national/低保.yaml")
	less, problems := Load(files)
	if less == nil {
		t.Fatal(problems)
	}
	found := Diff(small(t), less)
	if !slices.ContainsFunc(found, func(d Difference) bool {
		return d.ID == "最低生活保障" && slices.Equal(d.Lines, []string{"去掉了这项福利"})
	}) {
		t.Errorf("%v", found)
	}
}
