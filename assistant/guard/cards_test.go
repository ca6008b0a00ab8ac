package guard_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"xiaohe/assistant/guard"
	"xiaohe/knowledge/seed"
)

var sentenceEnd = regexp.MustCompile(`[^。！？\n]+[。！？]?`)

// TestWordsOfTheCardsPass feeds the guard the sentences of the product's own cards, each resting on itself: what a
// model copies must not be lost to the guard.
func TestWordsOfTheCardsPass(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(seed.Files, "policies/*.md")
	if err != nil {
		t.Fatal(err)
	}
	passed, all, by := 0, 0, map[string]int{}
	for _, name := range names {
		data, err := fs.ReadFile(seed.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.SplitN(string(data), "\n---\n", 2)
		title := regexp.MustCompile(`(?m)^title: "(.*)"`).FindStringSubmatch(parts[0])
		if len(parts) < 2 || title == nil {
			continue
		}
		g := guard.New(guard.Ground{Passages: []guard.Passage{{Title: title[1], Text: parts[1]}}})
		for _, sentence := range sentenceEnd.FindAllString(parts[1], -1) {
			sentence = strings.TrimSpace(listMark.ReplaceAllString(strings.TrimSpace(sentence), ""))
			if len([]rune(sentence)) < 6 || strings.ContainsAny(sentence, "*|#：") {
				continue
			}
			all++
			if _, reason := g.Check(guard.Claim{Text: sentence, Passage: 1, Span: sentence}); reason == "" {
				passed++
			} else {
				by[string(reason)]++
				t.Logf("%s: %s", string(reason), sentence)
			}
		}
	}
	t.Logf("%d of %d sentences pass; dropped:%s", passed, all, counts(by))
	if passed*10 < all*9 {
		t.Errorf("only %d of %d sentences pass", passed, all)
	}
}

var listMark = regexp.MustCompile(`^([-+•]|\d+[.、)])\s*`)
