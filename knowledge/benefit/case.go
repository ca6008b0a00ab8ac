package benefit

import (
	"fmt"
	"slices"
	"strings"
)

// Case is the facts of one child, each a set of still-possible values. It belongs to one goroutine.
type Case struct {
	dictionary *Dictionary
	said       []Value
	touched    []bool
}

// Conflict is what cannot be true at the same time, in words for the person who said it.
type Conflict struct {
	Facts []string
	Text  string
}

func (c *Conflict) Error() string { return c.Text }

// NewCase is a case of which nothing is known.
func (d *Dictionary) NewCase() *Case {
	c := &Case{dictionary: d, said: make([]Value, len(d.Facts)), touched: make([]bool, len(d.Facts))}
	for i, f := range d.Facts {
		c.said[i] = f.domain()
	}
	return c
}

// Clone copies a case.
func (c *Case) Clone() *Case {
	return &Case{c.dictionary, slices.Clone(c.said), slices.Clone(c.touched)}
}

// Facts lists what was said, in the order of the dictionary.
func (c *Case) Facts() []string {
	var names []string
	for i, f := range c.dictionary.Facts {
		if c.touched[i] {
			names = append(names, f.Name)
		}
	}
	return names
}

// Say narrows a fact by what was said. A statement that contradicts what is known changes nothing and is an error
// of type *Conflict; so is one that no child can fit (age 300).
func (c *Case) Say(name string, said Said) error {
	f, err := c.dictionary.Fact(name)
	if err != nil {
		return err
	}
	v, err := f.value(said)
	if err != nil {
		return err
	}
	met := f.meet(c.said[f.index], v)
	if f.empty(met) {
		return &Conflict{[]string{name}, fmt.Sprintf("“%s”前后说得不一样：先说%s，又说%s", f.Label, f.show(c.said[f.index]), f.show(v))}
	}
	c.said[f.index], c.touched[f.index] = met, true
	return nil
}

// Forget takes back what was said about a fact.
func (c *Case) Forget(name string) {
	if i, ok := c.dictionary.byName[name]; ok {
		c.said[i], c.touched[i] = c.dictionary.Facts[i].domain(), false
	}
}

// value types what was said.
func (f *Fact) value(said Said) (Value, error) {
	switch f.Type {
	case Place:
		code, ok := placeCode(said.Place)
		if !ok {
			return Value{}, &Conflict{[]string{f.Name}, fmt.Sprintf("“%s”要写地区代码，不能是“%s”", f.Label, said.Place)}
		}
		return Value{Lo: code, Hi: code}, nil
	case Integer, Money, Date:
		if said.Lo > said.Hi || said.Hi < f.Range.Lo || said.Lo > f.Range.Hi {
			return Value{}, &Conflict{[]string{f.Name}, fmt.Sprintf("“%s”不会是 %s，请再看一下", f.Label, f.show(Value{Lo: said.Lo, Hi: said.Hi}))}
		}
		return Value{Lo: max(said.Lo, f.Range.Lo), Hi: min(said.Hi, f.Range.Hi)}, nil
	}
	in, unknown := f.mask(said.In)
	out, unknownOut := f.mask(said.Out)
	if unknown += unknownOut; unknown != "" {
		return Value{}, &Conflict{[]string{f.Name}, fmt.Sprintf("“%s”没有“%s”这个取值（可用：%s）", f.Label, unknown, strings.Join(f.Options, "、"))}
	}
	switch {
	case f.Type != Multi && in != 0:
		return Value{Out: f.all() &^ in}, nil
	case f.Type != Multi:
		return Value{Out: out}, nil
	case said.Only:
		out = f.all() &^ in
	}
	return f.close(Value{In: in, Out: out}), nil
}

// resolve draws what follows from what was said: formulas, gates and implications, until nothing changes.
func (c *Case) resolve(day Day) []Value {
	d := c.dictionary
	both := make([]Value, 2*len(c.said))
	base, values := both[:len(c.said)], both[len(c.said):]
	copy(base, c.said)
	copy(values, c.said)
	for range maxRounds {
		e := evaluation{values: values}
		if changed := d.deriveAll(&e, base, day); !d.link(&e, base) && !changed {
			break
		}
	}
	return values
}

