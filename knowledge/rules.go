package knowledge

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"path"
	"sync"
	"testing/fstest"
	"time"
	"unicode/utf8"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jackc/pgx/v5"

	"xiaohe/knowledge/benefit"
	"xiaohe/knowledge/seed"
)

// Where a rule set comes from.
const (
	BuiltIn    = "built-in" // of the program; a newer program brings a newer one
	FromFolder = "folder"
	FromUpload = "upload"
)

// Bounds of a rule set; ours has 60 files of at most 60 kB.
const (
	maxRuleFiles = 500
	maxRuleFile  = 4 << 20
	maxRuleNote  = 1000
)

// Proposal is a rule set before it is activated: read, checked, its 判例 run.
type Proposal struct {
	Book     *benefit.Book // nil where one of the problems is an error
	Problems []benefit.Problem
	Failures []benefit.Failure
	Files    map[string]string // name → text
}

// Propose reads a rule set and tries it. It touches no database.
func Propose(files fs.FS) Proposal {
	p := read(files)
	if p.Book != nil {
		p.Failures = p.Book.Test()
	}
	return p
}

// read reads and checks a rule set.
func read(files fs.FS) Proposal {
	texts, problem := ruleFiles(files)
	if problem != nil {
		return Proposal{Problems: []benefit.Problem{*problem}}
	}
	p := Proposal{Files: texts}
	p.Book, p.Problems = benefit.Load(inMemory(texts))
	return p
}

// ruleFiles reads the YAML files of a rule set; the rest of the folder is no part of it.
func ruleFiles(files fs.FS) (map[string]string, *benefit.Problem) {
	texts := map[string]string{}
	refuse := func(name, text string) *benefit.Problem {
		return &benefit.Problem{File: name, Severity: benefit.Error, Text: text}
	}
	var problem *benefit.Problem
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".yaml" {
			return err
		}
		if len(texts) == maxRuleFiles {
			problem = refuse(".", fmt.Sprintf("规则文件超过 %d 个", maxRuleFiles))
			return fs.SkipAll
		}
		f, err := files.Open(name)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }() // only read
		data, err := io.ReadAll(io.LimitReader(f, maxRuleFile+1))
		switch {
		case err != nil:
			return err
		case len(data) > maxRuleFile:
			problem = refuse(name, fmt.Sprintf("文件超过 %d MB", maxRuleFile>>20))
			return fs.SkipAll
		case !plainText(name) || !plainText(string(data)):
			problem = refuse(clip(name, 100), "不是 UTF-8 文本，请另存为 UTF-8")
			return fs.SkipAll
		}
		texts[name] = string(data)
		return nil
	})
	if err != nil {
		problem = refuse(".", fmt.Sprintf("读不了规则文件：%s", err))
	}
	return texts, problem
}

// plainText tells whether PostgreSQL can keep a text.
func plainText(text string) bool {
	for _, r := range text {
		if r == 0 {
			return false
		}
	}
	return utf8.ValidString(text)
}

