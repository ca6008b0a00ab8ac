package knowledge

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ClauseRef names a clause: by the document's number or title.
type ClauseRef struct {
	Number string
	Title  string
	Clause string
}

// Clauses finds the passages of clauses among the documents that hold in a region on a date, in the order of the
// references; a clause that is not in the knowledge is left out.
func (s *Store) Clauses(ctx context.Context, region Region, on Date, refs []ClauseRef) ([]Hit, error) {
	numbers, titles, clauses := make([]string, len(refs)), make([]string, len(refs)), make([]string, len(refs))
	for i, ref := range refs {
		numbers[i], titles[i], clauses[i] = NumberKey(ref.Number), TitleKey(ref.Title), ref.Clause
	}
	rows, err := s.db.Query(ctx, `
		SELECT DISTINCT ON (r.ord) p.id
		FROM unnest($3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS r (number, title, clause, ord)
		CROSS JOIN LATERAL (
			SELECT id FROM documents WHERE title_key = r.title
			UNION SELECT id FROM documents WHERE number_key = r.number AND number_key <> '') AS d
		JOIN LATERAL (
			SELECT id, clause FROM passages
			WHERE document_id = d.id AND (clause = r.clause OR starts_with(clause, r.clause || '（')) AND kind = 'policy' AND `+inForce+`
			ORDER BY clause <> r.clause, ord LIMIT 1) AS p ON true
		WHERE r.clause <> ''
		ORDER BY r.ord, p.clause <> r.clause, p.id`,
		region.Prefix, string(on), numbers, titles, clauses)
	if err != nil {
		return nil, fmt.Errorf("find clauses: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("find clauses: %w", err)
	}
	best := make([]*ranked, len(ids))
	for i, id := range ids {
		best[i] = &ranked{candidate: candidate{id: id}}
	}
	hits, err := s.read(ctx, best, nil)
	if err != nil {
		return nil, fmt.Errorf("read clauses: %w", err)
	}
	return hits, nil
}
