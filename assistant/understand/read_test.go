package understand_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xiaohe/assistant/understand"
	"xiaohe/knowledge/benefit"
)

var update = flag.Bool("update", false, "rewrite the golden readings")

var today = benefit.DayOf(2026, time.November, 21)

// TestReadings reads the messages in testdata/*.txt and compares what is understood with what stands below them. A
// message begins with 「» 」 and the question that it answers in brackets, if any; messages without an empty line
// between belong to one conversation.
func TestReadings(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no readings: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := replay(string(data))
			if *update {
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			differences(t, string(data), got)
		})
	}
}

func differences(t *testing.T, want, got string) {
	t.Helper()
	wanted, found := strings.Split(want, "\n\n"), strings.Split(got, "\n\n")
	for i := range max(len(wanted), len(found)) {
		if i >= len(wanted) || i >= len(found) || wanted[i] != found[i] {
			t.Errorf("reading %d:\n got %s\nwant %s", i, found[min(i, len(found)-1)], wanted[min(i, len(wanted)-1)])
		}
	}
}

// replay reads the messages of a golden file again and writes the file anew.
func replay(golden string) string {
	var b strings.Builder
	c := understand.Context{Today: today}
	for _, line := range strings.Split(strings.TrimRight(golden, "\n"), "\n") {
		message, found := strings.CutPrefix(line, "» ")
		switch {
		case line == "":
			c = understand.Context{Today: today}
			fmt.Fprintln(&b)
			continue
		case strings.HasPrefix(line, "#"):
			fmt.Fprintln(&b, line)
			continue
		case !found:
			continue
		}
		fmt.Fprintln(&b, line)
		if fact, text, pending := strings.Cut(strings.TrimPrefix(message, "["), "] "); pending && strings.HasPrefix(message, "[") {
			c.Pending, message = &understand.Pending{Fact: fact}, text
		}
		c.Labels = map[string]string{"爸爸的情况": "父亲.情形", "孩子几岁": "孩子.年龄"}
		r := understand.Read(message, c)
		c = r.Context
		for _, line := range lines(r) {
			fmt.Fprintln(&b, "  "+line)
		}
	}
	return b.String()
}

// lines shows a reading as the golden files write it.
func lines(r understand.Reading) []string {
	var out []string
	for _, s := range r.Statements {
		out = append(out, show(s))
	}
	for _, u := range r.Unclear {
		labels := make([]string, len(u.Options))
		for i, o := range u.Options {
			parts := make([]string, len(o.Statements))
			for j, s := range o.Statements {
				parts[j] = show(s)
			}
			labels[i] = o.Label + "→" + strings.Join(parts, "，")
		}
		out = append(out, "？"+u.Text, "  "+strings.Join(labels, " | "))
	}
	for _, p := range r.Places {
		out = append(out, "@"+p.Fact+" "+p.Name)
	}
	if r.Unknown {
		out = append(out, "不清楚")
	}
	return out
}

func show(s understand.Statement) string {
	text := s.Fact + "="
	v := s.Value
	switch {
	case s.Fact == "孩子.出生日期":
		text += benefit.Day(v.Lo).String() + ".." + benefit.Day(v.Hi).String()
	case len(v.In) > 0 || len(v.Out) > 0 || v.Only:
		text += strings.Join(v.In, "、")
		if len(v.Out) > 0 {
			text += " 不是" + strings.Join(v.Out, "、")
		}
		if v.Only {
			text += " 别的没有"
		}
	case v.Lo == v.Hi:
		text += fmt.Sprint(v.Lo)
	default:
		text += fmt.Sprintf("%d..%d", v.Lo, v.Hi)
	}
	if s.Child != "" {
		text = s.Child + "：" + text
	}
	if s.Correction {
		text += "（更正）"
	}
	return text
}

// seeds are messages for the fuzz test and the benchmarks.
func seeds(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var messages []string
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(data), "\n") {
			if message, found := strings.CutPrefix(line, "» "); found {
				messages = append(messages, message)
			}
		}
	}
	return messages
}
