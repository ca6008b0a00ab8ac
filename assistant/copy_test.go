package assistant_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/database/dbtest"
	"xiaohe/ingest"
	"xiaohe/knowledge"
)

// corpus is the folder of real laws and policies that is kept beside the repository, not in it.
const corpus = "../../shared/corpus"

// What most tests start from is loaded once: the built-in knowledge, without and with the corpus.
var (
	builtIn = dbtest.NewTemplate(func(ctx context.Context, pool *pgxpool.Pool) error {
		return knowledge.NewStore(pool, fixedNow).Load(ctx)
	})
	withCorpus = dbtest.NewTemplate(func(ctx context.Context, pool *pgxpool.Pool) error {
		store := knowledge.NewStore(pool, fixedNow)
		if err := store.Load(ctx); err != nil {
			return err
		}
		files, err := corpusFiles()
		if err != nil {
			return err
		}
		in := ingest.Ingester{Store: store}
		_, err = in.Run(ctx, files)
		return err
	})
)

func corpusFiles() ([]string, error) { return filepath.Glob(corpus + "/*_*.md") }

// builtInStore holds the built-in knowledge.
func builtInStore(t testing.TB) *knowledge.Store {
	t.Helper()
	return knowledge.NewStore(builtIn.New(t), fixedNow)
}

// corpusStore holds the built-in knowledge and the corpus; without the corpus the test is skipped.
func corpusStore(t testing.TB) *knowledge.Store {
	t.Helper()
	if files, _ := corpusFiles(); len(files) == 0 {
		t.Skip("../shared/corpus is not here: the questions are about its documents")
	}
	return knowledge.NewStore(withCorpus.New(t), fixedNow)
}
