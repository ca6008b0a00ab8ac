package llm

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"xiaohe/prompts"
)

// Client asks one endpoint. It is safe for concurrent use; nil means that there is no model.
type Client struct {
	options Options
	chat    *endpoint
	jobs    map[Job]*task
	forms   sync.Map // model → form: what the endpoint has turned out to take
	shapes  *shapes
	cache   *cache
	budget  *budget
	meter   *meter
}

// task is a job that has a model.
type task struct {
	model  string
	prompt prompts.Prompt
	shape  *shape
	limit  Limit
}

// New returns a client; without a URL nil, which is a client without a model. Errors are of settings: ErrURL,
// ErrUnsafeURL, ErrNoModel, ErrUnknownJob.
func New(o Options) (*Client, error) {
	if o.URL == "" {
		return nil, nil
	}
	if err := o.Check(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	address, err := Endpoint(o.URL)
	if err != nil {
		return nil, err
	}
	c := &Client{options: o, chat: newEndpoint("chat", address, o.Key, o.Concurrency, o.Open, o.Logger), jobs: map[Job]*task{},
		shapes: newShapes(), cache: newCache(), budget: newBudget(o)}
	for _, job := range Jobs {
		if o.model(job) == "" {
			continue
		}
		prompt, err := prompts.ForModel(string(job))
		if err != nil {
			return nil, fmt.Errorf("job %s: %w", job, err)
		}
		shape, err := compile(prompt.Schema)
		if err != nil {
			return nil, fmt.Errorf("prompt %s: %w", prompt.ID(), err)
		}
		c.jobs[job] = &task{model: o.model(job), prompt: prompt, shape: shape, limit: o.limit(job)}
	}
	c.meter, err = newMeter(o.Registry, c.chat)
	return c, err
}

// Has tells whether a job has a model. It says nothing of whether the endpoint answers.
func (c *Client) Has(job Job) bool { return c != nil && c.jobs[job] != nil }

// Close ends the background work; calls that are under way end by themselves.
func (c *Client) Close() {
	if c != nil {
		c.budget.close()
		c.chat.close()
	}
}

// Report is the state of the endpoint; nil without a model.
func (c *Client) Report() []State {
	if c == nil {
		return nil
	}
	s := c.chat.state()
	s.Masked, s.Tokens, s.Limit = !c.options.Local, c.budget.today(), c.options.DailyTokens
	for _, job := range Jobs {
		if task := c.jobs[job]; task != nil {
			s.Jobs = append(s.Jobs, Work{job, task.model})
		}
	}
	return []State{s}
}

// cached jobs give the same answer to the same question: a child who sends a message twice does not pay twice.
var cached = map[Job]bool{Extraction: true, Rewriting: true, Opinion: true}

// Answer asks for one JSON object: repaired where the fault is small, valid by the schema, with the masked words put
// back. It ends within the job's limit; the errors are those of this package.
func (c *Client) Answer(ctx context.Context, call Call) (Answer, error) {
	q, err := c.prepare(call)
	if err != nil {
		return Answer{}, err
	}
	var text []byte
	if cached[call.Job] {
		text, err = c.remembered(ctx, q)
	} else {
		text, err = c.recorded(ctx, q)
	}
	if err != nil {
		return Answer{}, err
	}
	return Answer{JSON: shown(text, q.show), Prompt: q.task.prompt.ID(), Model: q.task.model}, nil
}

// recorded asks and writes down what it came to.
func (c *Client) recorded(ctx context.Context, q *question) ([]byte, error) {
	began, r := time.Now(), q.record()
	text, err := c.ask(ctx, q, &r)
	c.done(r, began, err)
	return text, err
}

// remembered is recorded, once for the same question.
func (c *Client) remembered(ctx context.Context, q *question) ([]byte, error) {
	text, fresh, err := c.cache.get(ctx, q.key, func(ctx context.Context) ([]byte, error) { return c.recorded(ctx, q) })
	if !fresh && err == nil {
		c.meter.count(q.record(), "cached")
	}
	return text, err
}

// question is a call made ready: what is sent, and what is needed to read the answer.
type question struct {
	job   Job
	task  *task
	shape *shape
	parts bool // the answer is held to the job's own shape, which is wider
	owner string
	data  string // masked
	show  func(string) string
	key   [sha256.Size]byte
}

func (q *question) record() Record {
	return Record{Job: q.job, Model: q.task.model, Prompt: q.task.prompt.ID(), Owner: q.owner}
}

// background tells whether nobody waits for the answer.
func (q *question) background() bool { return q.job == Questions }

// prepare masks and renders a call. Where the endpoint is known to be down it does neither.
func (c *Client) prepare(call Call) (*question, error) {
	if !c.Has(call.Job) {
		return nil, ErrOff
	}
	task := c.jobs[call.Job]
	q := &question{job: call.Job, task: task, shape: task.shape, parts: call.Parts, owner: call.Owner, show: func(s string) string { return s }}
	if c.chat.isOpen() {
		c.meter.count(q.record(), "down")
		return nil, ErrDown
	}
	if call.Schema != nil {
		var err error
		if q.shape, err = c.shapes.get(call.Schema); err != nil {
			return nil, err
		}
	}
	fields := call.Fields
	if !c.options.Local {
		fields, q.show = masked(fields)
	}
	data, err := prompts.Data(fields...)
	if err != nil {
		return nil, fmt.Errorf("render %s: %w", task.prompt.ID(), err)
	}
	q.data = data
	q.key = keyOf(task.model, task.prompt.ID(), string(q.shape.text), strconv.FormatBool(q.parts), data)
	return q, nil
}

// keyOf is the hash of texts with their lengths, so that no two lists of texts have one key.
func keyOf(texts ...string) [sha256.Size]byte {
	var form []byte
	for _, text := range texts {
		form = binary.BigEndian.AppendUint64(form, uint64(len(text)))
		form = append(form, text...)
	}
	return sha256.Sum256(form)
}

// ask asks for one object and checks it. An answer that is not what was asked for gets one more chance.
func (c *Client) ask(ctx context.Context, q *question, r *Record) (text []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, q.task.limit.Whole)
	defer cancel()
	settle, err := c.budget.reserve(ctx, q.owner, estimate(q.task.prompt.System)+estimate(q.data))
	if err != nil {
		return nil, err
	}
	defer func() { settle(r.Attempts, r.Input+r.Output) }()
	leave, err := c.chat.enter(ctx, q.background())
	if err != nil {
		return nil, err
	}
	defer leave()
	for chance := 0; ; chance++ {
		if text, err = c.once(ctx, q, r); err == nil || chance > 0 || !errors.Is(err, ErrInvalid) || ctx.Err() != nil {
			return text, err
		}
	}
}