// maxRounds bounds the rounds of drawing conclusions. Gates hang on facts that hang on gates; four levels exist.
const maxRounds = 6

// deriveAll computes formulas and gates from what is known without them and tells whether something changed.
func (d *Dictionary) deriveAll(e *evaluation, base []Value, day Day) bool {
	changed := false
	for i, f := range d.Facts {
		v := base[i]
		if f.Formula != nil {
			v = f.meet(v, d.derive(f.Formula, day, e))
		}
		if f.Gate != nil {
			switch e.eval(f.Gate) {
			case Ineligible:
				v = f.Else // what was said before its ground fell away no longer counts
			case Undetermined:
				v = f.join(v, f.Else)
			}
		}
		if v != e.values[i] {
			e.values[i], changed = v, true
		}
	}
	return changed
}

// link draws the implications into what is known.
func (d *Dictionary) link(e *evaluation, base []Value) bool {
	changed := false
	for _, link := range d.Links {
		verdict := e.eval(link.If)
		if verdict == Undetermined || link.Bars && verdict == Ineligible {
			continue
		}
		for _, then := range link.Then {
			follows := then.in
			if link.Bars || verdict == Ineligible {
				follows = then.out
			}
			if v := d.Facts[then.fact].meet(base[then.fact], follows); v != base[then.fact] {
				base[then.fact], changed = v, true
			}
		}
	}
	return changed
}

// derive computes a formula by interval arithmetic.
func (d *Dictionary) derive(formula *Formula, day Day, e *evaluation) Value {
	sum := func(facts []int) Interval {
		total := Interval{}
		for _, i := range facts {
			total = total.plus(Interval{e.values[i].Lo, e.values[i].Hi})
		}
		return total
	}
	switch formula.Kind {
	case AgeOf:
		birth := e.values[formula.Sources[0]]
		return Value{Lo: max(0, years(Day(birth.Hi), day)), Hi: years(Day(birth.Lo), day)}
	case SumOf:
		total := sum(formula.Sources)
		return Value{Lo: total.Lo, Hi: total.Hi}
	case PerHead:
		total, heads := sum(formula.Sources).minus(sum(formula.Minus)), e.values[formula.Divisor]
		v := Value{Lo: total.Lo / max(1, heads.Hi), Hi: Infinity}
		if total.Hi < Infinity {
			v.Hi = total.Hi / max(1, heads.Lo)
		}
		return v
	case Different:
		return differ(e.values[formula.Sources[0]], e.values[formula.Sources[1]])
	}
	switch e.eval(formula.When) {
	case Eligible:
		return Value{Out: 2} // 是
	case Ineligible:
		return Value{Out: 1} // 否
	}
	return Value{}
}

// differ compares two places by county: 是 or 否 where both are known that precisely.
func differ(a, b Value) Value {
	if a.Lo != a.Hi || b.Lo != b.Hi {
		return Value{}
	}
	x, y := chain(a.Lo), chain(b.Lo)
	switch {
	case countyOf(a.Lo) == countyOf(b.Lo) && isCounty(a.Lo):
		return Value{Out: 1}
	case slices.Contains(x, countyOf(b.Lo)) || slices.Contains(y, countyOf(a.Lo)):
		return Value{} // one lies within the other
	}
	return Value{Out: 2}
}

// Conflicts lists what cannot be true together on a day: 5 岁 and 高中.
func (c *Case) Conflicts(day Day) []Conflict {
	values := c.resolve(day)
	var found []Conflict
	e := evaluation{values: values}
	for _, rule := range c.dictionary.Contradictions {
		if e.eval(rule.If) == Eligible {
			found = append(found, Conflict{c.dictionary.factsOf(rule.If), rule.Text})
		}
	}
	if len(found) > 0 {
		return found
	}
	for i, f := range c.dictionary.Facts {
		if f.empty(values[i]) {
			found = append(found, Conflict{[]string{f.Name}, fmt.Sprintf("“%s”和前面说的别的情况对不上", f.Label)})
		}
	}
	return found
}
