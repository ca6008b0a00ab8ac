package understand

import "strings"

// Benefits received and statuses, as the code of a status word.
const (
	lowIncome = "低保"
	lowMargin = "低边"
	rigid     = "刚性支出"
	lifted    = "脱贫"
	destitute = "特困"
	hardship  = "困残补贴"
	care      = "护理补贴"
	childcare = "育儿补贴"
	disabled2 = "残疾补贴" // both subsidies for the disabled
	orphan    = "孤儿"
	abandoned = "事实无人抚养儿童"
	deprived  = "困境儿童"
	anything  = "补助" // any benefit
)

// statusFacts is the fact that a status word decides.
var statusFacts = map[string][]string{
	lowIncome: {"家庭.在享低保"}, lowMargin: {"家庭.低边认定"}, rigid: {"家庭.刚性支出认定"}, lifted: {"家庭.脱贫监测户"},
	destitute: {"孩子.在享特困"}, hardship: {"孩子.在享困残补贴"}, care: {"孩子.在享护理补贴"}, childcare: {"孩子.在享育儿补贴"},
	disabled2: {"孩子.在享困残补贴", "孩子.在享护理补贴"},
	anything:  {"家庭.在享低保", "孩子.在享特困", "孩子.在享困残补贴", "孩子.在享护理补贴"},
}

