package assistant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"xiaohe/assistant/llm"
	"xiaohe/knowledge"
	"xiaohe/prompts"
)

// Questioner has a language model write lay questions for clauses. It is the knowledge's way to a model.
type Questioner struct {
	model  *llm.Client
	prompt string
}

// NewQuestioner returns nil where no model writes questions.
func NewQuestioner(model *llm.Client) (*Questioner, error) {
	if !model.Has(llm.Questions) {
		return nil, nil
	}
	prompt, err := prompts.ForModel(string(llm.Questions))
	if err != nil {
		return nil, fmt.Errorf("questions for clauses: %w", err)
	}
	return &Questioner{model: model, prompt: prompt.ID()}, nil
}

// Prompt implements knowledge.Questioner.
func (q *Questioner) Prompt() string { return q.prompt }

// Questions implements knowledge.Questioner. A clause that the model refuses or answers badly has none; any other error
// means that the model is not to be had now.
func (q *Questioner) Questions(ctx context.Context, title, clause, body string) (questions []string, model string, err error) {
	answer, err := q.model.Answer(ctx, llm.Call{Job: llm.Questions, Fields: []prompts.Field{
		{Name: "title", Text: title}, {Name: "clause", Text: clause}, {Name: "text", Text: body},
	}})
	switch {
	case errors.Is(err, llm.ErrInvalid), errors.Is(err, llm.ErrFiltered):
		return nil, "", fmt.Errorf("%w: %w", knowledge.ErrNoQuestions, err)
	case err != nil:
		return nil, "", err
	}
	var said struct{ Questions []string }
	if err := json.Unmarshal(answer.JSON, &said); err != nil {
		return nil, "", fmt.Errorf("%w: %w", knowledge.ErrNoQuestions, err)
	}
	return said.Questions, answer.Model, nil
}
