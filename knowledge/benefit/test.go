package benefit

import (
	"fmt"
	"slices"
	"strings"
)

// Failure is a 判例 whose result differs from what the rules say.
type Failure struct {
	Precedent Precedent
	Text      string
}

func (f Failure) String() string {
	return fmt.Sprintf("%s:%d: 判例“%s”：%s", f.Precedent.File, f.Precedent.Line, f.Precedent.Name, f.Text)
}

// Case builds the case of a 判例.
func (b *Book) Case(known map[string]Said) (*Case, error) {
	c := b.Dictionary.NewCase()
	for _, f := range b.Dictionary.Facts {
		if said, ok := known[f.Name]; ok {
			if err := c.Say(f.Name, said); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

// Test runs every 判例 of the set.
func (b *Book) Test() []Failure {
	var failures []Failure
	for _, p := range b.Precedents {
		failures = append(failures, b.run(p)...)
	}
	return failures
}

func (b *Book) run(p Precedent) []Failure {
	c, err := b.Case(p.Known)
	if err != nil {
		return []Failure{{p, err.Error()}}
	}
	var failures []Failure
	fail := func(format string, args ...any) {
		failures = append(failures, Failure{p, fmt.Sprintf(format, args...)})
	}
	v := b.At(p.Places, p.Day)
	if conflicts := c.Conflicts(p.Day); len(conflicts) > 0 {
		fail("已知的事实互相矛盾：%s", conflicts[0].Text)
	}
	results := v.Decide(c)
	for _, id := range Benefits {
		want, stated := p.Verdicts[id]
		i := slices.IndexFunc(results, func(r Result) bool { return r.ID == id })
		switch {
		case i < 0 && stated:
			fail("“%s”在这个地方、这一天没有规则", id)
		case stated && results[i].Final != want:
			fail("“%s”应为%s，算出来是%s%s", id, want, results[i].Final, v.hint(c, id))
		}
		if text, ok := p.Amounts[id]; ok && i >= 0 {
			if got := v.amountText(c, results[i]); got != text && plainAmount(got) != text {
				fail("“%s”的金额应为“%s”，算出来是“%s”", id, text, got)
			}
		}
	}
	if p.Ask != nil {
		if got := v.asks(c, p); !slices.Equal(got, slices.Sorted(slices.Values(p.Ask))) {
			fail("还要问的应为 %s，算出来是 %s", strings.Join(slices.Sorted(slices.Values(p.Ask)), "、"), strings.Join(got, "、"))
		}
	}
	for _, flip := range p.Flips {
		if !v.flipsTo(c, p, flip) {
			fail("会改变的没有“%s”", flip)
		}
	}
	return failures
}

// plainAmount is an amount without the reference to an expired standard.
func plainAmount(text string) string {
	plain, _, _ := strings.Cut(text, "（上一标准")
	return plain
}

// hint says what the verdict rests on.
func (v *View) hint(c *Case, id string) string {
	f := v.find(id)
	e := v.evaluation(v.resolve(c))
	if names := v.missing(e, id); e.eval(f.condition) == Undetermined {
		return "（还缺：" + strings.Join(v.factNames(names), "、") + "）"
	}
	var texts []string
	for _, leaf := range e.because(f.condition) {
		texts = append(texts, v.book.describe(leaf))
	}
	return "（因为：" + strings.Join(texts, "；") + "）"
}

// asks lists the facts that can still change any of the verdicts that a 判例 states.
func (v *View) asks(c *Case, p Precedent) []string {
	e := v.evaluation(v.resolve(c))
	open := map[string]bool{}
	for id := range p.Verdicts {
		for _, name := range v.factNames(v.missing(e, id)) {
			open[name] = true
		}
	}
	names := make([]string, 0, len(open))
	for name := range open {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// amountText is the amount of a result as people read it.
func (v *View) amountText(c *Case, r Result) string {
	if r.Final == Ineligible {
		return ""
	}
	text := showMoney(r.Amount, r.Unit)
	if r.Amount == everything {
		e := v.evaluation(v.resolve(c))
		for _, entry := range v.find(r.ID).applying(e) {
			for _, s := range entry.standards {
				if s.Reference != nil {
					return text + "（" + s.reference() + "）"
				}
			}
		}
	}
	return text
}