var householdWords = []entry{
	{status, lowIncome, "低保 最低生活保障 低保金 低保补贴 低保待遇 最低保障 低保证"},
	{status, lowIncome + "!", "低保户 低保家庭 低保对象 低保人家"},
	{status, lowMargin, "低边 低保边缘 低收入 低保边缘家庭 低收入家庭 边缘户"},
	{status, lowMargin + "!", "低边户 低边家庭 低保边缘户 低边对象"},
	{status, rigid, "刚性支出困难家庭 刚性支出 支出型困难家庭 支出型困难"},
	{status, lifted + "!", "脱贫户 监测户 建档立卡 建档立卡户 脱贫监测户 贫困户 防返贫监测户"},
	{status, destitute, "特困 五保 特困供养 五保户 特困人员 特困户 特困金 特困供养金 特困救助供养 特困救助"},
	{status, hardship, "困难残疾人生活补贴 困残补贴 残疾人生活补贴 困难残疾补贴 困难残疾人补贴 困难残补 残疾困难补贴 困残 困补 生活补贴 残疾困难生活补贴"},
	{status, care, "护理补贴 重残护理补贴 重度残疾人护理补贴 残疾人护理补贴 重度护理补贴 护理费 护补"},
	{status, disabled2, "残疾补贴 残疾人补贴 残补 两项补贴 残疾人两项补贴 残疾补助 残疾人补助 残疾钱"},
	{status, childcare, "育儿补贴 生育补贴 奶粉钱 育儿津贴"},
	{status, orphan, "孤儿 孤儿身份 孤儿证 孤儿待遇 孤儿补贴"},
	{status, abandoned, "事实无人抚养 事实无人抚养儿童 事实孤儿"},
	{status, deprived, "困境儿童"},
	{status, anything, "补助 补贴 救助 任何补助 任何补贴 什么补助 什么补贴 啥补助 啥补贴 救助金 补助金 政府的钱 国家补助 任何救助"},
	{other, "", "低保补贴标准 低保标准 低保线 孤儿标准 儿童福利 孤儿院长 孤儿基本生活费 事实无人抚养儿童基本生活补贴 困境儿童基本生活补贴 低收入人口 救助站 医疗救助 临时救助 法律援助 司法救助 康复救助 关爱服务"},
	{receiving, "", "吃 领 领取 享受 领过 领着 拿 拿过 拿着 享受过 办 办了 办过 评 评上 评了 批 批了 批下来 吃上 吃过 纳入 申请到 领到 拿到 办上 办理 办下来 有过 得 得过 得到 领到过 享有 评过 领的 享 办的 办的是 办着 吃的 吃着 吃的是 吃了 纳入了 领了 认定 认定为 认定的 被认定为 认定了 认定过 民政认定的"},
	{ended, "", "取消了 取消 停了 停掉 停发 被取消 没批 没批下来 不批 没评上 没通过 没办成 没办下来 没申请上 没申请 没去办 没办 没吃上 没拿到 没领到 没办过 没申请过 不给办 没办上 没得吃 还没办 还没批 没纳入 未纳入 清退 被清退 退了 退出 没领过 没领 没吃 没吃过 未享受 未领取 没享受 没评过 没有办 没有领 没有吃 没有享受 没有申请 没拿 没拿过 没沾 没沾过 没沾上 没沾边 没有拿 没弄 没有领过 没有吃过 没有办过 没得过 未享受过 未领 没得领"},
	{residence, "户籍", "户口 户籍 户口在 户籍在 户籍地 户口所在地 老家 上户 落户 户口落在 户口是 户籍是 户口是在 户口上在 老家在 老家是 上的户口 本地户口 户口还在 户籍还在 户口在老家 户籍地在 户口本上是 户口在老家是 户口本"},
	{residence, "居住", "住在 住 居住 居住在 租房 租在 现居 现住 人在 搬到 住到 生活在 来到 搬来 租住在 租住 暂住 现住在 现在住 现在住在 人现在在 住的 常住 跟到来 搬去"},
	{residence, "就读", "上学在 读书在 就读于 转学到 学校在 在校地"},
	{raising, "", "带 带着 养 养着 抚养 拉扯 带大 照看 照顾 照料 照管 管着 带到 养到 抚育 拉扯大 过 生活 住一起 过活 过日子 带的 养的 一起住 一起过 一起生活 拖着 管 监护 养育 养大 带起 养起 家养着 家住 家过 带过 照顾着 负责 供着 管的 家里养着 家里住 养活"},
	{institution, "", "福利院 儿童福利院 福利机构 儿童福利机构 孤儿院 救助保护中心 儿童村 集中供养 机构养育 集中养育 福利中心 社会福利院 机构集中养育"},
	{institution, "散居", "散居 社会散居 分散供养"},
	{institution, "寄养", "家庭寄养 民政寄养 寄养家庭"},
	{alone, "", "一个人过 一个人住 独自生活 自己过 自己住 一个人生活 独自一人 自己一个人过 自己一个人住 自己生活 一个人一户 独居 独自居住 单独生活 一个人在家过 自己照顾自己"},
	{birth, "", "出生 生的 生人 生日 出生的 出生于 生 出生日期 生下来的 生下的 生的娃 年生"},
	{urban, "农村", "农村户口 农业户口 农村户籍 农业户籍 农村的户口 农户 户口是农村 户口在农村 户口算农村 农村的 乡下户口 农村人 农业户"},
	{urban, "城市", "城镇户口 城市户口 居民户口 非农户口 城里户口 城镇户籍 非农业户口 城里的户口 非农 户口是城里 户口在城里 城里的 城镇的 城市户籍"},
	{emergency, "火灾", "着火 失火 着了火 房子烧 起火 火灾 烧光 烧没了 烧了房子 房子烧光 房子烧了 烧掉了 房子着火 家里着火 失了火"},
	{emergency, "交通事故", "车祸 出车祸 出了车祸 交通事故 被车撞 被车撞了 撞车"},
	{emergency, "突发重病", "突发重病 突发疾病 突发脑溢血 突发脑梗 突发心梗 突然病倒 突发大病 突然生病 得急病 急病 突发 抢救 送抢救 icu 重症监护"},
	{emergency, "断收", "失业 下岗 断了收入 没了收入 没收入了 停工 断了经济来源 突然没了收入"},
	{emergency, "学费医疗费突增", "学费交不起 交不起学费 医药费太高 医疗费太高 医药费花光 欠医院 欠医药费"},
	{emergency, "无", "急事 急难 突发事件 急难事"},
	{lawcase, "请求抚养费", "要抚养费 打官司要抚养费 告他要抚养费 追抚养费 抚养费官司 讨抚养费 追索抚养费 请求抚养费"},
	{lawcase, "抚养费", "不给抚养费 没给抚养费 没给孩子抚养费 抚养费都不给 抚养费不给 抚养费也不给 抚养费没给 抚养费拖 抚养费一分 给抚养费,执行不到 不付抚养费 拖欠抚养费 不出抚养费"},
	{lawcase, "虐待遗弃家暴", "身上都是伤 身上有伤 身上全是伤 浑身是伤 好几处淤青 淤青 老打他 老打她 老打孩子 经常打他 经常打她 经常打孩子 经常打娃 天天打孩子 天天打他 天天打她 往死里打 打骂孩子 家暴 虐待 被打 打我和孩子 打孩子和我 家庭暴力 保护令 遗弃 被虐待 打我们娘俩 打我跟孩子"},
	{lawcase, "交通事故等人身损害", "交通事故受伤 人身损害 工伤赔偿"},
	{lawcase, "刑事被害", "刑事被害 被人捅 被捅 被人打成重伤 被强奸 被性侵 被猥亵 被人杀 被杀害 被害人 刑事案件 被人砍 捅成重伤 打成重伤 捅伤 被人捅伤 被害"},
	{lawcase, "申请救助被拒", "低保被拒 申请被拒 救助被拒"},
	{lawcase, "无", "官司 案子 案件 打官司"},
	{other, "", "娘家 婆家 不带 带什么 带哪些 要带 带上 带钱 带回 管不了 管理 管用 带孩子来 证件 带齐 带来 带去 带走 过去 过了 过来 过年 过完 不过 过敏 过得 管管 生产 生意 生病了 学生证 生气 陌生 先生 生活费 生活困难 生活补助 生活来源 生活费标准 发生 医生说 居住证 住院费 住院了 住不起 住户 住址 住处 打零 户主 没地方住 一住"},
}

