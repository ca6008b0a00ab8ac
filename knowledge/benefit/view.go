package benefit

import (
	"slices"

	lru "github.com/hashicorp/golang-lru/v2"
)

// View is a rule set frozen for the places of a child and a day: local changes applied, standards resolved.
// It is immutable and safe for concurrent use.
type View struct {
	Places Places
	Day    Day

	book  *Book
	rules []*frozen // by index in Benefits; nil where no rule is in force
	caps  []fencing
	cuts  [][]int64 // of each number fact: where a rule changes its mind

	usual *usual
}

// usual is how likely each benefit is for any family at this place, by what is known of the child's age. It is safe
// for concurrent use.
type usual struct {
	known *lru.Cache[usualKey, []float64]
}

type usualKey [len(agesAndStages)]Value

// cachedUsuals is how many ages and stages a view keeps.
const cachedUsuals = 64

func newUsual() *usual {
	known, _ := lru.New[usualKey, []float64](cachedUsuals) // fails only for a size below one
	return &usual{known}
}

// fencing is the upper end that a standard sets to a fact (上限标准).
type fencing struct {
	fact int
	hi   int64
}

// frozen is one rule at a place on a day.
type frozen struct {
	rule      *Rule
	index     int
	place     int64
	condition *Node
	entries   []frozenEntry
	elsewhere [][]frozenEntry // amounts of local changes below a place that is not known precisely
	papers    Papers
	apply     Apply
	times     []Step
	sources   []Source
	review    Review
}

// frozenEntry is a line of 金额 with its standards resolved, one for each tier.
type frozenEntry struct {
	Entry
	standards []Resolved
	less      Resolved
}

// At freezes the rules for places and a day.
func (b *Book) At(places Places, day Day) *View {
	key := viewKey{places, day}
	if v, ok := b.views.Get(key); ok {
		return v
	}
	v := &View{book: b, Places: places, Day: day, usual: newUsual(), rules: make([]*frozen, len(Benefits))}
	for _, rule := range b.Rules {
		if f := v.freeze(rule); f != nil {
			f.index = slices.Index(Benefits, rule.ID)
			v.rules[f.index] = f
		}
	}
	for i, f := range b.Dictionary.Facts {
		if f.CapBy != "" {
			id, tier := cutTier(f.CapBy)
			if s := b.Standard(id, tier, places.of("户籍地"), day); s.Hi < Infinity {
				v.caps = append(v.caps, fencing{i, s.Hi})
			}
		}
	}
	v.cuts = v.findCuts()
	b.views.Add(key, v)
	return v
}

// Book is the rule set that the view was made from.
func (v *View) Book() *Book { return v.book }

func (v *View) freeze(rule *Rule) *frozen {
	place := v.Places.of(rule.By)
	if v.Day < rule.From || v.Day > rule.To {
		return nil
	}
	condition := rule.Condition
	if !slices.Contains(chain(place), rule.Region) {
		if !coarse(place) || !below(rule.Region, place) {
			return nil
		}
		condition = &Node{Op: All, Kids: []*Node{condition, v.where(rule)}}
	}
	f := &frozen{rule: rule, place: place, papers: rule.Papers, apply: rule.Apply, times: rule.Times,
		sources: rule.Sources, review: rule.Review}
	entries := rule.Amounts
	regions := chain(place)
	for _, region := range slices.Backward(regions) {
		for _, o := range v.overlays(rule.ID) {
			if o.Region != region {
				continue
			}
			condition = changed(condition, o)
			if o.Replace.Amounts != nil {
				entries = o.Replace.Amounts
			}
			f.adopt(o)
		}
	}
	condition = v.foresee(rule, condition, place, f)
	f.condition = v.bind(condition, place)
	if v.Day > f.review.Next+withheldAfter {
		entries, f.elsewhere = withheld(entries, v.book), nil
	}
	f.entries = v.bindEntries(entries, place)
	return f
}

// withheldAfter is how many days after a missed review the amounts of a rule are no longer shown (BENEFITS §2.4).
const withheldAfter = 180

// withheld stands for amounts that nobody has compared with their source for too long.
func withheld(entries []Entry, b *Book) []Entry {
	last := entries[len(entries)-1]
	return []Entry{{Form: AsPublished, TierBy: -1, Unit: last.unit(b), Payee: last.Payee, Text: "这条规则很久没有核对，金额请问窗口", Basis: last.Basis}}
}

// overlays lists the changes of a rule in force on the day.
func (v *View) overlays(id string) []*Overlay {
	var found []*Overlay
	for _, o := range v.book.overlays {
		if o.ID == id && o.From <= v.Day && v.Day <= o.To {
			found = append(found, o)
		}
	}
	return found
}

// changed applies a local change to a condition: replace first, then add people, then take people away.
func changed(condition *Node, o *Overlay) *Node {
	if o.Replace.Condition != nil {
		condition = o.Replace.Condition
	}
	if len(o.Widen) > 0 {
		condition = &Node{Op: Any, Kids: append([]*Node{condition}, o.Widen...)}
	}
	if len(o.Narrow) > 0 {
		condition = &Node{Op: All, Kids: append([]*Node{condition}, o.Narrow...)}
	}
	return condition
}

