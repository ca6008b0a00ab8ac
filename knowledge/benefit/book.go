// Package benefit decides which help a child can get: rules, standards and facts are data (YAML with Chinese keys),
// every fact is a set of still-possible values, every verdict is one of three, every amount an interval. It is pure:
// it reads files and computes, and imports nothing of the project. BENEFITS.md is its design.
package benefit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"
	"go.yaml.in/yaml/v3"
)

// Book is a rule set: everything that was loaded from one folder. It is immutable and safe for concurrent use.
type Book struct {
	Dictionary *Dictionary
	Regions    map[int64]RegionName
	Rows       []Row
	Rules      []*Rule // in the order of Benefits
	Precedents []Precedent
	Gaps       []Contradiction // gaps.yaml: families whom no benefit covers, and why that is right
	Version    string          // the first twelve digits of the hash of all files

	overlays []*Overlay
	byID     map[string]*Rule
	scopes   map[string]*scope
	changes  []change
	uses     []use
	names    []name
	ties     [][]tie // relation between two rules by their index in Benefits
	views    *lru.Cache[viewKey, *View]
}

type viewKey struct {
	places Places
	day    Day
}

// cachedViews is how many combinations of places and day are kept ready.
const cachedViews = 256

// Load reads a rule set. The book is nil when one of the problems is an error.
func Load(files fs.FS) (*Book, []Problem) {
	b := &Book{Dictionary: &Dictionary{byName: map[string]int{}}, Regions: map[int64]RegionName{},
		byID: map[string]*Rule{}, scopes: map[string]*scope{}}
	texts, err := readAll(files)
	if err != nil {
		return nil, []Problem{{".", 0, Error, fmt.Sprintf("读不了规则文件：%s", err)}}
	}
	b.Version = versionOf(texts)
	var problems []Problem
	sources := parseAll(texts, &problems)
	each := func(match func(name string) bool, read func(reader, *yaml.Node)) {
		for _, f := range sources {
			for _, root := range f.roots {
				if match(f.name) {
					read(reader{f.name, &problems}, root)
				}
			}
		}
	}
	named := func(wanted string) func(string) bool { return func(name string) bool { return name == wanted } }
	inside := func(folder string) func(string) bool {
		return func(name string) bool { return strings.HasPrefix(name, folder+"/") }
	}
	for _, table := range []struct {
		name string
		read func(reader, *yaml.Node)
	}{{"regions.yaml", b.regions}, {"facts.yaml", b.facts}, {"standards.yaml", b.standards}} {
		if !slices.ContainsFunc(texts, func(t file) bool { return t.name == table.name }) {
			problems = append(problems, Problem{table.name, 1, Error, "缺这个文件"})
		}
		each(named(table.name), table.read)
	}
	if len(b.Dictionary.Facts) == 0 {
		problems = append(problems, Problem{"facts.yaml", 1, Error, "里面一个事实也没有"})
		return nil, sortProblems(problems)
	}
	each(func(name string) bool { return inside("national")(name) || inside("local")(name) }, b.rules)
	for _, c := range b.changes {
		b.overlay(c.reader, c.root)
	}
	each(inside("cases"), b.precedents)
	each(named("gaps.yaml"), b.gaps)
	b.checkRows(&problems)
	b.arrange(&problems)
	problems = sortProblems(problems)
	if Failed(problems) {
		return nil, problems
	}
	b.views, _ = lru.New[viewKey, *View](cachedViews) // fails only for a size below one
	return b, problems
}

// parsed is a file with its YAML documents.
type parsed struct {
	name     string
	roots    []*yaml.Node
	problems []Problem
}

// parseAll reads the files side by side: half of the time of loading is YAML.
func parseAll(texts []file, problems *[]Problem) []parsed {
	sources := make([]parsed, len(texts))
	var group sync.WaitGroup
	for i, f := range texts {
		group.Go(func() {
			p := &sources[i]
			p.name = f.name
			r := reader{f.name, &p.problems}
			precheck(r, f.text)
			p.roots = r.documents(f.text)
		})
	}
	group.Wait()
	for _, p := range sources {
		*problems = append(*problems, p.problems...)
	}
	return sources
}

