package guard

import "strings"

// rivals are groups of words of which only one can be right. Where the span has one member, a sentence may not have
// another.
var rivals = []option{
	{{"户籍", "户口所在", "户口在", "老家"}, {"居住地", "住所地", "现住地", "住的地方", "现在住", "居住证"}, {"急难发生地", "出事", "事发地", "发生地"}, {"就读", "读书的", "上学的学校"}, {"出生地", "出生的地方"}, {"受理地"}},
	{{"次月", "下月", "下个月", "下一个月", "第二个月"}, {"当月", "这个月", "本月", "之月", "那个月"}, {"次年", "下一年"}, {"当天", "当日"}},
	{{"县级", "县里", "区县", "县民政", "县残联", "区里"}, {"省级", "省里", "省民政"}, {"市级", "市里"}, {"国家级", "中央"}},
	{{"全额"}, {"补差", "差额"}},
	{{"同时", "一起领", "都能领", "叠加"}, {"择一", "只能选", "二选一", "选一"}},
	{{"每户", "每家", "一户"}, {"每人", "每孩", "每生", "每个人", "每个孩子"}},
	{{"公办"}, {"民办", "私立"}},
	{{"非寄宿", "不住校", "走读"}, {"寄宿", "住校", "住读"}},
	{{"提高", "上调", "涨", "增加"}, {"降低", "下调", "下降", "减少", "降"}},
	{{"春季", "春天"}, {"秋季", "秋天", "秋里"}},
	{{"低于", "少于", "小于", "不到", "不足"}, {"高于", "大于", "多于", "超过"}},
	{{"一次性", "只进行一次", "只给一次", "只能一次"}, {"多次", "反复", "好几次", "不限次", "再次"}},
	{{"农村", "乡下"}, {"城市", "城里", "城镇"}},
	{{"县级以上"}, {"县级以下"}},
	{{"立即", "马上", "及时", "立刻"}, {"过几天", "不急着"}},
	{{"自愿", "自主", "自己选", "自己挑"}, {"指定", "指派", "安排好"}},
	{{"书面"}, {"口头", "电话告知"}},
	{{"工作日"}, {"自然日"}},
	{{"之前", "以前", "事前"}, {"之后", "以后", "事后", "过后"}},
	{{"散居"}, {"机构养育", "集中供养", "集中养育"}},
	{{"未成年", "没成年", "没有成年", "还没成年"}, {"成年"}},
	{{"重度", "重残"}, {"轻度", "轻残"}, {"中度"}},
	{{"无业", "没工作", "没有工作", "不上班"}, {"有工作", "在职"}},
	{{"月收入"}, {"年收入"}},
	{{"急难型"}, {"支出型"}},
	{{"现金"}, {"银行", "账户", "转账"}},
	{{"人均"}, {"总收入", "全家收入"}},
	{{"减免"}, {"全免", "全部免", "免收", "一分不收"}, {"不减", "照收", "不免"}},
	{{"学前教育", "幼儿园", "小学", "初中", "高中", "义务教育"}, {"大学", "本科", "大专"}},
	{{"学生", "每生", "孩子", "儿童"}, {"老师", "教师", "职工"}},
}

// maskedIn hides words that only look like a member: 低于 in 不低于.
var maskedIn = strings.NewReplacer("不低于", "＋", "不少于", "＋", "不超过", "－", "不高于", "－", "不得超过", "－", "不得低于", "＋", "不得少于", "＋", "不大于", "－")

// checkRivals compares every group with the ground.
func (s *sentence) checkRivals() Reason {
	if s.support == "" {
		return ""
	}
	if strings.Contains(s.words, "不超过") && len(s.facts.quantities) == 0 && strings.Contains(s.support, "超过") && !containsAny(s.support, "不超过", "不得超过", "不能超过") {
		return Comparator
	}
	said, ground := maskedIn.Replace(s.words), maskedIn.Replace(s.support)
	for _, group := range rivals {
		mine, theirs := group.all(said), group.all(ground)
		if theirs == 0 && s.passage != nil { // the span leaves it to the words round it
			theirs = group.all(s.passage.words)
		}
		if theirs == 0 || mine&^theirs == 0 {
			continue
		}
		return Rival
	}
	return ""
}

