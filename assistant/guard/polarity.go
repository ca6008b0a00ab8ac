package guard

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// harmless are words with a negative syllable that deny nothing.
var harmless = newWords(
	"未成年", "不满", "未满", "没满", "不到", "没到", "不足", "不超过", "不低于", "不少于", "不高于", "不得超过", "不得低于", "不得少于", "不管", "不论",
	"无论", "不仅", "不但", "不光", "不只", "不同的", "不同于", "不同程度", "不过", "不便", "不动产", "不明", "不良", "不用说", "不容易", "不晓得", "不知道", "不一定",
	"差不多", "无人", "没人", "无固定", "没成年", "没有劳动能力", "没有生活来源", "没管", "没联系", "未登记", "未认领", "没有孩子", "无子女", "能不能", "可不可以", "是不是",
	"要不要", "有没有", "够不够", "算不算", "不少", "不错", "不要紧", "不急", "别急", "不安心", "不安全", "很不安", "别的", "别人", "特别", "级别", "分别", "性别",
	"区别", "识别", "别处", "别家", "不法", "无民事", "无业", "无劳动", "无生活", "无法定", "无能力", "没有能力", "没有监护能力", "非寄宿", "不住校", "拿不准",
	"走不开", "去不了", "不行", "不在了", "分不清", "没有固定", "没固定", "没有稳定", "没有办法", "没办法",
)

// negators deny what follows.
var negators = newWords(
	"不得", "不能", "不可以", "不可", "不予", "不宜", "不再", "不会", "不应当", "不应", "不该", "不用", "不必", "不须", "不需要", "不需",
	"无须", "无需", "不要", "不受", "不参与", "禁止", "严禁", "拒绝", "免予", "免于", "没有", "未能", "不准", "不许", "不让", "不含",
	"不包括", "不设", "取消", "不", "没", "未", "无", "别", "非",
)

var (
	// modals may stand between a negation and what it denies.
	modals = regexp.MustCompile(`^(得|能|可以|可|予|宜|再|会|应当|应|该|用|必|须|需要|需|要|被|给|去|来|把|让|使|算作|算|向|设置|设|进行|受|着|到|先|也|还|有|处于)+`)
)

var (
	forbidding = regexp.MustCompile(`不得[^超低少高]|不能|不可以|不宜|不准|不许|禁止|严禁|不应当|不予`)
	permitting = regexp.MustCompile(`可以|能|允许|准许|行`)
)

// withoutAlternatives takes 困不困难, 有没有 out: they deny nothing.
func withoutAlternatives(words string) string {
	runes := []rune(words)
	for i := 0; i+2 < len(runes); i++ {
		if runes[i] == runes[i+2] && (runes[i+1] == '不' || runes[i+1] == '没') {
			runes[i], runes[i+1] = '◇', '◇'
		}
	}
	return string(runes)
}

// mayDeny tells whether words hold a syllable that negators begin with.
func mayDeny(words string) bool {
	return strings.ContainsAny(words, "不没未无别非禁严拒免取")
}

// negations finds the negators of a text: where each begins and where it ends. Harmless words become commas.
func negations(t text) (found [][2]int, clean text) {
	clean = slices.Clone(t)
	for i := 0; i < len(t); i++ {
		if n := harmless.longest(t, i); n > 0 {
			for j := i; j < i+n; j++ {
				clean[j] = '，'
			}
			i += n - 1
			continue
		}
		if n := negators.longest(t, i); n > 0 {
			found = append(found, [2]int{i, i + n})
			i += n - 1
		}
	}
	return found, clean
}

// denies tells whether words deny anything.
func denies(words string) bool {
	if !mayDeny(words) {
		return false
	}
	found, _ := negations(text(words))
	return len(found) > 0
}

// denied lists the pairs of characters that a text denies: 公示 of 不宜设置公示环节.
func denied(words string) []string {
	if !mayDeny(words) {
		return nil
	}
	var pairs []string
	found, clean := negations(text(words))
	for _, at := range found {
		rest := []rune(modals.ReplaceAllString(string(clean[at[1]:min(len(clean), at[1]+12)]), ""))
		switch word := string(clean[at[0]:at[1]]); word {
		case "不含", "不包括", "不设":
			rest = append([]rune(strings.TrimPrefix(word, "不")), rest...)
		}
		if len(rest) > 0 && strings.ContainsRune("免收赔罚交退报查发算教判补管", rest[0]) && (len(rest) == 1 || !isHan(rest[1])) {
			pairs = append(pairs, string(rest[:1])) // 杂费不免
		}
		for i := 0; i < 3 && i+1 < len(rest) && isHan(rest[i]) && isHan(rest[i+1]); i++ {
			if rest[i] == '到' { // 未达到标准, 没到标准
				break
			}
			if strings.ContainsRune("的了是在和等与就都也", rest[i+1]) {
				break
			}
			pairs = append(pairs, string(rest[i:i+2]))
		}
	}
	return pairs
}

