package knowledge

import (
	"bytes"
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"xiaohe/knowledge/benefit"
)

// Activate stores a rule set and puts it in force, with what the search finds of it, all at once. A set with errors
// or with a 判例 that fails is refused and nothing changes. The old set stays readable.
func (s *Store) Activate(ctx context.Context, p Proposal, origin, note string) error {
	if err := p.refusal(); err != nil {
		return err
	}
	if origin != FromFolder && origin != FromUpload && origin != BuiltIn {
		return fmt.Errorf("unknown origin %q of a rule set", origin)
	}
	if len([]rune(note)) > maxRuleNote || !plainText(note) {
		return &InputError{fmt.Sprintf("说明请写成不超过 %d 字的文字", maxRuleNote)}
	}
	return s.changeRules(ctx, func(w *writer) error {
		_, err := w.tx.Exec(ctx, `INSERT INTO rule_sets (version, origin, files, note) VALUES ($1, $2, $3, $4)
			ON CONFLICT (version) DO UPDATE SET origin = excluded.origin, note = excluded.note`, p.Book.Version, origin, p.Files, note)
		if err != nil {
			return err
		}
		return w.activate(ctx, p.Book)
	})
}

// Reactivate puts an older rule set in force again. It is tried anew: the program may have changed since.
func (s *Store) Reactivate(ctx context.Context, version string) error {
	set, texts, err := s.stored(ctx, version)
	if err != nil {
		return err
	}
	return s.Activate(ctx, Propose(inMemory(texts)), set.Origin, set.Note)
}

// LoadRules stores the built-in rule set. It comes into force where no set is, and, when it is new, in the place of
// another built-in one; a set that an officer activated stays. Where the built-in set has errors the program runs on with what it
// has, and Book says what is wrong.
func (s *Store) LoadRules(ctx context.Context) error {
	p, fresh := builtIn(), false
	if p.Book != nil {
		tag, err := s.db.Exec(ctx, `INSERT INTO rule_sets (version, origin, files) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
			p.Book.Version, BuiltIn, p.Files)
		if err != nil {
			return fmt.Errorf("store the built-in rules: %w", err)
		}
		fresh = tag.RowsAffected() > 0
	}
	return s.changeRules(ctx, func(w *writer) error {
		var version, origin string
		err := w.tx.QueryRow(ctx, `SELECT version, origin FROM rule_sets WHERE active`).Scan(&version, &origin)
		switch {
		case err != nil && err != pgx.ErrNoRows:
			return err
		case p.Book != nil && (err == pgx.ErrNoRows || origin == BuiltIn && fresh):
			return w.activate(ctx, p.Book)
		case err == pgx.ErrNoRows:
			return nil
		}
		book, err := s.ReadRules(ctx, version)
		if err != nil {
			return nil // written for another version of the program: Book falls back
		}
		return w.render(ctx, book) // this program may word it in another way
	})
}

// changeRules runs a change of the rule sets alone: no other node changes them or the knowledge meanwhile.
func (s *Store) changeRules(ctx context.Context, change func(w *writer) error) error {
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, writeLock); err != nil {
			return err
		}
		return change(&writer{tx: tx})
	})
	if err != nil && !IsInputError(err) {
		return fmt.Errorf("activate rules: %w", err)
	}
	return err
}

// activate puts a stored rule set in force.
func (w *writer) activate(ctx context.Context, book *benefit.Book) error {
	batch := &pgx.Batch{}
	batch.Queue(`UPDATE rule_sets SET active = false WHERE active`)
	batch.Queue(`UPDATE rule_sets SET active = true, activated_at = clock_timestamp() WHERE version = $1`, book.Version)
	if err := w.tx.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	return w.render(ctx, book)
}

// render makes what the search finds of benefits that of a rule set.
func (w *writer) render(ctx context.Context, book *benefit.Book) error {
	if err := w.replaceWordings(ctx, book); err != nil {
		return err
	}
	return w.replaceBenefits(ctx, benefitEntries(book))
}

// storedBenefit is a benefit's current document.
type storedBenefit struct {
	id  uuid.UUID
	sum []byte
}

// replaceBenefits makes the documents of benefits those of a rule set. What says the same stays, so that answers
// which cite it still lead there; the old version of what changed stays readable but is found no more.
func (w *writer) replaceBenefits(ctx context.Context, entries []Entry) error {
	have, err := w.benefits(ctx)
	if err != nil {
		return err
	}
	var fresh []*Entry
	var old, next []uuid.UUID
	for i := range entries {
		d := &entries[i].Document
		stored, ok := have[d.Key]
		delete(have, d.Key)
		if ok && bytes.Equal(stored.sum, d.SHA256) {
			continue
		}
		d.ID = uuid.Must(uuid.NewV7())
		if ok {
			old, next = append(old, stored.id), append(next, d.ID)
		}
		fresh = append(fresh, &entries[i])
	}
	var gone []string
	for key := range have {
		gone = append(gone, key)
	}
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM documents WHERE kind = 'benefit' AND key = ANY($1)`, gone)
	batch.Queue(`UPDATE documents d SET replaced_by = n.id FROM unnest($1::uuid[], $2::uuid[]) AS n (old, id) WHERE d.id = n.old`, old, next)
	if err := w.tx.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	for _, e := range fresh {
		if err := w.insert(ctx, e, nil); err != nil {
			return err
		}
	}
	return nil
}

// benefits are the current documents by key.
func (w *writer) benefits(ctx context.Context) (map[string]storedBenefit, error) {
	rows, err := w.tx.Query(ctx, `SELECT key, id, sha256 FROM documents WHERE kind = 'benefit' AND replaced_by IS NULL`)
	if err != nil {
		return nil, err
	}
	have := map[string]storedBenefit{}
	var key string
	var stored storedBenefit
	_, err = pgx.ForEachRow(rows, []any{&key, &stored.id, &stored.sum}, func() error {
		have[key] = stored
		return nil
	})
	return have, err
}
