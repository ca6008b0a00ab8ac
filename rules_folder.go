package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"xiaohe/knowledge"
	"xiaohe/knowledge/benefit"
)

// useRules puts the rule set of a folder in force. What is wrong with it is printed, and the one in force stays. An
// empty dir asks for nothing.
func (s *session) useRules(store *knowledge.Store, dir string) error {
	if dir == "" {
		return nil
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return &knowledge.InputError{Message: fmt.Sprintf("没有“%s”这个规则文件夹", dir)}
	}
	proposal := knowledge.Propose(os.DirFS(dir))
	s.printMistakes(proposal)
	sets, err := store.RuleSets(s)
	if err != nil {
		return err
	}
	if proposal.Book != nil && slices.ContainsFunc(sets, func(set knowledge.RuleSet) bool {
		return set.Active && set.Version == proposal.Book.Version
	}) {
		return nil
	}
	return store.Activate(s, proposal, knowledge.FromFolder, filepath.Base(dir))
}

// mistakesShown is how many mistakes are printed: one missing file leads to many.
const mistakesShown = 20

// printMistakes names the errors of a rule set and its 判例 that fail.
func (s *session) printMistakes(proposal knowledge.Proposal) {
	var lines []string
	for _, problem := range proposal.Problems {
		if problem.Severity == benefit.Error {
			lines = append(lines, problem.String())
		}
	}
	for _, failure := range proposal.Failures {
		lines = append(lines, failure.String())
	}
	for _, line := range lines[:min(len(lines), mistakesShown)] {
		fmt.Fprintln(s.err, line)
	}
	if len(lines) > mistakesShown {
		fmt.Fprintf(s.err, "……还有 %d 处。\n", len(lines)-mistakesShown)
	}
}
