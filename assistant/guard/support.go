package guard

import (
	"math/bits"
	"regexp"
	"strconv"
	"strings"
)

// retelling begins a sentence or clause that repeats what the person said.
var retelling = regexp.MustCompile(`^(刚才|刚刚)?(您|你)(刚才|刚刚)?(说|讲|提到|告诉我)|^(按|照|听)(您|你)(刚才)?(说|讲)的?`)

// concluding begins a clause that goes on from what the person said.
var concluding = regexp.MustCompile(`^(那|就|所以|这|也|可以|对|确实|没错|因此|于是|说明|意思)`)

// toldByPerson tells whether the clause at i repeats what the person said.
func (s *sentence) toldByPerson(i int) bool {
	for n, c := range s.clauses {
		if i >= c.from && i < c.to {
			return retelling.MatchString(c.words) || s.retold && n < 3 && !concluding.MatchString(c.words) && stanceOf(c.plain) == silent
		}
	}
	return false
}

// checkQuantities: every quantity occurs in the span or a slot with the same measure and the same bound, of the same
// people. An age or a number of people may be the person's own.
func (s *sentence) checkQuantities() Reason {
	for _, q := range s.facts.quantities {
		if reason := s.checkQuantity(q); reason != "" {
			return reason
		}
	}
	return ""
}

func (s *sentence) checkQuantity(q quantity) Reason {
	if q.rough && q.value < 0 {
		return Vague
	}
	var same []quantity
	for _, g := range s.ground.quantities {
		if g.same(q) {
			same = append(same, g)
		}
	}
	if len(same) == 0 {
		switch {
		case s.periodLike(q), s.ownQuantity(q), (q.kind == numbered || q.kind == counted || q.kind == "第号") && s.inWhere(q):
			return ""
		case q.rough:
			return Vague
		case q.kind == bare && len(q.digits) >= 3:
			return Phone
		}
		return Number
	}
	return s.checkBounds(q, same)
}

// same tells whether two quantities say the same number of the same thing.
func (q quantity) same(other quantity) bool {
	if q.kind == bare || other.kind == bare {
		return q.kind == other.kind && q.digits == other.digits && q.value == other.value
	}
	return q.kind == other.kind && q.value == other.value
}

// checkBounds: one of the quantities found has the same bound and label.
func (s *sentence) checkBounds(q quantity, same []quantity) Reason {
	reason := Comparator
	for _, g := range same {
		switch {
		case q.rough != g.rough && (q.rough || q.kind == yuan || q.kind == percent):
			reason = Vague
		case q.limit != exactly && q.limit != g.limit && !(g.limit == exactly && s.insideRange(q, g)), s.flat(q, g):
		case q.limit == exactly && g.limit != exactly && (q.kind == yuan || q.kind == percent || q.kind == "倍"):
		case q.kind == yuan && q.limit == exactly && endOfRange(text(s.support), g) && !endOfRange(s.text, q):
		case !s.sameLabels(q, g), s.underAnotherCondition(q, g), s.isOld(g) && !rising.MatchString(s.words), s.othersTerm(q, g):
			reason = Label
		default:
			return ""
		}
	}
	return reason
}

// endOfRange tells whether a quantity is one end of a range: 1200元至3500元.
func endOfRange(t text, q quantity) bool {
	if q.ranged {
		return true
	}
	joins := func(i int) bool { return i >= 0 && i < len(t) && strings.ContainsRune("至-到", t[i]) }
	digit := func(i int) bool { return i >= 0 && i < len(t) && (isDigit(t[i]) || isNumeral(t[i]) || t[i] == '元') }
	return joins(q.to) && digit(q.to+1) || joins(q.from-1) && digit(q.from-2)
}

// insideRange tells of 1200元至3500元里, where the range is the ground's.
func (s *sentence) insideRange(q, g quantity) bool {
	return q.limit == downwards && endOfRange(s.text, q) && (s.text.at(q.to, "里") || s.text.at(q.to, "内") || s.text.at(q.to, "之内") || s.text.at(q.to, "以内")) && endOfRange(text([]rune(s.support)), g)
}

// flat tells whether a bound of the ground is told as the very length: 有效期就是六个月 for 不超过六个月.
func (s *sentence) flat(q, g quantity) bool {
	if q.limit != exactly || g.limit == exactly || g.limit == afterwards {
		return false
	}
	before := string(s.text[max(0, q.from-4):min(q.from, len(s.text))])
	for _, word := range []string{"就是", "一次管", "正好", "刚好", "固定", "总要", "整整"} {
		if strings.HasSuffix(before, word) {
			return true
		}
	}
	return false
}