// statuses reads which benefits the family has and which it does not have.
func (r *reader) statuses() {
	for i := range r.m.tokens {
		t := r.m.tokens[i]
		if t.kind != status {
			continue
		}
		code := strings.TrimSuffix(t.code, "!")
		yes, decided := r.has(i)
		if !decided && statusFacts[code] == nil && r.recognized(i) && !r.wishedInClause(i) {
			yes, decided = true, true
		}
		if !r.asserted[i] && r.notOurs(i) {
			r.status(i, code, false) // 隔壁老王家有低保，我们家没有
			continue
		}
		if !decided || !r.claimed(i) {
			continue
		}
		r.status(i, code, yes)
	}
}

func (r *reader) status(i int, code string, yes bool) {
	switch code {
	case orphan, abandoned, deprived:
		if yes && r.recognized(i) {
			r.childSays(i, i, "孩子.已认定身份", options(code))
		} else if !yes && r.recognizedNear(i) {
			r.childSays(i, i, "孩子.已认定身份", without(code))
		}
		return
	case anything, disabled2:
		if yes {
			return
		}
	}
	if w := r.personAt(i); yes && code == destitute && (w.role == grand || w.role == outer || w.role == family || w.self && w.role != child && w.role != home) {
		r.says(i, i, "监护人.救助身份", options("特困"))
		return
	}
	for _, fact := range statusFacts[code] {
		if code == anything && r.stated[fact] {
			continue
		}
		if strings.HasPrefix(fact, "孩子.") {
			r.childSays(i, i, fact, yesNo(yes))
		} else {
			r.says(i, i, fact, yesNo(yes))
		}
	}
}

// has tells whether the benefit named at i is received, and whether that was said at all: a benefit that is asked for
// or wished for is neither.
func (r *reader) has(i int) (yes, decided bool) {
	tokens := r.m.tokens
	if r.othersHousehold(i) {
		return false, r.notOurs(i)
	}
	if r.wishedInClause(i) || i > 0 && tokens[i-1].kind == kin && tokens[i-1].code == "outsider" {
		return false, false
	}
	if r.pastAt(i) {
		j := r.m.skip(i+1, filler, stop, date)
		return false, j < len(tokens) && tokens[j].kind == ended
	}
	asserted, denied, open := r.statusBefore(i)
	if open {
		return false, false
	}
	if denied {
		return false, true
	}
	if yes, decided, found := r.statusAfter(i, asserted); found {
		return yes, decided
	}
	ours := i > 0 && (tokens[i-1].kind == household || tokens[i-1].kind == pronoun && tokens[i-1].code == "we")
	if ours && (i+1 == len(tokens) || tokens[i+1].kind == stop) {
		asserted = true // 我们家低保
	}
	return asserted, asserted
}

// othersHousehold tells whether the household before the word at i is a relative's: 我妹家吃低保.
func (r *reader) othersHousehold(i int) bool {
	for j := i - 1; j > 0 && r.m.tokens[j].kind != stop; j-- {
		if w := r.m.text(r.m.tokens[j]); r.m.tokens[j].kind == other && strings.HasPrefix(w, "家") && r.m.tokens[j-1].kind == kin {
			return r.m.tokens[j-1].who.role != child || r.m.tokens[j-1].code == "sister" || r.m.tokens[j-1].code == "brother"
		}
	}
	return false
}

// notOurs tells whether the speaker's household is said to be without what another's has: 我妹家吃低保，我家没吃.
func (r *reader) notOurs(i int) bool {
	for j := i + 1; j+1 < len(r.m.tokens); j++ {
		if t := r.m.tokens[j]; t.kind == pronoun && t.code == "we" {
			return in(r.m.tokens[j+1].kind, ended, negation)
		}
	}
	return false
}

