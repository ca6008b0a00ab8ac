package answer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"xiaohe/assistant/dialogue"
	"xiaohe/knowledge"
	"xiaohe/knowledge/benefit"
)

// Frame is what an answer says in any words. The checked sentences of a model may stand between Before and After; the
// Lines that they left out follow them in the template's words.
type Frame struct {
	Before   string // empty, or ends with an empty line
	Lines    []Line
	After    string
	Passages []Passage // what the sentences may rest on
	Slots    []Slot    // of the Lines' benefits
}

// Line is what an answer has to say of one benefit.
type Line struct {
	Item  benefit.Item
	Lead  string // stands before the first line of its kind: 按您说的情况，可以申请
	Brief bool   // the names alone follow the lead
	Parts []Part
	Marks string // of its clauses: [1][2]
}

// Part is told where one of its slots is in a sentence.
type Part struct {
	Slots []string // keys
	Text  string
}

// Slot is a value of the card: a model writes {{金额:孤儿基本生活费}}, and never the value.
type Slot struct{ Key, Text string }

// Passage is a text that a sentence may rest on.
type Passage struct {
	Title, Number, Clause, Text string

	Marks    string // [2]; of a card, which is not cited itself, those of its clauses
	Citation int    // the N of its citation, 0 where there is none
}

// The kinds of slot. A key is the kind, a colon, and the benefit.
const (
	SlotVerdict = "结论"
	SlotAmount  = "金额"
	SlotWould   = "参考金额" // what would be paid, where it is open whether anything is
	SlotWhere   = "去哪"
	SlotPapers  = "要带"
	SlotTimes   = "时限"
	SlotBecause = "原因"
	SlotChange  = "变化" // when the verdict will be another
	SlotMissing = "还要弄清"
)

// verdictWords are what a 结论 slot says.
var verdictWords = map[string]string{"eligible": "按您说的情况可以申请", "undetermined": "还不能确定", "ineligible": "按您说的情况不符合条件"}

const receivedWords = "已经在领"

// Leads of lines.
const (
	leadEligible = "按您说的情况，可以申请"
	leadOpen     = "还有这些，要再弄清几样才知道能不能办"
	leadRuledOut = "按您说的，这些不符合"
	leadReceived = "已经在领的"
)

// frame is what a decision says in any words; nil where it has nothing to tell of a benefit.
func (b *builder) frame(out dialogue.Outcome, before string) *Frame {
	f := &Frame{Before: before, Passages: b.passages()}
	card := out.Decision.Card
	if len(out.Explain) > 0 {
		for _, item := range out.Explain {
			f.add(Line{Item: item, Parts: explained(item), Marks: b.marked[item.ID]}, false)
		}
	} else {
		if children := out.Decision.Children; len(children) > 1 && out.Decision.Child != "" {
			f.Before += "先说「" + out.Decision.Child + "」的。\n\n"
		}
		for _, item := range card.Eligible {
			f.add(Line{Item: item, Lead: leadEligible, Parts: granted(item), Marks: b.marked[item.ID]}, false)
		}
		for _, item := range card.Open[:min(toldItems, len(card.Open))] {
			f.add(Line{Item: item, Lead: leadOpen, Brief: true, Parts: named(item, SlotVerdict, SlotWould, SlotMissing)}, false)
		}
		for _, item := range card.RuledOut[:min(toldItems, len(card.RuledOut))] {
			f.add(Line{Item: item, Lead: leadRuledOut, Parts: refused(item)}, false)
		}
		for _, item := range card.Received {
			f.add(Line{Item: item, Lead: leadReceived, Brief: true, Parts: named(item, SlotVerdict)}, true)
		}
	}
	if len(f.Lines) == 0 {
		return nil
	}
	return f
}

func (f *Frame) add(l Line, received bool) {
	f.Lines = append(f.Lines, l)
	for _, s := range slots(l.Item, received) {
		if !slices.Contains(f.Slots, s) {
			f.Slots = append(f.Slots, s)
		}
	}
}

// Key is how a model names a value of a benefit.
func Key(kind, id string) string { return kind + ":" + id }

func part(item benefit.Item, text string, kinds ...string) Part {
	p := Part{Text: text}
	for _, kind := range kinds {
		p.Slots = append(p.Slots, Key(kind, item.ID))
	}
	return p
}

func named(item benefit.Item, kinds ...string) []Part { return []Part{part(item, item.ID, kinds...)} }

func granted(item benefit.Item) []Part {
	parts := []Part{part(item, amountText(item), SlotAmount)}
	if item.Amount == nil {
		parts = named(item, SlotVerdict)
		parts[0].Text = item.Plain
	}
	parts = append(parts, part(item, "去哪办："+item.Apply.Where, SlotWhere))
	if text := papersText(item); text != "" {
		parts = append(parts, part(item, "要带："+text, SlotPapers))
	}
	return parts
}

