package guard

// idioms are words with a numeral in them that count nothing.
var idioms = newWords(
	"一些", "一点", "一下", "一定", "一直", "一样", "一起", "一般", "一旦", "一边", "一会", "一同", "一并", "一律", "一切", "一时", "一致", "一向", "一再",
	"一共", "一方面", "一句", "一个人", "一个", "一位", "一份", "一张", "一种", "一类", "一项", "一笔", "一口气", "一步", "一遍", "一面", "一路", "一来", "一方", "另一方",
	"一件", "一块儿", "一家人", "一家子", "一大家", "一声", "一趟", "一眼", "一顿", "一段", "一层", "一关", "一回事", "一头", "一条心", "一把手", "一手", "一心", "一辈子", "一生", "一齐", "一道", "一味", "一线", "一群",
	"统一", "任一", "任何一", "唯一", "万一", "不一", "之一", "第一次", "第一时间", "第一回", "第一，", "第一、", "第一是", "专一", "单一", "逐一", "一一", "一是", "二是", "三是", "千万别", "千万不", "千万要", "千万记", "百姓", "十分", "五保", "三无",
	"两口子", "两边", "两头", "爸妈两个", "父母两个", "爹妈两个", "你们两", "咱两", "夫妻两个", "夫妻两", "爸妈俩", "您俩", "你俩", "夫妻俩", "父母俩", "爷俩", "娘俩", "爷孙俩", "祖孙俩", "婆孙俩", "母子俩", "父子俩",
	"四处", "半天", "半夜", "多半", "大半", "三天两头", "七上八下", "三番五次", "乱七八糟", "一五一十", "一清二楚", "二维码", "二婚", "再三", "百分点", "零花", "零钱", "零工", "零食", "打零",
	"一年到头", "有一天", "哪一天", "一天天", "一天到晚", "一件事", "一站式", "一窗", "一门受理", "一门心思", "五一", "六一", "十一假",
	"第一步", "第二步", "第三步", "第四步", "第五步", "第1步", "第2步", "第3步", "第4步", "第5步", "第一件", "第二件", "第三件", "第一样", "第二样", "第二，", "第三，", "第二、", "第三、", "第二个月", "第二天",
	"几句", "几样", "几点", "几步", "几种", "几类", "几项", "几个方面", "好几样", "这几", "哪几", "几时", "几乎", "几岁", "几个", "多少", "数额", "数据", "数字", "数量", "数目", "人数", "次数", "天数", "岁数", "算数", "分数", "作数", "倍数", "户数", "总数", "半点", "半个字", "一半天", "一部分", "认定一次", "跑一次", "去一次", "问一次", "一家", "万不得已", "百货",
	"三方", "第三方", "第三者", "二胎", "初一", "初二", "初三", "高一", "高二", "高三", "大一", "大二", "大三", "大四", "一年级", "二年级", "三年级", "四年级", "五年级", "六年级", "七年级", "八年级", "九年级",
)

// falseIdioms begin like an idiom and count after all: 一个月.
var falseIdioms = newWords("一个月", "一个星期", "一个礼拜", "一个工作日", "一个小时", "一个钟头", "一个学期", "一个学年", "一个季度", "一个半", "一个百分点", "一个亿",
	"几个月", "几个星期", "几个礼拜", "几个工作日", "几个小时")

func (r *reader) maskIdioms() {
	for i := 0; i < len(r.text); i++ {
		if r.taken[i] {
			continue
		}
		if r.text[i] == '一' && i > 0 && i+1 < len(r.text) && r.text[i-1] == r.text[i+1] && !isNumeral(r.text[i-1]) { // 比一比
			r.take(i, i+1)
			continue
		}
		if r.text.at(i, "一点") && i+2 < len(r.text) && isNumeral(r.text[i+2]) { // 一点五倍
			continue
		}
		n := idioms.longest(r.text, i)
		if n == 0 || falseIdioms.longest(r.text, i) > 0 || !r.free(i, i+n) || r.tailOfNumber(i) {
			continue
		}
		r.take(i, i+n)
		i += n - 1
	}
}

// tailOfNumber tells whether the numeral at i continues a number: the 一个 of 二十一个.
func (r *reader) tailOfNumber(i int) bool {
	return i > 0 && isNumeral(r.text[i]) && (isDigit(r.text[i-1]) || isNumeral(r.text[i-1])) && !r.taken[i-1]
}

// words is a set of words that can be looked up at a place.
type words map[rune][]string

func newWords(all ...string) words {
	set := words{}
	for _, w := range all {
		first := []rune(w)[0]
		set[first] = append(set[first], w)
	}
	return set
}

// longest is the length in characters of the longest word at i; 0 where none is.
func (w words) longest(t text, i int) int {
	best := 0
	for _, word := range w[t[i]] {
		if t.at(i, word) {
			best = max(best, len([]rune(word)))
		}
	}
	return best
}
