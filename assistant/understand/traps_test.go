package understand_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"xiaohe/assistant/understand"
	"xiaohe/knowledge/benefit"
)

// trap is a message that is easily understood wrongly. FORMAT: the head of testdata/traps.yaml.
type trap struct {
	Text    string               `yaml:"text"`
	Context trapContext          `yaml:"context"`
	Must    map[string]yaml.Node `yaml:"must"`
	MustNot []string             `yaml:"must_not"`
	Unclear string               `yaml:"unclear"`
	Unknown bool                 `yaml:"unknown"`
}

type trapContext struct {
	Pending string `yaml:"pending"`
	Speaker string `yaml:"speaker"`
	Focus   string `yaml:"focus"`
}

// TestTraps reads the messages of testdata/traps.yaml, and the wordings of testdata/kinds.yaml.
func TestTraps(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"traps", "kinds"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile("testdata/" + name + ".yaml")
			if err != nil {
				t.Fatal(err)
			}
			var traps []trap
			if err := yaml.Unmarshal(data, &traps); err != nil {
				t.Fatal(err)
			}
			passed := 0
			for i, trap := range traps {
				if trap.passes(t, i+1) {
					passed++
				}
			}
			t.Logf("%d of %d messages understood", passed, len(traps))
		})
	}
}

// passes reads the message and reports what was understood wrongly.
func (p trap) passes(t *testing.T, number int) bool {
	t.Helper()
	c := understand.Context{Today: today, Speaker: p.Context.Speaker, Focus: p.Context.Focus}
	if p.Context.Pending != "" {
		c.Pending = &understand.Pending{Fact: p.Context.Pending}
	}
	r := understand.Read(p.Text, c)
	faults := p.faults(t, r)
	if len(faults) > 0 {
		t.Errorf("%d [%s] %s\n  wrong: %s\n  read:  %s", number, p.Context.Pending, p.Text, strings.Join(faults, "；"), strings.Join(lines(r), "\n         "))
	}
	return len(faults) == 0
}

// faults lists what was understood wrongly.
func (p trap) faults(t *testing.T, r understand.Reading) []string {
	t.Helper()
	var faults []string
	for name, value := range p.Must {
		if !says(t, r, name, value) {
			faults = append(faults, "missing or different: "+name)
		}
	}
	for _, name := range p.MustNot {
		if claims(r, name) {
			faults = append(faults, "not said: "+name)
		}
	}
	if p.Unclear != "" && !slices.ContainsFunc(r.Unclear, func(u understand.Unclear) bool { return u.Fact == p.Unclear }) {
		faults = append(faults, "no question about "+p.Unclear)
	}
	if p.Unknown && !r.Unknown {
		faults = append(faults, "not taken as 不清楚")
	}
	slices.Sort(faults)
	return faults
}

// about returns the statements on a fact, which may be narrowed to one child: 大的：孩子.年龄.
func about(r understand.Reading, name string) []understand.Statement {
	child, fact, narrowed := strings.Cut(name, "：")
	if !narrowed {
		child, fact = "", name
	}
	var found []understand.Statement
	for _, s := range r.Statements {
		if s.Fact == fact && (child == "" || s.Child == child) {
			found = append(found, s)
		}
	}
	return found
}

