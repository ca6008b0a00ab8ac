package ingest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// corpus is the folder of real laws and policies that is kept beside the repository, not in it.
const corpus = "../../shared/corpus"

// TestEveryArticleOfTheCorpusIsItsOwnPassage reads every document and compares the labels with what a plain
// look for lines that begin with 第X条 finds.
func TestEveryArticleOfTheCorpusIsItsOwnPassage(t *testing.T) {
	files, _ := filepath.Glob(corpus + "/*.md")
	if len(files) == 0 {
		t.Skip("../shared/corpus is not here: nothing to compare with")
	}
	begins := regexp.MustCompile(`(?m)^(第[一二三四五六七八九十百千零]+条)`)
	for _, file := range files {
		if filepath.Base(file) == "README.md" {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		src, err := readMarkdown(data)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		cut := passages(src.meta.Title, parse(src.text), src.text)
		byClause := map[string][]string{}
		for _, p := range cut {
			byClause[p.Clause] = append(byClause[p.Clause], p.Body)
			if span := []rune(src.text)[p.From:p.To]; plain(string(span)) != p.Body {
				t.Errorf("%s %s: the span is not the passage", file, p.Clause)
			}
		}
		for _, m := range begins.FindAllStringSubmatch(src.text, -1) {
			bodies := byClause[m[1]]
			if len(bodies) == 0 {
				t.Errorf("%s: no passage for %s", filepath.Base(file), m[1])
			} else if !strings.HasPrefix(bodies[0], m[1]) {
				t.Errorf("%s: the passage of %s begins %.20q", filepath.Base(file), m[1], bodies[0])
			}
		}
	}
}
