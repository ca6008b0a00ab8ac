package understand

import (
	"slices"
	"strings"

	"xiaohe/knowledge/benefit"
)

// illnesses reads a serious illness of the child. Whether it is on the local list nobody can tell from its name
// (民发〔2019〕62号 leaves 重病 to the localities), unless the person says so.
func (r *reader) illnesses() {
	text := r.m.plain
	for i, t := range r.m.tokens {
		if t.kind != situation || t.code != ill || !r.claimed(i) || r.personAt(i).role != child || r.subjects[i].who.role == nobody && !r.childlike() && !r.pendingIs("孩子.重病") && r.told["残疾"] != "孩子" {
			continue
		}
		switch {
		case r.negated(i), r.deniedAfter(i):
			r.childSays(i, i, "孩子.重病", options("无"))
		case r.unsureNear(i) || !listed(text):
			r.childSays(i, i, "孩子.重病", options("有大病不知算不算"))
		default:
			r.childSays(i, i, "孩子.重病", options("当地名录内"))
		}
		return
	}
	if i := r.find("罕见病"); i >= 0 && r.claimed(i) && r.personAt(i).role == child {
		r.childSays(i, i, "孩子.重病", options("罕见病"))
	}
}

// deniedAfter tells that what stands at i is denied by the end of its clause: 大病冇得, 大病从来没得过.
func (r *reader) deniedAfter(i int) bool {
	j := r.m.skip(i+1, filler, together)
	if j >= len(r.m.tokens) || r.m.tokens[j].kind != negation {
		return false
	}
	j = r.m.skip(j+1, filler, having, receiving)
	return j >= len(r.m.tokens) || in(r.m.tokens[j].kind, stop, list)
}

