package benefit

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// slip is one slip of the pen in a rule: a mutant. The precedents must tell it from the rule, or nobody would notice.
type slip struct {
	text   string // what was written wrong
	branch string // 名称 of the branch, for grouping
	line   int
	file   string

	old, new *Node                 // a node that is replaced
	entries  func([]Entry) []Entry // or 金额 that is changed
	overlay  *Overlay              // of this local change, nil for the rule itself
}

// slips lists what can go wrong with one slip in a rule and its local changes.
func (b *Book) slips(rule *Rule) []slip {
	s := slipper{book: b, seen: map[*Node]bool{}, file: rule.file, lines: b.lines()}
	s.tree(rule.Condition, "")
	s.amounts(rule.Amounts)
	for _, o := range b.overlays {
		if o.ID != rule.ID {
			continue
		}
		s.overlay, s.file = o, o.file
		for _, n := range slices.Concat(o.Widen, o.Narrow) {
			s.tree(n, "")
		}
		if o.Replace.Condition != nil {
			s.tree(o.Replace.Condition, "")
		}
		s.amounts(o.Replace.Amounts)
	}
	return s.found
}

// slipper walks through a rule and collects slips. Branches that several places refer to are visited once.
type slipper struct {
	book    *Book
	seen    map[*Node]bool
	overlay *Overlay
	file    string
	branch  string
	lines   []string // the standards that incomes are compared with
	found   []slip
}

// lines lists the standards that conditions compare with: one is easily written for the other.
func (b *Book) lines() []string {
	var found []string
	for _, rule := range b.Rules {
		for _, n := range b.conditionsOf(rule) {
			n.leaves(func(leaf *Node) {
				if leaf.Op == Below && !slices.Contains(found, leaf.Standard) {
					found = append(found, leaf.Standard)
				}
			})
		}
	}
	return found
}

func (s *slipper) add(line int, old, new *Node, format string, args ...any) {
	s.found = append(s.found, slip{text: fmt.Sprintf(format, args...), branch: s.branch, line: line, file: s.file, old: old, new: new, overlay: s.overlay})
}

func (s *slipper) tree(n *Node, branch string) {
	if s.seen[n] {
		return
	}
	s.seen[n] = true
	if n.Name != "" && n.Op <= AtLeast {
		branch = n.Name
	}
	s.branch = branch
	switch n.Op {
	case All, Any, None, AtLeast:
		s.group(n)
	case Less, OneOf, HasAny, HasAll, Below:
		s.leaf(n)
	}
	for _, kid := range n.Kids {
		s.tree(kid, branch)
		s.branch = branch
	}
}

// group swaps the word of a group and leaves out each of its parts.
func (s *slipper) group(n *Node) {
	with := func(change func(*Node)) *Node {
		copied := *n
		change(&copied)
		return &copied
	}
	several := len(n.Kids) > 1
	switch {
	case n.Op == All && several:
		s.add(n.Line, n, with(func(c *Node) { c.Op = Any }), "“全部满足”写成“任一满足”")
	case n.Op == Any && several:
		s.add(n.Line, n, with(func(c *Node) { c.Op = All }), "“任一满足”写成“全部满足”")
	case n.Op == None:
		s.add(n.Line, n, with(func(c *Node) { c.Op = Any }), "“都不满足”写成“任一满足”")
	case n.Op == AtLeast:
		for _, count := range []int{n.Count - 1, n.Count + 1} {
			if count > 0 && count <= len(n.Kids) {
				s.add(n.Line, n, with(func(c *Node) { c.Count = count }), "“至少满足”的个数写成 %d", count)
			}
		}
	}
	if !several || n.Op == AtLeast {
		return
	}
	for i, kid := range n.Kids {
		s.add(kid.Line, n, with(func(c *Node) { c.Kids = slices.Delete(slices.Clone(n.Kids), i, i+1) }), "漏了“%s”", s.book.brief(kid))
	}
}

// brief says a condition shortly.
func (b *Book) brief(n *Node) string {
	if n.Op <= AtLeast && n.Name == "" && len(n.Kids) > 0 {
		return b.brief(n.Kids[0]) + "……"
	}
	if n.Op <= AtLeast || n.Op == Ref {
		return n.Name
	}
	return b.aloud(n)
}

