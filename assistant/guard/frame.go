package guard

import (
	"regexp"
	"slices"
	"strings"
)

var (
	// startForm is what something is counted from: 从确认的次月起, 自作出之日起, 申请那天起.
	startForm = regexp.MustCompile(`(\p{Han}{2,12}?)(?:的?那天|的?那年|的?那个月|之日|之月|的?当天|的?当月|的?次月|的?下个月|的?第二个月)(?:开始|算|就|起)|[从自](\p{Han}{2,12}?)(?:算起|开始算|起算)`)
	// afterForm is what a term runs from: 缓解后10个工作日.
	afterForm = regexp.MustCompile(`(\p{Han}{2,10}?)[之以]?后[0-9一二三四五六七八九十]`)
	// adjectiveForm is a word that narrows another: 成年亲属.
	adjectiveForm = regexp.MustCompile(`(未成年|成年|无业|在职|重度|轻度|公办|民办|散居|直系|普通|特殊)的?(\p{Han}{2})`)
	// byForm is who does something: 由户籍地发放.
	byForm = regexp.MustCompile(`由(\p{Han}{2,14}?)(?:负责)?(发放|发|保障|认定|审批|确认|受理|申领|申请|提出|办理|决定|查验|支付|承担|出)`)
	// termForm names a length of time: 公示期为7天.
	termForm = regexp.MustCompile(`(\p{Han}{2}期)限?(?:为|是|不|最|一般|就|有)`)
	// sideForm is 标准以上, 失效前: a word and the side of it that is meant.
	sideForm = regexp.MustCompile(`(\p{Han}{2})(及以上|及以下|以上|以下|之前|以前|前|之后|以后|后)`)
	// kinActs gives a relative a right or a duty.
	kinActs = regexp.MustCompile(`(爸爸?|妈妈?|爹|娘|父亲|母亲|奶奶|爷爷|外公|外婆|叔叔?|舅舅?|姑姑?|姨|伯伯|邻居|老师|家长)(?:就|也|都)?(?:可以|能|应当|应该|必须|要把|得把|有权|算)|由(爸爸?|妈妈?|奶奶|爷爷|外公|外婆)|(爸|妈|奶奶|爷爷|外公|外婆|老师)同意`)
	// atForm is what an ability fails at: 找不到.
	atForm = regexp.MustCompile(`([找查联认养管办治请见收到])不([到着了出起上好])`)
)

// events are what time is counted from; each with its other names.
var events = [][]string{
	{"提交", "申请", "递交", "交材料", "交表", "报上去", "申报"}, {"受理", "收到", "收齐", "收下"}, {"确认", "批准", "审批", "批下来", "同意", "认定", "审核", "通过"}, {"作出", "决定", "下达"}, {"送达", "送到"}, {"判刑", "坐牢", "服刑", "判决", "进去"},
	{"出生", "生下"}, {"妈妈走", "爸爸走", "妈走", "爸走", "跑", "离家", "失联", "失去联系", "离开"}, {"登记", "报警", "报案"}, {"去世", "死亡", "过世"}, {"办证", "办残疾证", "换证", "领证", "发证"}, {"缓解"}, {"救助"}, {"出院"}, {"公示"}, {"录入"}, {"毕业"},
}

// eventsIn are the groups of events that words hold, a bit each.
func eventsIn(words string) uint {
	return option(events).all(words)
}

// checkFrames: from when, by whom, on which side and for which term are as the ground has them.
func (s *sentence) checkFrames() Reason {
	if s.support == "" {
		return ""
	}
	if containsAny(s.words, "那天", "那年", "那个月", "之日", "当天", "当月", "次月", "下个月", "第二个月", "之月", "算起", "开始算", "起算") && s.startsElsewhere() {
		return Dates
	}
	if len(s.span) > 0 && strings.Contains(s.words, "由") && s.doneByAnother() {
		return Rival
	}
	if strings.Contains(s.words, "期") {
		for _, m := range termForm.FindAllStringSubmatch(s.plain, -1) {
			if !strings.Contains(s.support, m[1]) && !(s.passage != nil && strings.Contains(s.passage.words, m[1]) && !termForm.MatchString(s.spanned)) {
				return Label
			}
		}
	}
	if containsAny(s.words, "以上", "以下", "前", "后") && containsAny(s.support, "以上", "以下", "前", "后") && s.otherSide() {
		return Comparator
	}
	if len(s.span) == 0 {
		return ""
	}
	if strings.Contains(s.spanned, "不") {
		for _, m := range atForm.FindAllStringSubmatch(s.spanned, -1) {
			if strings.Contains(s.words, m[1]+m[2]) && !strings.Contains(s.words, m[0]) {
				return Negation
			}
		}
	}
	if m := s.kinActing(); m != nil && !strings.Contains(s.support, m[1]+m[2]+m[3]) && !containsAny(s.plain, bothParents...) {
		return Kin
	}
	if strings.ContainsAny(s.plain, "年业职度办居系通殊") && s.narrowsOtherwise() {
		return Label
	}
	if s.anothersBenefit() {
		return Label
	}
	return s.checkOrder()
}

