package handoff

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"pgregory.net/rapid"

	"xiaohe/assistant/audit"
)

// china0 is a Monday.
var china0 = time.Date(2026, 11, 2, 0, 0, 0, 0, china)

func at(day, hour, minute int) time.Time {
	return time.Date(2026, 11, day, hour, minute, 0, 0, china)
}

// anyCalendar has at most two shifts a day, days off and days worked instead, and some work in the week.
func anyCalendar(t *rapid.T) calendar {
	c := calendar{days: map[string][]shift{}}
	shifts := rapid.Custom(func(t *rapid.T) []shift {
		var all []shift
		for range rapid.IntRange(0, 2).Draw(t, "shifts") {
			opens := rapid.IntRange(0, 24*60-1).Draw(t, "opens")
			all = append(all, shift{time.Duration(opens) * time.Minute, time.Duration(rapid.IntRange(opens+1, 24*60).Draw(t, "closes")) * time.Minute})
		}
		return merge(all)
	})
	for i := range c.week {
		c.week[i] = shifts.Draw(t, "weekday")
	}
	c.week[time.Wednesday] = []shift{{9 * time.Hour, 12 * time.Hour}}
	for range rapid.IntRange(0, 20).Draw(t, "special days") {
		day := china0.AddDate(0, 0, rapid.IntRange(-30, 60).Draw(t, "day"))
		c.days[day.Format(time.DateOnly)] = shifts.Draw(t, "instead")
	}
	return c
}

// worked sums the working time between two moments, minute by minute: slow, and plainly right.
func worked(c calendar, from, to time.Time) (sum time.Duration) {
	for day := midnight(from, 0); day.Before(to); day = day.AddDate(0, 0, 1) {
		for _, p := range c.periods(day) {
			sum += max(0, earliest(p.to, to).Sub(latest(p.from, from)))
		}
	}
	return sum
}

func anyTime(t *rapid.T, name string) time.Time {
	return china0.Add(time.Duration(rapid.IntRange(-20*24*60, 30*24*60).Draw(t, name)) * time.Minute)
}

func TestWorkingTimePassesOnlyWhileARegionWorks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, from := anyCalendar(t), anyTime(t, "from")
		d := time.Duration(rapid.IntRange(1, 40*60).Draw(t, "minutes")) * time.Minute
		to := c.later(from, d)
		if got := worked(c, from, to); got != d {
			t.Fatalf("%s to %s: %s of work, want %s", from, to, got, d)
		}
		if worked(c, from, to.Add(-time.Second)) == d {
			t.Fatalf("%s is not the first moment after %s", to, d)
		}
		if to.Before(from.Add(d)) {
			t.Fatalf("working time passes faster than time")
		}
		if further := c.later(from, d+time.Minute); !further.After(to) {
			t.Fatalf("a later deadline %s is not after %s", further, to)
		}
		if other := c.later(from.Add(time.Minute), d); other.Before(to) {
			t.Fatalf("what begins later is due earlier")
		}
		back := c.earlier(to, d)
		if back.Before(from) || worked(c, back, to) != d {
			t.Fatalf("back from %s: %s", to, back)
		}
	})
}

func TestAPeriodIsTheNextThatBegins(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, from := anyCalendar(t), anyTime(t, "from")
		end := c.close(from)
		for day := midnight(from, 0); ; day = day.AddDate(0, 0, 1) {
			i := slices.IndexFunc(c.periods(day), func(p period) bool { return !p.from.Before(from) })
			if i >= 0 {
				if want := c.periods(day)[i].to; !end.Equal(want) {
					t.Fatalf("after %s: %s, want %s", from, end, want)
				}
				return
			}
		}
	})
}

