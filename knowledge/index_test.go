package knowledge_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"xiaohe/knowledge"
)

// bookcase is knowledge with a few documents of many clauses.
func bookcase(t *testing.T, clauses int) (*pgxpool.Pool, *knowledge.Store) {
	t.Helper()
	pool := regionsOnly.New(t)
	store := knowledge.NewStore(pool, fixedNow)
	e := policy("办法", "", "100000", "第一条 总则")
	for i := 1; i < clauses; i++ {
		e.Passages = append(e.Passages, knowledge.Passage{Clause: fmt.Sprintf("第%d条", i+1), Body: fmt.Sprintf("第%d条 关于事项%d的规定", i+1, i)})
	}
	put(t, store, e)
	return pool, store
}

// beside opens another store on the same knowledge, as another node or a program that was started anew does.
func beside(pool *pgxpool.Pool, e knowledge.Embedder) *knowledge.Store {
	store := knowledge.NewStore(pool, fixedNow)
	store.UseEmbedder(e)
	return store
}

func build(t *testing.T, store *knowledge.Store) {
	t.Helper()
	if err := store.Prepare(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if err := store.BuildIndex(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
}

// index reads the state of a store's index; the first generation is the newest.
func index(t *testing.T, store *knowledge.Store) knowledge.Index {
	t.Helper()
	i, err := store.Index(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestAGenerationIsUsedWhenItIsComplete(t *testing.T) {
	t.Parallel()
	pool, _ := bookcase(t, 200)
	e := newEmbedder("first")
	store := beside(pool, e)
	if i := index(t, store); i.Model != "first" || i.Usable || len(i.Generations) != 0 {
		t.Errorf("before: %+v", i)
	}
	if err := store.Prepare(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	var last knowledge.Generation
	err := store.BuildIndex(t.Context(), func(g knowledge.Generation) {
		if g.Done < last.Done || g.Total != 200 || g.State != knowledge.Building {
			t.Errorf("progress %+v after %+v", g, last)
		}
		last = g
	})
	if err != nil || last.Done != 200 {
		t.Fatalf("built %d: %v", last.Done, err)
	}
	i := index(t, store)
	if g := i.Generations[0]; !i.Usable || g.State != knowledge.Active || g.Done != 200 || g.Dimension != 64 || g.ActiveAt == nil {
		t.Errorf("after: %+v", i)
	}
	if n := e.times("办法\n第一条\n第一条 总则"); n != 1 {
		t.Errorf("a passage was embedded %d times", n)
	}
}

func TestAKilledBuildGoesOnWhereItStood(t *testing.T) {
	t.Parallel()
	pool, _ := bookcase(t, 300)
	e := newEmbedder("model")
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	e.set(func(e *hashEmbedder) {
		e.onCall = func(texts []string) {
			if e.times("办法\n\n第101条 关于事项100的规定") > 0 {
				kill()
			}
		}
	})
	first := beside(pool, e)
	if err := first.Prepare(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if err := first.BuildIndex(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("the killed build: %v", err)
	}
	half := index(t, first).Generations[0]
	if half.State != knowledge.Building || half.Done == 0 || half.Done == half.Total {
		t.Fatalf("midway: %+v", half)
	}
	again := newEmbedder("model")
	second := beside(pool, again)
	build(t, second)
	if g := index(t, second).Generations[0]; g.ID != half.ID || g.State != knowledge.Active || g.Done != 300 {
		t.Errorf("after: %+v", g)
	}
	if n := len(again.seen) - 1; n != 300-half.Done { // and the probe
		t.Errorf("%d texts were embedded again, %d were missing", n, 300-half.Done)
	}
}

func TestSearchesUseTheOldGenerationUntilTheNewOneIsComplete(t *testing.T) {
	t.Parallel()
	pool, plain := bookcase(t, 100)
	put(t, plain, policy("探视规定", "", "100000", "服刑人员会见亲属"))
	old := newEmbedder("old", "坐牢", "服刑", "看看", "会见", "孙子他爸", "亲属")
	build(t, beside(pool, old))

	changed := newEmbedder("new")
	changed.earlier = map[string]*hashEmbedder{"old": old}
	store := beside(pool, reverter{changed})
	checked := false
	changed.set(func(e *hashEmbedder) {
		e.onCall = func(texts []string) {
			if len(texts) < 2 || checked {
				return
			}
			checked = true
			if i := index(t, store); !i.Usable || i.Generations[0].State != knowledge.Building || i.Generations[1].State != knowledge.Active {
				t.Errorf("while the new one is in building: %+v", i)
			}
			if legs := dense(t, store, "坐牢能看看孙子他爸吗"); legs["探视规定"] == 0 {
				t.Errorf("the old generation finds nothing: %v", legs)
			}
		}
	})
	build(t, store)
	if !checked {
		t.Error("nothing was embedded")
	}
	i := index(t, store)
	if i.Generations[0].State != knowledge.Active || i.Generations[1].State != knowledge.Retired {
		t.Errorf("after: %+v", i)
	}
	calls := changed.calls
	dense(t, store, "坐牢能看看孙子他爸吗")
	if changed.calls != calls+1 {
		t.Error("the question was not embedded by the new model")
	}
	if s := beside(pool, old); index(t, s).Usable {
		t.Error("a node with the old model alone cannot use the new generation")
	} else if len(search(t, s, "总则", "100000", "2026-11-21")) == 0 {
		t.Error("it finds nothing by words")
	}
}

// reverter is an embedder whose endpoint has earlier models too.
type reverter struct{ *hashEmbedder }

func (r reverter) Revert(model string) (knowledge.Embedder, bool) {
	e, ok := r.earlier[model]
	return e, ok
}

// dense returns what the dense leg gives the found documents, by title.
func dense(t *testing.T, store *knowledge.Store, text string) map[string]float64 {
	t.Helper()
	r, err := store.Region(t.Context(), knowledge.Country)
	if err != nil {
		t.Fatal(err)
	}
	found, err := store.Search(t.Context(), knowledge.Query{Text: text, Region: r, On: "2026-11-21", K: 10})
	if err != nil {
		t.Fatal(err)
	}
	legs := map[string]float64{}
	for _, h := range found.Hits {
		legs[h.Document.Title] = max(legs[h.Document.Title], h.Legs.Dense)
	}
	return legs
}

func TestManyNodesEmbedNothingTwice(t *testing.T) {
	t.Parallel()
	pool, _ := bookcase(t, 400)
	e := newEmbedder("model")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			store := beside(pool, e)
			if err := store.Prepare(t.Context(), false); err != nil {
				t.Error(err)
			}
			if err := store.BuildIndex(t.Context(), nil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	i := index(t, beside(pool, e))
	if len(i.Generations) != 1 || i.Generations[0].Done != 400 || i.Generations[0].State != knowledge.Active {
		t.Errorf("%+v", i)
	}
	for text, n := range e.seen {
		if n > 1 && text != "困境儿童" {
			t.Fatalf("%q was embedded %d times", text, n)
		}
	}
}

func TestARunningNodeEmbedsWhatIsPut(t *testing.T) {
	t.Parallel()
	pool, store := bookcase(t, 20)
	e := newEmbedder("model", "坐牢", "服刑")
	e.set(func(e *hashEmbedder) { e.fail = errors.New("not there yet") })
	node := beside(pool, e)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := node.RunIndex(ctx, slog.New(slog.DiscardHandler)); err != nil {
			t.Error(err)
		}
	})
	defer running.Wait()
	defer stop()
	until(t, func() bool { return index(t, node).Down != nil }) // the endpoint starts after the node
	e.set(func(e *hashEmbedder) { e.fail = nil })
	until(t, func() bool { return index(t, node).Usable })
	put(t, store, policy("探视规定", "", "100000", "服刑人员会见亲属"))
	until(t, func() bool { return dense(t, node, "坐牢")["探视规定"] > 0 })
	if i := index(t, node); i.Down != nil || i.Generations[0].Done != 21 {
		t.Errorf("%+v", i)
	}
}

// until waits for what has to come.
func until(t *testing.T, come func() bool) {
	t.Helper()
	for !come() {
		select {
		case <-t.Context().Done():
			t.Fatal("the test ended before it came")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func TestATextThatTheModelRefusesHoldsNothingUp(t *testing.T) {
	t.Parallel()
	pool, store := bookcase(t, 100)
	put(t, store, policy("难写的办法", "", "100000", "里面有模型不肯看的话"))
	e := newEmbedder("model")
	e.set(func(e *hashEmbedder) { e.refuse = "不肯看" })
	node := beside(pool, e)
	build(t, node)
	if g := index(t, node).Generations[0]; g.State != knowledge.Active || g.Done != 101 || g.Refused != 1 {
		t.Errorf("%+v", g)
	}
	if got := search(t, node, "模型不肯看的话", "100000", "2026-11-21"); len(got) == 0 || got[0] != "难写的办法" {
		t.Errorf("it is not found by its words: %v", got)
	}
}

func TestAnEndpointThatIsDownBuildsNothingAndBreaksNothing(t *testing.T) {
	t.Parallel()
	pool, plain := bookcase(t, 10)
	e := newEmbedder("model")
	store := beside(pool, e)
	build(t, store)
	want := search(t, plain, "关于事项3的规定", "100000", "2026-11-21")
	for name, change := range map[string]func(e *hashEmbedder){
		"down": func(e *hashEmbedder) { e.fail = errors.New("down") },
		"slow": func(e *hashEmbedder) { e.fail, e.hang = nil, true },
	} {
		e.set(change)
		if got := search(t, store, "关于事项3的规定", "100000", "2026-11-21"); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want what the words find: %v", name, got, want)
		}
		if index(t, store).Down == nil {
			t.Errorf("%s: nobody sees it", name)
		}
	}
	e.set(func(e *hashEmbedder) { e.fail, e.hang = errors.New("down"), false })
	put(t, plain, policy("新办法", "", "100000", "新的规定"))
	if err := store.BuildIndex(t.Context(), nil); err == nil {
		t.Error("a build without an endpoint must say so")
	}
	if g := index(t, store).Generations[0]; g.State != knowledge.Active || g.Done != 10 || g.Refused != 0 || g.Total != 11 {
		t.Errorf("%+v", g)
	}
	e.set(func(e *hashEmbedder) { e.fail = nil })
	build(t, store)
	if i := index(t, store); i.Down != nil || i.Generations[0].Done != 11 {
		t.Errorf("after: %+v", i)
	}
}

func TestAModelThatChangedUnderItsNameIsNotCompared(t *testing.T) {
	t.Parallel()
	pool, plain := bookcase(t, 10)
	e := newEmbedder("model")
	build(t, beside(pool, e))
	other := newEmbedder("model")
	other.dimension = 32
	store := beside(pool, other)
	want := search(t, plain, "关于事项3的规定", "100000", "2026-11-21")
	if got := search(t, store, "关于事项3的规定", "100000", "2026-11-21"); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want what the words find: %v", got, want)
	}
	build(t, store) // a generation of its own
	if g := index(t, store).Generations; len(g) != 2 || g[0].Dimension != 32 || g[0].State != knowledge.Active || g[1].State != knowledge.Retired {
		t.Errorf("%+v", g)
	}
}

func TestDatesOfADocumentReachItsVectors(t *testing.T) {
	t.Parallel()
	pool, plain := bookcase(t, 3)
	put(t, plain, policy("旧办法", "", "100000", "服刑人员会见亲属"))
	e := newEmbedder("model", "坐牢", "服刑", "看看", "会见")
	store := beside(pool, e)
	build(t, store)
	if dense(t, store, "坐牢看看")["旧办法"] == 0 {
		t.Fatal("it is not found by meaning")
	}
	put(t, plain, policy("新办法", "", "100000", "另外的规定", func(d *knowledge.Document) {
		d.Effective, d.Abolishes = "2024-01-01", []string{knowledge.TitleKey("旧办法")}
	}))
	if _, found := dense(t, store, "坐牢看看")["旧办法"]; found {
		t.Error("an abolished document is found by meaning")
	}
}

func TestALargeModelIsStored(t *testing.T) {
	t.Parallel()
	for _, dimension := range []int{1024, 4000, 4096} {
		pool, _ := bookcase(t, 5)
		e := newEmbedder("large")
		e.dimension = dimension
		store := beside(pool, e)
		build(t, store)
		if g := index(t, store).Generations[0]; g.Dimension != dimension || g.Done != 5 {
			t.Errorf("%+v", g)
		}
		if dense(t, store, "总则")["办法"] == 0 {
			t.Errorf("%d dimensions: nothing is found", dimension)
		}
	}
}

// TestTheJournalTellsOfEachGenerationOnce: put in use, failed however often, well again.
func TestTheJournalTellsOfEachGenerationOnce(t *testing.T) {
	t.Parallel()
	pool, shelf := bookcase(t, 200)
	e := newEmbedder("first")
	store := beside(pool, e)
	var told []string
	store.UseJournal(func(ctx context.Context, tx pgx.Tx, b knowledge.Built) error {
		told = append(told, fmt.Sprintf("%d %s %s failed=%v %d/%d", b.ID, b.Model, b.State, b.Failed, b.Done, b.Total))
		if b.Took < 0 || b.Dimension != 64 {
			t.Errorf("%+v", b)
		}
		_, err := tx.Exec(ctx, `SELECT 1`)
		return err
	})
	tells := func(want ...string) {
		t.Helper()
		if fmt.Sprint(told) != fmt.Sprint(want) {
			t.Errorf("the journal has %q, not %q", told, want)
		}
		told = nil
	}
	if err := store.Prepare(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	e.set(func(e *hashEmbedder) { e.fail = broken })
	for range 3 {
		if err := store.BuildIndex(t.Context(), nil); !errors.Is(err, broken) {
			t.Fatal(err)
		}
	}
	tells("1 first building failed=true 0/200")
	e.set(func(e *hashEmbedder) { e.fail = nil })
	build(t, store)
	tells("1 first active failed=false 200/200")
	build(t, store)
	put(t, shelf, policy("通知", "", "100000", "第一条 新的"))
	build(t, store)
	tells() // nothing was put in use
	put(t, shelf, policy("公告", "", "100000", "第一条 更新的"))
	e.set(func(e *hashEmbedder) { e.fail = broken })
	if err := store.BuildIndex(t.Context(), nil); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	e.set(func(e *hashEmbedder) { e.fail = nil })
	ended, end := context.WithCancel(t.Context())
	end()
	if err := store.BuildIndex(ended, nil); err == nil {
		t.Error("a build whose caller has gone")
	}
	build(t, store)
	build(t, store)
	tells("1 first active failed=true 201/202", "1 first active failed=false 202/202")
}
