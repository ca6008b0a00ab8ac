package knowledge

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"xiaohe/knowledge/benefit"
	"xiaohe/knowledge/lexical"
)

// askForms are how people ask for a benefit that they know by name; amountForms for one that is paid by the month or
// by the year.
var (
	askForms    = []string{"%s多少钱", "%s怎么申请", "%s要什么材料", "什么人能领%s"}
	amountForms = map[string]string{"元/月": "%s一个月多少", "元/年": "%s一年多少", "元/学年": "%s一年多少"}
)

// benefitAsks are the wordings that a benefit is found by: its names, the questions of its file, and the usual
// questions with its names.
func benefitAsks(rule *benefit.Rule, unit string) []string {
	forms := askForms
	if form, ok := amountForms[unit]; ok {
		forms = append(slices.Clone(askForms), form)
	}
	var asks []string
	add := func(ask string) {
		if !slices.Contains(asks, ask) {
			asks = append(asks, ask)
		}
	}
	names := append([]string{rule.ID}, rule.Aliases...)
	for _, name := range names {
		add(name)
	}
	for _, ask := range rule.Asks {
		add(ask)
	}
	for _, name := range names {
		for _, form := range forms {
			add(fmt.Sprintf(form, name))
		}
	}
	return asks
}

// benefitLeg finds the benefits whose wordings come close, with the document of each that holds in the region on the
// date: that of the smallest region. The wordings count with the document frequencies of the cards' wordings: their
// own come from a pattern and say nothing of how people talk.
func benefitLeg(batch *pgx.Batch, q Query, v lexical.Vector, scale float64, f *found) {
	batch.Queue(`
		WITH closest AS (SELECT id, benefit, body, -(lex <#> $3) AS score FROM benefit_asks ORDER BY score DESC, id LIMIT $4)
		SELECT d.id, c.body, c.score * CASE WHEN d.region_prefix <> '' THEN 1 + $5::float8 ELSE 1 END AS score
		FROM closest c CROSS JOIN LATERAL (
			SELECT id, region_prefix FROM documents
			WHERE kind = 'benefit' AND benefit = c.benefit AND replaced_by IS NULL
			  AND starts_with($1, region_prefix) AND effective <= $2::date AND coalesce(expires > $2::date, true)
			ORDER BY length(region_prefix) DESC LIMIT 1) d
		ORDER BY score DESC, c.id`,
		q.Region.Prefix, string(q.On), sparse(v), benefitCandidates, tuning.local).Query(func(rows pgx.Rows) error {
		asks, err := askHits(rows, scale)
		hits := closest(asks)
		f.benefits = hits[:min(readBenefits, len(hits))]
		return err
	})
}

// followFirst finds the clauses of a benefit that is closer than any card, as it is what the question asks for. They
// stand beside the hits, which the wordings of cards alone rank; those that are hits already are left out.
func (s *Store) followFirst(ctx context.Context, q Query, f *found, hits []*ranked) ([]*ranked, error) {
	if len(f.benefits) == 0 || slices.ContainsFunc(f.cards, func(c CardHit) bool { return c.Similarity >= f.benefits[0].Similarity }) {
		return nil, nil
	}
	clauses, err := s.follow(ctx, q, f.benefits[:1])
	if err != nil {
		return nil, err
	}
	var basis []*ranked
	for _, c := range clauses[:min(len(clauses), readBasis)] {
		if !slices.ContainsFunc(hits, func(h *ranked) bool { return h.id == c.id }) {
			basis = append(basis, &ranked{candidate: c, score: c.score})
		}
	}
	return basis, nil
}

// wording is one way to ask for a benefit.
type wording struct{ Benefit, Body string }

// replaceWordings makes the wordings of benefits those of a rule set.
func (w *writer) replaceWordings(ctx context.Context, book *benefit.Book) error {
	var fresh []wording
	for _, rule := range book.Rules {
		for _, ask := range benefitAsks(rule, book.Unit(rule.ID)) {
			fresh = append(fresh, wording{rule.ID, ask})
		}
	}
	rows, err := w.tx.Query(ctx, `SELECT benefit, body FROM benefit_asks ORDER BY id`)
	if err != nil {
		return err
	}
	have, err := pgx.CollectRows(rows, pgx.RowToStructByPos[wording])
	if err != nil || slices.Equal(have, fresh) {
		return err
	}
	benefits, bodies, vectors := make([]string, len(fresh)), make([]string, len(fresh)), make([]string, len(fresh))
	for i, a := range fresh {
		benefits[i], bodies[i], vectors[i] = a.Benefit, a.Body, sparse(lexical.Document(a.Body, lexical.AskLength)).String()
	}
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM benefit_asks`)
	batch.Queue(`INSERT INTO benefit_asks (benefit, body, lex)
		SELECT benefit, body, lex::sparsevec FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS a (benefit, body, lex, ord) ORDER BY ord`,
		benefits, bodies, vectors)
	return w.tx.SendBatch(ctx, batch).Close()
}
