package guard

import (
	"regexp"
	"slices"
	"strings"
)

var slotForm = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// read takes the slots out of a sentence and returns it filled in.
func (s *sentence) read(words string) (string, Reason) {
	var filled, marked strings.Builder
	last := 0
	for _, m := range slotForm.FindAllStringSubmatchIndex(words, -1) {
		slot, known := s.guard.slots[words[m[2]:m[3]]]
		if !known || slot.raw == "" {
			return "", Slots
		}
		filled.WriteString(words[last:m[0]] + slot.raw)
		marked.WriteString(words[last:m[0]])
		marked.WriteRune(slotMark + rune(len(s.slots)))
		s.slots = append(s.slots, slot)
		last = m[1]
	}
	filled.WriteString(words[last:])
	marked.WriteString(words[last:])
	if strings.ContainsAny(marked.String(), "{}｛｝") {
		return "", Slots
	}
	s.text = normal(marked.String())
	s.words = string(s.text)
	return filled.String(), ""
}

const money = "金额"

var (
	roughBefore = regexp.MustCompile(`(大概|大约|差不多|约莫|约|将近|接近|不到|没到|超过|快到|快|小|近|上|好几|至少|起码|不止|多于|少于|高于|低于)(有|是|能领|能拿|领|拿)?$`)
	roughAfter  = regexp.MustCompile(`^(左右|上下|多|出头|以上|以下|以内|的?([0-9一二两三四五六七八九十半]+)(倍|成)|的?一半|翻|乘|除|加|减|不等|万|千|百|亿|美元|港|打|扣|折)`)
	mostBefore  = regexp.MustCompile(`(最多|最高|顶多|至多)(有|是|能领|能拿|领|拿|可以领)?$`)
	notBefore   = regexp.MustCompile(`(不|没|别|无需|不必|没有|不是|不用|不要|不能|不在|不去|不到|别去|不带|不用带|不用去|没得)(再|是|去|到|带|有|打|领|上|叫)?(每月|每个月|每年|一个月|一年)?$`)
	callBefore  = regexp.MustCompile(`(打|拨|拨打|电话|热线|号码|打给)(是|：|为)?$`)
	payBefore   = regexp.MustCompile(`(领|拿|每月|每个月|每年|一年|一个月|给|发)(到)?$`)
	goBefore    = regexp.MustCompile(`(去|到|上|向)$`)
)

// checkSlots looks at the words round each slot: a value may not be altered, negated or put to another use.
func (s *sentence) checkSlots() Reason {
	for i, r := range s.text {
		if !isSlot(r) {
			continue
		}
		slot := s.slots[r-slotMark]
		before, after := string(s.text[max(0, i-8):i]), string(s.text[i+1:min(len(s.text), i+7)])
		switch {
		case numeralBeside(s.text, i):
			return Slots
		case notBefore.MatchString(before):
			return Negation
		case slot.isMoney() && (roughBefore.MatchString(before) || roughAfter.MatchString(after)):
			return Vague
		case slot.isMoney() && mostBefore.MatchString(before) && !containsAny(slot.raw, "最高", "不超过", "最多"):
			return Comparator
		case slot.isMoney() && (callBefore.MatchString(before) || goBefore.MatchString(before)),
			slot.kind == "电话" && (payBefore.MatchString(before) || goBefore.MatchString(before)),
			slot.kind == "去哪" && (callBefore.MatchString(before) || payBefore.MatchString(before)):
			return Slots
		case slot.about != "" && (s.othersMoney(i, slot.about) || s.namedBefore(i, slot.about)), wrongLabel(before, slot.kind):
			return Slots
		}
	}
	return ""
}

func (t slotText) isMoney() bool { return strings.HasSuffix(t.kind, money) }

// numeralBeside tells whether a number touches the slot at i. 一个月 may follow one.
func numeralBeside(t text, i int) bool {
	touches := func(j int) bool { return j >= 0 && j < len(t) && (isDigit(t[j]) || isNumeral(t[j])) }
	return touches(i-1) || touches(i+1) && !t.at(i+1, "一个月") && !t.at(i+1, "一年") && !t.at(i+1, "一天")
}

// aidKind is a kind of aid that is no benefit's whole name.
var aidKind = regexp.MustCompile(`(生活|护理|育儿|医疗|临时|教育|交通|伙食|住房|高龄|寄宿|康复|取暖|水电)(补贴|补助|救助|津贴)`)

// othersMoney tells whether the clause of the slot at i speaks only of benefits that the slot does not belong to.
func (s *sentence) othersMoney(i int, about string) bool {
	for _, c := range s.clauses {
		if i < c.from || i >= c.to {
			continue
		}
		for _, m := range c.named {
			if m.id == about {
				return false
			}
		}
		if kind := aidKind.FindString(c.plain); kind != "" && !strings.Contains(about, kind) && !strings.Contains(about, kind[:len("生活")]) {
			return true
		}
		return len(c.named) > 0 || unknownBenefit(c.plain) && !containsAny(c.words, "补助", "补贴", "救助")
	}
	return false
}

// namedBefore tells whether the slot at i stands in a clause that names no benefit, after one that names another only.
func (s *sentence) namedBefore(i int, about string) bool {
	for n := len(s.clauses) - 1; n >= 0; n-- {
		c := s.clauses[n]
		if c.from > i || len(c.named) == 0 {
			continue
		}
		return !slices.ContainsFunc(c.named, func(m mention) bool { return m.id == about }) && !slices.ContainsFunc(s.slotMentions(c), func(m mention) bool { return m.id == about })
	}
	return false
}

// slotLabels are words right before a slot that say what it holds.
var slotLabels = []struct {
	form  *regexp.Regexp
	kinds []string
}{
	{regexp.MustCompile(`(去哪|哪里|哪儿|地点|地方|地址)[\p{Han}]{0,3}[：是]?$`), []string{"去哪"}},
	{regexp.MustCompile(`(要带|带上|带着|带好|材料|东西)[\p{Han}]{0,2}[：是]?$`), []string{"要带"}},
	{regexp.MustCompile(`(钱数|多少钱|金额|标准)[：是]?$`), []string{"金额", "参考金额"}},
	{regexp.MustCompile(`(原因|为什么)[：是]?$`), []string{"原因"}},
	{regexp.MustCompile(`(多久|时限|时间)[：是]?$`), []string{"时限", "变化"}},
}

// wrongLabel tells whether the words before a slot announce another kind of value.
func wrongLabel(before, kind string) bool {
	for _, l := range slotLabels {
		if l.form.MatchString(before) {
			return !slices.Contains(l.kinds, kind)
		}
	}
	return false
}
