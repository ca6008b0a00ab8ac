package knowledge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	fillBatch = 64  // texts of one call to the endpoint and one transaction
	fillRead  = 512 // texts that are read at once
	fillWait  = 500 * time.Millisecond
)

// indexLock is held by who fills the index of a schema.
const indexLock = `hashtextextended(current_schema() || '.index', 0)`

// Progress of the index: called after each batch.
type Progress func(g Generation)

// BuildIndex embeds all that has no vector yet and puts a generation that is complete in use. What another process is
// embedding is waited for. Work that was done stays done when it ends midway.
func (s *Store) BuildIndex(ctx context.Context, each Progress) error {
	if s.meaning == nil {
		return ErrNoEmbedder
	}
	for {
		mine, err := s.fillAlone(ctx, each)
		if err != nil || mine {
			return err
		}
		select { // another process is at it: it may end before it is done
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(fillWait):
		}
		if each != nil {
			if err := s.watch(ctx, each); err != nil {
				return err
			}
		}
	}
}

// watch tells how far the others have come.
func (s *Store) watch(ctx context.Context, each Progress) error {
	index, err := s.Index(ctx)
	if err != nil {
		return err
	}
	for _, g := range index.Generations {
		if g.State != Retired && g.Done < g.Total {
			each(g)
		}
	}
	return nil
}

// fillAlone fills the index unless another process is doing so.
func (s *Store) fillAlone(ctx context.Context, each Progress) (mine bool, err error) {
	return s.alone(ctx, indexLock, func() error { return s.fill(ctx, each) })
}

// alone works while it holds a lock, and not at all where another process holds it. The lock is of a connection, so that
// it ends with a process that is killed.
func (s *Store) alone(ctx context.Context, lock string, work func() error) (mine bool, err error) {
	conn, err := s.db.Acquire(ctx)
	if err != nil {
		return false, fmt.Errorf("lock the index: %w", err)
	}
	defer conn.Release()
	if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock(`+lock+`)`).Scan(&mine); err != nil || !mine {
		return false, err
	}
	defer func() {
		ctx := context.WithoutCancel(ctx)
		if _, e := conn.Exec(ctx, `SELECT pg_advisory_unlock(`+lock+`)`); e != nil {
			_ = conn.Conn().Close(ctx) // never back to the pool with the lock
		}
	}()
	return true, work()
}

// fill embeds what has no vector, of the generation in use first.
func (s *Store) fill(ctx context.Context, each Progress) error {
	if err := s.fillCards(ctx); err != nil {
		return err
	}
	generations, err := s.openGenerations(ctx)
	if err != nil {
		return fmt.Errorf("read the generations of the index: %w", err)
	}
	for _, g := range generations {
		e, err := s.meaning.of(g.Model)
		if errors.Is(err, errOtherModel) {
			continue // another node's, or one whose endpoint is gone
		}
		if err := s.keep(ctx, g, s.complete(ctx, g, e, each)); err != nil {
			return err
		}
	}
	return s.dropRetired(ctx)
}

// complete embeds what a generation lacks, and puts it in use where it is not.
func (s *Store) complete(ctx context.Context, g Generation, e Embedder, each Progress) error {
	if err := s.fillOne(ctx, g, e, each); err != nil {
		return err
	}
	if err := s.centre(ctx, g.ID, centredFrom); err != nil {
		return err
	}
	if g.State == Building {
		return s.switchTo(ctx, g.ID)
	}
	return nil
}

func (s *Store) fillOne(ctx context.Context, g Generation, e Embedder, each Progress) error {
	report, err := s.reporter(ctx, g, each)
	if err != nil {
		return err
	}
	for _, c := range collections {
		for {
			if err := s.centre(ctx, g.ID, sampled); err != nil { // as soon as there is a sample: a row is written anew for it
				return err
			}
			texts, err := c.missing(ctx, s.db, g.ID, fillRead)
			if err != nil {
				return err
			}
			if len(texts) == 0 {
				break
			}
			if err := s.embedTexts(ctx, g, e, c, texts, report); err != nil {
				return err
			}
		}
	}
	return nil
}

// embedTexts embeds texts batch by batch; each is stored by itself.
func (s *Store) embedTexts(ctx context.Context, g Generation, e Embedder, c collection, texts []unembedded, report func(done int)) error {
	known, err := s.generation(ctx, `id = $4`, g.ID)
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(texts, fillBatch) {
		vectors, err := s.vectorsOf(ctx, g, e, c, batch)
		if err != nil {
			return err
		}
		for i, v := range vectors {
			if v != nil {
				vectors[i] = less(v, known.of(c.query))
			}
		}
		if err := c.store(ctx, s.db, g.ID, batch, vectors); err != nil {
			return err
		}
		report(len(batch))
	}
	return nil
}

// reporter counts on from what a generation has.
func (s *Store) reporter(ctx context.Context, g Generation, each Progress) (func(done int), error) {
	if each == nil {
		return func(int) {}, nil
	}
	index, err := s.Index(ctx)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(index.Generations, func(other Generation) bool { return other.ID == g.ID }); i >= 0 {
		g = index.Generations[i]
	}
	each(g)
	return func(done int) {
		g.Done += done
		g.Total = max(g.Total, g.Done)
		each(g)
	}, nil
}

// vectorsOf embeds a batch. Where the endpoint refuses it but answers otherwise, a text in it is what it refuses: that one
// goes without, and is found by its words.
func (s *Store) vectorsOf(ctx context.Context, g Generation, e Embedder, c collection, batch []unembedded) ([][]float32, error) {
	texts := make([]string, len(batch))
	for i, t := range batch {
		texts[i] = t.text
	}
	vectors, err := s.meaning.embed(ctx, e, texts, c.query)
	if err == nil && len(vectors[0]) != g.Dimension {
		return nil, fmt.Errorf("the model's vectors have %d dimensions now, and had %d", len(vectors[0]), g.Dimension)
	}
	if err == nil || ctx.Err() != nil {
		return vectors, err
	}
	if _, e2 := s.meaning.embed(ctx, e, []string{probeText}, c.query); e2 != nil {
		return nil, err
	}
	vectors = make([][]float32, len(texts))
	for i, text := range texts {
		one, err := s.meaning.embed(ctx, e, []string{text}, c.query)
		switch {
		case err == nil && len(one[0]) == g.Dimension:
			vectors[i] = one[0]
		case ctx.Err() != nil:
			return nil, err
		}
	}
	if _, err := s.meaning.embed(ctx, e, []string{probeText}, c.query); err != nil {
		return nil, err // it went down meanwhile: nothing is known of the texts that failed
	}
	return vectors, nil
}
