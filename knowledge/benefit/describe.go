package benefit

import (
	"fmt"
	"strconv"
	"strings"
)

// describe says a leaf in plain words: 爸爸的情况有“在坐牢”之一. Labels are made from the node, so that text and
// logic cannot drift apart.
func (b *Book) describe(n *Node) string {
	switch n.Op {
	case Manual:
		return "要由工作人员判断：" + n.Name
	case Where:
		return n.Name
	case RuleIs:
		return "符合“" + n.Rule + "”的条件"
	case Ref:
		return n.Name
	case All, Any, None, AtLeast:
		return b.describeGroup(n)
	}
	f := b.Dictionary.Facts[n.Fact]
	w, _ := findWord(n.Word)
	return f.Label + fmt.Sprintf(w.say, b.operandText(f, n, w))
}

func (b *Book) describeGroup(n *Node) string {
	if n.Name != "" {
		return n.Name
	}
	w, _ := findWord(n.Word)
	say := w.say
	if n.Op == AtLeast {
		say = fmt.Sprintf(w.say, strconv.Itoa(n.Count))
	}
	var kids []string
	for _, kid := range n.Kids {
		kids = append(kids, b.describe(kid))
	}
	return say + "：" + strings.Join(kids, "；")
}

// operandText is what the fact is compared with.
func (b *Book) operandText(f *Fact, n *Node, w word) string {
	switch n.Op {
	case Less:
		limit := n.Limit - w.offset
		return f.show(Value{Lo: limit, Hi: limit})
	case Below:
		return n.Standard
	}
	return strings.Join(f.spoken(n.Mask), "、")
}
