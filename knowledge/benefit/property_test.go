package benefit

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// These properties hold for every family. Raise the number of cases with -rapid.checks=30000.

// concrete draws one value of a fact that is fully known.
func concrete(t *rapid.T, f *Fact) Value {
	switch {
	case f.Type == Place:
		return f.domain()
	case f.Type.number():
		hi := f.Range.Hi
		if f.Type == Money {
			hi = min(hi, 3000_00)
		}
		n := rapid.Int64Range(f.Range.Lo, min(hi, f.Range.Lo+40)).Draw(t, f.Name)
		if f.Type == Money || f.Type == Date {
			n = rapid.Int64Range(f.Range.Lo, hi).Draw(t, f.Name)
		}
		return Value{Lo: n, Hi: n}
	case f.Type == Multi:
		in := rapid.Uint64Range(0, f.all()).Draw(t, f.Name) & rapid.Uint64Range(0, f.all()).Draw(t, f.Name+" ")
		if alone := in & f.Exclusive; alone != 0 {
			in = alone & -alone
		}
		return Value{In: in, Out: f.all() &^ in}
	}
	return Value{Out: f.all() &^ (1 << rapid.IntRange(0, len(f.Options)-1).Draw(t, f.Name))}
}

// vaguer draws a value that still allows v.
func vaguer(t *rapid.T, f *Fact, v Value) Value {
	switch {
	case f.Type.number():
		below, above := rapid.Int64Range(0, 20).Draw(t, "below"), rapid.Int64Range(0, 20).Draw(t, "above")
		if f.Type == Money {
			below, above = below*100_00, above*100_00
		}
		return Value{Lo: max(f.Range.Lo, v.Lo-below), Hi: min(f.Range.Hi, v.Hi+above)}
	case f.Type == Multi:
		return f.close(Value{In: v.In & rapid.Uint64Range(0, f.all()).Draw(t, "in"), Out: v.Out & rapid.Uint64Range(0, f.all()).Draw(t, "out")})
	}
	return Value{Out: v.Out & rapid.Uint64Range(0, f.all()).Draw(t, "out")}
}

// family draws a child of whom everything about some facts is known.
func family(t *rapid.T, d *Dictionary) *Case {
	c := d.NewCase()
	for i, f := range d.Facts {
		if f.Type != Place && rapid.IntRange(0, 3).Draw(t, "known") > 0 && !(f.Name == "孩子.出生日期") {
			c.said[i], c.touched[i] = concrete(t, f), true
		}
	}
	return c
}

// lessKnown draws a case that knows no more than c.
func lessKnown(t *rapid.T, c *Case) *Case {
	less := c.Clone()
	for i, f := range c.dictionary.Facts {
		switch {
		case !c.touched[i]:
		case rapid.IntRange(0, 3).Draw(t, "forget") == 0:
			less.said[i], less.touched[i] = f.domain(), false
		case rapid.IntRange(0, 3).Draw(t, "vague") == 0:
			less.said[i] = vaguer(t, f, c.said[i])
		}
	}
	return less
}

var propertyDays = []Day{DayOf(2021, 8, 1), DayOf(2025, 1, 22), DayOf(2025, 3, 10), DayOf(2026, 6, 1), DayOf(2026, 11, 21)}

