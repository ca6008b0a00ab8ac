package understand

import (
	"slices"
	"strings"
)

// harmless tells that a word of a situation means something else where it stands: 在监狱当狱警, 工作没了, 跑了一天车,
// 撞死了人.
func (r *reader) harmless(i int, t token) bool {
	word, after := r.m.text(t), r.m.norm[t.to:]
	switch {
	case prefixed(after, "的那家", "的人家", "的那户", "的那个孩子", "的那些孩子") > 0:
		return true
	case t.code == lost && strings.ContainsAny(word, "通机"):
		return containsAny(r.m.plain, "死机", "没电", "没信号", "手机坏")
	case word == "没的":
		return i == 0 || !in(r.m.tokens[i-1].kind, cause, emergency, date, kin) && r.m.tokens[i-1].code != ill
	case word == "没了":
		j := i - 1
		for j >= 0 && (r.m.tokens[j].kind == filler || r.m.tokens[j].kind == together) {
			j--
		}
		if j < 0 {
			return false
		}
		k := r.m.tokens[j]
		thing := k.kind == other && k.code == "" && (j == 0 || in(r.m.tokens[j-1].kind, de, stop) || isThing(r.m.text(k))) // 的公司没了, but 地震没了
		return thing || in(k.kind, working, income, receiving, status, residence) || r.m.text(k) == "工作"
	case t.code == died && (word == "死" || word == "死了"):
		return r.noDeath(i, t)
	case t.code == died:
		return r.killsStranger(i)
	case t.code == "weak":
		return r.onTheWay(i)
	}
	return false
}

// onTheWay tells that 走了, 跑了 is no leaving for good: 走了一个小时, 跑了一天车, 为这事跑了两年.
func (r *reader) onTheWay(i int) bool {
	t := r.m.tokens[i]
	after := r.m.norm[t.to:min(len(r.m.norm), t.to+9)]
	for _, w := range []string{"小时", "钟头", "分钟", "公里", "里路", "山路", "天车", "天活", "趟", "出租", "运输", "一圈", "步"} {
		if strings.Contains(string(after), w) {
			return true
		}
	}
	if r.m.text(t) == "跑" && t.to < len(r.m.norm) && !strings.ContainsRune("了掉路走出不得到回的咯佬哒咧 ,", r.m.norm[t.to]) && r.m.tokens[i+1].kind == other {
		return true // 跑销售, 跑大货
	}
	if r.m.text(t) == "走" && (t.to >= len(r.m.norm) || !strings.ContainsRune("哒咧佬嘞得 ,", r.m.norm[t.to])) {
		return true // 拐走
	}
	from := max(0, t.from-8)
	for j := i - 1; j >= 0 && r.m.tokens[j].to > from; j-- {
		if u := r.m.tokens[j]; u.kind == stop {
			from = u.to
			break
		}
	}
	before := string(r.m.norm[from:t.from])
	for _, reason := range []string{"因为", "认为", "以为"} {
		before = strings.ReplaceAll(before, reason, "")
	}
	return strings.ContainsAny(before, "为跑陪办证讨") || containsAny(before, "手续", "材料") // 为这事跑了两年, 跑医院跑了三个月
}

// workplace tells that somebody works at the place that the word names: 在监狱当狱警, 在福利院当保育员.
func (r *reader) workplace(t token) bool {
	after := r.m.norm[t.to:]
	for _, part := range []string{"医院", "食堂", "工厂", "车间", "门诊", "那边", "里面"} {
		if k := prefixed(after, part); k > 0 {
			after = after[k:]
		}
	}
	return prefixed(after, "当", "上班", "工作", "里当", "里上班", "里工作", "做", "里做", "送", "的司机", "的厨", "的保", "的医生", "的护士", "的工作", "司机", "民警", "干警", "警察", "辅警", "管教", "医生", "护士", "食堂", "送货", "门口", "旁边", "附近", "对面", "探视", "看他") > 0
}

