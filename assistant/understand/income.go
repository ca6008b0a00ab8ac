package understand

import (
	"slices"
	"strings"

	"xiaohe/knowledge/benefit"
)

// moneyWords: the code of income is what the money is.
var moneyWords = []entry{
	{income, "工资", "工资 到手 挣 赚 月薪 薪水 挣钱 赚钱 工钱 发工资 月收入 拿到手 收入 拿"},
	{income, "人均", "人均 人均收入 人均月收入 人均每月收入 月人均收入 人平 人平收入 平均每人 平均每个人 平均一个人 平均一人 每人平均 每个人平均 一个人平均 每人每月 人均纯收入 一个人一个月平均 平均下来每人 平均下来一个人 平均到每个人 摊到每个人 平摊下来 人均可支配收入 平均下来一人 平均每人每月 平均下来每人每月 平均下来每个人"},
	{income, "经营", "种田 卖菜 养猪 养鸡 经营收入 收成 卖粮 做生意收入 种庄稼 种菜"},
	{income, "转移", "养老金 退休金 养老钱 老保 抚养费 赡养费 老人钱 退休工资 养老保险"},
	{income, "财产", "房租 利息 租金 房租利息 流转费 土地流转 地租 租金收入 房租收入"},
	{income, "其他", "别的收入 其他收入 其它收入 别的啥收入 别的任何收入 其他的收入 别的收入来源 其他经济来源 别的经济来源 其他来源 别的钱"},
	{income, "送钱", "人给钱 人给我们钱 人寄钱 人给抚养费 人给"},
	{income, "开销", "看病开销 看病的开销 看病的花销 固定看病 药费 医药费 看病开支 固定药费 固定的药费 固定的医药费 固定的药 这方面开销 这方面花销 看病吃药 固定的开销 固定开销 固定花销 看病的固定开销 这方面的开销 固定支出 看病花销 看病钱 固定开支 病人"},
	{income, "自付", "自己花了 自己出了 自己掏了 自己花 自己掏 自费 自付 自己还花了 还要自己出 还花了"},
	{income, "车", "车 小汽车 轿车 汽车 小车"},
	{income, "存款", "大额存款 大笔存款 多的存款 存款 积蓄 存钱 余钱 银行存款"},
	{income, "房", "多余的房 别的房 房 多套住房 多处房产 第二套住房 多余房产 房产出租 多的房子 多的房 房产 房子 套房 商品房 住房 第二套房 其他房 多余房子 多套房"},
	{saidMonth, "", "每月 每个月 一个月 月 按月 每人每月 每 一月 月月 个月"},
	{saidYear, "", "每年 一年 年 全年 一年到头 一年下来"},
	{other, "", "看病难 车间 车站 车祸现场 公交车 火车 房东 货车司机 救护车 开车的 年前 年后 年轻 月子 拿不到 拿不出 拿到 拿什么 拿去 拿来"},
}

// incomeFacts are the facts of the kinds of income.
var incomeFacts = map[string]string{
	"人均": "家庭.人均月收入", "工资": "家庭.工资收入", "经营": "家庭.经营收入", "转移": "家庭.转移收入", "财产": "家庭.财产收入", "开销": "家庭.可扣支出", "自付": "孩子.自付医疗费", "送钱": "家庭.转移收入",
}

// incomes reads amounts of money with what they are for.
func (r *reader) incomes() {
	for i, t := range r.m.tokens {
		if t.used || t.kind != money && t.kind != number || !r.asserted[i] {
			continue
		}
		if t.kind == number && (t.lo < 50*one || r.correctsNumber(i, age)) {
			continue
		}
		r.amount(i)
	}
	for i, t := range r.m.tokens {
		if t.kind == income && r.claimed(i) {
			r.noIncome(i)
		}
		if t.kind == working && r.claimed(i) && runsBusiness(r.m.text(t)) && r.denied(i) && !r.stated["家庭.经营收入"] {
			r.says(i, i, "家庭.经营收入", benefit.Number(0, 0))
		}
	}
	r.property()
}