// all tells which members stand in words, a bit each; a longer word hides a shorter one in it.
func (o option) all(words string) uint {
	var found uint
	for i, synonyms := range o {
		for _, w := range synonyms {
			if strings.Contains(words, w) {
				found |= 1 << i
				words = strings.ReplaceAll(words, w, "□")
			}
		}
	}
	return found
}

// bodies are those whom families are sent to; each with its other names.
var bodies = [][]string{
	{"街道", "乡镇", "镇上", "乡里", "镇里", "镇街", "乡政府", "镇政府", "人民政府"},
	{"民政"}, {"残联", "残疾人联合会"}, {"医保局", "医保窗口", "医保部门", "医保中心", "医疗保障"}, {"教育局", "教育部门", "教育行政", "教委"},
	{"学校", "老师", "班主任", "校长"}, {"幼儿园", "就读园", "学前教育"}, {"派出所", "公安", "警察", "报警", "警方"}, {"法院", "起诉", "法官"}, {"检察"}, {"妇联", "妇女联合会"}, {"共青团", "团委"},
	{"司法局", "司法所", "律师", "法律援助机构", "法律援助中心"}, {"村委", "居委", "村（居）", "村里", "社区", "村民委员会", "居民委员会", "儿童主任", "大队"},
	{"福利院", "机构养育", "儿童福利机构", "福利机构"}, {"医院", "医生", "大夫"}, {"卫健", "卫生院"}, {"工会"}, {"救助站", "救助管理"}, {"财政"}, {"银行", "信用社"}, {"信访"}, {"电视台", "记者", "媒体"}, {"人社", "社保局"},
	{"县里", "县级", "县上", "区县", "县民政", "县残联", "县医保", "县教育"}, {"市里", "市级", "市民政"}, {"省里", "省级", "省民政", "省政府"},
	{"慈善", "基金会", "红十字"}, {"政务大厅", "办事大厅", "便民中心"}, {"纪委", "监察委"}, {"书记", "村长", "镇长"},
}

// checkBodies: an office, school or person that a sentence names stands in its ground.
func (s *sentence) checkBodies() Reason {
	words := strings.ReplaceAll(s.plain, "民政部令", "")
	ground := s.support
	if s.passage != nil && (!namesBody(s.spanned) || s.keepsBodies()) {
		ground += s.passage.words // the span leaves out who acts
		for _, slot := range s.guard.slots {
			ground += string(slot.text)
		}
	}
	for _, m := range s.named {
		if slot, ok := s.guard.slots["去哪:"+m.id]; ok && s.passage == nil {
			ground += string(slot.text)
		}
	}
	for _, names := range bodies {
		if !containsAny(words, names...) || containsAny(ground, names...) {
			continue
		}
		if !(containsAny(s.guard.asks, names...) && (s.retold || s.support == "" && strings.Contains(s.words, "？") || youAre(words, names))) {
			return Rival
		}
	}
	return ""
}

// fates are what a rule says of one parent.
var fates = [][]string{{"服刑", "坐牢", "判刑"}, {"重病", "大病"}, {"残疾", "重残"}, {"失联", "没音讯", "失去联系"}, {"死亡", "去世", "过世", "死了"}, {"失踪"}, {"戒毒", "吸毒"}, {"改嫁", "再婚"}, {"撤销"}, {"外出", "打工", "务工"}}

// parentsSwapped tells whether the span says of the father what the sentence says of the mother.
func (s *sentence) parentsSwapped() bool {
	for _, fate := range fates {
		a, b := parentBefore(s.words, fate), parentBefore(s.spanned, fate)
		if a == '祖' && b == 0 && containsAny(s.spanned, fate...) && !containsAny(s.guard.asks, grandparents...) {
			return true
		}
		if a != 0 && b != 0 && a != b && (a == '祖' || b != '双' && a != '双') {
			return true
		}
	}
	return false
}

