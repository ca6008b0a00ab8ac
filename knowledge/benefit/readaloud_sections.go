package benefit

import (
	"strings"
)

var relationWords = map[RelationKind]string{Exclusive: "不可同时", Higher: "两样取高的", TopsUp: "只补差额", Stacks: "可以一起领"}

var preferenceWords = map[Preference]string{Choose: "由家里选一样", Own: "以本项为先", Other: "以对方为先"}

func (p *page) relations(relations []Relation) {
	if len(relations) == 0 {
		return
	}
	p.line("\n## 和别的福利")
	for i, r := range relations {
		text := "和“" + r.With + "”：" + relationWords[r.Kind]
		if r.Kind == Exclusive {
			text += "，" + preferenceWords[r.Prefer]
		}
		p.tick(0, i, text, r.Basis)
	}
}

func (p *page) papers(papers Papers) {
	if len(papers.Always)+len(papers.When) == 0 {
		return
	}
	p.line("\n## 带什么")
	for i, paper := range papers.Always {
		p.tick(0, i, paper.Name, paper.Basis)
	}
	for i, w := range papers.When {
		p.tick(0, len(papers.Always)+i, "如果"+p.book.sentence(w.When)+"："+strings.Join(w.Names, "；"), w.Basis)
	}
}

func (p *page) apply(a Apply) {
	p.line("\n## 怎么办")
	parts := []struct{ label, text string }{{"谁申请", a.Who}, {"去哪", a.Where}, {"谁确认", a.Decides}, {"公示", a.Public}, {"网上", a.Online}, {"电话", a.Phone}}
	i := 0
	for _, part := range parts {
		if part.text != "" {
			p.tick(0, i, part.label+"："+part.text, nil)
			i++
		}
	}
	if len(a.Basis) > 0 {
		p.line("\n〔%s〕", sourcesText(a.Basis))
	}
}

func (p *page) times(steps []Step, basis []Source) {
	if len(steps) == 0 {
		return
	}
	p.line("\n## 多久")
	for i, step := range steps {
		p.tick(0, i, step.Step+"："+step.Time, nil)
	}
	if len(basis) > 0 {
		p.line("\n〔%s〕", sourcesText(basis))
	}
}

func (p *page) documents(sources []Source) {
	p.line("\n## 文件")
	for _, s := range sources {
		text := "《" + s.Document + "》"
		if s.Number != "" {
			text = s.Number + " " + text
		}
		if s.URL != "" {
			text += " " + s.URL
		}
		p.line("- %s（%s）", text, s.Seen)
	}
}

func (p *page) overlay(o *Overlay) {
	p.line("\n# 地方改动：%s，%s", p.book.regionText(o.Region), spanText(o.From, o.To))
	p.line("上次核对 %s（%s），下次 %s。", o.Review.Day, o.Review.By, o.Review.Next)
	if len(o.Widen) > 0 {
		p.conditions("放宽：符合下面任一种也算", o.Widen)
	}
	if len(o.Narrow) > 0 {
		p.conditions("收紧：还要符合下面每一条", o.Narrow)
	}
	if o.Replace.Condition != nil {
		p.conditions("条件改为", []*Node{o.Replace.Condition})
	}
	if o.Replace.Amounts != nil {
		p.amounts(o.Replace.Amounts)
	}
	if o.Replace.Papers != nil {
		p.papers(*o.Replace.Papers)
	}
	if o.Replace.Apply != nil {
		p.apply(*o.Replace.Apply)
	}
	p.times(o.Replace.Times, o.Replace.TimesFrom)
	p.documents(o.Sources)
}

// regionText is a region as reviewers read it: 杭州市（330100）.
func (b *Book) regionText(code int64) string {
	if code == Country {
		return "全国"
	}
	return b.placeName(code) + "（" + shortCode(code) + "）"
}

func spanText(from, to Day) string {
	if to == Forever {
		return from.String() + " 起"
	}
	return from.String() + " 到 " + to.String()
}