// periodLike tells whether 一个月 or 一年 names a period that the ground has: 一年3600元 for 每年3600元.
func (s *sentence) periodLike(q quantity) bool {
	if q.limit != exactly || q.rough {
		return false
	}
	words := string(s.text[q.from:min(q.to, len(s.text))])
	for _, p := range s.ground.periods {
		switch {
		case p == monthly && words == "一个月", p == yearly && words == "一年", p == daily && words == "一天", p == weekly && containsAny(words, "一周", "一星期", "一个星期"), p == schoolYearly && containsAny(words, "一学年", "一个学年"):
			return true
		}
	}
	return false
}

// ownQuantity tells whether the person gave the quantity: an age or a number of people anywhere, the rest only where
// the sentence says that it repeats their words. A bound is never theirs.
func (s *sentence) ownQuantity(q quantity) bool {
	if q.limit != exactly || q.rough || q.ranged || q.kind == bare && len(q.digits) > 2 {
		return false
	}
	free := q.kind == ages || strings.HasPrefix(string(q.kind), "…") || q.kind == bare && strings.HasSuffix(string(s.text[:q.from]), "今年") || q.kind == people || q.kind == "年级" || q.kind == counted && s.countsPeople(q)
	if !free && !s.toldByPerson(q.from) && !s.repeatsFact(q) {
		return false
	}
	if words := string(s.text[q.from:min(q.to+1, len(s.text))]); strings.HasPrefix(string(q.kind), "…") && strings.Contains(s.guard.asks, words) {
		return true // 二娃
	}
	for _, a := range s.guard.asked.quantities {
		if a.kind == q.kind && a.value == q.value && !s.guard.doubted(a) {
			return true
		}
	}
	return false
}

var (
	familyFact = regexp.MustCompile(`[判走跑牢离工病死世养带关养]了?有?$`)
	doubtful   = regexp.MustCompile(`[吗么呢嘛？]|不是|是不是|要不要|能不能|听说|几|多久|多少`)
)

// repeatsFact tells whether a length of time stands in the question with the same words before it, as what happened to
// the family: 判了3年. What the person asked or heard is no fact.
func (s *sentence) repeatsFact(q quantity) bool {
	if q.kind != months && q.kind != days || q.to > len(s.text) {
		return false
	}
	words := string(s.text[max(0, q.from-2):q.to])
	if !familyFact.MatchString(string(s.text[max(0, q.from-3):q.from])) {
		return false
	}
	for _, c := range s.guard.question.clauses() {
		if strings.Contains(c.words, words) && !doubtful.MatchString(c.words) {
			return true
		}
	}
	return false
}

// doubted tells whether the person asked about a quantity instead of giving it: 18岁以下是不是都行.
func (g *Guard) doubted(a quantity) bool {
	for _, c := range g.question.clauses() {
		if a.from >= c.from && a.from < c.to {
			return doubtful.MatchString(c.words)
		}
	}
	return false
}

// countsPeople tells of 两个 that people or children follow.
func (s *sentence) countsPeople(q quantity) bool {
	rest := string(s.text[min(q.to, len(s.text)):min(len(s.text), q.to+3)])
	return containsAny(rest, "娃", "孩", "人", "孙", "崽", "同学", "儿")
}

// inWhere tells whether the number of an order (84号) stands in the passage's title or number.
func (s *sentence) inWhere(q quantity) bool {
	if s.passage == nil {
		return false
	}
	for _, d := range s.passage.facts.documents { // 62号文
		if q.kind == numbered && strings.HasSuffix(d.number, "-"+strconv.FormatInt(q.value/one, 10)) {
			return true
		}
	}
	for _, g := range s.passage.facts.quantities {
		if g.same(q) {
			return true
		}
	}
	return false
}

// labels are groups of words of which one names whose number it is.
var labels = []option{
	{{"小学"}, {"初中"}, {"高中"}, {"中职", "职高", "中专"}, {"大专"}, {"本科", "大学"}},
	{{"非寄宿", "不住校", "走读"}, {"寄宿", "住校", "住读"}},
	{{"事实无人抚养", "事实孤儿"}, {"散居", "跟着", "在家养", "家里养", "跟家里人", "跟爷爷", "跟亲戚", "跟奶奶", "跟外"}, {"机构", "福利院", "集中"}},
	{{"城市", "城里", "城镇"}, {"农村", "乡下"}},
	{{"一级"}, {"二级"}, {"三级"}, {"四级"}},
	{{"低边", "低保边缘"}, {"特困"}, {"低保家庭", "低保户", "低保对象", "低保"}, {"孤儿"}, {"重残孩子", "重残儿童", "重残人"}},
	{{"照料人", "寄养人"}, {"寄养的孩子", "被寄养", "寄养儿童", "带的孩子"}},
	{{"其他儿童", "其他困境儿童", "困境儿童"}, {"孤儿"}},
	{{"乡镇", "街道"}, {"县级", "县里", "区县", "县民政"}, {"受理地", "受理的地方"}},
	{{"提高", "上调", "涨", "增加"}, {"降低", "下调", "降"}},
	{{"特别困难", "情况紧急", "紧急", "特殊情况", "情况特殊"}, {"一般", "通常"}},
}

