package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"xiaohe/assistant/handoff"
	"xiaohe/database"
	"xiaohe/knowledge"
)

// hoursCommand enters when the people of a region are at work. Deadlines of P2 and P3 are counted in these hours.
type hoursCommand struct {
	Set  hoursSetCommand  `cmd:"" help:"填一周里哪几天、几点到几点上班；没写到的日子不变。"`
	Day  hoursDayCommand  `cmd:"" help:"填某一天不一样：放假，或者调休上班。"`
	Show hoursShowCommand `cmd:"" help:"看一个地区的上班时间。"`
}

func (s *session) withHours(region string, work func(*handoff.Store, *knowledge.Store, knowledge.Region) error) error {
	return s.withPlaces(func(db *database.DB, places *knowledge.Store) error {
		place, err := places.Region(s, region)
		if err != nil {
			return err
		}
		return work(handoff.New(db.Pool, s.logger, nil), places, place)
	})
}

// span is the time of day of a command: one of the three ways to say it.
type span struct {
	From   []string `help:"几点上班；上午下午分开的写两次，如 --from 8:30 --to 12:00 --from 14:00 --to 17:30。" placeholder:"9:00"`
	To     []string `help:"几点下班。" placeholder:"17:00"`
	Closed bool     `help:"不上班。"`
	Reset  bool     `help:"撤掉这里填过的，恢复成上一级地区的时间。"`
}

// hours reads from and to; none with closed and reset.
func (c span) hours() ([]handoff.Hours, error) {
	ways := 0
	for _, used := range []bool{len(c.From)+len(c.To) > 0, c.Closed, c.Reset} {
		if used {
			ways++
		}
	}
	if ways != 1 {
		return nil, &knowledge.InputError{Message: "请写几点到几点，如 --from 9:00 --to 17:00；不上班写 --closed，恢复成上一级的时间写 --reset；三样只写一样"}
	}
	if len(c.From) != len(c.To) {
		return nil, &knowledge.InputError{Message: "--from 和 --to 要成对写，如 --from 9:00 --to 17:00"}
	}
	var all []handoff.Hours
	for i := range c.From {
		from, err := timeOfDay(c.From[i])
		if err != nil {
			return nil, err
		}
		to, err := timeOfDay(c.To[i])
		if err != nil {
			return nil, err
		}
		if from >= to {
			return nil, &knowledge.InputError{Message: fmt.Sprintf("下班要比上班晚：%s 到 %s 不对；到半夜写 24:00", c.From[i], c.To[i])}
		}
		all = append(all, handoff.Hours{Opens: from, Closes: to})
	}
	return all, nil
}

// timeOfDay reads 9:00; 24:00 is the end of the day.
func timeOfDay(text string) (time.Duration, error) {
	hour, minute, both := strings.Cut(strings.ReplaceAll(strings.TrimSpace(text), "：", ":"), ":")
	h, first := strconv.ParseUint(hour, 10, 8)
	m, second := strconv.ParseUint(minute, 10, 8)
	if !both || first != nil || second != nil || len(minute) != 2 || m > 59 || h > 24 || h == 24 && m > 0 {
		return 0, &knowledge.InputError{Message: fmt.Sprintf("时间请写成 9:00 或 17:30 这样，不能写 %s", text)}
	}
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute, nil
}

type hoursSetCommand struct {
	Region string `arg:"" help:"地区的代码或名称，如 330106；全国写 100000。"`
	Days   string `help:"星期几：1 是周一，7 是周日，如 1-5 或 6,7。" placeholder:"1-5"`
	span
}

func (c *hoursSetCommand) Run(s *session) error {
	hours, err := c.hours()
	if err != nil {
		return err
	}
	var days []time.Weekday
	if !c.Reset {
		if days, err = weekdays(c.Days); err != nil {
			return err
		}
	} else if c.Days != "" {
		return &knowledge.InputError{Message: "--reset 撤掉这里填过的整个星期，不用写 --days"}
	}
	var week []handoff.Hours
	for _, day := range days {
		for _, h := range hours {
			week = append(week, handoff.Hours{Weekday: day, Opens: h.Opens, Closes: h.Closes})
		}
	}
	return s.withHours(c.Region, func(store *handoff.Store, places *knowledge.Store, place knowledge.Region) error {
		if c.Reset {
			err = store.SetHours(s, terminal, place.Prefix, nil)
		} else {
			err = store.SetWeekdays(s, terminal, place.Prefix, days, week)
		}
		if errors.Is(err, handoff.ErrInvalid) {
			return &knowledge.InputError{Message: "一周里总要有一天上班；要恢复成上一级的时间，请写 --reset"}
		}
		if err != nil {
			return err
		}
		return s.showHours(store, places, place)
	})
}

