package llm_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"xiaohe/assistant/llm"
	"xiaohe/assistant/llm/llmtest"
)

func embedder(t *testing.T, s *llmtest.Server, change func(*llm.Vectors)) *llm.Embedder {
	t.Helper()
	o := llm.Vectors{Connection: llm.Connection{URL: s.URL, Model: "e5"}}
	if change != nil {
		change(&o)
	}
	e, err := llm.NewEmbedder(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func TestTextsAreEmbeddedInBatchesAndInOrder(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	var sizes []int
	s.Embed(func(r llmtest.EmbedRequest) llmtest.Reply {
		sizes = append(sizes, len(r.Input))
		vectors := make([][]float32, len(r.Input))
		for i, text := range r.Input {
			var n float32
			fmt.Sscanf(text, "passage: %f", &n)
			vectors[i] = []float32{n, 1}
		}
		return llmtest.Vectors(vectors...)
	})
	texts := make([]string, 150)
	for i := range texts {
		texts[i] = fmt.Sprint(i)
	}
	vectors, err := embedder(t, s, func(o *llm.Vectors) { o.PassagePrefix = "passage: " }).Embed(t.Context(), texts, false)
	if err != nil || len(vectors) != 150 || vectors[149][0] != 149 || fmt.Sprint(sizes) != "[64 64 22]" {
		t.Error(len(vectors), sizes, err)
	}
}

func TestAnEndpointThatTakesSmallBatchesGetsSmallOnes(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	var sizes []int
	s.Embed(func(r llmtest.EmbedRequest) llmtest.Reply {
		sizes = append(sizes, len(r.Input))
		if len(r.Input) > 10 {
			return llmtest.Status(400)
		}
		vectors := make([][]float32, len(r.Input))
		for i := range vectors {
			vectors[i] = []float32{1}
		}
		return llmtest.Vectors(vectors...)
	})
	e := embedder(t, s, nil)
	for range 2 {
		if vectors, err := e.Embed(t.Context(), make([]string, 25), false); err != nil || len(vectors) != 25 {
			t.Fatal(len(vectors), err)
		}
	}
	if fmt.Sprint(sizes) != "[25 10 10 5 10 10 5]" {
		t.Error(sizes)
	}
}

func TestQuestionsAreEmbeddedAsQuestions(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	var asked []llmtest.EmbedRequest
	s.Embed(func(r llmtest.EmbedRequest) llmtest.Reply {
		asked = append(asked, r)
		return llmtest.Vectors([]float32{1})
	})
	e := embedder(t, s, func(o *llm.Vectors) { o.QueryModel, o.QueryPrefix = "e5-query", "query: " })
	for _, query := range []bool{true, false} {
		if _, err := e.Embed(t.Context(), []string{"能领多少钱"}, query); err != nil {
			t.Fatal(err)
		}
	}
	if fmt.Sprint(asked) != "[{e5-query [query: 能领多少钱]} {e5 [能领多少钱]}]" {
		t.Error(asked)
	}
}

func TestAnEmbedderIsNamedByAllThatMakesVectorsComparable(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	now := embedder(t, s, nil)
	if now.Model() != "e5" {
		t.Error(now.Model())
	}
	earlier := embedder(t, s, func(o *llm.Vectors) { o.QueryModel, o.QueryPrefix, o.PassagePrefix = "q", `say "x" = `, "passage: " })
	back, ok := now.Revert(earlier.Model())
	if !ok || back.Model() != earlier.Model() || back.Model() == now.Model() {
		t.Errorf("%v %q, want %q", ok, back.Model(), earlier.Model())
	}
	for _, strange := range []string{"", "m what", `m query=x`, `m other="x"`, `m query="x" query="y"`, `m query="x`} {
		if _, ok := now.Revert(strange); ok {
			t.Errorf("went back to %q", strange)
		}
	}
}

func TestFaultsOfVectors(t *testing.T) {
	t.Parallel()
	plain := func(body string) llmtest.Reply { return llmtest.Reply{Body: body} }
	for name, tt := range map[string]struct {
		reply llmtest.Reply
		want  error
	}{
		"too few":           {llmtest.Vectors([]float32{1, 2}), llm.ErrInvalid},
		"different lengths": {llmtest.Vectors([]float32{1, 2}, []float32{1}), llm.ErrInvalid},
		"empty":             {llmtest.Vectors([]float32{}, []float32{}), llm.ErrInvalid},
		"twice the first":   {plain(`{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}`), llm.ErrInvalid},
		"out of range":      {plain(`{"data":[{"index":0,"embedding":[1]},{"index":7,"embedding":[1]}]}`), llm.ErrInvalid},
		"not numbers":       {plain(`{"data":[{"index":0,"embedding":[NaN]},{"index":1,"embedding":[1]}]}`), llm.ErrDown},
		"too long a text":   {llmtest.Status(400), llm.ErrInvalid},
		"filtered":          {llmtest.Refused("qwen"), llm.ErrFiltered},
		"500":               {llmtest.Status(500), llm.ErrDown},
		"429":               {llmtest.Busy(3600), llm.ErrBusy},
		"401":               {llmtest.Status(401), llm.ErrDown},
		"page":              {llmtest.Page(), llm.ErrDown},
		"hang":              {llmtest.Hang(), llm.ErrDown},
		"redirect":          {llmtest.Redirect("https://elsewhere.invalid/"), llm.ErrDown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := llmtest.New(t)
			s.Embed(func(llmtest.EmbedRequest) llmtest.Reply { return tt.reply })
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			if vectors, err := embedder(t, s, nil).Embed(ctx, []string{"一", "二"}, true); !errors.Is(err, tt.want) || vectors != nil {
				t.Error(vectors, err)
			}
		})
	}
}

func TestABadTextDoesNotCloseTheEmbedder(t *testing.T) {
	t.Parallel()
	s := llmtest.New(t)
	s.Embed(func(r llmtest.EmbedRequest) llmtest.Reply {
		if strings.Contains(r.Input[0], "坏") {
			return llmtest.Status(400)
		}
		return llmtest.Vectors([]float32{1})
	})
	e := embedder(t, s, nil)
	for range 12 {
		if _, err := e.Embed(t.Context(), []string{"坏"}, false); !errors.Is(err, llm.ErrInvalid) {
			t.Fatal(err)
		}
	}
	if _, err := e.Embed(t.Context(), []string{"好"}, false); err != nil {
		t.Error(err)
	}
}

func TestPassagesArePutInOrder(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		reply llmtest.Reply
		want  error
	}{
		"good":          {llmtest.Ranks(0.1, 0.9), nil},
		"too few":       {llmtest.Ranks(0.1), llm.ErrInvalid},
		"too many":      {llmtest.Ranks(0.1, 0.9, 0.5), llm.ErrInvalid},
		"no score":      {llmtest.Reply{Body: `{"results":[{"index":0},{"index":1}]}`}, llm.ErrInvalid},
		"never answers": {llmtest.Hang(), llm.ErrDown},
		"429":           {llmtest.Busy(60), llm.ErrBusy},
		"500":           {llmtest.Status(500), llm.ErrDown},
		"400":           {llmtest.Status(400), llm.ErrInvalid},
		"page":          {llmtest.Page(), llm.ErrDown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := llmtest.New(t)
			s.Rerank(func(r llmtest.RerankRequest) llmtest.Reply {
				if r.TopN != 2 || r.Model != "ranker" {
					t.Errorf("asked %+v", r)
				}
				return tt.reply
			})
			r, err := llm.NewReranker(llm.Ranking{Connection: llm.Connection{URL: s.URL, Model: "ranker"}, Within: 400 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			scores, err := r.Rerank(t.Context(), "能领多少钱", []string{"一", "二"})
			if !errors.Is(err, tt.want) || err == nil && fmt.Sprint(scores) != "[0.1 0.9]" {
				t.Error(scores, err)
			}
		})
	}
}