// amount reads the amount at i: its topic stands before it in the clause, or right after.
func (r *reader) amount(i int) {
	topic, at := r.topic(i)
	t := r.m.tokens[i]
	if topic == "" && r.shareOfBefore(i) {
		topic = lowIncome
	}
	if topic == "" || r.daily(i) || topic == "财产" && r.rents() {
		return
	}
	monthly := !r.yearly(i, topic)
	lo, hi := t.lo, t.hi
	if topic != "自付" && !monthly {
		lo, hi = lo/12, (hi+11)/12
	}
	switch topic {
	case lowIncome:
		if r.ownShare(i, at) {
			r.childSays(at, i, "孩子.低保金月额", benefit.Number(lo, hi))
		}
		return
	case destitute:
		r.childSays(at, i, "孩子.特困金月额", benefit.Number(lo, hi))
		return
	case hardship, disabled2:
		r.childSays(at, i, "孩子.困残补贴月额", benefit.Number(lo, hi))
		return
	}
	fact := incomeFacts[topic]
	if fact == "" || r.stated[fact] || strings.HasPrefix(fact, "家庭.") && !r.householdMoney(i) {
		return
	}
	if topic == "自付" {
		r.childSays(min(at, i), max(at, i), fact, benefit.Number(lo, hi))
		return
	}
	if j, ok := r.another(i); ok {
		lo, hi, i = lo+r.m.tokens[j].lo, hi+r.m.tokens[j].hi, j
	}
	r.says(min(at, i), max(at, i), fact, benefit.Number(lo, hi))
	r.told[fact] = "有"
}

// daily tells that the amount at i is for a day: how many days are worked is not known.
func (r *reader) daily(i int) bool {
	before := string(r.m.norm[max(0, r.m.tokens[i].from-3):r.m.tokens[i].from])
	return strings.Contains(before, "一天") || strings.Contains(before, "每天") || strings.Contains(before, "日薪")
}

// rents tells that the household pays the rent it speaks of.
func (r *reader) rents() bool {
	text := r.m.plain
	return strings.Contains(text, "租的") || strings.Contains(text, "租房") || strings.Contains(text, "交房租") || strings.Contains(text, "付房租") || strings.Contains(text, "交不起")
}

// another finds the second person's amount of the same income: 老伴养老金180，我190.
func (r *reader) another(i int) (int, bool) {
	j := r.m.skip(i+1, stop, filler)
	if j+1 >= len(r.m.tokens) || !in(r.m.tokens[j].kind, kin, pronoun) || !in(r.m.tokens[j+1].kind, money, number) || r.m.tokens[j+1].lo < 50*one {
		return 0, false
	}
	r.m.tokens[j+1].used = true
	return j + 1, true
}

// topic is what the amount at i is for, and the token that says so.
func (r *reader) topic(i int) (string, int) {
	tokens := r.m.tokens
	for j := i - 1; j >= max(0, i-8); j-- {
		switch t := tokens[j]; {
		case t.kind == status:
			return strings.TrimSuffix(t.code, "!"), j
		case t.kind == income && incomeFacts[t.code] != "":
			if t.code == "人均" && r.ofRule(j) {
				return "", 0
			}
			if r.m.text(t) == "收入" && strings.ContainsAny(string(r.m.norm[max(0, t.from-10):t.from]), "亩种养") {
				return "经营", j
			}
			if t.code == "工资" && (r.m.text(t) == "月收入" || r.m.text(t) == "拿" || r.m.text(t) == "收入" || r.m.text(t) == "赚" || r.m.text(t) == "挣") {
				if topic, at := r.topic(j); topic != "" && j > 0 && !r.stopBetween(at, j) {
					return topic, at
				}
			}
			return t.code, j
		case t.kind == working:
			if runsBusiness(r.m.text(t)) {
				return "经营", j
			}
			return "工资", j
		case t.kind == contact && t.code == "money" || t.kind == money:
			return "", 0
		case t.kind == stop && (t.code == "." || j > 0 && tokens[j-1].kind == status && !in(tokens[j+1].kind, saidMonth, money, number)):
			return "", 0
		}
	}
	if j := r.m.skip(i+1, de); j < len(tokens) && tokens[j].kind == income && incomeFacts[tokens[j].code] != "" && tokens[j].to-tokens[j].from > 1 {
		return tokens[j].code, j // 每月1000块养老金
	}
	return "", 0
}

