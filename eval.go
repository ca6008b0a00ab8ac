package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/database"
	"xiaohe/ingest"
	"xiaohe/knowledge"
	"xiaohe/knowledge/measure"
)

// evalCommand scores the program on data sets.
type evalCommand struct {
	Benefits  evalBenefitsCommand  `cmd:"" help:"福利判断评测：用平常话写的案例（YAML），看结论、误判和金额。"`
	Retrieval evalRetrievalCommand `cmd:"" help:"检索评测：BEIR 格式的文件夹（corpus.jsonl、queries.jsonl、qrels.tsv）。"`
	Triage    evalTriageCommand    `cmd:"" help:"危险识别评测：看召回、误报和线索。"`
}

type evalRetrievalCommand struct {
	JSON bool   `name:"json" help:"输出 JSON。"`
	Dir  string `arg:"" help:"BEIR 文件夹。" type:"path"`
}

func (c *evalRetrievalCommand) Run(s *session) error {
	set, err := measure.ReadBEIR(c.Dir)
	if err != nil {
		return &knowledge.InputError{Message: fmt.Sprintf("读不了评测集：%v", err)}
	}
	return s.withDatabase(func(db *database.DB) error {
		pool, drop, err := scratch(s, db)
		if err != nil {
			return err
		}
		defer drop()
		store := knowledge.NewStore(pool, now)
		if err := loadSet(s, store, set); err != nil {
			return err
		}
		scores, err := rankSet(s, store, set)
		if err != nil {
			return err
		}
		if c.JSON {
			return json.NewEncoder(s.out).Encode(scores)
		}
		fmt.Fprintln(s.out, scores)
		return nil
	})
}

// scratch makes a schema of its own, so that a data set never meets the real knowledge.
func scratch(ctx context.Context, db *database.DB) (*pgxpool.Pool, func(), error) {
	schema := "eval_" + uuid.NewString()[:8]
	if _, err := db.Exec(ctx, `CREATE SCHEMA `+schema); err != nil {
		return nil, nil, fmt.Errorf("make a schema: %w", err)
	}
	drop := func() { _, _ = db.Exec(context.WithoutCancel(ctx), `DROP SCHEMA `+schema+` CASCADE`) }
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
	pool, err := pgxpool.New(ctx, address.String())
	if err != nil {
		return nil, drop, err
	}
	return pool, func() { pool.Close(); drop() }, nil
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

func rankSet(ctx context.Context, store *knowledge.Store, set *measure.BEIR) (measure.Scores, error) {
	country, err := store.Region(ctx, knowledge.Country)
	if err != nil {
		return measure.Scores{}, err
	}
	return set.Score(func(text string) ([]string, error) {
		result, err := store.Search(ctx, knowledge.Query{Text: text, Region: country, On: store.Today(), K: knowledge.MaxK})
		ids := make([]string, len(result.Hits))
		for i, h := range result.Hits {
			ids[i] = h.Clause
		}
		return ids, err
	})
}
