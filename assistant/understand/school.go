package understand

import (
	"slices"
	"strings"
)

// schoolWords: the code of a stage is its options of 孩子.在读阶段, joined by 、.
var schoolWords = []entry{
	{stage, "小中班、大班", "幼儿园 上幼儿园 读幼儿园 幼稚园"},
	{stage, "小中班", "小班 中班 托班 幼儿园小班 幼儿园中班 幼儿园的小班 幼儿园的中班"},
	{stage, "大班", "大班 学前班 幼儿园大班 幼儿园的大班 学前一年 学前大班"},
	{stage, "小学", "小学 读小学 上小学 小学里"},
	{stage, "初中", "初中 上初中 读初中 中学"},
	{stage, "普通高中", "高中 上高中 读高中 普高 普通高中 重点高中"},
	{stage, "中职", "职高 中专 技校 中职 职业高中 职校 卫校 技工学校 职业学校 中技 职业中学 职中 中等职业学校"},
	{stage, "大专", "大专 专科 高职 高职院校 专科学校"},
	{stage, "本科", "本科 大学本科"},
	{stage, "大专、本科", "大学 读大学 上大学 考上大学 考上了大学 大学生 考起大学"},
	{stage, "研究生", "研究生 硕士 博士 读研"},
	{stage, "不在读", "辍学 不读书了 不念书了 不上学了 没读书了 没上学了 休学 退学 没念书了 失学 没在读书 没在上学 没有上学了 不读了 没读了 书没读了 不上学"},
	{stage, "未入园、不在读", "没上学 还没上学 没有上学 还没读书 没读书 没有读书 未上学 还没到上学"},
	{stage, "未入园", "没上幼儿园 还没上幼儿园 没读幼儿园 还没读幼儿园 没入园 没有上幼儿园 还没有上幼儿园 还不会走路 吃奶 没到上幼儿园 还没进幼儿园 没送幼儿园 还没送幼儿园 未上幼儿园 还没入园"},
	{studying, "", "上学 读书 念书 在读 就读 读 念 上 上着学 读着书 上课 在校 求学"},
	{boarding, "", "住校 寄宿 住宿 住在学校 住读 在学校住 住学校 住宿生 寄宿生 寄宿制 住宿舍 内宿 寄读"},
	{boarding, "不", "走读 不住校 没住校 走读生 每天回家 不住宿 不寄宿 没住读"},
	{other, "", "毕业班 大学城 中学生物 考大学 小学文化 初中文化 没念过书 没读过书 没上过学 不识字 上班族 上次 上面 上述 上来 上去 上当 上门 上报 上午 上交 上访 上户口 上户 上网 上传 上海 上不了 念叨 读不起 上不起 上不起学 读不起书"},
}

// classes are numbered from the first year of primary school; in the n-th a child is n+5 to n+7 years old.
var classes = func() map[string]int64 {
	table := map[string]int64{}
	for n, d := range []rune("一二三四五六七八九") {
		table[string(d)+"年级"], table[string(rune('1'+n))+"年级"] = int64(n+1), int64(n+1)
	}
	for n, d := range []rune("一二三") {
		for word, before := range map[string]int64{"初": 6, "高": 9} {
			table[word+string(d)], table[word+string(rune('1'+n))] = int64(n+1)+before, int64(n+1)+before
		}
	}
	return table
}()

// universityYears are 大一 to 大四.
var universityYears = []string{"大一", "大二", "大三", "大四"}

// classWords are the classes as words of the lexicon.
func classWords() []entry {
	table := []entry{{stage, "大专、本科", strings.Join(universityYears, " ")}}
	for word, n := range classes {
		code := "小学"
		switch {
		case n > 9:
			code = "普通高中"
		case n > 6:
			code = "初中"
		}
		table = append(table, entry{stage, code, word})
	}
	return table
}