// file is a file of the rule set.
type file struct{ name, text string }

// maxFile bounds one file; the largest of ours has 60 kB.
const maxFile = 4 << 20

// readAll reads the YAML files in the order of their names.
func readAll(files fs.FS) ([]file, error) {
	var texts []file
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".yaml" {
			return err
		}
		f, err := files.Open(name)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }() // only read
		data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
		if len(data) > maxFile {
			return fmt.Errorf("%s 太大", name)
		}
		texts = append(texts, file{name, string(data)})
		return err
	})
	return texts, err
}

func versionOf(texts []file) string {
	sum := sha256.New()
	for _, t := range texts {
		fmt.Fprintf(sum, "%s %d\n%s", t.name, len(t.text), t.text)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}

// Rule finds a rule by its id; nil where the set has none.
func (b *Book) Rule(id string) *Rule { return b.byID[id] }

// tie is the relation of two benefits, seen from the first.
type tie struct {
	kind   RelationKind
	prefer Preference
	basis  []Source
}

// arrange puts the rules into the canonical order, mirrors relations and checks what only shows in the whole set.
func (b *Book) arrange(problems *[]Problem) {
	b.ties = make([][]tie, len(Benefits))
	for i, id := range Benefits {
		b.ties[i] = make([]tie, len(Benefits))
		if rule := b.byID[id]; rule != nil {
			b.Rules = append(b.Rules, rule)
		}
	}
	for _, rule := range b.Rules {
		i := slices.Index(Benefits, rule.ID)
		for _, relation := range rule.Relations {
			j := slices.Index(Benefits, relation.With)
			declared := tie{relation.Kind, relation.Prefer, relation.Basis}
			if old := b.ties[i][j]; i == j || old.kind != NoRelation && (old.kind != declared.kind || old.prefer != declared.prefer) {
				*problems = append(*problems, Problem{rule.file, relation.Line, Error, "与“" + relation.With + "”的关系和另一处写的不一样"})
				continue
			}
			b.ties[i][j] = declared
			declared.prefer = map[Preference]Preference{Own: Other, Other: Own, Choose: Choose}[declared.prefer]
			b.ties[j][i] = declared
		}
	}
	b.collectNames()
	b.checkRuleCycles(problems)
}

// checkRuleCycles reports 规则 leaves that lead back to their own rule.
func (b *Book) checkRuleCycles(problems *[]Problem) {
	state := map[string]int{}
	var visit func(id string)
	visit = func(id string) {
		rule := b.byID[id]
		if rule == nil || state[id] == 2 {
			return
		}
		if state[id] == 1 {
			*problems = append(*problems, Problem{rule.file, rule.line, Error, "“" + id + "”的条件绕回了自己"})
			return
		}
		state[id] = 1
		for _, n := range b.conditionsOf(rule) {
			n.leaves(func(leaf *Node) {
				if leaf.Op == RuleIs {
					if b.byID[leaf.Rule] == nil {
						*problems = append(*problems, Problem{rule.file, leaf.Line, Error, "规则“" + leaf.Rule + "”没有写"})
					}
					visit(leaf.Rule)
				}
			})
		}
		state[id] = 2
	}
	for _, rule := range b.Rules {
		visit(rule.ID)
	}
}

// conditionsOf lists a rule's condition and those of its local changes.
func (b *Book) conditionsOf(rule *Rule) []*Node {
	found := []*Node{rule.Condition}
	for _, o := range b.overlays {
		if o.ID == rule.ID {
			found = append(append(found, o.Widen...), o.Narrow...)
			if o.Replace.Condition != nil {
				found = append(found, o.Replace.Condition)
			}
		}
	}
	return found
}