// ofRule tells that the average income at i is a line of the rules: 低保标准人均1301, 人均低于2000.
func (r *reader) ofRule(i int) bool {
	t := r.m.tokens[i]
	before := string(r.m.norm[max(0, t.from-8):t.from])
	after := string(r.m.norm[t.to:min(len(r.m.norm), t.to+6)])
	return r.policy || containsAny(before, "标准", "线", "规定", "条件") || containsAny(after, "低于", "不超过", "超过", "以下", "标准", "线")
}

// runsBusiness tells whether the work is one's own and no employment.
func runsBusiness(work string) bool {
	return strings.Contains(work, "种地") || strings.Contains(work, "农") || strings.Contains(work, "生意") || strings.Contains(work, "开店") || strings.Contains(work, "摆摊")
}

// yearly tells whether the amount at i is for a year.
func (r *reader) yearly(i int, topic string) bool {
	tokens := r.m.tokens
	for j := i - 1; j >= max(0, i-5); j-- {
		t := tokens[j]
		if t.kind == saidMonth || t.kind == duration && t.lo == 1 {
			return false
		}
		if t.kind == saidYear || t.kind == duration && t.lo == 12 {
			return true
		}
	}
	for j := i + 1; j < min(len(tokens), i+3); j++ {
		t := tokens[j]
		if t.kind == saidMonth || t.kind == duration && t.lo == 1 {
			return false
		}
		if t.kind == saidYear || t.kind == duration && t.lo == 12 {
			return true
		}
	}
	return false
}

// shareOfBefore tells that the amount at i is the child's share of 低保 named a clause before: 家里吃低保，孩子名下每月800.
func (r *reader) shareOfBefore(i int) bool {
	before := string(r.m.norm[max(0, r.m.tokens[i].from-8):r.m.tokens[i].from])
	return containsAny(before, "孩子名下", "娃名下", "他名下", "她名下") && slices.ContainsFunc(r.m.tokens[:i], func(t token) bool { return t.kind == status && strings.HasPrefix(t.code, lowIncome) })
}

// ownShare tells whether a sum of 低保 is the child's and not the household's: 孩子名下, 孩子本人.
func (r *reader) ownShare(i, at int) bool {
	from := max(0, at-5)
	for from < at && r.m.tokens[from].kind == stop {
		from++
	}
	text := string(r.m.norm[r.m.tokens[from].from:r.m.tokens[i].from])
	return strings.Contains(text, "孩子低保") || strings.Contains(text, "名下") || strings.Contains(text, "本人") || strings.Contains(text, "孩子的") || strings.Contains(text, "孩子自己") || strings.Contains(text, "孩子那份") || strings.Contains(text, "娃名下") || strings.Contains(text, "孩子每月低保")
}

// householdMoney tells whether an income belongs to the people who live together: a parent who is away does not count.
func (r *reader) householdMoney(i int) bool {
	w := r.subjects[i].who
	if !w.role.isParent() || w.self || w.role == both {
		return true
	}
	return r.speaker == speaksFather || r.speaker == speaksMother || r.speaker == speaksParent
}

// noIncome reads what the household does not have: 没有别的收入, 没种地没做生意, 没有房租.
func (r *reader) noIncome(i int) {
	t := r.m.tokens[i]
	if !r.denied(i) {
		return
	}
	switch t.code {
	case "其他":
		for _, topic := range []string{"工资", "经营", "转移", "财产"} {
			if fact := incomeFacts[topic]; !r.stated[fact] && r.told[fact] == "" {
				r.says(i, i, fact, benefit.Number(0, 0))
			}
		}
	case "车", "存款", "房", "自付":
	default:
		if fact := incomeFacts[t.code]; !r.stated[fact] && r.m.text(t) != "收入" && r.m.text(t) != "拿" && r.m.text(t) != "挣" && r.m.text(t) != "到手" {
			r.says(i, i, fact, benefit.Number(0, 0))
		}
	}
}

