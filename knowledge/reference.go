package knowledge

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/google/uuid"

	"xiaohe/knowledge/lexical"
	"xiaohe/knowledge/seed"
)

// reference is what a question names outright: articles, and titles or numbers in the form that is compared.
type reference struct {
	text     string   // the canonical question without blanks, to look document numbers up in
	title    string   // the question as a title key, to look titles up in
	names    []string // title-like runs of the question: 最低生活保障审核确认办法
	articles []string // 第九十二条
}

var (
	article   = regexp.MustCompile(`第?\s*([一二三四五六七八九十百千零〇两]+|\d{1,4})\s*条`)
	titleLike = regexp.MustCompile(`\p{Han}{4,}?(?:法典|法|条例|办法|意见|通知|规定|细则|解释|措施|通告|方案)`)
)

// alias is a law's usual short name: 未保法.
type alias struct{ short, full string }

var aliases = sync.OnceValue(func() []alias {
	var all []alias
	for _, line := range seed.Lines("aliases.tsv") {
		short, full, _ := strings.Cut(line, "\t")
		all = append(all, alias{short, full})
	}
	return all
})

func parseReference(question string) reference {
	text := lexical.Canonical(question)
	for _, a := range aliases() {
		text = strings.ReplaceAll(text, a.short, a.full)
	}
	r := reference{text: strings.Join(strings.Fields(text), ""), title: TitleKey(text)}
	r.names = titleLike.FindAllString(r.title, -1)
	for _, m := range article.FindAllStringSubmatch(text, -1) {
		numeral := m[1]
		if n, err := strconv.Atoi(numeral); err == nil {
			numeral = ChineseNumeral(n)
		}
		r.articles = append(r.articles, "第"+numeral+"条")
	}
	return r
}

// named is a document whose title or number occurs in the question.
type named struct {
	id     uuid.UUID
	title  string // key, without the part of a code: 民法典 for 民法典第五编婚姻家庭
	number string // key
	whole  string // key of the whole title
}

// joints are characters that may stand before a title inside a sentence without being part of another title:
// 的教育法 names 教育法, 义务教育法 does not.
const joints = "的和与及按照据依在看查从见问请说是有用对中新老我国"

// mentioned tells whether the question names d itself, and not a longer title of which d's is the tail.
func (r reference) mentioned(d named, all []named) bool {
	if d.number != "" && strings.Contains(r.text, d.number) {
		return true
	}
	for _, name := range r.names {
		if len([]rune(name)) >= 6 && strings.Contains(d.whole, name) {
			return true
		}
	}
	rest := r.title
	for _, other := range all { // longer titles first take their place in the text
		if other.title != d.title && strings.Contains(other.title, d.title) {
			rest = strings.ReplaceAll(rest, other.title, "|")
		}
	}
	before, _, found := strings.Cut(rest, d.title)
	if !found || len([]rune(d.title)) < 3 {
		return false
	}
	last := []rune(before)
	return len(last) == 0 || !isHan(last[len(last)-1]) || strings.ContainsRune(joints, last[len(last)-1])
}

func isHan(r rune) bool { return r >= 0x3400 && r <= 0x9FFF }

// ChineseNumeral writes n (1 to 9999) the way articles are numbered: 十, 十一, 一百零二, 一千零九十三.
func ChineseNumeral(n int) string {
	const digits = "零一二三四五六七八九"
	if n < 1 || n > 9999 {
		return strconv.Itoa(n)
	}
	var out []rune
	gap := false
	for i, unit := range []struct {
		value int
		name  string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
		d := n / unit.value % 10
		if d == 0 {
			gap = gap || len(out) > 0
			continue
		}
		if gap {
			out = append(out, '零')
			gap = false
		}
		if !(i == 2 && d == 1 && len(out) == 0) { // 十一, not 一十一
			out = append(out, []rune(digits)[d])
		}
		out = append(out, []rune(unit.name)...)
	}
	return string(out)
}

// matches tells whether a passage's clause is one of the articles that the question names.
func (r reference) matches(clause string) bool { return slices.Contains(r.articles, clause) }