// isThing tells whether the text ends like something that can be lost without anybody dying.
func isThing(text string) bool {
	for _, w := range []string{"生意", "力气", "公司", "店", "厂", "钱", "房", "房子", "地", "车", "电", "证", "活", "饭碗", "收入", "本", "机会", "希望", "办法", "手机", "网", "劲", "脾气", "耐心", "名额"} {
		if strings.HasSuffix(text, w) {
			return true
		}
	}
	return false
}

// creatures and things end the names of what dies without anybody's death: 他爸养的鸡死了.
var creatures = []string{"鸡", "鸭", "鹅", "猪", "牛", "羊", "狗", "猫", "鱼", "树", "花", "苗", "话", "说", "蚕", "蜂", "虾", "机", "电脑", "兔"}

// noDeath tells that 死 or 死了 at i means nobody's death: 鸡死了, 把话说死了, 死不认账.
func (r *reader) noDeath(i int, t token) bool {
	after := r.m.norm[t.to:]
	if before := string(r.m.norm[max(0, t.from-1):t.from]); r.m.text(t) == "死" && strings.ContainsAny(before, "去寻找怕想要吓笑愁热冷忙吵疼恨困累气急烦") {
		return true // 说要去死
	}
	if r.m.text(t) == "死" && len(after) > 0 && i+1 < len(r.m.tokens) && in(r.m.tokens[i+1].kind, other, negation, wish, toward) {
		return true // 死不认账
	}
	j := i - 1
	for j >= 0 && in(r.m.tokens[j].kind, filler, together, date) {
		j--
	}
	if j < 0 || r.m.tokens[j].kind != other {
		return r.killsStranger(i)
	}
	word := r.m.text(r.m.tokens[j])
	named := slices.ContainsFunc(creatures, func(c string) bool { return strings.HasSuffix(word, c) })
	return named || j > 0 && j == i-1 && r.m.tokens[j-1].kind == de || r.killsStranger(i)
}

// violence opens the words for hurting or killing somebody.
const violence = "打砍捅撞害杀掐毒勒烧刺"

// hurts tells whether the token is what somebody did to another: 打死, 捅伤, 撞死了.
func (r *reader) hurts(i int) bool {
	if i < 0 {
		return false
	}
	word := []rune(r.m.text(r.m.tokens[i]))
	k := r.m.tokens[i].kind
	if len(word) < 2 || k != other && k != lawcase && k != event && (k != situation || r.m.tokens[i].code != died) {
		return false
	}
	passive := i > 0 && (strings.HasSuffix(r.m.text(r.m.tokens[i-1]), "被") || word[0] == '被')
	return !passive && strings.ContainsRune(violence, word[0]) && strings.ContainsAny(string(word), "死伤")
}

// victimAfter is the person who stands after 打死 at i, and whether anybody does.
func (r *reader) victimAfter(i int) (who, bool) {
	j := i + 1
	for j < len(r.m.tokens) && r.m.tokens[j].kind == filler && r.m.tokens[j].to-r.m.tokens[j].from <= 2 {
		j++
	}
	if j >= len(r.m.tokens) || !r.hurts(i) {
		return who{}, false
	}
	t := r.m.tokens[j]
	if in(t.kind, kin, pronoun) {
		return t.who, true
	}
	text := r.m.norm[t.from:]
	person := t.kind == head || prefixed(text, "人", "别人", "一个", "个", "两个", "老") > 0
	return who{role: outsider}, person || r.m.tokens[j-1].kind == filler && strings.HasSuffix(r.m.text(r.m.tokens[j-1]), "人")
}

// killsStranger tells that the one who died is nobody of the family: 撞死了人, 开车撞死一个老人.
func (r *reader) killsStranger(i int) bool {
	if prefixed(r.m.norm[r.m.tokens[i].to:], "人", "了人", "别人", "一个人", "了一个人", "了别人") > 0 {
		return true
	}
	w, ok := r.victimAfter(i)
	return ok && !w.role.isParent()
}