// denied tells that there is none of what stands at i: 没有房租利息, 别的收入一分没有.
func (r *reader) denied(i int) bool {
	tokens := r.m.tokens
	for j := i - 1; j >= max(0, i-5); j-- {
		if tokens[j].kind == negation {
			return true
		}
		if !in(tokens[j].kind, filler, income, having, de, list, working, together) {
			break
		}
	}
	for j := i + 1; j < min(len(tokens), i+6); j++ {
		t := tokens[j]
		if t.kind == negation {
			k := r.m.skip(j+1, filler)
			k = r.m.skip(k, de)
			return k >= len(tokens) || in(tokens[k].kind, stop, negation, list)
		}
		if !in(t.kind, filler, income, working, together, number, money, having, list, other, de) || t.kind == other && r.m.text(t) != "分" {
			return false
		}
	}
	return false
}

// property reads cars, houses and savings: the household has none to count, or it has.
func (r *reader) property() {
	var none, some []int
	fact := "家庭.财产合规"
	for i, t := range r.m.tokens {
		if t.kind != income || !slices.Contains([]string{"车", "存款", "房"}, t.code) || !r.claimed(i) {
			continue
		}
		if p := r.subjects[i].who; p.role.isParent() && !p.self && strings.Contains(string(r.m.norm[max(0, t.from-10):t.from]), "名下") && p.role.parent() != "" {
			fact = p.role.parent() + ".财产合规"
		}
		switch many := r.many(i); {
		case r.denied(i):
			none = append(none, i)
		case t.code == "房" && !many:
		case many, r.before(i, 2, having):
			some = append(some, i)
		}
	}
	switch {
	case len(some) > 0:
		r.says(some[0], some[len(some)-1], fact, yesNo(false))
	case len(none) > 1, len(none) > 0 && r.pendingIs(".财产合规"):
		r.says(none[0], none[len(none)-1], fact, yesNo(true))
	}
}

// many tells how the thing at i is counted: 两套房, 一辆车, 存款上百万.
func (r *reader) many(i int) bool {
	t := r.m.tokens[i]
	from := max(0, t.from-3)
	before := string(r.m.norm[from:t.from])
	after := string(r.m.norm[t.to:min(len(r.m.norm), t.to+3)])
	switch t.code {
	case "房":
		return strings.ContainsAny(before, "两二三四五几多") && !strings.Contains(before, "一") && strings.ContainsAny(before+r.m.text(t), "套处")
	case "车":
		return strings.Contains(before, "辆") || strings.Contains(before, "有台")
	}
	return strings.Contains(after, "万") || strings.Contains(before, "还有")
}

// together tells whether the count at i is of those who live with the speaker: 祖孙三人, 家里就我和孙子两个人.
func (r *reader) together(i int) bool {
	from := max(0, r.m.tokens[i].from-12)
	text := string(r.m.norm[from:r.m.tokens[i].from])
	for _, w := range []string{"祖孙", "母子", "母女", "父子", "父女", "家里就", "就我和", "就我跟", "家里只有", "只有我和", "家里现在"} {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// heads reads how many people live together.
func (r *reader) heads() {
	for i, t := range r.m.tokens {
		if t.kind != head || !r.asserted[i] || t.lo < 2 || r.stated["家庭.共同生活人数"] {
			continue
		}
		word := r.m.text(t)
		ours := r.together(i) || i > 0 && (r.m.tokens[i-1].kind == household || r.m.tokens[i-1].kind == pronoun && r.m.tokens[i-1].code == "we" || r.m.tokens[i-1].kind == childcount)
		alone := i > 1 && i+1 < len(r.m.tokens) && r.m.tokens[i+1].kind == raising && in(r.m.tokens[i-1].kind, kin, pronoun) && in(r.m.tokens[i-2].kind, join, kin, pronoun)
		if alone || strings.Contains(word, "口") || r.pendingIs(".共同生活人数") || ours || strings.Contains(string(r.m.norm[max(0, t.from-6):t.from]), "一共") {
			r.says(i, i, "家庭.共同生活人数", benefit.Number(t.lo, t.hi))
		}
	}
}
