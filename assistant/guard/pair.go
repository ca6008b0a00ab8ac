package guard

import "strings"

// holders and doings stand together in a rule; each office has its own work and each group its own way.
var (
	offices = option{{"乡镇", "街道", "镇上"}, {"县级", "县里", "区县", "县民政"}, {"受理地", "受理的地方"}, {"法院"}, {"公安", "派出所"}}
	works   = option{{"初审"}, {"审批"}, {"录入"}, {"查验"}, {"告知"}, {"调查"}, {"公示"}, {"作出决定", "作决定"}}

	having = option{{"没拿", "没领", "没吃", "没有领", "没有拿", "没享受", "未获得", "未享受", "没获得", "其他", "其余", "别的"}, {"已获得", "已经拿", "拿着", "领着", "吃着", "已经领", "拿了", "已享受", "享受了", "已经获得"}}
	ways   = option{{"全额", "全部发", "发满"}, {"补差", "差额", "差多少补"}}

	degrees = option{{"不紧急", "不急", "一般", "通常", "平常"}, {"情况紧急", "紧急"}}
)

// pairing is a pair of groups whose members go together.
type pairing struct{ who, what option }

// stages of schooling and who pays; renewing a card and what follows.
var (
	stages   = option{{"在校", "上学期间", "读书期间"}, {"毕业"}}
	renewals = option{{"未换证", "没换证", "没换", "不换"}, {"换了", "换证", "换好", "重新换"}}
	effects  = option{{"停发", "停掉"}, {"恢复"}}
	payers   = option{{"财政", "国家", "政府"}, {"自付", "自己付", "自己还", "学生付"}}
)

var pairings = []pairing{{offices, works}, {having, ways}, {stages, payers}, {renewals, effects}}

// checkPairs: where the span gives several their own, the sentence does not exchange them.
func (s *sentence) checkPairs() Reason {
	if len(s.span) == 0 {
		return ""
	}
	for _, p := range pairings {
		what := p.what.all(s.words)
		if what == 0 || p.what.all(s.spanned) == 0 {
			continue
		}
		said, found := p.pairs(s.words), p.pairs(s.spanned)
		for pair := range said {
			if !found[pair] && (found.has(pair[0], -1) || found.has(-1, pair[1])) {
				return Label
			}
		}
	}
	return ""
}

type pairSet map[[2]int]bool

func (p pairSet) has(who, what int) bool {
	for pair := range p {
		if pair[0] == who || pair[1] == what {
			return true
		}
	}
	return false
}

// pairs are who and what that stand together: each what with the who named last before it.
func (p pairing) pairs(words string) pairSet {
	set := pairSet{}
	who := -1
	for _, c := range strings.FieldsFunc(words, func(r rune) bool { return strings.ContainsRune("，。；", r) }) {
		if w := p.who.last(c); w >= 0 {
			who = w
		}
		if what := p.what.last(c); what >= 0 && who >= 0 {
			set[[2]int{who, what}] = true
		}
	}
	return set
}

// underAnotherCondition tells whether a number stands under a condition that the ground gives to another number only.
func (s *sentence) underAnotherCondition(q, g quantity) bool {
	said := degrees.last(clauseBefore(string(s.text), q.from))
	if said < 0 {
		return false
	}
	found := degrees.last(clauseBefore(s.support, g.from))
	if found == said {
		return false
	}
	for _, other := range s.ground.quantities {
		if other.kind == g.kind && other.value != g.value && degrees.last(clauseBefore(s.support, other.from)) >= 0 && (said == 1 || found == 1) {
			return true
		}
	}
	return found >= 0
}

// clauseBefore is what stands between the last semicolon or full stop and character i.
func clauseBefore(words string, i int) string {
	runes := []rune(words)
	before := string(runes[:min(i, len(runes))])
	if at := strings.LastIndexAny(before, "；。"); at >= 0 {
		before = before[at:]
	}
	return before
}
