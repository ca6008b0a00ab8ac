package guard

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// roles are people and papers that a rule names; each with its other names. Longer words hide shorter ones in them.
var roles = [][]string{
	{"被收养人"}, {"送养人"}, {"收养人", "收养的人"}, {"新生"}, {"老生", "在校生"}, {"毕业生"}, {"打人的", "施暴", "加害"}, {"打工", "务工", "外出"}, {"告诫书"}, {"朋友", "熟人"}, {"同学"}, {"邻居", "街坊"}, {"兄弟姐妹", "兄弟", "姐妹"}, {"同事"}, {"房东"},
	{"高中", "普高", "高一", "高二", "高三", "学历教育"}, {"大学", "高校", "本专科", "本科"}, {"研究生"},
	{"结婚证"}, {"离婚证", "离婚协议"}, {"出生证", "出生医学证明"}, {"居住证"}, {"残疾证", "残疾人证"}, {"户口簿", "户口本"}, {"身份证"}, {"病历", "诊断"}, {"判决书", "判决"}, {"收入证明"}, {"驾驶证"}, {"房产证"}, {"银行卡", "存折"}, {"死亡证明"},
}

var rolesAsked = option(roles)

// checkRoles: people and papers that a sentence names stand in its passage, its slots or the question.
func (s *sentence) checkRoles() Reason {
	if len(s.span) == 0 {
		return ""
	}
	if !namesRole(s.plain) {
		return ""
	}
	mine := rolesAsked.all(s.plain)
	if mine == 0 {
		return ""
	}
	known := rolesAsked.all(s.support) | rolesAsked.all(s.where)
	if mine&^known == 0 {
		return ""
	}
	if known |= rolesAsked.all(s.guard.asks); mine&^known == 0 && s.namesNoOther(mine) {
		return ""
	}
	if rolesAsked.all(s.spanned) == 0 {
		known |= rolesAsked.all(s.passage.words)
	}
	if mine&^known != 0 {
		return Label
	}
	return ""
}

// roleStarts are the first characters of the roles, with the words.
var roleStarts = func() map[rune][]string {
	by := map[rune][]string{}
	for _, names := range roles {
		for _, name := range names {
			first, _ := utf8.DecodeRuneInString(name)
			by[first] = append(by[first], name)
		}
	}
	return by
}()

// namesRole tells quickly whether words name any of the roles.
func namesRole(words string) bool {
	for i, r := range words {
		for _, name := range roleStarts[r] {
			if strings.HasPrefix(words[i:], name) {
				return true
			}
		}
	}
	return false
}

// namesNoOther tells whether the span names none of these people and papers but those of the sentence.
func (s *sentence) namesNoOther(mine uint) bool {
	return rolesAsked.all(s.spanned)&^mine == 0
}

// antonyms are what a rule says and what turns it.
var antonyms = []struct{ rule, turns []string }{
	{[]string{"停发", "停止发放", "不再发"}, []string{"照发", "不会停", "不停", "接着发", "继续发"}},
	{[]string{"免试"}, []string{"考试", "考个试", "要考", "先考"}},
	{[]string{"补齐", "补办"}, []string{"不用补", "不必补", "不补", "免补"}},
	{[]string{"征得", "同意"}, []string{"不用问", "不必问", "都行", "不用同意"}},
	{[]string{"陪同", "陪护"}, []string{"自己一个人", "独自", "单独去", "自己去"}},
	{[]string{"代为", "可以代"}, []string{"必须本人", "只能本人", "要本人"}},
	{[]string{"立即", "及时", "尽快"}, []string{"等几天", "先等等", "过一阵", "缓一缓", "不着急"}},
	{[]string{"偿还", "贷款"}, []string{"不用还", "不必还", "白给"}},
	{[]string{"免费", "免收", "免除"}, []string{"要收费", "要交钱", "先垫", "打折"}},
	{[]string{"保密", "不公开"}, []string{"会公开", "会告诉", "会通知学校"}},
}

var firstForm = regexp.MustCompile(`先(?:行|去|要|把|得|可以)?(\p{Han}{2,4})`)

// checkTurns: what a rule says is not turned by another word, and what comes first stays first.
func (s *sentence) checkTurns() Reason {
	if len(s.span) == 0 {
		return ""
	}
	for _, a := range antonyms {
		if containsAny(s.words, a.turns...) && containsAny(s.spanned, a.rule...) && !containsAny(s.spanned, a.turns...) {
			return Negation
		}
	}
	if !strings.Contains(s.words, "先") || !strings.Contains(s.spanned, "先") {
		return ""
	}
	for _, m := range firstForm.FindAllStringSubmatch(s.words, -1) {
		shared, other := false, false
		for _, g := range firstForm.FindAllStringSubmatch(s.spanned, -1) {
			shared = shared || strings.ContainsAny(m[1], g[1])
		}
		other = sharedPairs(m[1], s.spanned) > 0
		if !shared && other {
			return Rival
		}
	}
	return ""
}
