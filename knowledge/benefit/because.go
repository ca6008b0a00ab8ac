package benefit

import "slices"

// because finds a sufficient set of leaves for the verdict of a condition: with only their facts known, the verdict
// stands (BENEFITS §3.5). An undetermined condition has no reason.
func (e *evaluation) because(n *Node) []*Node {
	verdict := e.eval(n)
	if verdict == Undetermined {
		return nil
	}
	switch n.Op {
	case Ref:
		return e.because(n.Kids[0])
	case RuleIs:
		if f := e.view.rules[n.rule]; f != nil {
			return e.because(f.condition)
		}
		return nil
	case All, Any, None, AtLeast:
		return e.becauseGroup(n, verdict)
	}
	return []*Node{n}
}

func (e *evaluation) becauseGroup(n *Node, verdict Verdict) []*Node {
	one := n.Op == All && verdict == Ineligible || n.Op == Any && verdict == Eligible || n.Op == None && verdict == Ineligible
	want := verdict
	if n.Op == None {
		want = verdict.not()
	}
	need := len(n.Kids)
	if n.Op == AtLeast {
		need = n.Count
		if verdict == Ineligible {
			need = len(n.Kids) - n.Count + 1
		}
	}
	if one {
		need = 1
	}
	var candidates [][]*Node
	for _, kid := range n.Kids {
		if e.eval(kid) == want {
			candidates = append(candidates, e.because(kid))
		}
	}
	slices.SortStableFunc(candidates, func(a, b []*Node) int { return len(a) - len(b) })
	if !one && n.Op != AtLeast {
		need = len(candidates)
	}
	var found []*Node
	for _, leaves := range candidates[:min(need, len(candidates))] {
		for _, leaf := range leaves {
			if !slices.Contains(found, leaf) {
				found = append(found, leaf)
			}
		}
	}
	return found
}
