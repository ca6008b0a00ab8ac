package understand

import (
	"slices"
	"strings"
)

// disabilityWords: the code of disability is the 类别 as the certificate prints it (残疾人证: 视力 听力 言语 肢体 智力
// 精神), several joined by 、, or empty for 残疾 without a kind.
var disabilityWords = []entry{
	{disability, "", "残疾 多重残疾 严重残疾 轻度残疾 残 残疾人 残废 残障 伤残"},
	{disability, "视力", "视力 视力残疾 眼残 盲人 视残 眼睛残疾"},
	{disability, "听力", "听力 听力残疾 听残 耳聋"},
	{disability, "言语", "言语 言语残疾 语言 语言残疾"},
	{disability, "听力、言语", "聋哑 听力言语 聋哑人"},
	{disability, "肢体", "肢体 肢体残疾 肢残 腿残疾 腿残 脚残疾 手残疾"},
	{disability, "智力", "智力 智力残疾 智残 智障 弱智 智力障碍 智力低下 智力有问题 傻"},
	{disability, "精神", "精神 精神残疾 精残 精神障碍 精神病残疾"},
	{disability, "脑瘫", "脑瘫 唐氏 唐氏综合征 唐氏儿 发育迟缓 先天残疾 小儿麻痹 脊髓损伤 脑性瘫痪"},
	{certificate, "", "残疾证 残疾人证 办证 残联证 残证 证 办残疾证 残疾证书 领证残疾"},
	{certificate, "none", "没办证 没有办证 没办残疾证 没办理残疾证 还没办证 没有残疾证 没残疾证 证没办 证还没办 没证 没有证 未办证 未办理残疾证 没去办证 没办过证 没办过残疾证 没有办残疾证 还没办残疾证 证没办下来 没有残疾人证 没残疾人证 证没有办 没有办过证 还没有办证 没领证残疾"},
	{autism, "", "孤独症 自闭症 自闭 孤独症谱系"},
	{therapy, "", "康复 康复训练 做康复 康复治疗 康复中心 康复机构 训练康复 配助听器 人工耳蜗 配辅具 装假肢"},
	{nursing, "", "不能自理 生活不能自理 不能自己吃饭 要人喂 要人照顾 吃喝拉撒都要人 离不开人 需要人照顾 要人伺候 要人服侍 要人喂饭 吃饭穿衣都要人 吃喝拉撒都靠 全靠人照顾 完全不能自理 没有自理能力 不会自己吃饭 都要人 天天要人 没自理能力 吃饭穿衣都要"},
}

// disabilities reads grades, kinds and certificates of the child and of the parents.
func (r *reader) disabilities() {
	for i, t := range r.m.tokens {
		if t.kind == grade {
			r.grade(i)
		}
	}
	for i := range r.m.tokens {
		switch t := r.m.tokens[i]; t.kind {
		case disability:
			r.kindWithoutGrade(i)
		case certificate:
			r.noCertificate(i)
		case autism:
			if r.claimed(i) && prefixed(r.m.norm[t.to:], "的同学", "的小朋友", "同学") == 0 && r.personAt(i).role == child {
				r.childSays(i, i, "孩子.孤独症诊断", yesNo(!r.negated(i)))
			}
		case therapy:
			if r.claimed(i) && r.personAt(i).role == child {
				r.childSays(i, i, "孩子.需康复", yesNo(!r.negated(i)))
			}
		case nursing:
			if r.claimed(i) && r.personAt(i).role == child {
				r.childSays(i, i, "孩子.需长期照护", yesNo(!r.negated(i)))
			}
		}
	}
}

// grade reads 二级肢体残疾, 智力三级, 残疾证二级 and who has it. 伤残 of an accident is another scale.
func (r *reader) grade(i int) {
	from, to, kinds, named := r.certificateAround(i)
	pending := r.pendingIs(".残疾等级") || r.pendingIs(".残疾类别") || r.find("残疾") >= 0 && (r.subjects[i].at == i-1 || r.personAt(i).role == home)
	if !named && !pending || !r.claimed(i) || r.negated(i) {
		return
	}
	level := []string{"一级", "二级", "三级", "四级"}[r.m.tokens[i].lo-1]
	switch w := r.personAt(i); {
	case w.role == home && r.find("这个") >= 0:
		r.disabled(who{role: child}, from, to, level, kinds) // 我家这个是三级
	case w.role == both:
		r.disabled(who{role: father}, from, to, level, kinds)
		r.disabled(who{role: mother}, from, to, level, kinds)
	case w.role == child || w.role.parent() != "":
		r.disabled(w, from, to, level, kinds)
	}
}

