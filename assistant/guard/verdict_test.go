package guard_test

import (
	"strings"
	"testing"

	"xiaohe/assistant/guard"
)

// Ways to say yes and no about a benefit, X; people and models say them all.
var (
	grants = []string{"您孙子能领X。", "X您家可以申请。", "您家够条件办X。", "X，孩子是符合的。", "孩子有资格享受X。", "您可以放心去办X。", "X这一项您拿得到。", "X可以批下来。", "您孙子属于X的对象，可以领。", "X您能办。", "这样看，孩子够得上X。",
		"您家的情况满足X的条件。", "X孩子可以吃上。", "您直接去领X就行。", "孩子达到了X的条件。", "按规定，X应该给您家发。", "孩子能拿X。", "您可以给孩子申请X。", "X您现在就能申请。", "您和孩子都可以享受X。", "您好，X能办的。", "X有希望，您快去。", "孩子可以享受到X的待遇。", "X是您应得的，可以领取。",
		"咱们孩子可以拿X。", "您可以去街道申请X。", "X您孙子够格。", "孩子办得了X。", "您家可以办理X。", "X可以给孩子办一个。", "您这个条件，X办得下来。", "X能给您办。", "您孙子可以纳入X。", "X的钱您领得到。", "您家在X的范围内。"}
	denials = []string{"您孙子不能领X。", "X您家不可以申请。", "您家不够条件办X。", "X，孩子是不符合的。", "孩子没有资格享受X。", "X这一项您拿不到。", "X批不下来。", "您孙子不属于X的对象，领不了。", "X您办不了。", "这样看，孩子够不上X。", "您家的情况不满足X的条件。", "X孩子吃不上。",
		"孩子达不到X的条件。", "按规定，X不给您家发。", "孩子没法拿X。", "您没法给孩子申请X。", "孩子享受不到X的待遇。", "X您孙子不够格。", "X轮不到您家。", "您家不能办理X。", "X跟您家没关系，领不到。", "您这个条件，X办不下来。", "您孙子不能纳入X。", "X的钱您领不到。", "您家不在X的范围内。", "X您就别想了。", "X没您的份。", "孩子不具备X的资格。"}
	maybes = []string{"X可能能领，还要确认。", "X能不能办，还要再弄清几样。", "您家也许可以申请X，要确认。", "X还不能确定。", "X说不定能办，要到街道核对。"}
)

// TestVerdictsFollowTheCard says every verdict of every kind of benefit in every way.
func TestVerdictsFollowTheCard(t *testing.T) {
	t.Parallel()
	g := guard.New(guard.Ground{Question: "孙子能领什么，去街道吗",
		Slots: []guard.Slot{{Key: "去哪:孤儿基本生活费", Text: "孩子户籍地街道"}},
		Verdicts: []guard.Verdict{{ID: "孤儿基本生活费", Names: []string{"孤儿补贴"}, Verdict: "eligible"}, {ID: "最低生活保障", Names: []string{"低保"}, Verdict: "undetermined"},
			{ID: "特困人员救助供养", Names: []string{"特困", "五保"}, Verdict: "ineligible"}}})
	names := map[string][]string{"eligible": {"孤儿补贴", "孤儿基本生活费"}, "undetermined": {"低保", "最低生活保障"}, "ineligible": {"特困", "五保", "特困人员救助供养"}, "": {"育儿补贴", "医疗救助", "养老金", "困难补助"}}
	goodPassed, good := 0, 0
	for verdict, list := range names {
		for _, name := range list {
			for _, set := range []struct {
				phrases []string
				right   bool
			}{{grants, verdict == "eligible"}, {denials, verdict == "ineligible"}, {maybes, verdict == "undetermined"}} {
				for _, phrase := range set.phrases {
					text := strings.ReplaceAll(phrase, "X", name)
					_, reason := g.Check(guard.Claim{Text: text})
					switch {
					case set.right:
						good++
						if reason == "" {
							goodPassed++
						} else {
							t.Logf("%s dropped (%s): %s", verdict, string(reason), text)
						}
					case reason == "" && !(verdict == "eligible" && set.phrases[0] == maybes[0]):
						t.Errorf("%q passes of a benefit that is %q", text, verdict)
					}
				}
			}
		}
	}
	if goodPassed*10 < good*9 {
		t.Errorf("%d of %d true verdicts pass", goodPassed, good)
	}
}
