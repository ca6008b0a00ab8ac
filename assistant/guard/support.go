package guard

import (
	"regexp"
	"slices"
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
	return s.checkCounts()
}

// checkCounts: no number of the span is used twice where it stands there once: 初审30个工作日，确认再30个工作日.
func (s *sentence) checkCounts() Reason {
	count := func(all []quantity, q quantity) (n int) {
		for _, other := range all {
			if other.same(q) {
				n++
			}
		}
		return n
	}
	for _, q := range s.facts.quantities {
		if q.kind == yuan || q.kind == days || q.kind == workdays || q.kind == months || q.kind == percent {
			if n := count(s.ground.quantities, q); n > 0 && count(s.facts.quantities, q) > n {
				return Number
			}
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
		case s.periodLike(q), s.few(q), s.ownQuantity(q), (q.kind == numbered || q.kind == counted || q.kind == "第号") && s.inWhere(q):
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

// few tells of 一次 or 两个人 where the ground counts nothing of the kind: no number is said.
func (s *sentence) few(q quantity) bool {
	if q.value > 2*one || q.value > one && q.kind == "次" || q.limit != exactly || q.rough || q.kind != "次" && q.kind != people && q.kind != counted && !strings.HasPrefix(string(q.kind), "…") {
		return false
	}
	return !slices.ContainsFunc(s.ground.quantities, func(g quantity) bool { return g.kind == q.kind })
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
		case s.isOld(g) && !rising.MatchString(s.words):
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

// after is what follows the first n characters of words, as far as it matters.
func after(words string, n int) string {
	runes := []rune(words)
	return string(runes[min(n, len(runes)):min(n+2, len(runes))])
}
