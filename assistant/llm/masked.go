package llm

import (
	"xiaohe/assistant/llm/mask"
	"xiaohe/prompts"
)

// masked hides people's words in the private fields. One table serves the whole call, so that a name is the same
// placeholder everywhere; show puts the words back.
func masked(fields []prompts.Field) (hidden []prompts.Field, show func(string) string) {
	table := mask.New(prompts.PublicNumbers()...)
	for _, f := range fields {
		if f.Private {
			table.Learn(f.Text)
			table.Learn(f.List...)
		}
	}
	hidden = make([]prompts.Field, len(fields))
	for i, f := range fields {
		hidden[i] = f
		if !f.Private {
			continue
		}
		hidden[i].Text = table.Hide(f.Text)
		if f.List != nil {
			hidden[i].List = make([]string, len(f.List))
			for j, text := range f.List {
				hidden[i].List[j] = table.Hide(text)
			}
		}
	}
	return hidden, table.Show
}
