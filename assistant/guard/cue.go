package guard

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// cue is a group of words that change what a rule says. A sentence may hold one of says only if its ground holds one of
// needs, or the same word.
type cue struct {
	says   []string
	needs  []string
	reason Reason
}

// cues are exceptions, concessions, acts, ways to pay and the like: what a rule does not say may not be added to it.
var cues = []cue{
	{[]string{"除外", "除了", "以外", "之外", "不算在内", "另说"}, []string{"除", "以外", "之外", "另"}, Negation},
	{[]string{"只有", "只能", "只给", "只限", "仅限", "唯一", "非得", "非要", "必须由", "只通知", "只管", "只告诉"}, []string{"只", "仅", "限于", "限国", "限制在", "方可", "唯一", "才", "必须"}, Negation},
	{[]string{"即使", "哪怕", "即便", "再怎么"}, []string{"即使", "继续", "仍", "不受", "不论", "无论", "不管", "不限", "均", "任意", "任何", "不计", "都", "不算", "各级", "所有", "一律", "不得"}, Negation},
	{[]string{"不是不", "不是没", "不是从", "不是由", "不是按", "不是向", "不是同", "并非", "并不是", "不见得", "未必", "未尝"}, []string{"不是", "并非", "非", "不同"}, Negation},
	{[]string{"难道", "还用说", "还用问", "谁说", "岂", "何尝", "哪能不", "哪会不", "凭什么", "怎么会不", "怎么能不", "怎么可能"}, nil, Negation},
	{[]string{"自动", "系统会", "不请自来", "主动发"}, []string{"自动", "主动"}, Negation},
	{[]string{"不用申请", "不申请", "无需申请", "不必申请", "不需要申请", "不用去申请"}, []string{"不用申请", "不申请", "无需申请", "不需要申请", "无须申请"}, Negation},
	{[]string{"可以不", "用不着"}, []string{"可以不", "匿名", "不用", "不必", "无需", "无须", "不需", "免", "不再", "不受", "不予", "不得", "不宜", "不计", "不设", "不收", "自愿"}, Negation},
	{[]string{"一家子", "全家", "一家人", "一大家"}, []string{"家庭", "全家", "一家"}, Label},
	{[]string{"一样多", "都一样", "跟散居的一样", "完全一样", "同样多", "各一份", "没区别", "没差别", "标准一样", "待遇一样", "都相同"}, []string{"一样", "相同", "同等", "同样", "一致"}, Rival},
	{[]string{"补发", "补给您", "补给你", "补齐", "补上", "补回", "都补", "一次补", "倒补", "追溯", "往前算", "前面的钱", "之前的钱", "以前的钱"}, []string{"补发", "补齐", "追溯", "补足"}, Dates},
	{[]string{"都行", "都成", "随便", "无所谓", "任选", "最好的", "重点学校"}, []string{"均", "任意", "都", "自愿", "任何", "最好", "重点"}, Negation},
	{[]string{"加起来", "合起来", "合计"}, []string{"加起来", "合计", "总", "累计", "共同", "之和"}, Label},
	{[]string{"免了", "全免", "免掉", "免交"}, []string{"免", "不收", "不再收"}, Negation},
	{[]string{"后出生", "前出生"}, []string{"出生"}, Dates},
	{[]string{"免学费", "学费免", "学费全免"}, []string{"学费"}, Negation},
	{[]string{"没受", "没有受"}, []string{"没", "未", "不受"}, Negation},
	{[]string{"结束以后", "结束之后", "结束后", "期满后", "期满以后"}, []string{"结束", "期满", "届满", "到期"}, Dates},
	{[]string{"开除"}, nil, Negation},
	{[]string{"不看", "不查", "不问"}, []string{"不论", "不受", "不查", "免予", "不看"}, Negation},
	{[]string{"一个人的收入", "个人的收入", "个人的支出", "个人收入"}, []string{"个人", "本人"}, Label},
	{[]string{"您家正好", "正好是您", "您家就是", "您正好", "您家刚好"}, nil, Verdicts},
	{[]string{"还要等", "才会生效"}, []string{"等", "届满"}, Negation},
	{[]string{"有钱就不", "有钱的不", "有钱就没"}, nil, Negation},
	{[]string{"都不宜", "全都不", "一律不"}, []string{"都不", "均不", "一律", "任何"}, Label},
	{[]string{"劝退", "退学", "停学", "留级"}, nil, Negation},
	{[]string{"发钱", "打钱", "钱到", "发到卡", "打到卡", "发下来", "发到手", "到手", "到账", "拿到钱", "领到钱", "把钱发", "钱就来", "就打钱", "就发钱", "就给钱"}, []string{"发放", "发到", "发给", "发钱", "支付", "拨付", "起发", "到账", "打到"}, Rival},
	{[]string{"停发", "停掉", "就停", "没有了", "就没了", "作废", "失效", "取消", "终止", "收回", "追回", "退回"}, []string{"停", "终止", "取消", "失效", "作废", "收回", "追回", "退", "不再", "除", "没有了", "撤销"}, Negation},
	{[]string{"照发", "照给", "拿满", "发满", "领满", "给满", "一天不少", "一分不少", "整整", "满打满算", "足额"}, []string{"照发", "照给", "满", "全额", "足额"}, Comparator},
	{[]string{"再加", "再延长", "另加", "额外", "外加", "再给", "再多", "另外再", "再管"}, []string{"再", "另", "额外", "增发", "外加", "增加", "加发"}, Number},
	{[]string{"必须同意", "都会同意", "必须批准", "都会批", "必须给", "都得批", "要批准"}, []string{"必须", "批准", "同意"}, Negation},
	{[]string{"自己掏", "自己出", "自付", "自费", "要交", "交钱", "要付", "得交", "得付", "掏钱", "出钱", "借款", "押金", "工资", "奖金"}, []string{"掏", "自付", "自费", "交", "费", "收", "付", "出钱", "缴", "费用", "负担", "承担", "借款", "押金", "工资", "奖金", "赔"}, Label},
	{[]string{"每餐", "每顿", "按餐", "按顿", "按学期", "按次", "按季", "按小时", "每小时", "每班", "每课"}, []string{"每餐", "每顿", "按餐", "学期", "每次", "按次", "季", "小时", "每班", "每课"}, Period},
	{[]string{"下个季度", "下季", "下一季", "半年后", "下个学期", "下一学期"}, []string{"季", "半年", "学期"}, Dates},
	{[]string{"申领表", "失踪证明", "证明书", "承诺书", "介绍信", "保证书", "委托书"}, []string{"证明", "承诺书", "介绍信", "保证书", "委托书", "申领表"}, Document},
	{[]string{"收入变高", "收入会变", "重新算收入", "低保要重算", "收入算高"}, nil, Negation},
	{[]string{"贴出来", "贴在", "贴到", "上墙", "大家都看", "念出来", "喊出来", "广播"}, []string{"公示", "公布", "张贴", "公开", "贴"}, Negation},
}