// weekdays reads 1-5 or 6,7.
func weekdays(text string) (days []time.Weekday, err error) {
	wrong := &knowledge.InputError{Message: "请用 --days 写明星期几：1 是周一，7 是周日，如 --days 1-5 或 --days 6,7"}
	for part := range strings.SplitSeq(strings.ReplaceAll(text, "，", ","), ",") {
		first, last, several := strings.Cut(strings.TrimSpace(part), "-")
		if !several {
			last = first
		}
		from, errFrom := strconv.Atoi(first)
		to, errTo := strconv.Atoi(last)
		if errFrom != nil || errTo != nil || from < 1 || to > 7 || from > to {
			return nil, wrong
		}
		for n := from; n <= to; n++ {
			if day := time.Weekday(n % 7); !slices.Contains(days, day) {
				days = append(days, day)
			}
		}
	}
	return days, nil
}

type hoursDayCommand struct {
	Region string `arg:"" help:"地区的代码或名称，如 330106；全国写 100000。"`
	Date   string `arg:"" help:"哪一天，如 2026-10-01。"`
	Note   string `help:"为什么，如 国庆节。" placeholder:"国庆节"`
	span
}

func (c *hoursDayCommand) Run(s *session) error {
	date, err := time.ParseInLocation(time.DateOnly, c.Date, china)
	if err != nil {
		return &knowledge.InputError{Message: fmt.Sprintf("日期请写成 2026-10-01 这样，不能写 %s", c.Date)}
	}
	hours, err := c.hours()
	if err != nil {
		return err
	}
	if len(hours) > 1 {
		return &knowledge.InputError{Message: "一天的特别时间只能写一段，如 --from 9:00 --to 17:00"}
	}
	day := handoff.Day{Date: date, Note: strings.TrimSpace(c.Note)}
	for _, h := range hours {
		day.Opens, day.Closes = h.Opens, h.Closes
	}
	return s.withHours(c.Region, func(store *handoff.Store, places *knowledge.Store, place knowledge.Region) error {
		if c.Reset {
			err = store.UnsetDay(s, terminal, place.Prefix, date)
		} else {
			err = store.SetDay(s, terminal, place.Prefix, day)
		}
		if errors.Is(err, handoff.ErrNotFound) {
			return &knowledge.InputError{Message: fmt.Sprintf("%s 在%s没有填过，不用撤", c.Date, place.Name)}
		}
		if err != nil {
			return err
		}
		return s.showHours(store, places, place)
	})
}

type hoursShowCommand struct {
	Region string `arg:"" help:"地区的代码或名称，如 330106；全国写 100000。"`
}

func (c *hoursShowCommand) Run(s *session) error { return s.withHours(c.Region, s.showHours) }

var weekdayNames = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}

// showHours prints the week and the days from today on that are unlike the others.
func (s *session) showHours(store *handoff.Store, places *knowledge.Store, place knowledge.Region) error {
	opening, err := store.Opening(s, place.Prefix, now())
	if err != nil {
		return err
	}
	whose := "，还没有人填过，按一般的时间算"
	if opening.Of != nil {
		if whose, err = s.whose(places, place, *opening.Of); err != nil {
			return err
		}
	}
	fmt.Fprintf(s.out, "%s的上班时间%s：\n", place.Name, whose)
	for n := 1; n <= 7; n++ {
		var spans []string
		for _, h := range opening.Week {
			if h.Weekday == time.Weekday(n%7) {
				spans = append(spans, handoff.Span(h.Opens, h.Closes))
			}
		}
		fmt.Fprintf(s.out, "  %s  %s\n", weekdayNames[n%7], orClosed(strings.Join(spans, "，")))
	}
	if len(opening.Days) > 0 {
		fmt.Fprintln(s.out, "这些日子不一样：")
	}
	for _, d := range opening.Days {
		of, err := s.whose(places, place, d.Of)
		if err != nil {
			return err
		}
		hours := ""
		if d.Opens < d.Closes {
			hours = handoff.Span(d.Opens, d.Closes)
		}
		fmt.Fprintf(s.out, "  %s %s  %s  %s%s\n", d.Date.Format(time.DateOnly), weekdayNames[d.Date.Weekday()], orClosed(hours), d.Note, of)
	}
	fmt.Fprintln(s.out, "P0、P1 不看上班时间，任何时候都马上叫人。")
	return nil
}

// whose says where something was entered, if that is another region.
func (s *session) whose(places *knowledge.Store, place knowledge.Region, prefix string) (string, error) {
	if prefix == place.Prefix {
		return "", nil
	}
	other, err := s.placeOf(places, prefix)
	if err != nil {
		return "", err
	}
	return "（" + other.Name + "填的）", nil
}

func orClosed(hours string) string {
	if hours == "" {
		return "休息"
	}
	return hours
}
