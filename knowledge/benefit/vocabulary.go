package benefit

// word is one word of the language in which rules are written. This table is the language: the loader, the JSON
// Schema, the read-aloud text and the mutations are all made from it.
type word struct {
	text   string
	op     Op
	kind   wordKind
	types  []Type // comparisons: the facts that it can be used on
	offset int64  // Less: what is added to the number that was written
	negate bool
	say    string // read aloud; %s is the operand
}

type wordKind uint8

const (
	group wordKind = iota
	comparison
	special
)

var (
	numbers = []Type{Integer, Money, Date}
	choices = []Type{YesNo, Single}
)

var vocabulary = []word{
	{text: "全部满足", op: All, kind: group, say: "下面的条件都符合"},
	{text: "任一满足", op: Any, kind: group, say: "下面任一种"},
	{text: "都不满足", op: None, kind: group, say: "下面的情形一种也没有"},
	{text: "至少满足", op: AtLeast, kind: group, say: "下面的条件至少符合 %s 条"},

	{text: "小于", op: Less, kind: comparison, types: numbers, say: "小于 %s"},
	{text: "不超过", op: Less, kind: comparison, types: numbers, offset: 1, say: "不超过 %s"},
	{text: "大于", op: Less, kind: comparison, types: numbers, offset: 1, negate: true, say: "大于 %s"},
	{text: "至少", op: Less, kind: comparison, types: numbers, negate: true, say: "至少 %s"},
	{text: "是", op: OneOf, kind: comparison, types: []Type{YesNo}, say: "是“%s”"},
	{text: "等于", op: OneOf, kind: comparison, types: choices, say: "是“%s”"},
	{text: "属于", op: OneOf, kind: comparison, types: choices, say: "是 %s 之一"},
	{text: "不属于", op: OneOf, kind: comparison, types: choices, negate: true, say: "不是 %s"},
	{text: "含任一", op: HasAny, kind: comparison, types: []Type{Multi}, say: "有 %s 之一"},
	{text: "含全部", op: HasAll, kind: comparison, types: []Type{Multi}, say: "同时有 %s"},
	{text: "低于标准", op: Below, kind: comparison, types: []Type{Money}, say: "低于当地的“%s”"},

	{text: "引用", op: Ref, kind: special, say: "%s"},
	{text: "规则", op: RuleIs, kind: special, say: "符合“%s”的条件"},
	{text: "人工", op: Manual, kind: special, say: "要由工作人员判断：%s"},
}

func findWord(text string) (word, bool) {
	for _, w := range vocabulary {
		if w.text == text {
			return w, true
		}
	}
	return word{}, false
}

// Benefits are the canonical ids: a rule set may define no others, so that every program means the same thing.
var Benefits = []string{
	"孤儿基本生活费",
	"事实无人抚养儿童基本生活补贴",
	"艾滋病病毒感染儿童基本生活费",
	"困境儿童基本生活补贴",
	"最低生活保障",
	"最低生活保障（单人户）",
	"低保边缘家庭认定",
	"刚性支出困难家庭认定",
	"特困人员救助供养",
	"临时救助",
	"医疗救助",
	"城乡居民医保参保资助",
	"残疾儿童康复救助",
	"孤儿医疗康复明天计划",
	"困难残疾人生活补贴",
	"重度残疾人护理补贴",
	"学前一年免保教费",
	"义务教育家庭经济困难学生生活补助",
	"义务教育营养改善计划",
	"普通高中国家助学金",
	"普通高中免学杂费",
	"中等职业教育国家助学金",
	"高等教育国家助学金",
	"福彩圆梦·孤儿助学",
	"育儿补贴",
	"法律援助",
	"国家司法救助",
	"临时监护",
	"流动儿童关爱服务",
}

// Closed lists of the other keys.
var (
	kinds      = []string{"现金", "认定", "服务", "减免", "报销"}
	placeNames = []string{"户籍地", "居住地", "就读地", "急难发生地", "案件地"}
	payees     = []string{"本人", "每人", "每户"}
	units      = []string{"元/月", "元/年", "元/学年", "元/天", "元/次", "%"}
	trusts     = []string{"官方", "互证", "单源", "推算"}
	seens      = []string{"官方", "全文副本", "节选副本", "节选", "摘录", "报道"}
)
