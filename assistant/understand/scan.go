package understand

import (
	"strings"
	"sync"
	"unicode"

	"xiaohe/knowledge/lexical"
)

// token is a piece of the message that is understood as one thing. Lo and hi are the interval of a measure, in the
// unit of its kind; who is set on persons once the message has been linked.
type token struct {
	kind     kind
	code     string
	lo, hi   int64
	who      who
	object   bool // a person that is no subject
	used     bool // a measure or word that has been said already
	from, to int  // characters of the message
}

// message is a text with its tokens.
type message struct {
	raw, norm []rune
	plain     string // norm, for searching
	own       int    // character behind which nothing of the speaker's own household is named
	tokens    []token
	adopted   bool // the child has adoptive parents
}

// typos are writings by ear or slip, mended before words are looked up. Both sides are of equal length.
var typos = []struct{ wrong, right string }{
	{"作牢", "坐牢"}, {"座牢", "坐牢"}, {"做牢", "坐牢"}, {"坐劳", "坐牢"}, {"服型", "服刑"}, {"判型", "判刑"}, {"伏刑", "服刑"},
	{"死拉", "死了"}, {"死啦", "死了"}, {"跑拉", "跑了"}, {"跑啦", "跑了"}, {"走拉", "走了"}, {"走啦", "走了"}, {"没拉", "没了"}, {"没啦", "没了"},
	{"孙孑", "孙子"}, {"儿孑", "儿子"}, {"失连", "失联"}, {"失恋了", "失联了"}, {"低宝", "低保"}, {"底保", "低保"}, {"低堡", "低保"}, {"残级", "残疾"}, {"残急", "残疾"}, {"残极", "残疾"},
	{"媳付", "媳妇"}, {"户囗", "户口"}, {"自必症", "自闭症"}, {"自闭正", "自闭症"}, {"孤僻症", "孤独症"},
	{"强介", "强戒"}, {"强借", "强戒"}, {"强界", "强戒"}, {"戒独所", "戒毒所"}, {"音迅", "音讯"}, {"音信", "音讯"}, {"改家", "改嫁"}, {"该嫁", "改嫁"},
	{"帐", "账"}, {"肢休", "肢体"}, {"判邢", "判刑"}, {"服邢", "服刑"}, {"有期徒型", "有期徒刑"}, {"尿毒正", "尿毒症"},
}

// typosByFirst finds them by their first character.
var typosByFirst = sync.OnceValue(func() map[rune][][2][]rune {
	table := map[rune][][2][]rune{}
	for _, t := range typos {
		wrong := []rune(t.wrong)
		table[wrong[0]] = append(table[wrong[0]], [2][]rune{wrong, []rune(t.right)})
	}
	return table
})

// scan splits the text into tokens: measures and the longest words of the lexicons, the rest as other.
func scan(text string, c Context) *message {
	m := &message{raw: []rune(text)}
	m.norm = normalize(m.raw, text)
	for i := 0; i < len(m.norm); {
		t, n := measure(m.norm, i, c.Today)
		if w, length := lexiconTrie().longest(m.norm[i:]); length > n || length == n && length > 0 && t.kind == number {
			t, n = token{kind: w.kind, code: w.code}, length
		}
		if n == 0 {
			t, n = token{kind: other}, 1
			if k := len(m.tokens); k > 0 && m.tokens[k-1].kind == other && m.tokens[k-1].code == "" && !unicode.IsSpace(m.norm[i]) {
				m.tokens[k-1].to++
				i++
				continue
			}
			if unicode.IsSpace(m.norm[i]) {
				t.kind = stop
			}
		}
		if k := len(m.tokens) - 1; t.kind == other && k >= 0 && m.tokens[k].kind == other && (t.code == "place" && m.tokens[k].code == "place" || m.tokens[k].code == "place" && division(m.norm[i:i+n])) {
			m.tokens[k].to = i + n
			i += n
			continue
		}
		t.from, t.to = i, i+n
		m.tokens = append(m.tokens, t)
		i += n
	}
	text = string(m.norm)
	m.plain, m.own = text, lastOwn(text)
	m.adopted = strings.Contains(text, "养父") || strings.Contains(text, "养母") || strings.Contains(text, "正规抱养") || strings.Contains(text, "收养登记") || strings.Contains(text, "办了收养")
	return m
}

// division tells whether the text ends like the name of a county or township.
func division(text []rune) bool {
	return len(text) > 1 && strings.ContainsRune("县区市旗镇乡村", text[len(text)-1])
}

// normalize brings the text to compared form, character by character, so that positions stay those of the message.
func normalize(raw []rune, text string) []rune {
	norm := []rune(lexical.Normalize(text))
	if len(norm) != len(raw) {
		norm = norm[:0]
		for _, r := range raw {
			one := []rune(lexical.Normalize(string(r)))
			if len(one) != 1 {
				one = []rune{r}
			}
			norm = append(norm, one[0])
		}
	}
	for i := range norm {
		for _, t := range typosByFirst()[norm[i]] {
			if hasPrefix(norm[i:], t[0]) {
				copy(norm[i:], t[1])
			}
		}
	}
	return norm
}

func hasPrefix(text, prefix []rune) bool {
	if len(text) < len(prefix) {
		return false
	}
	for i, r := range prefix {
		if text[i] != r {
			return false
		}
	}
	return true
}

func (m *message) quote(from, to int) string { return string(m.raw[from:to]) }

func (m *message) text(t token) string { return string(m.norm[t.from:t.to]) }