// certificateAround gathers what stands around a grade: its kinds, and whether a disability is named at all.
func (r *reader) certificateAround(i int) (from, to int, kinds []string, named bool) {
	from, to = i, i
	look := func(j int) bool {
		t := r.m.tokens[j]
		switch t.kind {
		case disability:
			if r.m.text(t) == "伤残" {
				return false
			}
			named = true
			if t.code != "" && t.code != "脑瘫" {
				kinds = append(kinds, splitList(t.code)...)
			}
		case certificate:
			named = true
		case filler, de, list, being, having, join:
			return true
		case stop:
			return t.code == "," && j > 0 && r.m.tokens[j-1].kind == disability && j < i
		case studying:
			return r.m.text(t) == "上"
		case other:
			return r.m.text(t) == "重度" || r.m.text(t) == "轻度"
		default:
			return false
		}
		r.m.tokens[j].used = true
		from, to = min(from, j), max(to, j)
		return true
	}
	for j := i - 1; j >= max(0, i-6) && look(j); j-- {
	}
	for j := i + 1; j < min(len(r.m.tokens), i+4) && look(j); j++ {
	}
	return from, to, kinds, named
}

// disabled states grade and kinds of a child or parent. A certificate names all its kinds.
func (r *reader) disabled(w who, from, to int, level string, kinds []string) {
	p, child := w.role.parent(), ""
	if p == "" {
		p, child = "孩子", r.childAt(from)
	}
	r.states(child, from, to, p+".残疾等级", options(level))
	if len(kinds) > 0 {
		r.states(child, from, to, p+".残疾类别", said{In: kinds, Only: true})
	}
	r.told["残疾"], r.told["等级"+p] = p, level
	if p != "孩子" && len(kinds) == 0 && r.told["类别"+p] == "" && (level == "三级" || level == "四级") {
		r.askDisability(p+".残疾类别", from, "残疾证上写的是哪一类？", "肢体", "智力", "精神", "视力", "听力", "言语")
	}
}

// askDisability asks what a parent's certificate says: on the grade, and for grades 3 and 4 on the kind, depends
// whether the parent counts as 重残 (民发〔2019〕62号 一).
func (r *reader) askDisability(fact string, at int, text string, answers ...string) {
	if slices.ContainsFunc(r.unclear, func(u Unclear) bool { return u.Fact == fact }) {
		return
	}
	t := r.m.tokens[at]
	u := Unclear{Fact: fact, Quote: r.m.quote(t.from, t.to)}
	p, _, _ := strings.Cut(fact, ".")
	u.Text = called(p) + "的" + text
	for _, answer := range answers {
		u.Options = append(u.Options, Option{strings.Replace(answer, "有残疾未办证", "没办证", 1), []Statement{r.statement(at, fact, options(answer))}})
	}
	r.unclear = append(r.unclear, u)
}

// askGrade asks for a parent's grade where a disability was named without one.
func (r *reader) askGrade(p string, at int) {
	if r.told["等级"+p] == "" && !r.stated[p+".情形"] {
		r.askDisability(p+".残疾等级", at, "残疾证上写的是几级？", "一级", "二级", "三级", "四级", "有残疾未办证")
	}
}

