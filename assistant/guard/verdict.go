package guard

import (
	"regexp"
	"slices"
	"strings"
)

var (
	// open are words that leave a verdict open; they hide the verdict words inside them.
	open = regexp.MustCompile(`能不能|可不可以|是不是|符不符合|够不够(得上)?|算不算|有没有资格|能否|是否|不一定|还不能确定|不能确定|没法确定|不好说|说不准|拿不准|不能肯定|不敢说|不能马上(说|定)|(算|办|申请|领|审|查)□(的时候|时)|(财产|收入|年龄|住房|房产)(状况|情况|条件)?(也|都|要|得|必须|还要)*符合(规定|要求|标准)?`)
	// choice words speak of having several benefits at once.
	choice = regexp.MustCompile(`(可以|能|不能|不可以|可|不得|不)(同时|一起|重复|叠加|一块儿?|都)(享受|领取|领|拿|申请|享有|办)?|(可以|可|能)?(继续|接着)(享有|享受|管)|不(再)?计入|不算(进|作|在)|算(进|作)`)

	granted = newForms(
		`(能|可以|可|能够|够得着|得以|照样)(去|来|再|直接|全额|单独|先|马上|现在|就|也|都|照样|放心|大胆|赶紧|赶快|抓紧|尽快|顺利|照常|一并|一块儿?|一起|试着|安心|很快|给(孩子|娃娃?|[您你他她]家?)|帮[您你她他]|替[您你她他]|给[您你她他]|按月|每月|每个月|每年|向\p{Han}{1,6}|到\p{Han}{1,6}|去\p{Han}{1,6})*(申请|申领|领取|领到|领|拿到|拿|办|享受|享|报销|报|得到|得|吃|评上|评|纳入|认定|进□|有□|拿钱)`,
		`(直接|放心|赶紧|赶快|快|尽快|现在|马上|只管|尽管)(就)?(去|来)(领|办|申请|拿)|(达到|满足|够得上|够|具备)(了)?[\p{Han}□]{0,12}的?(条件|标准|要求|资格)|符合|够(条件|格|资格)|够得上|够上`,
		`有(这个|那个)?资格|领得到|领得了|拿得到|办得了|办得下来|办得成|批得(下来|了)|该(领|享受|拿)的?|有份|有(很大|大|点|些|一点)?(的)?希望|希望(很大|不小)`,
		`(能|会|可以|肯)(给[您你她他])?(批|办|发|成)(下来|给|准|成|了|的)?$|够线|达标|资格有了|给([您你他她]|孩子|娃)家?(发|补|报|每|一|两|[0-9])|(发|补|批|打)给([您你他她]|孩子|娃)`,
		`(到|进)(了)?([您你]家?的?)(手|账|卡|兜)|是[您你]家?的了?$|归[您你]|决定给[您你]|有(□|(基本)?(生活|学费|护理)?(补贴|补助|津贴|救助|资助|生活费))|(给|为|替)([您你他她]们?|孩子|娃|孙子|孙女)家?里?(提供|办理?)?(□|最低生活保障|低保|基本生活|补贴|补助|救助|资助|津贴|生活费|保障)|在[\p{Han}□]{0,12}范围(之?内|里)|(算|属于|就是|算是|也是|算作|属)(一个|个|典型的?)?(孤儿|事实无人抚养|事实孤儿|特困|低保户|低边|低保家庭|困境儿童|□)`,
	)
	refused = newForms(
		`(不能|不可以|没法|无法|不可|不得|不予|不让|不给|没得|别想|不会|不再|不用|用不着|还不能|未能|没能)(再|去|来|给([您你她他]家?|孩子|娃)|[您你她他]家)?(申请|申领|领取|领到|领|拿到|拿|办|享受|享|报销|报|认定|纳入|批|发|吃|评)`,
		`(不|没|没有|未|未能)(具备|具有|有|达到|满足|符合|够)[\p{Han}□]{0,10}(资格|条件|标准|要求)|领不到|领不了|领不成|领不上|拿不到|拿不了|办不了|办不成|办不下来|办不到|申请不了|申请不到|申请不成|享受不(到|了)`,
		`吃不(上|了|成)|不(太)?符合|不够(条件|格|资格)|够不(上|着|到)|(没|没有|无|不具备|不具有|失去)(这个)?(资格|份|条件)|不(算|属于|是)(一个|个)?(孤儿|事实无人抚养|事实孤儿|特困|低保户|低边|低保家庭|困境儿童|□)`,
		`不享受|轮不到|不在[\p{Han}□]{0,12}范围|被(拒|排除|刷下来|退回)|不适用|不包括(您|你)|不管(您|你)|没有(您|你)|没(您|你)|不给办|不归|不满足|达不到|未达到|没达到|没达标|不达标|没有希望|没希望|不可能|享受不上`,
		`不沾边|没戏|没指望|批不(下来|了)|报不了|报销不了|就?别(去)?(想|申请|办)了?|与\p{Han}{1,4}无缘|没门|泡汤`,
	)

	tentative  = regexp.MustCompile(`可能|也许|或许|说不定|有机会|要确认|得确认|再确认|待确认|确认(一下|清楚|过)|还要(再)?(弄清|看|核|问|确认)|要看|得看|看(当地|情况|条件)|核对|核实|再问问|差(几样|一些)|弄清|试试`)
	openLater  = regexp.MustCompile(`(要|得|需|待|再|还没|没有|等)\p{Han}{0,6}(确认|弄清|核)`) // not 最后由民政确认
	rhetorical = regexp.MustCompile(`不就|难道|还用(问|说)|怎么可能|谁说|何必|何不`)
	confirming = regexp.MustCompile(`确认|弄清|核|问`)
	// begins begins a condition; conditional ends one, where a consequence follows.
	begins      = regexp.MustCompile(`^(不过|但是?|可|那|而且|另外|这.{0,3}|您.{0,4})?(如果|要是|假如|若是?|倘若|一旦|万一|等到?|只有|除非|凡是?|只要|当)`)
	conditional = regexp.MustCompile(`的(话)?$|^(没|不给|没有|不|不能|没能)(批准?|同意|通过|办成|办下来)$|(批|办|审核|确认|核)(下来|通过|过)(了|以后|后|之后)?$|(以后|之后|的时候|那时候|到时候?)$`)
	asking      = regexp.MustCompile(`(吗|呢|么|嘛|没有|不)？$|？$`)
	toReader    = regexp.MustCompile(`您|你|咱|我们家|像.{0,4}这样|这种情况|^(这|那)(项|个|笔|份|样|种)(钱|补贴|补助|救助|待遇)?(就|是|也|都)?(能|可以)|这样的情况|像(她|他)|^(这|那)?个?(孩子|娃|孙|外孙|儿子|女儿|小孙|小孩|闺女)|(孙子|孙女|外孙|大的|小的)`)
	// idle words make no condition: whoever applies applies.
	idle = regexp.MustCompile(`申请|去|办理?|街道|乡镇|填表|提出|材料|□|要是|如果|只要|就|您|你|的|了|把|交|上`)
)

