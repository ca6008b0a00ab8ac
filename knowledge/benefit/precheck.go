package benefit

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// precheck reports what was typed in a way that YAML reads as something else, before YAML sees it: Chinese
// punctuation where the file needs ASCII, full-width spaces and digits, codes and dates without quotes. Chinese
// punctuation inside ordinary prose stays untouched.
func precheck(r reader, text string) {
	switch {
	case !utf8.ValidString(text):
		r.report(1, Error, "文件不是 UTF-8 编码，请另存为 UTF-8")
		return
	case strings.HasPrefix(text, byteOrderMark):
		r.report(1, Error, "文件开头有看不见的记号（BOM），请另存为不带 BOM 的 UTF-8")
		return
	}
	s := scanner{reader: r}
	for i, line := range strings.Split(text, "\n") {
		s.line = i + 1
		s.scan(strings.TrimSuffix(line, "\r"))
	}
}

const byteOrderMark = "\uFEFF"

// scanner walks through a file as an officer sees it, line by line. It knows just enough of YAML to tell keys,
// values and lists apart, also where the file is not valid YAML.
type scanner struct {
	reader
	line  int
	block int       // indent of a running block text (| or >), 0 for none
	open  []bracket // flow collections that are open
	key   string    // key of the entry that is being read
	word  strings.Builder
	begun bool // word holds more than blanks
	start int  // line on which word began
	quote rune // the quote that word stands in
}

// bracket is an open [ or { and the key that it belongs to.
type bracket struct {
	kind rune
	key  string
}

// scan reads one line.
func (s *scanner) scan(line string) {
	body := withoutComment(line)
	if len(s.open) > 0 {
		s.flow(body + " ")
		return
	}
	content := strings.TrimLeft(body, " \t　")
	indent := len(body) - len(content)
	if content == "" {
		return
	}
	if s.block > 0 && indent >= s.block {
		return
	}
	s.block = 0
	for strings.HasPrefix(content, "- ") || strings.HasPrefix(content, "-\t") || strings.HasPrefix(content, "-　") {
		content = strings.TrimLeft(content[1:], " \t　")
	}
	if strings.ContainsAny(body[:len(body)-len(content)], "\t　") {
		s.report(s.line, Error, "行首是全角空格或 Tab，请改成半角空格")
	}
	s.blockLine(content, indent)
}

var plainKey = regexp.MustCompile(`^("[^"]*"|[^\s"'\[\]{}#:][^:\[\]{}]*):(?:\s+(.*))?$`)

// blockLine reads a line outside brackets: 名称: 内容, or an item of a list.
func (s *scanner) blockLine(content string, indent int) {
	if key, ok := colonKey(content); ok {
		s.chineseColon(s.line, key)
		return
	}
	s.key = ""
	value := content
	if m := plainKey.FindStringSubmatch(content); m != nil {
		s.key, value = strings.Trim(m[1], `"`), m[2]
	}
	switch {
	case value == "":
	case value[0] == '|' || value[0] == '>':
		s.block = indent + 1
	case value[0] == '[' || value[0] == '{' || value[0] == '&':
		s.flow(value + " ")
		if len(s.open) == 0 { // an anchored scalar
			s.take()
		}
	default:
		s.value(s.line, s.key, value)
	}
}

// flow reads text inside brackets, rune by rune.
func (s *scanner) flow(text string) {
	for i, c := range text {
		switch {
		case s.quote != 0:
			s.word.WriteRune(c)
			if c == s.quote {
				s.quote = 0
			}
			continue
		case (c == '"' || c == '\'') && !s.begun:
			s.quote = c
		case c == '[' || c == '{':
			s.open = append(s.open, bracket{c, s.key})
			s.key = ""
			s.take()
			continue
		case c == ']' || c == '}':
			s.finish()
			if len(s.open) == 0 {
				return
			}
			s.key = s.open[len(s.open)-1].key
			s.open = s.open[:len(s.open)-1]
			continue
		case c == ',':
			s.finish()
			s.key = ""
			continue
		case c == ':' && strings.HasPrefix(text[i+1:], " "):
			s.named()
			continue
		}
		if !s.begun && c != ' ' {
			s.begun, s.start = true, s.line
		}
		s.word.WriteRune(c)
	}
}

// take ends the word.
func (s *scanner) take() string {
	word := strings.TrimSpace(s.word.String())
	s.word.Reset()
	s.begun = false
	return word
}

// named takes the word as the key of an entry.
func (s *scanner) named() {
	word := s.take()
	if s.key != "" && strings.ContainsAny(word, "，、；") {
		s.report(s.start, Error, "“%s”里用了中文逗号或顿号来分开两项，请改成英文逗号", word)
	}
	s.key = strings.Trim(word, `"`)
}

