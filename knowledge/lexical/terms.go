package lexical

import (
	"hash/fnv"
	"regexp"
	"strings"
	"unicode"
)

// Dimensions is the size of the hashed space: the most that pgvector's sparsevec allows.
const Dimensions = 1_000_000_000

// serial finds the year and serial of a document number in normalised text, whatever brackets it carries:
// 民发〔2019〕62号, 民发[2019]62号, 民发(2019)62号, 民发2019 62号, 民发〔2019〕第62号.
var serial = regexp.MustCompile(`\s*[〔\[(【<〈]?\s*((?:19|20)\d{2})\s*[〕\])】>〉]?\s*(?:第\s*)?(\d{1,4})\s*号`)

// decree finds the numbers of decrees and announcements, which carry no year: 国务院令第457号, 国务院令457号.
var decree = regexp.MustCompile(`(令|公告)\s*第?\s*(\d{1,4})\s*号`)

// Canonical normalises text and writes every document number in it one way: 民发〔2019〕62号, 国务院令第457号.
func Canonical(text string) string {
	return decree.ReplaceAllString(serial.ReplaceAllString(Normalize(text), "〔${1}〕${2}号"), "${1}第${2}号")
}

// numberTerm is a canonical document number with the two characters of its issuer that precede the year:
// where the issuer begins no pattern can know (根据民发〔2019〕62号).
var numberTerm = regexp.MustCompile(`\p{Han}{0,2}〔\d{4}〕\d{1,4}号`)

// Terms counts the terms of text: single Han characters, adjacent Han pairs, runs of letters and digits,
// and document numbers as a whole.
func Terms(text string) map[string]float64 {
	text = Canonical(text)
	terms := map[string]float64{}
	for _, n := range numberTerm.FindAllString(text, -1) {
		terms[n]++
	}
	var previous rune
	var run strings.Builder
	flush := func() {
		if run.Len() > 0 {
			terms[strings.Trim(run.String(), ".,")]++
			run.Reset()
		}
	}
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Han, r):
			flush()
			terms[string(r)]++
			if previous != 0 {
				terms[string([]rune{previous, r})]++
			}
			previous = r
			continue
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			run.WriteRune(r)
		case (r == '.' || r == ',') && run.Len() > 0: // 1,500.5 is one number
			if r == '.' {
				run.WriteRune(r)
			}
		default:
			flush()
		}
		previous = 0
	}
	flush()
	delete(terms, "")
	return terms
}

// Dimension hashes a term into the sparse space (FNV-1a).
func Dimension(term string) int32 {
	h := fnv.New32a()
	h.Write([]byte(term))
	return int32(h.Sum32() % Dimensions)
}
