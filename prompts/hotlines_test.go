package prompts_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"xiaohe/prompts"
)

// entryWith is an operator's number; pairs of old and new text change it.
func entryWith(change ...string) string {
	const entry = `{"key":"psych","number":"0898-96363","name":"海南心理热线","use":"心里难受","region":"460000","channel":"voice",` +
		`"hours":{"kind":"local","text":"上午八点到晚上十点"},"situations":["suicide"],"source":"省卫健委公告","confidence":"P","verified_on":"2026-11-01","verified_by":"甲","max_age_days":90}`
	return strings.NewReplacer(change...).Replace(entry)
}

func overlay(t *testing.T, entries ...string) (*prompts.Book, error) {
	t.Helper()
	return load(t).LoadHotlines(fstest.MapFS{"own.json": {Data: []byte("[" + strings.Join(entries, ",") + "]")}}, "own.json")
}

func TestBuiltInNumbers(t *testing.T) {
	t.Parallel()
	b := load(t)
	for key, want := range map[string]string{
		"police": "110", "ambulance": "120", "fire": "119", "psych": "12356", "youth": "12355", "women": "12338", "government": "12345",
		"sms_police": "", "legal_aid": "", "procuratorate": "", "child_rescue": "", "unknown_96525": "", "unknown_96579": "", "local_psych": "", "nothing": "",
	} {
		h, ok := b.Hotline(key, "110101", day)
		if h.Number != want || ok != (want != "") {
			t.Errorf("%s is %q", key, h.Number)
		}
		if strings.Contains(h.Note, "小时") || strings.Contains(h.Note, "全天") {
			t.Errorf("%s: hours that nobody has checked: %s", key, h.Note)
		}
	}
	if h, _ := b.Hotline("local_psych", "330100", day); h.Link != "tel:057185029595" || h.Number != "0571-85029595" {
		t.Errorf("%+v", h)
	}
}

func TestOperatorsNumbers(t *testing.T) {
	t.Parallel()
	b, err := overlay(t,
		entryWith(),
		entryWith("psych", "sms_police", "0898-96363", "12110571", "460000", "330100", "voice", "sms", `{"kind":"local","text":"上午八点到晚上十点"}`, `{"kind":"always"}`),
		entryWith("psych", "youth", "460000", "CN", `"P"`, `"X"`),
		entryWith("psych", "child_rescue", "0898-96363", "12349", "460000", "370000"),
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key, region string
		on          time.Time
		number      string
		note        string
	}{
		{"psych", "460105", day, "0898-96363", "心里难受，上午八点到晚上十点"},
		{"psych", "460105", day.AddDate(1, 0, 0), "0898-96363", "心里难受"}, // the check has lapsed: the number without hours
		{"psych", "460105", day.AddDate(-1, 0, 0), "0898-96363", "心里难受"},
		{"psych", "460105", time.Time{}, "0898-96363", "心里难受"},
		{"psych", "330106", day, "12356", "心里难受，想找人说"},
		{"sms_police", "330106", day, "12110571", "心里难受，全天有人接"},
		{"sms_police", "330106", day.AddDate(1, 0, 0), "", ""}, // a number that differs by place is shown only while checked
		{"sms_police", "440100", day, "", ""},
		{"youth", "330106", day, "", ""}, // X takes it out
		{"child_rescue", "370102", day, "12349", "心里难受，上午八点到晚上十点"},
		{"child_rescue", "370102", day.AddDate(1, 0, 0), "", ""}, // in doubt, so a check must be fresh
		{"child_rescue", "330106", day, "", ""},
	} {
		h, _ := b.Hotline(c.key, c.region, c.on)
		if h.Number != c.number || h.Note != c.note {
			t.Errorf("%s in %q on %s: %q, %q", c.key, c.region, c.on.Format(time.DateOnly), h.Number, h.Note)
		}
	}
	r := b.Render(prompts.Request{Situation: prompts.HomeViolence, Audience: prompts.SmallChild, Level: 3, Region: "330106", On: day})
	if text := strings.Join(r.Bubbles, ""); !strings.Contains(text, "不能出声，发短信到12110571。") || r.Hotlines[1].Link != "sms:12110571" {
		t.Errorf("%s %+v", text, r.Hotlines)
	}
	if load(t).Versions().Hotlines == b.Versions().Hotlines {
		t.Error("other numbers under the same version")
	}
}

func TestFaultyNumbersAreRefused(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]string{
		"12356 is never always":             entryWith("0898-96363", "12356", `{"kind":"local","text":"上午八点到晚上十点"}`, `{"kind":"always"}`),
		"12356 in words neither":            entryWith("0898-96363", "12356", "上午八点到晚上十点", "24小时"),
		"12356 by use neither":              entryWith("0898-96363", "12356", `"心里难受"`, `"全天都能打"`),
		"always without a check":            entryWith(`{"kind":"local","text":"上午八点到晚上十点"}`, `{"kind":"always"}`, `"2026-11-01","verified_by":"甲"`, `"","verified_by":""`),
		"at least 24 is always in disguise": entryWith(`{"kind":"local","text":"上午八点到晚上十点"}`, `{"kind":"at_least","per_day":24}`),
		"another number for the police":     entryWith("psych", "police"),
		"the police taken out":              entryWith("psych", "police", "0898-96363", "110", "460000", "CN", `"P"`, `"X"`),
		"a date that is none":               entryWith("2026-11-01", "昨天"),
		"a check by nobody":                 entryWith(`"甲"`, `""`),
		"a region by name":                  entryWith("460000", "海南"),
		"a number with letters":             entryWith("0898-96363", "O898"),
		"no source":                         entryWith("省卫健委公告", ""),
		"hours unheard of":                  entryWith(`"kind":"local"`, `"kind":"mostly"`),
		"a field unheard of":                entryWith(`"use"`, `"usage"`),
		"the same twice":                    entryWith() + "," + entryWith("460000", "46"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if b, err := overlay(t, row); err == nil || b != nil {
				t.Errorf("accepted: %s", row)
			}
		})
	}
	if _, err := load(t).LoadHotlines(fstest.MapFS{}, "own.json"); err == nil {
		t.Error("a file that is not there was read")
	}
}

func TestStale(t *testing.T) {
	t.Parallel()
	numbers := func(b *prompts.Book, on time.Time) (found []string) {
		for _, h := range b.Stale(on) {
			if h.Note == "" {
				t.Errorf("%s without a reason", h.Number)
			}
			found = append(found, h.Number)
		}
		return found
	}
	built := numbers(load(t), day)
	for _, never := range []string{"110", "120", "119", "12349", "96525", "96579", "12110"} {
		if slices.Contains(built, never) {
			t.Errorf("%s is never shown or never stale", never)
		}
	}
	b, err := overlay(t, entryWith())
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(numbers(b, day), "0898-96363") || !slices.Contains(numbers(b, day.AddDate(0, 6, 0)), "0898-96363") {
		t.Error("a check of this month is fresh, one of half a year ago is not")
	}
}
