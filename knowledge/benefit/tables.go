package benefit

import (
	"cmp"
	"slices"
)

// Changes lists the local changes of a rule, in the order of their files.
func (b *Book) Changes(id string) []*Overlay {
	var found []*Overlay
	for _, o := range b.overlays {
		if o.ID == id {
			found = append(found, o)
		}
	}
	return found
}

// Standards lists the rows of the standards that a rule and its local changes use, by standard, tier, region and day.
func (b *Book) Standards(id string) []Row {
	rule := b.byID[id]
	if rule == nil {
		return nil
	}
	used := b.standardsOf(rule)
	var rows []Row
	for _, row := range b.Rows {
		if slices.Contains(used, row.ID) {
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(x, y Row) int {
		return cmp.Or(cmp.Compare(slices.Index(used, x.ID), slices.Index(used, y.ID)), cmp.Compare(x.Tier, y.Tier),
			cmp.Compare(x.Region, y.Region), cmp.Compare(x.From, y.From))
	})
	return rows
}

// Text is the amount of a row: 2525 元/月, 不低于 625 元/年, 城乡低保 × 1.5.
func (r Row) Text() string {
	text := showMoney(r.Amount, r.Unit)
	if r.Base != "" {
		text = r.Base + " × " + decimal(r)
	}
	if r.Floor {
		text = "不低于 " + text
	}
	return text
}

// decimal is the multiple of a row as people write it.
func decimal(r Row) string {
	digits, _ := r.Times.FloatPrec()
	return r.Times.FloatString(digits)
}