// option is a group of words that exclude each other; each of its members lists words that mean the same.
type option [][]string

// sameLabels tells whether the labels before two equal quantities agree.
func (s *sentence) sameLabels(q, g quantity) bool {
	said := string(s.text[:min(q.from, len(s.text))])
	if i := strings.LastIndexAny(said, "；。"); i >= 0 {
		said = said[i:]
	}
	support := []rune(s.support)
	found := string(support[:min(g.from, len(support))])
	near := string(support[min(s.lastLike(g), len(support)):min(g.from, len(support))])
	for _, group := range labels {
		a, b := group.last(said), group.last(found)
		if a >= 0 && b >= 0 && a != b && group.all(near)&(1<<a) == 0 {
			return false
		}
	}
	if s.sharedByTwo(q, near) {
		return false
	}
	a, b := s.guard.lastBenefit(said), s.guard.lastBenefit(found)
	return a == "" || b == "" || a == b
}

// sharedByTwo tells whether the sentence gives one number to two groups of which the ground, right before it, names one.
func (s *sentence) sharedByTwo(q quantity, near string) bool {
	from := 0
	for _, other := range s.facts.quantities {
		if other.kind == q.kind && other.to <= q.from {
			from = max(from, other.to)
		}
	}
	said := string(s.text[min(from, q.from):q.from])
	if !strings.ContainsAny(said, "和跟与、都") {
		return false
	}
	for _, group := range labels[:4] {
		mine, theirs := group.all(said), group.all(near)
		if bits.OnesCount(mine) > 1 && theirs != 0 && mine&^theirs != 0 {
			return true
		}
	}
	return false
}

// raised follows the old value where the new one comes next: 1625元提高到1651元.
var raised = regexp.MustCompile(`^(提高|上调|增加|调整|涨|降|调)`)

// rising are words of a sentence that tells the old value as the old one.
var rising = regexp.MustCompile(`从|由|原|以前|之前|过去|提高|调整|涨|降|增加`)

// isOld tells whether a quantity of the ground is the value before a change: 由1595元调整为1650元, 原来750元.
func (s *sentence) isOld(g quantity) bool {
	support := []rune(s.support)
	before := string(support[max(0, g.from-3):min(g.from, len(support))])
	return raised.MatchString(after(s.support, g.to)) || strings.HasSuffix(before, "原来") || strings.HasSuffix(before, "原") || strings.HasSuffix(before, "原为") || strings.HasSuffix(before, "原来是") || strings.HasSuffix(before, "此前")
}

var termTail = regexp.MustCompile(`(资助|补助)?(标准)?(每人|每生|每孩|每户)?(每月|每年|每学年|每个月|一年|一个月|每天)?(的)?(标准)?(就|才)?(是|为|有|给|发|共|到|涨到|提高到)?$`)

// termBefore is the name that stands right before a quantity: 国家奖学金 of 国家奖学金是1万元.
func termBefore(words []rune, from int) string {
	from = min(from, len(words))
	start := from
	for start > 0 && from-start < 14 && isHan(words[start-1]) {
		start--
	}
	return termTail.ReplaceAllString(string(words[start:from]), "")
}

// othersTerm tells whether the sentence puts a number beside the very name that stands beside another number in the
// ground.
func (s *sentence) othersTerm(q, g quantity) bool {
	term := termBefore(s.text, q.from)
	if len([]rune(term)) < 3 {
		return false
	}
	support := []rune(s.support)
	if termBefore(support, g.from) == term {
		return false
	}
	for _, other := range s.ground.quantities {
		if other.kind == q.kind && other.value != q.value && termBefore(support, other.from) == term {
			return true
		}
	}
	return false
}

// after is what follows the first n characters of words, as far as it matters.
func after(words string, n int) string {
	runes := []rune(words)
	return string(runes[min(n, len(runes)):min(n+2, len(runes))])
}

// lastLike is where the quantity of the same kind before g ends; 0 where there is none.
func (s *sentence) lastLike(g quantity) int {
	end := 0
	for _, other := range s.ground.quantities {
		if other.kind == g.kind && other.to <= g.from && other.limit == g.limit && !raised.MatchString(after(s.support, other.to)) {
			end = max(end, other.to)
		}
	}
	return end
}

// last is the member that stands last in words, -1 where none does.
func (o option) last(words string) int {
	best, member, length := -1, -1, 0
	for i, synonyms := range o {
		for _, w := range synonyms {
			at := strings.LastIndex(words, w)
			if at < 0 {
				continue
			}
			if end := at + len(w); end > best || end == best && len(w) > length {
				best, member, length = end, i, len(w)
			}
		}
	}
	return member
}
