package knowledge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Generation is the vectors of one model.
type Generation struct {
	ID        int             `json:"id"`
	Model     string          `json:"model"`
	Dimension int             `json:"dimension"`
	State     GenerationState `json:"state"`
	Done      int             `json:"done"`  // texts that have their vector
	Total     int             `json:"total"` // texts that can be found
	Refused   int             `json:"refused"`
	CreatedAt time.Time       `json:"created_at"`
	ActiveAt  *time.Time      `json:"active_at,omitempty"`
	RetiredAt *time.Time      `json:"retired_at,omitempty"`
}

// GenerationState is where a generation stands.
type GenerationState string

// A generation is built beside the one in use, takes its place when it is complete, and gives it up to the next.
const (
	Building GenerationState = "building"
	Active   GenerationState = "active"
	Retired  GenerationState = "retired"
)

// ErrNoEmbedder says that no model for vectors is connected.
var ErrNoEmbedder = &InputError{"没有接入向量模型：请写 --embed-url 和 --embed-model"}

// keepRetired is how long the vectors of a retired generation stay: searches that began before the switch end in it,
// and so do nodes that have not noticed yet.
const keepRetired = 10 * time.Minute

// generation is what searches need of the generation in use.
type generation struct {
	id        int
	model     string
	dimension int
	means
}

// selectGeneration reads what searches need, with the usual spread in the place of one that was not measured or is none.
const selectGeneration = `SELECT id, model, dimension, ask_mean, passage_mean,
	CASE WHEN ask_spread >= $1 THEN ask_spread ELSE $2 END, CASE WHEN passage_spread >= $1 THEN passage_spread ELSE $3 END
	FROM index_generations WHERE `

// generation reads the one that is as wanted; $4 and so on are more.
func (s *Store) generation(ctx context.Context, wanted string, more ...any) (g generation, err error) {
	err = s.db.QueryRow(ctx, selectGeneration+wanted, append([]any{leastSpread, usualAskSpread, usualPassageSpread}, more...)...).
		Scan(&g.id, &g.model, &g.dimension, &g.ask, &g.passage, &g.askSpread, &g.passageSpread)
	if err != nil {
		return generation{}, fmt.Errorf("read a generation of the index: %w", err)
	}
	return g, nil
}

// active finds the generation in use; false where there is none.
func (s *Store) active(ctx context.Context) (g generation, ok bool, err error) {
	g, err = s.generation(ctx, `state = 'active'`)
	if errors.Is(err, pgx.ErrNoRows) {
		return g, false, nil
	}
	return g, err == nil, err
}

// Prepare makes sure that a generation of the connected model is in use or in building; a program does so once, when
// it starts with its settings. fresh builds another even where the one in use has that very model: the endpoint has changed.
func (s *Store) Prepare(ctx context.Context, fresh bool) error {
	if s.meaning == nil {
		return ErrNoEmbedder
	}
	model := s.meaning.embedder.Model()
	probe, err := s.meaning.embed(ctx, s.meaning.embedder, []string{probeText}, false)
	if err != nil {
		return fmt.Errorf("ask for the dimension: %w", err)
	}
	err = s.changeGenerations(ctx, func(tx pgx.Tx) error {
		var known bool
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM index_generations WHERE model = $1 AND dimension = $2
			AND (state = 'building' OR state = 'active' AND NOT $3))`, model, len(probe[0]), fresh).Scan(&known)
		if err != nil {
			return err
		}
		if known { // back to the model in use: what was in building for another is not wanted any more
			_, err := tx.Exec(ctx, `UPDATE index_generations SET state = 'retired', retired_at = now()
				WHERE state = 'building' AND (model <> $1 OR dimension <> $2)`, model, len(probe[0]))
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE index_generations SET state = 'retired', retired_at = now() WHERE state = 'building'`); err != nil {
			return err
		}
		if !fresh { // one that was given up a moment ago may still have its vectors
			tag, err := tx.Exec(ctx, `UPDATE index_generations SET state = 'building', retired_at = NULL WHERE id =
				(SELECT max(id) FROM index_generations WHERE model = $1 AND dimension = $2 AND state = 'retired')`, model, len(probe[0]))
			if err != nil || tag.RowsAffected() > 0 {
				return err
			}
		}
		_, err = tx.Exec(ctx, `INSERT INTO index_generations (model, dimension, state) VALUES ($1, $2, 'building')`, model, len(probe[0]))
		return err
	})
	if err != nil {
		return fmt.Errorf("prepare the index: %w", err)
	}
	return nil
}

