package guard

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// factual finds what a sentence without span and slot may not speak of: it would be a fact without a source.
var factual = regexp.MustCompile(`钱|补贴|补助|救助|津贴|申请|申领|办理|材料|证明|证件|户口|身份证|公示|审核|审批|审查|发放|规定|政策|文件|法律|条例|条款|期限|必须|应当|不得|免费|免掉|免除|报销|学费|抚养费|监护|` +
	`资格|坐牢|服刑|刑|放出来|开除|治好|治得|下周|下个月|下月|过几天|马上就|很快就|得了|他出来|她出来|爸出来|妈出来|爸爸出来|妈妈出来|刑满|出狱|接你|接您|接走|工资|存折|银行|账户|打到|到账|系统|上门|名单|打电话|拨打|热线|官网|网上|登记|排队|名额|优先|减免|利息|缴|交费|退|国家|政府|部门|窗口|机构|地方上|全国|省|县|市里|镇|乡`)

// checkGround: a sentence that states something has a span or a slot, and has something to do with its span.
func (s *sentence) checkGround() Reason {
	switch {
	case len(s.span) > 0:
		if !s.touchesSpan() {
			return Unfounded
		}
		return ""
	case len(s.slots) > 0:
		return ""
	case s.retold:
		return s.checkRetelling()
	}
	words := harmlessFacts.ReplaceAllString(s.plain, "")
	if unknownBenefit(words) && !s.comforts(benefitLike.FindString(words)) {
		return Unfounded
	}
	if m := factual.FindString(words); m != "" && !s.verdictOnly(words) && !s.comforts(m) {
		return Unfounded
	}
	if len(s.facts.periods) > 0 {
		return Unfounded
	}
	if len(s.named) > 0 && !s.judges() {
		return Unfounded
	}
	return ""
}

// harmlessFacts are words of fact that say nothing next to a verdict.
var harmlessFacts = regexp.MustCompile(`(按照?|根据)(规定|政策|要求)，?|□的(钱|待遇)|(挣|赚|花|缺|用|攒|借)钱`)

var comfort = regexp.MustCompile(`害怕|难受|难过|不容易|辛苦|委屈|担心|着急|心疼|心里|累|责怪|怪自己|自责|不怪|不是(你|您)的错`)

// comforts tells whether a word of fact is the person's own, taken up to comfort them.
func (s *sentence) comforts(word string) bool {
	return comfort.MatchString(s.words) && strings.Contains(s.guard.asks, word) && stanceOf(s.plain) == silent && len(s.facts.quantities) == 0
}

// verdictOnly tells whether the only fact of a sentence is a verdict that the card bears out: 低保可以申请.
func (s *sentence) verdictOnly(words string) bool {
	if !s.judges() {
		return false
	}
	words = granted.remove(words)
	words = refused.remove(words)
	return !factual.MatchString(words)
}

// judges tells whether a sentence says a verdict of a benefit on the card; that it agrees is checked elsewhere.
func (s *sentence) judges() bool {
	if !slices.ContainsFunc(s.named, func(m mention) bool { return m.verdict != "" }) {
		return false
	}
	return tentative.MatchString(s.words) || open.MatchString(s.words) ||
		slices.ContainsFunc(s.clauses, func(c clause) bool { return stanceOf(c.plain) != silent })
}

// leastRetold is how many of the pairs of characters of a retelling are the person's own, of ten.
const leastRetold = 4

// checkRetelling: what is told as the person's words is mostly in them.
func (s *sentence) checkRetelling() Reason {
	words := strings.NewReplacer("您", "我", "你", "我").Replace(retelling.ReplaceAllString(s.words, ""))
	pairs := 0
	runes := []rune(words)
	for i := 0; i+1 < len(runes); i++ {
		if isHan(runes[i]) && isHan(runes[i+1]) {
			pairs++
		}
	}
	if pairs > 0 && sharedPairs(words, s.guard.asks)*10 < pairs*leastRetold && factual.MatchString(words) && !s.verdictOnly(words) {
		return Unfounded
	}
	return ""
}

// plainWords are what people say for words of the law.
var plainWords = [][]string{{"务工", "打工"}, {"父母", "爸", "妈", "爹"}, {"未满", "没满", "不满"}, {"居住", "住"}, {"发放", "发", "给"}, {"提出", "提"}, {"监护", "看管", "照顾"}, {"告知", "告诉"}, {"立即", "马上"}, {"费", "钱"}, {"祖父", "爷爷"}, {"祖母", "奶奶"}}

// touchesSpan tells whether sentence and span share a word or a number.
func (s *sentence) touchesSpan() bool {
	if sharedPairs(s.words, s.passage.words) > 0 { // the words next to the span tell who and where
		return true
	}
	for _, q := range s.facts.quantities {
		for _, g := range s.ground.quantities {
			if q.same(g) {
				return true
			}
		}
	}
	for _, d := range s.facts.dates {
		for _, g := range s.ground.dates {
			if d.within(g) {
				return true
			}
		}
	}
	if len(s.facts.articles)+len(s.facts.documents) > 0 { // they were found in the passage
		return true
	}
	for _, group := range append(plainWords, synonyms...) {
		if containsAny(s.words, group...) && containsAny(s.spanned, group...) {
			return true
		}
	}
	for _, group := range rivals {
		if group.all(s.words)&group.all(s.spanned) != 0 {
			return true
		}
	}
	return strings.ContainsRune(s.words, slotMark)
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }
