package guard

import "strings"

// unit is a word after a number. times turns the number into hundredths of its kind.
type unit struct {
	word  string
	kind  kind
	times int64
}

// units in the order in which they are tried; longer words come first.
var units = []unit{
	{"个工作日", workdays, 1}, {"工作日", workdays, 1}, {"个百分点", "百分点", 1}, {"百分点", "百分点", 1},
	{"个半月", months, -1}, {"个月", months, 1}, {"个多月", months, 1}, {"年级", "年级", 1}, {"学年", "学年", 1}, {"个学年", "学年", 1}, {"个学期", "学期", 1}, {"学期", "学期", 1},
	{"年半", months, -2}, {"周年", months, 12}, {"年", months, 12}, {"个星期", "周", 1}, {"星期", "周", 1}, {"个礼拜", "周", 1}, {"礼拜", "周", 1}, {"周岁", ages, 1}, {"岁半", ages, -3}, {"岁", ages, 1}, {"周", "周", 1},
	{"个小时", "小时", 1}, {"小时", "小时", 1}, {"个钟头", "小时", 1}, {"钟头", "小时", 1}, {"分钟", "分钟", 1}, {"天", days, 1}, {"日", days, 1},
	{"级", "级", 1}, {"等", "级", 1}, {"次", "次", 1}, {"回", "次", 1}, {"趟", "次", 1}, {"%", percent, 1}, {"成", percent, 10}, {"折", "折", 1}, {"倍", "倍", 1},
	{"块多钱", yuan, 1}, {"块钱", yuan, 1}, {"元钱", yuan, 1}, {"块", yuan, 1}, {"元", yuan, 1}, {"圆", yuan, 1}, {"角", "角", 1}, {"毛", "角", 1},
	{"个人", people, 1}, {"口人", people, 1}, {"名", people, 1}, {"人", people, 1}, {"口", people, 1}, {"位", people, 1}, {"个孩子", people, 1}, {"个娃", people, 1}, {"个小孩", people, 1},
	{"号", numbered, 1}, {"条", "条", 1}, {"款", "款", 1}, {"种", counted, 1}, {"类", counted, 1}, {"项", counted, 1}, {"样", counted, 1}, {"方面", counted, 1}, {"个方面", counted, 1}, {"点", counted, 1}, {"个", counted, 1},
}

// unitAt reads the unit at i and returns where it ends.
func (r *reader) unitAt(i int, n number) (kind, int64, int) {
	for _, u := range units {
		if !r.text.at(i, u.word) {
			continue
		}
		end, value := i+len([]rune(u.word)), n.value
		switch u.times {
		case -1: // 两个半月
			value += one / 2
		case -2: // 两年半
			value = value*12 + 6*one
		case -3: // 一岁半
			value += one / 2
		default:
			value *= u.times
		}
		switch {
		case u.word == "年":
			value, end = r.monthsAfter(end, value)
		case u.times > 0 && r.text.at(end, "半") && !r.halfOf(end): // 十八岁半
			value, end = value+u.times*one/2, end+1
		}
		return u.kind, value, end
	}
	if n.digits == "" && i < len(r.text) && !strings.ContainsRune(stops+"、（）“”《》", r.text[i]) {
		return kind("…" + string(r.text[i])), n.value, i // some other measure word
	}
	return bare, n.value, i
}

// monthsAfter reads the rest of 两年零三个月.
func (r *reader) monthsAfter(i int, value int64) (int64, int) {
	j := i
	for j < len(r.text) && (r.text[j] == '零' || r.text[j] == '又') {
		j++
	}
	n := r.numberAt(j)
	if n.to > j && !n.rough && r.text.at(n.to, "个月") {
		return value + n.value, n.to + 2
	}
	return value, i
}

