package benefit

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// outcome is what a rule set says of a benefit for one child.
type outcome struct {
	verdict Verdict
	amount  string
}

func (o outcome) String() string {
	if o.verdict == Ineligible || o.amount == "" {
		return o.verdict.String()
	}
	return o.verdict.String() + "，" + o.amount
}

// situation is a child of which something is known, at places on a day. It does not hang on a rule set.
type situation struct {
	places Places
	day    Day
	known  map[string]Said
}

// outcomeOf decides one benefit; ok is false where the set lacks the rule or a fact that is known.
func (b *Book) outcomeOf(id string, s situation) (o outcome, ok bool) {
	for name := range s.known {
		if _, err := b.Dictionary.Fact(name); err != nil {
			return outcome{}, false
		}
	}
	child, err := b.Case(s.known)
	if err != nil {
		return outcome{}, false
	}
	v := b.At(s.places, s.day)
	f := v.find(id)
	if f == nil {
		return outcome{}, true // not in force: nothing is promised
	}
	e := v.evaluation(v.resolve(child))
	r := Result{ID: id, Final: e.final(f)}
	r.Amount, r.Unit, _ = f.amount(e)
	return outcome{r.Final, v.amountText(child, r)}, len(child.Conflicts(s.day)) == 0
}

// effectDraws is how many families are tried in each set, effectExamples how many are told for one change of the
// outcome, amountsShown how many changes are told in which only the amount differs.
const (
	effectDraws    = 4000
	effectExamples = 3
	amountsShown   = 6
)

// shift is a change of the outcome and families to whom it happens.
type shift struct {
	before, after outcome
	families      []string
}

func (s shift) String() string {
	return s.before.String() + " → " + s.after.String() + "：" + strings.Join(s.families, " ｜ ")
}

// comparing looks for families for whom two rule sets differ on a benefit.
type comparing struct {
	old, new *Book
	id       string
	shifts   []shift
}

// effects are the changes of the outcome, those of the verdict first: found in the precedents, then in families drawn
// near the numbers at which either set changes its mind. Each family is told with no more facts than the change needs.
func effects(old, new *Book, id string) []string {
	d := comparing{old: old, new: new, id: id}
	for _, p := range slices.Concat(old.Precedents, new.Precedents) {
		if _, stated := p.Verdicts[id]; stated {
			d.try("（判例“"+p.Name+"”）", situation{p.Places, p.Day, p.Known})
		}
	}
	for _, row := range changedRows(old, new) { // the day on which a standard changes, where it does
		for _, p := range slices.Concat(old.Precedents, new.Precedents) {
			if p.Verdicts[id] == Eligible {
				d.try("", situation{Places{row.Region, row.Region, row.Region, row.Region, row.Region}, row.From, p.Known})
			}
		}
	}
	for _, b := range []*Book{old, new} {
		f := b.family(b.byID[id], slices.Concat(old.Moments(id), new.Moments(id)))
		for range effectDraws {
			view, child := f.draw()
			d.try("", situation{view.Places, view.Day, child.known()})
		}
	}
	return d.told()
}

// changedRows are the rows of the standards table that only one of two sets has.
func changedRows(old, new *Book) []Row {
	key := func(r Row) string { return r.key() + r.From.String() + r.Text() + spanText(r.From, r.To) }
	only := func(rows, others []Row) []Row {
		return slices.DeleteFunc(slices.Clone(rows), func(r Row) bool {
			return slices.ContainsFunc(others, func(other Row) bool { return key(other) == key(r) })
		})
	}
	return append(only(new.Rows, old.Rows), only(old.Rows, new.Rows)...)
}

// try notes a situation if its outcome changes.
func (d *comparing) try(remark string, s situation) {
	before, after, ok := d.outcomes(s)
	if !ok || before == after {
		return
	}
	i := slices.IndexFunc(d.shifts, func(x shift) bool { return x.before == before && x.after == after })
	if i < 0 {
		i = len(d.shifts)
		d.shifts = append(d.shifts, shift{before: before, after: after})
	}
	if len(d.shifts[i].families) >= effectExamples {
		return
	}
	s = d.shortest(s, before, after)
	text := fmt.Sprintf("%s，%s，%s%s", d.new.placeName(s.places.of("户籍地")), s.day, d.new.storyOf(s.known), remark)
	if !slices.Contains(d.shifts[i].families, text) {
		d.shifts[i].families = append(d.shifts[i].families, text)
	}
}

// shortest leaves out what the change does not hang on.
func (d *comparing) shortest(s situation, before, after outcome) situation {
	for _, name := range slices.Sorted(maps.Keys(s.known)) {
		less := s
		less.known = maps.Clone(s.known)
		delete(less.known, name)
		if was, is, _ := d.outcomes(less); was == before && is == after {
			s = less
		}
	}
	return s
}

// outcomes are what both sets say of a child; where the verdicts differ the amounts do not matter.
func (d *comparing) outcomes(s situation) (before, after outcome, ok bool) {
	before, known := d.old.outcomeOf(d.id, s)
	after, same := d.new.outcomeOf(d.id, s)
	if before.verdict != after.verdict {
		before.amount, after.amount = "", ""
	}
	return before, after, known && same
}

// told writes the shifts, those of the verdict first.
func (d *comparing) told() []string {
	var found []string
	amounts := 0
	for _, s := range d.shifts {
		if s.before.verdict != s.after.verdict {
			found = append(found, s.String())
		}
	}
	for _, s := range d.shifts {
		if s.before.verdict != s.after.verdict {
			continue
		}
		if amounts++; amounts <= amountsShown {
			found = append(found, s.String())
		}
	}
	if amounts > amountsShown {
		found = append(found, fmt.Sprintf("还有 %d 种只是金额变了", amounts-amountsShown))
	}
	return found
}

// family is a finder that only draws.
func (b *Book) family(rule *Rule, moments []Moment) *finder {
	index := slices.Index(Benefits, rule.ID)
	f := &finder{book: b, rule: rule, index: index, random: rand.New(rand.NewPCG(uint64(index), 11)), witnesses: b.witnesses(rule.ID)}
	f.settings = f.places()
	for _, m := range moments {
		if v := b.At(Everywhere(b.within(m.Region)), m.From); v.rules[index] != nil && !slices.Contains(f.settings, v) {
			f.settings = append(f.settings, v)
		}
	}
	f.facts, f.cuts = f.relevant()
	return f
}

// known is what was said, in the form in which it is handed over.
func (c *Case) known() map[string]Said {
	found := map[string]Said{}
	for i, f := range c.dictionary.Facts {
		if c.touched[i] {
			found[f.Name] = f.said(c.said[i])
		}
	}
	return found
}

func (f *Fact) said(v Value) Said {
	switch {
	case f.Type == Place:
		return Said{Place: shortCode(v.Lo)}
	case f.Type.number():
		return Number(v.Lo, v.Hi)
	case f.Type == Multi:
		return Said{In: f.names(v.In), Out: f.names(v.Out &^ v.In)}
	}
	return Said{In: f.names(f.possible(v))}
}

// storyOf tells a child in plain words.
func (b *Book) storyOf(known map[string]Said) string {
	child, err := b.Case(known)
	if err != nil {
		return ""
	}
	var parts []string
	for _, told := range child.Told() {
		parts = append(parts, told.Label+"："+told.Text)
	}
	return cmp.Or(strings.Join(parts, "；"), "不论怎样的家庭")
}
