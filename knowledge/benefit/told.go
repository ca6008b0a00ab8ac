package benefit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Told is a fact of a case in plain words, for a chip.
type Told struct {
	Fact  string
	Label string
	Text  string
}

// Told lists what was said, in the order of the dictionary.
func (c *Case) Told() []Told {
	var found []Told
	for i, f := range c.dictionary.Facts {
		if c.touched[i] {
			found = append(found, Told{f.Name, f.Label, f.show(c.said[i])})
		}
	}
	return found
}

// Told lists what was said and still counts, in the order of the dictionary: what somebody was sentenced to no longer
// does when they have died.
func (v *View) Told(c *Case) []Told {
	var found []Told
	for _, i := range v.counting(c) {
		f := c.dictionary.Facts[i]
		found = append(found, Told{f.Name, f.Label, f.show(c.said[i])})
	}
	return found
}

// counting lists the facts that were said and whose ground has not fallen away.
func (v *View) counting(c *Case) []int {
	var found []int
	e := v.evaluation(v.resolve(c))
	for i, f := range c.dictionary.Facts {
		if c.touched[i] && (f.Gate == nil || e.eval(f.Gate) != Ineligible) {
			found = append(found, i)
		}
	}
	return found
}

// Export writes what was said and still counts for the command line: numbers (money in 元), "9..12" for intervals, an
// option or the list of those that hold or are still possible.
func (v *View) Export(c *Case) map[string]any {
	facts := map[string]any{}
	for _, i := range v.counting(c) {
		f := c.dictionary.Facts[i]
		facts[f.Name] = f.export(c.said[i])
	}
	return facts
}

func (f *Fact) export(v Value) any {
	switch f.Type {
	case Integer:
		if v.Lo == v.Hi {
			return v.Lo
		}
		return fmt.Sprintf("%d..%d", v.Lo, v.Hi)
	case Money:
		if v.Lo == v.Hi {
			return float64(v.Lo) / 100
		}
		return formatYuan(v.Lo) + ".." + formatYuan(v.Hi)
	case Date:
		if v.Lo == v.Hi {
			return Day(v.Lo).String()
		}
		return Day(v.Lo).String() + ".." + Day(v.Hi).String()
	case Place:
		return shortCode(v.Lo)
	case Multi:
		return f.names(v.In)
	}
	names := f.names(f.possible(v))
	if len(names) == 1 {
		return names[0]
	}
	return names
}

// Mentioned lists the benefits that a text names, by id or by the names that people use. Longer names go first, so
// that 低保边缘 does not also name 低保; a name that two benefits share names both.
func (b *Book) Mentioned(text string) []string {
	var found []string
	for _, n := range b.names {
		if strings.Contains(text, n.text) {
			text = strings.ReplaceAll(text, n.text, "\x00")
			for _, id := range n.ids {
				if !slices.Contains(found, id) {
					found = append(found, id)
				}
			}
		}
	}
	return found
}

// name is a way to say a benefit.
type name struct {
	text string
	ids  []string
}

// collectNames prepares Mentioned.
func (b *Book) collectNames() {
	for _, rule := range b.Rules {
		for _, text := range append([]string{rule.ID}, rule.Aliases...) {
			i := slices.IndexFunc(b.names, func(n name) bool { return n.text == text })
			if i < 0 {
				i, b.names = len(b.names), append(b.names, name{text: text})
			}
			b.names[i].ids = append(b.names[i].ids, rule.ID)
		}
	}
	slices.SortStableFunc(b.names, func(x, y name) int { return cmp.Compare(len(y.text), len(x.text)) })
}

// Show writes a value that was said in plain words; empty where it does not fit the fact.
func (d *Dictionary) Show(name string, said Said) string {
	f, err := d.Fact(name)
	if err != nil {
		return ""
	}
	v, err := f.value(said)
	if err != nil {
		return ""
	}
	return f.show(v)
}

// Labels maps what is written on chips to facts.
func (d *Dictionary) Labels() map[string]string {
	labels := map[string]string{}
	for _, f := range d.Facts {
		labels[f.Label] = f.Name
	}
	return labels
}
