package assistant_test

import (
	"testing"

	played "xiaohe/assistant/measure"
	"xiaohe/knowledge"
	"xiaohe/knowledge/measure"
)

// rewritten is a development question as a model may put it.
type rewritten struct {
	QID     string
	Queries []string
	Terms   []string
}

// TestRewritesHelpAndBadOnesCostLittle scores the lexical search on development questions with the words that a model may
// add, and on all of them with words that belong to other questions.
func TestRewritesHelpAndBadOnesCostLittle(t *testing.T) {
	t.Parallel()
	store := corpusStore(t)
	questions, err := measure.ReadJSONL[question]("../knowledge/testdata/questions/dev.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	rewrites, err := measure.ReadJSONL[rewritten]("testdata/rewrites_dev.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	terms := map[string][]string{}
	for _, r := range rewrites {
		terms[r.QID] = r.Terms
	}
	var helped, plainHelped, n int
	nonsense, plain := map[string]int{}, map[string]int{}
	all := map[string]int{}
	for i, q := range questions {
		if len(q.Gold) == 0 {
			continue
		}
		before := first(t, store, q, nil)
		if good, ok := terms[q.QID]; ok {
			n++
			plainHelped += count(hit(before))
			helped += count(hit(first(t, store, q, good)))
		}
		other := rewrites[(i+7)%len(rewrites)]
		if other.QID == q.QID {
			other = rewrites[(i+8)%len(rewrites)]
		}
		all[q.Style]++
		plain[q.Style] += count(hit(before))
		nonsense[q.Style] += count(hit(first(t, store, q, other.Terms)))
	}
	t.Logf("right words: %d of %d among the first five, without %d", helped, n, plainHelped)
	if helped < plainHelped+4 {
		t.Errorf("right words find %d, without %d", helped, plainHelped)
	}
	lost := 0
	for _, style := range played.Styles {
		t.Logf("wrong words, %s: %d of %d, without %d", style, nonsense[style], all[style], plain[style])
		lost += plain[style] - nonsense[style]
		if (style == "number" || style == "keyword") && nonsense[style] < plain[style] {
			t.Errorf("wrong words cost a question of style %s", style)
		}
	}
	if lost > 2 {
		t.Errorf("wrong words cost %d questions", lost)
	}
}

// hit tells whether a rank is among the first five; 0 is not found.
func hit(rank int) bool { return rank > 0 && rank <= 5 }

// first is the rank of the first right clause.
func first(t *testing.T, store *knowledge.Store, q question, terms []string) int {
	t.Helper()
	region, err := store.Region(t.Context(), q.Region)
	if err != nil {
		t.Fatal(err)
	}
	found, err := store.Search(t.Context(), knowledge.Query{Text: q.Question, Terms: terms, Region: region, On: knowledge.Date(q.On), K: 10})
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range found.Hits {
		if q.Relevance(h.Document.Title, h.Clause) > 0 {
			return i + 1
		}
	}
	return 0
}
