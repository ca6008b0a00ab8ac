package measure

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// BEIR is a retrieval data set (Thakur et al. 2021): corpus.jsonl, queries.jsonl, qrels.tsv.
type BEIR struct {
	Corpus  []BEIRDocument
	Queries []BEIRQuery
	Qrels   map[string]map[string]float64 // relevance by query and document
}

// BEIRDocument is a line of corpus.jsonl.
type BEIRDocument struct {
	ID    string `json:"_id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// BEIRQuery is a line of queries.jsonl.
type BEIRQuery struct {
	ID   string `json:"_id"`
	Text string `json:"text"`
}

// ReadBEIR reads a folder. The judgements may also stand in qrels/test.tsv, as the published sets have them.
func ReadBEIR(dir string) (*BEIR, error) {
	set := &BEIR{Qrels: map[string]map[string]float64{}}
	var err error
	if set.Corpus, err = ReadJSONL[BEIRDocument](filepath.Join(dir, "corpus.jsonl")); err != nil {
		return nil, err
	}
	if set.Queries, err = ReadJSONL[BEIRQuery](filepath.Join(dir, "queries.jsonl")); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "qrels.tsv")
	if _, err := os.Stat(file); err != nil {
		file = filepath.Join(dir, "qrels", "test.tsv")
	}
	return set, set.readQrels(file)
}

// readQrels reads query, document and relevance by tabs; a header line is passed over, and so is the second of
// four columns (the TREC form).
func (b *BEIR) readQrels(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	scanner := bufio.NewScanner(f)
	for n := 1; scanner.Scan(); n++ {
		fields := strings.Fields(scanner.Text())
		if len(fields) == 4 {
			fields = []string{fields[0], fields[2], fields[3]}
		}
		if len(fields) != 3 {
			return fmt.Errorf("%s line %d: want query, document and relevance", file, n)
		}
		rel, err := strconv.ParseFloat(fields[2], 64)
		if err != nil {
			if n == 1 {
				continue
			}
			return fmt.Errorf("%s line %d: relevance %q is no number", file, n, fields[2])
		}
		if rel > 0 {
			if b.Qrels[fields[0]] == nil {
				b.Qrels[fields[0]] = map[string]float64{}
			}
			b.Qrels[fields[0]][fields[1]] = rel
		}
	}
	return scanner.Err()
}

// Score ranks every judged query. rank returns document ids, best first; a document counts once.
func (b *BEIR) Score(rank func(query string) ([]string, error)) (Scores, error) {
	var rankings []Ranking
	for _, q := range b.Queries {
		relevant := b.Qrels[q.ID]
		if len(relevant) == 0 {
			continue
		}
		start := time.Now()
		ids, err := rank(q.Text)
		if err != nil {
			return Scores{}, fmt.Errorf("query %s: %w", q.ID, err)
		}
		r := Ranking{Took: time.Since(start)}
		for _, rel := range relevant {
			r.All = append(r.All, rel)
		}
		seen := map[string]bool{}
		for _, id := range ids {
			if !seen[id] {
				seen[id] = true
				r.Found = append(r.Found, relevant[id])
			}
		}
		rankings = append(rankings, r)
	}
	return Score(rankings), nil
}
