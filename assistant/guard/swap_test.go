package guard_test

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"xiaohe/assistant/guard"
)

// sides are two parts of a span that are built alike, and the words that they say of different things: a sentence may
// not give to one what the span gives to the other.
var sides = []struct{ span, one, of, other, ofOther string }{
	{"父亲服刑在押、母亲重病的儿童，街道应当优先查验", "爸爸坐牢", "妈妈得重病", "妈妈坐牢", "爸爸得重病"},
	{"父亲死亡，母亲失联的，由祖父母监护", "爸爸去世", "妈妈联系不上", "妈妈去世", "爸爸联系不上"},
	{"一级每人每月160元，二级每人每月130元", "一级每月160元", "二级每月130元", "二级每月160元", "一级每月130元"},
	{"小学每生每年1250元、初中每生每年1500元", "小学每年1250元", "初中每年1500元", "初中每年1250元", "小学每年1500元"},
	{"城市低保标准每人每月770元；农村低保标准每人每月630元", "城市低保每月770元", "农村低保每月630元", "农村低保每月770元", "城市低保每月630元"},
	{"在校期间利息由财政承担，毕业后自付利息", "在校期间利息由财政承担", "毕业后自付利息", "毕业后利息由财政承担", "在校期间自付利息"},
	{"户籍地乡镇15个工作日内完成初审，县级民政部门20个工作日内完成审批", "户籍地乡镇15个工作日初审", "县级民政20个工作日审批", "县级民政15个工作日初审", "户籍地乡镇20个工作日审批"},
	{"一般案件应当在七十二小时内作出决定；情况紧急的，应当在二十四小时内作出决定", "情况紧急的，二十四小时内作出决定", "", "情况紧急的，七十二小时内作出决定", ""},
	{"收养人应当年满三十周岁，被收养人应当不满十八周岁", "收养人年满三十周岁", "被收养人不满十八周岁", "被收养人年满三十周岁", "收养人不满十八周岁"},
	{"孤儿救助比例为100%，低保家庭救助比例为70%", "孤儿救助比例100%", "低保家庭救助比例70%", "低保家庭救助比例100%", "孤儿救助比例70%"},
	{"失去联系且未履行监护抚养责任6个月以上", "失去联系，又没履行监护抚养责任6个月以上", "", "失去联系6个月以上", ""},
	{"机构养育标准应高于散居孤儿养育标准", "机构养育标准高于散居孤儿养育标准", "", "散居孤儿养育标准高于机构养育标准", ""},
}

// TestExchangedSidesAreDropped says each side as the span has it, and with what belongs to the other.
func TestExchangedSidesAreDropped(t *testing.T) {
	t.Parallel()
	for _, s := range sides {
		g := guard.New(guard.Ground{Passages: []guard.Passage{{Title: "示例办法", Text: s.span + "。"}}})
		for text, right := range map[string]bool{s.one: true, s.of: true, s.other: false, s.ofOther: false} {
			if text == "" {
				continue
			}
			_, reason := g.Check(guard.Claim{Text: text + "。", Passage: 1, Span: s.span})
			if right != (reason == "") {
				t.Errorf("%q of %q: %q", text, s.span, string(reason))
			}
		}
	}
}

// people and offices of which a good sentence may name only its own.
var people = []string{"爷爷", "奶奶", "外婆", "舅舅", "邻居", "班主任", "校长", "派出所", "法院", "检察院", "妇联", "残联", "教育局", "医保局", "民政局", "村委会", "街道", "福利院", "救助站", "监狱", "医院", "律师", "雇主", "社工", "监护人", "收养人", "申请人", "公安机关", "学校", "幼儿园", "爸爸", "妈妈"}

var named = regexp.MustCompile(strings.Join(people, "|"))

// TestAnotherActorIsDropped exchanges a person or an office of a good sentence for one that neither its passage nor the
// question names.
func TestAnotherActorIsDropped(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(6, 2028))
	tried := 0
	for _, e := range load(t, "adversarial.jsonl", "grounds.json") {
		if e.Want != "pass" || e.Claim.Span == "" || dropped(e) {
			continue
		}
		g, p := guard.New(e.ground), e.ground.Passages[e.Claim.Passage-1]
		known := p.Title + p.Text + e.ground.Question + e.Claim.Text
		for _, at := range named.FindAllStringIndex(e.Claim.Text, -1) {
			other := people[random.IntN(len(people))]
			if inSlot(e.Claim.Text, at[0]) || strings.Contains(known, other[:len("爷")]) || strings.Contains(known, other[len(other)-len("爷"):]) {
				continue
			}
			mustDrop(t, g, e, e.Claim.Text[:at[0]]+other+e.Claim.Text[at[1]:])
			tried++
		}
	}
	if tried < 40 {
		t.Errorf("only %d sentences were tried", tried)
	}
}

func dropped(e example) bool {
	_, reason := guard.New(e.ground).Check(e.Claim)
	return reason != ""
}