// switchTo puts a complete generation in the place of the one in use.
func (s *Store) switchTo(ctx context.Context, id int) error {
	err := s.changeGenerations(ctx, func(tx pgx.Tx) error {
		var building bool
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM index_generations WHERE id = $1 AND state = 'building')`, id).Scan(&building)
		if err != nil || !building {
			return err // given up meanwhile
		}
		if _, err := tx.Exec(ctx, `UPDATE index_generations SET state = 'retired', retired_at = now() WHERE state = 'active'`); err != nil {
			return err
		}
		if _, err = tx.Exec(ctx, `UPDATE index_generations SET state = 'active', active_at = now() WHERE id = $1`, id); err != nil {
			return err
		}
		return s.write(ctx, tx, id, false)
	})
	if err != nil {
		return fmt.Errorf("switch to index generation %d: %w", id, err)
	}
	return nil
}

// changeGenerations runs a change alone, on one node at a time.
func (s *Store) changeGenerations(ctx context.Context, change func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `LOCK TABLE index_generations IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return err
		}
		return change(tx)
	})
}

// openGenerations lists the generations that get vectors: the one in use and the one in building, with their models.
func (s *Store) openGenerations(ctx context.Context) ([]Generation, error) {
	rows, err := s.db.Query(ctx, `SELECT id, model, dimension, state FROM index_generations WHERE state <> 'retired' ORDER BY state, id`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (g Generation, err error) {
		return g, row.Scan(&g.ID, &g.Model, &g.Dimension, &g.State)
	})
}

// Retry has the texts that the model refused embedded once more.
func (s *Store) Retry(ctx context.Context) error {
	for _, c := range collections {
		if _, err := s.db.Exec(ctx, `DELETE FROM `+c.vectors+` WHERE v IS NULL`); err != nil {
			return fmt.Errorf("forget refused texts: %w", err)
		}
	}
	return nil
}

// dropRetired deletes generations that no search uses any more, first their vectors, some at a time.
func (s *Store) dropRetired(ctx context.Context) error {
	const some, over = 5000, `state = 'retired' AND retired_at < now() - $1::interval`
	for _, c := range collections {
		for {
			tag, err := s.db.Exec(ctx, `DELETE FROM `+c.vectors+` WHERE ctid = ANY(ARRAY(SELECT v.ctid FROM `+c.vectors+` v
				JOIN index_generations g ON g.id = v.generation WHERE `+over+` LIMIT $2))`, keepRetired, some)
			if err != nil {
				return fmt.Errorf("delete vectors of retired generations: %w", err)
			}
			if tag.RowsAffected() < some {
				break
			}
		}
	}
	if _, err := s.db.Exec(ctx, `DELETE FROM index_generations WHERE `+over, keepRetired); err != nil {
		return fmt.Errorf("delete retired generations: %w", err)
	}
	return nil
}

// Index is the state of the dense leg.
type Index struct {
	Model       string       `json:"model,omitempty"` // that is connected; empty: none
	Down        *time.Time   `json:"down,omitempty"`  // since when its endpoint has not answered
	Usable      bool         `json:"usable"`          // searches use the generation in use
	Generations []Generation `json:"generations"`     // the newest first
	Questions   int          `json:"questions"`       // that a model wrote for clauses
}

// Index reads the state of the dense leg.
func (s *Store) Index(ctx context.Context) (Index, error) {
	index := Index{Generations: []Generation{}}
	rows, err := s.db.Query(ctx, countGenerations())
	if err != nil {
		return index, fmt.Errorf("read the index: %w", err)
	}
	index.Generations, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Generation])
	if err != nil {
		return index, fmt.Errorf("read the index: %w", err)
	}
	if err := s.db.QueryRow(ctx, `SELECT count(*) FROM generated_questions`).Scan(&index.Questions); err != nil {
		return index, fmt.Errorf("count generated questions: %w", err)
	}
	if s.meaning == nil {
		return index, nil
	}
	index.Model = s.meaning.embedder.Model()
	if down := s.meaning.downSince(); !down.IsZero() {
		index.Down = &down
	}
	for _, g := range index.Generations {
		if g.State == Active {
			_, err := s.meaning.of(g.Model)
			index.Usable = err == nil
		}
	}
	return index, nil
}