// narrowsOtherwise tells whether the sentence puts another adjective before a word of the span: 未成年亲属 for 成年亲属.
func (s *sentence) narrowsOtherwise() bool {
	for _, m := range adjectiveForm.FindAllStringSubmatch(s.plain, -1) {
		same, other := false, false
		for _, g := range adjectiveForm.FindAllStringSubmatch(s.spanned, -1) {
			same = same || g[2] == m[2] && g[1] == m[1]
			other = other || g[2] == m[2] && g[1] != m[1]
		}
		if other && !same {
			return true
		}
	}
	return false
}

// anothersBenefit tells whether a sentence that rests on a span speaks of a benefit that neither span nor card does.
func (s *sentence) anothersBenefit() bool {
	if len(s.named) == 0 {
		return false
	}
	spanned := s.guard.mentions(s.support)
	around := s.guard.mentions(s.where + "。" + s.guard.asks)
	if len(spanned) == 0 {
		around = append(around, s.guard.mentions(s.passage.words)...)
	}
	knows := func(list []mention, id string) bool {
		return slices.ContainsFunc(list, func(m mention) bool { return m.id == id })
	}
	for _, m := range s.named {
		if !knows(spanned, m.id) && !knows(around, m.id) && s.guard.verdicts[m.id] == "" {
			return true
		}
	}
	return false
}

// kinActing finds a relative who is given a right or a duty.
func (s *sentence) kinActing() []string {
	if !strings.ContainsAny(s.plain, "爸妈爹娘父母奶爷公婆叔舅姑姨伯邻老家") {
		return nil
	}
	return kinActs.FindStringSubmatch(s.plain)
}

// startsElsewhere tells whether time is counted from an event that the ground does not count it from.
func (s *sentence) startsElsewhere() bool {
	var known uint
	found := false
	for _, m := range startForm.FindAllStringSubmatch(s.words, -1) {
		said := eventsIn(m[1] + m[2])
		if said == 0 {
			continue
		}
		if !found {
			found = true
			for _, g := range startForm.FindAllStringSubmatch(s.support, -1) {
				known |= eventsIn(g[1] + g[2])
			}
			if known == 0 {
				for _, g := range afterForm.FindAllStringSubmatch(s.support, -1) {
					known |= eventsIn(g[1])
				}
			}
			if known == 0 {
				known = eventsIn(titleForm.ReplaceAllString(s.support, ""))
			}
		}
		if said&known == 0 {
			return true
		}
	}
	return false
}

// doneByAnother tells whether the sentence says 由 somebody whom the ground does not name.
func (s *sentence) doneByAnother() bool {
	for _, m := range byForm.FindAllStringSubmatch(s.words, -1) {
		known := byForm.FindAllStringSubmatch(s.support, -1)
		if len(known) == 0 {
			actors, _, _ := strings.Cut(s.support, "应当") // who must stands before it
			if sharedPairs(m[1], actors) == 0 {
				return true
			}
			continue
		}
		if !slices.ContainsFunc(known, func(g []string) bool { return sharedPairs(m[1], g[1]) > 0 }) && sharedPairs(m[1], s.support) == 0 {
			return true
		}
	}
	return false
}

// otherSide tells whether the sentence takes the other side of a word than the ground: 标准以下 for 标准以上.
func (s *sentence) otherSide() bool {
	for _, m := range sideForm.FindAllStringSubmatch(s.plain, -1) {
		if strings.Contains(s.support, m[1]+m[2]) || (strings.ContainsAny(m[1], "一二三四五六七八九十百年月日天岁级个成倍元") && m[1] != "之日") {
			continue
		}
		for _, g := range sideForm.FindAllStringSubmatch(s.support, -1) {
			if g[1] == m[1] && sideOf(g[2]) != sideOf(m[2]) {
				return true
			}
		}
	}
	return false
}

func sideOf(word string) rune {
	for _, side := range "前后上下" {
		if strings.ContainsRune(word, side) {
			return side
		}
	}
	return 0
}

var (
	comparing = regexp.MustCompile(`高于|低于|多于|少于|比|参照|按照?`)
	// sides are groups of which two members may be compared with each other.
	sides = []option{
		{{"散居", "家里养", "在家养"}, {"机构", "福利院"}}, {{"非寄宿", "不住校", "走读"}, {"寄宿", "住校", "住读"}}, {{"孤儿"}, {"感染", "事实无人抚养", "困境儿童", "低保"}}, {{"城市", "城镇"}, {"农村", "乡下"}},
	}
)

// checkOrder: what is measured by what is not exchanged: 机构应高于散居.
func (s *sentence) checkOrder() Reason {
	if !strings.ContainsAny(s.words, "于比照按") || !strings.ContainsAny(s.spanned, "于比照按") {
		return ""
	}
	said, found := comparing.FindStringIndex(s.words), comparing.FindStringIndex(s.spanned)
	if said == nil || found == nil {
		return ""
	}
	for _, group := range sides {
		a, b := group.last(s.words[:said[0]]), group.last(s.spanned[:found[0]])
		c, d := group.last(s.words[said[1]:]), group.last(s.spanned[found[1]:])
		if a >= 0 && b >= 0 && c >= 0 && d >= 0 && b != d && a == d && c == b || a >= 0 && b >= 0 && a != b && a == d && c < 0 {
			return Label
		}
		if c >= 0 && d >= 0 && c != d && a < 0 && b < 0 {
			return Label
		}
	}
	return ""
}
