// Package measure scores rankings: recall, nDCG and MRR, over the project's own questions and over BEIR folders.
package measure

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"time"
)

// Ranking is one answered query: relevance of the found items in order (0 for a miss), and of all that there are.
type Ranking struct {
	Found []float64
	All   []float64
	Took  time.Duration
}

// Scores are means over queries.
type Scores struct {
	Queries  int     `json:"queries"`
	Recall1  float64 `json:"recall@1"`
	Recall5  float64 `json:"recall@5"`
	Recall10 float64 `json:"recall@10"`
	Recall20 float64 `json:"recall@20"`
	MRR10    float64 `json:"MRR@10"`
	NDCG10   float64 `json:"nDCG@10"`
	P50      float64 `json:"p50_ms"`
	P99      float64 `json:"p99_ms"`
}

func (s Scores) String() string {
	return fmt.Sprintf("queries %d  recall@1 %.3f  @5 %.3f  @10 %.3f  @20 %.3f  MRR@10 %.3f  nDCG@10 %.3f  p50 %.1f ms  p99 %.1f ms",
		s.Queries, s.Recall1, s.Recall5, s.Recall10, s.Recall20, s.MRR10, s.NDCG10, s.P50, s.P99)
}

// Score averages rankings. Recall is the share of the relevant items that stand in the first k.
func Score(rankings []Ranking) Scores {
	s := Scores{Queries: len(rankings)}
	if len(rankings) == 0 {
		return s
	}
	var took []time.Duration
	for _, r := range rankings {
		s.Recall1 += r.recall(1)
		s.Recall5 += r.recall(5)
		s.Recall10 += r.recall(10)
		s.Recall20 += r.recall(20)
		s.MRR10 += r.reciprocalRank(10)
		s.NDCG10 += r.ndcg(10)
		took = append(took, r.Took)
	}
	for _, v := range []*float64{&s.Recall1, &s.Recall5, &s.Recall10, &s.Recall20, &s.MRR10, &s.NDCG10} {
		*v /= float64(len(rankings))
	}
	slices.Sort(took)
	s.P50 = milliseconds(took[len(took)/2])
	s.P99 = milliseconds(took[len(took)*99/100])
	return s
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (r Ranking) first(k int) []float64 { return r.Found[:min(k, len(r.Found))] }

func (r Ranking) recall(k int) float64 {
	hits := 0
	for _, rel := range r.first(k) {
		if rel > 0 {
			hits++
		}
	}
	return float64(hits) / float64(max(len(r.All), 1))
}

func (r Ranking) reciprocalRank(k int) float64 {
	for i, rel := range r.first(k) {
		if rel > 0 {
			return 1 / float64(i+1)
		}
	}
	return 0
}

// ndcg is the normalised discounted cumulative gain with linear gain (Järvelin and Kekäläinen 2002, as trec_eval).
func (r Ranking) ndcg(k int) float64 {
	ideal := slices.Clone(r.All)
	slices.SortFunc(ideal, func(a, b float64) int { return -cmpFloat(a, b) })
	best := dcg(ideal[:min(k, len(ideal))])
	if best == 0 {
		return 0
	}
	return dcg(r.first(k)) / best
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func dcg(gains []float64) float64 {
	sum := 0.0
	for i, g := range gains {
		sum += g / math.Log2(float64(i)+2)
	}
	return sum
}

// ReadJSONL reads one JSON object a line; empty lines are passed over.
func ReadJSONL[T any](file string) ([]T, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []T
	scanner := bufio.NewScanner(f)
	scanner.Buffer(nil, 64<<20)
	for n := 1; scanner.Scan(); n++ {
		if len(scanner.Bytes()) == 0 {
			continue
		}
		var v T
		if err := json.Unmarshal(scanner.Bytes(), &v); err != nil {
			return nil, fmt.Errorf("%s line %d: %w", file, n, err)
		}
		all = append(all, v)
	}
	return all, scanner.Err()
}