// affirmed tells whether words hold the pair in a clause that denies nothing.
func affirmed(words, pair string) bool {
	for _, c := range strings.FieldsFunc(words, func(r rune) bool { return strings.ContainsRune(stops+"、", r) }) {
		if strings.Contains(c, pair) && !denies(c) {
			return true
		}
	}
	return false
}

// synonyms of what is often denied, so that another word does not hide the turn.
var synonyms = [][]string{
	{"公示", "张榜", "公布", "公开"}, {"计入", "算进", "算入", "算在", "算作"}, {"享受", "享有", "领"}, {"审查", "核查", "查"}, {"隐瞒", "瞒着", "瞒下"}, {"起付", "门槛"}, {"认定", "认作", "算"},
	{"限制", "卡"}, {"含", "包括", "包含"}, {"报告", "报案", "上报"}, {"写成", "写的", "写到", "写了", "写明"}, {"同意", "愿意"}, {"看护", "看着"},
}

// particles stand between characters that belong together: 新的情况.
var particles = strings.NewReplacer("新的", "新", "换了", "换")

// checkPolarity: what the span denies is not affirmed, and the other way round.
func (s *sentence) checkPolarity() Reason {
	if len(s.span) == 0 {
		return ""
	}
	if !mayDeny(s.words) && !mayDeny(s.spanned) {
		return ""
	}
	claim, span := withoutAlternatives(particles.Replace(s.plain)), withoutAlternatives(particles.Replace(s.guard.withoutNames(s.spanned)))
	if forbidding.MatchString(span) && permitting.MatchString(claim) && !denies(claim) ||
		forbidding.MatchString(claim) && !strings.ContainsAny(span, "不未无免非禁没除") {
		return Negation
	}
	if strings.ContainsAny(claim, "要会得") && demandsDenied(span, claim) {
		return Negation
	}
	if turned(span, claim) || turned(claim, span) {
		return Negation
	}
	return ""
}

// demandsDenied tells whether some clause of b demands what a denies: 审核的时候要公示.
func demandsDenied(a, b string) bool {
	for _, pair := range denied(a) {
		if affirmed(a, pair) {
			continue
		}
		for _, word := range alike(pair) {
			for _, modal := range []string{"要", "会", "得", "还要", "要先", "会被"} {
				if strings.Contains(b, modal+word) && !containsAny(b, "不"+modal+word, "会不会"+word, "要不要"+word, "不是"+modal+word) && !strings.HasSuffix(b, "？") && affirmed(b, modal+word) {
					return true
				}
			}
		}
	}
	return false
}

// turned tells whether b affirms something that a denies and does not affirm itself.
func turned(a, b string) bool {
	pairs := denied(a)
	for _, pair := range pairs {
		if affirmed(a, pair) {
			continue
		}
		for _, word := range alike(pair) {
			if strings.Contains(b, word) && allAffirmed(b, word) {
				return true
			}
		}
	}
	return false
}

// alike is a word and what means the same.
func alike(pair string) []string {
	for _, group := range synonyms {
		for _, w := range group {
			if strings.Contains(pair, w) {
				return group
			}
		}
	}
	return []string{pair}
}

// goesOn tells whether a clause has no subject of its own.
func goesOn(clause string) bool {
	first, _ := utf8.DecodeRuneInString(clause)
	return strings.ContainsRune("就也都不没可是还才反", first)
}

// allAffirmed tells whether no clause of words denies the word.
func allAffirmed(words, word string) bool {
	clauses := strings.FieldsFunc(words, func(r rune) bool { return strings.ContainsRune(stops, r) })
	for i, c := range clauses {
		if !strings.Contains(c, word) {
			continue
		}
		if denies(c) || i+1 < len(clauses) && len([]rune(c)) < 10 && goesOn(clauses[i+1]) && denies(clauses[i+1]) {
			return false
		}
	}
	return true
}