// parentBefore is who is named last before one of these words: 父, 母, 双 for both, 祖 for a grandparent, 0 for nobody.
func parentBefore(words string, fate []string) rune {
	for _, w := range fate {
		at := strings.Index(words, w)
		if at < 0 {
			continue
		}
		father, mother := lastOf(words[:at], fathers), lastOf(words[:at], mothers)
		both, grand := lastOf(words[:at], bothParents), lastOf(words[:at], grandparents)
		switch {
		case grand > father && grand > mother && grand > both:
			return '祖'
		case both >= father && both >= mother && both > 0:
			return '双'
		case father == mother:
			return 0
		case father > mother:
			return '父'
		}
		return '母'
	}
	return 0
}

func lastOf(words string, names []string) int {
	best := -1
	for _, n := range names {
		if at := strings.LastIndex(words, n); at >= 0 {
			best = max(best, at+len(n))
		}
	}
	return best
}

// oneParentOnly tells whether the sentence says of one parent what the span says of both, and the person did not speak of
// that parent.
func (s *sentence) oneParentOnly() bool {
	if !containsAny(s.spanned, "父母", "双方") || containsAny(s.spanned, "一方", "父亲", "母亲", "或者其他") || containsAny(s.words, "父母", "爸妈", "双方", "爹妈", "爹娘", "爸爸妈妈", "两个") {
		return false
	}
	asks := bothNames.Replace(s.guard.asks)
	return containsAny(s.words, fathers...) && !containsAny(asks, fathers...) || containsAny(s.words, mothers...) && !containsAny(asks, mothers...) || containsAny(s.words, "一方", "有一个没", "其中一个")
}

// bothNames name both parents at once.
var bothNames = strings.NewReplacer("父母", "", "爸妈", "", "爹妈", "", "爹娘", "", "爸爸妈妈", "")

// keepsBodies tells whether the sentence names every office of its span: another one is then who acts, not whom the
// office was exchanged for.
func (s *sentence) keepsBodies() bool {
	for _, names := range bodies {
		if containsAny(s.spanned, names...) && !containsAny(s.plain, names...) {
			return false
		}
	}
	return true
}

func namesBody(words string) bool {
	for _, names := range bodies {
		if containsAny(words, names...) {
			return true
		}
	}
	return false
}

// youAre tells whether words call the reader by one of these names: 您是儿童主任.
func youAre(words string, names []string) bool {
	for _, name := range names {
		if containsAny(words, "您是"+name, "你是"+name, "您这个"+name) {
			return true
		}
	}
	return false
}

var (
	fathers      = []string{"父亲", "父", "爸", "爹", "孩子他爸", "老汉"}
	mothers      = []string{"母亲", "母", "妈", "娘"}
	bothParents  = []string{"父母", "爸妈", "双方", "一方", "爹妈", "爹娘", "爸爸妈妈", "妈妈爸爸"}
	grandparents = []string{"爷爷", "奶奶", "外公", "外婆", "祖父", "祖母", "姥姥", "姥爷", "公公", "婆婆"}
	otherKin     = []string{"舅", "姨", "叔", "伯", "姑", "嫂", "继父", "继母", "后爸", "后妈", "养父", "养母"}
)

// checkKin: a rule about the father is not told of the mother, one about parents not of others.
func (s *sentence) checkKin() Reason {
	if len(s.span) == 0 {
		return ""
	}
	span, question := s.spanned, s.guard.asks
	if containsAny(s.words, otherKin...) && !containsAny(span, otherKin...) && !containsAny(question, otherKin...) {
		return Kin
	}
	if containsAny(span, "父", "母") && containsAny(s.words, grandparents...) && !containsAny(span, "祖父", "祖母") && !containsAny(question, grandparents...) {
		return Kin
	}
	if s.parentsSwapped() {
		return Kin
	}
	if s.oneParentOnly() {
		return Kin
	}
	if containsAny(span, bothParents...) || containsAny(s.words, bothParents...) {
		return ""
	}
	father, mother := containsAny(span, "父亲", "爸"), containsAny(span, "母亲", "妈")
	saysFather, saysMother := containsAny(s.words, fathers...), containsAny(s.words, mothers...)
	if father != mother && (saysFather || saysMother) && (father && !saysFather || mother && !saysMother) {
		return Kin
	}
	return ""
}
