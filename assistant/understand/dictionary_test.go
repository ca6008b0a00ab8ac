package understand

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"xiaohe/knowledge/benefit"
)

// dictionary is facts.yaml as far as the extractor must agree with it.
func dictionary(t *testing.T) map[string][]string {
	t.Helper()
	data, err := os.ReadFile("../../knowledge/seed/benefits/facts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]yaml.Node
	if err := yaml.Unmarshal(data, &raw); err != nil {
		t.Fatal(err)
	}
	facts := map[string][]string{}
	for name, node := range raw {
		var fact struct {
			Kind    string   `yaml:"类型"`
			Options []string `yaml:"取值"`
		}
		if node.Decode(&fact) != nil || fact.Kind == "" {
			continue
		}
		if fact.Kind == "是否" {
			fact.Options = []string{"是", "否"}
		}
		facts[name] = fact.Options
	}
	return facts
}

// TestDictionaryKnowsEveryFact reads all messages of the golden files and looks up each fact and option.
func TestDictionaryKnowsEveryFact(t *testing.T) {
	t.Parallel()
	facts := dictionary(t)
	check := func(s Statement) {
		options, known := facts[s.Fact]
		if !known {
			t.Errorf("%q: no fact %q", s.Quote, s.Fact)
		}
		for _, name := range slices.Concat(s.Value.In, s.Value.Out) {
			if !slices.Contains(options, name) {
				t.Errorf("%q: %s has no option %q", s.Quote, s.Fact, name)
			}
		}
	}
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(data), "\n") {
			message, found := strings.CutPrefix(line, "» ")
			if !found {
				continue
			}
			reading := Read(message, Context{Today: benefit.DayOf(2026, 11, 21)})
			for _, s := range reading.Statements {
				check(s)
			}
			for _, u := range reading.Unclear {
				for _, o := range u.Options {
					for _, s := range o.Statements {
						check(s)
					}
				}
			}
		}
	}
}

// TestDictionaryKnowsTheLexicons looks up the facts and options that the tables name.
func TestDictionaryKnowsTheLexicons(t *testing.T) {
	t.Parallel()
	facts := dictionary(t)
	var named []string
	for _, list := range statusFacts {
		named = append(named, list...)
	}
	for _, table := range []map[string]string{incomeFacts, placeFacts} {
		for _, fact := range table {
			named = append(named, fact)
		}
	}
	for _, p := range phrases {
		named = append(named, p.fact)
	}
	for _, fact := range named {
		if _, ok := facts[fact]; !ok {
			t.Errorf("no fact %q", fact)
		}
	}
	options := func(fact string, names ...string) {
		for _, name := range names {
			if !slices.Contains(facts[fact], name) {
				t.Errorf("%s has no option %q", fact, name)
			}
		}
	}
	options("父亲.情形", situations...)
	for _, relation := range carers {
		options("监护人.关系", relation)
	}
	for _, table := range [][]entry{schoolWords, disabilityWords, householdWords, classWords()} {
		for _, e := range table {
			switch e.kind {
			case stage:
				options("孩子.在读阶段", splitList(e.code)...)
			case disability:
				if e.code != "" && e.code != "脑瘫" {
					options("孩子.残疾类别", splitList(e.code)...)
				}
			case emergency:
				if e.code != "无" {
					options("家庭.急难事由", e.code)
				}
			case lawcase:
				if e.code != "无" && e.code != "抚养费" {
					options("案件.情形", e.code)
				}
			case urban:
				options("家庭.城乡", e.code)
			}
		}
	}
}
