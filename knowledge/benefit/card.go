package benefit

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Card is all that a family sees of a decision: the screen, the answer's text, the printed page and the JSON of the
// command line are made of it, so that they cannot differ.
type Card struct {
	Eligible  []Item   `json:"eligible"`  // 可以申请的
	Open      []Item   `json:"open"`      // 还要确认的: the relevant ones
	RuledOut  []Item   `json:"ruled_out"` // 不符合的: asked about, or looked at
	Received  []Item   `json:"received"`  // already received: no amount, no apply
	Total     string   `json:"total"`
	Choices   []string `json:"choices"`
	Reminders []string `json:"reminders"`
	Place     string   `json:"place"`
	Day       string   `json:"day"`
	Version   string   `json:"version"`
}

// Item is one benefit on a card.
type Item struct {
	ID       string    `json:"id"`
	Plain    string    `json:"plain"`
	Kind     string    `json:"kind"`
	Verdict  string    `json:"verdict"` // eligible, undetermined, ineligible
	Amount   *Amount   `json:"amount,omitempty"`
	Because  []Reason  `json:"because"`
	Missing  []Missing `json:"missing"`
	Papers   []string  `json:"papers"`
	Apply    Apply     `json:"apply"`
	Times    []Step    `json:"times"`
	Stacks   []string  `json:"stacks"`
	Changes  []string  `json:"changes"`
	Warnings []string  `json:"warnings"`
	Sources  []Source  `json:"sources"`
}

// Amount is what is paid if the benefit is granted. Min and Max are in 元 and absent where they are not known.
type Amount struct {
	Text   string   `json:"text"` // 2525 元/月
	Min    *float64 `json:"min,omitempty"`
	Max    *float64 `json:"max,omitempty"`
	Unit   string   `json:"unit"`   // 元
	Period string   `json:"period"` // 月 年 学年 天 次
	Payee  string   `json:"payee"`  // 本人 每人 每户
	Note   string   `json:"note"`
}

// Reason is one condition that decided, and whether it is met.
type Reason struct {
	Text    string   `json:"text"`
	Met     bool     `json:"met"`
	Sources []Source `json:"sources"`
}

// Missing is a fact that can still change the verdict.
type Missing struct {
	Fact  string `json:"fact"`
	Label string `json:"label"`
	Ask   string `json:"ask"`
}

// Card puts the results of a survey together. looked are benefits that stay on the card once they are ruled out.
func (s *Survey) Card(looked []string) Card {
	v, c, e := s.view, s.child, s.now
	card := Card{Eligible: []Item{}, Open: []Item{}, RuledOut: []Item{}, Received: []Item{}, Choices: []string{}, Reminders: []string{},
		Day: v.Day.String(), Version: v.book.Version, Place: v.book.placeName(v.Places.of("户籍地"))}
	var granted []Result
	for _, r := range s.results {
		switch {
		case r.Received:
			card.Received = append(card.Received, v.item(c, e, r))
		case r.Final == Eligible:
			card.Eligible = append(card.Eligible, v.item(c, e, r))
			granted = append(granted, r)
		case r.Final == Undetermined && s.Relevant(r.ID):
			card.Open = append(card.Open, v.item(c, e, r))
		case r.Final == Ineligible && (slices.Contains(s.interest.Named, r.ID) || slices.Contains(looked, r.ID)):
			card.RuledOut = append(card.RuledOut, v.item(c, e, r))
		}
	}
	s.sortByHope(card.Eligible)
	s.sortByHope(card.Open)
	card.Total = v.total(granted)
	card.Choices = v.choices(granted)
	card.Reminders = v.reminders(card.Eligible)
	return card
}

// sortByHope puts first what is worth most and likeliest.
func (s *Survey) sortByHope(items []Item) {
	hope := func(item Item) float64 {
		i := slices.IndexFunc(s.results, func(r Result) bool { return r.ID == item.ID })
		benefit := slices.Index(Benefits, item.ID)
		if s.named(benefit) {
			return math.Inf(1)
		}
		return s.chances[benefit] * float64(baseWeight+max(monthly(s.results[i]), upperEnd(s.results[i])))
	}
	slices.SortStableFunc(items, func(a, b Item) int { return cmp.Compare(hope(b), hope(a)) })
}

// upperEnd is the most that a benefit pays in a month, 0 where that is not known.
func upperEnd(r Result) Fen {
	if r.Amount.Hi >= Infinity {
		return 0
	}
	return perMonth(r.Amount.Hi, r.Unit)
}

