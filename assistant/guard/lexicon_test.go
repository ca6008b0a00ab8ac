package guard

import (
	"slices"
	"strings"
	"testing"
)

// TestLexiconIsReadWhole: every section is known, and words that mean the opposite share no set.
func TestLexiconIsReadWhole(t *testing.T) {
	t.Parallel()
	for line := range strings.Lines(lexiconFile) {
		name, ok := strings.CutPrefix(strings.TrimSpace(line), "[")
		if name, _, _ = strings.Cut(name, "]"); !ok {
			continue
		}
		if _, known := sections[name]; !known {
			t.Errorf("section [%s] is not known", name)
		}
	}
	for _, pair := range [][2]string{{"父亲", "母亲"}, {"祖父", "外祖父"}, {"收养人", "送养人"}, {"监护人", "被监护人"}, {"成年", "未成年"}, {"县级", "省级"}, {"居住地", "户籍所在地"}, {"学校", "幼儿园"},
		{"低于", "高于"}, {"全额", "补差"}, {"次月", "当月"}, {"寄宿", "非寄宿"}, {"公办", "民办"}, {"书面", "口头"}, {"提高", "降低"}, {"停发", "恢复"}, {"公安机关", "人民法院"}, {"申请", "审批"}, {"失联", "死亡"}, {"一方", "双方"}} {
		a, b := wordAt(text(pair[0]), 0), wordAt(text(pair[1]), 0)
		if a != nil && b != nil && string(a.text) == pair[0] && string(b.text) == pair[1] && shares(a.senses, b.senses) {
			t.Errorf("%s and %s share a set", pair[0], pair[1])
		}
	}
	if !slices.ContainsFunc(lexicon['孩'], func(w *word) bool { return w.tags&child != 0 }) {
		t.Error("孩子 is no child")
	}
}
