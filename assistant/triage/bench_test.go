package triage_test

import (
	"testing"

	"xiaohe/assistant/triage"
)

// BenchmarkAssess reads the development messages, one an operation.
func BenchmarkAssess(b *testing.B) {
	tr := newTriage(b)
	items := development(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		tr.Assess(triage.Input{Text: items[i%len(items)].Text})
	}
}