// Item describes one benefit, whatever its verdict.
func (v *View) Item(c *Case, id string) (Item, bool) {
	e := v.evaluation(v.resolve(c))
	for _, r := range v.decide(e) {
		if r.ID == id {
			return v.item(c, e, r), true
		}
	}
	return Item{}, false
}

func (v *View) item(c *Case, e *evaluation, r Result) Item {
	f := v.find(r.ID)
	item := Item{ID: r.ID, Plain: f.rule.Plain, Kind: f.rule.Kind, Verdict: r.Final.Code(), Because: v.reasons(e, f, r), Missing: []Missing{},
		Papers: []string{}, Apply: f.apply, Times: f.times, Stacks: []string{}, Changes: []string{}, Warnings: []string{}, Sources: f.clauses(e)}
	if item.Times == nil {
		item.Times = []Step{}
	}
	switch {
	case r.Received: // whoever gets it was found eligible
		item.Verdict, item.Warnings = Eligible.Code(), append(item.Warnings, "已经在领")
		return item
	case r.Final != Eligible:
		for _, flip := range v.Flips(r.ID, c) {
			item.Changes = append(item.Changes, flip.Text)
		}
	}
	if r.Final == Ineligible {
		return item
	}
	item.Amount = v.amountOf(e, f, r)
	item.Warnings = v.warnings(e, f)
	item.Stacks = v.stacks(f)
	item.Papers = f.paperList(e)
	if r.Final == Undetermined {
		for _, i := range v.missing(e, r.ID) {
			fact := v.book.Dictionary.Facts[i]
			if fact.Gate != nil && e.eval(fact.Gate) != Eligible {
				continue // its ground is missing too and comes first
			}
			item.Missing = append(item.Missing, Missing{fact.Name, fact.Label, fact.Question})
		}
	}
	return item
}

// reasons are the conditions that decided; for what is still open, those that are met and those that a worker must
// judge.
func (v *View) reasons(e *evaluation, f *frozen, r Result) []Reason {
	reasons := []Reason{}
	if r.CoveredBy != "" && r.Raw != Ineligible {
		return append(reasons, Reason{Text: "已由“" + r.CoveredBy + "”覆盖，不用再办这一项", Sources: []Source{}})
	}
	leaves := e.because(f.condition)
	if e.eval(f.condition) == Undetermined {
		leaves = e.soFar(f.condition)
	}
	for _, leaf := range leaves {
		reason := Reason{Text: v.explain(e, leaf), Met: e.eval(leaf) == Eligible, Sources: leaf.Basis}
		if r.Final == Ineligible {
			reason.Met = false
		}
		if reason.Sources == nil {
			reason.Sources = []Source{}
		}
		if !slices.ContainsFunc(reasons, func(other Reason) bool { return other.Text == reason.Text }) {
			reasons = append(reasons, reason)
		}
	}
	return reasons
}

// soFar lists the leaves of an open condition that are met on the facts said, and those that wait for a worker;
// branches that are ruled out no longer matter.
func (e *evaluation) soFar(n *Node) []*Node {
	verdict := e.eval(n)
	switch {
	case verdict == Ineligible:
		return nil
	case n.Op == Manual || verdict == Eligible && n.Op >= Less && n.Op <= Below && !n.Negate:
		return []*Node{n}
	}
	var found []*Node
	for _, kid := range n.Kids {
		found = append(found, e.soFar(kid)...)
	}
	return found
}

// explain says a leaf with the value that it was decided on.
func (v *View) explain(e *evaluation, n *Node) string {
	if n.Op < Less || n.Op > Below {
		return v.book.describe(n)
	}
	f := v.book.Dictionary.Facts[n.Fact]
	value := e.values[n.Fact]
	switch {
	case n.Op == HasAny && value.In&n.Mask != 0:
		return f.Label + "：" + strings.Join(f.spoken(value.In&n.Mask), "、")
	case n.Op == OneOf && e.eval(n) == Eligible:
		return f.Label + "：" + f.show(value)
	case n.Op == Below:
		return f.Label + " " + f.show(value) + "，当地“" + n.Standard + "”是 " + f.show(Value{Lo: n.bound(e.values).Lo, Hi: n.bound(e.values).Hi})
	}
	w, _ := findWord(n.Word)
	return f.Label + "：" + f.show(value) + "（要求" + fmt.Sprintf(w.say, v.book.operandText(f, n, w)) + "）"
}

