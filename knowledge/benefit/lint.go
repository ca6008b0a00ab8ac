package benefit

import (
	"fmt"
	"slices"
)

// dueSoon is how many days ahead a review is announced.
const dueSoon = 30

// Lint looks at a loaded set as a whole: reviews that fell or fall due, pairs of cash benefits whose relation nobody
// wrote down, precedents that contradict themselves. day is today.
func (b *Book) Lint(day Day) []Problem {
	return sortProblems(slices.Concat(b.due(day), b.undeclared(), b.contradicting()))
}

// due lists the rules and local changes that must be compared with their sources.
func (b *Book) due(day Day) []Problem {
	var found []Problem
	note := func(file string, line int, id string, review Review) {
		switch {
		case review.Next < day:
			found = append(found, Problem{file, line, Warning, fmt.Sprintf("“%s”过了核对日期：上次 %s（%s），应在 %s 前再核对", id, review.Day, review.By, review.Next)})
		case review.Next <= day+dueSoon:
			found = append(found, Problem{file, line, Warning, fmt.Sprintf("“%s”快到核对日期了：%s", id, review.Next)})
		}
	}
	for _, rule := range b.Rules {
		note(rule.file, rule.line, rule.ID, rule.Review)
	}
	for _, o := range b.overlays {
		note(o.file, o.line, o.ID+"（地方改动）", o.Review)
	}
	return found
}

// undeclared lists pairs of monthly cash benefits without a relation: whether a child gets both is a question that a
// document answers, and no program.
func (b *Book) undeclared() []Problem {
	var found []Problem
	for i, rule := range b.Rules {
		for _, other := range b.Rules[i+1:] {
			if !b.paidMonthly(rule) || !b.paidMonthly(other) {
				continue
			}
			if b.ties[slices.Index(Benefits, rule.ID)][slices.Index(Benefits, other.ID)].kind == NoRelation {
				found = append(found, Problem{rule.file, rule.line, Warning, "“" + rule.ID + "”没有写和“" + other.ID + "”的关系（不可同时、就高、补差、可叠加）"})
			}
		}
	}
	return found
}

func (b *Book) paidMonthly(rule *Rule) bool {
	return rule.Kind == "现金" && len(rule.Amounts) > 0 && rule.Amounts[0].unit(b) == "元/月"
}

// contradicting lists precedents in which what is known cannot be true together.
func (b *Book) contradicting() []Problem {
	var found []Problem
	for _, p := range b.Precedents {
		c, err := b.Case(p.Known)
		if err != nil {
			found = append(found, Problem{p.File, p.Line, Error, "判例“" + p.Name + "”：" + err.Error()})
			continue
		}
		for _, conflict := range c.Conflicts(p.Day) {
			found = append(found, Problem{p.File, p.Line, Error, "判例“" + p.Name + "”自相矛盾：" + conflict.Text})
		}
	}
	return found
}
