package understand

// oldest is the highest age that is read.
const oldest = 110

// ageRules follow an age that belongs to a rule and not to a person.
var ageRules = []string{"以下", "以上", "以内", "之前", "以前", "前", "之后", "以后", "后", "至", "到", "-", "的孤儿", "的儿童", "的孩子能", "的未成年", "停", "为止"}

// parseAge reads 8岁, 八周岁, 虚岁十岁, 十来岁, 三岁半, 半岁, 刚满18, 8个月大 as full years. Nominal years n are n−2 to
// n−1 full ones (BENEFITS 2.2). The code is "rule" for 18岁以下, "under" for 不到18.
func parseAge(text []rune) (token, int) {
	start, sort, nominal := ageOpening(text)
	if start > len(text) {
		return token{}, 0
	}
	if t, n := infant(text[start:]); n > 0 {
		return t, start + n
	}
	q, ok := parseNumber(text[start:])
	if !ok || q.asked && !q.rounded && q.lo < 10*one {
		return token{}, 0
	}
	n := start + q.n
	unit := prefixed(text[n:], "周岁", "岁", "虚岁")
	if unit == 0 && (sort != "exact" && !nominal && !(sort == "nearly" && prefixed(text[n:], "了") > 0) || prefixed(text[n:], "年", "个", "天", "月", "块", "元", "周", "次", "口", "级", "%", "百", "千", "万") > 0) {
		return token{}, 0
	}
	lo, hi := q.lo/one, q.hi/one
	if lo > oldest || q.lo < one && text[start] != '半' && q.lo != 0 {
		return token{}, 0
	}
	nominal = nominal || prefixed(text[n:], "虚岁") > 0
	n += unit
	n += prefixed(text[n:], "半", "多", "出头")
	if u := prefixed(text[n:], "虚岁"); u > 0 {
		nominal, n = true, n+u
	}
	n += monthsOfAge(text[n:])
	if k := prefixed(text[n:], "左右", "上下"); k > 0 {
		sort, n = "about", n+k
	} else if k := prefixed(text[n:], "不到"); k > 0 && sort == "" {
		sort, n = "under", n+k
	}
	if nominal {
		lo, hi = lo-2, hi-1
	}
	t := yearsOld(sort, lo, hi)
	formal := start > 1 && (text[start-2] == '未' || text[start-2] == '不')
	if prefixed(text[n:], ageRules...) > 0 || t.code == "under" && formal && (t.hi == 17 || t.hi == 15 || t.hi == 13) {
		t.code = "rule" // 未满18周岁 is how rules speak; a family says 还没满 or 不到
	}
	return t, n
}

// ageOpening reads the words before the number: 虚岁, 今年, 刚满.
func ageOpening(text []rune) (start int, sort string, nominal bool) {
	for {
		if k := prefixed(text[start:], "虚岁", "毛岁", "虚"); k > 0 {
			nominal, start = true, start+k
		} else if k := prefixed(text[start:], "周岁", "实岁"); k > 0 {
			start += k
		} else if k := prefixed(text[start:], "今年", "都", "上", "了"); k > 0 && start > 0 {
			start += k
		} else if s, k := approximator(text[start:]); k > 0 {
			sort, start = s, start+k
		} else {
			return start, sort, nominal
		}
	}
}

// yearsOld is the interval of an age with the word before it.
func yearsOld(sort string, lo, hi int64) token {
	t := token{kind: age}
	switch sort {
	case "under":
		lo, hi, t.code = 0, lo-1, "under"
	case "nearly":
		lo, hi = lo-1, lo-1
	case "about":
		lo, hi = lo-1, hi+1
	case "over":
		hi, t.code = oldest, "rule"
	}
	t.lo, t.hi = max(lo, 0), max(hi, 0)
	return t
}

// infant reads ages below one year, and the bare 半岁.
func infant(text []rune) (token, int) {
	if k := prefixed(text, "半岁多", "半岁", "刚满月", "满月", "刚出生", "未满周岁", "不满周岁", "还没满月", "没满月", "刚生下来"); k > 0 {
		return token{kind: age}, k
	}
	q, ok := parseNumber(text)
	if !ok {
		return token{}, 0
	}
	if k := prefixed(text[q.n:], "个多月大", "个月大", "个月的娃", "个月的宝", "个月的孩", "个月的婴", "个多月的娃", "个多月的孩"); k > 0 {
		if prefixed(text[q.n:], "个月的", "个多月的") > 0 {
			k-- // the child itself is a word of its own
		}
		return token{kind: age, lo: q.lo / one / 12, hi: q.hi / one / 12}, q.n + k
	}
	if k := prefixed(text[q.n:], "天大"); k > 0 {
		return token{kind: age}, q.n + k
	}
	return token{}, 0
}

// monthsOfAge reads the months after years: 1岁3个月.
func monthsOfAge(text []rune) int {
	start := prefixed(text, "零", "又")
	q, ok := parseNumber(text[start:])
	if !ok || q.hi >= 12*one {
		return 0
	}
	if k := prefixed(text[start+q.n:], "个月"); k > 0 {
		return start + q.n + k
	}
	return 0
}
