package understand

import (
	"strings"
	"sync"
)

// kind is what sort of word a token is.
type kind uint8

const (
	other       kind = iota // not understood
	stop                    // punctuation between clauses
	list                    // 、 between things of one sort
	filler                  // adverbs and particles that change nothing
	de                      // 的
	pronoun                 // 我 他
	kin                     // kinship terms; after linking: whoever is meant
	together                // 都 全: both of those just named
	join                    // 和 跟 between two persons
	toward                  // a person after it is no subject: 被 给 跟着
	having                  // 有
	being                   // 是
	negation                // 没 不是
	question                // 是不是 算不算 吗: what it governs is asked, not said
	wish                    // 想 怎么 能不能: wanted, not so yet
	supposing               // 如果
	correcting              // 说错了
	past                    // 以前
	situation               // a situation of 情形, code = its option
	verdict                 // 判: somebody was convicted
	leftOrDied              // 走了 不在了: two meanings
	takenIn                 // 进去了 被抓: held somewhere
	released                // 放出来
	contact                 // 寄钱 打电话: still in touch
	noContact               // 没联系: lost where the person is not known to be in touch
	remarried               // 改嫁: no situation by itself
	separated               // 离婚
	sound                   // 好好的 身体健康
	event                   // something that takes time but is no fact: 结婚 生病
	working                 // 打工 务工
	cause                   // 车祸 癌症: why somebody died, or an illness
	disability              // 残疾 and its kinds
	certificate             // 残疾证 办证
	autism                  // 孤独症
	therapy                 // 康复
	nursing                 // 不能自理
	stage                   // school stage
	studying                // 上学 读书
	boarding                // 住校
	status                  // 低保 五保 and other benefits received
	receiving               // 吃 领 享受
	ended                   // 取消 停了
	income                  // 工资 种地 养老金
	saidMonth               // 每月
	saidYear                // 每年
	household               // 家里
	residence               // 户口 住 读书: a place follows
	raising                 // 带 养: who looks after the child
	institution             // 福利院
	alone                   // 一个人过
	foundling               // 捡来的
	birth                   // 出生
	urban                   // 农村户口
	childcount              // 两个孩子
	emergency               // 火灾 车祸 as the reason for asking
	lawcase                 // 打官司
	fiction                 // 小说 电视剧
	policy                  // 认定 纳入 政策
	ask                     // what is asked for, code = field of Asks
	unsure                  // 不清楚
	number                  // a bare number (hundredths)
	age                     // years (full)
	duration                // months
	date                    // days
	money                   // 分
	grade                   // 残疾 1–4
	head                    // persons
)

// entry is one line of a lexicon: words of one kind and meaning, separated by blanks.
type entry struct {
	kind  kind
	code  string
	words string
}

// node is a place in the trie of all words.
type node struct {
	next map[rune]*node
	word *meaning
}

type meaning struct {
	kind kind
	code string
}

// lexiconTrie is the trie of all lexicons.
var lexiconTrie = sync.OnceValue(func() *node {
	root := &node{next: map[rune]*node{}}
	for _, name := range placeNames() {
		root.add(name, &meaning{other, "place"})
	}
	for _, table := range [][]entry{
		grammarWords, kinWords, situationWords, disabilityWords, schoolWords, householdWords, moneyWords, askWords, classWords(),
	} {
		for _, e := range table {
			for _, w := range strings.Fields(e.words) {
				root.add(w, &meaning{e.kind, e.code})
			}
		}
	}
	return root
})

func (n *node) add(word string, m *meaning) {
	for _, r := range word {
		child := n.next[r]
		if child == nil {
			child = &node{next: map[rune]*node{}}
			n.next[r] = child
		}
		n = child
	}
	n.word = m
}

// longest finds the longest word at the beginning of text.
func (n *node) longest(text []rune) (m *meaning, length int) {
	for i, r := range text {
		if n = n.next[r]; n == nil {
			break
		}
		if n.word != nil {
			m, length = n.word, i+1
		}
	}
	return m, length
}

