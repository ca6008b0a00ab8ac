package understand

import (
	"slices"
	"strings"
)

// inverted are the yes-no facts whose question asks the opposite: 有没有车 is no for 财产合规.
var inverted = []string{".财产合规", "案件.得不到赔偿"}

var (
	noWords  = []string{"什么都没有", "啥都没有", "一样都没有", "都没有", "都不是", "没有", "没得", "莫得", "没的", "都没", "从来没有", "从来没", "没办", "没领", "没吃", "没交", "没报", "不是", "不用", "没得事", "没啥事", "没事", "都好", "好好的", "没", "无", "不", "否", "冇", "未", "哪有"}
	yesWords = []string{"是的", "有的", "对的", "要的", "在的", "在领", "领着", "吃着", "在吃", "吃的", "办了", "办过", "交了", "可以", "方便", "报过", "报了", "肯定", "当然", "有过", "认定了", "没错", "确实", "是", "有", "对", "嗯", "恩", "要", "能", "系", "领了", "在享受", "住", "得"}
)

// denies tells whether the reply begins with a no that stands for itself.
func (r *reader) denies() bool { return r.begins(noWords) && !r.unsureFirst() }

// affirms tells whether the reply begins with a yes that stands for itself.
func (r *reader) affirms() bool { return r.begins(yesWords) && !r.unsureFirst() }

func (r *reader) unsureFirst() bool {
	return len(r.m.tokens) > 0 && in(r.m.tokens[0].kind, unsure, question)
}

// begins tells whether the reply opens with one of the words and the clause ends there, but for a particle or the verb
// of the question: 没有 · 没领过 · 是的，… but not 没车没存款.
func (r *reader) begins(words []string) bool {
	text := []rune(r.start())
	for _, w := range words {
		n := prefixed(text, w)
		if n == 0 {
			continue
		}
		rest := text[n:]
		for len(rest) > 0 && strings.ContainsRune("了的啊呀吧呢过哦嘛咧哩得", rest[0]) {
			rest = rest[1:]
		}
		if len(rest) == 0 || strings.ContainsRune(" ,.;:!?、。~", rest[0]) {
			return true
		}
		if m, length := lexiconTrie().longest(rest); length > 0 && in(m.kind, receiving, stop) && n > 0 {
			return true
		}
		if prefixed(rest, "这些", "啥", "什么", "任何") > 0 {
			return true
		}
	}
	return false
}

// start is the reply without the words that open it: 家里没有 · 我们没吃.
func (r *reader) start() string {
	i := 0
	for i < len(r.m.tokens) && i < 3 && (in(r.m.tokens[i].kind, household, pronoun) || r.m.tokens[i].kind == filler && !standing(r.m.text(r.m.tokens[i]))) {
		i++
	}
	if i >= len(r.m.tokens) {
		i = 0
	}
	if len(r.m.tokens) == 0 {
		return ""
	}
	return string(r.m.norm[r.m.tokens[i].from:])
}

// standing tells whether a particle can be the answer itself or begins it: 在领着, 得.
func standing(w string) bool { return w == "得" || w == "在" || w == "已经" || w == "早就" }

// replyYesNo reads yes or no.
func (r *reader) replyYesNo(fact string, no, yes bool) {
	if no == yes || r.unsureAnywhere() {
		if no || yes || r.unsureAnywhere() {
			return
		}
		if len(r.m.raw) > 12 || containsAny(r.m.plain, "什么", "啥") || len(r.out) > 0 || slices.ContainsFunc(r.m.tokens, func(t token) bool { return in(t.kind, ask, wish, question, income, situation, age) }) {
			return // speaks of something else
		}
		switch { // 住院没法管, 早就停了
		case slices.ContainsFunc(r.m.tokens, func(t token) bool { return t.kind == ended || t.kind == negation }):
			no = true
		case slices.ContainsFunc(r.m.tokens, func(t token) bool { return t.kind == past || strings.HasSuffix(r.m.text(t), "过") }):
			return // 以前吃过
		case slices.ContainsFunc(r.m.tokens, func(t token) bool { return t.kind == receiving || t.kind == status }):
			yes = true
		default:
			return
		}
	}
	if slices.ContainsFunc(inverted, func(suffix string) bool { return strings.HasSuffix(fact, suffix) }) && !(fact == "案件.得不到赔偿" && yes) {
		no, yes = yes, no
	}
	r.replies(fact, yesNo(yes))
}
