package guard

import (
	"regexp"
	"strconv"
	"strings"
	"sync"

	"xiaohe/knowledge/seed"
)

// document is a document number: 民发〔2019〕62号.
type document struct {
	body   string // 民发, perhaps with words before it
	number string // 2019-62
}

// article is 第九十二条, its number in Arabic with its unit.
type article string

var (
	documentForm = regexp.MustCompile(`(\p{Han}{0,10})[〔\[（【〈]?((?:19|20)\d\d|[一二][〇零九][〇零一二三四五六七八九]{2})[〕\]）】〉]第?(\d{1,5}|[一二三四五六七八九十百〇零]{1,6})号|(\p{Han}{1,10}[发办函规字])((?:19|20)\d\d)年?第?(\d{1,4})号`)
	articleForm  = regexp.MustCompile(`第([0-9]{1,4}|[一二三四五六七八九十百千零〇两]{1,8})(条|款|章|节|项|编)|(?:法|典|条例|办法|规定|》)(?:的)?([0-9]{1,4}|[一二三四五六七八九十百千零〇]{1,8})(条)`)
	titleForm    = regexp.MustCompile(`《([^《》]{1,80})》`)
)

func (r *reader) readDocuments() {
	words := string(r.text)
	if !strings.Contains(words, "号") {
		return
	}
	for _, m := range documentForm.FindAllStringSubmatchIndex(words, -1) {
		part := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return words[m[2*i]:m[2*i+1]]
		}
		d := document{body: part(1) + part(4), number: plainDigits(part(2)+part(5)) + "-" + plainDigits(part(3)+part(6))}
		r.found.documents = append(r.found.documents, d)
		from := len([]rune(words[:m[0]])) + len([]rune(d.body))
		r.take(from, len([]rune(words[:m[1]])))
	}
}

func (r *reader) readArticles() {
	words := string(r.text)
	if !containsAny(words, "条", "款", "章", "节", "项", "编") || !containsAny(words, "第", "法", "典", "条例", "办法", "规定", "》") {
		return
	}
	for _, m := range articleForm.FindAllStringSubmatchIndex(words, -1) {
		a, b, u := m[2], m[3], m[4]
		if a < 0 {
			a, b, u = m[6], m[7], m[8]
		}
		unit := words[u : u+len("条")]
		if unit == "项" && !strings.HasPrefix(words[m[0]:], "第") {
			continue
		}
		r.found.articles = append(r.found.articles, article(plainDigits(words[a:b])+unit))
		r.take(len([]rune(words[:a]))-1, len([]rune(words[:m[1]])))
	}
}

// plainDigits writes a Chinese or Arabic number in Arabic digits.
func plainDigits(words string) string {
	r := reader{text: text(words), taken: make([]bool, len(words)+1)}
	n := r.numberAt(0)
	return strconv.FormatInt(n.value/one, 10)
}

// laws are the names of laws that people use without title marks.
var laws = sync.OnceValue(func() []law {
	all := []law{}
	for _, line := range seed.Lines("aliases.tsv") {
		if short, full, ok := strings.Cut(line, "\t"); ok {
			all = append(all, law{short, full})
		}
	}
	for _, name := range []string{"民法典", "未成年人保护法", "反家庭暴力法", "社会救助法", "义务教育法", "劳动合同法", "劳动法", "婚姻法", "宪法", "治安管理处罚法", "法律援助法", "学前教育法",
		"监狱法", "残疾人保障法", "个人信息保护法", "预防未成年人犯罪法", "家庭教育促进法", "收养法", "继承法", "刑法", "刑事诉讼法", "民事诉讼法", "行政诉讼法", "行政复议法", "妇女权益保障法", "社会保险法",
		"慈善法", "教育法", "户口登记条例", "母子保健法", "母婴保健法", "禁毒法", "精神卫生法", "老年人权益保障法", "信访条例", "居住证暂行条例", "残疾人教育条例", "社会救助条例", "民法通则", "合同法", "社区矫正法", "人口与计划生育法", "医疗保障条例", "未成年人保护条例"} {
		all = append(all, law{name, name})
	}
	return all
})

type law struct{ short, full string }

var (
	// citedRule is a document that a sentence calls on without title marks: 按照孤儿保障办法.
	citedRule = regexp.MustCompile(`(根据|依据|按照|依照|照|按)(\p{Han}{2,24}?)(法|条例|办法|细则|意见|通知|方案|纲要)(?:的|里|第|规定|要求|说|讲|，)`)
	// vagueRule calls on no document by name.
	vagueRule = regexp.MustCompile(`^(有关|相关|国家|当地|政策|法律|上面|这个|这些|文件|您|你|他|她|现行|以上|前面)`)
)

// checkDocuments: documents, titles and articles are those of the passage that is named, or stand in the ground's words.
func (s *sentence) checkDocuments() Reason {
	known, words := s.ground, s.support+"。"+s.where
	for _, d := range s.facts.documents {
		ok := anyDocument(known.documents, d) || s.passage != nil && (anyDocument(s.passage.facts.documents, d))
		if !ok {
			return Document
		}
	}
	if strings.Contains(s.words, "《") {
		for _, m := range titleForm.FindAllStringSubmatch(s.words, -1) {
			if title := plainTitle(m[1]); len([]rune(title)) < 2 || !strings.Contains(words, title) && !(s.passage != nil && strings.Contains(s.passage.words, title)) {
				return Document
			}
		}
	}
	if s.citesUnknown(words) {
		return Document
	}
	for _, l := range laws() {
		if strings.Contains(s.words, l.short) && !strings.Contains(words, l.full) && !strings.Contains(words, l.short) && !s.partOfLonger(l.short, words) {
			return Document
		}
	}
	for _, a := range s.facts.articles {
		ok := anyArticle(known.articles, a) || s.passage != nil && anyArticle(s.passage.facts.articles, a)
		if !ok {
			return Article
		}
	}
	return ""
}

// citesUnknown tells whether a sentence calls on a document by a name that known does not hold.
func (s *sentence) citesUnknown(known string) bool {
	if !containsAny(s.plain, "按", "照", "据") {
		return false
	}
	for _, m := range citedRule.FindAllStringSubmatch(s.plain, -1) {
		if !vagueRule.MatchString(m[2]) && !strings.Contains(known, m[2]+m[3]) {
			return true
		}
	}
	return false
}

// partOfLonger tells whether a law's name is only the end of a longer one that is known: 教育法 of 义务教育法.
func (s *sentence) partOfLonger(name, known string) bool {
	for _, l := range laws() {
		if len(l.short) > len(name) && strings.Contains(l.short, name) && strings.Contains(s.words, l.short) && (strings.Contains(known, l.full) || strings.Contains(known, l.short)) {
			return true
		}
	}
	return false
}

func plainTitle(title string) string {
	return strings.TrimPrefix(strings.Trim(title, "“”\" "), "中华人民共和国")
}

// anyDocument tells whether the number is one of these; the words before it may be cut differently.
func anyDocument(known []document, d document) bool {
	for _, k := range known {
		if k.number == d.number && (d.body == "" || k.body == "" || strings.HasSuffix(d.body, k.body) || strings.HasSuffix(k.body, d.body)) {
			return true
		}
	}
	return false
}

func anyArticle(known []article, a article) bool {
	for _, k := range known {
		if k == a {
			return true
		}
	}
	return false
}
