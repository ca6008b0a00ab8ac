package understand

import (
	"slices"
	"strings"
)

// strangerWords name other people's households.
var strangerWords = []string{"邻居", "隔壁", "楼上", "楼下", "对门", "对面那家", "那家", "有户人家", "一户人家", "有家人", "别人家", "人家家", "单元有", "村有户", "同事家", "朋友家", "街坊", "老乡家"}

// ownWords open what is said of the speaker's own household.
var ownWords = []string{"我家", "我们家", "我娃", "我孩子", "我的孩子", "我儿", "我女儿", "我孙", "我外孙", "俺家", "咱家", "我们自己", "我们没", "我们不", "我自己", "自家"}

// hearsay tells that the message tells a tale: of a film, or of strangers whom nobody asks for.
func (r *reader) hearsay() bool {
	asks := false
	for _, t := range r.m.tokens {
		switch t.kind {
		case fiction:
			return true
		case ask, wish, question:
			asks = true
		}
	}
	text := r.m.plain
	if containsAny(text, "跟我家没关系", "跟我没关系", "和我家没关系", "与我无关", "不关我家") {
		return true
	}
	strangers := r.find("可怜") >= 0 && containsAny(text, strangerWords...)
	return strangers && !asks
}

// strangers are the tokens from from to to that speak of another household, set against the speaker's own: 楼上一家爸爸
// 进监狱了，我家娃….
func (r *reader) strangers() (from, to int) {
	text := r.m.plain
	begin := -1
	for _, w := range strangerWords {
		if at := strings.Index(text, w); at >= 0 && (begin < 0 || at < begin) {
			begin = at
		}
	}
	if begin < 0 {
		return 0, 0
	}
	own := -1
	for _, w := range ownWords {
		if at := strings.Index(text[begin:], w); at >= 0 && (own < 0 || begin+at < own) {
			own = begin + at
		}
	}
	asks := slices.ContainsFunc(r.m.tokens, func(t token) bool { return in(t.kind, ask, wish, question) || t.kind == kin && t.code == "child" })
	if own < 0 && (asks || r.c.Pending != nil || !containsAny(text, "有户人家", "一户人家", "有家人")) {
		return 0, 0
	}
	from, to = r.m.tokenAt(len([]rune(text[:begin]))), len(r.m.tokens)
	if own > 0 {
		to = r.m.tokenAt(len([]rune(text[:own])))
	}
	return from, to
}

// tokenAt is the token at the character.
func (m *message) tokenAt(at int) int {
	return slices.IndexFunc(m.tokens, func(t token) bool { return t.to > at })
}

// rumours open what others say, or what is guessed.
var rumours = []string{"听说", "据说", "听人说", "听人讲", "听别人", "有人说", "有人讲", "人家说", "人家讲", "好像", "大概是", "可能是", "估计是", "怕是", "猜", "说不定", "八成是", "传说", "都传"}

// rumourEnds tell after the fact that something is not sure.
var rumourEnds = []string{"也是猜的", "我猜的", "不晓得真假", "不知道真假", "不知真假", "不知是真是假", "没个准信", "没准信", "没人亲眼", "没人见过", "也没证实", "听别人讲的", "听人讲的", "听别人说的", "听人说的"}

// rumoured tells that the situation at i is not vouched for: 听说死在外面了, 大概是坐牢吧.
func (r *reader) rumoured(i int) bool {
	if r.m.tokens[i].kind == verdict && r.pendingIs(".限制自由期限月数") {
		return false // 听说判了五年: that there is a term is known
	}
	if containsAny(r.m.plain, rumourEnds...) {
		return true
	}
	from := r.m.tokens[i].from
	for j := i - 1; j >= 0 && r.m.tokens[j].kind != stop; j-- {
		from = r.m.tokens[j].from
	}
	return containsAny(string(r.m.norm[from:r.m.tokens[i].from]), rumours...)
}