// quantityAt reads the quantities at i: one, a pair, or the ends of a range that share a unit. It returns where they
// end, i where there is none.
func (r *reader) quantityAt(i int) ([]quantity, int) {
	if q, end := r.shareAt(i); end > i {
		return []quantity{q}, end
	}
	n := r.numberAt(i)
	if n.to == i {
		return nil, i
	}
	ordinal := i > 0 && r.text[i-1] == '第'
	end := n.to
	rough := n.rough
	if end < len(r.text) && strings.ContainsRune("多来把余几", r.text[end]) && !r.text.at(end, "来办") && !r.text.at(end, "来领") {
		rough, end = true, end+1
	}
	k, value, to := r.unitAt(end, n)
	if end == i+1 && r.text[i] == '几' && (k == bare || k == counted || strings.HasPrefix(string(k), "…")) {
		return nil, i // 几档, 几样: no number is said
	}
	if k == bare || strings.HasPrefix(string(k), "…") {
		if qs, stop := r.spread(i, end, n); stop > end {
			return qs, stop
		}
	}
	q := quantity{kind: k, value: value, digits: n.digits, from: i, to: to}
	if ordinal {
		q.kind = "第" + k
	}
	q.rough = rough || r.roughAround(i, to)
	q.limit = r.limitOf(i, to)
	if n.second > 0 && (k == "级" || k == counted) && end == n.to {
		q.rough = r.roughAround(i, to)
		other := q
		other.value = n.second
		return []quantity{q, other}, to
	}
	return []quantity{q}, max(to, end)
}

// spread reads a range or list whose unit stands only at its end, 0-6岁 or 一、二级: n is its first number, read from
// [i, end). It returns where the range ends, end where there is none.
func (r *reader) spread(i, end int, n number) ([]quantity, int) {
	second, joined := r.rangeAt(end)
	if joined == end {
		return nil, end
	}
	qs, stop := r.quantityAt(second)
	if len(qs) == 0 || stop == second {
		return nil, end
	}
	first := qs[0]
	first.value, first.digits, first.from, first.to = scaled(n.value, r, qs[0]), n.digits, i, end
	first.limit = r.limitOf(i, stop)
	first.ranged, qs[0].ranged = true, true
	return append([]quantity{first}, qs...), stop
}

// scaled gives the first number of a range the measure of the second: 1-3万 is not read so, 1-3年 is.
func scaled(value int64, r *reader, second quantity) int64 {
	switch {
	case second.kind == months && strings.Contains(string(r.text[second.from:second.to]), "年"):
		return value * 12
	case second.kind == percent && strings.Contains(string(r.text[second.from:second.to]), "成"):
		return value * 10
	}
	return value
}

// rangeAt tells where the second number of a range begins, if a range goes on at i.
func (r *reader) rangeAt(i int) (second, end int) {
	if i >= len(r.text) || !strings.ContainsRune("-至到、", r.text[i]) {
		return i, i
	}
	n := r.numberAt(i + 1)
	if n.to == i+1 {
		return i, i
	}
	return i + 1, n.to
}

// shareAt reads 百分之五十, 三分之一, 一半, 双倍, 翻倍.
func (r *reader) shareAt(i int) (quantity, int) {
	t := r.text
	make := func(k kind, value int64, to int) (quantity, int) {
		return quantity{kind: k, value: value, from: i, to: to, limit: r.limitOf(i, to), rough: r.roughAround(i, to)}, to
	}
	switch {
	case t.at(i, "百分之"):
		if n := r.numberAt(i + 3); n.to > i+3 {
			q, to := make(percent, n.value, n.to)
			q.rough = q.rough || n.rough
			return q, to
		}
		return make(percent, -1, i+3)
	case t.at(i, "百分百"):
		return make(percent, 100*one, i+3)
	case t.at(i, "一半"), t.at(i, "对半"), t.at(i, "减半"), t.at(i, "半数"), t.at(i, "半价"), t.at(i, "半费"), t.at(i, "对折"):
		return make(percent, 50*one, i+2)
	case t.at(i, "翻倍"), t.at(i, "翻番"), t.at(i, "加倍"), t.at(i, "双份"), t.at(i, "双倍"):
		return make("倍", 2*one, i+2)
	case t.at(i, "双"), t.at(i, "数") && !r.text.at(i, "数十") && !r.text.at(i, "数百") && !r.text.at(i, "数千") && !r.text.at(i, "数万"):
		r.taken[i] = true // 双方, 数着
		return quantity{}, i
	case t.at(i, "半") && !r.halfOf(i):
		r.taken[i] = true
		return quantity{}, i
	}
	if n := r.numberAt(i); n.to > i && t.at(n.to, "分之") {
		if m := r.numberAt(n.to + 2); m.to > n.to+2 && n.value > 0 {
			return make("分之", m.value*1000/n.value, m.to)
		}
	}
	return quantity{}, i
}

// halfOf tells whether 半 at i measures time: 半年, 半个月.
func (r *reader) halfOf(i int) bool {
	for _, w := range []string{"半年", "半个月", "半个小时", "半小时", "半个钟头", "半岁", "半学期", "半成"} {
		if r.text.at(i, w) {
			return true
		}
	}
	return false
}