func inMemory(texts map[string]string) fs.FS {
	files := fstest.MapFS{}
	for name, text := range texts {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

// refusal says why a proposal may not be activated; nil where it may.
func (p Proposal) refusal() error {
	var first string
	errors := 0
	for _, problem := range p.Problems {
		if problem.Severity == benefit.Error {
			if errors++; errors == 1 {
				first = problem.String()
			}
		}
	}
	switch {
	case errors > 0:
		return &InputError{fmt.Sprintf("规则没有启用，有 %d 处错误，第一处是 %s", errors, first)}
	case p.Book == nil:
		return &InputError{"规则没有启用：没有读到规则"}
	case len(p.Failures) > 0:
		return &InputError{fmt.Sprintf("规则没有启用，判例有 %d 处不对，第一处是 %s", len(p.Failures), p.Failures[0])}
	}
	return nil
}

// RuleSet is a stored rule set.
type RuleSet struct {
	Version     string
	Origin      string // BuiltIn, FromFolder or FromUpload
	Note        string
	Files       int
	CreatedAt   time.Time
	ActivatedAt *time.Time // last; nil while it never was
	Active      bool
}

// RuleSets lists the stored rule sets, the active one first, then the newest.
func (s *Store) RuleSets(ctx context.Context) ([]RuleSet, error) {
	rows, err := s.db.Query(ctx, `SELECT version, origin, note, (SELECT count(*) FROM jsonb_object_keys(files)), created_at, activated_at, active
		FROM rule_sets ORDER BY active DESC, created_at DESC, version`)
	if err != nil {
		return nil, fmt.Errorf("list rule sets: %w", err)
	}
	sets, err := pgx.CollectRows(rows, pgx.RowToStructByPos[RuleSet])
	if err != nil {
		return nil, fmt.Errorf("list rule sets: %w", err)
	}
	return sets, nil
}

// loaded keeps rule sets ready by version, and whether one failed: what a version holds never changes.
type loaded struct {
	lru *lru.Cache[string, loadedBook]
}

type loadedBook struct {
	book *benefit.Book
	err  error
}

// keptBooks is how many rule sets are kept in memory; old ones are read for stored decisions only.
const keptBooks = 8

func newLoaded() loaded {
	cache, _ := lru.New[string, loadedBook](keptBooks) // fails only for a size below one
	return loaded{cache}
}

// builtIn is the rule set of the program, read once.
var builtIn = sync.OnceValue(func() Proposal { return read(seed.Benefits()) })

// fallbacks is how many rule sets are tried where the active one cannot be read.
const fallbacks = 5

// Book returns the rule set in force. One that another node activated is read when it is first asked for. Where the
// active one cannot be read, as one that was written for another version of the program, it is the last that can.
func (s *Store) Book(ctx context.Context) (*benefit.Book, error) {
	rows, err := s.db.Query(ctx, `SELECT version FROM rule_sets
		ORDER BY active DESC, activated_at DESC NULLS LAST, created_at DESC LIMIT $1`, fallbacks)
	if err != nil {
		return nil, fmt.Errorf("find the active rule set: %w", err)
	}
	versions, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("find the active rule set: %w", err)
	}
	first := builtIn().refusal() // why there is none, if there is none
	for i, version := range versions {
		book, err := s.ReadRules(ctx, version)
		if err == nil {
			return book, nil
		}
		if i == 0 {
			first = err
		}
	}
	if first == nil {
		first = &InputError{"还没有启用的福利规则"}
	}
	return nil, first
}

// ReadRules reads a stored rule set of any age, as stored decisions name it.
func (s *Store) ReadRules(ctx context.Context, version string) (*benefit.Book, error) {
	if book := builtIn().Book; book != nil && book.Version == version {
		return book, nil // a version names its files
	}
	if have, ok := s.books.lru.Get(version); ok {
		return have.book, have.err
	}
	_, texts, err := s.stored(ctx, version)
	if err != nil {
		return nil, err
	}
	p := read(inMemory(texts))
	entry := loadedBook{book: p.Book}
	if p.Book == nil {
		entry.err = fmt.Errorf("rule set %s: %w", version, p.refusal())
	}
	s.books.lru.Add(version, entry)
	return entry.book, entry.err
}

// stored reads the files of a rule set.
func (s *Store) stored(ctx context.Context, version string) (set RuleSet, texts map[string]string, err error) {
	err = s.db.QueryRow(ctx, `SELECT version, origin, note, files FROM rule_sets WHERE version = $1`, version).
		Scan(&set.Version, &set.Origin, &set.Note, &texts)
	switch {
	case err == pgx.ErrNoRows:
		return set, nil, &InputError{fmt.Sprintf("没有版本为 %s 的规则", clip(version, 20))}
	case err != nil:
		return set, nil, fmt.Errorf("read rule set: %w", err)
	}
	return set, texts, nil
}