// once is one answer, whatever attempts it takes.
func (c *Client) once(ctx context.Context, q *question, r *Record) (text []byte, err error) {
	err = c.inForms(q, func(f form) error {
		return c.chat.call(ctx, q.task.limit.body(), &r.Attempts, func(ctx context.Context, _ *exchange) error {
			request := q.request(f)
			response, err := c.chat.api.CreateChatCompletion(ctx, request)
			if err != nil {
				return err
			}
			said, err := q.read(response)
			c.count(q, r, response.Usage.PromptTokens, response.Usage.CompletionTokens, said)
			if err != nil {
				return err
			}
			text, err = q.checked(said)
			return err
		})
	})
	return text, err
}

// checked is what a model said as JSON that is valid by the schema.
func (q *question) checked(said string) ([]byte, error) {
	text, err := object(said)
	if err != nil {
		return nil, invalid(err)
	}
	held := q.shape
	if q.parts {
		held = q.task.shape
	}
	if err := valid(held.schema, text); err != nil {
		return nil, invalid(err)
	}
	return text, nil
}

// invalid makes a fault of an ErrInvalid.
func invalid(err error) error {
	return &fault{kind: ErrInvalid, why: strings.TrimPrefix(err.Error(), ErrInvalid.Error()+": ")}
}

// done writes down what a call came to.
func (c *Client) done(r Record, began time.Time, err error) {
	r.Outcome = outcome(err)
	r.Took = time.Since(began)
	c.meter.observe(r)
	if r.Attempts > 0 {
		c.options.Record(r)
	}
}

// outcome is the word of a Record.
func outcome(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, ErrBusy):
		return "busy"
	case errors.Is(err, ErrBudget):
		return "budget"
	case errors.Is(err, ErrFiltered):
		return "filtered"
	case errors.Is(err, ErrInvalid):
		return "invalid"
	case errors.Is(err, ErrStopped), errors.Is(err, context.Canceled):
		return "stopped"
	}
	return "down"
}
