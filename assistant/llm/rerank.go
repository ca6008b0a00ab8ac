package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"time"

	"github.com/sashabaranov/go-openai"

	"xiaohe/prompts"
)

// Ranking says who puts passages in a better order. Its URL goes up to /rerank, as Jina, Cohere and vLLM serve it.
type Ranking struct {
	Connection
	Within time.Duration // 0: 1.5 s
}

// Reranker puts passages in the order of a question. Whoever asks it goes on with the order he has when it fails.
type Reranker struct {
	*connected
	options Ranking
	address string
}

const (
	rerankWithin = 1500 * time.Millisecond
	rerankAnswer = 1 << 20 // bytes
)

// NewReranker returns a reranker; without a URL nil.
func NewReranker(o Ranking) (*Reranker, error) {
	if o.URL == "" {
		return nil, nil
	}
	c, err := o.open("rerank")
	if err != nil {
		return nil, err
	}
	if o.Within <= 0 {
		o.Within = rerankWithin
	}
	return &Reranker{connected: c, options: o, address: c.at.address + "/rerank"}, nil
}

type rerankRequest struct {
	Model     string   `json:"model"`
	Query     string   `json:"query"`
	Documents []string `json:"documents"`
	TopN      int      `json:"top_n"`
}

type rerankResponse struct {
	Results []struct {
		Index int      `json:"index"`
		Score *float64 `json:"relevance_score"`
	} `json:"results"`
}

// Rerank returns a score for each document, in their order; more is better. The scale is the model's own.
func (r *Reranker) Rerank(ctx context.Context, query string, documents []string) (scores []float64, err error) {
	if len(documents) == 0 {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.options.Within)
	defer cancel()
	err = r.ask(ctx, Record{Job: rerank, Model: r.options.Model}, false, func(call *Record) error {
		if !r.options.Local {
			fields, _ := masked([]prompts.Field{{Text: query, Private: true}})
			query = fields[0].Text
		}
		text, err := json.Marshal(rerankRequest{r.options.Model, query, documents, len(documents)})
		if err != nil {
			return fmt.Errorf("encode: %w", err)
		}
		return r.at.call(ctx, rerankAnswer, &call.Attempts, func(ctx context.Context, x *exchange) error {
			answer, err := r.post(ctx, text)
			if err != nil {
				return refusedTexts(fold(ctx, x, err))
			}
			scores, err = answer.scores(len(documents))
			return err
		})
	})
	return scores, err
}

func (r *Reranker) post(ctx context.Context, text []byte) (answer rerankResponse, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.address, bytes.NewReader(text))
	if err != nil {
		return answer, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	if r.options.Key != "" {
		request.Header.Set("Authorization", "Bearer "+r.options.Key)
	}
	response, err := r.at.http.Do(request)
	if err != nil {
		return answer, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return answer, err
	}
	if response.StatusCode >= 300 {
		return answer, &openai.RequestError{HTTPStatusCode: response.StatusCode, Body: body}
	}
	return answer, json.Unmarshal(body, &answer)
}

// scores are in the order of the documents; each must have one.
func (a rerankResponse) scores(n int) ([]float64, error) {
	scores := make([]float64, n)
	seen := make([]bool, n)
	for _, result := range a.Results {
		i := result.Index
		if i < 0 || i >= n || seen[i] || result.Score == nil || math.IsNaN(*result.Score) || math.IsInf(*result.Score, 0) {
			return nil, &fault{kind: ErrInvalid, why: "ranks out of order"}
		}
		scores[i], seen[i] = *result.Score, true
	}
	if len(a.Results) != n {
		return nil, &fault{kind: ErrInvalid, why: "ranks are missing"}
	}
	return scores, nil
}
