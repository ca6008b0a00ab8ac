package handoff

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Opening is when a region works, as it was entered.
type Opening struct {
	Week []Hours // from Monday on
	Of   *string // prefix of the region for which the week was entered; nil: for none, the week is the usual one
	Days []DayOf // that are unlike the others, from a day on
}

// DayOf is a day that is unlike the others, and the prefix of the region for which that was entered.
type DayOf struct {
	Day
	Of string
}

// Opening returns when the region of a prefix works from a day on. ErrNotFound: there is no such region.
func (s *Store) Opening(ctx context.Context, prefix string, from time.Time) (o Opening, err error) {
	err = s.readAlike(ctx, func(tx pgx.Tx) error {
		var code string
		err := tx.QueryRow(ctx, `SELECT r.code, `+hoursOf+` FROM regions r WHERE r.prefix = $1`, prefix).Scan(&code, &o.Of)
		if err == pgx.ErrNoRows {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		c, err := readCalendar(ctx, tx, code, from)
		if err != nil {
			return err
		}
		o.Week = c.hours()
		o.Days, err = readDays(ctx, tx, code, from)
		return err
	})
	if err != nil {
		return Opening{}, fmt.Errorf("read opening hours: %w", err)
	}
	return o, nil
}

// hours lists the week from Monday on.
func (c calendar) hours() (week []Hours) {
	for n := 1; n <= 7; n++ {
		day := time.Weekday(n % 7)
		for _, s := range c.week[day] {
			week = append(week, Hours{day, s.opens, s.closes})
		}
	}
	return week
}

// hoursOf is the nearest region, from region r upwards, that has hours of its own.
const hoursOf = `(SELECT h.region_prefix FROM working_hours h WHERE starts_with(r.code, h.region_prefix) ORDER BY length(h.region_prefix) DESC LIMIT 1)`

// readCalendar reads when a region works, around and after a time. The week is that of the region or of the nearest
// one above it that has hours of its own; of a day that is unlike the others the nearest region's word counts.
func readCalendar(ctx context.Context, tx pgx.Tx, region string, from time.Time) (calendar, error) {
	c := office()
	rows, err := tx.Query(ctx, `SELECT weekday, opens, closes FROM working_hours WHERE region_prefix =
		(SELECT `+hoursOf+` FROM regions r WHERE r.code = $1)`, region)
	if err != nil {
		return c, fmt.Errorf("read working hours: %w", err)
	}
	var (
		weekday       int
		opens, closes pgtype.Time
		week          [7][]shift
		entered       bool
	)
	_, err = pgx.ForEachRow(rows, []any{&weekday, &opens, &closes}, func() error {
		entered = true
		week[weekday%7] = append(week[weekday%7], shift{sinceMidnight(opens), sinceMidnight(closes)})
		return nil
	})
	if err != nil {
		return c, fmt.Errorf("read working hours: %w", err)
	}
	if entered {
		for i := range week {
			c.week[i] = merge(week[i])
		}
	}
	// A fortnight before is enough to count back from a deadline.
	days, err := readDays(ctx, tx, region, from.AddDate(0, 0, -14))
	c.days = map[string][]shift{}
	for _, d := range days {
		date := d.Date.Format(time.DateOnly)
		c.days[date] = nil
		if d.Opens < d.Closes {
			c.days[date] = []shift{{d.Opens, d.Closes}}
		}
	}
	return c, err
}

// readDays reads the days from a date on that are unlike the others.
func readDays(ctx context.Context, tx pgx.Tx, region string, from time.Time) ([]DayOf, error) {
	return collect(ctx, tx, "read calendar", func(row pgx.CollectableRow) (d DayOf, err error) {
		var date string
		var opens, closes pgtype.Time
		if err = row.Scan(&date, &opens, &closes, &d.Note, &d.Of); err != nil {
			return d, err
		}
		d.Opens, d.Closes = sinceMidnight(opens), sinceMidnight(closes)
		d.Date, err = time.ParseInLocation(time.DateOnly, date, china)
		return d, err
	}, `SELECT DISTINCT ON (day) day::text, opens, closes, note, region_prefix FROM calendars
		WHERE starts_with($1, region_prefix) AND day >= $2::text::date ORDER BY day, length(region_prefix) DESC`,
		region, from.In(china).Format(time.DateOnly))
}
