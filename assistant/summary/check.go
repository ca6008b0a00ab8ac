package summary

import (
	"regexp"
	"slices"
	"strings"

	"xiaohe/assistant/handoff"
)

// Words that no summary says, whatever the family has written: what was verified, who is entitled, what the law calls it
// and what to do is the worker's to find out.
var (
	judging = regexp.MustCompile(`核实|查实|属实|证实|一定能|肯定能|保证|符合|资格|有权|涉嫌|构成|属于|违法|犯罪|建议|应该|应当|需要立即|系统|提示词`)
	granted = regexp.MustCompile(`能领|可以领|可领|能拿|可以拿|能申请|可以申请|能享受|可以享受`)
	asks    = regexp.MustCompile(`问|想知道|想了解|能不能|可不可以|怎么`)
)

// isSober tells whether a sentence only retells.
func isSober(text string) bool {
	return !judging.MatchString(text) && (!granted.MatchString(text) || asks.MatchString(text))
}

// kin are people by what families call them. The longer words come first: 外婆 is no 婆婆, 继父 no 父亲.
var kin = [][]string{
	{"继父", "继母", "后爸", "后妈", "后爹", "后娘", "养父", "养母"},
	{"外公", "姥爷", "外祖父"}, {"外婆", "姥姥", "外祖母"}, {"爷爷", "祖父"}, {"奶奶", "祖母", "婆婆"},
	{"舅"}, {"姨"}, {"叔"}, {"伯"}, {"姑"}, {"嫂", "婶"}, {"哥"}, {"姐"}, {"弟"}, {"妹"},
	{"儿子", "崽"}, {"女儿", "闺女"}, {"老师", "班主任"}, {"同学"}, {"邻居", "隔壁"}, {"男朋友"}, {"教练"}, {"主任"}, {"医生"}, {"警察", "公安", "派出所"},
	{"爸", "爹", "父", "老汉"}, {"妈", "娘", "母"},
}

// notKin are words with a name of kin in them that name nobody.
var notKin = strings.NewReplacer("姑娘", "", "姨妈巾", "", "阿姨", "姨", "监护人", "", "老母鸡", "")

// kinIn returns the numbers of the people that a text names.
func kinIn(text string) []int {
	text = notKin.Replace(text)
	var found []int
	for i, words := range kin {
		for _, word := range words {
			if strings.Contains(text, word) {
				found = append(found, i)
				text = strings.ReplaceAll(text, word, "，")
				break
			}
		}
	}
	return found
}

// selfNamed is how somebody says who they are.
var selfNamed = regexp.MustCompile(`我是(?:这个|那个)?(?:孩子|小孩|娃娃?|他|她|村里?|社区|学校)?的?[^，。！？\s]{1,5}`)

// names tells whether a sentence speaks only of people that its quotes name, or of whoever writes.
func names(text, ground string, said []handoff.Utterance) bool {
	known := kinIn(ground)
	for _, u := range said {
		known = append(known, kinIn(selfNamed.FindString(u.Text))...)
	}
	return !slices.ContainsFunc(kinIn(text), func(who int) bool { return !slices.Contains(known, who) })
}

// events are what happens to people. A sentence that tells of one needs a quote that does.
var events = []*regexp.Regexp{
	regexp.MustCompile(`打|揍|抽|扇|踢|掐|砍|暴|虐|棍|皮带`),
	regexp.MustCompile(`摸|脱|侵|猥|奸|亲我|碰我|裸|隐私|下面`),
	regexp.MustCompile(`死|去世|过世|自杀|轻生|想活`),
	regexp.MustCompile(`毒|吸粉|溜冰`),
	regexp.MustCompile(`牢|监狱|服刑|坐监|判|拘`),
	regexp.MustCompile(`离婚|离了|改嫁|跑|离家|出走|走|不见|失踪|没回|音信|联系`),
	regexp.MustCompile(`病|残|癌|瘫|烧|疼|痛|伤|血|骨折|住院|叫不醒|昏|晕`),
	regexp.MustCompile(`饿|没吃|没饭|断粮|米|揭不开`),
	regexp.MustCompile(`怀孕|流产|例假|月经|那个`),
	regexp.MustCompile(`割|自残|自伤|划`),
	regexp.MustCompile(`骂|欺负|欺凌|孤立|威胁|勒索|抢`),
	regexp.MustCompile(`喝酒|酗酒|醉|赌`),
	regexp.MustCompile(`辍学|不上学|没上学|退学|休学`),
}

// gentle is how people say that somebody has died.
var gentle = strings.NewReplacer("没了", "去世", "走了", "走了去世", "不在了", "去世", "不在世", "去世", "不想活", "想活死")

// happens tells whether all that a sentence tells of happens in its quotes too.
func happens(text, ground string) bool {
	ground = gentle.Replace(ground)
	return !slices.ContainsFunc(events, func(e *regexp.Regexp) bool { return e.MatchString(text) && !e.MatchString(ground) })
}
