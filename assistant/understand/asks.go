package understand

import (
	"reflect"
	"strings"
)

// askWords: the code is the field of Asks.
var askWords = []entry{
	{ask, "What", "可申请的 可以申请的 能申请的 请协助判断 能享受啥 能领什么 能领啥 领什么 领啥 能领哪些 有什么补助 有没有补助 有什么补贴 有没有补贴 能申请什么 可以申请什么 能领什么补助 有啥补助 有啥补贴 能享受什么 能领吗 能领不 能领不领 能不能领 可以领 可以领吗 能领钱吗 能不能申请 能申请吗 能办什么 有什么政策 有哪些政策 能不能纳入 能否纳入 可否纳入 能拿什么 能领什么钱 可以领什么 有没有钱 有没有什么补助 有没有什么补贴 能领啥子 有什么能领的 有什么钱 哪些补助 哪些补贴 哪些政策 符合什么 有没有人管 能领不能 享受啥 享受什么 给不给钱 能拿钱 拿得到钱 有啥说法 有什么说法 有钱拿 有没有钱拿 有没有钱领 有钱领 能不能拿 政府管不管 国家管不管 能帮什么 有什么帮助 有没有帮助 能不能办 能不能认定"},
	{ask, "HowMuch", "多少钱 每月多少 一个月多少 领多少 能领多少 有多少 标准多少 标准是多少 多少 好多钱 几多钱 发多少 一月多少 补多少 拿多少 每个月多少 几块钱 多少元 多少补助"},
	{ask, "WhyNot", "为什么不能 为什么不行 为啥不能 为啥不行 凭什么不给 怎么不能 为什么不符合 为啥不符合 为什么没有 为什么领不了 怎么就不行 为什么不给 为啥不给 为什么不可以 怎么不行"},
	{ask, "Why", "为什么 为啥 凭什么 怎么算的 依据是什么 什么依据 哪条规定 根据什么 怎么算出来的 咋算的 为什么能"},
	{ask, "Papers", "带什么 要带什么 什么材料 哪些材料 要什么材料 需要什么材料 准备什么 什么手续 要啥材料 带啥 带哪些 什么证件 哪些证件 要什么证明 交什么材料"},
	{ask, "Where", "去哪 去哪办 去哪里 在哪办 哪里办 找谁 到哪 去哪儿 在哪里办 找哪个部门 哪个部门 在哪申请 去哪申请 上哪 去哪里办 去哪儿办 到哪办 哪里申请 到哪里办 找哪里 在哪领 哪办"},
	{ask, "How", "怎么办理 怎么申请 如何申请 怎么领 怎么弄 咋办理 怎么办 咋办 咋个办 咋个申请 咋个弄 怎么个办法 啷个办 咋整 点办 怎个办 咋申请 怎么认定 如何认定 怎么走程序 什么流程 流程"},
	{ask, "Time", "多久能办 多久办好 多长时间 要多久 几天能办好 什么时候能领 什么时候发 多久能领 多久批下来 几天批 多久能批 多久到账 多久下来"},
	{ask, "Next", "继续 接着问 接着说 下一个 下一步 继续问 往下 你问吧 您问吧 问吧"},
	{ask, "Stop", "不问了 先这样 不用了 不想说 不想答 别问了 不要问了 先不说了 到此为止 就这样吧 不说了"},
	{ask, "Rights", "不给办 不受理 推来推去 踢皮球 投诉 申诉 行政复议 复议 起诉 不批怎么办 不理 被拒绝 拒绝受理 告他们 举报 信访"},
	{policy, "", "纳入 规定 文件 条件 标准 口径 认定标准 法规 政策 认定条件 保障范围 保障对象 对象 范围 什么样的 哪些情形 哪几种 是指 定义 什么是 什么叫"},
	{other, "", "怎么办理的 多少年 不用了解 算了算"},
}

// asks reads what the person wants.
func (r *reader) asks() Asks {
	var a Asks
	fields := reflect.ValueOf(&a).Elem()
	wants, named := false, false
	for i, t := range r.m.tokens {
		switch t.kind {
		case ask:
			fields.FieldByName(t.code).SetBool(true)
		case wish, question:
			wants = true
		case status, receiving:
			named = true
			wants = wants || t.kind == status && r.closingNegation(i)
		}
	}
	a.What = a.What || wants && named && !a.Any()
	return a
}

// closingNegation tells that the negation that ends the clause of the benefit at i makes it a question: 有补助没.
func (r *reader) closingNegation(i int) bool {
	j := r.m.skip(i+1, filler, status, receiving)
	return j < len(r.m.tokens) && r.m.tokens[j].kind == negation && r.asksByNegation(i, j)
}

// isPolicy tells whether the message asks about the rules and no family: nobody is named as one's own and the words
// are those of the rules.
func (r *reader) isPolicy() bool {
	formal := false
	for _, t := range r.m.tokens {
		switch t.kind {
		case pronoun:
			if t.code == "me" || t.code == "we" {
				return false
			}
		case policy:
			formal = true
		case ask:
			formal = formal || t.code == "How" && strings.Contains(r.m.text(t), "认定")
		}
	}
	return formal && r.c.Speaker != speaksGrand && r.c.Speaker != speaksOuter
}
