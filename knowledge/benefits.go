package knowledge

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"xiaohe/knowledge/benefit"
)

// benefitEntries renders a rule set for the search: of each benefit one document for the country, and one for every
// region and period in which a local change or a standard says something else than the region above.
func benefitEntries(book *benefit.Book) []Entry {
	var entries []Entry
	for _, rule := range book.Rules {
		moments := book.Moments(rule.ID)
		var regions []int64
		for _, m := range moments {
			if !slices.Contains(regions, m.Region) {
				regions = append(regions, m.Region)
			}
		}
		for _, region := range regions {
			above := nearest(regions, region)
			var last *Entry
			for _, p := range periods(moments, region, rule.To) {
				e := renderBenefit(book, rule.ID, region, p)
				switch {
				case e == nil || above != 0 && sameBenefit(e, renderBenefit(book, rule.ID, above, p)):
					last = nil
				case last != nil && sameBenefit(e, last):
					last.Document.Expires = e.Document.Expires
				default:
					entries = append(entries, *e)
					last = &entries[len(entries)-1]
				}
			}
		}
	}
	for i := range entries {
		entries[i].Document.SHA256 = benefitSum(&entries[i])
	}
	return entries
}

// nearest is the closest region above place in a list, 0 where there is none.
func nearest(regions []int64, place int64) int64 {
	for _, region := range benefit.Chain(place)[1:] {
		if slices.Contains(regions, region) {
			return region
		}
	}
	return 0
}

// period is a span of days; until is the first day after it.
type period struct{ from, until benefit.Day }

// periods cuts time at the moments of a region and of those that it lies in, up to the last day of the rule.
func periods(moments []benefit.Moment, region int64, last benefit.Day) []period {
	chain := benefit.Chain(region)
	var days []benefit.Day
	for _, m := range moments {
		if slices.Contains(chain, m.Region) && m.From <= last {
			days = append(days, m.From)
		}
	}
	slices.Sort(days)
	days = slices.Compact(days)
	found := make([]period, len(days))
	for i, day := range days {
		found[i] = period{day, benefit.Forever}
		if i+1 < len(days) {
			found[i].until = days[i+1]
		} else if last < benefit.Forever {
			found[i].until = last + 1
		}
	}
	return found
}

// sameBenefit tells whether two documents say the same.
func sameBenefit(a, b *Entry) bool {
	return b != nil && a.Document.Body == b.Document.Body && a.Document.Card.Recheck == b.Document.Card.Recheck
}

// renderBenefit writes what a rule says at a place in a period; nil where it is not in force there.
func renderBenefit(book *benefit.Book, id string, region int64, p period) *Entry {
	code := benefit.ShortCode(region)
	outline, ok := book.At(benefit.Everywhere(code), p.from).Outline(id)
	if !ok {
		return nil
	}
	body := benefitBody(outline)
	d := Document{
		Kind: KindBenefit, Key: fmt.Sprintf("%s@%s@%s", id, code, p.from), Title: id, Region: code, Effective: Date(p.from.String()),
		Body: body, Card: benefitCard(outline), Benefit: id,
	}
	if region != benefit.Country {
		d.Title = book.Regions[region].Name + id
	}
	if p.until < benefit.Forever {
		d.Expires = Date(p.until.String())
	}
	return &Entry{Document: d, Passages: []Passage{{Path: "福利项目", Body: body, To: len([]rune(body))}}}
}

