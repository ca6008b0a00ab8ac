package guard

// Reason is why a sentence may not be shown; empty if it may.
type Reason string

// The reasons.
const (
	Format     Reason = "format"
	Language   Reason = "language"
	Slots      Reason = "slot"
	Span       Reason = "span"
	Unfounded  Reason = "ground"
	Uncovered  Reason = "uncovered"
	Number     Reason = "quantity"
	Vague      Reason = "vague"
	Comparator Reason = "comparator"
	Label      Reason = "label"
	Period     Reason = "period"
	Dates      Reason = "date"
	Phone      Reason = "phone"
	Document   Reason = "document"
	Article    Reason = "article"
	Verdicts   Reason = "verdict"
	Negation   Reason = "negation"
	Operator   Reason = "operator"
	Dropped    Reason = "dropped"
	Promise    Reason = "promise"
	Diagnosis  Reason = "diagnosis"
	Legal      Reason = "legal"
	Contact    Reason = "contact"
	Private    Reason = "private"
	Role       Reason = "role"
	System     Reason = "system"
	Harmful    Reason = "harmful"
)

var reasons = []struct {
	reason Reason
	says   string
}{
	{Format, "带有排版记号、控制字符或不成句"},
	{Language, "不是汉语"},
	{Slots, "占位不认得、没填上，或者用错了地方"},
	{Span, "所引的原话在条文里找不到"},
	{Unfounded, "说了事实，却没有条文或决定卡作依据"},
	{Uncovered, "有依据里没有的词"},
	{Number, "数字在依据里找不到"},
	{Vague, "数目含糊"},
	{Comparator, "“以上、不超过、不满”与依据不一致"},
	{Label, "依据里不在一处的话接到了一起"},
	{Period, "每月、每年、一次性与依据不一致"},
	{Dates, "日期在依据里找不到"},
	{Phone, "电话不在依据和名单里"},
	{Document, "文件名或文号不在依据里"},
	{Article, "条款号不在依据里"},
	{Verdicts, "结论与决定卡不一致"},
	{Negation, "肯定、否定与依据相反"},
	{Operator, "只、都、或、且、除外与依据不一致"},
	{Dropped, "漏了依据里的条件"},
	{Promise, "作了保证"},
	{Diagnosis, "下了诊断或叫人吃药"},
	{Legal, "保证官司或处罚的结果"},
	{Contact, "叫人去联系依据以外的人或网址"},
	{Private, "索要个人信息"},
	{Role, "冒充亲人、朋友或真人"},
	{System, "说起提示词、系统或模型"},
	{Harmful, "答应保密、责怪人或说了伤害的方法"},
}

// String is the reason in plain Chinese, for reports.
func (r Reason) String() string {
	for _, known := range reasons {
		if known.reason == r {
			return known.says
		}
	}
	return string(r)
}
