package llm

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/sashabaranov/go-openai"
)

// form is how a request asks for JSON. Endpoints differ in what they take.
type form int

const (
	bySchema form = iota // response_format json_schema
	byObject             // response_format json_object, the schema in the prompt
	byPrompt             // neither a response_format nor stream_options
)

// inForms does work in the form that the model's endpoint is known to take, or in each until one is taken. What worked
// is remembered. An endpoint that takes none is blamed, but not kept away from: it may be the text that it does not take.
func (c *Client) inForms(q *question, work func(form) error) error {
	first := bySchema
	if known, ok := c.forms.Load(q.task.model); ok {
		first = known.(form)
	}
	for f := first; ; f++ {
		err := work(f)
		if fault := (*fault)(nil); errors.As(err, &fault) && fault.form {
			if f < byPrompt {
				continue
			}
			c.chat.blame(fault)
		}
		if f > first && !errors.Is(err, ErrDown) && !errors.Is(err, ErrBusy) {
			c.forms.Store(q.task.model, f)
		}
		return err
	}
}

// asJSON is what the prompt ends with where the endpoint does not take a schema. Providers ask for the word JSON.
const asJSON = "\n\n只输出一个 JSON 对象，不要代码框，不要别的话。它要符合这个 JSON Schema：\n"

// request is the call as the library sends it: the prompt, and the data as the user's message. Nothing a model could
// call is offered.
func (q *question) request(f form) openai.ChatCompletionRequest {
	system := q.task.prompt.System
	if f > bySchema {
		system += asJSON + string(q.shape.text)
	}
	r := openai.ChatCompletionRequest{
		Model: q.task.model,
		Messages: []openai.ChatCompletionMessage{
			{Role: openai.ChatMessageRoleSystem, Content: system},
			{Role: openai.ChatMessageRoleUser, Content: q.data},
		},
		Temperature: math.SmallestNonzeroFloat32, // the library leaves a plain 0 out
		//lint:ignore SA1019 DeepSeek, Qwen and Ollama know the bound by its old name alone
		MaxTokens: q.task.limit.Tokens,
	}
	switch f {
	case bySchema:
		r.ResponseFormat = &openai.ChatCompletionResponseFormat{
			Type:       openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: string(q.job), Schema: json.RawMessage(q.shape.text), Strict: true},
		}
	case byObject:
		r.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
	}
	if openai.NewReasoningValidator().Validate(r) != nil { // models that think take neither
		r.MaxCompletionTokens, r.Temperature = 4*q.task.limit.Tokens, 0
		//lint:ignore SA1019 see above
		r.MaxTokens = 0
	}
	return r
}

// read is the text of a whole answer.
func (q *question) read(response openai.ChatCompletionResponse) (string, error) {
	if len(response.Choices) == 0 {
		return "", &fault{kind: ErrInvalid, why: "no choice"}
	}
	choice := response.Choices[0]
	if choice.FinishReason == openai.FinishReasonContentFilter || choice.Message.Refusal != "" {
		return "", &fault{kind: ErrFiltered, why: "finish"}
	}
	said := choice.Message.Content
	switch {
	case choice.FinishReason == openai.FinishReasonLength, len(said) > q.task.limit.content():
		return said, &fault{kind: ErrInvalid, why: "too long"}
	case said == "":
		return "", &fault{kind: ErrInvalid, why: "empty"}
	}
	return said, nil
}

// body is the most bytes of an answer on the wire: in a stream each token has its own envelope.
func (l Limit) body() int { return 64<<10 + l.Tokens<<10 }

// count adds the tokens of an attempt: what the endpoint says, or what they must have been about.
func (c *Client) count(q *question, r *Record, input, output int, said string) {
	if input <= 0 {
		input = estimate(q.task.prompt.System) + estimate(q.data)
	}
	if output <= 0 {
		output = estimate(said)
	}
	r.Input += input
	r.Output += output
}

// estimate is about how many tokens a text has: a Chinese character is seldom more than one, and other characters less.
func estimate(text string) int { return utf8.RuneCountInString(text) }

var errNoArray = errors.New("llm: the schema has no such array")

// noArray names a programming error: a stream of something that the prompt does not ask for.
func noArray(q *question, array string) error {
	return fmt.Errorf("%w: %s in %s", errNoArray, array, q.task.prompt.ID())
}
