package guard

import "strings"

// limits are words beside a quantity that make it a bound, longer words first.
var (
	limitsBefore = []struct {
		word string
		is   limit
	}{
		{"不得低于", upwards}, {"不得超过", downwards}, {"不得少于", upwards}, {"不能超过", downwards}, {"不能少于", upwards}, {"不能低于", upwards}, {"不会超过", downwards},
		{"不低于", upwards}, {"不少于", upwards}, {"不高于", downwards}, {"不超过", downwards}, {"不大于", downwards}, {"不多于", downwards}, {"没超过", downwards}, {"未超过", downwards}, {"超不过", downwards},
		{"至少", upwards}, {"起码", upwards}, {"最少", upwards}, {"最低", upwards}, {"年满", upwards}, {"已满", upwards}, {"超过", upwards}, {"大于", upwards}, {"高于", upwards}, {"多于", upwards}, {"不止", upwards}, {"大过", upwards},
		{"最多", downwards}, {"最高", downwards}, {"最长", downwards}, {"至多", downwards}, {"顶多", downwards}, {"低于", downwards}, {"小于", downwards}, {"少于", downwards}, {"未满", downwards}, {"不满", downwards}, {"没满", downwards}, {"不到", downwards}, {"没到", downwards}, {"未到", downwards}, {"不足", downwards}, {"还没有满", downwards}, {"没有满", downwards}, {"没过", downwards},
		{"延长至", downwards}, {"延长到", downwards}, {"平均", onAverage}, {"满", upwards},
	}
	limitsAfter = []struct {
		word string
		is   limit
	}{
		{"及以上", upwards}, {"以上", upwards}, {"往上", upwards}, {"朝上", upwards}, {"及以下", downwards}, {"以下", downwards}, {"以内", downwards}, {"之内", downwards}, {"往下", downwards}, {"内", downwards}, {"起步", upwards}, {"打底", upwards}, {"封顶", downwards}, {"里头", downwards}, {"里", downwards},
	}
	// between may stand between such a word and its number.
	between = []string{"每生每年", "每人每月", "每人", "每月", "每年", "只有", "有", "是", "管", "了", "寄养", "选任", "为", "到", "给", "发", "能领", "领", "能", "救助", "报", "报销", "可以到", "资助标准", "标准", "拖到"}
)

// limitOf reads the bound of the quantity at [from, to).
func (r *reader) limitOf(from, to int) limit {
	for _, l := range limitsAfter {
		if r.text.at(to, l.word) && !(l.word == "里" && r.text.at(to, "里面的")) {
			return l.is
		}
	}
	if to > from && to <= len(r.text) && r.text[to-1] == '岁' && (r.text.at(to, "起") || r.text.at(to, "开始")) {
		return upwards
	}
	if to > from && strings.ContainsRune("日天月年时周期", r.text[to-1]) && (r.text.at(to, "后") || r.text.at(to, "以后") || r.text.at(to, "之后")) {
		return afterwards
	}
	before := string(r.text[max(0, from-16):from])
	if is, ok := limitBefore(before); ok {
		return is
	}
	if r.isShare(from, to) { // 不超过当地标准的六倍
		return lastLimit(before)
	}
	if is := strongLimit(before); is != exactly {
		return is
	}
	for range 3 {
		rest, cut := cutBetween(before)
		if !cut {
			break
		}
		if is, ok := limitBefore(rest); ok && !strings.HasSuffix(rest, "满") {
			return is
		}
		before = rest
	}
	return exactly
}

// isShare tells whether the quantity at [from, to) is a multiple or a percentage: its bound may stand further away.
func (r *reader) isShare(from, to int) bool {
	return to > from && to <= len(r.text) && (r.text[to-1] == '倍' || r.text[to-1] == '%' || r.text.at(from, "百分之"))
}

// strongLimit finds a bound earlier in the clause that can belong to nothing but its number: 至少每周联系一次.
func strongLimit(before string) limit {
	if i := strings.LastIndexAny(before, stops+"、"); i >= 0 {
		before = before[i:]
	}
	best, is := -1, exactly
	for _, l := range limitsBefore {
		if len(l.word) < len("至少") || !strings.ContainsAny(l.word, "少多码") && !strings.HasPrefix(l.word, "不") || strings.ContainsAny(l.word, "满到足") {
			continue
		}
		if i := strings.LastIndex(before, l.word); i > best {
			best, is = i, l.is
		}
	}
	return is
}

// lastLimit is the last bound in the clause that ends before a number.
func lastLimit(before string) limit {
	if i := strings.LastIndexAny(before, stops+"、"); i >= 0 {
		before = before[i:]
	}
	best, is := -1, exactly
	for _, l := range limitsBefore {
		if l.word == "满" || l.word == "最低" { // 最低生活保障
			continue
		}
		if end := strings.LastIndex(before, l.word) + len(l.word); strings.Contains(before, l.word) && end > best {
			best, is = end, l.is
		}
	}
	return is
}

func cutBetween(before string) (string, bool) {
	for _, word := range between {
		if rest, ok := strings.CutSuffix(before, word); ok {
			return rest, true
		}
	}
	return before, false
}

func limitBefore(before string) (limit, bool) {
	for _, l := range limitsBefore {
		if strings.HasSuffix(before, l.word) {
			return l.is, true
		}
	}
	return exactly, false
}

// roughAround tells whether words beside the quantity at [from, to) blur it.
func (r *reader) roughAround(from, to int) bool {
	for _, w := range []string{"左右", "上下", "出头", "多钱", "多点", "开外", "的样子", "不等", "多"} {
		if r.text.at(to, w) && !r.text.at(to, "多少") {
			return true
		}
	}
	before := string(r.text[max(0, from-4):from])
	for _, w := range []string{"大概", "大约", "差不多", "约莫", "约", "将近", "接近", "快到", "上", "近", "成", "好", "小", "大几", "几乎", "估计", "也就"} {
		if strings.HasSuffix(before, w) && (len(w) > len("上") || w == "约" || bigNumber(r.text, from, w)) {
			return true
		}
	}
	return false
}

// bigNumber tells whether the number at i is one that the character before it blurs: 上千, 好几百, 小三千, 近两千. It
// is not in 原则上三十 or 最近三年.
func bigNumber(t text, i int, before string) bool {
	if i >= len(t) || i >= 2 && t.at(i-2, "最近") || i >= 2 && t.at(i-2, "附近") {
		return false
	}
	if before == "上" || before == "成" || before == "好" {
		return strings.ContainsRune("百千万几", t[i])
	}
	for j := i; j < len(t) && j < i+3 && isNumeral(t[j]); j++ {
		if strings.ContainsRune("百千万", t[j]) {
			return true
		}
	}
	return false
}