// forms are expressions of which one must match. Together they would be too large for the fast way of matching.
type forms []*regexp.Regexp

func newForms(parts ...string) forms {
	var all forms
	for _, part := range parts {
		all = append(all, regexp.MustCompile(part))
	}
	return all
}

func (f forms) match(words string) bool {
	return slices.ContainsFunc(f, func(form *regexp.Regexp) bool { return form.MatchString(words) })
}

// find is where the first form that matches ends; -1 where none does.
func (f forms) find(words string) int {
	for _, form := range f {
		if at := form.FindStringIndex(words); at != nil {
			return at[1]
		}
	}
	return -1
}

// stance is a verdict word in a clause.
type stance int8

const (
	silent stance = iota
	yes
	no
)

// Every form of refusing and granting holds one of these characters.
const (
	refusing = "不没无别未轮被泡失排"
	granting = "能可够得照直放赶快尽现马只达满具符资领拿办批该份希会肯给发补打范算属是到进归为替"
)

// stanceOf reads what a clause without names says.
func stanceOf(words string) stance {
	if !(strings.ContainsAny(words, refusing) && refused.match(words)) && !(strings.ContainsAny(words, granting) && granted.match(words)) {
		return silent // most clauses
	}
	words = open.ReplaceAllString(words, "◇")
	words = choice.ReplaceAllString(words, "◇")
	if refused.match(words) {
		return no
	}
	if granted.match(words) {
		return yes
	}
	return silent
}

