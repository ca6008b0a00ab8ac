package guard

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestSentence is the most characters of a sentence, slots not filled in.
const longestSentence = 200

var (
	markup = regexp.MustCompile("[*#`_|<>\\\\^~\\[\\]]|&[a-z]+;|&#|^\\s*([-+•·]|\\d+[.)、])\\s*\\S")
)

// isMarkup tells of marks of Markdown or HTML; brackets may belong to a document number.
func isMarkup(words string) bool {
	if strings.ContainsAny(words, "[]") {
		words = documentForm.ReplaceAllString(words, "")
	}
	if first, _ := utf8.DecodeRuneInString(strings.TrimSpace(words)); strings.ContainsAny(words, "*#`_|<>\\^~[]&") || strings.ContainsRune("-+•·", first) || isDigit(first) {
		return markup.MatchString(words)
	}
	return false
}

// punctuation that a Chinese sentence may hold.
const punctuation = "[]，。、；：？！“”‘’（）《》〈〉〔〕【】—…·-－–~～/%％+＋.,;:?!()'\"{}｛｝ 　「」『』〇℃"

// checkForm refuses what is no plain Chinese sentence: markup, control characters, other scripts, symbols.
func checkForm(words string) Reason {
	bare := words
	if strings.Contains(words, "{{") {
		bare = slotForm.ReplaceAllString(words, "")
	}
	switch {
	case words == "", !utf8.ValidString(words), utf8.RuneCountInString(bare) > longestSentence:
		return Format
	case !strings.ContainsFunc(words, isHan):
		if letters.MatchString(words) || strings.ContainsFunc(words, unicode.IsLetter) {
			return Language
		}
		return Format
	case isMarkup(bare):
		return Format
	}
	for _, r := range bare {
		switch {
		case unicode.Is(unicode.Han, r), r >= '0' && r <= '9', r >= '０' && r <= '９', r < utf8.RuneSelf && unicode.IsLetter(r), r >= 'Ａ' && r <= 'ｚ', strings.ContainsRune(punctuation, r):
		case unicode.IsLetter(r):
			return Language
		case r == '\u200b', r == '\ufeff':
			return Format
		case r == '＠', r == '@', r == '\u00a0', r == '’':
		default:
			return Format
		}
	}
	return ""
}
