package measure

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"xiaohe/assistant/triage"
)

// String is the report for a terminal, in Chinese, without any text of the items.
func (s *Scores) String() string {
	var b strings.Builder
	line := func(name string, share Share) {
		if share.All > 0 {
			fmt.Fprintf(&b, "%-34s %v\n", name, share)
		}
	}
	fmt.Fprintf(&b, "共 %d 条。括号里是 命中/总数 和 Wilson 95%% 区间。\n", s.Items)
	line("应为 L3 以上，判到 L3 以上（召回）", s.Recall)
	line("应为 L4，判到 L3 以上", s.Imminent)
	line("应为 L4，判到 L4", s.Sharp)
	line("应为 L2，判到 L2 以上", s.Concern)
	line("没有危险，误报到 L2 以上", s.Alarm2)
	line("没有危险，误报到 L3 以上", s.Alarm3)
	line("没有危险，误报到 L4", s.Alarm4)
	line("报告线索 R1–R9 召回", s.FlagFound)
	line("报告线索 R1–R9 准确", s.FlagRight)
	line("级别在范围内", s.InRange)
	line("对话每一轮在范围内", s.Turns)
	fmt.Fprintf(&b, "用时 p50 %v，p99 %v\n", s.P50, s.P99)
	for _, g := range []struct {
		title string
		all   []Named
	}{{"各类别召回（L3 以上）", s.Categories}, {"各线索召回", s.Flags}, {"各说话人召回（L3 以上）", s.Speakers}} {
		if len(g.all) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s\n", g.title)
		for _, n := range g.all {
			line("  "+n.Name, n.Share)
		}
	}
	if len(s.Confusion) == 0 {
		return b.String()
	}
	b.WriteString("\n级别对照（行：应有，列：判出）\n")
	fmt.Fprintf(&b, "%8s %6s %6s %6s %6s %6s\n", "", "L0", "L1", "L2", "L3", "L4")
	for _, name := range slices.Sorted(maps.Keys(s.Confusion)) {
		row := s.Confusion[name]
		fmt.Fprintf(&b, "%8s %6d %6d %6d %6d %6d\n", name, row[0], row[1], row[2], row[3], row[4])
	}
	return b.String()
}

// Mistakes lists the items that were judged out of their range, missed ones first, with their texts.
func (s *Scores) Mistakes() string {
	var b strings.Builder
	for _, o := range s.outcomes {
		if o.Min != nil && (o.level < *o.Min || o.level > *o.Max && *o.Max <= triage.Distress) {
			fmt.Fprintf(&b, "%s %s %v–%v 判为 %v %v：%s\n", o.ID, o.Category, *o.Min, *o.Max, o.level, o.rules, o.Text)
		}
		for i, turn := range o.Turns {
			if turn.Min != nil && turn.Max != nil && (o.levels[i] < *turn.Min || o.levels[i] > *turn.Max) {
				fmt.Fprintf(&b, "%s 第 %d 轮 %v–%v 判为 %v：%s\n", o.ID, i+1, *turn.Min, *turn.Max, o.levels[i], turn.Text)
			}
		}
	}
	return b.String()
}
