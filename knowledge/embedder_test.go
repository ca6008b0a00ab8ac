package knowledge_test

import (
	"context"
	"errors"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"sync"

	"xiaohe/knowledge/lexical"
)

// hashEmbedder stands in for a model: a text is the sum of pseudo-random directions of its terms, and words that mean the
// same have the same direction. It is deterministic and knows exactly what it is told.
type hashEmbedder struct {
	name      string
	dimension int
	alike     *strings.Replacer // words to the word that they mean

	mu      sync.Mutex
	fail    error          // of every call, until it is nil
	refuse  string         // texts that hold it are refused, with all that come in the same call
	hang    bool           // until the caller gives up
	seen    map[string]int // how often a text was embedded
	calls   int
	onCall  func(texts []string) // before each call
	earlier map[string]*hashEmbedder
}

func newEmbedder(name string, alike ...string) *hashEmbedder {
	return &hashEmbedder{name: name, dimension: 64, alike: strings.NewReplacer(alike...), seen: map[string]int{}}
}

func (e *hashEmbedder) Model() string { return e.name }

// set changes how it behaves.
func (e *hashEmbedder) set(change func(e *hashEmbedder)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change(e)
}

func (e *hashEmbedder) times(text string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.seen[text]
}

func (e *hashEmbedder) Embed(ctx context.Context, texts []string, _ bool) ([][]float32, error) {
	e.mu.Lock()
	onCall, hang, fail, refuse := e.onCall, e.hang, e.fail, e.refuse
	e.calls++
	e.mu.Unlock()
	if onCall != nil {
		onCall(texts)
	}
	if hang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if fail != nil {
		return nil, fail
	}
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		if refuse != "" && strings.Contains(text, refuse) {
			return nil, errors.New("the text is refused")
		}
		e.mu.Lock()
		e.seen[text]++
		e.mu.Unlock()
		vectors[i] = e.vector(text)
	}
	return vectors, ctx.Err()
}

func (e *hashEmbedder) vector(text string) []float32 {
	v := make([]float32, e.dimension)
	v[0] = 0.01 // no text is without direction
	for term := range lexical.Terms(e.alike.Replace(text)) {
		h := fnv.New64a()
		h.Write([]byte(term))
		random := rand.New(rand.NewPCG(h.Sum64(), uint64(len(e.name))))
		weight := float32(1)
		if len([]rune(term)) == 1 {
			weight = 0.3
		}
		for i := range v {
			v[i] += weight * float32(random.NormFloat64())
		}
	}
	return v
}
