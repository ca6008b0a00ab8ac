package prompts

import (
	"regexp"
	"strings"
	"unicode"
)

// Violation says why a generated text may not be shown. It carries the rule and the words that broke it, for the log.
type Violation struct {
	Rule  string // method, secrecy, diagnosis, blame
	Words string
}

func (v *Violation) Error() string {
	return "generated text breaks the rule " + v.Rule + ": " + v.Words
}

const (
	guardMethod    = "method"
	guardSecrecy   = "secrecy"
	guardDiagnosis = "diagnosis"
	guardBlame     = "blame"

	disorder = `(重度|轻度|中度|产后|青春期)?(抑郁症?|焦虑症|双相(情感障碍)?|躁郁症|精神分裂症?|精神病|强迫症|人格障碍|创伤后应激障碍|PTSD|ptsd|多动症|自闭症|厌食症|暴食症|心理疾病|心理障碍|神经病)`
	guess    = `应该|可能|大概|很可能|好像|看起来|看来|听起来|明显|肯定|八成|多半|疑似|似乎|怕`
	death    = `(死|自杀|自尽|轻生|了结|去世|丧命|致命|致死)`
	medicine = `(安眠药|安定|药片|药物|降压药|止痛药|感冒药|农药|百草枯|敌敌畏|老鼠药|除草剂|头孢|酒精|药)`
	amount   = `([0-9０-９]+|[一二三四五六七八九十百两几半整]+)\s*(片|粒|颗|瓶|盒|毫克|毫升|克|mg|ml|MG|ML)`
)

