package handoff

import (
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// china is the time zone of all working hours: one for the whole country, without summer time.
var china = time.FixedZone("CST", 8*60*60)

// horizon is how many days working time is looked for. A region that never works within it has a mistake in its
// calendar; deadlines then run on the wall clock, since a deadline that never comes would leave somebody waiting.
const horizon = 400

// shift is a stretch of work on a day, as time since its midnight in China.
type shift struct{ opens, closes time.Duration }

// period is a shift on a certain day: [from, to).
type period struct{ from, to time.Time }

// calendar is when a region works. Its shifts of a day are in order and do not touch.
type calendar struct {
	week [7][]shift         // by time.Weekday
	days map[string][]shift // by date, as 2006-01-02: holidays (none) and days that are worked instead
}

// office is the calendar of a country in which nobody has entered another: Monday to Friday, nine to five.
func office() calendar {
	var c calendar
	for day := time.Monday; day <= time.Friday; day++ {
		c.week[day] = []shift{{9 * time.Hour, 17 * time.Hour}}
	}
	return c
}

// merge orders shifts and joins those that overlap or touch.
func merge(shifts []shift) []shift {
	shifts = slices.Clone(shifts)
	slices.SortFunc(shifts, func(a, b shift) int { return int(a.opens - b.opens) })
	var merged []shift
	for _, s := range shifts {
		if last := len(merged) - 1; last >= 0 && s.opens <= merged[last].closes {
			merged[last].closes = max(merged[last].closes, s.closes)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

// midnight is the beginning of t's day in China, n days later.
func midnight(t time.Time, n int) time.Time {
	y, m, d := t.In(china).Date()
	return time.Date(y, m, d+n, 0, 0, 0, 0, china)
}

// periods returns the work of the day that begins at the midnight given.
func (c calendar) periods(midnight time.Time) []period {
	shifts, special := c.days[midnight.Format(time.DateOnly)]
	if !special {
		shifts = c.week[midnight.Weekday()]
	}
	all := make([]period, len(shifts))
	for i, s := range shifts {
		all[i] = period{midnight.Add(s.opens), midnight.Add(s.closes)}
	}
	return all
}

// later is the moment at which d of working time has passed since t.
func (c calendar) later(t time.Time, d time.Duration) time.Time {
	if d <= 0 {
		return t
	}
	left := d
	for n := range horizon {
		for _, p := range c.periods(midnight(t, n)) {
			from := latest(p.from, t)
			if work := p.to.Sub(from); work >= left {
				return from.Add(left)
			} else if work > 0 {
				left -= work
			}
		}
	}
	return t.Add(d)
}

// earlier is the moment from which d of working time passes until t.
func (c calendar) earlier(t time.Time, d time.Duration) time.Time {
	if d <= 0 {
		return t
	}
	left := d
	for n := range horizon {
		for _, p := range slices.Backward(c.periods(midnight(t, -n))) {
			to := earliest(p.to, t)
			if work := to.Sub(p.from); work >= left {
				return to.Add(-left)
			} else if work > 0 {
				left -= work
			}
		}
	}
	return t.Add(-d)
}

// close is the end of the first period that begins at t or after it.
func (c calendar) close(t time.Time) time.Time {
	for n := range horizon {
		for _, p := range c.periods(midnight(t, n)) {
			if !p.from.Before(t) {
				return p.to
			}
		}
	}
	return t.Add(24 * time.Hour)
}

// daysLater is the same time of day on the n-th day of work after t's, moved into that day's hours.
func (c calendar) daysLater(t time.Time, n int) time.Time {
	found := 0
	for ahead := 1; ahead <= horizon && found < n; ahead++ {
		day := midnight(t, ahead)
		periods := c.periods(day)
		if len(periods) == 0 {
			continue
		}
		if found++; found == n {
			return within(periods, day.Add(t.Sub(midnight(t, 0))))
		}
	}
	return t.AddDate(0, 0, n)
}

// within moves t to the nearest later moment of the periods of a day, or to the last closing.
func within(periods []period, t time.Time) time.Time {
	for _, p := range periods {
		if !t.After(p.to) {
			return latest(p.from, t)
		}
	}
	return periods[len(periods)-1].to
}

// add moves t by an interval of the ladder: its days are days of work, its hours are working time.
func (c calendar) add(t time.Time, by pgtype.Interval) time.Time {
	t = c.daysLater(t, int(by.Days+30*by.Months))
	if d := time.Duration(by.Microseconds) * time.Microsecond; d < 0 {
		return c.earlier(t, -d)
	} else {
		return c.later(t, d)
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
