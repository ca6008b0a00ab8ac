package guard

// facts are what can be counted in a text.
type facts struct {
	quantities []quantity
	dates      []date
	documents  []document
	articles   []article
	periods    []period
	cited      [][2]int // where documents and articles stand
}

// kind is what a quantity measures.
type kind string

const (
	yuan     kind = "元"
	months   kind = "月" // 年 too: 12 of them
	days     kind = "天"
	workdays kind = "工作日"
	ages     kind = "岁"
	percent  kind = "%"
	people   kind = "人"
	counted  kind = "个"
	bare     kind = "" // no unit: telephone numbers and what cannot be read
	numbered kind = "号"
)

// quantity is a number with its measure. value is in hundredths; digits are kept where the number is a row of them.
type quantity struct {
	kind     kind
	value    int64
	digits   string
	limit    limit
	rough    bool
	ranged   bool // one end of a range: 0—6岁
	from, to int  // characters of the text, with the unit
}

// limit tells whether a quantity is a bound.
type limit int8

const (
	exactly limit = iota
	upwards       // 以上, 至少, 满
	downwards
	onAverage
	afterwards // 15个工作日后
)

// date is a day, or what is known of it; 0 is unknown. relative is 今年 and the like before it.
type date struct {
	year, month, day int
	relative         string
	from, to         int
}

// readFacts finds everything countable. What is part of one thing (the 62 of a document number) is not read as another.
func readFacts(t text) facts {
	r := reader{text: t, taken: make([]bool, len(t)+1)}
	r.readDocuments()
	r.readArticles()
	r.maskIdioms()
	r.readPeriods()
	for i := 0; i < len(t); {
		if r.taken[i] || !counting[t[i]] {
			i++
			continue
		}
		if d, ok := r.dateAt(i); ok {
			r.found.dates = append(r.found.dates, d)
			i = d.to
			continue
		}
		q, end := r.quantityAt(i)
		if end > i {
			r.found.quantities = append(r.found.quantities, q...)
			i = end
			continue
		}
		i++
	}
	return r.found
}

// counting are the characters that a date or a quantity can begin with.
var counting = func() map[rune]bool {
	all := map[rune]bool{}
	for _, c := range numeralRunes + "0123456789今明去前后本当对减翻加双数" {
		all[c] = true
	}
	return all
}()

// reader goes once through a text.
type reader struct {
	text  text
	taken []bool // characters that belong to something already read
	found facts
}

func (r *reader) take(from, to int) {
	for i := from; i < to; i++ {
		r.taken[i] = true
	}
}

// cite takes the characters of a document or an article.
func (r *reader) cite(from, to int) {
	r.found.cited = append(r.found.cited, [2]int{from, to})
	r.take(from, to)
}

// free tells whether no character of [from, to) is taken.
func (r *reader) free(from, to int) bool {
	for i := from; i < to; i++ {
		if r.taken[i] {
			return false
		}
	}
	return true
}
