package knowledge

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// read fills in the hits and the cards, keeping their order.
func (s *Store) read(ctx context.Context, best []*ranked, cards []CardHit) ([]Hit, error) {
	hits := make([]Hit, len(best))
	hitIndex, hitIDs := map[int64]int{}, make([]int64, len(best))
	for i, r := range best {
		hits[i] = Hit{ID: r.id, Score: r.score, Legs: r.legs}
		hitIndex[r.id], hitIDs[i] = i, r.id
	}
	cardIndex, cardIDs := map[uuid.UUID]int{}, make([]uuid.UUID, len(cards))
	for i, c := range cards {
		cardIndex[c.Document.ID], cardIDs[i] = i, c.Document.ID
	}
	batch := &pgx.Batch{}
	batch.Queue(`
		SELECT p.id, p.clause, p.path, p.body, p.span_from, p.span_to, coalesce(p.page, 0),
		  d.id, d.kind, d.title, d.issuer, d.number, d.region_code, d.issued, coalesce(d.effective::text, ''),
		  coalesce(d.expires::text, ''), d.status, d.source, d.note, d.file, d.card
		FROM passages p JOIN documents d ON d.id = p.document_id WHERE p.id = ANY($1)`, hitIDs).Query(func(rows pgx.Rows) error {
		var id int64
		var p Passage
		var d Document
		_, err := pgx.ForEachRow(rows, []any{&id, &p.Clause, &p.Path, &p.Body, &p.From, &p.To, &p.Page,
			&d.ID, &d.Kind, &d.Title, &d.Issuer, &d.Number, &d.Region, &d.Issued, &d.Effective,
			&d.Expires, &d.Status, &d.Source, &d.Note, &d.File, &d.Card}, func() error {
			h := &hits[hitIndex[id]]
			h.Passage, h.Document = p, d
			h.Document.Region = shortCode(d.Region)
			return nil
		})
		return err
	})
	batch.Queue(selectDocument+`WHERE id = ANY($1)`, cardIDs).Query(func(rows pgx.Rows) error {
		documents, err := pgx.CollectRows(rows, scanDocument)
		for _, d := range documents {
			cards[cardIndex[d.ID]].Document = d
		}
		return err
	})
	return hits, s.db.SendBatch(ctx, batch).Close()
}
