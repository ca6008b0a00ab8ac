package assistant_test

import (
	"crypto/sha256"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"xiaohe/database/dbtest"
	"xiaohe/knowledge"
	"xiaohe/knowledge/measure"
)

// TestEmbeddingsQuality is TestQuality and TestScope with a real model for vectors.
func TestEmbeddingsQuality(t *testing.T) {
	e := newEmbedder(t)
	store := corpusStore(t)
	store.UseEmbedder(e)
	if err := store.Prepare(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	told := 0
	if err := store.BuildIndex(t.Context(), func(g knowledge.Generation) {
		if g.Done >= told {
			t.Logf("embedded %d of %d", g.Done, g.Total)
			told = g.Done + keptEvery
			e.save(t)
		}
	}); err != nil {
		t.Fatal(err)
	}
	for _, half := range []string{"dev", "sealed"} {
		if half == "sealed" && (*failures || *development) {
			continue
		}
		questions, err := measure.ReadJSONL[question]("../knowledge/testdata/questions/" + half + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(questions))
		for i, q := range questions {
			texts[i] = q.Question
		}
		e.ready(t, texts)
		var results []result
		for _, q := range questions {
			results = append(results, try(t, store, q))
		}
		near(t, "testdata/hybrid_"+half+".txt", table(results))
		if *failures {
			for _, r := range results {
				explain(t, store, r)
			}
		}
	}
	texts := make([]string, 0, 600)
	for _, q := range scopeQuestions(t) {
		texts = append(texts, q.Question)
	}
	e.ready(t, texts)
	near(t, "testdata/hybrid_scope.txt", scopeTable(t, store))
	if !*update && !*failures {
		rewritesByMeaning(t, e, store)
	}
}

// TestEmbeddingsFindWhatNoWordFinds needs no corpus: questions that share no pair of characters with the clause that answers
// them, through the client, the index and the scan.
func TestEmbeddingsFindWhatNoWordFinds(t *testing.T) {
	t.Parallel()
	e := newEmbedder(t)
	store := knowledge.NewStore(dbtest.New(t), fixedNow)
	if err := store.LoadRegions(t.Context()); err != nil {
		t.Fatal(err)
	}
	clauses := map[string]string{
		"会见": "罪犯在监狱服刑期间，按照规定，可以会见亲属、监护人。",
		"助学": "对家庭经济困难的普通高中学生发放国家助学金，用于补助生活费用。",
		"康复": "符合条件的残疾儿童可以申请康复训练、辅助器具适配等服务，费用由政府补贴。",
		"校车": "校车驾驶人应当取得校车驾驶资格，不得超速行驶。",
		"收养": "收养人应当无不利于被收养人健康成长的违法犯罪记录，年满三十周岁。",
		"饮用": "供水单位供应的饮用水应当符合国家卫生标准。",
	}
	for title, clause := range clauses {
		sum := sha256.Sum256([]byte(clause))
		if _, err := store.Put(t.Context(), knowledge.Entry{
			Document: knowledge.Document{Kind: knowledge.KindPolicy, Title: title + "规定", Region: knowledge.Country, Issued: "2020-01-01", Body: clause, SHA256: sum[:]},
			Passages: []knowledge.Passage{{Clause: "第一条", Body: clause, To: len([]rune(clause))}},
		}); err != nil {
			t.Fatal(err)
		}
	}
	store.UseEmbedder(e)
	if err := store.Prepare(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if err := store.BuildIndex(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	region, err := store.Region(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	questions := map[string]string{
		"我爸蹲大牢，咋样才让进去瞧一眼": "会见", "家里太穷，读书交不起钱": "助学", "孙子腿脚不好走路，哪里能帮他练": "康复",
	}
	e.ready(t, slices.Collect(maps.Keys(questions)))
	for question, want := range questions {
		found, err := store.Search(t.Context(), knowledge.Query{Text: question, Region: region, On: "2026-11-21", K: 3, Only: knowledge.DenseLeg})
		if err != nil {
			t.Fatal(err)
		}
		if len(found.Hits) == 0 || found.Hits[0].Document.Title != want+"规定" {
			t.Errorf("%s: %+v", question, found.Hits)
		}
	}
}

// near is compare for what a model took part in: processors add in different orders, and a question that stands on the
// edge may fall to either side. One question of a style may differ, and of the misleading ones six.
func near(t *testing.T, golden, got string) {
	t.Helper()
	want, err := os.ReadFile(golden)
	if *update || err != nil {
		compare(t, golden, got)
		return
	}
	t.Logf("%s\n%s", golden, got)
	rows, wanted := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	if len(rows) != len(wanted) {
		t.Fatalf("%s has other rows:\n%s", golden, want)
	}
	for i := range rows {
		n, has := strings.Fields(rows[i]), strings.Fields(wanted[i])
		slack := 0.02
		if len(n) > 1 {
			if size, err := strconv.Atoi(n[1]); err == nil && size > 0 {
				slack = 1.01 / float64(size)
			}
		}
		for j := range n {
			a, _ := strconv.ParseFloat(strings.TrimRight(n[j], ","), 64)
			b, _ := strconv.ParseFloat(strings.TrimRight(has[j], ","), 64)
			if a < 1.01 && b < 1.01 && math.Abs(a-b) > slack {
				t.Errorf("%s: %q was %q", golden, rows[i], wanted[i])
				break
			}
		}
	}
}