// adopt takes over the sections that a local change replaces, and its sources.
func (f *frozen) adopt(o *Overlay) {
	if o.Replace.Papers != nil {
		f.papers = *o.Replace.Papers
	}
	if o.Replace.Apply != nil {
		f.apply = *o.Replace.Apply
	}
	if o.Replace.Times != nil {
		f.times = o.Replace.Times
	}
	f.sources = append(slices.Clip(f.sources), o.Sources...)
	if o.Review.Next < f.review.Next {
		f.review = o.Review
	}
}

// foresee leaves open what a more precise place could change, so that naming the county never flips a verdict.
func (v *View) foresee(rule *Rule, condition *Node, place int64, f *frozen) *Node {
	if !coarse(place) {
		return condition
	}
	for _, o := range v.overlays(rule.ID) {
		if !below(o.Region, place) {
			continue
		}
		if o.Replace.Condition != nil {
			// Either the one or the other: where both agree it is decided, elsewhere the place decides.
			other := changed(condition, &Overlay{Replace: o.Replace})
			condition = &Node{Op: Any, Kids: []*Node{
				{Op: All, Kids: []*Node{condition, other}},
				{Op: All, Kids: []*Node{{Op: Any, Kids: []*Node{condition, other}}, v.where(rule)}}}}
		}
		if len(o.Widen) > 0 {
			some := &Node{Op: Any, Kids: o.Widen}
			condition = &Node{Op: Any, Kids: []*Node{condition, {Op: All, Kids: []*Node{some, v.where(rule)}}}}
		}
		if len(o.Narrow) > 0 {
			every := &Node{Op: All, Kids: o.Narrow}
			condition = &Node{Op: All, Kids: []*Node{condition, {Op: Any, Kids: []*Node{every, v.where(rule)}}}}
		}
		if o.Replace.Amounts != nil {
			f.elsewhere = append(f.elsewhere, v.bindEntries(o.Replace.Amounts, o.Region))
		}
	}
	return condition
}

// where is the leaf that stands for "it depends on the county". Its fact is the place that the rule goes by.
func (v *View) where(rule *Rule) *Node {
	i, ok := v.book.Dictionary.byName["孩子."+rule.By]
	if !ok {
		i = -1
	}
	return &Node{Op: Where, Fact: i, Name: "这要看孩子的" + rule.By + "在哪个县（市、区）"}
}

// bind copies a condition where it speaks of standards and resolves them.
func (v *View) bind(n *Node, place int64) *Node {
	if n == nil {
		return nil
	}
	if n.Op == Below {
		copied := *n
		for _, s := range v.book.overTiers(n.Standard, n.TierBy, place, v.Day) {
			copied.bounds = append(copied.bounds, s.Interval)
		}
		return &copied
	}
	var copied *Node
	for i, kid := range n.Kids {
		if bound := v.bind(kid, place); bound != kid {
			if copied == nil {
				c := *n
				c.Kids = slices.Clone(n.Kids)
				copied = &c
			}
			copied.Kids[i] = bound
		}
	}
	if copied != nil {
		return copied
	}
	return n
}

func (v *View) bindEntries(entries []Entry, place int64) []frozenEntry {
	var found []frozenEntry
	for _, e := range entries {
		f := frozenEntry{Entry: e}
		f.When = v.bind(e.When, place)
		if e.Standard != "" {
			f.standards = v.book.overTiers(e.Standard, e.TierBy, place, v.Day)
		}
		if e.LessStd != "" {
			id, tier := cutTier(e.LessStd)
			f.less = v.book.Standard(id, tier, place, v.Day)
		}
		if f.Unit == "" {
			f.Unit = e.unit(v.book)
		}
		found = append(found, f)
	}
	return found
}

// resolve draws the conclusions from a case and fences what standards limit.
func (v *View) resolve(c *Case) []Value {
	values := c.resolve(v.Day)
	for _, fence := range v.caps {
		if values[fence.fact].Lo <= fence.hi {
			values[fence.fact].Hi = min(values[fence.fact].Hi, fence.hi)
		}
	}
	return values
}

// findCuts collects the numbers at which a comparison changes its verdict.
func (v *View) findCuts() [][]int64 {
	cuts := make([][]int64, len(v.book.Dictionary.Facts))
	note := func(n *Node) {
		n.leaves(func(leaf *Node) {
			switch leaf.Op {
			case Less:
				cuts[leaf.Fact] = append(cuts[leaf.Fact], leaf.Limit)
			case Below:
				for _, bound := range leaf.bounds {
					if bound.Hi < Infinity {
						cuts[leaf.Fact] = append(cuts[leaf.Fact], bound.Lo, bound.Hi)
					}
				}
			}
		})
	}
	for _, f := range v.rules {
		if f == nil {
			continue
		}
		note(f.condition)
		for _, e := range f.entries {
			if e.When != nil {
				note(e.When)
			}
		}
	}
	for _, f := range v.book.Dictionary.Facts {
		if f.Gate != nil {
			note(f.Gate)
		}
	}
	for i := range cuts {
		slices.Sort(cuts[i])
		cuts[i] = slices.Compact(cuts[i])
	}
	return cuts
}
