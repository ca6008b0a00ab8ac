package measure

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestScoreOfAKnownRanking(t *testing.T) {
	t.Parallel()
	// Two relevant items (gains 2 and 1), found at ranks 2 and 4.
	s := Score([]Ranking{{Found: []float64{0, 1, 0, 2}, All: []float64{2, 1}}})
	ideal := 2 + 1/math.Log2(3)
	got := 1/math.Log2(3) + 2/math.Log2(5)
	for name, c := range map[string][2]float64{
		"recall@1": {s.Recall1, 0}, "recall@5": {s.Recall5, 1}, "MRR@10": {s.MRR10, 0.5}, "nDCG@10": {s.NDCG10, got / ideal},
	} {
		if math.Abs(c[0]-c[1]) > 1e-9 {
			t.Errorf("%s = %v, want %v", name, c[0], c[1])
		}
	}
	if perfect := Score([]Ranking{{Found: []float64{2, 1}, All: []float64{1, 2}}}); perfect.NDCG10 != 1 || perfect.Recall1 != 0.5 {
		t.Errorf("a perfect ranking: %+v", perfect)
	}
	if empty := Score(nil); empty.Queries != 0 || empty.NDCG10 != 0 {
		t.Errorf("no queries: %+v", empty)
	}
}

func TestReadBEIRTakesBothFormsOfJudgements(t *testing.T) {
	t.Parallel()
	for name, qrels := range map[string]string{"qrels.tsv": "query-id\tcorpus-id\tscore\nq\td\t1\nq\te\t0\n", "qrels/test.tsv": "q 0 d 2\n"} {
		dir := t.TempDir()
		files := map[string]string{"corpus.jsonl": `{"_id":"d","title":"t","text":"x"}`, "queries.jsonl": `{"_id":"q","text":"x"}` + "\n\n", name: qrels}
		for file, text := range files {
			path := filepath.Join(dir, file)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		set, err := ReadBEIR(dir)
		if err != nil || len(set.Qrels["q"]) != 1 || set.Qrels["q"]["d"] == 0 {
			t.Errorf("%s: %+v %v", name, set, err)
			continue
		}
		s, err := set.Score(func(string) ([]string, error) { return []string{"d", "d", "e"}, nil })
		if err != nil || s.Recall1 != 1 {
			t.Errorf("%s: %+v %v", name, s, err)
		}
	}
	if _, err := ReadBEIR(t.TempDir()); err == nil {
		t.Error("an empty folder is no data set")
	}
}