// school reads stage, class and boarding. A class also bounds the age where no age was said.
func (r *reader) school() {
	for i := range r.m.tokens {
		t := r.m.tokens[i]
		switch t.kind {
		case stage:
			if r.leftSchool(i) {
				r.childSays(i, i, "孩子.在读阶段", options("不在读"))
				continue
			}
			if !r.claimed(i) || r.negated(i) || r.graduated(i) || r.wished(i) || r.then(i) || !r.aboutChild(i) || r.schoolNamedOnly(i) || r.classElsewhere(i) {
				continue
			}
			r.childSays(i, i, "孩子.在读阶段", options(splitList(t.code)...))
			if n, ok := classes[r.m.text(t)]; ok && !vocational(r.m, i) {
				r.classes = append(r.classes, classSaid{i, r.childAt(i), n})
			}
		case boarding:
			if r.claimed(i) && r.aboutChild(i) {
				r.childSays(i, i, "孩子.住校", yesNo(t.code != "不" && !r.negated(i)))
			}
		case studying:
			if w := r.personAt(i); r.claimed(i) && !r.negated(i) && w.role == child && r.m.text(t) != "上" && r.m.text(t) != "读" && r.m.text(t) != "念" && !r.stageNear(i) && !r.wished(i) {
				r.childSays(i, i, "孩子.在读阶段", without("未入园", "不在读"))
			}
		}
	}
}

type classSaid struct {
	at    int
	child string
	class int64
}

// aboutChild tells whether a school word at i speaks of the child: parents and grandparents do not go to school.
func (r *reader) aboutChild(i int) bool {
	w := r.personAt(i)
	if w.role == outsider && w.self {
		return true // 我班上一个初二的学生
	}
	return w.role == child || w.role == third || w.role == nobody || w.role == home || r.personIsFarther(i)
}

// leftSchool tells whether the child went to work after the stage at i: 初中毕业就打工去了.
func (r *reader) leftSchool(i int) bool {
	return r.claimed(i) && r.graduated(i) && r.aboutChild(i) && slices.ContainsFunc(r.m.tokens[i:], func(t token) bool { return t.kind == working })
}

func (r *reader) graduated(i int) bool {
	for j := i + 1; j < min(len(r.m.tokens), i+3); j++ {
		if w := r.m.text(r.m.tokens[j]); strings.HasPrefix(w, "毕业") && !r.before(j, 2, negation) || strings.HasPrefix(w, "老师") || strings.HasPrefix(w, "同学") {
			return true
		}
	}
	return false
}

// schoolNamedOnly tells that the stage at i names a benefit or is asked about, and is not said of the child: 普通高中那个
// 助学金, 中职助学金.
func (r *reader) schoolNamedOnly(i int) bool {
	t := r.m.tokens[i]
	rest := r.m.norm[t.to:]
	if prefixed(rest, "那个", "那种", "这种", "助学", "国家助学", "生活补助", "的助学", "的补助", "补助", "有没有", "免学费", "才有", "能不能领", "对面", "旁边", "附近", "门口", "后面", "老师", "校长", "毕业证") > 0 {
		return true
	}
	for j := i - 1; j >= max(0, i-5) && r.m.tokens[j].kind != stop; j-- {
		if u := r.m.tokens[j]; u.kind == date && (u.code == "future" || u.code == "bare" && i > 0 && r.m.text(r.m.tokens[i-1]) == "才") {
			return true // 明年才上小学
		}
	}
	return i+1 < len(r.m.tokens) && r.m.tokens[i+1].kind == stage && r.schoolNamedOnly(i+1)
}

// classElsewhere tells that 三年级 at i counts the years of another school than the primary one: 中专三年级.
func (r *reader) classElsewhere(i int) bool {
	if !strings.HasSuffix(r.m.text(r.m.tokens[i]), "年级") {
		return false
	}
	return slices.ContainsFunc(r.m.tokens[:i], func(t token) bool {
		return t.kind == stage && (t.code == "中职" || t.code == "大专" || t.code == "本科" || t.code == "大专、本科")
	})
}

// stageNear tells whether a stage is said in the same clause, so that 上学 adds nothing.
func (r *reader) stageNear(i int) bool {
	for j := i - 1; j >= 0 && r.m.tokens[j].kind != stop; j-- {
		if r.m.tokens[j].kind == stage {
			return true
		}
	}
	for j := i + 1; j < len(r.m.tokens) && r.m.tokens[j].kind != stop; j++ {
		if r.m.tokens[j].kind == stage {
			return true
		}
	}
	return false
}

// vocational tells whether a class belongs to a vocational school: 职高二年级.
func vocational(m *message, i int) bool {
	for j := max(0, i-3); j < i; j++ {
		if m.tokens[j].kind == stage && m.tokens[j].code != "小学" && m.tokens[j].code != "初中" && m.tokens[j].code != "普通高中" {
			return true
		}
	}
	return false
}
