package llmtest

import (
	"encoding/json"
	"hash/fnv"
	"math"
	"net/http"
)

// EmbedRequest is what a client wants vectors of.
type EmbedRequest struct {
	Model string   `json:"model"`
	Input []string `json:"input"`
}

// RerankRequest is what a client wants in a better order.
type RerankRequest struct {
	Model     string   `json:"model"`
	Query     string   `json:"query"`
	Documents []string `json:"documents"`
	TopN      int      `json:"top_n"`
}

// Embed sets the script of /embeddings.
func (s *Server) Embed(script func(EmbedRequest) Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.embed = script
}

// Rerank sets the script of /rerank.
func (s *Server) Rerank(script func(RerankRequest) Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rerank = script
}

// Vectors is a good answer of /embeddings.
func Vectors(vectors ...[]float32) Reply {
	type item struct {
		Object    string    `json:"object"`
		Index     int       `json:"index"`
		Embedding []float32 `json:"embedding"`
	}
	list := make([]item, len(vectors))
	for i, v := range vectors {
		list[i] = item{"embedding", i, v}
	}
	text, err := json.Marshal(struct {
		Object string `json:"object"`
		Data   []item `json:"data"`
		Usage  usage  `json:"usage"`
	}{"list", list, usage{Prompt: len(list), Total: len(list)}})
	if err != nil {
		panic(err) // a test's own numbers
	}
	return Reply{Body: string(text)}
}

// Bag is a small honest embedding: texts that share characters and pairs of them are near each other. It has length 1.
func Bag(text string, dimension int) []float32 {
	vector := make([]float32, dimension)
	runes := []rune(text)
	for i := range runes {
		for end := i + 1; end <= min(i+2, len(runes)); end++ {
			h := fnv.New32a()
			h.Write([]byte(string(runes[i:end])))
			vector[h.Sum32()%uint32(dimension)] += float32(end - i)
		}
	}
	var sum float64
	for _, v := range vector {
		sum += float64(v) * float64(v)
	}
	for i := range vector {
		vector[i] /= float32(math.Sqrt(max(sum, 1e-9)))
	}
	return vector
}

// Ranks is a good answer of /rerank: the score of each document.
func Ranks(scores ...float64) Reply {
	type result struct {
		Index int     `json:"index"`
		Score float64 `json:"relevance_score"`
	}
	list := make([]result, len(scores))
	for i, score := range scores {
		list[i] = result{i, score}
	}
	text, err := json.Marshal(struct {
		Results []result `json:"results"`
	}{list})
	if err != nil {
		panic(err) // a test's own numbers
	}
	return Reply{Body: string(text)}
}

func (s *Server) embeddings(w http.ResponseWriter, r *http.Request) {
	var request EmbedRequest
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	script := s.embed
	s.mu.Unlock()
	reply := Reply{}
	if script != nil {
		reply = script(request)
	} else {
		vectors := make([][]float32, len(request.Input))
		for i, text := range request.Input {
			vectors[i] = Bag(text, 64)
		}
		reply = Vectors(vectors...)
	}
	player{w, r, s.closing, Request{Header: r.Header}}.play(reply)
}

func (s *Server) reranking(w http.ResponseWriter, r *http.Request) {
	var request RerankRequest
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	script := s.rerank
	s.mu.Unlock()
	if script == nil {
		http.NotFound(w, r)
		return
	}
	player{w, r, s.closing, Request{Header: r.Header}}.play(script(request))
}
