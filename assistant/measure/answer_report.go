package measure

import (
	"fmt"
	"strings"

	"golang.org/x/text/width"
)

// styleWords are the styles in plain words.
var styleWords = map[string]string{
	"lay": "平常话", "child": "孩子", "professional": "内行话", "keyword": "关键词", "number": "文号", "typo": "错别字", "region": "地方",
	Unanswerable: "该拒答", unnamed: "没写", "all": "全部",
}

// AnswerTable sets ways of answering the same questions side by side. It holds no text of the questions.
func AnswerTable(ways ...Answers) string {
	var b strings.Builder
	b.WriteString("引准：列出的条文里，对的占几成。引到：有一条对的就算，占能答的问题几成。引全：对的条文列出了几成。\n拒答：没有回答的占几成。p50、p99：一轮要几毫秒。\n\n")
	b.WriteString(pad("", -22))
	for i, way := range ways {
		b.WriteString("  ")
		if b.WriteString(way.name()); i+1 < len(ways) {
			b.WriteString(pad("", 44-len([]rune(way.name()))*2))
		}
	}
	b.WriteString("\n" + pad("", -16) + pad("题数", 6))
	for range ways {
		b.WriteString("  ")
		for _, column := range []string{"引准", "引到", "引全", "拒答"} {
			b.WriteString(pad(column, 7))
		}
		b.WriteString(pad("p50", 8) + pad("p99", 8))
	}
	b.WriteString("\n")
	for i := range ways[0].Styles {
		var row []AnswerScores
		for _, way := range ways {
			row = append(row, way.Styles[i])
		}
		writeRow(&b, row)
	}
	var all []AnswerScores
	for _, way := range ways {
		all = append(all, way.All)
	}
	writeRow(&b, all)
	b.WriteString("\n")
	for _, way := range ways {
		r := way.Refusals
		fmt.Fprintf(&b, "拒答（%s）：准确 %s（%d/%d），召回 %s（%d/%d）\n", way.name(), share(r.Precision, r.Refused), r.Right, r.Refused,
			share(r.Recall, r.Meant), r.Right, r.Meant)
		if n := way.All.Scripts; n > 0 {
			fmt.Fprintf(&b, "有 %d 题看出有危险，只说了安全的话；查到的条文备着，没有给人看，也算在上面。\n", n)
		}
	}
	return b.String()
}

func (a Answers) name() string {
	if a.Model {
		return "接了模型"
	}
	return "没有模型"
}

// writeRow writes one style's figures of every way.
func writeRow(b *strings.Builder, ways []AnswerScores) {
	name := ways[0].Style
	if says := styleWords[name]; says != "" {
		name = says
	}
	b.WriteString(pad(name, -16) + pad(fmt.Sprint(ways[0].Questions), 6))
	for _, s := range ways {
		b.WriteString("  ")
		for _, figure := range []string{share(s.Precision, s.Citations), share(s.Cited, s.Gold), share(s.Recall, s.Gold), share(s.Refused, s.Questions)} {
			b.WriteString(pad(figure, 7))
		}
		b.WriteString(pad(fmt.Sprintf("%.1f", s.P50), 8) + pad(fmt.Sprintf("%.1f", s.P99), 8))
	}
	b.WriteString("\n")
}

// share is a figure, or a dash where there is nothing to take a share of.
func share(figure float64, of int) string {
	if of == 0 {
		return "—"
	}
	return fmt.Sprintf("%.3f", figure)
}

// String is the guard's report for a terminal, without any text of a model.
func (s *Sentences) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "模型的话：问了 %d 次，用上 %d 次；过了 %d 句，丢了 %d 句\n", s.Asked, s.Used, s.Passed, s.Dropped)
	for _, reason := range s.Reasons {
		fmt.Fprintf(&b, "  丢 %5d 句  %s（%s）\n", reason.N, reason.Says, reason.Reason)
	}
	for _, end := range s.Ended {
		fmt.Fprintf(&b, "  %5d 次没有听完：%s（%s）\n", end.N, end.Says, end.Reason)
	}
	fmt.Fprintf(&b, "给人看的 %d 句，对着依据和引文再查一遍：没有依据的 %d 句（%s）\n", s.Shown, s.Unsupported, share(s.Rate, s.Shown))
	return b.String()
}

// Mistakes lists the questions whose answers are not what they should be, with their texts, and the sentences that do
// not hold.
func (a Answers) Mistakes() string {
	var b strings.Builder
	for _, r := range a.answered {
		if r.failed() {
			fmt.Fprintf(&b, "%s：第 %d 行 %s %s：%s\n", a.name(), r.Line, r.QID, r.fault(), r.Question.Question)
		}
		for _, u := range r.Unsupported {
			fmt.Fprintf(&b, "%s：第 %d 行 %s 没有依据（%s）：%s\n", a.name(), r.Line, r.QID, words(string(u.Reason)), u.Sentence)
		}
	}
	return b.String()
}

// fault says in words what is wrong with an answer.
func (r Answered) fault() string {
	switch {
	case r.Style == Unanswerable:
		return "该拒答，却答了"
	case r.Refused:
		return "能答，却拒答了"
	case len(r.Citations) == 0:
		return "没有列出条文"
	}
	return "列出的条文都不对"
}

// pad fills a text with blanks to a width on the terminal, where a Chinese character takes two columns; a negative width
// sets it to the left.
func pad(text string, columns int) string {
	taken := 0
	for _, r := range text {
		taken++
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			taken++
		}
	}
	if columns < 0 {
		return text + strings.Repeat(" ", max(0, -columns-taken))
	}
	return strings.Repeat(" ", max(0, columns-taken)) + text
}
