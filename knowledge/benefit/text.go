package benefit

import (
	"fmt"
	"strings"
)

// Text writes a card as plain text, for copying and sharing.
func Text(card Card) string {
	var b strings.Builder
	fmt.Fprintf(&b, "小禾帮您整理的（%s，%s）\n", card.Place, card.Day)
	if card.Total != "" {
		fmt.Fprintf(&b, "合计：%s\n", card.Total)
	}
	section(&b, "可以申请的", card.Eligible, writeEligible)
	section(&b, "还要确认的", card.Open, writeOpen)
	section(&b, "不符合的", card.RuledOut, writeRuledOut)
	section(&b, "已经在领的", card.Received, func(b *strings.Builder, _ Item) {})
	for _, text := range card.Choices {
		fmt.Fprintf(&b, "\n注意：%s。", text)
	}
	for _, text := range card.Reminders {
		fmt.Fprintf(&b, "\n提醒：%s。", text)
	}
	fmt.Fprintf(&b, "\n按您说的情况算出来的，最后由办理的部门确认。规则版本 %s。\n", card.Version)
	return b.String()
}

func section(b *strings.Builder, title string, items []Item, write func(*strings.Builder, Item)) {
	if len(items) == 0 {
		return
	}
	fmt.Fprintf(b, "\n【%s】\n", title)
	for i, item := range items {
		fmt.Fprintf(b, "%d. %s（%s）\n", i+1, item.ID, item.Plain)
		write(b, item)
	}
}

func writeEligible(b *strings.Builder, item Item) {
	line(b, "钱", item.money())
	line(b, "去哪办", item.Apply.Where)
	line(b, "谁申请", item.Apply.Who)
	line(b, "电话", item.Apply.Phone)
	line(b, "带什么", strings.Join(item.Papers, "；"))
	var times []string
	for _, step := range item.Times {
		times = append(times, step.Step+" "+step.Time)
	}
	line(b, "多久", strings.Join(times, "；"))
	line(b, "谁确认", item.Apply.Decides)
	line(b, "依据", sourcesText(item.Sources))
	line(b, "留意", strings.Join(item.Warnings, "；"))
}

func writeOpen(b *strings.Builder, item Item) {
	var missing []string
	for _, m := range item.Missing {
		missing = append(missing, m.Label)
	}
	line(b, "还要弄清", strings.Join(missing, "、"))
	for _, reason := range item.Because {
		if !reason.Met {
			line(b, "说明", reason.Text)
		}
	}
	if len(missing) == 0 {
		line(b, "去哪问", item.Apply.Where)
	}
	line(b, "如果符合", item.money())
}

func writeRuledOut(b *strings.Builder, item Item) {
	var because []string
	for _, r := range item.Because {
		because = append(because, r.Text)
	}
	line(b, "因为", strings.Join(because, "；"))
	line(b, "什么时候会变", strings.Join(item.Changes, "；或者"))
}

func line(b *strings.Builder, label, text string) {
	if text != "" {
		fmt.Fprintf(b, "   %s：%s\n", label, text)
	}
}

// money is the amount of an item in one line.
func (item Item) money() string {
	if item.Amount == nil {
		return ""
	}
	text := item.Amount.Text
	if item.Amount.Payee == "每户" || item.Amount.Payee == "每人" {
		text += "（" + item.Amount.Payee + "）"
	}
	if item.Amount.Note != "" {
		text += "，" + item.Amount.Note
	}
	return text
}

// sourcesText lists clauses: 民发〔2019〕62号 一.
func sourcesText(sources []Source) string {
	var texts []string
	for _, s := range sources {
		text := s.Number
		if text == "" || text == "未见" {
			text = "《" + s.Document + "》"
		}
		texts = append(texts, strings.TrimSpace(text+" "+s.Clause))
	}
	return strings.Join(texts, "；")
}
