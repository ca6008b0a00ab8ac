package benefit

import "math/bits"

// Op is what a node of a condition does. The words that officers write are in vocabulary.go.
type Op uint8

// Groups, comparisons and special leaves.
const (
	All     Op = iota // 全部满足
	Any               // 任一满足
	None              // 都不满足
	AtLeast           // 至少满足
	Less              // 小于, 不超过, 大于, 至少
	OneOf             // 属于, 不属于, 等于, 是
	HasAny            // 含任一
	HasAll            // 含全部
	Below             // 低于标准
	Ref               // 引用
	RuleIs            // 规则
	Manual            // 人工
	Where             // the place is not known precisely enough: written by nobody, made by View
)

// Node is a condition tree. It is immutable once its book is loaded.
type Node struct {
	Op     Op
	Name   string  // 名称 of a branch, 引用 of a reference, 说明 of 人工
	Kids   []*Node // groups; Ref has one
	Count  int     // AtLeast
	Fact   int
	Limit  int64  // Less: the fact is below it
	Mask   uint64 // choices
	Negate bool   // 至少 and 大于 are Less turned round, 不属于 is OneOf turned round
	Word   string // the comparison as it was written
	Basis  []Source

	Standard string // Below
	TierBy   int    // Below: the fact that chooses the tier, -1 for none
	bounds   []Interval

	Rule string // RuleIs: the id
	rule int

	Line int
}

// Source is a clause that something rests on.
type Source struct {
	Document string `json:"document"`
	Number   string `json:"number"`
	Clause   string `json:"clause"`
	URL      string `json:"url"`
	Seen     string `json:"seen"` // how the document was seen: 官方, 全文副本, 节选副本, 节选, 摘录, 报道
}

// verdictsUnknown marks a rule whose verdict has not been computed.
const verdictUnknown Verdict = 255

// evaluation is one run of the rules over one set of facts. rules remembers raw verdicts, for 规则 leaves.
type evaluation struct {
	view   *View
	values []Value
	rules  []Verdict
}

func (e *evaluation) eval(n *Node) Verdict {
	switch n.Op {
	case All:
		result := Eligible
		for _, kid := range n.Kids {
			if result = min(result, e.eval(kid)); result == Ineligible {
				break
			}
		}
		return result
	case Any, None:
		result := Ineligible
		for _, kid := range n.Kids {
			if result = max(result, e.eval(kid)); result == Eligible {
				break
			}
		}
		if n.Op == None {
			return result.not()
		}
		return result
	case AtLeast:
		return e.atLeast(n)
	case Ref:
		return e.eval(n.Kids[0])
	case RuleIs:
		return e.raw(n.rule)
	case Manual, Where:
		return Undetermined
	}
	return compare(n, e.values)
}

func (e *evaluation) atLeast(n *Node) Verdict {
	met, open := 0, 0
	for _, kid := range n.Kids {
		switch e.eval(kid) {
		case Eligible:
			met++
		case Undetermined:
			open++
		}
	}
	return verdictOf(met >= n.Count, met+open < n.Count)
}

// compare decides a comparison leaf from the possible values of its fact. A fact without any possible value, since
// what was said contradicts itself, decides nothing.
func compare(n *Node, values []Value) Verdict {
	v := values[n.Fact]
	if v.Lo > v.Hi || v.In&v.Out != 0 || n.Op == OneOf && ^v.Out&n.all() == 0 {
		return Undetermined
	}
	var result Verdict
	switch n.Op {
	case Less:
		result = verdictOf(v.Hi < n.Limit, v.Lo >= n.Limit)
	case OneOf:
		result = verdictOf(^v.Out&^n.Mask&n.all() == 0, ^v.Out&n.Mask == 0)
	case HasAny:
		result = verdictOf(v.In&n.Mask != 0, n.Mask&^v.Out == 0)
	case HasAll:
		result = verdictOf(n.Mask&^v.In == 0, n.Mask&v.Out != 0)
	case Below:
		b := n.bound(values)
		result = verdictOf(v.Hi < b.Lo, v.Lo >= b.Hi)
	}
	if n.Negate {
		return result.not()
	}
	return result
}

// all is the set of options that the fact of a OneOf leaf has; Limit holds their number.
func (n *Node) all() uint64 {
	if n.Limit == 64 {
		return ^uint64(0)
	}
	return 1<<n.Limit - 1
}

// bound is the standard of a Below leaf: over the tiers that are still possible.
func (n *Node) bound(values []Value) Interval {
	if n.TierBy < 0 {
		return n.bounds[0]
	}
	bound, first := Interval{}, true
	for open := (uint64(1)<<len(n.bounds) - 1) &^ values[n.TierBy].Out; open != 0; open &= open - 1 {
		b := n.bounds[bits.TrailingZeros64(open)]
		if first {
			bound, first = b, false
		} else {
			bound = bound.hull(b)
		}
	}
	if first {
		return everything
	}
	return bound
}

// raw is the verdict of a rule alone, before relations.
func (e *evaluation) raw(rule int) Verdict {
	if e.rules[rule] == verdictUnknown {
		e.rules[rule] = Undetermined // a cycle cannot pass the loader; this ends it if one does
		e.rules[rule] = e.view.rawOf(e, rule)
	}
	return e.rules[rule]
}

// leaves calls f for every leaf below n, through references.
func (n *Node) leaves(f func(*Node)) {
	if len(n.Kids) == 0 {
		f(n)
		return
	}
	for _, kid := range n.Kids {
		kid.leaves(f)
	}
}
