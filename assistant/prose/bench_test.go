package prose_test

import (
	"strings"
	"testing"

	"xiaohe/assistant/llm"
	"xiaohe/assistant/prose"
)

// BenchmarkDown is what a turn costs more where the model is known to be down: the task is made, and nothing is asked.
func BenchmarkDown(b *testing.B) {
	told := task()
	for range 7 {
		p := told.Frame.Passages[0]
		p.Text = strings.Repeat(p.Text, 12)
		told.Frame.Passages = append(told.Frame.Passages, p)
	}
	for b.Loop() {
		prose.Compose(b.Context(), said{err: llm.ErrDown}, told)
	}
}

// BenchmarkSentence is a checked sentence on its way, with all that is made ready for the first.
func BenchmarkSentence(b *testing.B) {
	told := task()
	for b.Loop() {
		prose.Compose(b.Context(), said{sentences: []sentence{amount, asked}}, told)
	}
}
