package guard

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// speeches are ways of speaking that no source can support. unless takes harmless uses out first.
var speeches = []struct {
	reason  Reason
	form    *regexp.Regexp
	unless  *regexp.Regexp
	inSpan  bool     // the span may say it too
	ignites []string // one of these must stand in the sentence at all; empty: always tried
}{
	{Promise, regexp.MustCompile(`一定|肯定|保证|包[您你他她]|包过|包批|准能|准行|准给|准批|稳拿|稳的|稳了|绝对|百分百|百分之百能|没问题|没有问题|没啥问题|没什么问题|问题不大|会好(起来)?的|(会|都)没事的?|[他她]?会回来|马上就?(会|能|给|有)|很快就?(会|能)|铁定|必定|必然|打包票|担保|跑不了|妥妥|十拿九稳|板上钉钉|治得好|(能|会|可以|就|包|准)治好|治好了|会好起来|好起来的|不会再(欺负|打|来)|再也不|去了准|一准|尽管放心|包管|笃定|冇问题|没得问题|错不了|少不了(您|你)`),
		regexp.MustCompile(`不一定|(一定|肯定)(很|不好受|难|累|紧|苦|着急|担心|吃力|心疼|害怕|不容易|辛苦|特别|非常)|一定(要|得|记得|别|不要)|说不定|不能保证|没法保证|不敢保证|不好保证|保证金|生活保障|不能肯定|没法肯定|最低生活保`), true,
		[]string{"一定", "肯定", "保证", "包", "准", "稳", "绝对", "百分", "没问题", "问题", "好", "没事", "回来", "马上", "很快", "铁定", "必", "打包", "担保", "跑不", "妥", "拿九稳", "钉钉", "治", "不会再", "再也不", "放心", "笃定", "得问题", "冇", "错不了", "少不了"}},
	{Diagnosis, regexp.MustCompile(`(吃|服|喝|用)\p{Han}{0,6}药|慢慢会好|会慢慢好|(来|开)(点|些|几片|一片|两片)?(药|安定|安眠药|止痛药|镇静|抗抑郁|舍曲林|百忧解|偏方|中药|草药)|病情(不重|很重|严重|稳定)|(诊断|判断)(为|是)|(典型|明显)的?(症状|表现)|停药|加药|减药|不用(看|去)(医生|医院)`), nil, true,
		[]string{"药", "安定", "镇静", "林", "百忧", "方", "病情", "诊断", "判断", "症状", "表现", "医", "会好", "慢慢好"}},
	{Legal, regexp.MustCompile(`(告|打|起诉|官司|上诉).{0,8}(赢|胜)|胜诉|准赢|赢定|法院.{0,8}(会|肯定|都会|一般会|要).{0,6}(判|支持|发|撤|抓|让)|会被?(判|抓|拘|枪毙|坐牢|关)|要(坐牢|判刑|被判|被抓|被拘)|(是|算|已经)(在)?(犯罪|犯法|违法)|不(算)?犯法|不违法|犯了?(虐待|遗弃|故意)?(伤害)?罪|判(他|她)?(几|十|[0-9一二三四五六七八九]+)?年|被抓起来|吃官司|(算|是|构成)(虐待|遗弃|故意伤害|猥亵|强奸)罪?`), nil, true,
		[]string{"赢", "胜", "法院", "会被", "会判", "会抓", "要坐牢", "要判", "要被", "罪", "法", "判", "官司", "抓", "构成", "算虐待", "算遗弃", "是虐待", "是遗弃"}},
	{Contact, regexp.MustCompile(`加\p{Han}{0,2}(微信|好友|QQ|qq)|微信|QQ|qq|Qq|加我|加(个)?群|拉群|进群|群里|找个群|贴吧|抖音|快手|公众号|朋友圈|小红书|淘宝|(?i:https?:|www\.|\.com|\.cn|\.net|\.org|t\.cn)|@|链接|点击|点开|网址|二维码|扫码|扫一扫|私信|联系我|联系人|熟人|托关系|中介|找人办|代办费`), nil, true,
		[]string{"微信", "Q", "q", "加我", "群", "贴吧", "抖音", "快手", "公众号", "朋友圈", "小红书", "淘宝", "http", "HTTP", "Http", ".", "@", "链接", "点击", "点开", "网址", "码", "扫一扫", "私信", "联系", "熟人", "关系", "中介", "代办", "找人"}},
	{Contact, regexp.MustCompile(`(找|联系|问|求)\p{Han}{0,4}(老[王李张刘陈杨黄赵周吴徐孙]|包工头|关系户|黄牛|大师|神婆|网友)|(找|联系|问|打给)\p{Han}{0,3}[王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武戴莫孔向汤](主任|律师|医生|大夫|老师|局长|科长|同志|先生|女士|书记|所长|经理|师傅|姐|哥)`), nil, true, []string{"找", "联系", "问", "求", "打给"}},
	{Private, regexp.MustCompile(`身份证(号|上的号)|身份证.{0,6}(发|报|告诉|拍|给我)|卡号|银行卡.{0,6}(发|报|告诉|给我|号)|密码|验证码|门牌|住址|(家|你|您)?(具体)?住(在)?(哪里|哪儿|哪条|哪个)|叫(什么|啥|么子)(名字|名)?|真实姓名|(哪个|哪所|什么)(学校|班)|几年级几班|(手机|电话)号?(码)?(是多少|发|告诉|给我|报)|(发|传|拍)(给我|张|个|一张)?(照片|视频|相片|语音)|(照片|视频).{0,4}(发|传)(给|我|来)|留(个|下)(电话|手机|地址|微信)|姓名和|全名`), nil, true,
		[]string{"身份证", "卡", "密码", "验证码", "门牌", "住", "叫", "姓名", "哪", "什么学校", "什么班", "几班", "手机", "电话", "照片", "视频", "相片", "语音", "留", "全名"}},
	{Role, regexp.MustCompile(`我(就)?(是|来当|来做|当|做|可以当|可以做|愿意当|就像)(您|你|咱)?(们)?的?(亲|好|新|干)?(生)?(妈|爸|爹|娘|爷|奶|姐|哥|弟|妹|儿子|女儿|闺女|孙|姑娘|朋友|老师|医生|大夫|律师|警察|社工|工作人员|真人|人类|亲人|家人|伙伴|知己|男朋友|女朋友|爱人|老公|老婆|民政|街道|儿童主任)|爱你|爱您|永远(陪|爱|在|不离开)|一直(陪|守)着?|陪着?(你|您)(一辈子|到老|过|一直)|有我(陪|在)|叫我(姐|哥|妈|爸|叔|阿姨|爷|奶|弟|妹)|做(你|您)的?(好)?朋友|好朋友|想你|想您|宝贝|亲爱的|抱抱|抱(一)?抱你|亲亲|我(也)?是真人|我(也)?是个?(人|真人|活人)|我小时候|我家里?也|我的(孩子|孙子|妈妈|爸爸|老家)|我(也)?(有|没有)(爸|妈|孩子)|我的心(也)?(碎|疼|痛)|我会(一直|永远)|把我(当|看)`), nil, false,
		[]string{"我", "爱", "永远", "一直", "朋友", "想你", "想您", "宝贝", "亲", "抱"}},
	{System, regexp.MustCompile(`提示词|系统(提示|消息|指令|设定|要求)|语言模型|大模型|人工智能(模型|程序)|(?i:prompt|json|schema|system|assistant|token|passage|slot|gpt|openai|deepseek|qwen)|占位符?|指令|(忽略|无视|忘记|跳过).{0,8}(规则|指示|要求|以上|前面|限制)|作为(一个|一名)?(AI|ai|人工智能|模型|助手|机器)|根据(提供的)?(资料|数据|材料|段落|文本|上下文)(显示|可知|来看)?|用户|训练(数据|的)|参考(文本|段落)|上下文|输出|生成的?回答|我(不能|无法)(回答|提供|协助)|设定|扮演|角色|越狱|开发者|管理员|原文(第|中|里)|材料(第|中|里)|第[0-9一二三]+(段|条)?(材料|资料|段落)`), regexp.MustCompile(`(信息|管理|全国)\p{Han}{0,6}系统`), true,
		[]string{"提示", "系统", "模型", "人工智能", "占位", "指令", "忽略", "无视", "忘记", "跳过", "作为", "根据", "用户", "训练", "参考", "上下文", "输出", "生成", "我不能", "我无法", "设定", "扮演", "角色", "越狱", "开发者", "管理员", "原文", "材料", "资料", "段落", "t", "T", "n", "N", "m", "M"}},
	{Harmful, regexp.MustCompile(`(替|帮|为|给)(你|您)(绝对|一直|永远)?保密|保守秘密|我们的(小)?秘密|咱们的秘密|(只有|就)(你我|我们两个|咱俩)知道|绝对保密|不(会)?告诉(任何人|别人|谁)|(别|不要|不能|不许|甭|莫)(去)?告诉|(是|怪)(你|您)自己(惹|的错|不好|不对)|怪(你|您)|活该|自找的|谁(让|叫)(你|您)|(你|您)(太|就是)(软弱|脆弱|矫情|自私|懦弱|没用)|不懂事|没良心|忍一忍|忍着(点)?|想开点|别想太多|自杀|割腕|安眠药|农药|跳楼|上吊|去死|打(他|她|回去)一顿|揍(他|她)|报复|以牙还牙`), regexp.MustCompile(`(密码|验证码|卡号|身份证号).{0,6}(别|不要|不能)告诉|不(是|怪|能怪|要怪)(你|您)|别怪|不会替(你|您)保密`), true,
		[]string{"密", "告诉", "知道", "自己", "怪", "活该", "自找", "谁", "弱", "矫情", "自私", "懦", "没用", "不懂事", "没良心", "忍", "想开", "想太多", "自杀", "割腕", "农药", "跳楼", "上吊", "死", "打", "揍", "报复", "牙", "安眠药"}},
}