// grammarWords are the words that hold a sentence together.
var grammarWords = []entry{
	{stop, ",", "， , : ~ —"},
	{stop, ".", "。 . ! ? ; …"},
	{list, "", "、 /"},
	{de, "", "的 嘞 滴"},
	{filler, "", "时间 时间为 时间是 ( ) ［ ］ 【 】 [ ] 哦对了 对了 法院 派出所 公安 警察 民警 法官 医生 医院 公安局 监狱方 交警 了 呢 啊 呀 吧 嘛 哦 哎 唉 啦 咯 哈 就 也 又 还 才 再 已经 早就 早已 现在 目前 如今 后来 然后 一直 总是 老是 正在 在 这 那 这个 那个 个 人 刚刚 刚 其实 好像 听说 说是 据说 " +
		"这样 那样 一下 一起 因为 所以 但是 但 可是 而且 并且 不过 结果 最后 全 很 太 真 挺 蛮 起 过 着 地 得 去 来 到 从 自从 自 今年 当年 当时 之后 以后 后 以来 至今 到现在 到今天 今天 至 于 应该 请问 你好 您好 麻烦 就是 只是 只 又是 也是 还是 都是 总共 一共 " +
		"自己 大概 大约 差不多 左右 上下 估计 早 年纪 年龄 岁数 今年才 这些 那些 一样 一样都 这几样 啥的 什么的 等等 之类 一项都 一个都 哪样 各种 这些都 的话 呐 哩 噻 哟 捏 喽 额 哒 嘎 嗯嗯 俺们那 彻底 完全 根本 突然 忽然"},
	{together, "", "都 双双 全都 均 全部 两个都 俩都 两人都 俩人都 各自"},
	{join, "", "和 跟 与 及 以及 同 还有 加上"},
	{toward, "", "给 把 被 跟着 随 随着 由 靠 靠着 对 向 让 归 判给 丢给 扔给 交给 留给 甩给 丢下 抛下 扔下 撇下 带着 带 养 照顾 照看 抚养 管 看管 不要 不管 打 骂 接 抱 陪 陪着 供 拉扯 寄给 打给 看 看望 看看 来看 回来看 不养 不认 依靠 托付给 托给 送给 放在 养着 帮 帮着 替 为 为了 照料 拖着"},
	{having, "", "有 有个 有一个 有了 还有个 还有一个"},
	{being, "", "是 系 属于"},
	{negation, "", "没 没有 不 不是 并没有 并不是 从没 从来没 从来没有 从未 未 没得 无 冇 莫得 毛得 没在 不在 不算 并非 还没 还没有 尚未 未曾 没能 不会 又没 并没 非 没去 没有去 没有在"},
	{question, "", "有没得 有没 有冇 有不有 有莫得 有得没得 吃没 是不是 算不算 会不会 要不要 是否 有没有 属不属于 算是 是不是算 算 也算 能算 能不能算 可能 也许 恐怕 怕 担心 会 将 将要 快要 就要 准备 打算 申请 可能会 大概会 什么时候 想"},
	{wish, "", "能不能 可不可以 能 可以 怎么 如何 要 需要 想要 想办 想申请 办不办 行不行 有资格 符合 够不够 能否 可否 够 应不应该 怎样 咋 咋个 咋样 哪能 可能能 够条件 争取"},
	{supposing, "once", "谁说 都说 村里人传 有人传 外头传 外面人传 人家传 老说 村里传 村里人说 外头人说 别人都说 人家都说 外面传 外面都说 差一点 差点 差点儿 险些 说要 老说要 扬言 老是说要 嚷着要"},
	{supposing, "", "如果 假如 要是 假设 假使 倘若 若 若是 万一 要不是 假若 比如 比方说 譬如 例如"},
	{correcting, "", "看错了 看错 说错了 说错 讲错了 讲错 打错了 写错了 搞错了 弄错了 记错了 更正 更正一下 纠正一下 不对 错了 应该是 其实是 实际是 实际上是 改一下 重新说 我说的不对 口误 不好意思说错了 而是 说反了 说岔了 不准确"},
	{past, "", "以前 之前 原来 原先 从前 早先 开始 刚开始 起初 头几年 前几年还 曾经 早些年 最初"},
	{fiction, "", "片子 网上说 短视频 直播里 小说 小说里 电视剧 电视里 电影 电影里 剧里 故事 故事里 作文 做梦 梦见 梦到 新闻里 新闻上 抖音上 网上看到 书里 游戏里 动画片"},
	{unsure, "", "不清楚 不知道 不晓得 记不得 记不清 记不准 拿不准 还没诊断 没诊断 没下诊断 还没确诊 没确诊 还没下诊断 疑似 没问到 还没问到 忘了 忘记了 不记得 说不清 说不准 不太清楚 不确定 搞不清 弄不清 不懂 晓不得 不太清 没印象 记不到 不了解 搞不清楚 弄不清楚 没问过 不太知道 说不好 不好说 不明白 记不起"},
}