func TestDaysLaterAreDaysOfWork(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, from, n := anyCalendar(t), anyTime(t, "from"), rapid.IntRange(1, 5).Draw(t, "days")
		to := c.daysLater(from, n)
		days := 0
		for day := midnight(from, 1); !day.After(to); day = day.AddDate(0, 0, 1) {
			if len(c.periods(day)) > 0 {
				days++
			}
		}
		if days != n {
			t.Fatalf("%s to %s: %d days of work, want %d", from, to, days, n)
		}
		if !slices.ContainsFunc(c.periods(midnight(to, 0)), func(p period) bool { return !to.Before(p.from) && !to.After(p.to) }) {
			t.Fatalf("%s is outside the hours of its day", to)
		}
	})
}

func TestARegionThatNeverWorksHasDeadlinesAllTheSame(t *testing.T) {
	t.Parallel()
	var c calendar
	now := at(2, 10, 0)
	for name, got := range map[string]time.Time{
		"later": c.later(now, time.Hour), "close": c.close(now), "days": c.daysLater(now, 2), "earlier": c.earlier(now, -time.Hour),
	} {
		if got.Before(now) || got.After(now.AddDate(0, 0, 3)) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestShiftsThatOverlapAreOne(t *testing.T) {
	t.Parallel()
	got := merge([]shift{{14 * time.Hour, 17 * time.Hour}, {9 * time.Hour, 12 * time.Hour}, {10 * time.Hour, 11 * time.Hour}, {17 * time.Hour, 18 * time.Hour}})
	if want := []shift{{9 * time.Hour, 12 * time.Hour}, {14 * time.Hour, 18 * time.Hour}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestDeadlinesByPriority(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	g.must(g.store.SetDay(t.Context(), audit.System, "", Day{Date: at(4, 0, 0), Note: "放假"}))
	g.must(g.store.SetDay(t.Context(), audit.System, "", Day{Date: at(7, 0, 0), Opens: 9 * time.Hour, Closes: 17 * time.Hour, Note: "调休"}))
	for _, c := range []struct {
		name     string
		priority int
		opened   time.Time
		due      time.Time
	}{
		{"danger at three in the morning of a holiday", 0, at(4, 3, 0), at(4, 3, 1)},
		{"serious on a holiday", 1, at(4, 3, 0), at(4, 3, 5)},
		{"within the hours", 2, at(2, 10, 0), at(2, 10, 30)},
		{"before they begin", 2, at(2, 7, 0), at(2, 9, 30)},
		{"over the night", 2, at(2, 16, 50), at(3, 9, 20)},
		{"over a holiday", 2, at(3, 16, 50), at(5, 9, 20)},
		{"into a Saturday that is worked instead", 2, at(6, 16, 50), at(7, 9, 20)},
		{"over a Sunday", 2, at(7, 16, 50), at(9, 9, 20)},
		{"paperwork in the morning is due by the next evening", 3, at(2, 10, 0), at(3, 17, 0)},
		{"paperwork before the day begins", 3, at(2, 8, 0), at(2, 17, 0)},
		{"paperwork before a holiday", 3, at(3, 10, 0), at(5, 17, 0)},
	} {
		got := g.due(c.priority, xihuCode, c.opened)
		if !got.Equal(c.due) {
			t.Errorf("%s: %s, want %s", c.name, got.In(china), c.due)
		}
	}
}

func TestTheNearestRegionsCalendarCounts(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	hours := func(prefix string, opens int) {
		g.must(g.store.SetHours(t.Context(), audit.System, prefix, []Hours{{time.Monday, time.Duration(opens) * time.Hour, 17 * time.Hour}}))
	}
	hours("33", 7)
	hours("3301", 8)
	hours("44", 6)
	opened := at(2, 5, 0)
	if got, want := g.due(2, xihuCode, opened), at(2, 8, 30); !got.Equal(want) {
		t.Errorf("the city's hours: %s, want %s", got.In(china), want)
	}
	if got, want := g.due(2, "330200000000", opened), at(2, 7, 30); !got.Equal(want) {
		t.Errorf("the province's hours: %s, want %s", got.In(china), want)
	}
	if got, want := g.due(2, "110101000000", opened), at(2, 9, 30); !got.Equal(want) {
		t.Errorf("the office's hours: %s, want %s", got.In(china), want)
	}
	g.must(g.store.SetDay(t.Context(), audit.System, "33", Day{Date: at(2, 12, 0)}))
	g.must(g.store.SetDay(t.Context(), audit.System, "330106", Day{Date: at(2, 12, 0), Opens: 13 * time.Hour, Closes: 15 * time.Hour}))
	if got, want := g.due(2, xihuCode, opened), at(2, 13, 30); !got.Equal(want) {
		t.Errorf("the county's day: %s, want %s", got.In(china), want)
	}
	if got, want := g.due(2, "330102000000", opened), at(9, 8, 30); !got.Equal(want) {
		t.Errorf("the province's holiday: %s, want %s", got.In(china), want)
	}
	g.must(g.store.SetHours(t.Context(), audit.System, "3301", nil))
	if got, want := g.due(2, "330102000000", opened), at(9, 7, 30); !got.Equal(want) {
		t.Errorf("without hours of its own: %s, want %s", got.In(china), want)
	}
	if n := g.one(`SELECT string_agg(action || ' ' || region_code, ',' ORDER BY at) FROM audit_log`); n !=
		"calendar.hours 330000000000,calendar.hours 330100000000,calendar.hours 440000000000,calendar.day 330000000000,calendar.day 330106000000,calendar.hours 330100000000" {
		t.Errorf("audit log: %s", n)
	}
}

func TestACalendarRefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	for _, c := range []struct {
		name string
		err  error
		want error
	}{
		{"no such region", g.store.SetHours(t.Context(), audit.System, "99", nil), ErrNotFound},
		{"no such region", g.store.SetDay(t.Context(), audit.System, "99", Day{Date: at(2, 0, 0)}), ErrNotFound},
		{"no date", g.store.SetDay(t.Context(), audit.System, "33", Day{}), ErrInvalid},
		{"backwards", g.store.SetDay(t.Context(), audit.System, "33", Day{Date: at(2, 0, 0), Opens: 2 * time.Hour, Closes: time.Hour}), ErrInvalid},
		{"past midnight", g.store.SetHours(t.Context(), audit.System, "33", []Hours{{time.Monday, 0, 25 * time.Hour}}), ErrInvalid},
		{"no time at all", g.store.SetHours(t.Context(), audit.System, "33", []Hours{{time.Monday, time.Hour, time.Hour}}), ErrInvalid},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.err, c.want)
		}
	}
	if n := g.one(`SELECT count(*) FROM audit_log`); n != "0" {
		t.Errorf("%s audit rows", n)
	}
}

// due reads a deadline as opening a ticket does.
func (g *ground) due(priority int, region string, opened time.Time) (due time.Time) {
	g.t.Helper()
	g.must(pgx.BeginFunc(g.t.Context(), g.pool, func(tx pgx.Tx) (err error) {
		due, err = dueAt(g.t.Context(), tx, priority, region, opened)
		return err
	}))
	return due
}

func TestTheLadderOfPaperworkIsCountedFromItsDeadline(t *testing.T) {
	t.Parallel()
	l := ladder{priority: 3, usesCalendar: true, calendar: office(), rungs: []rung{
		{Rung: 0}, {Rung: 1, After: pgtype.Interval{Microseconds: -time.Hour.Microseconds()}}, {Rung: 2}, {Rung: 3, After: pgtype.Interval{Days: 1}},
	}}
	opened := at(6, 10, 0) // a Friday
	for n, want := range map[int]time.Time{1: at(9, 16, 0), 2: at(9, 17, 0), 3: at(10, 17, 0)} {
		if got := l.next(n, opened, opened); !got.Equal(want) {
			t.Errorf("rung %d: %s, want %s", n, got, want)
		}
	}
	if got := l.next(4, opened, opened); got != nil {
		t.Errorf("the last rung comes again: %s", got)
	}
}