func refused(item benefit.Item) []Part {
	parts := []Part{part(item, because(item), SlotBecause)}
	if text := changeText(item); text != "" {
		parts = append(parts, part(item, "什么时候会变："+text, SlotChange))
	}
	return parts
}

func explained(item benefit.Item) []Part {
	parts := []Part{part(item, verdictWords[item.Verdict], SlotVerdict)}
	if len(item.Because) > 0 {
		parts = append(parts, part(item, because(item), SlotBecause))
	}
	if text := missingText(item); text != "" {
		parts = append(parts, part(item, "还要弄清："+text, SlotMissing))
	}
	if text := changeText(item); text != "" {
		parts = append(parts, part(item, "什么时候会变："+text, SlotChange))
	}
	return parts
}

// slots are the values of a benefit that its verdict allows to be told.
func slots(item benefit.Item, received bool) []Slot {
	verdict := verdictWords[item.Verdict]
	if received {
		return []Slot{{Key(SlotVerdict, item.ID), receivedWords}}
	}
	all := []Slot{{Key(SlotVerdict, item.ID), verdict}}
	add := func(kind, text string) {
		if text != "" {
			all = append(all, Slot{Key(kind, item.ID), text})
		}
	}
	add(SlotBecause, because(item))
	add(SlotChange, changeText(item))
	add(SlotMissing, missingText(item))
	if item.Verdict == "ineligible" {
		return all
	}
	if item.Verdict == "eligible" {
		add(SlotAmount, amountText(item))
	} else {
		add(SlotWould, amountText(item))
	}
	add(SlotWhere, item.Apply.Where)
	add(SlotPapers, papersText(item))
	add(SlotTimes, timesText(item))
	return all
}

// amountText is the money with whose it is and since when the figure holds.
func amountText(item benefit.Item) string {
	if item.Amount == nil {
		return ""
	}
	text := item.Amount.Text + shares[item.Amount.Payee]
	for _, warning := range item.Warnings {
		if strings.HasSuffix(warning, benefit.SinceSuffix) {
			text += "（" + warning + "）"
		}
	}
	return text
}

// toldPapers is how many papers are named.
const toldPapers = 2

func papersText(item benefit.Item) string {
	text := strings.Join(item.Papers[:min(toldPapers, len(item.Papers))], "、")
	if len(item.Papers) > toldPapers {
		text += "等"
	}
	return text
}

func timesText(item benefit.Item) string {
	var texts []string
	for _, step := range item.Times {
		texts = append(texts, step.Step+"："+step.Time)
	}
	return strings.Join(texts, "；")
}

func missingText(item benefit.Item) string {
	var labels []string
	for _, m := range item.Missing[:min(mostMissing, len(item.Missing))] {
		labels = append(labels, m.Label)
	}
	text := strings.Join(labels, "、")
	if len(item.Missing) > mostMissing {
		text += fmt.Sprintf("等 %d 样", len(item.Missing))
	}
	return text
}

func changeText(item benefit.Item) string { return strings.Join(item.Changes, "；或者") }

// passages are the texts behind the citations.
func (b *builder) passages() []Passage {
	var all []Passage
	for i, c := range b.citations {
		if b.texts[i] != "" {
			all = append(all, Passage{Title: c.Document, Number: c.Number, Clause: cmp.Or(c.Place.Label, c.Clause), Text: b.texts[i],
				Marks: fmt.Sprintf("[%d]", c.N), Citation: c.N})
		}
	}
	return all
}

// cardFrame is what an answer from a card says in any words. The words of a card that calls the police or an ambulance
// are not changed: nil.
func (b *builder) cardFrame(card knowledge.Document, marks, after string) *Frame {
	if urgent(card) {
		return nil
	}
	f := &Frame{After: after, Passages: b.passages()}
	if !slices.ContainsFunc(b.citations, func(c Citation) bool { return c.Place.DocumentID == card.ID.String() }) {
		f.Passages = append([]Passage{{Title: CardMark + card.Title, Text: card.Short(), Marks: marks}}, f.Passages...)
	}
	return f
}

// ToChild puts words to the child itself.
func ToChild(text string) string { return strings.ReplaceAll(text, "您", "你") }

// toChild puts everything that a frame says to the child itself.
func (f *Frame) toChild() {
	if f == nil {
		return
	}
	f.Before, f.After = ToChild(f.Before), ToChild(f.After)
	for i := range f.Slots {
		f.Slots[i].Text = ToChild(f.Slots[i].Text)
	}
	for i := range f.Lines {
		f.Lines[i].Lead = ToChild(f.Lines[i].Lead)
		for j := range f.Lines[i].Parts {
			f.Lines[i].Parts[j].Text = ToChild(f.Lines[i].Parts[j].Text)
		}
	}
}
