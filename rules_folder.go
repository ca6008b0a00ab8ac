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
	for _, problem := range proposal.Problems {
		if problem.Severity == benefit.Error {
			fmt.Fprintln(s.err, problem)
		}
	}
	for _, failure := range proposal.Failures {
		fmt.Fprintln(s.err, failure)
	}
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
