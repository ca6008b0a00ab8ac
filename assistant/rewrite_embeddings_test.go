package assistant_test

import (
	"testing"

	"xiaohe/assistant/answer"
	"xiaohe/knowledge"
	"xiaohe/knowledge/measure"
)

// wordedPlaces are how many right clauses stand first and among the first five.
type wordedPlaces struct{ first, five int }

func (p *wordedPlaces) add(rank int) {
	p.first += count(rank == 1)
	p.five += count(hit(rank))
}

// rewritesByMeaning scores the search by words and meaning with a question in other words: on development questions with
// words that a model may write for them, on all with words for others, and on those that are to be refused, which no words
// may open.
func rewritesByMeaning(t *testing.T, e *keptEmbedder, store *knowledge.Store) {
	questions, err := measure.ReadJSONL[question]("../knowledge/testdata/questions/dev.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	rewrites, err := measure.ReadJSONL[rewritten]("testdata/rewrites_dev.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	own, texts := map[string][]string{}, []string{}
	for _, r := range rewrites {
		own[r.QID] = r.Queries
		texts = append(texts, r.Queries...)
	}
	e.ready(t, texts)
	other := func(i int, qid string) []string {
		r := rewrites[(i+7)%len(rewrites)]
		if r.QID == qid {
			r = rewrites[(i+8)%len(rewrites)]
		}
		return r.Queries
	}
	var plain, right, all, wrong wordedPlaces
	opened := 0
	for i, q := range questions {
		before, refused := worded(t, store, q, nil)
		after, refusedAfter := worded(t, store, q, other(i, q.QID))
		opened += count(refused && !refusedAfter)
		if len(q.Gold) == 0 {
			continue
		}
		all.add(before)
		wrong.add(after)
		if named := q.Style == "number" || q.Style == "keyword"; named && hit(before) && !hit(after) {
			t.Errorf("%s: wrong words cost a question of style %s", q.QID, q.Style)
		}
		if queries, ok := own[q.QID]; ok {
			rank, _ := worded(t, store, q, queries)
			plain.add(before)
			right.add(rank)
		}
	}
	for i, s := range scopeQuestions(t) {
		if s.InScope {
			continue
		}
		q := question{Question: s.Question, Region: s.Region, On: "2026-11-21"}
		_, refused := worded(t, store, q, nil)
		_, refusedAfter := worded(t, store, q, other(i, ""))
		opened += count(refused && !refusedAfter)
	}
	t.Logf("by meaning: right words %+v of %d, without %+v; wrong words %+v, without %+v; opened %d", right, len(rewrites), plain, wrong, all, opened)
	if right.first < plain.first+6 || right.five < plain.five {
		t.Errorf("right words: %+v, without %+v", right, plain)
	}
	if wrong.five < all.five-5 {
		t.Errorf("wrong words: %+v, without %+v", wrong, all)
	}
	if opened > 0 {
		t.Errorf("%d questions that are refused were answered because of a model's words", opened)
	}
}

// worded is the rank of the first right clause for a question in other words too, 0 where none is found, and whether it is
// refused.
func worded(t *testing.T, store *knowledge.Store, q question, queries []string) (rank int, refused bool) {
	t.Helper()
	region, err := store.Region(t.Context(), q.Region)
	if err != nil {
		t.Fatal(err)
	}
	found, err := store.Search(t.Context(), knowledge.Query{Text: q.Question, Rewrites: queries, Region: region, On: knowledge.Date(q.On), K: answer.MaxCitations * 2})
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range found.Hits {
		if q.Relevance(h.Document.Title, h.Clause) > 0 {
			rank = i + 1
			break
		}
	}
	return rank, answer.Compose(q.Question, found, knowledge.Date(q.On)).Refused
}
