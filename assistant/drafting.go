package assistant

import (
	"context"

	"github.com/google/uuid"

	"xiaohe/assistant/handoff"
	"xiaohe/assistant/llm"
	"xiaohe/assistant/summary"
)

// Summarises tells whether a model drafts summaries for workers.
func (a *Assistant) Summarises() bool { return a.models.Has(llm.Summary) }

// Summarise has a model draft a summary of what a family has said in a conversation.
func (a *Assistant) Summarise(ctx context.Context, conv uuid.UUID, said []handoff.Utterance) (summary.Draft, error) {
	return summary.Compose(ctx, a.models, conv, said)
}
