package benefit

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity tells whether a problem keeps a rule set from being used.
type Severity uint8

// An error keeps the rule set out; a warning is for the officer to look at.
const (
	Error Severity = iota
	Warning
)

func (s Severity) String() string { return [...]string{"错误", "提醒"}[s] }

// Problem is a mistake in a file, in words for the officer who wrote it.
type Problem struct {
	File     string
	Line     int
	Severity Severity
	Text     string
}

func (p Problem) String() string {
	return fmt.Sprintf("%s:%d: %s：%s", p.File, p.Line, p.Severity, p.Text)
}

// Failed tells whether any of the problems is an error.
func Failed(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == Error })
}

func sortProblems(problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return slices.Compact(problems)
}