// statusBefore reads what stands before the benefit at i: 没吃 denies it, 吃 asserts it, 能 leaves it open.
func (r *reader) statusBefore(i int) (asserted, denied, open bool) {
	asserted = strings.HasSuffix(r.m.tokens[i].code, "!")
	for j := i - 1; j >= max(0, i-7); j-- {
		switch t := r.m.tokens[j]; t.kind {
		case negation:
			return asserted, true, false
		case ended:
			return asserted, !asserted, asserted
		case wish, question, ask, supposing:
			return asserted, false, true
		case receiving, having, being:
			asserted = asserted || !strings.HasSuffix(r.m.text(t), "过")
		case filler, list:
		case de, join, status, together, pronoun, kin, household, saidMonth, toward, raising:
			if strings.HasPrefix(r.m.tokens[i].code, anything) {
				return asserted, false, false
			}
		default:
			return asserted, false, false
		}
	}
	return asserted, false, false
}

// statusAfter reads what stands after it: 低保没有, 低保取消了, 低保每月六百, 低保怎么办.
func (r *reader) statusAfter(i int, asserted bool) (yes, decided, found bool) {
	tokens := r.m.tokens
	for j := i + 1; j < min(len(tokens), i+12); j++ {
		switch t := tokens[j]; t.kind {
		case ended:
			return false, true, true
		case negation:
			k := r.m.skip(j+1, filler, having)
			if r.asksByNegation(i, j) {
				return false, false, true
			}
			if !asserted && (k >= len(tokens) || in(tokens[k].kind, receiving, ended, stop, status, list)) {
				return false, true, true
			}
			return asserted, asserted, true
		case wish, question:
			if r.m.text(t) != "申请" {
				return false, false, true
			}
		case money, number:
			return t.lo >= 50*one || t.kind == money, t.lo >= 50*one || t.kind == money, true
		case receiving:
			if j > i+1 && r.before(j, 2, date) {
				return true, true, true // 低保是去年办的
			}
		case saidMonth, filler, de, list, join, together, pronoun, household, head, kin, status, date, duration, being, toward:
		case other:
			if r.m.text(t) != "发" {
				return false, false, false
			}
		case stop:
			if j+1 >= len(tokens) || tokens[j+1].kind != status {
				return false, false, false
			}
		default:
			return false, false, false
		}
	}
	return false, false, false
}

// asksByNegation tells whether the negation at j, about the word at i, makes a question: 还有补贴不, 有助学金没得.
func (r *reader) asksByNegation(i, j int) bool {
	if j+1 < len(r.m.tokens) && r.m.tokens[j+1].kind != stop {
		return false
	}
	w := r.m.text(r.m.tokens[j])
	return w == "不" || (w == "没" || w == "没得" || w == "没有" || w == "莫得" || w == "冇") && r.before(i, 4, having)
}

// wishedInClause tells whether the clause asks or wishes for what stands at i: 能不能单独给她吃低保.
func (r *reader) wishedInClause(i int) bool {
	for j := i - 1; j >= 0; j-- {
		t := r.m.tokens[j]
		if t.kind == stop || t.kind == household || t.kind == pronoun && t.code == "we" || t.kind == negation {
			return false
		}
		if t.kind == wish || t.kind == question {
			return true
		}
	}
	return false
}

// recognized tells whether the status at i was given by the authorities: 民政认定的孤儿.
func (r *reader) recognized(i int) bool {
	for j := i - 1; j >= max(0, i-6) && r.m.tokens[j].kind != stop; j-- {
		w := r.m.text(r.m.tokens[j])
		if strings.Contains(w, "认定") || strings.HasPrefix(w, "办") || strings.HasPrefix(w, "评") {
			return true
		}
	}
	for j := i + 1; j < min(len(r.m.tokens), i+4); j++ {
		if w := r.m.text(r.m.tokens[j]); strings.HasPrefix(w, "认定") || w == "证" {
			return true
		}
	}
	return false
}

// recognizedNear tells whether the sentence speaks of a recognition at all: 民政办的是事实无人抚养 不是孤儿.
func (r *reader) recognizedNear(i int) bool {
	for j := max(0, i-8); j < i; j++ {
		if r.m.tokens[j].kind == status && r.recognized(j) {
			return true
		}
	}
	return false
}
