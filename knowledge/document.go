package knowledge

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/knowledge/lexical"
)

// Kind tells official documents from what is written in our own words.
type Kind string

const (
	KindPolicy  Kind = "policy"
	KindCard    Kind = "card"
	KindBenefit Kind = "benefit" // rendered from the active rule set; like a card in every other way
)

// Document is a policy, law or guide, a bridge card, or a benefit. Body is Markdown; passages point into it.
type Document struct {
	ID        uuid.UUID
	Kind      Kind
	Key       string // identity across versions; empty: the document number, else title and region
	Title     string
	Issuer    string // 发文机关
	Number    string // 发文字号, such as 民发〔2019〕62号
	Region    string // GB/T 2260, 6 to 12 digits
	Issued    string // YYYY, YYYY-MM or YYYY-MM-DD
	Effective Date
	Expires   Date // the first day on which it no longer holds
	Status    string
	Source    string // address of the text
	Note      string
	File      string
	SHA256    []byte
	Body      string
	Warnings  []string
	Abolishes []string // numbers or titles of documents that this one ends on its effective date
	Card      *Card    // of cards and benefits
	Benefit   string   // id of a benefit
	Replaced  bool     // a newer version exists
}

// Passage is the unit that is indexed and cited: one clause, or a piece of a long one.
type Passage struct {
	Clause string // 第十一条, 二（一）, or the heading of an unnumbered part
	Path   string // heading path: 第二章 监护 › 第十一条 › 第二款
	Body   string
	From   int // characters into the document's body
	To     int
	Page   int // 1-based, 0 where the format has no pages
}

// Entry is a document with its passages, as ingestion hands it over.
type Entry struct {
	Document Document
	Passages []Passage
}

// NumberKey is a document number in the form that is compared, empty when there is none.
func NumberKey(number string) string {
	return strings.Join(strings.Fields(lexical.Canonical(number)), "")
}

const titleNoise = " \t\n\f\r《》〈〉“”\"'·、,，:：()（）-—_"

// TitleKey is a title in the form that is compared: without 中华人民共和国, brackets and punctuation.
func TitleKey(title string) string {
	const country = "中华人民共和国"
	key := strings.TrimPrefix(strings.TrimPrefix(lexical.Normalize(strings.TrimSpace(title)), country), country)
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(titleNoise, r) {
			return -1
		}
		return r
	}, key)
}

// shortKey is a title key without the part of a code: 民法典 for 中华人民共和国民法典（第五编 婚姻家庭）.
func shortKey(title string) string { return codePart.ReplaceAllString(TitleKey(title), "") }

var codePart = regexp.MustCompile(`第\p{Han}编.*$`)

func (d *Document) key() string {
	switch {
	case d.Key != "":
		return d.Key
	case NumberKey(d.Number) != "":
		return NumberKey(d.Number)
	}
	return TitleKey(d.Title) + "@" + d.Region
}

const selectDocument = `SELECT id, kind, key, title, issuer, number, region_code, issued, coalesce(effective::text, ''),
	coalesce(expires::text, ''), status, source, note, file, sha256, body, warnings, abolishes, card, benefit, replaced_by IS NOT NULL
	FROM documents `

func scanDocument(row pgx.CollectableRow) (Document, error) {
	var d Document
	err := row.Scan(&d.ID, &d.Kind, &d.Key, &d.Title, &d.Issuer, &d.Number, &d.Region, &d.Issued, &d.Effective,
		&d.Expires, &d.Status, &d.Source, &d.Note, &d.File, &d.SHA256, &d.Body, &d.Warnings, &d.Abolishes, &d.Card, &d.Benefit, &d.Replaced)
	d.Region = shortCode(d.Region)
	return d, err
}

// ErrNotFound is returned where a document does not exist.
var ErrNotFound = &InputError{"没有找到这份文件，它可能已被删除"}

// Document reads one version of a document.
func (s *Store) Document(ctx context.Context, id uuid.UUID) (Document, error) {
	rows, err := s.db.Query(ctx, selectDocument+`WHERE id = $1`, id)
	if err != nil {
		return Document{}, fmt.Errorf("read document: %w", err)
	}
	d, err := pgx.CollectExactlyOneRow(rows, scanDocument)
	if err == pgx.ErrNoRows {
		return Document{}, ErrNotFound
	}
	return d, err
}

// Counts are how much the knowledge holds, for status lines.
type Counts struct {
	Policies, Cards, Passages int
}

// Counts counts current documents and their passages.
func (s *Store) Counts(ctx context.Context) (Counts, error) {
	var c Counts
	err := s.db.QueryRow(ctx, `SELECT count(*) FILTER (WHERE kind = 'policy'), count(*) FILTER (WHERE kind = 'card'),
		(SELECT count(*) FROM passages p JOIN documents d ON d.id = p.document_id WHERE d.kind = 'policy' AND d.replaced_by IS NULL)
		FROM documents WHERE replaced_by IS NULL`).Scan(&c.Policies, &c.Cards, &c.Passages)
	return c, err
}
