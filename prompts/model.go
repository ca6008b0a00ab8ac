package prompts

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed model/*.md model/*.json
var models embed.FS

// Prompt asks a language model for one thing. What it says is fixed: users' words and documents reach the model as JSON
// data beside it, never as part of it.
type Prompt struct {
	Name    string
	Version int    `yaml:"version"`
	Purpose string `yaml:"purpose"`
	System  string `yaml:"-"`
	Schema  []byte `yaml:"-"` // JSON Schema of the answer
}

// ID names a prompt and its version, as it is stored with what came of it: prose@3.
func (p Prompt) ID() string { return fmt.Sprintf("%s@%d", p.Name, p.Version) }

// ForModel reads a prompt: model/NAME.md, with its version in the front matter, and model/NAME.json, the schema of its
// answer.
func ForModel(name string) (Prompt, error) {
	text, err := models.ReadFile("model/" + name + ".md")
	if err != nil {
		return Prompt{}, fmt.Errorf("read prompt: %w", err)
	}
	p := Prompt{Name: name}
	head, body, found := bytes.Cut(bytes.TrimPrefix(text, []byte("---\n")), []byte("\n---\n"))
	if !found {
		return Prompt{}, fmt.Errorf("prompt %s has no front matter", name)
	}
	if err := yaml.Unmarshal(head, &p); err != nil {
		return Prompt{}, fmt.Errorf("front matter of prompt %s: %w", name, err)
	}
	if p.Version < 1 {
		return Prompt{}, fmt.Errorf("prompt %s has no version", name)
	}
	p.System = strings.TrimSpace(string(body))
	if p.Schema, err = models.ReadFile("model/" + name + ".json"); err != nil {
		return Prompt{}, fmt.Errorf("read schema: %w", err)
	}
	return p, nil
}

// Field is one piece of data for a model: a text, or a list of texts where List is not nil. Private texts are people's
// words: they are masked before they leave the machine.
type Field struct {
	Name    string
	Text    string
	List    []string
	Private bool
}

// Data renders fields as the JSON object that a prompt speaks of. Marks that model servers read as the end of a turn or
// the beginning of another are taken apart, so that no text can pose as one.
func Data(fields ...Field) (string, error) {
	var b strings.Builder
	b.WriteByte('{')
	for i, f := range fields {
		var value any = neutral(f.Text)
		if f.List != nil {
			list := make([]string, len(f.List))
			for j, text := range f.List {
				list[j] = neutral(text)
			}
			value = list
		}
		name, err := json.Marshal(f.Name)
		if err != nil {
			return "", err
		}
		text, err := json.Marshal(value) // escapes < > & too
		if err != nil {
			return "", err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%s:%s", name, text)
	}
	b.WriteByte('}')
	return b.String(), nil
}
