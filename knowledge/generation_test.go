package knowledge_test

import (
	"testing"

	"xiaohe/knowledge"
)

func TestAGenerationOutOfUseIsDeleted(t *testing.T) {
	t.Parallel()
	pool, _ := bookcase(t, 20)
	build(t, beside(pool, newEmbedder("old")))
	store := beside(pool, newEmbedder("new"))
	build(t, store)
	const retired = `SELECT (SELECT count(*) FROM index_generations WHERE state = 'retired') || ' ' ||
		(SELECT count(*) FROM passage_vectors v JOIN index_generations g ON g.id = v.generation WHERE g.state = 'retired')`
	for _, step := range []struct{ change, want string }{
		{`SELECT`, "1 20"}, // a search may still end in it
		{`UPDATE index_generations SET retired_at = now() - interval '11 minutes' WHERE state = 'retired'`, "0 0"},
	} {
		if _, err := pool.Exec(t.Context(), step.change); err != nil {
			t.Fatal(err)
		}
		build(t, store)
		var got string
		if err := pool.QueryRow(t.Context(), retired).Scan(&got); err != nil || got != step.want {
			t.Errorf("after %s: %s, %v", step.change, got, err)
		}
	}
	if g := index(t, store).Generations; len(g) != 1 || g[0].State != knowledge.Active || g[0].Done != 20 {
		t.Errorf("%+v", g)
	}
}

// A node runs on while the model behind its endpoint becomes another: vectors that it keeps of questions are those of before.
func TestAModelThatChangesWhileQuestionsAreKept(t *testing.T) {
	t.Parallel()
	pool, plain := bookcase(t, 10)
	put(t, plain, policy("探视规定", "", "100000", "服刑人员会见亲属"))
	e := newEmbedder("model", "坐牢", "服刑", "看看", "会见", "孙子他爸", "亲属")
	store := beside(pool, e)
	build(t, store)
	const question = "坐牢能看看孙子他爸吗"
	if dense(t, store, question)["探视规定"] == 0 {
		t.Fatal("it is not found by meaning")
	}
	e.set(func(e *hashEmbedder) { e.dimension = 128 })
	region, err := store.Region(t.Context(), knowledge.Country)
	if err != nil {
		t.Fatal(err)
	}
	found, err := store.Search(t.Context(), knowledge.Query{Text: question, Context: "总则", Region: region, On: "2026-11-21", K: 10})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range found.Hits {
		if h.Legs.Dense != 0 {
			t.Errorf("vectors of two models are compared: %+v", h.Legs)
		}
	}
	build(t, store) // a generation of its own
	if dense(t, store, question)["探视规定"] == 0 {
		t.Error("the question is not embedded anew")
	}
}

func TestAModelThatChangedAndIsBackIsUsedOn(t *testing.T) {
	t.Parallel()
	pool, plain := bookcase(t, 10)
	e := newEmbedder("model")
	store := beside(pool, e)
	build(t, store)
	e.set(func(e *hashEmbedder) { e.dimension = 128 })
	if err := store.Prepare(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	e.set(func(e *hashEmbedder) { e.dimension = 64 })
	put(t, plain, policy("新办法", "", "100000", "新的规定"))
	build(t, store)
	if g := index(t, store).Generations; len(g) != 2 || g[0].State != knowledge.Retired || g[1].State != knowledge.Active || g[1].Done != 11 {
		t.Errorf("%+v", g)
	}
}