// finish takes the word as a value.
func (s *scanner) finish() {
	word := s.take()
	if word == "" || len(s.open) == 0 {
		return
	}
	inside := s.open[len(s.open)-1]
	if inside.kind == '[' {
		if !quoted(word) && strings.ContainsAny(word, "，、") && !slices.Contains(proseLists, inside.key) {
			s.report(s.start, Error, "列表里用了中文逗号或顿号，请改成英文逗号")
		}
		s.value(s.start, inside.key, word)
		return
	}
	if s.key == "" {
		if key, _, found := strings.Cut(word, "："); found {
			s.chineseColon(s.start, key)
		}
		return
	}
	s.value(s.start, s.key, word)
}

// proseLists are the lists whose entries are sentences.
var proseLists = []string{"问法", "要"}

func (s *scanner) chineseColon(line int, key string) {
	s.report(line, Error, "“%s”后面是中文冒号，请改成英文冒号加一个空格", key)
}

var (
	fullWidth     = regexp.MustCompile(`^["']?[0-9０-９.．\-－]*[０-９][0-9０-９.．\-－]*["']?$`)
	chineseQuotes = regexp.MustCompile(`^[“”‘’「『＂][0-9０-９.\-]+[“”‘’」』＂]$`)
	bareDate      = regexp.MustCompile(`^\d{4}-\d{1,2}-\d{1,2}$`)
	bareZero      = regexp.MustCompile(`^0\d+$`)
	bareCode      = regexp.MustCompile(`^(\d{6}|\d{9}|\d{12})$`)
)

// value checks one value. In regions.yaml every bare number of six digits is a code.
func (s *scanner) value(line int, key, value string) {
	value = strings.TrimSpace(value)
	if strings.IndexFunc(value, prose) >= 0 {
		return
	}
	switch {
	case chineseQuotes.MatchString(value):
		s.report(line, Error, "%s 用了中文引号，请改成英文引号 \"…\"", value)
	case fullWidth.MatchString(value):
		s.report(line, Error, "“%s”有全角数字，请改成半角数字", strings.Trim(value, `"'`))
	case bareDate.MatchString(value):
		s.report(line, Error, "日期要加英文引号：\"%s\"", value)
	case bareZero.MatchString(value):
		s.report(line, Error, "以 0 开头的代码要加英文引号：\"%s\"，不然会被读成别的数", value)
	case bareCode.MatchString(value) && (s.file == "regions.yaml" || strings.HasSuffix(key, "地") || key == "地区"):
		s.report(line, Error, "代码要加英文引号：\"%s\"", value)
	}
}

// prose tells whether a character cannot stand in a number, a code or a date, however they were typed.
func prose(c rune) bool {
	return !strings.ContainsRune("0123456789０１２３４５６７８９.-．－\"'“”‘’「」『』＂", c)
}

func quoted(word string) bool { return word[0] == '"' || word[0] == '\'' }

// colonKey finds a key that is followed by a Chinese colon outside brackets. Prose may hold such a colon: it counts
// only after a word of the language, after a fact, or where a collection or nothing follows.
func colonKey(content string) (string, bool) {
	key, rest, found := strings.Cut(content, "：")
	if !found || strings.ContainsAny(key, ":\"'[{，、。？！ ") {
		return "", false
	}
	rest = strings.TrimSpace(rest)
	switch {
	case slices.Contains(languageKeys, key), factName.MatchString(key):
		return key, true
	}
	return key, rest == "" || strings.ContainsAny(rest[:1], "[{\"")
}

// languageKeys are the words that stand before a colon in rule files.
var languageKeys = func() []string {
	keys := slices.Concat(ruleKeys, overlayKeys, factKeys, placeNames, []string{"事实", "个数", "其中", "按", "当", "计发", "固定", "补差", "比例",
		"按项报销", "以当地公布为准", "减", "减标准", "乘", "取整", "标准", "数额", "倍数", "可信", "自", "至", "文号", "名称", "链接", "日期", "人",
		"下次", "与", "规则", "优先", "都要", "按情形", "件", "要", "谁申请", "去哪", "谁确认", "公示", "网上", "电话", "若", "则", "说", "蕴含",
		"矛盾", "已知", "结果", "还要问", "会改变", "来源"})
	for _, w := range vocabulary {
		keys = append(keys, w.text)
	}
	return keys
}()

var factName = regexp.MustCompile(`^(孩子|父亲|母亲|监护人|家庭|案件)\.\p{Han}+$`)

// withoutComment cuts what stands behind a # outside quotes.
func withoutComment(line string) string {
	inside := rune(0)
	before := ' '
	for i, c := range line {
		switch {
		case inside != 0:
			if c == inside {
				inside = 0
			}
		case (c == '"' || c == '\'') && strings.ContainsRune(" [{,:", before):
			inside = c
		case c == '#' && (before == ' ' || before == '\t'):
			return strings.TrimRight(line[:i], " \t")
		}
		before = c
	}
	return strings.TrimRight(line, " \t")
}
