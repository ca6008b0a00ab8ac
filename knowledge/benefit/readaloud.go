package benefit

import (
	"fmt"
	"slices"
	"strings"
)

// ReadAloud writes a rule and its local changes as Markdown in plain words, with the clause beside each line, so that
// a reviewer can hold it against the policy text and tick line by line. It is empty where the set has no such rule.
func (b *Book) ReadAloud(id string) string {
	rule := b.byID[id]
	if rule == nil {
		return ""
	}
	p := page{book: b}
	p.line("# %s", rule.ID)
	p.line("%s。%s，看%s在哪。%s，%s。", rule.Plain, rule.Kind, rule.By, b.regionText(rule.Region), spanText(rule.From, rule.To))
	p.line("上次核对 %s（%s），下次 %s。", rule.Review.Day, rule.Review.By, rule.Review.Next)
	p.conditions("谁符合", []*Node{rule.Condition})
	p.amounts(rule.Amounts)
	p.relations(rule.Relations)
	p.papers(rule.Papers)
	p.apply(rule.Apply)
	p.times(rule.Times, rule.TimesFrom)
	if len(rule.Expiry) > 0 {
		p.line("\n## 到期提醒")
		for i, x := range rule.Expiry {
			p.tick(0, i, b.sentence(x.When)+"时："+x.Text, nil)
		}
	}
	p.documents(rule.Sources)
	for _, o := range b.overlays {
		if o.ID == id {
			p.overlay(o)
		}
	}
	return p.String()
}

// page is the text that is being written; told are the branches that were explained.
type page struct {
	strings.Builder
	book *Book
	told []string
}

func (p *page) line(format string, args ...any) {
	fmt.Fprintf(p, format+"\n", args...)
}

// tick writes one line to tick, numbered 一、（1）① by its depth.
func (p *page) tick(depth, i int, text string, sources []Source) {
	p.line("%s- [ ] %s%s%s", strings.Repeat("  ", depth), numeral(depth, i), text, cited(sources))
}

// numeral counts the lines of a level.
func numeral(depth, i int) string {
	switch {
	case depth == 0:
		return chineseNumber(i+1) + "、"
	case depth == 1:
		return fmt.Sprintf("（%d）", i+1)
	case i < 20:
		return string(rune('①' + i))
	}
	return fmt.Sprintf("%d.", i+1)
}

// chineseNumber writes 1 to 99 in Chinese.
func chineseNumber(n int) string {
	digits := []rune("零一二三四五六七八九")
	switch {
	case n < 10:
		return string(digits[n])
	case n < 20:
		return "十" + strings.TrimPrefix(string(digits[n%10]), "零")
	}
	return string(digits[n/10]) + "十" + strings.TrimPrefix(string(digits[n%10]), "零")
}

// conditions writes condition trees, and after them what the branches mean that they refer to.
func (p *page) conditions(title string, conditions []*Node) {
	p.line("\n## %s", title)
	for i, n := range conditions {
		if len(conditions) > 1 || len(n.Kids) == 0 || n.Op == Ref {
			p.node(0, i, n)
			continue
		}
		p.line("%s：", p.book.headings(n))
		p.kids(0, n)
	}
	for _, n := range conditions {
		p.branches(n)
	}
}

func (p *page) kids(depth int, n *Node) {
	for i, kid := range n.Kids {
		p.node(depth, i, kid)
	}
}

func (p *page) node(depth, i int, n *Node) {
	switch n.Op {
	case All, Any, None, AtLeast:
		p.tick(depth, i, p.book.headings(n)+"：", n.Basis)
		p.kids(depth+1, n)
	case Ref:
		p.tick(depth, i, "“"+n.Name+"”（见下）", n.Basis)
	default:
		p.tick(depth, i, p.book.aloud(n), n.Basis)
	}
}

// headings is a named group's name with its word: 父母双方都不能抚养，下面的条件都符合.
func (b *Book) headings(n *Node) string {
	if n.Name == "" {
		return b.heading(n)
	}
	bare := *n
	bare.Name = ""
	return n.Name + "，" + b.heading(&bare)
}

// branches explains the 分条件 that a tree refers to, each once.
func (p *page) branches(n *Node) {
	if n.Op != Ref {
		for _, kid := range n.Kids {
			p.branches(kid)
		}
		return
	}
	if slices.Contains(p.told, n.Name) {
		return
	}
	p.told = append(p.told, n.Name)
	branch := n.Kids[0]
	if len(branch.Kids) > 0 && branch.Op != Ref {
		bare := *branch
		bare.Name = ""
		p.line("\n其中“%s”是指%s：", n.Name, p.book.heading(&bare))
		p.kids(0, branch)
	} else {
		p.line("\n其中“%s”是指：", n.Name)
		p.node(0, 0, branch)
	}
	p.branches(branch)
}

// sentence says a whole condition on one line.
func (b *Book) sentence(n *Node) string {
	switch n.Op {
	case All, Any, None, AtLeast:
		var kids []string
		for _, kid := range n.Kids {
			kids = append(kids, b.sentence(kid))
		}
		return b.heading(n) + "（" + strings.Join(kids, "；") + "）"
	}
	return b.aloud(n)
}

func (p *page) amounts(entries []Entry) {
	p.line("\n## 给多少")
	for i, e := range entries {
		text := p.book.amountText(e)
		if e.When != nil {
			text = "如果" + p.book.sentence(e.When) + "：" + text
		} else if len(entries) > 1 {
			text = "其他情况：" + text
		}
		p.tick(0, i, text+"，"+e.Payee+"计发", e.Basis)
	}
	for _, e := range entries {
		if e.When != nil {
			p.branches(e.When)
		}
	}
}

// amountText says a line of 金额 without its condition.
func (b *Book) amountText(e Entry) string {
	unit := e.unit(b)
	switch e.Form {
	case ByFixed:
		return showMoney(e.Fixed, unit)
	case ByItem:
		return "按项报销（" + e.Text + "）"
	case AsPublished:
		return "以当地公布为准（" + e.Text + "），" + unit
	}
	text := "按当地“" + e.Standard + "”标准，" + unit
	if e.TierBy >= 0 {
		text += "，分档看“" + b.Dictionary.Facts[e.TierBy].Label + "”"
	}
	switch e.Form {
	case ByRatio:
		text += "，乘 " + e.Ratio.RatString() + "，" + roundingName(e.Rounding)
	case ByTopUp:
		var less []string
		for _, fact := range e.Less {
			less = append(less, b.Dictionary.Facts[fact].Label)
		}
		if e.LessStd != "" {
			less = append(less, "当地“"+e.LessStd+"”标准")
		}
		text += "，减去" + strings.Join(less, "、")
	}
	return text
}

func roundingName(rounding Rounding) string {
	for name, r := range roundings {
		if r == rounding {
			return name
		}
	}
	return ""
}
