package benefit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Lines writes the report: the rate of each benefit and of all, then at most so many proposed precedents by branch.
func (m Mutation) Lines(most int) []string {
	var lines []string
	var proposals []Proposal
	killed, all, equivalent := 0, 0, 0
	for _, g := range m.Benefits {
		lines = append(lines, fmt.Sprintf("%s：改错 %d 处，判例查出 %d 处，改了也没有差别的 %d 处，查出率 %.1f %%", g.Benefit, g.All, g.Killed, g.Equivalent, 100*g.Rate()))
		proposals = append(proposals, g.Proposals...)
		killed, all, equivalent = killed+g.Killed, all+g.All, equivalent+g.Equivalent
	}
	lines = append(lines, fmt.Sprintf("合计：改错 %d 处，判例查出 %d 处，改了也没有差别的 %d 处，查出率 %.1f %%", all, killed, equivalent, 100*m.Rate()))
	proposals = distinct(proposals)
	if len(proposals) == 0 {
		return lines
	}
	lines = append(lines, fmt.Sprintf("\n还可以补 %d 条判例，先看 %d 条。请对照条款回答：结果对吗？对就贴进 cases/，写上来源；不对就说明规则写错了。", len(proposals), min(most, len(proposals))))
	group := ""
	for _, p := range proposals[:min(most, len(proposals))] {
		if g := "\n# " + p.Benefit + " · " + cmp.Or(p.Branch, "总条件"); g != group {
			group = g
			lines = append(lines, g)
		}
		lines = append(lines, p.Lines()...)
	}
	return lines
}

// distinct keeps one of the proposals that describe the same family.
func distinct(proposals []Proposal) []Proposal {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(proposals), func(p Proposal) bool {
		key := p.Benefit + p.known() + p.Day.String() + shortCode(p.Places.Household)
		known := seen[key]
		seen[key] = true
		return known
	})
}

// Lines writes a proposal: the question for the officer, and the precedent ready to be pasted.
func (p Proposal) Lines() []string {
	result := p.Verdict.String()
	wrong := "就会判成" + p.Wrong.String()
	if p.Amount != "" {
		result += "，" + p.Amount
		wrong = "金额就会变"
	}
	return []string{
		fmt.Sprintf("# %s → %s，对吗？（%s:%d 如果写错：%s，%s）", p.story(), result, p.File, p.Line, p.Slip, wrong),
		p.YAML(),
	}
}

// story is the family in plain words.
func (p Proposal) story() string {
	var parts []string
	for _, told := range p.Child.Told() {
		parts = append(parts, told.Label+"："+told.Text)
	}
	if len(parts) == 0 {
		return "什么都还不知道"
	}
	return strings.Join(parts, "；")
}

// YAML is the precedent as cases/*.yaml write it.
func (p Proposal) YAML() string {
	var b strings.Builder
	fmt.Fprintf(&b, "- {名称: %q, 日期: %q, 户籍地: %q", "补："+p.story(), p.Day, shortCode(p.Places.of("户籍地")))
	for _, by := range placeNames[1:] {
		if code := p.Places.of(by); code != p.Places.of("户籍地") {
			fmt.Fprintf(&b, ", %s: %q", by, shortCode(code))
		}
	}
	fmt.Fprintf(&b, ", 已知: {%s}, 结果: {%s: %s}", p.known(), p.Benefit, p.Verdict)
	if p.Amount != "" {
		fmt.Fprintf(&b, ", 金额: {%s: %s}", p.Benefit, p.Amount)
	}
	b.WriteString(", 来源: 请写上条款或确认人}")
	return b.String()
}

func (p Proposal) known() string {
	var parts []string
	c := p.Child
	for i, f := range c.dictionary.Facts {
		if c.touched[i] {
			parts = append(parts, f.Name+": "+f.written(c.said[i]))
		}
	}
	return strings.Join(parts, ", ")
}

// written is a value as precedents write it.
func (f *Fact) written(v Value) string {
	list := func(set uint64) string { return "[" + strings.Join(f.names(set), ", ") + "]" }
	switch {
	case f.Type == Multi && f.known(v):
		return list(v.In)
	case f.Type == Multi:
		return "{至少: " + list(v.In) + ", 不是: " + list(v.Out) + "}"
	case f.Type.number():
		text := fmt.Sprint(f.export(v))
		if strings.ContainsAny(text, ".-") && f.Type != Money || strings.Contains(text, "..") || f.Type == Place {
			return fmt.Sprintf("%q", text)
		}
		return text
	case f.known(v):
		return f.names(f.possible(v))[0]
	}
	return list(f.possible(v))
}