// guardRules look at one sentence at a time. unless names what makes the words harmless: a warning, a clause of law.
var guardRules = []struct {
	rule         string
	form, unless *regexp.Regexp
}{
	{guardMethod, regexp.MustCompile(medicine + `.{0,12}` + amount + `.{0,12}` + death), nil},
	{guardMethod, regexp.MustCompile(amount + `.{0,8}` + medicine + `.{0,14}` + death), nil},
	{guardMethod, regexp.MustCompile(death + `.{0,12}(要|需要|得|只要|至少).{0,8}` + amount), nil},
	{guardMethod, regexp.MustCompile(`致死(剂)?量|致命剂量|半数致死|多少(片|粒|克|毫克).{0,6}` + death), nil},
	{guardMethod, regexp.MustCompile(`(最|更|比较)(不疼|不痛|无痛|快|容易|轻松|舒服|干净|安静|体面)的?(自杀|死法|死|自尽|了结|自残|方法是(割|跳|烧|吃药|上吊))`), nil},
	{guardMethod, regexp.MustCompile(`(无痛|没有痛苦)(地)?(死|自杀|离开)`), nil},
	{guardMethod, regexp.MustCompile(`(割|划|切)(开|破|断)?(手)?(腕|动脉|静脉|血管|脖子|喉).{0,16}(深|浅|竖|横|角度|方向|顺着|沿着|厘米|热水|温水|怎么|才)`), regexp.MustCompile(`不要|别|急救|止血|按住|包扎`)},
	{guardMethod, regexp.MustCompile(`(烧炭|木炭|一氧化碳|煤气).{0,16}(密封|封好|封住|关紧|门窗|胶带).{0,16}`), regexp.MustCompile(`通风|开窗|打开|防止|预防|不要|别|避免|中毒时|安全`)},
	{guardMethod, regexp.MustCompile(`(绳子|皮带|绳结|床单|围巾).{0,16}(打结|绕在|套在|挂在|系在|勒).{0,10}(脖|颈|横梁|门把|栏杆|吊)`), regexp.MustCompile(`解开|剪断|不要|别`)},
	{guardMethod, regexp.MustCompile(`(从|在)?([0-9]+|[一二三四五六七八九十]+)(层|楼|米).{0,10}(跳|坠).{0,10}` + death), nil},
	{guardMethod, regexp.MustCompile(`(跳|坠).{0,6}(多高|几楼|几层|多少米|高度).{0,8}(死|够|才)`), nil},
	{guardMethod, regexp.MustCompile(`(伤口|伤疤|刀痕|划痕|血迹).{0,10}(藏|遮|盖|瞒).{0,12}(不会|不让|免得|以免).{0,8}(发现|看见|知道)|(藏|遮|盖住|瞒住|掩盖).{0,8}(伤口|伤疤|刀痕|划痕|血迹)`), nil},
	{guardMethod, regexp.MustCompile(`(催吐|节食|断食).{0,8}(方法|技巧|步骤|可以用|用手指|手指)`), regexp.MustCompile(`不要|别|危害|有害|伤身`)},

	{guardSecrecy, regexp.MustCompile(`(我|小禾|咱们|我们)(也|都|绝对|一定|可以|肯定|保证|答应|发誓)*(会|能)?(替|帮|为|给)?(你|您|他|她|大家)?(的秘密)?(绝对|严格|一直|永远)?(保密|守口如瓶|守秘密|保守(这个|你的|您的)?秘密)`),
		regexp.MustCompile(`(不能|没法|无法|不会|不可以|难以)(答应|保证|承诺)?(替|帮|为|给)?(你|您|他|她)?保密|不能(答应|保证|承诺)`)},
	{guardSecrecy, regexp.MustCompile(`(我|小禾|我们)(绝对|一定|保证|发誓|答应)?(绝)?不(会|去)?(把.{1,10})?(告诉|跟|对|和)(任何人|别人|其他人|谁|大人|老师|你爸|你妈|你家里|家里人)(都)?(说|讲|提)?`), regexp.MustCompile(`不(会|去)告诉(伤害|打|欺负|威胁|吓)`)},
	{guardSecrecy, regexp.MustCompile(`(这|那)(就)?是(我们|咱们|你我|咱俩|我俩)(之间)?的(小)?秘密|(只有|就)(你我|我们两个|咱俩|我们俩)知道|(没有|不会有)(任何)?人(会)?知道(你|您)?(说|讲|告诉|聊|来)`), nil},
	{guardSecrecy, regexp.MustCompile(`(说|聊|讲)的(话|事|内容)?(都|全|全部)?(是|会)?(严格|绝对|完全)?保密|(聊天|对话|谈话)(记录|内容)?(都|全|全部)?(是|会|会被)(严格|绝对|完全)?保密|不会(被|让)(别人|任何人|家里人|大人)知道`), regexp.MustCompile(`不(是|会|能)(完全|绝对)?保密`)},
	{guardSecrecy, regexp.MustCompile(`(先)?(别|不要|不用|不必)(把.{0,8})?(告诉|跟|对)(任何人|别人|大人|老师|家里人|爸妈|父母|警察)(说|讲)?`), regexp.MustCompile(`(验证码|密码|银行卡|身份证号)`)},

	{guardDiagnosis, regexp.MustCompile(`((你|您)(这)?(` + guess + `|已经|这是|就|有点)*|(孩子|他|她|奶奶|爷爷|妈妈|爸爸)(这)?(` + guess + `)+)(像)?(是|得了|得的是|患了|患有|患上了?|有|属于|符合)+(了)?(典型的|明显的|一定的|轻微的)?` + disorder),
		regexp.MustCompile(`如果|若|假如|凡|要是|是不是|是否|有没有|经(医院|医生)|医院(诊断|确诊)|医生(诊断|说)|证明|证书|残疾证|病历|患者的|(病|症)的话|的(孩子|儿童|家庭|人|患者)|不等于|不代表|不是说|不能(判断|诊断|说)|没法(判断|诊断)`)},
	{guardDiagnosis, regexp.MustCompile(`(这|你这|您这|这些|这种)(就|很可能|可能|应该|明显|多半|都)*(是|属于|像是|符合)(典型的|明显的)?` + disorder + `(的)?(表现|症状|发作|倾向|前兆)?`),
		regexp.MustCompile(`如果|是不是|是否|不等于|不代表|不是说|不能|没法|要由医生|得由医生|医院`)},
	{guardDiagnosis, regexp.MustCompile(`(我|小禾)(的)?(诊断|判断|初步判断|评估)(为|是|你|您|：|:)`), regexp.MustCompile(`不能|不会|没法|无法|不做`)},
	{guardDiagnosis, regexp.MustCompile(`(建议|可以|应该|试试|先)(你|您|他|她|给孩子)?(吃|服用|喝|停掉|停|加量|减量)(点|些|一点)?(抗抑郁药?|安眠药|安定|舍曲林|氟西汀|百忧解|帕罗西汀|奥氮平|镇静药|精神科药)`), nil},

	{guardBlame, regexp.MustCompile(`(都|就|全|还不|还)?(是|怪)(你|您)(自己)?(的错|不好|不对|的责任|造成的|惹的|活该|不小心)`), regexp.MustCompile(`不(是|怪|能怪|要怪|都是|全是)(你|您)|不(是|要)(觉得|认为|怪)|别(觉得|怪|以为)|没有(人)?(怪|做错)|并(不|非)`)},
	{guardBlame, regexp.MustCompile(`(都|就|只能|还得|要)怪(你|您|孩子|他|她)(自己)?`), regexp.MustCompile(`不(要|能|该)?怪|别怪`)},
	{guardBlame, regexp.MustCompile(`还不(是|都)?(怪|因为)(你|您)`), nil},
	{guardBlame, regexp.MustCompile(`谁(让|叫)(你|您|他|她)|活该|自作自受|自找的|咎由自取|一个巴掌拍不响|苍蝇不叮|无风不起浪|可怜之人必有`), regexp.MustCompile(`不是(你|您|谁)?(的)?活该|谁(让|叫)(你|您|他|她)(感到|觉得|害怕|难受|不舒服|疼|脱|保密|碰|做)`)},
	{guardBlame, regexp.MustCompile(`(你|您)(怎么|为什么|干嘛|为啥)(当时)?(不|没)(早|反抗|逃|跑|躲|喊|拒绝|说|报警|看好|管好)`), nil},
	{guardBlame, regexp.MustCompile(`(你|您)(就|本来|当初|当时)?(应该|该|要是|如果)(能)?(早点|早些|早一点|早)(说|告诉|报警|离开|注意|发现|看好)|(要是|如果)(你|您).{0,12}就不会`), nil},
	{guardBlame, regexp.MustCompile(`(你|您).{0,6}(没有?尽到?(责任|职责|义务|监护|心)|失职|不负责任)`), regexp.MustCompile(`不(是|等于|代表)|并非`)},
	{guardBlame, regexp.MustCompile(`(你|您)(就|本来|早就|当初|当时)?(不该|不应该)(一个人|自己|晚上|穿|去|跟|相信|信|惹|顶嘴|生|发|给|加)`), nil},
	{guardBlame, regexp.MustCompile(`(你|您)(这个)?(当|做)(妈|爸|奶奶|爷爷|家长|父母|监护人)(的)?(太|真|也太|怎么|不)(不?负责|失职|狠心|糊涂|合格|称职|自私|能)`), nil},
	{guardBlame, regexp.MustCompile(`(你|您)(太|也太|真是|真的很|就是)(矫情|脆弱|软弱|懦弱|自私|敏感|不懂事|不孝|没用|作|玻璃心)`), regexp.MustCompile(`不是|并非|不代表`)},
	{guardBlame, regexp.MustCompile(`想开(一)?点|别想太多|不要想太多|没什么大不了|比(你|您)(苦|惨|难)的(人)?(多|有的是)|至于吗|忍一忍就(过|好)`), nil},
	{guardBlame, regexp.MustCompile(`(你|您)?(再)?(对不起|想想)(你|您)?(爸妈|父母|家人|孩子).{0,8}(自私|对得起|养你)`), nil},
}

// Guard looks at a text that a program has written for levels 0 to 2 and returns a *Violation where it gives details of
// a method, promises secrecy, names an illness of the reader or blames somebody. The text must then not be shown.
// It is a net below the rules for generation, not a reading of the text.
func Guard(text string) error {
	last := ""
	for _, sentence := range sentences(text) {
		for _, r := range guardRules {
			span := sentence
			if r.rule == guardMethod { // the dose is often in the answer after the question
				span = last + sentence
			}
			if words := r.form.FindString(span); words != "" && (r.unless == nil || !r.unless.MatchString(span)) {
				return &Violation{Rule: r.rule, Words: words}
			}
		}
		last = sentence
	}
	return nil
}

// sentences splits at full stops and line ends and drops what could hide a word: spaces, emphasis, invisible marks.
func sentences(text string) []string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '！' || r == '？' || r == '；' || r == '!' || r == '?' || r == ';':
			return '。'
		case unicode.IsSpace(r), unicode.Is(unicode.Cf, r), strings.ContainsRune("*_`~#>|“”\"‘’'", r):
			return -1
		}
		return r
	}, text)
	return strings.FieldsFunc(clean, func(r rune) bool { return r == '。' })
}