// says tells whether the reading holds the value: every number said of the fact lies in it, its options are claimed.
func says(t *testing.T, r understand.Reading, name string, value yaml.Node) bool {
	t.Helper()
	statements := about(r, name)
	if strings.HasSuffix(name, "地") {
		return slices.ContainsFunc(r.Places, func(p understand.Place) bool {
			return p.Fact == name && (strings.Contains(p.Name, value.Value) || strings.Contains(value.Value, p.Name))
		})
	}
	if len(statements) == 0 {
		return false
	}
	options, negative := optionsOf(t, value)
	switch {
	case negative:
		return slices.ContainsFunc(statements, func(s understand.Statement) bool { return excludes(s.Value, options) })
	case value.Kind == yaml.SequenceNode && len(options) == 0:
		return slices.ContainsFunc(statements, func(s understand.Statement) bool { return s.Value.Only && len(s.Value.In) == 0 })
	case value.Kind == yaml.SequenceNode:
		var in []string
		for _, s := range statements {
			in = append(in, s.Value.In...)
		}
		return !slices.ContainsFunc(options, func(o string) bool { return !slices.Contains(in, o) })
	}
	if lo, hi, ok := bounds(name, value.Value); ok {
		return !slices.ContainsFunc(statements, func(s understand.Statement) bool { return s.Value.Lo < lo || s.Value.Hi > hi })
	}
	claimed := slices.DeleteFunc(statements, func(s understand.Statement) bool { return len(s.Value.In) == 0 })
	return len(claimed) > 0 && !slices.ContainsFunc(claimed, func(s understand.Statement) bool { return !slices.Equal(s.Value.In, []string{value.Value}) })
}

// optionsOf reads [a, b] and {不是: [a, b]}.
func optionsOf(t *testing.T, value yaml.Node) (options []string, negative bool) {
	t.Helper()
	var out struct {
		Not []string `yaml:"不是"`
	}
	switch value.Kind {
	case yaml.SequenceNode:
		if err := value.Decode(&options); err != nil {
			t.Fatal(err)
		}
	case yaml.MappingNode:
		if err := value.Decode(&out); err != nil {
			t.Fatal(err)
		}
		return out.Not, true
	}
	return options, false
}

func excludes(v benefit.Said, options []string) bool {
	return !slices.ContainsFunc(options, func(o string) bool {
		return slices.Contains(v.In, o) || !v.Only && !slices.Contains(v.Out, o)
	})
}

// amounts are the facts in 元, which are kept in 分.
var amounts = []string{"收入", "支出", "月额", "医疗费"}

// bounds reads 8, 7..11 and dates; it is false for an option.
func bounds(name, text string) (lo, hi int64, ok bool) {
	first, last, found := strings.Cut(text, "..")
	if !found {
		last = first
	}
	lo, okLo := number(name, first)
	hi, okHi := number(name, last)
	return lo, hi, okLo && okHi
}

func number(name, text string) (int64, bool) {
	if strings.HasSuffix(name, "日期") {
		day, err := benefit.ParseDay(text)
		return int64(day), err == nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if slices.ContainsFunc(amounts, func(end string) bool { return strings.HasSuffix(name, end) }) {
		n *= 100
	}
	return n, err == nil
}

// claims tells whether the reading says something that must not be read: a fact, 事实=取值, 事实=有, 事实=都没有 or
// a beginning such as 父亲.* or *; ？ is any question.
func claims(r understand.Reading, name string) bool {
	if name == "？" {
		return len(r.Unclear) > 0
	}
	fact, value, valued := strings.Cut(name, "=")
	start, open := strings.CutSuffix(fact, "*")
	meant := func(of string) bool { return of == fact || open && of != "" && strings.HasPrefix(of, start) }
	if slices.ContainsFunc(r.Places, func(p understand.Place) bool {
		return meant(p.Fact) && (!valued || strings.Contains(p.Name, value))
	}) {
		return true
	}
	return slices.ContainsFunc(r.Statements, func(s understand.Statement) bool {
		return meant(s.Fact) && (!valued || holds(s, value))
	})
}

func holds(s understand.Statement, value string) bool {
	v := s.Value
	negated, isNegated := strings.CutPrefix(value, "不是")
	switch {
	case value == "有":
		return len(v.In) > 0
	case value == "都没有":
		return v.Only && len(v.In) == 0
	case isNegated:
		return excludes(v, []string{negated})
	}
	if lo, hi, ok := bounds(s.Fact, value); ok {
		return len(v.In) == 0 && v.Lo <= hi && lo <= v.Hi
	}
	return slices.Contains(v.In, value)
}
