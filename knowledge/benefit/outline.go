package benefit

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// Outline is what a rule says at a place on a day, whoever asks: for reading and for the search.
type Outline struct {
	Rule     *Rule
	Who      []string // conditions, all of which must be met
	Meaning  []string // what names in Who stand for: branches of the condition, standards with their amounts
	Amounts  []string
	Papers   []string
	Apply    Apply
	Times    []Step
	Sources  []Source // clauses, the condition's first
	Recheck  Day      // from here on the text may be out of date
	Doubtful bool     // an amount rests on a single report or on a computation
}

// Outline describes a rule; false where it is not in force at the view's place of the rule's kind.
func (v *View) Outline(id string) (Outline, bool) {
	f := v.find(id)
	if f == nil || !slices.Contains(chain(f.place), f.rule.Region) {
		return Outline{}, false
	}
	o := Outline{Rule: f.rule, Apply: f.apply, Times: f.times, Recheck: f.review.Next + 1}
	condition := v.localCondition(f)
	o.Who, o.Meaning = v.book.readCondition(condition)
	condition.leaves(func(leaf *Node) {
		o.cite(leaf.Basis)
		if leaf.Op == Below {
			line := leaf.Standard + "：" + v.overOptions(leaf.TierBy, v.book.overTiers(leaf.Standard, leaf.TierBy, f.place, v.Day), func(s Resolved) string {
				return o.amount(s, s.Interval, Entry{Standard: leaf.Standard}.unit(v.book))
			})
			if !slices.Contains(o.Meaning, line) {
				o.Meaning = append(o.Meaning, line)
			}
		}
	})
	for i := range f.entries {
		v.outlineAmount(&o, &f.entries[i], len(f.entries) > 1)
	}
	for _, p := range f.papers.Always {
		o.Papers = append(o.Papers, p.Name)
		o.cite(p.Basis)
	}
	for _, p := range f.papers.When {
		o.Papers = append(o.Papers, v.book.say(p.When, false)+"，还要"+strings.Join(p.Names, "、"))
		o.cite(p.Basis)
	}
	o.cite(f.apply.Basis)
	return o, true
}

func (o *Outline) cite(sources []Source) {
	for _, s := range sources {
		if !slices.Contains(o.Sources, s) {
			o.Sources = append(o.Sources, s)
		}
	}
}

// Unit is the unit of a rule's amounts, empty where it pays none: 元/月, 元/年, ….
func (b *Book) Unit(id string) string {
	if rule := b.byID[id]; rule != nil {
		return rule.Amounts[0].unit(b)
	}
	return ""
}

// localCondition is the condition as the place's own changes leave it; what regions below change is not foreseen.
func (v *View) localCondition(f *frozen) *Node {
	condition := f.rule.Condition
	regions := chain(f.place)
	for _, region := range slices.Backward(regions) {
		for _, o := range v.overlays(f.rule.ID) {
			if o.Region == region {
				condition = changed(condition, o)
			}
		}
	}
	return condition
}

// readCondition says a condition one requirement a line, and what the names of its branches mean.
func (b *Book) readCondition(n *Node) (who, meaning []string) {
	requirements := []*Node{n}
	if n.Op == All && n.Name == "" {
		requirements = n.Kids
	}
	for _, kid := range requirements {
		who = append(who, b.say(kid, false))
	}
	seen := map[string]bool{}
	var visit func(n *Node)
	visit = func(n *Node) {
		if n.Name != "" && len(n.Kids) > 0 && !seen[n.Name] && (n.Op == Ref || !n.refers()) {
			seen[n.Name] = true
			inside := n
			if n.Op == Ref {
				inside = n.Kids[0]
			}
			unnamed := *inside
			unnamed.Name = ""
			meaning = append(meaning, n.Name+"："+b.say(&unnamed, false))
		}
		for _, kid := range n.Kids {
			visit(kid)
		}
	}
	visit(n)
	return who, meaning
}

// refers tells whether a named branch is made of others, so that its name and theirs say enough.
func (n *Node) refers() bool {
	return n.Op == Ref || slices.ContainsFunc(n.Kids, (*Node).refers)
}