// disease names illnesses of which only a source, or the person, may speak.
var disease = regexp.MustCompile(`抑郁症?|焦虑症|双相|躁郁|精神分裂|强迫症|人格障碍|创伤后应激障碍|PTSD|多动症|自闭症|孤独症|厌食症|暴食症|心理障碍|白血病|脑瘫|癫痫|智障|弱智|发育迟缓|艾滋病?|癌症?|肿瘤|糖尿病|心脏病|肝炎|肺炎|老年痴呆|痴呆|神经病|精神病|学习障碍|阿尔茨海默`)

// judging are words by which an illness is laid at somebody's door.
var judging = regexp.MustCompile(`(应该|看来|看起来|看样子|可能|就|像|多半|八成|估计|怕|明显|典型|恐怕|大概|这)(就)?(是|得了|有|患)|(患了|患上|得的是|得了|已经是|这是|就是)`)

// checkSpeech looks for promises, diagnoses, guarantees, requests and roles.
func (s *sentence) checkSpeech() Reason {
	span, plain := s.spanned, s.plain
	for _, speech := range speeches {
		if len(speech.ignites) > 0 && !containsAny(s.words, speech.ignites...) {
			continue
		}
		words := plain
		if speech.unless != nil {
			words = speech.unless.ReplaceAllString(words, "◇")
		}
		for _, at := range speech.form.FindAllStringIndex(words, -1) {
			if !speech.inSpan || !strings.Contains(span, withNext(words, at)) || speech.reason == Private && strings.Contains(plain, "我") {
				return speech.reason
			}
		}
	}
	for _, found := range disease.FindAllString(plain, -1) {
		switch {
		case strings.Contains(s.support, found):
		case strings.Contains(s.guard.asks, found) && !judging.MatchString(s.words):
		default:
			return Diagnosis
		}
	}
	return s.checkLetters()
}

// withNext is what stands at a place with the character after it: 一定 of 一定时期 is not that of 一定能.
func withNext(words string, at []int) string {
	_, n := utf8.DecodeRuneInString(words[at[1]:])
	return strings.TrimRight(words[at[0]:at[1]+n], "，。；")
}

var letters = regexp.MustCompile(`[A-Za-z]+`)

// checkLetters: foreign words are only those of the ground.
func (s *sentence) checkLetters() Reason {
	for _, word := range letters.FindAllString(s.words, -1) {
		if !containsFold(s.support, word) && !containsFold(s.where, word) && !(len(word) <= 3 && containsFold(s.guard.asks, word)) {
			return Language
		}
	}
	return ""
}

func containsFold(s, word string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(word))
}
