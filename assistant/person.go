package assistant

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"xiaohe/knowledge/lexical"
)

// wantsPerson tells whether somebody asks for a human being to answer: 转人工, 有没有人, 叫社工来. Who only speaks of
// people (找人借钱, 人工耳蜗), asks whether a human writes (你是真人吗) or wants none (不用转人工) does not.
//
// Clauses are read one by one. What names a human at once counts in any message; what may also be told of something
// else counts only as the whole of a short one.
func wantsPerson(text string) bool {
	clauses := clausesOf(text)
	short := utf8.RuneCountInString(text) <= shortCall
	return slices.ContainsFunc(clauses, func(clause string) bool {
		if notCalled.MatchString(clause) {
			return false
		}
		return calledPlainly.MatchString(clause) || short && calledPerhaps.MatchString(clause)
	})
}

// shortCall is how long a message may be, in characters, in which anything but a plain wish counts.
const shortCall = 40

// slips are common slips of input methods.
var slips = strings.NewReplacer("人公", "人工", "仁工", "人功", "社功", "社工", "zhuan", "转", "rengong", "人工", "zhenren", "真人", "shegong", "社工",
	"机器仁", "机器人", "人机", "机器人", "智能客服", "机器人", "电脑", "机器人", "ａｉ", "ai")

