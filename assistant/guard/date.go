package guard

// relativeYears stand before a month and mean a year that the guard does not know.
var relativeYears = []string{"今年", "明年", "去年", "前年", "后年", "本年", "当年"}

// dateAt reads 2026年7月1日 · 二〇二五年 · 2025-07-01 · 7月1日 · 今年7月 at i.
func (r *reader) dateAt(i int) (date, bool) {
	d := date{from: i, to: i}
	for _, word := range relativeYears {
		if r.text.at(i, word) {
			d.relative = word
			j := i + 2
			if r.text.at(j, "的") {
				j++
			}
			if !r.monthAt(&d, j) {
				return d, false
			}
			return d, true
		}
	}
	if year, n := r.yearAt(i); n > 0 {
		d.year, d.to = year, i+n
		if d.to < len(r.text) && r.text[d.to] == '年' {
			d.to++
			r.monthAt(&d, d.to)
			return d, true
		}
		return d, r.dashedAt(&d)
	}
	return d, r.monthAt(&d, i)
}

// yearAt reads four digits that can be a year of our time.
func (r *reader) yearAt(i int) (year, n int) {
	for n < 5 && i+n < len(r.text) {
		c := r.text[i+n]
		if d, ok := digitOf[c]; ok && c != '两' {
			c = rune(d)
		}
		if !isDigit(c) {
			break
		}
		year, n = year*10+int(c-'0'), n+1
	}
	if n != 4 || year < 1900 || year > 2100 || i > 0 && isDigit(r.text[i-1]) {
		return 0, 0
	}
	return year, n
}

// monthAt reads 7月 or 7月1日 at i into d.
func (r *reader) monthAt(d *date, i int) bool {
	n := r.numberAt(i)
	if n.to == i || n.rough || n.value%one != 0 || !r.text.at(n.to, "月") || n.value < one {
		return false
	}
	d.month, d.to = int(n.value/one), n.to+1
	if r.text.at(d.to, "份") {
		d.to++
	}
	day := r.numberAt(d.to)
	if day.to > d.to && (r.text.at(day.to, "日") || r.text.at(day.to, "号")) {
		d.day, d.to = int(day.value/one), day.to+1
	}
	return true
}

// dashedAt reads the rest of 2025-07-01, 2025/7/1 or 2025.7.1 after its year.
func (r *reader) dashedAt(d *date) bool {
	parts := [2]int{}
	i := d.to
	for p := range parts {
		if i >= len(r.text) || r.text[i] != '-' && r.text[i] != '/' && r.text[i] != '.' {
			break
		}
		value, j := 0, i+1
		for j < len(r.text) && isDigit(r.text[j]) && j < i+3 {
			value, j = value*10+int(r.text[j]-'0'), j+1
		}
		if j == i+1 || j < len(r.text) && isDigit(r.text[j]) {
			break
		}
		parts[p], i = value, j
	}
	if parts[0] == 0 || parts[0] > 12 {
		return false
	}
	d.month, d.day, d.to = parts[0], parts[1], i
	return true
}

// checkDates: every part of a date that is given is given so in the ground.
func (s *sentence) checkDates() Reason {
	for _, d := range s.facts.dates {
		found := false
		for _, g := range s.ground.dates {
			if !d.within(g) {
				continue
			}
			if !sidesAgree(sideAfter(s.text, d.to), sideAfter(text([]rune(s.support)), g.to)) {
				return Dates
			}
			found = true
		}
		if s.passage != nil {
			for _, g := range s.passage.facts.dates { // 2021年6月份…发放信息
				found = found || d.within(g)
			}
		}
		if !found && s.toldByPerson(d.from) {
			for _, g := range s.guard.asked.dates {
				found = found || d.within(g)
			}
		}
		if !found {
			return Dates
		}
	}
	return ""
}

// side is where a date stands in time: 起, 前.
type side int8

const (
	anySide side = iota
	onwards
	until
)

// sideAfter reads the side that is named after a date ending at i.
func sideAfter(t text, i int) side {
	for _, w := range []string{"以前", "之前", "前", "止", "为止", "截止", "结束", "作废"} {
		if t.at(i, w) {
			return until
		}
	}
	for _, w := range []string{"起", "开始", "以后", "之后", "后", "以来"} {
		if t.at(i, w) {
			return onwards
		}
	}
	return anySide
}

func sidesAgree(said, found side) bool {
	return said == anySide || found == anySide || said == found
}

// within tells whether a date says nothing that the other does not say.
func (d date) within(g date) bool {
	return (d.year == 0 || d.year == g.year) && (d.month == 0 || d.month == g.month) && (d.day == 0 || d.day == g.day) &&
		(d.relative == "" || d.relative == g.relative) && (d.year != 0 || d.relative != "" || g.relative == "")
}
