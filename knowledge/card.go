package knowledge

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"go.yaml.in/yaml/v3"

	"xiaohe/knowledge/seed"
)

// Card is what a bridge card or a benefit carries beside its title and answer: how people ask, and the clauses it rests on.
type Card struct {
	System     string   `yaml:"system" json:"system"`         // one of the six 体系, or 办事维权
	Confidence string   `yaml:"confidence" json:"confidence"` // 原文, 报道 or 待核
	Asks       []string `yaml:"asks" json:"asks"`
	Basis      []Basis  `yaml:"basis" json:"basis"`
	Recheck    Date     `yaml:"-" json:"recheck,omitempty"` // of a benefit: from this day on it may be out of date
}

// Basis is one clause that a card's answer rests on.
type Basis struct {
	Document   string `yaml:"document" json:"document"` // title
	Number     string `yaml:"number" json:"number"`
	Clause     string `yaml:"clause" json:"clause"`
	Issued     string `yaml:"issued" json:"issued"`
	URL        string `yaml:"url" json:"url"`
	Confidence string `yaml:"confidence" json:"confidence"`
}

// Systems are the six 体系 of 国办发〔2025〕18号 and what helps with all of them.
var Systems = []string{"基本生活", "医疗康复", "公共教育", "心理健康", "人身安全", "法定监护", "办事维权"}

// Confidences say how a text was seen: the text itself, a report of it, or not checked yet.
var Confidences = []string{"原文", "报道", "待核"}

// MinAsks is the fewest wordings a card must carry to be found by people's own words.
const MinAsks = 8

type cardFile struct {
	Title     string `yaml:"title"`
	Region    string `yaml:"region"`
	Effective string `yaml:"effective"`
	Expires   string `yaml:"expires"`
	Card      `yaml:",inline"`
}

// ParseCard reads a card: YAML front matter between --- lines, then the answer in Markdown.
func ParseCard(name string, data []byte) (Entry, error) {
	rest, ok := bytes.CutPrefix(data, []byte("---\n"))
	head, body, ok2 := bytes.Cut(rest, []byte("\n---\n"))
	if !ok || !ok2 {
		return Entry{}, fmt.Errorf("%s: 卡片开头要有两行 --- 夹住的说明", name)
	}
	var f cardFile
	decoder := yaml.NewDecoder(bytes.NewReader(head))
	decoder.KnownFields(true)
	if err := decoder.Decode(&f); err != nil {
		return Entry{}, fmt.Errorf("%s: 卡片说明写错了: %w", name, err)
	}
	answer := strings.TrimSpace(string(body))
	if err := f.check(answer); err != nil {
		return Entry{}, fmt.Errorf("%s: %w", name, err)
	}
	sum := sha256.Sum256(data)
	d := Document{
		Kind: KindCard, Key: cardKey(name), Title: f.Title, Region: f.Region,
		Effective: Date(f.Effective), Expires: Date(f.Expires), Status: "", File: name, SHA256: sum[:], Body: answer, Card: &f.Card,
	}
	return Entry{Document: d, Passages: []Passage{{Path: f.System, Body: answer, From: 0, To: len([]rune(answer))}}}, nil
}

func (f *cardFile) check(answer string) error {
	switch {
	case f.Title == "" || answer == "":
		return fmt.Errorf("缺标题或回答")
	case !slices.Contains(Systems, f.System):
		return fmt.Errorf("体系“%s”不在 %v 之内", f.System, Systems)
	case !slices.Contains(Confidences, f.Confidence):
		return fmt.Errorf("可信度“%s”不在 %v 之内", f.Confidence, Confidences)
	case len(f.Asks) < MinAsks:
		return fmt.Errorf("问法只有 %d 种，至少要 %d 种", len(f.Asks), MinAsks)
	case len(f.Basis) == 0:
		return fmt.Errorf("没有依据")
	case !digits.MatchString(f.Region):
		return fmt.Errorf("地区代码“%s”不对", f.Region)
	}
	for _, b := range f.Basis {
		if b.Document == "" || !slices.Contains(Confidences, b.Confidence) {
			return fmt.Errorf("依据缺文件名或可信度")
		}
	}
	for _, date := range []string{f.Effective, f.Expires} {
		if _, err := ParseDate(date); err != nil {
			return err
		}
	}
	return nil
}

// cardFiles returns the built-in card files by key, the file name without its ending.
func cardFiles() (map[string][]byte, error) {
	names, err := fs.Glob(seed.Files, "policies/*.md")
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, name := range names {
		if files[cardKey(name)], err = seed.Files.ReadFile(name); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func cardKey(name string) string { return strings.TrimSuffix(path.Base(name), ".md") }

// Cards parses the built-in cards.
func Cards() ([]Entry, error) {
	files, err := cardFiles()
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for _, key := range slices.Sorted(maps.Keys(files)) {
		e, err := ParseCard("policies/"+key+".md", files[key])
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// LoadCards writes the built-in cards: new and changed ones are stored, those that a release dropped are ended.
func (s *Store) LoadCards(ctx context.Context) error {
	files, err := cardFiles()
	if err != nil {
		return err
	}
	have, err := s.cardSums(ctx)
	if err != nil {
		return err
	}
	keys := slices.Sorted(maps.Keys(files))
	var changed []Entry
	for _, key := range keys {
		if have[key] == sha256.Sum256(files[key]) {
			continue
		}
		e, err := ParseCard("policies/"+key+".md", files[key])
		if err != nil {
			return err
		}
		changed = append(changed, e)
	}
	if len(changed) > 0 {
		if _, err := s.Put(ctx, changed...); err != nil {
			return fmt.Errorf("load cards: %w", err)
		}
	}
	_, err = s.db.Exec(ctx, `UPDATE documents SET expires = $2::date
		WHERE kind = 'card' AND file LIKE 'policies/%' AND NOT key = ANY($1) AND coalesce(expires > $2::date, true)`, keys, string(s.Today()))
	return err
}

// cardSums reads the SHA-256 of the current cards by key.
func (s *Store) cardSums(ctx context.Context) (map[string][sha256.Size]byte, error) {
	rows, err := s.db.Query(ctx, `SELECT key, sha256 FROM documents WHERE kind = 'card' AND replaced_by IS NULL`)
	if err != nil {
		return nil, fmt.Errorf("read cards: %w", err)
	}
	have := map[string][sha256.Size]byte{}
	var key string
	var sum []byte
	_, err = pgx.ForEachRow(rows, []any{&key, &sum}, func() error {
		var fixed [sha256.Size]byte
		copy(fixed[:], sum)
		have[key] = fixed
		return nil
	})
	return have, err
}

// Load brings the built-in regions, cards and rules into the database.
func (s *Store) Load(ctx context.Context) error {
	if err := s.LoadRegions(ctx); err != nil {
		return err
	}
	if err := s.LoadCards(ctx); err != nil {
		return err
	}
	return s.LoadRules(ctx)
}