// clausesOf splits a message at its marks and blanks, in simplified characters and lower case. Characters that stand
// apart one by one (转 人 工) are joined.
func clausesOf(text string) []string {
	simplified := lexical.Simplified()
	text = strings.Map(func(r rune) rune {
		r = unicode.ToLower(r)
		if s, ok := simplified[r]; ok {
			return s
		}
		if unicode.In(r, unicode.Cf, unicode.Mn) {
			return -1
		}
		return r
	}, text)
	var clauses []string
	apart := false // the last clause is made of characters that stood apart
	for _, part := range strings.FieldsFunc(slips.Replace(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		single := utf8.RuneCountInString(part) == 1
		if single && apart {
			clauses[len(clauses)-1] += part
		} else {
			clauses = append(clauses, part)
		}
		apart = single
	}
	return clauses
}

// Parts of the patterns. Who speaks is the person, never somebody that they tell of: a clause begins with the wish.
const (
	opening = `^(?:喂|你好|您好|请问|那|那就|哎|唉|求求你|求你|麻烦你?|拜托|我说|到底|现在|还是|算了|快点?|赶紧|真的|可以|可不可以|能不能|能|帮我|给我|请|你|我|俺|侬|你们|我们|这里|这边|就|只|也|直接|想|要|想要|需要|让|我需要)*`
	someone = `(?:一下|一哈|一个|个|你们的?|的|这里的?|这边的?|真的|真正的?|其他|别的)*`
	ending  = `(?:来|吧|吗|嘛|么|呀|啊|哦|呢|行不行|行吗|好吗|好伐|好不好|可以吗|可以不|能吗|谢谢|快点?|行不|一下|了|急|的|不|出来|说说?|说话|跟我说话?|跟我讲|跟我聊|和我说话?|陪我|给我讲|教我|帮帮?我|帮忙|聊聊?|聊聊?天|讲讲?|讲话|说话|谈谈?|摆|唠|唠唠|有事|联系我|过来|接|打给我|给我打?个?电话|给我回个?电话|理我|回我|问|当面)*$`
	told    = `(?:说|讲|聊|谈|摆|唠|讲话|说话|沟通|交流)`
	machine = `(?:机器人?|ai|程序|软件)`
	living  = `(?:真人|活人|真的人|真正的人|人类|大活人)`
	staff   = `(?:社工|工作人员|领导|负责人|管事的?人?|主任|值班的?人?|客服|人工)(?:姐姐|哥哥|阿姨|叔叔|老师|同志)?`
)

// calledPlainly names a human who is to answer.
var calledPlainly = regexp.MustCompile(strings.Join([]string{
	// 人工 as a service
	`(?:转|接|转接|换|要|找|叫|喊|联系|呼叫|需要)` + someone + `(?:到|给)?人工(?:客服|服务|坐席|座席|台|帮助|热线|人工)?` + ending,
	`^(?:人工)+(?:客服|服务|坐席|座席|台|帮助|在线|在|怎么找|怎么转|有没有)*` + ending,
	`(?:怎么|怎样|如何|咋)(?:才能?|能|样才能)?(?:转|接|找到?|联系到?)人工`,
	`你们?(?:这里|这边)?(?:有没有|有)人工`,
	// a living person
	`(?:找|换|叫|喊|来|要|派|安排|有没有|让|请|接|有)` + someone + living + `(?:客服|服务)?(?:没得|没有|没|不)?` + ending,
	`(?:跟|和|同|与)` + someone + `(?:` + living + `)` + told,
	`^` + living + `(?:客服|服务|坐席)(?:在)?` + ending,
	// not a machine
	opening + `(?:不想|不要|不愿意?|别|别再|不)(?:再)?(?:跟|和|用|对着|让|拿)(?:你这个?)?` + machine + `(?:` + told + `|糊弄|敷衍|回|打发)`,
	`想跟人` + told + `|要跟人` + told + `|要和人` + told + `|想和人` + told,
	// those who work here
	opening + `(?:找|叫|喊|请|要|见|联系|派|安排|接|让|换)` + someone + staff + ending,
	opening + `(?:跟|和|同|找)(?:你们的?)?` + staff + told,
	`^` + staff + `(?:在|在不在|在线|呢|能来一下|能来|可以来|有没有)+` + ending,
	`你们(?:这里|这边)?(?:有没有|有)(?:工作人员|值班的人)`,
	// 我要找人
	opening + `找` + someone + `人` + ending,
}, "|"))

// calledPerhaps is what also occurs where nobody is called, in longer messages.
var calledPerhaps = regexp.MustCompile(strings.Join([]string{
	`^(?:喂|你好|您好|请问|到底|在吗|这里|这边|你们|哎|唉)*(?:有没有人|有人吗|有人没有?|有人在|没有?人吗|没有?人在吗|有莫得人|有得人没|有没得人|有冇人)(?:在|能|可以)*` + ending,
	opening + `(?:叫|让|喊|派|安排|来|有没有|有|能有)(?:一个|个|其他)*人(?:能|可以)?(?:来我家|来家里)?(?:看看|看一下)?` + ending,
	opening + `(?:跟|和|同)(?:一个|个|你们的)*人(?:直接)?` + told + ending,
	opening + `(?:找|换|叫|有没有|来)` + someone + `(?:大人|叔叔阿姨|叔叔|阿姨|老师|姐姐|哥哥)(?:能|可以)?` + ending,
	`^你?换个?人(?:了|吧|来|行吗|来?[说讲].{0,4})?$`,
	opening + `(?:给我|给俺)?(?:回|打)(?:一?个)?电话(?:给我|给俺|跟我说|跟我讲|来)?` + ending,
	opening + `(?:不要|关掉|关了|不用|停掉)` + machine + `(?:了|回复|回答)?$`,
	`^别` + machine + `(?:回复|回答|说)` + ending,
	opening + `谁能(?:接|来|回|帮)` + ending,
	`^客服(?:呢|在吗|在不在)?$`,
}, "|"))

// notCalled is a clause that wants nobody, asks what somebody is, or speaks of another place's people.
var notCalled = regexp.MustCompile(strings.Join([]string{
	`(?:不用|不要|不需要|不必|别|先不|先别|不想)(?:急着)?(?:再|给我|帮我)?(?:转|接|找|叫|换|联系|要|喊)?(?:个|一下)?(?:人工|社工|真人|客服|工作人员)`,
	`^(?:你|您|这|那|这个|对面)(?:到底|究竟)?(?:是|是不是)`,
	`12345|12348|12355|12356|110|120|支付宝|微信|银行|医保|热线|民政局|派出所|法院|学校|村委会|街道`,
	`(?:昨天|上次|前天|刚才|已经|早就).*(?:过|了)`,
	`(?:他|她|我爸|我妈|我哥|我弟|我姐|我妹|爷爷|奶奶|外婆|孩子|孙子|孙女|同学)(?:又|也|还|说|要|想|去|就|老是|不|在)+`,
	`人工(?:耳蜗|流产|受孕|授精|智能|呼吸|费|审核|收入|草|林|湖|降雨|牙|关节|晶体|血管|心脏)`,
	`要钱|多少钱|哪里|哪儿|什么`,
}, "|"))
