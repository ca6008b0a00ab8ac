package prose

import (
	"fmt"
	"strings"

	"xiaohe/assistant/answer"
	"xiaohe/assistant/guard"
	"xiaohe/prompts"
)

// Bounds of what a model is given, in characters.
const (
	passageRunes  = 1200
	passagesRunes = 5000
)

// fields are what the prompt speaks of. The person's words are private; the card's reasons are not among them, since
// they say what the person told: a model gets their names alone.
func fields(task Task) []prompts.Field {
	return []prompts.Field{
		{Name: "reader", Text: string(task.Reader)},
		{Name: "question", Text: task.Question, Private: true},
		{Name: "before", Text: task.Before, Private: true},
		{Name: "items", List: items(task.Frame)},
		{Name: "phones", List: phones(task.Phones)},
		{Name: "passages", List: passages(task.Frame.Passages)},
	}
}

// verdicts are the words for a verdict in the list of items.
var verdicts = map[string]string{"eligible": "可以申请", "undetermined": "还不能确定", "ineligible": "不符合条件"}

// items name each benefit of the card with its verdict and the slots that stand for its values.
func items(f answer.Frame) []string {
	list := []string{}
	for _, l := range f.Lines {
		var keys []string
		for _, s := range f.Slots {
			if strings.HasSuffix(s.Key, ":"+l.Item.ID) {
				keys = append(keys, "{{"+s.Key+"}}")
			}
		}
		list = append(list, fmt.Sprintf("%s（%s）：%s。可用：%s", l.Item.ID, l.Item.Plain, verdicts[l.Item.Verdict], strings.Join(keys, " ")))
	}
	return list
}

func phones(all []Phone) []string {
	list := []string{}
	for _, p := range all {
		list = append(list, "{{"+phoneKey(p)+"}}")
	}
	return list
}

func phoneKey(p Phone) string { return answer.Key("电话", p.Name) }

// passages are numbered from 1. A long one is cut after a sentence.
func passages(all []answer.Passage) []string {
	list := []string{}
	room := passagesRunes
	for i, p := range all {
		text := clip(bare(p.Text), min(passageRunes, max(room, 0)))
		room -= len([]rune(text))
		list = append(list, strings.TrimSpace(fmt.Sprintf("[%d] 《%s》%s %s", i+1, p.Title, p.Number, p.Clause))+"\n"+text)
	}
	return list
}

// bare is a text without the emphasis of Markdown, which no sentence could repeat.
func bare(text string) string { return strings.ReplaceAll(text, "**", "") }

// clip cuts a text after its last whole sentence within so many characters.
func clip(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	for end := most; end > 0; end-- {
		if strings.ContainsRune("。；\n", runes[end-1]) {
			return string(runes[:end])
		}
	}
	return string(runes[:most])
}

// ground is what the guard checks against.
func ground(task Task) guard.Ground {
	g := guard.Ground{Question: task.Question, Verdicts: task.Verdicts}
	for _, p := range task.Frame.Passages {
		g.Passages = append(g.Passages, guard.Passage{Title: p.Title, Number: p.Number, Clause: p.Clause, Text: bare(p.Text)})
	}
	g.Slots = slots(task)
	return g
}

// slots are the values that a sentence may hold.
func slots(task Task) []guard.Slot {
	var all []guard.Slot
	for _, s := range task.Frame.Slots {
		all = append(all, guard.Slot{Key: s.Key, Text: s.Text})
	}
	for _, p := range task.Phones {
		all = append(all, guard.Slot{Key: phoneKey(p), Text: p.Number})
	}
	return all
}