// leaf moves numbers by one, leaves out and adds options, turns 是 and 否 round.
func (s *slipper) leaf(n *Node) {
	f := s.book.Dictionary.Facts[n.Fact]
	with := func(change func(*Node), format string, args ...any) {
		copied := *n
		change(&copied)
		s.add(n.Line, n, &copied, "“"+s.book.aloud(n)+"”"+format, args...)
	}
	switch n.Op {
	case Less:
		for _, d := range []int64{-1, 1} {
			with(func(c *Node) { c.Limit += d }, "的数%s", map[int64]string{-1: "写小了一点", 1: "写大了一点"}[d])
		}
		with(func(c *Node) { c.Negate = !c.Negate }, "写反了")
		return
	case Below:
		with(func(c *Node) { c.Negate = !c.Negate }, "写反了")
		for _, other := range s.lines {
			if other != n.Standard {
				with(func(c *Node) { c.Standard = other }, "写成低于“%s”", other)
			}
		}
		return
	case OneOf:
		with(func(c *Node) { c.Negate = !c.Negate }, "写反了")
		if f.Type == YesNo {
			return
		}
	}
	for i, option := range f.Spoken {
		bit := uint64(1) << i
		switch {
		case n.Mask&bit == 0:
			with(func(c *Node) { c.Mask |= bit }, "多写了“%s”", option)
		case bits.OnesCount64(n.Mask) > 1:
			with(func(c *Node) { c.Mask &^= bit }, "漏了“%s”", option)
		}
	}
}

// amounts leaves out lines of 金额, turns their conditions round and changes what they are made of.
func (s *slipper) amounts(entries []Entry) {
	for i, e := range entries {
		if e.When != nil {
			s.tree(e.When, "金额")
		}
		s.branch = "金额"
		change := func(format string, args []any, edit func(*Entry)) {
			s.found = append(s.found, slip{text: fmt.Sprintf(format, args...), branch: "金额", line: e.Line, file: s.file, overlay: s.overlay,
				entries: func(old []Entry) []Entry {
					changed := slices.Clone(old)
					edit(&changed[i])
					return changed
				}})
		}
		if e.When != nil {
			s.found = append(s.found, slip{text: "漏了“" + s.book.brief(e.When) + "”这一条金额", branch: "金额", line: e.Line, file: s.file, overlay: s.overlay,
				entries: func(old []Entry) []Entry { return slices.Delete(slices.Clone(old), i, i+1) }})
		}
		if e.Form == ByFixed {
			change("金额写多了 1 元", nil, func(c *Entry) { c.Fixed.Lo += 100; c.Fixed.Hi += 100 })
		}
		for j, fact := range e.Less {
			change("补差漏减“%s”", []any{s.book.Dictionary.Facts[fact].Label}, func(c *Entry) { c.Less = slices.Delete(slices.Clone(c.Less), j, j+1) })
		}
		if other := s.book.otherTier(e.Standard); other != "" && e.TierBy < 0 {
			change("标准写成“%s”", []any{other}, func(c *Entry) { c.Standard = other })
		}
	}
}

// otherTier is another tier of a standard, empty where it has none.
func (b *Book) otherTier(standard string) string {
	id, tier, tiered := strings.Cut(standard, ".")
	for _, row := range b.Rows {
		if tiered && row.ID == id && row.Tier != "" && row.Tier != tier {
			return row.name()
		}
	}
	return ""
}

// mutant is the view in which a rule has a slip.
func (v *View) mutant(rule *Rule, index int, s slip) *View {
	book, changed := *v.book, *rule
	book.overlays = slices.Clone(v.book.overlays)
	if s.overlay == nil {
		changed.Condition = swapped(rule.Condition, s.old, s.new)
		changed.Amounts = s.in(rule.Amounts)
	}
	for i, o := range book.overlays {
		if o.ID != rule.ID {
			continue
		}
		copied := *o
		copied.Widen, copied.Narrow = swappedAll(o.Widen, s), swappedAll(o.Narrow, s)
		copied.Replace.Condition = swapped(o.Replace.Condition, s.old, s.new)
		if o == s.overlay {
			copied.Replace.Amounts = s.in(o.Replace.Amounts)
		}
		book.overlays[i] = &copied
	}
	view := &View{Places: v.Places, Day: v.Day, book: &book, rules: slices.Clone(v.rules), caps: v.caps, cuts: v.cuts}
	if f := view.freeze(&changed); f != nil {
		f.index = index
		view.rules[index] = f
	}
	return view
}

// in applies the slip to 金额.
func (s slip) in(entries []Entry) []Entry {
	if s.entries != nil {
		return s.entries(entries)
	}
	changed := slices.Clone(entries)
	for i := range changed {
		changed[i].When = swapped(changed[i].When, s.old, s.new)
	}
	return changed
}

func swappedAll(nodes []*Node, s slip) []*Node {
	changed := slices.Clone(nodes)
	for i := range changed {
		changed[i] = swapped(changed[i], s.old, s.new)
	}
	return changed
}

// swapped is a tree in which a node is replaced wherever it is referred to.
func swapped(n, old, new *Node) *Node {
	if n == nil || old == nil {
		return n
	}
	if n == old {
		return new
	}
	for i, kid := range n.Kids {
		if changed := swapped(kid, old, new); changed != kid {
			copied := *n
			copied.Kids = slices.Clone(n.Kids)
			for j := i; j < len(n.Kids); j++ {
				copied.Kids[j] = swapped(n.Kids[j], old, new)
			}
			return &copied
		}
	}
	return n
}
