package benefit

import (
	"fmt"
	"time"
)

// Day is a calendar day, counted from 1970-01-01. Rules know no clock and no time zone.
type Day int32

// ParseDay reads YYYY-MM-DD.
func ParseDay(text string) (Day, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fmt.Errorf("日期“%s”写错了，要写成 2026-03-01 这样", text)
	}
	return DayOf(t.Year(), t.Month(), t.Day()), nil
}

// DayOf is the day of a calendar date.
func DayOf(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// Date is the day as a calendar date.
func (d Day) Date() (year int, month time.Month, day int) { return d.time().Date() }

func (d Day) time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

func (d Day) String() string { return d.time().Format(time.DateOnly) }

// years are the full years from birth to d, by the calendar: on the 18th birthday it is 18. Who was born on
// 29 February has the birthday on 1 March in other years.
func years(birth, d Day) int64 {
	by, bm, bd := birth.Date()
	y, m, day := d.Date()
	age := int64(y - by)
	if m < bm || m == bm && day < bd {
		age--
	}
	return age
}
