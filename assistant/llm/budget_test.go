package llm_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
	"xiaohe/database/dbtest"
	"xiaohe/prompts"
)

// clock is a program's time that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func owned(text, owner string) llm.Call {
	c := call(text)
	c.Owner = owner
	return c
}

// promptTokens is about what one call costs.
func promptTokens(t *testing.T) int64 {
	p, err := prompts.ForModel(string(llm.Opinion))
	if err != nil {
		t.Fatal(err)
	}
	return int64(len([]rune(p.System))) + 100
}

func TestADaysTokensAreBoundedForEachOwnerAndInAll(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	s.Say(llm.Opinion, llmtest.Say(good))
	time2355 := &clock{at: time.Date(2026, 3, 1, 15, 55, 0, 0, time.UTC)} // 23:55 in China
	used := 0
	c := client(t, s, func(o *llm.Options) {
		o.OwnerTokens, o.DailyTokens, o.Now = 4*promptTokens(t), 9*promptTokens(t), time2355.now
		o.Record = func(r llm.Record) { used += r.Input + r.Output }
	})
	ask := func(owner string, texts ...string) (err error) {
		for _, text := range texts {
			if _, err = c.Answer(t.Context(), owned(owner+text, owner)); err != nil {
				return err
			}
		}
		return nil
	}
	texts := []string{"一", "二", "三", "四", "五", "六", "七", "八", "九", "十"}
	if err := ask("a", texts...); !errors.Is(err, llm.ErrBudget) {
		t.Fatalf("an owner has spent %d: %v", used, err)
	}
	if err := ask("b", "甲"); err != nil {
		t.Errorf("another owner pays for the first: %v", err)
	}
	if err := errors.Join(ask("c", texts...), ask("d", texts...)); !errors.Is(err, llm.ErrBudget) || int64(used) > 9*promptTokens(t) {
		t.Errorf("all have spent %d: %v", used, err)
	}
	if err := ask("e", "乙"); !errors.Is(err, llm.ErrBudget) {
		t.Errorf("an owner who has spent nothing: %v", err)
	}
	if err := ask("a", "一"); err != nil {
		t.Errorf("an answer that is known costs nothing: %v", err)
	}
	time2355.move(10 * time.Minute)
	if err := ask("a", "丙"); err != nil {
		t.Errorf("a new day: %v", err)
	}
}

func TestNodesShareABudget(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	s := llmtest.New(t)
	s.Say(llm.Opinion, llmtest.Say(good))
	options := func(o *llm.Options) { o.OwnerTokens, o.Usage = 4*promptTokens(t), llm.NewTable(pool) }
	first := client(t, s, options)
	var err error
	for _, text := range []string{"一", "二", "三", "四", "五", "六"} {
		if _, err = first.Answer(t.Context(), owned(text, "a")); err != nil {
			break
		}
	}
	if !errors.Is(err, llm.ErrBudget) {
		t.Fatal(err)
	}
	first.Close() // writes what it spent
	var calls, tokens, sum int64
	err = pool.QueryRow(t.Context(), `SELECT a.calls, a.tokens, b.tokens FROM model_usage a JOIN model_usage b USING (day) WHERE a.owner = 'a' AND b.owner = ''`).
		Scan(&calls, &tokens, &sum)
	if err != nil || calls == 0 || tokens == 0 || tokens != sum {
		t.Fatal(calls, tokens, sum, err)
	}
	if _, err := client(t, s, options).Answer(t.Context(), owned("七", "a")); !errors.Is(err, llm.ErrBudget) {
		t.Errorf("another node lets it spend more: %v", err)
	}
	if _, err := client(t, s, options).Answer(t.Context(), owned("七", "b")); err != nil {
		t.Error(err)
	}
}

// brokenUsage is a database that is gone.
type brokenUsage struct{}

func (brokenUsage) Spent(ctx context.Context, _ time.Time, _ string) (int64, error) {
	<-ctx.Done()
	return 0, ctx.Err()
}

func (brokenUsage) Add(context.Context, time.Time, string, int, int64) error {
	return errors.New("gone")
}

func TestABudgetThatCannotBeReadHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	s.Say(llm.Opinion, llmtest.Say(good))
	c := client(t, s, func(o *llm.Options) { o.OwnerTokens, o.Usage = 100_000, brokenUsage{} })
	if _, err := c.Answer(t.Context(), owned("你好", "a")); err != nil {
		t.Error(err)
	}
}

func TestOldUsageIsDeleted(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	table := llm.NewTable(pool)
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, d := range []time.Time{day.AddDate(0, 0, -100), day.AddDate(0, 0, -90), day} {
		if err := table.Add(t.Context(), d, "a", 1, 10); err != nil {
			t.Fatal(err)
		}
	}
	var days int
	if err := pool.QueryRow(t.Context(), `SELECT count(DISTINCT day) FROM model_usage`).Scan(&days); err != nil || days != 2 {
		t.Error(days, err)
	}
}
