package llm

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/sashabaranov/go-openai"
)

// Stream asks for one object and gives each element of its top-level array as soon as it is complete, valid by the
// schema's items and with the masked words put back. An element that is not valid is left out, and at the end the call
// fails with ErrInvalid; so it does, or with ErrDown, when the stream breaks off: what was given stands. An error of
// each ends the stream and is returned as it is. No attempt follows the first element. With an error comes who was asked,
// for the record of what was given.
func (c *Client) Stream(ctx context.Context, call Call, array string, each func(element json.RawMessage) error) (Answer, error) {
	q, err := c.prepare(call)
	if err != nil {
		return Answer{}, err
	}
	items := q.shape.items(array)
	if items == nil {
		return Answer{}, noArray(q, array)
	}
	began, r := time.Now(), q.record()
	s := &reading{question: q, client: c, record: &r, began: began, array: array, items: items, each: each}
	err = c.drip(ctx, s)
	said := Answer{Prompt: q.task.prompt.ID(), Model: q.task.model}
	if s.refused != nil {
		c.done(r, began, ErrStopped)
		return said, s.refused
	}
	c.done(r, began, err)
	if err != nil {
		return said, err
	}
	said.JSON = shown(s.text, q.show)
	return said, nil
}

// reading is a stream under way.
type reading struct {
	*question
	client *Client
	record *Record
	began  time.Time
	array  string
	items  *jsonschema.Schema
	each   func(json.RawMessage) error

	late    *time.Timer // until the first element must be there; nil: no limit
	given   int         // elements
	dropped int         // elements that were not valid
	refused error       // what each returned
	text    []byte      // of the whole object
}

// drip streams within the limits of the job and the budget.
func (c *Client) drip(ctx context.Context, s *reading) error {
	ctx, cancel := context.WithTimeout(ctx, s.task.limit.Whole)
	defer cancel()
	settle, err := c.budget.reserve(ctx, s.owner, estimate(s.task.prompt.System)+estimate(s.data))
	if err != nil {
		return err
	}
	defer func() { settle(s.record.Attempts, s.record.Input+s.record.Output) }()
	leave, err := c.chat.enter(ctx, s.background())
	if err != nil {
		return err
	}
	defer leave()
	for chance := 0; ; chance++ {
		err := c.inForms(s.question, func(f form) error {
			return c.chat.call(ctx, s.task.limit.body(), &s.record.Attempts, func(ctx context.Context, x *exchange) error { return s.attempt(ctx, x, f) })
		})
		if err == nil || chance > 0 || !errors.Is(err, ErrInvalid) || s.given > 0 || ctx.Err() != nil {
			return err
		}
	}
}

// attempt is one stream. It is cut off when the first element takes too long; after that no other attempt follows: what
// was given cannot be taken back.
func (s *reading) attempt(ctx context.Context, x *exchange, f form) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if first := s.task.limit.First; first > 0 {
		s.late = time.AfterFunc(first-time.Since(s.began), func() {
			cancel(&fault{kind: ErrDown, why: "time limit of the first element"})
		})
		defer s.late.Stop()
	}
	err := s.receive(ctx, x, f)
	if err == nil {
		return nil
	}
	why := (*fault)(nil)
	if !errors.As(context.Cause(ctx), &why) {
		why = fold(ctx, x, err)
	}
	if s.given > 0 {
		why.again, why.form = false, false
	}
	return why
}

// receive reads one stream to its end.
func (s *reading) receive(ctx context.Context, x *exchange, f form) error {
	request := s.request(f)
	if f < byPrompt {
		request.StreamOptions = &openai.StreamOptions{IncludeUsage: true}
	}
	stream, err := s.client.chat.api.CreateChatCompletionStream(ctx, request)
	if err != nil {
		return err
	}
	defer stream.Close()
	if s.record.First == 0 {
		s.record.First = x.answered.Sub(s.began)
	}
	var input, output int
	reader := newElements(s.array)
	defer func() { s.client.count(s.question, s.record, input, output, string(reader.text)) }()
	var finish openai.FinishReason
	for {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return s.end(reader, finish)
		}
		if err != nil {
			return err
		}
		if chunk.Usage != nil {
			input, output = chunk.Usage.PromptTokens, chunk.Usage.CompletionTokens
		}
		if len(chunk.Choices) == 0 {
			continue
		}
		choice := chunk.Choices[0]
		if choice.FinishReason != "" {
			finish = choice.FinishReason
		}
		if finish == openai.FinishReasonContentFilter || choice.Delta.Refusal != "" {
			return &fault{kind: ErrFiltered, why: "finish"}
		}
		if err := reader.write(choice.Delta.Content, s.give); err != nil {
			return err
		}
		if len(reader.text) > s.task.limit.content() {
			return &fault{kind: ErrInvalid, why: "endless"}
		}
	}
}

// give hands an element on, if it is sound.
func (s *reading) give(element json.RawMessage) error {
	if valid(s.items, element) != nil {
		s.dropped++
		return nil
	}
	s.given++
	if s.late != nil {
		s.late.Stop()
	}
	if err := s.each(shown(element, s.show)); err != nil {
		s.refused = err
		return &fault{kind: ErrStopped, why: "given up"}
	}
	return nil
}

// end judges the whole object. Where its faults are small and nothing was given yet, it is mended and given now.
func (s *reading) end(reader *elements, finish openai.FinishReason) error {
	text := reader.whole()
	switch {
	case text == nil && finish == "":
		return &fault{kind: ErrDown, why: "broke off", again: true}
	case finish == openai.FinishReasonLength && text == nil:
		return &fault{kind: ErrInvalid, why: "too long"}
	case text == nil || !json.Valid(text):
		mended, err := object(string(reader.text))
		if err != nil {
			return invalid(err)
		}
		if err := s.giveAll(mended); err != nil {
			return err
		}
		text = mended
	}
	if err := valid(s.shape.schema, text); err != nil {
		return invalid(err)
	}
	s.text = text
	return nil
}

// giveAll gives the elements of a mended object. Where some were given as they came, those were all of them.
func (s *reading) giveAll(mended []byte) error {
	if err := valid(s.shape.schema, mended); err != nil {
		return invalid(err)
	}
	var fields map[string]json.RawMessage
	var list []json.RawMessage
	if json.Unmarshal(mended, &fields) != nil || json.Unmarshal(fields[s.array], &list) != nil {
		return &fault{kind: ErrInvalid, why: "no array"}
	}
	if came := s.given + s.dropped; came > 0 {
		if came != len(list) {
			return &fault{kind: ErrInvalid, why: "mixed"}
		}
		return nil
	}
	for _, element := range list {
		if err := s.give(element); err != nil {
			return err
		}
	}
	return nil
}
