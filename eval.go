package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/database"
	"xiaohe/ingest"
	"xiaohe/knowledge"
	"xiaohe/knowledge/measure"
)

// evalCommand scores the program on data sets.
type evalCommand struct {
	Answers   evalAnswersCommand   `cmd:"" help:"回答评测：列出的条文对不对、该拒答的拒不拒、模型的话有没有依据。"`
	Benefits  evalBenefitsCommand  `cmd:"" help:"福利判断评测：用平常话写的案例（YAML），看结论、误判和金额。"`
	Retrieval evalRetrievalCommand `cmd:"" help:"检索评测：BEIR 格式的文件夹（corpus.jsonl、queries.jsonl、qrels.tsv）。"`
	Triage    evalTriageCommand    `cmd:"" help:"危险识别评测：看召回、误报和线索。"`
}

type evalRetrievalCommand struct {
	JSON bool   `name:"json" help:"输出 JSON。"`
	Dir  string `arg:"" help:"BEIR 文件夹。" type:"path"`
}

// legScores are the figures of one way of finding.
type legScores struct {
	Leg string `json:"leg,omitempty"` // lexical, dense or fused; empty where no model is connected
	measure.Scores
}

func (c *evalRetrievalCommand) Run(s *session) error {
	set, err := measure.ReadBEIR(c.Dir)
	if err != nil {
		if missing := (*fs.PathError)(nil); errors.As(err, &missing) {
			return &knowledge.InputError{Message: fmt.Sprintf("读不了评测集：没有“%s”，或者不许读", missing.Path)}
		}
		return &knowledge.InputError{Message: fmt.Sprintf("读不了评测集：%v", err)}
	}
	if err := s.checkModels(); err != nil {
		return err
	}
	return s.withDatabase(func(db *database.DB) error {
		pool, drop, err := scratch(s, db)
		defer drop()
		if err != nil {
			return err
		}
		if err := loadSet(s, knowledge.NewStore(pool, now), set); err != nil {
			return err
		}
		return c.score(s, pool, set)
	})
}

// score scores each leg by itself and all of them together, as far as a model for vectors is connected.
func (c *evalRetrievalCommand) score(s *session, pool *pgxpool.Pool, set *measure.BEIR) error {
	legs := []knowledge.Leg{knowledge.LexicalLeg}
	store, err := s.store(pool)
	if err != nil {
		return err
	}
	switch err := buildIndex(s, store, false); {
	case err == nil:
		legs = append(legs, knowledge.DenseLeg, "")
	case !errors.Is(err, knowledge.ErrNoEmbedder):
		return err
	}
	for _, leg := range legs {
		store, err := s.store(pool) // of its own: no leg finds its questions embedded by another
		if err != nil {
			return err
		}
		scores, err := rankSet(s, store, set, leg)
		if err != nil {
			return err
		}
		name := string(cmp.Or(leg, "fused"))
		if len(legs) == 1 {
			name = ""
		}
		if err := c.print(s, legScores{name, scores}); err != nil {
			return err
		}
	}
	return nil
}

func (c *evalRetrievalCommand) print(s *session, scores legScores) error {
	if c.JSON {
		return json.NewEncoder(s.out).Encode(scores)
	}
	if scores.Leg != "" {
		fmt.Fprintf(s.out, "%-7s  ", scores.Leg)
	}
	fmt.Fprintln(s.out, scores.Scores)
	return nil
}

// scratchName begins the names of the schemas of evaluations.
const scratchName = "eval_"