// turnedCues are words that may not stand where the ground denies what they say.
var turnedCues = []cue{
	{[]string{"贴出来", "贴在", "贴到", "上墙", "大家都看", "街坊", "村口", "广播"}, []string{"不公示", "不宜设置公示", "不宜公示", "不得公开", "不设置公示", "保密"}, Negation},
}

// concession is 就算 where it grants something away: 就算在上班，也能领. Elsewhere it says what counts as what.
var concession = regexp.MustCompile(`(^|[，。；])就算[^，]+，[^，]*(也|还|照样|一样|都)`)

// cueWord is a word of a cue.
type cueWord struct {
	word string
	cue  *cue
}

// cueWords are the words of the cues by their first character.
var cueWords = func() map[rune][]cueWord {
	by := map[rune][]cueWord{}
	for i := range cues {
		for _, word := range cues[i].says {
			first, _ := utf8.DecodeRuneInString(word)
			by[first] = append(by[first], cueWord{word, &cues[i]})
		}
	}
	return by
}()

// checkCues: what changes a rule stands in the ground.
func (s *sentence) checkCues() Reason {
	if s.support == "" {
		return ""
	}
	for i, r := range s.words {
		for _, w := range cueWords[r] {
			if strings.HasPrefix(s.words[i:], w.word) && !strings.Contains(s.support, w.word) && !containsAny(s.support, w.cue.needs...) {
				return w.cue.reason
			}
		}
	}
	if strings.Contains(s.words, "就算") && concession.MatchString(s.words) && !containsAny(s.support, "即使", "继续", "仍", "不受", "不论", "无论", "不限", "任何", "不计", "不得") {
		return Negation
	}
	for _, c := range turnedCues {
		if containsAny(s.words, c.says...) && containsAny(s.support, c.needs...) && !denies(s.words) {
			return c.reason
		}
	}
	return ""
}
