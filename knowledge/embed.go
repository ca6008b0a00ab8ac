package knowledge

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Embedder turns texts into vectors that lie near each other where the texts mean something alike. Calls may come from
// many goroutines.
type Embedder interface {
	// Model names all that makes vectors comparable: the endpoint's model with its prefixes.
	Model() string
	// Embed returns one vector a text, in order, all of one dimension. query says how the texts are embedded: as what
	// people ask, or as passages. It ends with ctx and sets itself no shorter limit.
	Embed(ctx context.Context, texts []string, query bool) ([][]float32, error)
}

// Reverter is an Embedder whose endpoint may still have the model of an earlier setting.
type Reverter interface {
	// Revert returns the embedder of what Model was once; false where it cannot.
	Revert(model string) (Embedder, bool)
}

const (
	queryWithin  = 800 * time.Millisecond // for the vectors of a question: then the search goes on lexically
	queryCache   = 2000                   // vectors of questions that are kept
	embeddedText = 2000                   // characters of a text that are embedded
	probeText    = "困境儿童"                 // embedded to learn the dimension, and whether the endpoint answers
)

// meaning is the dense side of a store.
type meaning struct {
	embedder Embedder
	queries  *lru.Cache[[sha256.Size]byte, []float32] // by generation and text; a text is kept as its hash alone

	mu       sync.Mutex
	down     time.Time    // since when the endpoint has not answered; zero while it does
	failures map[int]bool // generations whose building failed the last time
}

// UseEmbedder gives the store a dense leg. It is to be called before the first search; nil leaves the store as it is.
func (s *Store) UseEmbedder(e Embedder) {
	if e == nil {
		return
	}
	cache, err := lru.New[[sha256.Size]byte, []float32](queryCache)
	if err != nil {
		panic(err) // the size is above nought
	}
	s.meaning = &meaning{embedder: e, queries: cache, failures: map[int]bool{}}
}

// errOtherModel is returned where the endpoint cannot make vectors that compare with those of a generation.
var errOtherModel = errors.New("the endpoint does not have the generation's model")

// of finds the embedder of a model, which may be that of an earlier setting.
func (m *meaning) of(model string) (Embedder, error) {
	if m.embedder.Model() == model {
		return m.embedder, nil
	}
	if r, ok := m.embedder.(Reverter); ok {
		if e, ok := r.Revert(model); ok {
			return e, nil
		}
	}
	return nil, errOtherModel
}

// embed calls an embedder, checks what it returns, makes the vectors of unit length, and notes whether it answered.
func (m *meaning) embed(ctx context.Context, e Embedder, texts []string, query bool) ([][]float32, error) {
	short := make([]string, len(texts))
	for i, text := range texts {
		short[i] = text
		if r := []rune(text); len(r) > embeddedText {
			short[i] = string(r[:embeddedText])
		}
	}
	vectors, err := e.Embed(ctx, short, query)
	if err == nil {
		err = checkVectors(vectors, len(texts))
	}
	m.note(ctx, err)
	if err != nil {
		if ctx.Err() != nil {
			err = errors.Join(ctx.Err(), err)
		}
		return nil, fmt.Errorf("embed %d texts: %w", len(texts), err)
	}
	units := make([][]float32, len(vectors))
	for i, v := range vectors {
		units[i] = unit(v)
	}
	return units, nil
}

// note remembers whether the endpoint answers. A caller that has gone says nothing about it.
func (m *meaning) note(ctx context.Context, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case err == nil:
		m.down = time.Time{}
	case errors.Is(ctx.Err(), context.Canceled):
	case m.down.IsZero():
		m.down = time.Now()
	}
}

// downSince is zero while the endpoint answers.
func (m *meaning) downSince() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.down
}

// Embeddings says in a word how the model for vectors is: empty where none is connected, ok, or down since when.
func (s *Store) Embeddings() string {
	if s.meaning == nil {
		return ""
	}
	if down := s.meaning.downSince(); !down.IsZero() {
		return "down since " + down.UTC().Format(time.RFC3339)
	}
	return "ok"
}

// checkVectors refuses what cannot be compared.
func checkVectors(vectors [][]float32, n int) error {
	if len(vectors) != n {
		return fmt.Errorf("%d vectors for %d texts", len(vectors), n)
	}
	for _, v := range vectors {
		if len(v) == 0 || len(v) != len(vectors[0]) {
			return errors.New("vectors of different dimensions")
		}
		length := 0.0
		for _, x := range v {
			length += float64(x) * float64(x)
		}
		if !(length > 0) || math.IsInf(length, 0) { // also where it is not a number
			return errors.New("a vector without direction")
		}
	}
	return nil
}

// unit is a vector of length 1 with the direction of v.
func unit(v []float32) []float32 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	length := math.Sqrt(sum)
	out := make([]float32, len(v))
	for i, x := range v {
		out[i] = float32(float64(x) / length)
	}
	return out
}

// questions embeds what is searched for by the model of a generation, within queryWithin.
func (m *meaning) questions(ctx context.Context, g generation, texts []string) ([][]float32, error) {
	e, err := m.of(g.model)
	if err != nil {
		return nil, err
	}
	vectors, keys := make([][]float32, len(texts)), make([][sha256.Size]byte, len(texts))
	var missing []string
	for i, text := range texts {
		keys[i] = sha256.Sum256([]byte(strconv.Itoa(g.id) + "\x00" + text))
		if v, ok := m.queries.Get(keys[i]); ok {
			vectors[i] = v
		} else {
			missing = append(missing, text)
		}
	}
	if len(missing) == 0 {
		return vectors, nil
	}
	ctx, cancel := context.WithTimeout(ctx, queryWithin)
	defer cancel()
	fresh, err := m.embed(ctx, e, missing, true)
	if err != nil {
		return nil, err
	}
	if len(fresh[0]) != g.dimension {
		return nil, errOtherModel // under the same name
	}
	for i := range vectors {
		if vectors[i] == nil {
			vectors[i], fresh = fresh[0], fresh[1:]
			m.queries.Add(keys[i], vectors[i])
		}
	}
	return vectors, nil
}