func listed(text string) bool {
	for _, w := range []string{"目录内", "目录里", "名录内", "名录里", "名单里", "在目录", "在名录", "名单内"} {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

func (r *reader) unsureNear(i int) bool {
	for j := i; j < min(len(r.m.tokens), i+8); j++ {
		if r.m.tokens[j].kind == unsure || r.m.tokens[j].kind == question {
			return true
		}
	}
	return false
}

// find is the token that holds the word, or -1.
func (r *reader) find(word string) int {
	return slices.IndexFunc(r.m.tokens, func(t token) bool { return strings.Contains(r.m.text(t), word) })
}

// phrases are fixed expressions that decide a yes-no fact of the child.
var phrases = []struct {
	words string
	fact  string
	yes   bool
}{
	{"感染艾滋病病毒 感染艾滋病毒 感染了艾滋 艾滋病毒感染 艾滋病病毒感染 带了艾滋病毒 感染hiv hiv感染 携带艾滋 hiv阳性 感染了hiv 带艾滋病毒 有艾滋病", "孩子.感染艾滋病病毒", true},
	{"没有感染 没感染 未感染 不是感染 没被感染", "孩子.感染艾滋病病毒", false},
	{"有营养餐 发营养餐 吃营养餐 国家的营养餐 营养午餐", "孩子.学校有营养餐", true},
	{"没有营养改善计划 没有营养餐 没营养餐 不是农村学校 不发营养餐", "孩子.学校有营养餐", false},
	{"办了收养登记 收养登记 婚生的 亲生的 办了收养 办过收养 婚生 依法收养 收养手续办了", "孩子.依法生育或收养", true},
	{"交了医保 医保交了 交过医保 参加了医保 参加居民医保 有医保 交居民医保", "孩子.参加居民医保", true},
	{"没交医保 医保没交 没有医保 断了医保 没医保 没参加医保", "孩子.参加居民医保", false},
	{"办了居住证 有居住证 居住证办了 办居住证了", "孩子.有居住证", true},
	{"没办居住证 没有居住证 居住证没办", "孩子.有居住证", false},
	{"吃饭穿衣不要人 不用人照顾 不要人照顾 生活能自理 能自理 自己能吃饭 生活完全自己来 不需要人照顾 会自己吃饭", "孩子.需长期照护", false},
	{"不是自闭症 不是孤独症 没有自闭症 没有孤独症", "孩子.孤独症诊断", false},
	{"不用做康复 不用康复 不需要康复 没让做康复", "孩子.需康复", false},
	{"没有人能照看 没人照看 没人照顾 没法照看 没人看管 没得人管 没别人能照看 没有别的人能照看 没有人照看 没人带 没有人带 无人照料 无人照看", "监护人.暂时不能履责", true},
	{"天天照顾 能照顾 照顾得过来 能照看 照看得过来", "监护人.暂时不能履责", false},
	{"没有什么危险 没有危险 人是安全的 没危险 很安全 没啥危险", "孩子.当前危险", false},
	{"一分没拿到 没赔 执行不到 执行不了 拿不到抚养费 一分钱都拿不到 赔不出来 没有赔 没拿到赔偿 没得到赔偿 一分钱没赔 一分没赔 赔不起", "案件.得不到赔偿", true},
	{"全赔了 都赔了 赔清楚了 赔完了 赔到位了 都赔给我们 赔给我们了 已经赔了 赔过了 赔偿到位 钱都赔", "案件.得不到赔偿", false},
}

// circumstances reads the fixed expressions, the urgent event, the law case, the household's register and how long the
// child has lived where it is.
func (r *reader) circumstances() {
	text := r.m.plain
	for _, p := range phrases {
		for _, w := range strings.Fields(p.words) {
			at := strings.Index(text, w)
			if at < 0 || r.stated[p.fact] && p.yes {
				continue
			}
			r.phrase(len([]rune(text[:at])), len([]rune(w)), p.fact, p.yes)
			break
		}
	}
	r.unattended()
	r.beaten()
	r.urgent()
	r.lawsuit()
	r.healthy()
	for i, t := range r.m.tokens {
		if t.kind == urban && r.claimed(i) && !r.negated(i) {
			r.says(i, i, "家庭.城乡", options(t.code))
		}
	}
	r.stay()
	r.reported()
}

// healthy reads that the child has no illness: 没病, 身体健康.
func (r *reader) healthy() {
	for i, t := range r.m.tokens {
		well := t.kind == sound && t.code == "" && !r.negated(i) || t.kind == cause && t.code == "illness" && r.negated(i)
		if well && r.claimed(i) && !r.stated["孩子.重病"] && r.subjects[i].who.role == child && !r.adultNearer(i) {
			r.childSays(i, i, "孩子.重病", options("无"))
		}
	}
}

// adultNearer tells whether another person was named between the child and token i.
func (r *reader) adultNearer(i int) bool {
	for j := r.subjects[i].at + 1; j < i; j++ {
		if t := r.m.tokens[j]; j > 0 && (t.kind == kin || t.kind == pronoun) && t.who.role != child {
			return true
		}
	}
	return false
}

// phrase records the expression of n characters at position at.
func (r *reader) phrase(at, n int, fact string, yes bool) {
	i := slices.IndexFunc(r.m.tokens, func(t token) bool { return t.to > at })
	j := slices.IndexFunc(r.m.tokens, func(t token) bool { return t.to >= at+n })
	if i < 0 || j < 0 || !r.asserted[i] {
		return
	}
	if at > 0 && (strings.ContainsRune("未非结不", r.m.norm[at-1])) {
		return
	}
	if yes && (r.wished(i) || r.before(i, 3, negation)) {
		return
	}
	w := r.personAt(i)
	if fact == "孩子.当前危险" {
		r.childSays(i, j, fact, options("无"))
		return
	}
	if fact == "监护人.暂时不能履责" && r.alarming() {
		r.childSays(i, j, "孩子.当前危险", options("无人照看"))
	}
	if strings.HasPrefix(fact, "孩子.") {
		if fact == "孩子.感染艾滋病病毒" && (w.role.isParent() || w.self && w.role != child) && !r.personIsFarther(i) {
			return
		}
		r.out = slices.DeleteFunc(r.out, func(s Statement) bool { return s.Fact == fact && s.From >= r.m.tokens[i].from })
		r.childSays(i, j, fact, yesNo(yes))
		return
	}
	r.says(i, j, fact, yesNo(yes))
}

// unattended reads that the child is alone and nobody looks after it: 小孩一个人在家没人管.
func (r *reader) unattended() {
	text := r.m.plain
	at := strings.Index(text, "没")
	if at < 0 || !containsAny(text, "没人管", "没得人管", "没有人管", "没有任何人管", "没有任何人在管", "没人照看") {
		return
	}
	i := r.m.tokenAt(len([]rune(text[:at])))
	if !r.claimed(i) || !containsAny(text, "一个人在", "独自在", "自己一个人", "一个人待", "一个人住") {
		return
	}
	r.childSays(i, i, "孩子.当前危险", options("无人照看"))
	if !r.stated["监护人.关系"] {
		r.says(i, i, "监护人.关系", options("无人"))
	}
}

// beaten reads that the child is being hurt now: 今天又被打了，不敢回家.
func (r *reader) beaten() {
	i := r.find("打")
	if i < 0 || !r.claimed(i) || !containsAny(r.m.plain, "今天又", "昨天又", "昨晚又", "刚刚又", "刚又", "不敢回家", "正在打", "现在还在打") {
		return
	}
	if containsAny(r.m.plain, "被打", "打了他", "打了她", "打他", "打她", "打孩子", "打娃", "打了孩子", "妈打", "爸打", "父打", "爹打") {
		r.childSays(i, i, "孩子.当前危险", options("正受伤害"))
	}
}

// alarming tells whether the child is without care at this moment.
func (r *reader) alarming() bool {
	return strings.ContainsAny(r.m.plain, "现") || r.find("昨天") >= 0 || r.find("今天") >= 0 || r.find("眼下") >= 0 || r.find("一个人在家") >= 0
}

// urgent reads what struck the household lately: fire, accident, sudden illness (临时救助 急难型).
func (r *reader) urgent() {
	var causes []string
	from, to := 0, 0
	for i, t := range r.m.tokens {
		if t.kind != emergency || !r.claimed(i) || r.subjects[i].who.role == outsider && !r.personIsFarther(i) {
			continue
		}
		if r.negated(i) || r.notYet(i) && t.code == "无" {
			if len(causes) == 0 && t.code == "无" {
				r.says(i, i, "家庭.急难事由", said{Only: true})
			}
			continue
		}
		if t.code == "无" || t.code == "交通事故" && !r.struckNow(i) {
			continue
		}
		if len(causes) == 0 {
			from = i
		}
		if to = i; !slices.Contains(causes, t.code) {
			causes = append(causes, t.code)
		}
	}
	if len(causes) > 0 && !r.stated["家庭.急难事由"] {
		r.says(from, to, "家庭.急难事由", options(causes...))
	}
}

// struckNow tells whether an accident is the present need and not how somebody died.
func (r *reader) struckNow(i int) bool {
	for j := i; j < min(len(r.m.tokens), i+8); j++ {
		t := r.m.tokens[j]
		if t.kind == leftOrDied || t.kind == situation && t.code == died {
			return false
		}
		w := r.m.text(t)
		if w == "住院" || strings.Contains(w, "医院") || strings.Contains(w, "抢救") || t.kind == emergency && j > i {
			return true
		}
	}
	return r.pendingIs("家庭.急难事由") || r.m.text(r.m.tokens[i]) == "被车撞" || r.m.text(r.m.tokens[i]) == "被车撞了"
}

// lawsuit reads the kind of law case.
func (r *reader) lawsuit() {
	var kinds []string
	from, to := 0, 0
	for i, t := range r.m.tokens {
		struck := t.kind == emergency && strings.HasPrefix(r.m.text(t), "被车撞")
		if t.kind != lawcase && !struck || !r.claimed(i) {
			continue
		}
		code := t.code
		if code == "抚养费" {
			code = ""
			if containsAny(r.m.plain, "官司", "律师", "告", "法律援助", "起诉", "执行") {
				code = "请求抚养费"
			} else {
				continue
			}
		}
		if struck {
			code = "交通事故等人身损害"
		}
		if code == "刑事被害" && r.offender(i) {
			continue
		}
		if code == "无" {
			if r.negated(i) {
				r.says(i, i, "案件.情形", said{Only: true})
			}
			continue
		}
		if r.negated(i) {
			continue
		}
		if len(kinds) == 0 {
			from = i
		}
		if to = i; !slices.Contains(kinds, code) {
			kinds = append(kinds, code)
		}
	}
	if len(kinds) > 0 && !r.stated["案件.情形"] {
		r.says(from, to, "案件.情形", options(kinds...))
	}
}

// offender tells that what stands at i was done by a parent to somebody else: 他爸把人打成重伤.
func (r *reader) offender(i int) bool {
	t := r.m.tokens[i]
	before := string(r.m.norm[max(0, t.from-6):t.to])
	return r.subjects[i].who.role.isParent() && !r.subjects[i].who.self && !containsAny(before, "被", "害人")
}

// stay reads how long the child has lived in its present place: 在杭州住了两年了.
func (r *reader) stay() {
	r.arrival()
	for i, t := range r.m.tokens {
		if t.kind != residence || t.code != "居住" || r.stated["孩子.居住满月数"] {
			continue
		}
		for j := i - 1; j < min(len(r.m.tokens), i+5); j++ {
			if j < 0 || j == i {
				continue
			}
			u := &r.m.tokens[j]
			if j < i && u.kind == stop {
				continue
			}
			if in(u.kind, kin, pronoun, situation) || u.kind == stop && !(j+2 < len(r.m.tokens) && r.m.text(r.m.tokens[j+1]) == "到现在") {
				break
			}
			if u.used || u.kind != duration {
				continue
			}
			u.used = true
			r.says(i, max(i, j), "孩子.居住满月数", benefit.Number(u.lo, u.hi))
			return
		}
	}
}

// arrival reads how long ago the child came: 来了五个月, 三个月前才跟我到杭州来读书.
func (r *reader) arrival() {
	for i, t := range r.m.tokens {
		if t.kind != duration || t.used || !r.claimed(i) || r.subjects[i].who.role.parent() != "" && !r.subjects[i].who.self {
			continue
		}
		before := string(r.m.norm[max(0, t.from-4):t.from])
		after := string(r.m.norm[t.to:min(len(r.m.norm), t.to+14)])
		came := strings.HasSuffix(before, "来了") || strings.HasSuffix(before, "来") || strings.HasSuffix(before, "来了快")
		since := strings.HasSuffix(r.m.text(t), "前") && containsAny(after, "来读", "来上", "过来", "来这", "来杭", "接来", "带来")
		if (came || since) && containsAny(r.m.plain, "户口", "打工", "读书", "上学", "流动", "老家", "居住证") {
			r.m.tokens[i].used = true
			r.says(i, i, "孩子.居住满月数", benefit.Number(t.lo, t.hi))
			return
		}
	}
}

// reported reads that the police were told of a parent who is gone.
func (r *reader) reported() {
	for i, t := range r.m.tokens {
		if w := r.m.text(t); !(strings.HasPrefix(w, "报警") || strings.HasPrefix(w, "报案") || strings.HasPrefix(w, "报过") || strings.HasPrefix(w, "报了")) || !r.claimed(i) {
			continue
		}
		for _, p := range []string{"父亲", "母亲"} {
			gone := slices.ContainsFunc(r.out, func(s Statement) bool { return s.Fact == p+".情形" && slices.Contains(s.Value.In, lost) })
			if gone || r.told["away"] == p {
				r.says(i, i, p+".失联已报警", yesNo(!r.negated(i)))
			}
		}
	}
}