// scratch makes a schema of its own, so that a data set never meets the real knowledge. drop is to be called whatever
// happens; what a killed evaluation left is dropped by the next.
func scratch(ctx context.Context, db *database.DB) (pool *pgxpool.Pool, drop func(), err error) {
	drop = func() {}
	owner, err := db.Acquire(ctx)
	if err != nil {
		return nil, drop, fmt.Errorf("make a schema: %w", err)
	}
	drop = owner.Release
	schema := scratchName + uuid.NewString()[:8]
	// The lock lives as long as this process: a schema whose lock is free has lost its owner.
	if _, err := owner.Exec(ctx, `SELECT pg_advisory_lock(hashtextextended($1, 0))`, schema); err != nil {
		return nil, drop, fmt.Errorf("make a schema: %w", err)
	}
	drop = func() {
		ctx := context.WithoutCancel(ctx)
		_, _ = owner.Exec(ctx, `DROP SCHEMA IF EXISTS `+schema+` CASCADE`)
		_ = owner.Conn().Close(ctx) // with its lock
		owner.Release()
	}
	if _, err := owner.Exec(ctx, `CREATE SCHEMA `+schema); err != nil {
		return nil, drop, fmt.Errorf("make a schema: %w", err)
	}
	if err := sweepScratch(ctx, owner); err != nil {
		return nil, drop, fmt.Errorf("drop schemas of killed evaluations: %w", err)
	}
	address, err := url.Parse(db.URL())
	if err != nil {
		return nil, drop, err
	}
	query := address.Query()
	query.Set("options", "-csearch_path="+schema+",public")
	address.RawQuery = query.Encode()
	if err := database.Migrate(ctx, address.String()); err != nil {
		return nil, drop, err
	}
	if pool, err = pgxpool.New(ctx, address.String()); err != nil {
		return nil, drop, err
	}
	dropSchema := drop
	return pool, func() { pool.Close(); dropSchema() }, nil
}

// sweepScratch drops the schemas of evaluations that were killed.
func sweepScratch(ctx context.Context, conn *pgxpool.Conn) error {
	rows, err := conn.Query(ctx, `SELECT nspname FROM pg_namespace WHERE starts_with(nspname, $1)`, scratchName)
	if err != nil {
		return err
	}
	schemas, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, schema := range schemas {
		var left bool
		err := conn.QueryRow(ctx, `SELECT NOT EXISTS (SELECT FROM pg_locks l, (SELECT hashtextextended($1, 0) AS key) k
			WHERE l.locktype = 'advisory' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
			  AND l.classid::bigint = (k.key >> 32) & 4294967295 AND l.objid::bigint = k.key & 4294967295)`, schema).Scan(&left)
		if err != nil {
			return err
		}
		if left {
			if _, err := conn.Exec(ctx, `DROP SCHEMA IF EXISTS `+pgx.Identifier{schema}.Sanitize()+` CASCADE`); err != nil {
				return err
			}
		}
	}
	return nil
}

// loadSet stores a data set. Entries of one title are the pieces of one document, as policy collections have them;
// an entry's id stands in the place of a clause label, and long ones are cut as clauses always are.
func loadSet(ctx context.Context, store *knowledge.Store, set *measure.BEIR) error {
	if err := store.LoadRegions(ctx); err != nil {
		return err
	}
	var entries []knowledge.Entry
	byTitle := map[string]int{}
	for _, d := range set.Corpus {
		at, known := byTitle[d.Title]
		if !known || d.Title == "" {
			at = len(entries)
			byTitle[d.Title] = at
			sum := sha256.Sum256([]byte(d.ID))
			entries = append(entries, knowledge.Entry{Document: knowledge.Document{
				Kind: knowledge.KindPolicy, Key: d.ID, Title: d.Title, Region: knowledge.Country, SHA256: sum[:]}})
		}
		for _, p := range ingest.Cut(d.Title, d.Text) {
			p.Clause = d.ID
			entries[at].Passages = append(entries[at].Passages, p)
		}
	}
	const together = 200
	for batch := range slices.Chunk(entries, together) {
		if _, err := store.Put(ctx, batch...); err != nil {
			return err
		}
	}
	return nil
}

func rankSet(ctx context.Context, store *knowledge.Store, set *measure.BEIR, leg knowledge.Leg) (measure.Scores, error) {
	country, err := store.Region(ctx, knowledge.Country)
	if err != nil {
		return measure.Scores{}, err
	}
	return set.Score(func(text string) ([]string, error) {
		result, err := store.Search(ctx, knowledge.Query{Text: text, Region: country, On: store.Today(), K: knowledge.MaxK, Only: leg})
		ids := make([]string, len(result.Hits))
		for i, h := range result.Hits {
			ids[i] = h.Clause
		}
		return ids, err
	})
}
