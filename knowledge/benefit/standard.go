package benefit

import "fmt"

// Resolved is a standard at a place on a day: the amounts that are possible and the rows that they rest on.
type Resolved struct {
	Interval
	Row       *Row // the local row in force, nil where none is recorded
	Floor     *Row // the highest floor in force
	Reference *Row // the latest local row that has expired, where none is in force
	Next      *Row // a row that starts within comingSoon days
	Stale     bool // the recorded local amount lies below the floor: it has surely expired
}

// comingSoon is how many days ahead a new standard is announced.
const comingSoon = 90

// Standard finds a standard for a place and a day (BENEFITS §3.3). An empty tier allows every tier. What is not
// recorded is never guessed: its amount is anything from the floor up.
func (b *Book) Standard(id, tier string, place int64, day Day) Resolved {
	r := Resolved{Interval: everything}
	for _, region := range chain(place) {
		for _, row := range b.rowsOf(id, tier, region) {
			amount := b.amountOf(row, tier, place, day)
			switch in := row.From <= day && day <= row.To; {
			case row.Floor && in && (r.Floor == nil || amount.Lo > r.Lo):
				r.Floor, r.Lo = row, amount.Lo
			case !row.Floor && in && r.Row == nil:
				r.Row = row
			case !row.Floor && row.To < day && (r.Reference == nil || row.To > r.Reference.To):
				r.Reference = row
			case !row.Floor && row.From > day && row.From <= day+comingSoon && (r.Next == nil || row.From < r.Next.From):
				r.Next = row
			}
		}
	}
	if r.Row == nil {
		return b.widen(r, id, tier, place, day)
	}
	r.Reference = nil
	local := b.localHull(r.Row, id, tier, place, day)
	if local.Hi < r.Lo {
		r.Stale = true
		return r
	}
	r.Interval = Interval{max(local.Lo, r.Lo), local.Hi}
	return b.widen(r, id, tier, place, day)
}

// localHull is the amount of the region of row: over its tiers where none was chosen.
func (b *Book) localHull(row *Row, id, tier string, place int64, day Day) Interval {
	amount := b.amountOf(row, tier, place, day)
	if tier != "" {
		return amount
	}
	for _, other := range b.rowsOf(id, "", row.Region) {
		if !other.Floor && other.From <= day && day <= other.To {
			amount = amount.hull(b.amountOf(other, "", place, day))
		}
	}
	return amount
}

// widen makes room for the regions below a place that is known only above the county.
func (b *Book) widen(r Resolved, id, tier string, place int64, day Day) Resolved {
	if !coarse(place) {
		return r
	}
	for i := range b.Rows {
		row := &b.Rows[i]
		if row.ID == id && !row.Floor && (tier == "" || row.Tier == "" || row.Tier == tier) && row.From <= day && day <= row.To && below(row.Region, place) {
			r.Interval = r.hull(b.amountOf(row, tier, row.Region, day))
		}
	}
	return r
}

// rowsOf lists the rows of a region, those of the tier before those for every tier.
func (b *Book) rowsOf(id, tier string, region int64) []*Row {
	var exact, general []*Row
	for i := range b.Rows {
		row := &b.Rows[i]
		switch {
		case row.ID != id || row.Region != region:
		case row.Tier == "":
			general = append(general, row)
		case tier == "" || row.Tier == tier:
			exact = append(exact, row)
		}
	}
	return append(exact, general...)
}

// amountOf is a row's amount; a multiple is resolved for the place that asks.
func (b *Book) amountOf(row *Row, tier string, place int64, day Day) Interval {
	if row.Base == "" {
		return row.Amount
	}
	base := b.Standard(row.Base, tier, place, day)
	return Interval{times(base.Lo, row.Times, NoRounding), times(base.Hi, row.Times, NoRounding)}
}

// overTiers resolves a standard once, or for each option of the fact that chooses the tier.
func (b *Book) overTiers(standard string, tierBy int, place int64, day Day) []Resolved {
	id, tier := cutTier(standard)
	if tierBy < 0 {
		return []Resolved{b.Standard(id, tier, place, day)}
	}
	var found []Resolved
	for _, option := range b.Dictionary.Facts[tierBy].Options {
		found = append(found, b.Standard(id, option, place, day))
	}
	return found
}

func cutTier(standard string) (id, tier string) {
	for i, c := range standard {
		if c == '.' {
			return standard[:i], standard[i+1:]
		}
	}
	return standard, ""
}

// oldAfter is how many days a row without an end may be shown without the remark that it may have changed.
const oldAfter = 365

// SinceSuffix ends the remark that says since when an amount holds.
const SinceSuffix = " 起的标准"

// warnings are what a reader must know of a standard.
func (r Resolved) warnings(day Day) []string {
	var found []string
	if row := r.Row; row != nil && !r.Stale {
		found = append(found, row.From.String()+SinceSuffix)
		if row.To == Forever && day-row.From > oldAfter {
			found = append(found, "可能已调整，请向窗口核对")
		}
		if row.Trust == "单源" || row.Trust == "推算" {
			found = append(found, "据公开报道，请以当地公布为准")
		}
	}
	if r.Stale {
		found = append(found, "收录的本地数额低于上级下限，很可能已过期")
	}
	if r.Reference != nil {
		found = append(found, "本地现行数额没有收录，"+r.reference())
	}
	if r.Row == nil && r.Reference == nil && r.Floor == nil {
		found = append(found, "这个地方的数额没有收录，请问办事窗口")
	}
	if r.Next != nil {
		found = append(found, fmt.Sprintf("%s 起改为 %s", r.Next.From, showMoney(r.Next.Amount, r.Next.Unit)))
	}
	return found
}

// reference is the last known amount, for the reader's orientation only.
func (r Resolved) reference() string {
	if r.Reference == nil {
		return ""
	}
	return fmt.Sprintf("上一标准 %s，到 %s", showMoney(r.Reference.Amount, r.Reference.Unit), r.Reference.To)
}

// showMoney writes an interval of money: 2525 元/月, 1224～2525 元/月, 不低于 625 元/年, 以当地公布为准.
func showMoney(span Interval, unit string) string {
	switch {
	case span.Hi >= Infinity && span.Lo == 0:
		return "以当地公布为准"
	case span.Hi >= Infinity:
		return "不低于 " + formatYuan(span.Lo) + " " + unit
	case span.Lo == span.Hi:
		return formatYuan(span.Lo) + " " + unit
	}
	return formatYuan(span.Lo) + "～" + formatYuan(span.Hi) + " " + unit
}