// say puts a condition into one sentence; a group inside another stands in brackets, a named one is only named.
func (b *Book) say(n *Node, inside bool) string {
	if n.Name != "" && len(n.Kids) > 0 {
		return n.Name
	}
	var kids []string
	for _, kid := range n.Kids {
		kids = append(kids, b.say(kid, true))
	}
	joint := ""
	switch n.Op {
	case Any:
		joint = "，或者"
	case All:
		joint = "，而且"
	case None:
		return "不能是：" + strings.Join(kids, "；")
	case AtLeast:
		return fmt.Sprintf("至少符合 %d 条：%s", n.Count, strings.Join(kids, "；"))
	default:
		return b.sayLeaf(n)
	}
	if inside && len(kids) > 1 {
		return "（" + strings.Join(kids, joint) + "）"
	}
	return strings.Join(kids, joint)
}

func (b *Book) sayLeaf(n *Node) string {
	if n.Op != Less && n.Op != OneOf && n.Op != HasAny {
		return b.describe(n)
	}
	f := b.Dictionary.Facts[n.Fact]
	if n.Op == Less {
		w, _ := findWord(n.Word)
		return f.Label + "：" + fmt.Sprintf(w.say, b.operandText(f, n, w))
	}
	options := strings.Join(f.spoken(n.Mask), "、")
	if n.Negate {
		return f.Label + "：不是" + options
	}
	if bits.OnesCount64(n.Mask) > 1 {
		options += "（有一种就算）"
	}
	return f.Label + "：" + options
}

// outlineAmount adds the line of one entry.
func (v *View) outlineAmount(o *Outline, entry *frozenEntry, several bool) {
	line := ""
	switch {
	case entry.When != nil:
		line = v.book.say(entry.When, false) + "，"
	case several:
		line = "其他情形，"
	}
	o.cite(entry.Basis)
	if entry.Standard == "" {
		line += entry.terms(o.Rule.Kind)
	} else {
		line += v.overOptions(entry.TierBy, entry.standards, func(s Resolved) string { return v.standardText(o, entry, s) })
	}
	if entry.Payee != "本人" && entry.Form != AsPublished {
		line += "（" + entry.Payee + "）"
	}
	o.Amounts = append(o.Amounts, line)
}

// overOptions says a standard once, or for each option of the fact that chooses its tier where they differ.
func (v *View) overOptions(tierBy int, standards []Resolved, say func(Resolved) string) string {
	texts := make([]string, len(standards))
	for i, s := range standards {
		texts[i] = say(s)
	}
	if tierBy < 0 || len(slices.Compact(slices.Clone(texts))) == 1 {
		return texts[0]
	}
	for i, option := range v.book.Dictionary.Facts[tierBy].Spoken {
		texts[i] = option + " " + texts[i]
	}
	return strings.Join(texts, "；")
}

// terms are the amount of an entry without a standard.
func (entry *frozenEntry) terms(kind string) string {
	switch {
	case entry.Form == ByFixed:
		return showMoney(entry.Fixed, entry.Unit)
	case entry.Form == ByItem, entry.Text != "" && (kind == "认定" || kind == "服务"):
		return entry.Text
	case entry.Text != "":
		return "以当地公布为准（" + entry.Text + "）"
	}
	return "以当地公布为准"
}

// standardText is the amount of an entry on a standard.
func (v *View) standardText(o *Outline, entry *frozenEntry, s Resolved) string {
	amount := s.Interval
	if entry.Form == ByRatio {
		amount = Interval{times(amount.Lo, entry.Ratio, entry.Rounding), times(amount.Hi, entry.Ratio, entry.Rounding)}
	}
	text := o.amount(s, amount, entry.Unit)
	if entry.Form != ByTopUp {
		return text
	}
	var less []string
	for _, fact := range entry.Less {
		less = append(less, v.book.Dictionary.Facts[fact].Label)
	}
	if entry.LessStd != "" {
		less = append(less, entry.LessStd)
	}
	return "按差额补：" + text + "，减去" + strings.Join(less, "、")
}

// amount says an amount that rests on a standard, with the day from which it holds or the last one that is known.
func (o *Outline) amount(s Resolved, amount Interval, unit string) string {
	text := showMoney(amount, unit)
	switch row := s.Row; {
	case row != nil && !s.Stale:
		o.cite([]Source{row.Source})
		o.Doubtful = o.Doubtful || row.Trust == "单源" || row.Trust == "推算"
		if row.To == Forever {
			o.Recheck = min(o.Recheck, row.From+oldAfter+1)
		}
		if amount.Hi < Infinity {
			text += "（" + row.From.String() + " 起的标准）"
		}
	case s.Reference != nil:
		text += "（" + s.reference() + "）"
	}
	return text
}
