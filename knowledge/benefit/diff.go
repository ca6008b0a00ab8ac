package benefit

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Difference is one thing that two rule sets do not share, and the families for whom it matters.
type Difference struct {
	Kind    string   // 规则, 标准, 事实
	ID      string   // the benefit, standard or fact
	Lines   []string // what was taken away and what was added, in plain words
	Effects []string // families and precedents whose verdict or amount changes
}

// String writes a difference for a terminal.
func (d Difference) String() string {
	lines := []string{d.Kind + "“" + d.ID + "”"}
	for _, text := range d.Lines {
		lines = append(lines, "  "+text)
	}
	for _, text := range d.Effects {
		lines = append(lines, "  结果变了："+text)
	}
	if d.Kind == "规则" && len(d.Effects) == 0 {
		lines = append(lines, "  没有找到结果会变的家庭")
	}
	return strings.Join(lines, "\n")
}

// Diff compares two rule sets: facts, standards, rules; and for each rule that changed, or whose facts or standards did,
// the precedents and the families whose result changes.
func Diff(old, new *Book) []Difference {
	facts := diffTexts("事实", factTexts(old), factTexts(new))
	rows := diffTexts("标准", rowTexts(old), rowTexts(new))
	found := slices.Concat(facts, rows)
	touched := map[string]bool{}
	for _, d := range facts {
		touched[d.ID] = true
	}
	for _, d := range rows {
		id, _, _ := strings.Cut(d.ID, "，")
		id, _ = cutTier(id)
		touched[id] = true
	}
	for _, id := range Benefits {
		if d := diffRule(old, new, id, touched); len(d.Lines)+len(d.Effects) > 0 {
			found = append(found, d)
		}
	}
	return found
}

func diffRule(old, new *Book, id string, touched map[string]bool) Difference {
	d := Difference{Kind: "规则", ID: id}
	before, after := old.byID[id], new.byID[id]
	switch {
	case before == nil && after == nil:
		return d
	case before == nil:
		d.Lines = []string{"新加了这项福利"}
		return d
	case after == nil:
		d.Lines = []string{"去掉了这项福利"}
		return d
	}
	d.Lines = diffLines(old.ReadAloud(id), new.ReadAloud(id))
	if len(d.Lines) > 0 || old.speaksOf(before, touched) || new.speaksOf(after, touched) {
		d.Effects = effects(old, new, id)
	}
	return d
}

// speaksOf tells whether a rule rests on one of the facts or standards.
func (b *Book) speaksOf(rule *Rule, touched map[string]bool) bool {
	for _, id := range b.standardsOf(rule) {
		if touched[id] {
			return true
		}
	}
	speaks := false
	for _, n := range b.conditionsOf(rule) {
		n.leaves(func(leaf *Node) {
			id, _ := cutTier(leaf.Standard)
			speaks = speaks || leaf.Op == Below && touched[id] || leaf.Op >= Less && leaf.Op <= Below && touched[b.Dictionary.Facts[leaf.Fact].Name]
		})
	}
	return speaks
}

// diffLines lists the lines that only one of two texts has.
func diffLines(old, new string) []string {
	var found []string
	before, after := plainLines(old), plainLines(new)
	for _, line := range before {
		if !slices.Contains(after, line) {
			found = append(found, "去掉："+line)
		}
	}
	for _, line := range after {
		if !slices.Contains(before, line) {
			found = append(found, "新加："+line)
		}
	}
	return found
}

var boxAndNumber = regexp.MustCompile(`^- \[ \] ([一二三四五六七八九十]+、|（\d+）|[①-⑳]|\d+\.)`)

// plainLines are the lines of a text without the boxes and numbers of its lists.
func plainLines(text string) []string {
	var found []string
	for line := range strings.Lines(text) {
		if line = boxAndNumber.ReplaceAllString(strings.TrimSpace(line), ""); line != "" {
			found = append(found, line)
		}
	}
	return found
}

func factTexts(b *Book) map[string]string {
	texts := map[string]string{}
	for _, f := range b.Dictionary.Facts {
		text := fmt.Sprintf("%s；取值 %s；范围 %d..%d；单位 %s；问：%s", f.Type, strings.Join(f.Options, "、"), f.Range.Lo, min(f.Range.Hi, Infinity), f.Unit, f.Question)
		if f.Gate != nil {
			text += "；前提 " + b.sentence(f.Gate)
		}
		texts[f.Name] = text
	}
	return texts
}

func rowTexts(b *Book) map[string]string {
	texts := map[string]string{}
	for _, row := range b.Rows {
		key := row.name() + "，" + b.regionText(row.Region) + "，" + row.From.String() + " 起"
		texts[key] = fmt.Sprintf("%s，%s（%s，%s）", row.Text(), spanText(row.From, row.To), row.Trust, row.Source.Document)
	}
	return texts
}

func diffTexts(kind string, before, after map[string]string) []Difference {
	var found []Difference
	for _, id := range slices.Sorted(maps.Keys(merged(before, after))) {
		d := Difference{Kind: kind, ID: id}
		switch was, is := before[id], after[id]; {
		case was == is:
			continue
		case was == "":
			d.Lines = []string{"新加：" + is}
		case is == "":
			d.Lines = []string{"去掉：" + was}
		default:
			d.Lines = []string{"原来：" + was, "现在：" + is}
		}
		found = append(found, d)
	}
	return found
}

func merged(a, b map[string]string) map[string]string {
	both := maps.Clone(a)
	maps.Copy(both, b)
	return both
}