// benefitBody is the answer to "what is it, how much, who, where, with what": plain words in Markdown.
func benefitBody(o benefit.Outline) string {
	var b strings.Builder
	name := o.Rule.ID
	if len(o.Rule.Aliases) > 0 {
		name += "（也叫" + strings.Join(o.Rule.Aliases[:min(2, len(o.Rule.Aliases))], "、") + "）"
	}
	fmt.Fprintf(&b, "**%s**：%s。\n", name, strings.TrimRight(o.Rule.Plain, "。"))
	what := "给多少"
	if o.Rule.Kind == "认定" || o.Rule.Kind == "服务" {
		what = "给什么"
	}
	writeList(&b, what, o.Amounts)
	writeList(&b, "谁能申请（下面都要符合）", o.Who)
	writeLine(&b, "谁去申请", o.Apply.Who)
	writeLine(&b, "去哪办", o.Apply.Where)
	writeLine(&b, "网上办", o.Apply.Online)
	writeLine(&b, "电话", o.Apply.Phone)
	writeList(&b, "带什么", o.Papers)
	var times []string
	for _, step := range o.Times {
		times = append(times, step.Step+"："+step.Time)
	}
	writeLine(&b, "多久", strings.Join(times, "；"))
	writeLine(&b, "谁确认", o.Apply.Decides)
	writeLine(&b, "公示", o.Apply.Public)
	b.WriteString(details)
	writeList(&b, "上面说的是指", o.Meaning)
	writeLine(&b, "规定出自", strings.Join(documentNames(o.Sources), "、"))
	return strings.TrimSpace(b.String())
}

// details begins what only a reader of the whole document needs.
const details = "\n### 细说\n"

// Short is what an answer shows of a card or a benefit: all but its details.
func (d *Document) Short() string {
	short, _, _ := strings.Cut(d.Body, details)
	return strings.TrimSpace(short)
}

func writeLine(b *strings.Builder, label, text string) {
	if text != "" {
		fmt.Fprintf(b, "\n**%s**：%s\n", label, text)
	}
}

// writeList writes one item beside its label, several below it.
func writeList(b *strings.Builder, label string, items []string) {
	switch len(items) {
	case 0:
	case 1:
		writeLine(b, label, items[0])
	default:
		fmt.Fprintf(b, "\n**%s**：\n\n- %s\n", label, strings.Join(items, "\n- "))
	}
}

func documentNames(sources []benefit.Source) []string {
	var names []string
	for _, s := range sources {
		if name := "《" + s.Document + "》"; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// benefitCard is what a benefit is found by and rests on.
func benefitCard(o benefit.Outline) *Card {
	c := &Card{Confidence: "报道", Recheck: Date(o.Recheck.String())}
	for _, s := range o.Sources {
		confidence := "报道"
		if slices.Contains(readSources, s.Seen) {
			confidence = "原文"
			if !o.Doubtful {
				c.Confidence = "原文"
			}
		}
		for _, clause := range clausesIn(s.Clause) {
			b := Basis{Document: s.Document, Number: s.Number, Clause: clause, URL: s.URL, Confidence: confidence}
			if len(c.Basis) < maxBasis && !slices.Contains(c.Basis, b) {
				c.Basis = append(c.Basis, b)
			}
		}
	}
	return c
}

// readSources are the ways in which a source's own text was seen.
var readSources = []string{"官方", "全文副本", "节选副本"}

// maxBasis is the most clauses that a benefit cites.
const maxBasis = 8

var (
	clauseLabel = regexp.MustCompile(`第[一二三四五六七八九十百零]+条|^[一二三四五六七八九十]+(（[一二三四五六七八九十]+）)*`)
	clausePart  = regexp.MustCompile(`（[一二三四五六七八九十]+）`)
)

// clausesIn reads the labels of clauses as passages carry them: 第九条、第十条 are two, 二（一）（三） are 二（一） and
// 二（三）. What is no label leaves one empty clause: the document alone.
func clausesIn(text string) []string {
	var found []string
	for _, label := range clauseLabel.FindAllString(text, -1) {
		parts := clausePart.FindAllString(label, -1)
		if strings.HasPrefix(label, "第") || len(parts) == 0 {
			found = append(found, label)
			continue
		}
		section := label[:strings.Index(label, "（")]
		for _, part := range parts {
			found = append(found, section+part)
		}
	}
	if found == nil {
		return []string{""}
	}
	return found
}

// benefitSum tells whether a stored document is what would be rendered now.
func benefitSum(e *Entry) []byte {
	d := &e.Document
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s\n%s\n%v", d.Key, d.Title, d.Expires, d.Body, *d.Card))
	return sum[:]
}