// kindWithoutGrade notes that somebody is disabled though no grade was said: 有残疾, 脑瘫没办证, 没有残疾.
func (r *reader) kindWithoutGrade(i int) {
	t := r.m.tokens[i]
	if t.used || !r.claimed(i) || r.aboutOthers(i) || r.pendingIs(".残疾类别") {
		return
	}
	w := r.personAt(i)
	p := "孩子"
	if w.role != child {
		if p = w.role.parent(); p == "" {
			return
		}
	}
	fact := p + ".残疾等级"
	if r.stated[fact] {
		return
	}
	if r.negated(i) {
		if t.code == "" {
			r.saysOf(w, i, fact, options("无"))
		}
		return
	}
	if t.code == r.m.text(t) && t.code != "脑瘫" && !r.speaksOfDisability() {
		return // 精神 alone says nothing of a disability
	}
	r.told["残疾"] = p
	if j := r.certificateAfter(i); j >= 0 {
		r.m.tokens[j].used = true
		r.saysOf(w, i, fact, options("有残疾未办证"))
		return
	}
	r.saysOf(w, i, fact, without("无"))
	if p != "孩子" {
		r.kindsNamed(p, i)
		r.askGrade(p, i)
	}
}

// aboutOthers tells whether the word at i is no disability of the family's: 工伤伤残, 残疾人补贴, 没有残疾人.
func (r *reader) aboutOthers(i int) bool {
	w := r.m.text(r.m.tokens[i])
	return w == "伤残" || strings.HasPrefix(w, "残疾人") && !r.before(i, 3, being) || i+1 < len(r.m.tokens) && r.m.tokens[i+1].kind == status
}

// saysOf records a fact of the child or of a parent.
func (r *reader) saysOf(w who, i int, fact string, v said) {
	if w.role == child {
		r.childSays(i, i, fact, v)
	} else {
		r.says(i, i, fact, v)
	}
}

// speaksOfDisability tells whether the message, or the question that it answers, is about a disability.
func (r *reader) speaksOfDisability() bool {
	return r.pendingIs(".情形") || r.find("残疾") >= 0
}

// kindsNamed records the kinds named beside a disability without a grade: 残疾，也是智力.
func (r *reader) kindsNamed(p string, i int) {
	if r.unsureAnywhere() {
		return
	}
	var kinds []string
	for _, t := range r.m.tokens[i:] {
		if t.kind == disability && t.code != "" && t.code != "脑瘫" {
			kinds = append(kinds, splitList(t.code)...)
		}
		if t.kind == kin && !t.object && t.from > r.m.tokens[i].from {
			break
		}
	}
	if slices.Sort(kinds); len(kinds) > 0 {
		kinds = slices.Compact(kinds)
		r.told["类别"+p] = strings.Join(kinds, "、")
		r.says(i, i, p+".残疾类别", options(kinds...))
	}
}

// certificateAfter finds 没办证 after a disability in the same sentence.
func (r *reader) certificateAfter(i int) int {
	for j := i + 1; j < min(len(r.m.tokens), i+9); j++ {
		switch t := r.m.tokens[j]; {
		case t.kind == stop && t.code == ".":
			return -1
		case t.kind == kin && !t.object:
			return -1
		case t.kind == certificate && (t.code == "none" || r.negated(j) || r.notYet(j)):
			return j
		}
	}
	return -1
}

// notYet tells that something was not done though the negation does not stand right before it: 证还没办, 还没去办证.
func (r *reader) notYet(i int) bool {
	for j := i - 1; j >= max(0, i-4); j-- {
		t := r.m.tokens[j]
		if t.kind == stop {
			break
		}
		if t.kind == negation {
			return true
		}
	}
	for j := i + 1; j < min(len(r.m.tokens), i+4); j++ {
		t := r.m.tokens[j]
		if t.kind == stop {
			break
		}
		if t.kind == negation {
			return true
		}
	}
	return false
}

// noCertificate reads 没有残疾证 where no disability was named before: none, or one without certificate; and 有残疾证.
func (r *reader) noCertificate(i int) {
	t := r.m.tokens[i]
	w := r.personAt(i)
	p := w.role.parent()
	if t.used || !r.claimed(i) || w.role != child && p == "" {
		return
	}
	if w.role == child {
		p = "孩子"
	}
	named := r.m.text(t) != "证"
	switch {
	case t.code == "none", named && r.notYet(i):
		r.saysOf(w, i, p+".残疾等级", options("无", "有残疾未办证"))
	case named && r.before(i, 3, having):
		r.saysOf(w, i, p+".残疾等级", without("无", "有残疾未办证"))
		if p != "孩子" {
			r.askGrade(p, i)
		}
	}
}
