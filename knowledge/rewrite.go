package knowledge

import (
	"context"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"xiaohe/knowledge/lexical"
)

// A model may put a question into other words: Query.Rewrites go to the dense leg; where there is none now, Query.Terms go to
// a lexical leg of their own. Both together find no more (docs/retrieval.md). The other legs stay as they are, and so does
// what an answer must rest on: bad words cost a place at most.

// mostTerms bounds the terms of a query that are looked at.
const mostTerms = 8

// suggested are a passage's scores for the terms that a model added, and for the question's own.
type suggested struct {
	candidate
	own float64
}

// suggest takes in a model's terms at the weight of the lexicon's, as far as neither the question nor the lexicon has
// them.
func (p *parsed) suggest(terms []string) {
	p.suggested = map[int32]float64{}
	for _, text := range terms[:min(mostTerms, len(terms))] {
		for term := range lexical.Terms(strip(lexical.Canonical(text))) {
			dim := lexical.Dimension(term)
			_, own := p.original[dim]
			_, known := p.expanded[dim]
			if !own && !known {
				p.suggested[dim] = tuning.expansion
			}
		}
	}
}

// suggestedVector is the query side for a model's terms. Together they weigh no more than their share of the question,
// however many they are: a passage that holds all of them and nothing else is a worse hit than one that holds the
// question's words.
func suggestedVector(stats lexical.Statistics, p parsed, scale float64) lexical.Vector {
	v, sum := vector(stats, p.suggested, nil)
	if most := tuning.expansion * scale; sum > most {
		for dim := range v {
			v[dim] *= float32(most / sum)
		}
	}
	return v
}

// rewriteLeg finds passages by the terms that a model added to the question. It waits for the others: whether there is a
// dense leg shows with them.
func (s *Store) rewriteLeg(ctx context.Context, q Query, p parsed, stats lexical.Statistics, f *found) error {
	if len(p.suggested) == 0 {
		return nil
	}
	rows, err := s.db.Query(ctx, `SELECT id, document_id, clause, region_prefix <> '', -(lex <#> $3) AS score, -(lex <#> $5)
		FROM passages WHERE kind = 'policy' AND `+inForce+` ORDER BY score DESC, id LIMIT $4`,
		q.Region.Prefix, string(q.On), sparse(suggestedVector(stats, p, f.scale)), passageCandidates, sparse(f.words))
	if err != nil {
		return err
	}
	var c suggested
	_, err = pgx.ForEachRow(rows, []any{&c.id, &c.document, &c.clause, &c.local, &c.score, &c.own}, func() error {
		if c.score > 0 {
			f.suggested = append(f.suggested, c)
		}
		return nil
	})
	return err
}

// reword takes a model's words into a ranking, after it has been noted how well the best of those that the question's own
// words found meets them.
func reword(p parsed, f *found, k, shown int, plain []*ranked) (best []*ranked, support float64, reworded bool) {
	if len(f.suggested) == 0 {
		return plain, 0, false
	}
	for _, r := range plain[:min(shown, len(plain))] {
		support = max(support, r.legs.Lexical)
	}
	return rankWith(p, f, k, f.suggested), support, true
}

// numbered is a document number in any brackets, or without.
var numbered = regexp.MustCompile(`\d{4}\P{Han}{0,3}第?\d{1,4}号`)

// formal are words that hardly stand in anything but the title of a law or a document.
var formal = regexp.MustCompile(`\p{Han}{2,}(?:条例|(?:管理|实施|暂行|试行|认定|审核确认|审批)办法|实施细则|实施方案|(?:实施|指导)意见|` +
	`(?:保护|促进|保障|教育|救助|预防犯罪|家庭暴力)法|民法典|刑法)`)

// NamesDocument tells whether a question names a document or an article outright, as far as its words tell: 民发〔2019〕62号,
// 《未成年人保护法》, 第九十二条. It needs no rewriting.
func NamesDocument(text string) bool {
	r := parseReference(text) // with short names of laws written out
	return strings.ContainsAny(text, "《〔") || strings.Contains(text, "第") && len(r.articles) > 0 || numbered.MatchString(r.text) || formal.MatchString(r.text)
}
