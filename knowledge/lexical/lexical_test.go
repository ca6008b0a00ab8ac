package lexical

import (
	"math"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestNormalizeFoldsWidthCaseAndTraditional(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"ＡＢＣ１２３":      "abc123",
		"兒童福利":        "儿童福利",
		"民發〔2019〕62號": "民发〔2019〕62号",
		"a\xffb":      "a\uFFFDb",
	} {
		if got := Normalize(in); got != want {
			t.Errorf("Normalize(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCanonicalWritesDocumentNumbersOneWay(t *testing.T) {
	t.Parallel()
	const want = "民发〔2019〕62号"
	for _, in := range []string{"民发〔2019〕62号", "民发[2019]62号", "民发（2019）62号", "民发【2019】62号", "民发2019 62号",
		"民发〔2019〕第62号", "民发〔 2019 〕 62 号", "民發〔2019〕62號"} {
		if got := Canonical(in); got != want {
			t.Errorf("Canonical(%q) = %q, want %q", in, got, want)
		}
	}
	if got := Canonical("国务院令第381号"); got != "国务院令第381号" {
		t.Errorf("a number without a year changed: %q", got)
	}
}

func TestTermsAreUnigramsBigramsRunsAndNumbers(t *testing.T) {
	t.Parallel()
	got := Terms("低保每月1,309.5元，打12356；民发〔2019〕62号")
	for _, term := range []string{"低", "低保", "1309.5", "12356", "民发〔2019〕62号"} {
		if got[term] == 0 {
			t.Errorf("term %q is missing from %v", term, got)
		}
	}
	for _, term := range []string{"元打", "元，", ""} {
		if got[term] != 0 {
			t.Errorf("term %q should not be there", term)
		}
	}
}

func TestDocumentVectorsFitAPage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom(nil, unicode.Han, unicode.Nd, unicode.Po), 0, 3000, -1).Draw(t, "text")
		v := Document(text, PassageLength)
		if len(v) > maxTerms {
			t.Fatalf("%d terms", len(v))
		}
		for dim, weight := range v {
			if dim < 0 || dim >= Dimensions || weight <= 0 || math.IsNaN(float64(weight)) {
				t.Fatalf("dimension %d has weight %v", dim, weight)
			}
		}
	})
}

func TestRareTermsWeighMore(t *testing.T) {
	t.Parallel()
	s := Statistics{N: 100, DF: map[int32]int{1: 1, 2: 50, 3: 100}}
	if !(s.IDF(1) > s.IDF(2) && s.IDF(2) > s.IDF(3) && s.IDF(3) > 0) {
		t.Errorf("idf is not falling: %v %v %v", s.IDF(1), s.IDF(2), s.IDF(3))
	}
}

func FuzzTerms(f *testing.F) {
	f.Add("民发〔2019〕62号 失联怎么界定")
	f.Add(strings.Repeat("\u200b", 50) + "\xff\xfe")
	f.Fuzz(func(t *testing.T, text string) {
		for term, n := range Terms(text) {
			if term == "" || n <= 0 || !utf8.ValidString(term) {
				t.Errorf("term %q counts %v", term, n)
			}
		}
	})
}
