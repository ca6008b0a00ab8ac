package handoff

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"xiaohe/assistant/audit"
)

// Hours is a stretch of work on one day of every week, in China's time of day.
type Hours struct {
	Weekday time.Weekday
	Opens   time.Duration // since midnight
	Closes  time.Duration
}

// Day is a day that is unlike the others of its weekday: a holiday, or a day that is worked instead (调休). Opens and
// Closes are both 0 on a day off.
type Day struct {
	Date   time.Time // only its date in China counts
	Opens  time.Duration
	Closes time.Duration
	Note   string
}

// SetHours replaces the weekly working hours of a region, given by its prefix. Without any hours the region follows the
// one above it again. The caller has checked that the person may change settings.
func (s *Store) SetHours(ctx context.Context, by audit.Actor, prefix string, hours []Hours) error {
	return s.setHours(ctx, by, prefix, hours, func(context.Context, pgx.Tx, string) ([]Hours, error) { return hours, nil })
}

// SetWeekdays replaces the hours of some days of the week; the others stay as they are, also where they were those of
// the region above. None of the hours: those days are off. ErrInvalid where no day of the week would be left.
func (s *Store) SetWeekdays(ctx context.Context, by audit.Actor, prefix string, days []time.Weekday, hours []Hours) error {
	return s.setHours(ctx, by, prefix, hours, func(ctx context.Context, tx pgx.Tx, code string) ([]Hours, error) {
		c, err := readCalendar(ctx, tx, code, time.Now())
		if err != nil {
			return nil, err
		}
		whole := slices.DeleteFunc(c.hours(), func(h Hours) bool { return slices.Contains(days, h.Weekday) })
		if whole = append(whole, hours...); len(whole) == 0 {
			return nil, ErrInvalid
		}
		return whole, nil
	})
}

func (s *Store) setHours(ctx context.Context, by audit.Actor, prefix string, hours []Hours,
	whole func(ctx context.Context, tx pgx.Tx, code string) ([]Hours, error)) error {
	for _, h := range hours {
		if h.Opens < 0 || h.Closes > 24*time.Hour || h.Opens >= h.Closes || h.Weekday < time.Sunday || h.Weekday > time.Saturday {
			return fmt.Errorf("set hours: %w", ErrInvalid)
		}
	}
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		code, err := settingRegion(ctx, tx, prefix)
		if err != nil {
			return err
		}
		week, err := whole(ctx, tx, code)
		if err != nil {
			return err
		}
		entered, err := writeHours(ctx, tx, prefix, week)
		if err != nil {
			return err
		}
		return logCalendar(ctx, tx, by, "calendar.hours", code, entered...)
	})
	if err != nil {
		return fmt.Errorf("set hours: %w", err)
	}
	return nil
}

// writeHours stores a week in the place of what was entered before.
func writeHours(ctx context.Context, tx pgx.Tx, prefix string, week []Hours) (entered []string, err error) {
	if _, err := tx.Exec(ctx, `DELETE FROM working_hours WHERE region_prefix = $1`, prefix); err != nil {
		return nil, err
	}
	for _, h := range week {
		day := isoWeekday(h.Weekday)
		_, err := tx.Exec(ctx, `INSERT INTO working_hours (region_prefix, weekday, opens, closes) VALUES ($1, $2, $3, $4)
			ON CONFLICT (region_prefix, weekday, opens) DO UPDATE SET closes = greatest(working_hours.closes, excluded.closes)`,
			prefix, day, clockTime(h.Opens), clockTime(h.Closes))
		if err != nil {
			return nil, err
		}
		entered = append(entered, shift{h.Opens, h.Closes}.on(strconv.Itoa(day)))
	}
	return entered, nil
}

// SetDay says how a region works on one day. The caller has checked that the person may change settings.
func (s *Store) SetDay(ctx context.Context, by audit.Actor, prefix string, d Day) error {
	if d.Date.IsZero() || d.Opens < 0 || d.Closes > 24*time.Hour || d.Opens > d.Closes || d.Opens == d.Closes && d.Opens != 0 {
		return fmt.Errorf("set day: %w", ErrInvalid)
	}
	var opens, closes *pgtype.Time
	if d.Opens < d.Closes {
		from, to := clockTime(d.Opens), clockTime(d.Closes)
		opens, closes = &from, &to
	}
	day := d.Date.In(china).Format(time.DateOnly)
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		code, err := settingRegion(ctx, tx, prefix)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO calendars (region_prefix, day, opens, closes, note) VALUES ($1, $2::text::date, $3, $4, $5)
			ON CONFLICT (region_prefix, day) DO UPDATE SET opens = excluded.opens, closes = excluded.closes, note = excluded.note`,
			prefix, day, opens, closes, d.Note)
		if err != nil {
			return err
		}
		return logCalendar(ctx, tx, by, "calendar.day", code, shift{d.Opens, d.Closes}.on(day))
	})
	if err != nil {
		return fmt.Errorf("set day: %w", err)
	}
	return nil
}

// UnsetDay makes a day like the others of its weekday again, as far as the region itself has a word in it. ErrNotFound:
// nothing was entered for that day.
func (s *Store) UnsetDay(ctx context.Context, by audit.Actor, prefix string, date time.Time) error {
	day := date.In(china).Format(time.DateOnly)
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		code, err := settingRegion(ctx, tx, prefix)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `DELETE FROM calendars WHERE region_prefix = $1 AND day = $2::text::date`, prefix, day)
		if err == nil && tag.RowsAffected() == 0 {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		return logCalendar(ctx, tx, by, "calendar.day_unset", code, day)
	})
	if err != nil {
		return fmt.Errorf("unset day: %w", err)
	}
	return nil
}

// logCalendar tells the audit log what was entered.
func logCalendar(ctx context.Context, tx pgx.Tx, by audit.Actor, action, code string, entered ...string) error {
	return audit.Append(ctx, tx, by, audit.Entry{Action: action, ObjectKind: "region", ObjectID: code, Region: code, Data: struct {
		Entered []string `json:"entered"`
	}{entered}})
}

// on writes a shift of a day as 2026-10-10 09:00–17:00.
func (s shift) on(day string) string {
	if s.opens == s.closes {
		return day + " closed"
	}
	return day + " " + Span(s.opens, s.closes)
}

// Span writes two times of day as 09:00–17:00.
func Span(opens, closes time.Duration) string {
	return fmt.Sprintf("%02d:%02d–%02d:%02d", int(opens.Hours()), int(opens.Minutes())%60, int(closes.Hours()), int(closes.Minutes())%60)
}

// settingRegion returns the code of the region of a prefix, and lets nobody else change its settings meanwhile;
// ErrNotFound where there is none.
func settingRegion(ctx context.Context, tx pgx.Tx, prefix string) (code string, err error) {
	err = tx.QueryRow(ctx, `SELECT code FROM regions WHERE prefix = $1 FOR NO KEY UPDATE`, prefix).Scan(&code)
	if err == pgx.ErrNoRows {
		return "", ErrNotFound
	}
	return code, err
}

func clockTime(d time.Duration) pgtype.Time {
	return pgtype.Time{Microseconds: d.Microseconds(), Valid: true}
}

func sinceMidnight(t pgtype.Time) time.Duration {
	return time.Duration(t.Microseconds) * time.Microsecond
}

// isoWeekday numbers the days as the table does: Monday is 1, Sunday is 7.
func isoWeekday(d time.Weekday) int { return (int(d)+6)%7 + 1 }