// place draws a recorded region and one that holds it.
func place(t *rapid.T, b *Book) (precise, vague string) {
	var codes []int64
	for code := range b.Regions {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	code := rapid.SampledFrom(codes).Draw(t, "place")
	return shortCode(code), shortCode(rapid.SampledFrom(chain(code)).Draw(t, "within"))
}

func TestMoreKnowledgeNeverFlipsAVerdictNorWidensAnAmount(t *testing.T) {
	t.Parallel()
	b := seed(t)
	rapid.Check(t, func(t *rapid.T) {
		day := rapid.SampledFrom(propertyDays).Draw(t, "day")
		precise, vague := place(t, b)
		more := family(t, b.Dictionary)
		if len(more.Conflicts(day)) > 0 {
			return // what contradicts itself has no meaning
		}
		less := lessKnown(t, more)
		far, near := b.At(Everywhere(vague), day), b.At(Everywhere(precise), day)
		before, after := far.Decide(less), near.Decide(more)
		if slices.ContainsFunc(after, func(r Result) bool { return r.Received && r.Raw == Ineligible }) {
			return // who receives what the rules deny contradicts the rules
		}
		if beyond(near, more) {
			return // nor can anybody receive more than the standard
		}
		if was, is := far.Total(before), near.Total(after); !received(before, after) && (is.Lo < was.Lo || is.Hi > was.Hi) {
			t.Fatalf("the total is %v with less, %v with more knowledge (%s→%s, %s)\nless %s\nmore %s", was, is, vague, precise, day, told(less), told(more))
		}
		for _, was := range before {
			i := slices.IndexFunc(after, func(r Result) bool { return r.ID == was.ID })
			if i < 0 {
				if was.Raw == Eligible {
					t.Fatalf("%s: eligible at %s, not in force at %s", was.ID, vague, precise)
				}
				continue
			}
			is := after[i]
			if was.Raw != Undetermined && is.Raw != was.Raw || was.Final != Undetermined && is.Final != was.Final {
				t.Fatalf("%s: %s/%s with less, %s/%s with more knowledge (%s→%s, %s)\nless %s\nmore %s", was.ID, was.Raw, was.Final, is.Raw, is.Final, vague, precise, day, told(less), told(more))
			}
			if was.Final != Ineligible && is.Final != Ineligible && (is.Amount.Lo < was.Amount.Lo || is.Amount.Hi > was.Amount.Hi) {
				t.Fatalf("%s: %v with less, %v with more knowledge (%s→%s, %s)\nless %s\nmore %s", was.ID, was.Amount, is.Amount, vague, precise, day, told(less), told(more))
			}
		}
	})
}

// beyond tells whether a sum was said that is above its 上限标准.
func beyond(v *View, c *Case) bool {
	return slices.ContainsFunc(v.caps, func(cap fencing) bool { return c.said[cap.fact].Lo > cap.hi })
}

// received tells whether more knowledge showed that a benefit is had already: then it leaves the total.
func received(before, after []Result) bool {
	had := func(r Result) bool { return r.Received }
	return slices.ContainsFunc(before, had) || slices.ContainsFunc(after, had)
}

func told(c *Case) string {
	text := ""
	for _, f := range c.Told() {
		text += f.Fact + "=" + f.Text + "; "
	}
	return text
}

var incomes = []string{"家庭.工资收入", "家庭.经营收入", "家庭.转移收入", "家庭.财产收入", "家庭.人均月收入"}

// betweenTheLines is for families above the 低保 line and below the 低边 line (民发〔2021〕57号 第八条): the one benefit
// that a family can be too poor for, because a better one takes its place.
const betweenTheLines = "最低生活保障（单人户）"

func TestMoreIncomeMakesNobodyNewlyEligible(t *testing.T) {
	t.Parallel()
	b := seed(t)
	rapid.Check(t, func(t *rapid.T) {
		day := rapid.SampledFrom(propertyDays).Draw(t, "day")
		precise, _ := place(t, b)
		poor := family(t, b.Dictionary)
		i := b.Dictionary.byName[rapid.SampledFrom(incomes).Draw(t, "income")]
		for _, name := range incomes {
			poor.Forget(name)
		}
		set := func(c *Case, n int64) *Case {
			c = c.Clone()
			c.said[i], c.touched[i] = Value{Lo: n, Hi: n}, true
			return c
		}
		low := rapid.Int64Range(0, 3000_00).Draw(t, "low")
		rich := set(poor, rapid.Int64Range(low, 9000_00).Draw(t, "high"))
		poor = set(poor, low)
		v := b.At(Everywhere(precise), day)
		before, after := v.Decide(poor), v.Decide(rich)
		for k := range before {
			if after[k].Raw > before[k].Raw && before[k].ID != betweenTheLines {
				t.Fatalf("%s: %s, with more income %s\n%s", before[k].ID, before[k].Raw, after[k].Raw, told(poor))
			}
		}
	})
}

var topped = []string{"孩子.低保金月额", "孩子.特困金月额", "孩子.困残补贴月额"}

func TestMoneyAlreadyReceivedNeverRaisesATopUp(t *testing.T) {
	t.Parallel()
	b := seed(t)
	index := slices.Index(Benefits, "事实无人抚养儿童基本生活补贴")
	rapid.Check(t, func(t *rapid.T) {
		day := rapid.SampledFrom(propertyDays).Draw(t, "day")
		precise, _ := place(t, b)
		v := b.At(Everywhere(precise), day)
		f := v.rules[index]
		if f == nil {
			return
		}
		values := v.resolve(family(t, b.Dictionary))
		fact := b.Dictionary.byName[rapid.SampledFrom(topped).Draw(t, "received")]
		low := rapid.Int64Range(0, 1500_00).Draw(t, "low")
		high := rapid.Int64Range(low, 3000_00).Draw(t, "high")
		amount := func(n int64) Interval {
			changed := slices.Clone(values)
			changed[fact] = Value{Lo: n, Hi: n}
			span, _, _ := f.amount(v.evaluation(changed))
			return span
		}
		if less, more := amount(low), amount(high); more.Lo > less.Lo || more.Hi > less.Hi {
			t.Fatalf("%v with %d 分, %v with %d 分", less, low, more, high)
		}
	})
}

func TestReasonsAreSufficient(t *testing.T) {
	t.Parallel()
	b := seed(t)
	rapid.Check(t, func(t *rapid.T) {
		day := rapid.SampledFrom(propertyDays).Draw(t, "day")
		precise, _ := place(t, b)
		v := b.At(Everywhere(precise), day)
		c := family(t, b.Dictionary)
		if len(c.Conflicts(day)) > 0 {
			return
		}
		e := v.evaluation(v.resolve(c))
		for i, f := range v.rules {
			if f == nil || e.raw(i) == Undetermined {
				continue
			}
			kept, names := b.Dictionary.NewCase(), ""
			var keep func(leaves []*Node)
			keep = func(leaves []*Node) {
				for _, leaf := range leaves {
					for _, fact := range []int{leaf.Fact, leaf.TierBy} {
						if fact != leaf.Fact && (leaf.Op != Below || fact < 0) {
							continue
						}
						kept.said[fact], kept.touched[fact] = e.values[fact], true
						names += b.Dictionary.Facts[fact].Name + " "
						if gate := b.Dictionary.Facts[fact].Gate; gate != nil { // a value stands on its gate
							keep(e.because(gate))
						}
					}
				}
			}
			keep(e.because(f.condition))
			if got := v.evaluation(v.resolve(kept)).raw(i); got != e.raw(i) {
				t.Fatalf("%s is %s, but with only %s known it is %s\n%s", f.rule.ID, e.raw(i), names, got, told(c))
			}
		}
	})
}