// clauses are the sources that the verdict rests on, and the rule's first document where no leaf was decided.
func (f *frozen) clauses(e *evaluation) []Source {
	sources := []Source{}
	add := func(list []Source) {
		for _, s := range list {
			if !slices.Contains(sources, s) {
				sources = append(sources, s)
			}
		}
	}
	for _, leaf := range e.because(f.condition) {
		add(leaf.Basis)
	}
	for _, entry := range f.applying(e) {
		add(entry.Basis)
		for _, s := range entry.standards {
			if s.Row != nil {
				add([]Source{s.Row.Source})
			}
		}
	}
	if len(sources) == 0 && len(f.sources) > 0 {
		sources = append(sources, f.sources[0])
	}
	return sources
}

func (v *View) amountOf(e *evaluation, f *frozen, r Result) *Amount {
	if (f.rule.Kind == "认定" || f.rule.Kind == "服务") && r.Amount == everything {
		return nil // no money is paid
	}
	unit, period, _ := strings.Cut(r.Unit, "/")
	a := &Amount{Text: moneyText(r), Unit: unit, Period: period, Payee: r.Payee}
	if r.Amount.Lo > 0 || r.Amount.Hi < Infinity {
		low := float64(r.Amount.Lo) / 100
		a.Min = &low
	}
	if r.Amount.Hi < Infinity {
		high := float64(r.Amount.Hi) / 100
		a.Max = &high
	}
	var notes []string
	for _, entry := range f.applying(e) {
		note := entry.Text
		if entry.Form == ByTopUp && entry.Less != nil {
			note = "已经在领的要扣掉，只补差额"
		}
		if note != "" && !slices.Contains(notes, note) {
			notes = append(notes, note)
		}
	}
	a.Note = strings.Join(notes, "；")
	return a
}

// moneyText is an amount on a card. A range from nothing reads as its upper end.
func moneyText(r Result) string {
	if r.Amount.Lo == 0 && r.Amount.Hi > 0 && r.Amount.Hi < Infinity {
		return "最高 " + formatYuan(r.Amount.Hi) + " " + r.Unit
	}
	return showMoney(r.Amount, r.Unit)
}

func (v *View) warnings(e *evaluation, f *frozen) []string {
	found := []string{}
	for _, entry := range f.applying(e) {
		for i, s := range entry.standards {
			if entry.TierBy >= 0 && e.values[entry.TierBy].Out&(1<<i) != 0 {
				continue
			}
			for _, text := range s.warnings(v.Day) {
				if !slices.Contains(found, text) {
					found = append(found, text)
				}
			}
		}
	}
	if f.review.Next < v.Day {
		found = append(found, fmt.Sprintf("这条上次核对是 %s，可能有变化，请以窗口答复为准", f.review.Day))
	}
	if !slices.ContainsFunc(f.sources, func(s Source) bool { return s.Seen == "官方" || s.Seen == "全文副本" || s.Seen == "节选副本" }) {
		found = append(found, "依据只见到报道或摘录，请以窗口答复为准")
	}
	return found
}

// stacks tells what may be received together.
func (v *View) stacks(f *frozen) []string {
	found := []string{}
	for j, tie := range v.book.ties[f.index] {
		switch {
		case v.rules[j] == nil:
		case tie.kind == Stacks:
			found = append(found, "可以和“"+Benefits[j]+"”一起领")
		case tie.kind == TopsUp:
			found = append(found, "和“"+Benefits[j]+"”之间只补差额")
		}
	}
	return found
}

// paperList are the papers of the branch that is met.
func (f *frozen) paperList(e *evaluation) []string {
	found := []string{}
	add := func(name string) {
		if !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	for _, p := range f.papers.Always {
		add(p.Name)
	}
	for _, p := range f.papers.When {
		if e.eval(p.When) == Eligible {
			for _, name := range p.Names {
				add(name)
			}
		}
	}
	return found
}

func (v *View) reminders(items []Item) []string {
	found := []string{}
	for _, item := range items {
		for _, x := range v.find(item.ID).rule.Expiry {
			if text := item.ID + "：" + x.Text; !slices.Contains(found, text) {
				found = append(found, text)
			}
		}
	}
	return found
}

// placeName is the name of the nearest recorded region.
func (b *Book) placeName(code int64) string {
	for _, region := range chain(code) {
		if name := b.Regions[region].Name; name != "" {
			return name
		}
	}
	return ""
}
