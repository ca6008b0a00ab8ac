package benefit

import (
	"cmp"
	"slices"
)

// Moment is a region and a day from which a rule says something of its own there.
type Moment struct {
	Region int64
	From   Day
}

// Moments lists where and when a rule, one of its local changes or a standard that it uses begins or ends, by region
// and day: between two moments of a region's chain the rule's outline there stays the same.
func (b *Book) Moments(id string) []Moment {
	rule := b.byID[id]
	if rule == nil {
		return nil
	}
	var found []Moment
	add := func(region int64, from, to Day) {
		if region != rule.Region && !below(region, rule.Region) {
			return
		}
		found = append(found, Moment{region, max(from, rule.From)})
		if to < rule.To {
			found = append(found, Moment{region, max(to+1, rule.From)})
		}
	}
	add(rule.Region, rule.From, rule.To)
	for _, o := range b.overlays {
		if o.ID == id {
			add(o.Region, o.From, o.To)
		}
	}
	used := b.standardsOf(rule)
	for _, row := range b.Rows {
		if slices.Contains(used, row.ID) {
			add(row.Region, row.From, row.To)
		}
	}
	slices.SortFunc(found, func(a, b Moment) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.From, b.From))
	})
	return slices.Compact(found)
}

// standardsOf lists the standards that a rule and its local changes speak of, and those that these are multiples of.
func (b *Book) standardsOf(rule *Rule) []string {
	var used []string
	add := func(standard string) {
		if id, _ := cutTier(standard); id != "" && !slices.Contains(used, id) {
			used = append(used, id)
		}
	}
	for _, n := range b.conditionsOf(rule) {
		n.leaves(func(leaf *Node) { add(leaf.Standard) })
	}
	entries := slices.Clone(rule.Amounts)
	for _, o := range b.overlays {
		if o.ID == rule.ID {
			entries = append(entries, o.Replace.Amounts...)
		}
	}
	for _, e := range entries {
		add(e.Standard)
		add(e.LessStd)
	}
	for i := 0; i < len(used); i++ {
		for _, row := range b.Rows {
			if row.ID == used[i] {
				add(row.Base)
			}
		}
	}
	return used
}

// Chain is a place and the regions that it lies in, itself first.
func Chain(place int64) []int64 { return chain(place) }

// ShortCode writes a place as people do: six, nine or twelve digits.
func ShortCode(place int64) string { return shortCode(place) }
