package knowledge_test

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/database/dbtest"
	"xiaohe/knowledge"
)

// What most tests start from is loaded once.
var (
	regionsOnly = dbtest.NewTemplate(func(ctx context.Context, pool *pgxpool.Pool) error {
		return knowledge.NewStore(pool, fixedNow).LoadRegions(ctx)
	})
	builtIn = dbtest.NewTemplate(func(ctx context.Context, pool *pgxpool.Pool) error {
		return knowledge.NewStore(pool, fixedNow).Load(ctx)
	})
)
