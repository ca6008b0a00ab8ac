package benefit

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"time"
)

// Flip is a change that would turn a benefit that is out of reach into one that is not (BENEFITS §3.5).
type Flip struct {
	Changes []Alteration
	Text    string // 再过 3 个月（满 6 个月）
	On      Day    // the day on which time alone brings it about, 0 otherwise
}

// Alteration is one fact that changes.
type Alteration struct {
	Fact  string
	Value Value
	Text  string
	Wait  Day // days until then
}

// mostFlips is how many changes are shown.
const mostFlips = 3

// Flips finds what would bring a benefit within reach, or make one that is open certain: one change, else two. Only facts whose 变化
// says so are touched, so it never suggests that a parent should die or be jailed.
func (v *View) Flips(id string, c *Case) []Flip {
	f := v.find(id)
	if f == nil {
		return nil
	}
	values := v.resolve(c)
	now := v.evaluation(values).final(f)
	if now == Eligible {
		return nil
	}
	steps := v.changes(c, values, f)
	var found []Flip
	try := func(changes ...Alteration) {
		trial := c.Clone()
		for _, s := range changes {
			i := v.book.Dictionary.byName[s.Fact]
			trial.said[i], trial.touched[i] = s.Value, true
		}
		flip := v.flip(changes)
		told := slices.ContainsFunc(found, func(other Flip) bool { return other.Text == flip.Text })
		if v.evaluation(v.resolve(trial)).final(f) > now && len(found) < mostFlips && !told {
			found = append(found, flip)
		}
	}
	for _, s := range steps {
		try(s)
	}
	for i := range steps {
		for j := i + 1; j < len(steps) && len(found) == 0; j++ {
			if steps[i].Fact != steps[j].Fact {
				try(steps[i], steps[j])
			}
		}
	}
	return found
}

func (v *View) flip(changes []Alteration) Flip {
	flip := Flip{Changes: changes}
	for i, s := range changes {
		if i > 0 {
			flip.Text += "，并且"
		}
		flip.Text += v.book.label(s.Fact) + "：" + s.Text
		if s.Wait > 0 {
			flip.On = max(flip.On, v.Day+s.Wait)
		}
	}
	return flip
}

// final is the verdict after relations.
func (e *evaluation) final(f *frozen) Verdict {
	verdict := e.raw(f.index)
	for j, tie := range e.view.book.ties[f.index] {
		if tie.kind == Exclusive && tie.prefer == Other && e.view.rules[j] != nil {
			verdict = min(verdict, e.stands(j).not())
		}
	}
	return verdict
}

// changes lists what may change in the facts that a rule speaks of.
func (v *View) changes(c *Case, values []Value, f *frozen) []Alteration {
	var found []Alteration
	seen := map[int]bool{}
	f.condition.leaves(func(leaf *Node) {
		if leaf.Op < Less || leaf.Op > Below || seen[leaf.Fact] {
			return
		}
		seen[leaf.Fact] = true
		fact := v.book.Dictionary.Facts[leaf.Fact]
		switch fact.Change {
		case GrowsWith:
			found = append(found, v.growth(fact, values[leaf.Fact])...)
		case CanApply:
			found = append(found, options(fact, values[leaf.Fact])...)
		}
	})
	return found
}

// growth is the next number at which a rule changes its mind. Months are counted as of today.
func (v *View) growth(f *Fact, value Value) []Alteration {
	for _, cut := range v.cuts[f.index] {
		if cut > value.Hi && cut <= f.Range.Hi {
			more := cut - value.Lo
			return []Alteration{{Fact: f.Name, Value: Value{Lo: cut, Hi: cut}, Wait: v.wait(f, more),
				Text: fmt.Sprintf("再过 %d %s（满 %d %s）", more, measure(f.Unit), cut, spokenUnit(f.Unit))}}
		}
	}
	return nil
}

// measure is the unit of a stretch of time: 年 for a fact in 岁.
func measure(unit string) string {
	if strings.Contains(unit, "岁") {
		return "年"
	}
	return spokenUnit(unit)
}

// wait is how many days a number of months or years takes.
func (v *View) wait(f *Fact, n int64) Day {
	y, m, d := v.Day.Date()
	switch f.Unit {
	case "月", "个月":
		return DayOf(y, m+time.Month(n), d) - v.Day
	case "岁", "周岁", "年":
		return DayOf(y+int(n), m, d) - v.Day
	}
	return 0
}

// options are the other values of a choice that one can apply for: 是 for a yes or no; for others what 申请 advises
// for the present value.
func options(f *Fact, value Value) []Alteration {
	if f.Type == Multi || !f.known(value) {
		return nil
	}
	now := f.names(f.possible(value))[0]
	advice := f.Advice[now]
	if f.Type == YesNo && now == "否" {
		advice = "变为“" + f.Spoken[0] + "”"
	}
	if advice == "" {
		return nil
	}
	var found []Alteration
	for open := f.all() &^ f.possible(value); open != 0; open &= open - 1 {
		i := bits.TrailingZeros64(open)
		found = append(found, Alteration{Fact: f.Name, Value: Value{Out: f.all() &^ (1 << i)}, Text: advice})
	}
	return found
}

// flipsTo tells whether a change of the benefits that a 判例 names is written as text: 母亲.失联月数 再过 3 个月.
func (v *View) flipsTo(c *Case, p Precedent, text string) bool {
	for id := range p.Verdicts {
		for _, flip := range v.Flips(id, c) {
			for _, s := range flip.Changes {
				if strings.HasPrefix(s.Fact+" "+s.Text, text) {
					return true
				}
			}
		}
	}
	return false
}
