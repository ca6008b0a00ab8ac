package guard

import (
	"regexp"
	"strconv"
	"strings"
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
		r.cite(from, len([]rune(words[:m[1]])))
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
		r.cite(len([]rune(words[:a]))-1, len([]rune(words[:m[1]])))
	}
}

// plainDigits writes a Chinese or Arabic number in Arabic digits.
func plainDigits(words string) string {
	r := reader{text: text(words), taken: make([]bool, len(words)+1)}
	n := r.numberAt(0)
	return strconv.FormatInt(n.value/one, 10)
}

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
	for _, a := range s.facts.articles {
		ok := anyArticle(known.articles, a) || s.passage != nil && anyArticle(s.passage.facts.articles, a)
		if !ok {
			return Article
		}
	}
	return ""
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
