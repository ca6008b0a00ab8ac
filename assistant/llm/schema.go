package llm

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// shape is a schema ready to check answers.
type shape struct {
	text   []byte
	schema *jsonschema.Schema
}

func compile(text []byte) (*shape, error) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	const name = "answer.json"
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(jsonschema.SchemeURLLoader{}) // a schema stands alone: nothing is read from files or the network
	if err := compiler.AddResource(name, document); err != nil {
		return nil, fmt.Errorf("add schema: %w", err)
	}
	schema, err := compiler.Compile(name)
	if err != nil {
		return nil, fmt.Errorf("compile schema: %w", err)
	}
	return &shape{text: text, schema: schema}, nil
}

// items is the shape of the elements of a top-level array.
func (s *shape) items(array string) *jsonschema.Schema {
	field := resolved(resolved(s.schema).Properties[array])
	switch {
	case field == nil:
		return nil
	case field.Items2020 != nil:
		return field.Items2020
	}
	one, _ := field.Items.(*jsonschema.Schema)
	return one
}

// resolved follows references.
func resolved(s *jsonschema.Schema) *jsonschema.Schema {
	for s != nil && s.Ref != nil {
		s = s.Ref
	}
	return s
}

// valid checks a text against a schema; nil fits everything. The error says where, never what.
func valid(schema *jsonschema.Schema, text []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("%w: not JSON", ErrInvalid)
	}
	if schema == nil {
		return nil
	}
	if err := schema.Validate(value); err != nil {
		return fmt.Errorf("%w: at %s", ErrInvalid, place(err))
	}
	return nil
}

// place is the keyword of the schema that an answer breaks, such as /properties/level/maximum.
func place(err error) string {
	failure, ok := err.(*jsonschema.ValidationError)
	if !ok {
		return "?"
	}
	for len(failure.Causes) > 0 {
		failure = failure.Causes[0]
	}
	_, path, _ := strings.Cut(failure.SchemaURL, "#")
	return path + "/" + strings.Join(failure.ErrorKind.KeywordPath(), "/")
}
