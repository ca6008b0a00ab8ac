package prose

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"xiaohe/assistant/answer"
)

// partly stands before what is still to be said of benefits that the sentences have told of.
const partly = "还有这些要知道"

// left says in the template's words what the sentences have left out of what has to be said: first of the benefits that
// they tell of, then the others.
func (w *writer) left() string {
	l := lines{}
	for _, begun := range []bool{true, false} {
		for _, line := range w.task.Frame.Lines {
			missing := slices.DeleteFunc(slices.Clone(line.Parts), func(p answer.Part) bool {
				return slices.ContainsFunc(p.Slots, func(key string) bool { return w.told[key] })
			})
			if len(missing) > 0 && begun == (len(missing) < len(line.Parts)) {
				l.add(line, missing)
			}
		}
	}
	l.end()
	return l.text.String()
}

// lines are written one after the other, under the leads of their kinds.
type lines struct {
	text  strings.Builder
	lead  string
	names []string // of a kind of which the names alone are told
}

func (t *lines) add(l answer.Line, missing []answer.Part) {
	lead := l.Lead
	if lead != "" && len(missing) < len(l.Parts) {
		lead = partly
	}
	if lead != t.lead && lead != "" {
		t.end()
		fmt.Fprintf(&t.text, "\n\n%s：", lead)
		t.lead = lead
		if !l.Brief {
			t.text.WriteString("\n")
		}
	}
	if l.Brief {
		t.names = append(t.names, l.Item.ID)
		return
	}
	t.text.WriteString(line(l, missing))
}

// end writes the names that have gathered.
func (t *lines) end() {
	if len(t.names) > 0 {
		fmt.Fprintf(&t.text, "%s。", strings.Join(t.names, "、"))
		t.names = nil
	}
}

// line is one benefit with what was not told of it.
func line(l answer.Line, missing []answer.Part) string {
	head := "\n- **" + l.Item.ID + "**"
	if l.Lead == "" {
		head = "\n\n**" + l.Item.ID + "**"
	}
	if len(missing) == len(l.Parts) && l.Item.Plain != "" {
		head += "（" + l.Item.Plain + "）"
	}
	var parts []string
	for _, p := range missing {
		parts = append(parts, strings.TrimSuffix(p.Text, "。"))
	}
	return head + "：" + strings.Join(parts, "。") + "。" + l.Marks
}

// span is a part of a text, in characters.
type span struct{ from, to int }

// locate finds words in a text, as they stand there: blanks, emphasis and the width of characters may differ.
func locate(text, words string) (span, bool) {
	folded, at := fold(text)
	sought, _ := fold(words)
	if len(sought) == 0 {
		return span{}, false
	}
	for i := 0; i+len(sought) <= len(folded); i++ {
		if slices.Equal(folded[i:i+len(sought)], sought) {
			return span{at[i], at[i+len(sought)-1] + 1}, true
		}
	}
	return span{}, false
}

// fold is a text without blanks and emphasis, with narrow characters, and where each of them stood.
func fold(text string) (folded []rune, at []int) {
	for i, r := range []rune(text) {
		if unicode.IsSpace(r) || r == '*' || r == '\u200b' || r == '\ufeff' {
			continue
		}
		if narrow := width.LookupRune(r).Narrow(); narrow != 0 {
			r = narrow
		}
		folded, at = append(folded, unicode.ToLower(r)), append(at, i)
	}
	return folded, at
}

// quoted are the citations with the words that the sentences rest on as their quotes; those that no sentence rests on
// stay as they are.
func (w *writer) quoted() []answer.Citation {
	citations := slices.Clone(w.task.Citations)
	for i, c := range citations {
		spans := w.spans[c.N]
		if len(spans) == 0 {
			continue
		}
		from, to := spans[0].from, spans[0].to
		for _, s := range spans[1:] {
			from, to = min(from, s.from), max(to, s.to)
		}
		for _, p := range w.task.Frame.Passages {
			if p.Citation == c.N {
				citations[i].Quote = string([]rune(p.Text)[from:to])
			}
		}
	}
	return citations
}