// checkVerdicts: a verdict word next to a benefit agrees with the card; without one it is unsupported, unless a passage
// states it as a rule. A question says no verdict, and what hangs on a condition says it of the passage's rule.
func (s *sentence) checkVerdicts() Reason {
	asks, spoken := asking.MatchString(s.words) && !rhetorical.MatchString(s.words), false
	conditionAt := -1
	var last []mention // the benefits named last
	for i, c := range s.clauses {
		if c.from > 0 && strings.ContainsRune("。！？；", s.text[c.from-1]) {
			conditionAt = -1 // a condition ends with its sentence
		}
		named := append(slices.Clip(c.named), s.slotMentions(c)...)
		says := stanceOf(c.plain)
		if begins.MatchString(c.words) || i+1 < len(s.clauses) && conditional.MatchString(c.words) {
			conditionAt = i
			if !strings.ContainsAny(c.words, "就才") {
				says = silent // the condition itself
			}
		}
		if says != silent && !(asks && i == len(s.clauses)-1) {
			spoken = true
			hangs := conditionAt >= 0 && (conditionAt < i || conditionBefore(c.words)) && s.realCondition(s.clauses[conditionAt].words)
			if !s.verdictHolds(c, says, s.aboutWhat(i, named, last), hangs) {
				return Verdicts
			}
		}
		if len(named) > 0 {
			last = named
		}
	}
	if !spoken && !asks && conditionAt < 0 && s.hushes() {
		return Verdicts
	}
	return ""
}

// aboutWhat lists the benefits that the verdict in clause i is about: its own, else those named last, else the next.
func (s *sentence) aboutWhat(i int, named, last []mention) []mention {
	about := withoutAttributes(named)
	switch {
	case len(about) > 0:
		return about
	case unknownBenefit(s.clauses[i].plain):
		return []mention{{}}
	case len(last) > 0:
		return last
	}
	return s.mentionsAfter(i)
}

// hushes tells of a sentence without span and slot that names a benefit which the family cannot have, or may not have,
// and does not say so: 低保没有问题.
func (s *sentence) hushes() bool {
	if len(s.span) > 0 || len(s.slots) > 0 || s.retold {
		return false
	}
	leftOpen := tentative.MatchString(s.words) || open.MatchString(s.words)
	return slices.ContainsFunc(s.named, func(m mention) bool {
		return !m.attribute && (m.verdict == "ineligible" || m.verdict == "undetermined" && !leftOpen)
	})
}

// withoutAttributes leaves out benefits that only describe a family (低保家庭) where another is named.
func withoutAttributes(named []mention) []mention {
	var rest []mention
	for _, m := range named {
		if !m.attribute {
			rest = append(rest, m)
		}
	}
	if len(rest) == 0 {
		return named
	}
	return rest
}

// slotMentions are the benefits whose slots stand in a clause.
func (s *sentence) slotMentions(c clause) []mention {
	var found []mention
	for _, r := range s.text[c.from:c.to] {
		if !isSlot(r) {
			continue
		}
		about := s.slots[r-slotMark].about
		if about != "" {
			found = append(found, mention{benefitName: benefitName{id: about, verdict: s.guard.verdicts[about]}})
		}
	}
	return found
}

func (s *sentence) mentionsAfter(i int) []mention {
	for _, c := range s.clauses[i+1:] {
		if found := append(slices.Clip(c.named), s.slotMentions(c)...); len(found) > 0 {
			return found
		}
	}
	return nil
}

// verdictHolds tells whether what a clause says of these benefits is so.
func (s *sentence) verdictHolds(c clause, says stance, about []mention, hangs bool) bool {
	if len(about) == 0 {
		return s.statesRule(c, says) || says == yes && s.onlyGood()
	}
	maybe, rule := s.maybe(c), s.statesRuleOf(c, says)
	for _, m := range about {
		ok := false
		switch m.verdict {
		case "eligible":
			ok = says == yes || hangs && s.passageNames(m.id)
		case "undetermined":
			ok = maybe && (says == yes || confirming.MatchString(s.words)) || hangs && (len(s.span) > 0 || says == yes)
		case "ineligible":
			ok = says == no && !maybe || hangs && s.passageNames(m.id)
		default:
			ok = s.statesRule(c, says) || hangs && s.passageNames(m.id)
		}
		if !ok && !rule(m.id) {
			return false
		}
	}
	return true
}

