package llm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/sashabaranov/go-openai"

	"xiaohe/prompts"
)

// Vectors says how texts become vectors. Models that want questions and passages apart take prefixes or two names.
type Vectors struct {
	Connection
	QueryModel    string // for questions; empty: Model
	QueryPrefix   string
	PassagePrefix string
}

// Embedder turns texts into vectors with an OpenAI-compatible endpoint.
type Embedder struct {
	*connected
	options Vectors
	small   *atomic.Bool // the endpoint takes no large batches
}

const (
	largeBatch  = 64       // texts of one request
	smallBatch  = 10       // what Qwen's endpoint takes
	embedAnswer = 32 << 20 // bytes
)

// NewEmbedder returns an embedder; without a URL nil.
func NewEmbedder(o Vectors) (*Embedder, error) {
	if o.URL == "" {
		return nil, nil
	}
	c, err := o.open("embed")
	if err != nil {
		return nil, err
	}
	return &Embedder{connected: c, options: o, small: &atomic.Bool{}}, nil
}

// Model names what makes vectors comparable: the model, and what differs from it for questions and passages.
func (e *Embedder) Model() string { return e.options.identity() }

// identity is the model and, quoted, what is set beside it: e5-small query="query: " passage="passage: ".
func (o Vectors) identity() string {
	id := o.Model
	for _, part := range []struct{ name, value string }{
		{"query-model", o.QueryModel}, {"query", o.QueryPrefix}, {"passage", o.PassagePrefix},
	} {
		if part.value != "" {
			id += " " + part.name + "=" + strconv.Quote(part.value)
		}
	}
	return id
}

// Revert returns the embedder of an earlier setting at the same endpoint; false where the name is not one of Model's.
func (e *Embedder) Revert(model string) (*Embedder, bool) {
	o := e.options
	o.QueryModel, o.QueryPrefix, o.PassagePrefix = "", "", ""
	var rest string
	o.Model, rest, _ = strings.Cut(model, " ")
	for rest != "" {
		name, value, found := strings.Cut(rest, "=")
		if !found {
			return nil, false
		}
		quoted, err := strconv.QuotedPrefix(value)
		if err != nil {
			return nil, false
		}
		text, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, false
		}
		switch name {
		case "query-model":
			o.QueryModel = text
		case "query":
			o.QueryPrefix = text
		case "passage":
			o.PassagePrefix = text
		default:
			return nil, false
		}
		rest = strings.TrimPrefix(value[len(quoted):], " ")
	}
	return &Embedder{connected: e.connected, options: o, small: e.small}, o.Model != "" && o.identity() == model
}

// Dimension asks for one vector to see how long it is.
func (e *Embedder) Dimension(ctx context.Context) (int, error) {
	vectors, err := e.Embed(ctx, []string{"困境儿童"}, false)
	if err != nil {
		return 0, err
	}
	return len(vectors[0]), nil
}

// Embed returns one vector a text, in order, all of one length. Questions are people's words: they are masked unless
// the endpoint is local. It ends with ctx and sets itself no shorter limit. The errors are those of this package;
// ErrInvalid and ErrFiltered mean that the endpoint will not take these texts.
func (e *Embedder) Embed(ctx context.Context, texts []string, query bool) (vectors [][]float32, err error) {
	job, model, prefix := embedPassage, e.options.Model, e.options.PassagePrefix
	if query {
		job, prefix = embedQuestion, e.options.QueryPrefix
		model = cmp.Or(e.options.QueryModel, model)
	}
	err = e.ask(ctx, Record{Job: job, Model: model}, !query, func(r *Record) error {
		if query {
			texts = e.hidden(texts)
		}
		prefixed := make([]string, len(texts))
		for i, text := range texts {
			prefixed[i] = prefix + text
		}
		vectors, err = e.batches(ctx, r, prefixed)
		return err
	})
	if err != nil {
		return nil, err
	}
	return vectors, nil
}

// batches embeds any number of texts. A large batch that the endpoint does not take is tried in small ones; when those
// are taken, large ones are sent no more.
func (e *Embedder) batches(ctx context.Context, r *Record, texts []string) ([][]float32, error) {
	size := largeBatch
	if e.small.Load() {
		size = smallBatch
	}
	vectors := make([][]float32, 0, len(texts))
	for len(texts) > 0 {
		n := min(len(texts), size)
		part, err := e.batch(ctx, r, texts[:n])
		if errors.Is(err, ErrInvalid) && n > smallBatch {
			size = smallBatch
			continue
		}
		if err != nil {
			return nil, err
		}
		if size == smallBatch && n == smallBatch {
			e.small.Store(true)
		}
		vectors, texts = append(vectors, part...), texts[n:]
	}
	return vectors, check(vectors)
}

// hidden masks questions.
func (e *Embedder) hidden(texts []string) []string {
	if e.options.Local {
		return texts
	}
	fields, _ := masked([]prompts.Field{{List: texts, Private: true}})
	return fields[0].List
}

// batch is one request.
func (e *Embedder) batch(ctx context.Context, r *Record, texts []string) (vectors [][]float32, err error) {
	err = e.at.call(ctx, embedAnswer, &r.Attempts, func(ctx context.Context, x *exchange) error {
		response, err := e.at.api.CreateEmbeddings(ctx, openai.EmbeddingRequestStrings{
			Input: texts, Model: openai.EmbeddingModel(r.Model), EncodingFormat: openai.EmbeddingEncodingFormatFloat,
		})
		if err != nil {
			return refusedTexts(fold(ctx, x, err))
		}
		r.Input += response.Usage.PromptTokens
		vectors, err = ordered(response.Data, len(texts))
		return err
	})
	return vectors, err
}

// refusedTexts: a request that an endpoint finds bad here is one with texts that it does not take.
func refusedTexts(f *fault) error {
	if f.form {
		f.kind, f.form = ErrInvalid, false
	}
	return f
}

// ordered brings vectors into the order of their texts; each text must have one.
func ordered(data []openai.Embedding, n int) ([][]float32, error) {
	if len(data) != n {
		return nil, &fault{kind: ErrInvalid, why: fmt.Sprintf("%d vectors for %d texts", len(data), n)}
	}
	vectors := make([][]float32, n)
	for _, d := range data {
		if d.Index < 0 || d.Index >= n || vectors[d.Index] != nil || len(d.Embedding) == 0 {
			return nil, &fault{kind: ErrInvalid, why: "vectors out of order"}
		}
		vectors[d.Index] = d.Embedding
	}
	return vectors, nil
}

var errVectors = errors.New("vectors of different lengths, or with what is no number")

func check(vectors [][]float32) error {
	for _, v := range vectors {
		if len(v) != len(vectors[0]) {
			return fmt.Errorf("%w: %w", ErrInvalid, errVectors)
		}
		for _, x := range v {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				return fmt.Errorf("%w: %w", ErrInvalid, errVectors)
			}
		}
	}
	return nil
}
