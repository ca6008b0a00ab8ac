package main

import (
	"strings"
	"testing"
	"time"

	"xiaohe/database/dbtest"
)

func TestWorkingHoursAreEnteredAndShown(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	next := now().In(china).AddDate(0, 0, 40).Format(time.DateOnly)
	has := func(out string, want ...string) {
		t.Helper()
		for _, line := range want {
			if !strings.Contains(out, line+"\n") {
				t.Errorf("%q is not in\n%s", line, out)
			}
		}
	}
	has(p.must("hours", "show", "杭州市西湖区"), "西湖区的上班时间，还没有人填过，按一般的时间算：", "  周一  09:00–17:00", "  周六  休息")
	has(p.must("hours", "set", "330100", "--days", "1-3,5", "--from", "8:30", "--to", "12:00", "--from", "14：00", "--to", "17:30"),
		"杭州市的上班时间：", "  周三  08:30–12:00，14:00–17:30", "  周四  09:00–17:00", "  周五  08:30–12:00，14:00–17:30", "  周日  休息")
	has(p.must("hours", "set", "330106", "--days", "7", "--from", "9:00", "--to", "24:00"),
		"西湖区的上班时间：", "  周三  08:30–12:00，14:00–17:30", "  周日  09:00–24:00")
	has(p.must("hours", "set", "330106", "--days", "1-3", "--closed"), "  周三  休息", "  周四  09:00–17:00")
	has(p.must("hours", "day", "100000", next, "--closed", "--note", "国庆节"), "这些日子不一样：")
	if out := p.must("hours", "show", "330106"); !strings.Contains(out, next) || !strings.Contains(out, "休息  国庆节（全国填的）") {
		t.Errorf("the country's holiday is not shown\n%s", out)
	}
	if out := p.must("hours", "day", "330106", next, "--from", "9:00", "--to", "12:00", "--note", "值班"); !strings.Contains(out, "09:00–12:00  值班\n") {
		t.Errorf("the county's own day is not shown\n%s", out)
	}
	if out := p.must("hours", "day", "330106", next, "--reset"); !strings.Contains(out, "国庆节（全国填的）") {
		t.Errorf("the day was not taken back\n%s", out)
	}
	has(p.must("hours", "set", "330106", "--reset"), "西湖区的上班时间（杭州市填的）：", "  周一  08:30–12:00，14:00–17:30")

	var audited string
	err := dbtest.Pool(t, p.url).QueryRow(t.Context(), `SELECT string_agg(concat_ws(' ', action, region_code, data ->> 'entered'), ', ' ORDER BY at) FROM audit_log WHERE action LIKE 'calendar.day%'`).Scan(&audited)
	if err != nil || audited != `calendar.day 100000000000 ["`+next+` closed"], calendar.day 330106000000 ["`+next+` 09:00–12:00"], calendar.day_unset 330106000000 ["`+next+`"]` {
		t.Errorf("%v, audit log: %s", err, audited)
	}
}

func TestWrongWorkingHoursAreExplained(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	for name, c := range map[string]struct{ args, want string }{
		"no time":                {"set 330106 --days 1-5", "--from 9:00"},
		"time and closed":        {"set 330106 --days 1-5 --from 9:00 --to 17:00 --closed", "只写一样"},
		"half a span":            {"set 330106 --days 1-5 --from 9:00", "成对"},
		"backwards":              {"set 330106 --days 1-5 --from 17:00 --to 9:00", "下班要比上班晚"},
		"no such hour":           {"set 330106 --days 1-5 --from 9:00 --to 25:00", "25:00"},
		"no minutes":             {"set 330106 --days 1-5 --from 9 --to 17:00", "不能写 9"},
		"no days":                {"set 330106 --from 9:00 --to 17:00", "--days"},
		"an eighth day":          {"set 330106 --days 1-8 --from 9:00 --to 17:00", "--days"},
		"days backwards":         {"set 330106 --days 5-1 --from 9:00 --to 17:00", "--days"},
		"days in words":          {"set 330106 --days 周一 --from 9:00 --to 17:00", "--days"},
		"never at work":          {"set 330106 --days 1-7 --closed", "总要有一天"},
		"a reset of some days":   {"set 330106 --days 1 --reset", "不用写 --days"},
		"an unknown region":      {"set 999999 --days 1-5 --from 9:00 --to 17:00", "没有代码为 999999 的地区"},
		"no date":                {"day 330106 10月1日 --closed", "2026-10-01"},
		"a date that is none":    {"day 330106 2026-02-30 --closed", "2026-02-30"},
		"two spans of a day":     {"day 330106 2026-10-01 --from 8:00 --to 9:00 --from 10:00 --to 11:00", "一段"},
		"a day without anything": {"day 330106 2026-10-01", "--closed"},
		"nothing to take back":   {"day 330106 2026-10-01 --reset", "没有填过"},
		"an unknown place":       {"show 没有这个地方", "没有这个地方"},
	} {
		status, out, errOut := p.run(append([]string{"hours"}, strings.Fields(c.args)...)...)
		if status == 0 || out != "" || !strings.Contains(errOut, c.want) || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%s: %d %q %q", name, status, out, errOut)
		}
	}
}