// onlyGood tells whether a sentence that names no benefit can only mean one that the family can have: the card has no
// other, and the passage speaks of it or of none by name.
func (s *sentence) onlyGood() bool {
	if s.passage == nil || len(s.guard.verdicts) == 0 {
		return false
	}
	named := s.guard.mentions(s.passage.words + "。" + s.where)
	ours := len(named) == 0
	if title := s.guard.mentions(s.where); len(title) == 1 && title[0].verdict == "eligible" {
		return true
	}
	for id, verdict := range s.guard.verdicts {
		if verdict != "eligible" {
			return false
		}
		ours = ours || slices.ContainsFunc(named, func(m mention) bool { return m.id == id })
	}
	return ours
}

// passageNames tells whether the passage that the sentence rests on speaks of a benefit.
func (s *sentence) passageNames(id string) bool {
	if s.passage == nil {
		return false
	}
	named := s.guard.mentions(s.passage.words + "。" + s.where)
	return slices.ContainsFunc(named, func(m mention) bool { return m.id == id })
}

var groups = regexp.MustCompile(`的(残疾|孤独症|困难|低保)?(儿童|孩子|家庭|人员?|学生|未成年人|对象|娃)|^凡|儿童|学生`)

// statesRuleOf tells of a benefit whether a clause repeats what the passage says of it to some group of people, even
// where the card decides otherwise for the reader.
func (s *sentence) statesRuleOf(c clause, says stance) func(id string) bool {
	if !groups.MatchString(s.plain) || !s.statesRule(c, says) || len(s.slots) > 0 {
		return func(string) bool { return false }
	}
	named := s.guard.mentions(s.spanned)
	return func(id string) bool {
		return slices.ContainsFunc(named, func(m mention) bool { return m.id == id })
	}
}

// maybe tells whether the clause, or the one before or after it, leaves the verdict open.
func (s *sentence) maybe(c clause) bool {
	for _, other := range s.clauses {
		switch {
		case other.from < c.from:
		case other.from == c.from:
			if tentative.MatchString(c.words) || open.MatchString(c.words) {
				return true
			}
		case len(other.named) > 0: // what follows is said of another benefit
			return false
		case openLater.MatchString(other.words):
			return true
		}
	}
	return false
}

// statesRule tells whether a clause repeats a rule of its passage without applying it to the reader.
func (s *sentence) statesRule(c clause, says stance) bool {
	if len(s.span) == 0 || toReader.MatchString(c.words) && !s.namesObject(c, says) {
		return false
	}
	rule := s.place.words
	if says == no {
		return containsAny(rule, "不", "未", "无", "非", "免", "除")
	}
	return containsAny(rule, "可", "能", "享受", "应当", "给予", "纳入", "发放", "属于", "是指", "具备", "有权", "免除", "实施", "提供", "补贴", "申请", "申领", "由", "符合", "优惠", "免费")
}

// namesObject tells whether what the reader can have is named in the span, and is none of the benefits: 可以享受儿童票.
func (s *sentence) namesObject(c clause, says stance) bool {
	if says != yes || len(s.named) > 0 || unknownBenefit(c.plain) {
		return false
	}
	end := granted.find(c.plain)
	return end >= 0 && sharedPairs(c.plain[end:], s.spanned) >= 2
}

// conditionBefore tells whether a clause is a condition and its consequence in one: 批下来就能领.
func conditionBefore(words string) bool {
	at := strings.Index(words, "就")
	return at > 0 && (begins.MatchString(words[:at]) || conditional.MatchString(words[:at]))
}

// realCondition tells whether a condition is more than applying, and stands in the span where there is one.
func (s *sentence) realCondition(words string) bool {
	rest := idle.ReplaceAllString(s.guard.withoutNames(words), "")
	if len(s.span) == 0 {
		return containsAny(words, "批", "审核", "确认", "核对", "符合", "办下来", "办成", "通过")
	}
	return sharedPairs(rest, s.passage.words) > 0
}

// sharedPairs counts the pairs of neighbouring Chinese characters of a that stand in b.
func sharedPairs(a, b string) int {
	n := 0
	runes := []rune(a)
	for i := 0; i+1 < len(runes); i++ {
		if isHan(runes[i]) && isHan(runes[i+1]) && strings.Contains(b, string(runes[i:i+2])) {
			n++
		}
	}
	return n
}
