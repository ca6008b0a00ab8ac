package benefit

import (
	"fmt"
	"slices"
	"testing"
)

func TestPrecedentsShowEveryVerdictAndBothSidesOfEveryCondition(t *testing.T) {
	t.Parallel()
	b := seed(t)
	verdicts := map[string]bool{}
	seen := map[*Node][3]bool{}
	for _, p := range b.Precedents {
		c, err := b.Case(p.Known)
		if err != nil {
			t.Fatal(err)
		}
		v := b.At(p.Places, p.Day)
		e := v.evaluation(v.resolve(c))
		for id, verdict := range p.Verdicts {
			verdicts[fmt.Sprint(id, verdict)] = true
			if v.find(id) == nil {
				continue
			}
			for _, n := range b.conditionsOf(b.byID[id]) {
				watch(e, n, v, v.find(id).place, seen)
			}
		}
	}
	for _, rule := range b.Rules {
		for _, verdict := range []Verdict{Eligible, Ineligible, Undetermined} {
			if !verdicts[fmt.Sprint(rule.ID, verdict)] && !(verdict == Eligible && leftToJudgement(rule)) {
				t.Errorf("%s: no precedent for %s", rule.ID, verdict)
			}
		}
		for _, n := range b.conditionsOf(rule) {
			n.leaves(func(leaf *Node) {
				if s := seen[leaf]; leaf.Op != Manual && (!s[Eligible] || !s[Ineligible]) {
					t.Errorf("%s line %d: %s met %v, not met %v", rule.ID, leaf.Line, b.aloud(leaf), s[Eligible], s[Ineligible])
				}
			})
		}
	}
}

// leftToJudgement tells whether a rule always needs somebody's judgement, so that no family is sure to get it.
func leftToJudgement(rule *Rule) bool {
	return rule.Condition.Op == All && slices.ContainsFunc(rule.Condition.Kids, func(n *Node) bool { return n.Op == Manual })
}

// watch notes how each leaf is decided.
func watch(e *evaluation, n *Node, v *View, place int64, seen map[*Node][3]bool) {
	n.leaves(func(leaf *Node) {
		s := seen[leaf]
		s[e.eval(v.bind(leaf, place))] = true
		seen[leaf] = s
	})
}
