package benefit

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// Trace is a condition as it was decided: it mirrors the tree, with the value of each fact and the clauses.
type Trace struct {
	Text    string   `json:"text"`    // 孩子几岁小于 18 岁
	Verdict string   `json:"verdict"` // eligible, undetermined, ineligible
	Value   string   `json:"value"`   // of the fact: 10 岁; empty for groups
	Sources []Source `json:"sources"`
	Kids    []Trace  `json:"kids"`
}

// Explanation is everything that decided one benefit for one child.
type Explanation struct {
	Item  Item  `json:"item"`
	Trace Trace `json:"trace"`
}

// Explain traces the decision on a benefit; ok is false where no rule for it is in force.
func (v *View) Explain(id string, c *Case) (x Explanation, ok bool) {
	item, ok := v.Item(c, id)
	if !ok {
		return Explanation{}, false
	}
	e := v.evaluation(v.resolve(c))
	return Explanation{item, v.trace(e, v.find(id).condition)}, true
}

func (v *View) trace(e *evaluation, n *Node) Trace {
	t := Trace{Verdict: e.eval(n).Code(), Sources: n.Basis, Kids: []Trace{}}
	if t.Sources == nil {
		t.Sources = []Source{}
	}
	switch n.Op {
	case All, Any, None, AtLeast:
		t.Text = v.book.heading(n)
		for _, kid := range n.Kids {
			t.Kids = append(t.Kids, v.trace(e, kid))
		}
	case Ref:
		inner := v.trace(e, n.Kids[0])
		t.Text, t.Kids = n.Name, []Trace{inner}
		if len(inner.Kids) > 0 && inner.Text == n.Name {
			t.Kids = inner.Kids
		}
	case RuleIs:
		t.Text = v.book.describe(n)
		if f := v.rules[n.rule]; f != nil {
			t.Kids = append(t.Kids, v.trace(e, f.condition))
		}
	default:
		t.Text = v.book.aloud(n)
		if n.Op >= Less && n.Op <= Below {
			t.Value = v.valueText(e, n.Fact)
		}
	}
	return t
}

// valueText is what is known of a fact, in plain words.
func (v *View) valueText(e *evaluation, fact int) string {
	f := v.book.Dictionary.Facts[fact]
	value := e.values[fact]
	if value == f.domain() {
		return "还不知道"
	}
	if f.Type == Multi && !f.known(value) && value.In != 0 {
		return f.show(value) + "，别的还不知道"
	}
	return f.show(value)
}

// aloud says a leaf: 孩子几岁：小于 18 岁.
func (b *Book) aloud(n *Node) string {
	if n.Op < Less || n.Op > Below {
		return b.describe(n)
	}
	f := b.Dictionary.Facts[n.Fact]
	if n.Op == HasAny && bits.OnesCount64(n.Mask) == 1 {
		return f.Label + "：有“" + f.spoken(n.Mask)[0] + "”"
	}
	w, _ := findWord(n.Word)
	return f.Label + "：" + fmt.Sprintf(w.say, b.operandText(f, n, w))
}

// heading is what a group says before its parts: its own name, or its word. Groups that a local change made have no
// word of their own.
func (b *Book) heading(n *Node) string {
	if n.Name != "" {
		return n.Name
	}
	for _, w := range vocabulary {
		if w.kind == group && w.op == n.Op {
			return strings.ReplaceAll(w.say, "%s", strconv.Itoa(n.Count))
		}
	}
	return ""
}

var marks = map[string]string{Eligible.Code(): "✓", Ineligible.Code(): "✗", Undetermined.Code(): "？"}

// Lines writes a trace as an indented list.
func (t Trace) Lines() []string {
	line := marks[t.Verdict] + " " + t.Text
	if t.Value != "" {
		line += " —— " + t.Value
	}
	lines := []string{line + cited(t.Sources)}
	for _, kid := range t.Kids {
		for _, text := range kid.Lines() {
			lines = append(lines, "  "+text)
		}
	}
	return lines
}

// Lines writes an explanation for a terminal: verdict, amount, reasons, the whole tree, what is missing and what
// would change it.
func (x Explanation) Lines() []string {
	item := x.Item
	lines := []string{item.ID + "：" + verdictText(item.Verdict)}
	if text := item.money(); text != "" {
		lines = append(lines, "金额："+text)
	}
	for _, reason := range item.Because {
		mark := "✗"
		if reason.Met {
			mark = "✓"
		}
		lines = append(lines, "因为："+mark+" "+reason.Text+cited(reason.Sources))
	}
	for _, m := range item.Missing {
		lines = append(lines, "还缺："+m.Label+"（"+m.Fact+"）")
	}
	for _, change := range item.Changes {
		lines = append(lines, "会改变："+change)
	}
	for _, warning := range item.Warnings {
		lines = append(lines, "留意："+warning)
	}
	return append(append(lines, "逐条："), x.Trace.Lines()...)
}

// verdictText is a verdict as people read it, from its code.
func verdictText(code string) string {
	v, _ := ParseVerdict(code)
	return v.String()
}

func cited(sources []Source) string {
	if len(sources) == 0 {
		return ""
	}
	return " 〔" + sourcesText(sources) + "〕"
}
