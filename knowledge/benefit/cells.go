package benefit

import (
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// CellReport is what an exact look at several benefits found: every kind of family that their conditions can tell
// apart is one cell.
type CellReport struct {
	Benefits  []string
	Cells     int
	Overlaps  []Cell         // two cash benefits are both met, and no relation says what then
	Gaps      []Cell         // both parents are in some situation, yet no benefit is met and nobody has to judge
	Explained map[string]int // cells that relations or gaps.yaml account for, by the reason
}

// Cell is one kind of family.
type Cell struct {
	Facts    string // 爸爸的情况：死亡；孩子几岁：小于 18 岁
	Verdicts string
}

// Clean tells whether nothing is left unexplained.
func (r CellReport) Clean() bool { return len(r.Overlaps)+len(r.Gaps) == 0 }

// Lines writes the report.
func (r CellReport) Lines() []string {
	lines := []string{fmt.Sprintf("%s：一共 %d 种情形，重叠 %d 种，漏掉 %d 种。", strings.Join(r.Benefits, "、"), r.Cells, len(r.Overlaps), len(r.Gaps))}
	for _, cells := range []struct {
		title string
		list  []Cell
	}{{"重叠", r.Overlaps}, {"漏掉", r.Gaps}} {
		for i, c := range cells.list {
			if i == cellsShown {
				lines = append(lines, fmt.Sprintf("%s：还有 %d 种", cells.title, len(cells.list)-i))
				break
			}
			lines = append(lines, cells.title+"："+c.Facts+" → "+c.Verdicts)
		}
	}
	for _, text := range slices.Sorted(maps.Keys(r.Explained)) {
		lines = append(lines, fmt.Sprintf("说明（%d 种）：%s", r.Explained[text], text))
	}
	return lines
}

// cellsShown is how many cells of a kind are written out.
const cellsShown = 30

// mostCells bounds an enumeration.
const mostCells = 2_000_000

// Cells looks at every kind of family that the conditions of the named benefits can tell apart.
func (v *View) Cells(ids ...string) (CellReport, error) {
	report := CellReport{Benefits: ids, Explained: map[string]int{}}
	var rules []*frozen
	for _, id := range ids {
		f := v.find(id)
		if f == nil {
			return report, fmt.Errorf("“%s”在这个地方、这一天没有生效的规则", id)
		}
		rules = append(rules, f)
	}
	grid := v.grid(rules)
	if grid.size > mostCells {
		return report, fmt.Errorf("这几项福利一起有 %d 种情形，太多了，请少选几项", grid.size)
	}
	grid.each(func(values []Value) {
		report.Cells++
		v.examine(&report, rules, grid, values)
	})
	return report, nil
}

func (v *View) examine(report *CellReport, rules []*frozen, g *grid, values []Value) {
	e := v.evaluation(values)
	met, open := 0, 0
	var verdicts []string
	for i, f := range rules {
		verdict := e.raw(f.index)
		verdicts = append(verdicts, f.rule.ID+verdict.String())
		met += int(verdict / Eligible)
		open += int(verdict % Eligible)
		for _, other := range rules[:i] {
			if verdict == Eligible && e.raw(other.index) == Eligible {
				v.both(report, f, other, g, values)
			}
		}
	}
	if met+open > 0 || !g.orphans || !g.bothParents(values) {
		return
	}
	for _, x := range v.book.Gaps {
		if e.eval(x.If) == Eligible {
			report.Explained[x.Text]++
			return
		}
	}
	report.Gaps = append(report.Gaps, Cell{g.describe(values), strings.Join(verdicts, "，")})
}

// both records that a family meets the conditions of two benefits.
func (v *View) both(report *CellReport, f, other *frozen, g *grid, values []Value) {
	tie := v.book.ties[f.index][other.index]
	switch {
	case tie.kind == NoRelation && f.rule.Kind == "现金" && other.rule.Kind == "现金":
		report.Overlaps = append(report.Overlaps, Cell{g.describe(values), "“" + f.rule.ID + "”和“" + other.rule.ID + "”都符合，没有写两项的关系"})
	case tie.kind == Exclusive && tie.prefer == Own:
		report.Explained["两项都符合时，“"+other.rule.ID+"”由“"+f.rule.ID+"”覆盖"]++
	case tie.kind == Exclusive && tie.prefer == Other:
		report.Explained["两项都符合时，“"+f.rule.ID+"”由“"+other.rule.ID+"”覆盖"]++
	case tie.kind == Exclusive:
		report.Explained["“"+f.rule.ID+"”和“"+other.rule.ID+"”都符合，由家里选一样"]++
	}
}

// grid is the kinds of values that conditions can tell apart, for each fact that they speak of.
type grid struct {
	view  *View
	facts []int // gates before what they guard
	kinds [][]Value
	size  int

	orphans bool // every benefit asks about both parents: then a child of whom nobody can take care must get one
}

// grid cuts the domain of each fact at the constants in use.
func (v *View) grid(rules []*frozen) *grid {
	g := &grid{view: v, size: 1}
	leaves := map[int][]*Node{}
	var tree func(n *Node)
	var order []int
	tree = func(n *Node) {
		n.leaves(func(leaf *Node) {
			if leaf.Op == RuleIs {
				if f := v.rules[leaf.rule]; f != nil {
					tree(f.condition)
				}
				return
			}
			if leaf.Op < Less || leaf.Op > Below {
				return
			}
			if gate := v.book.Dictionary.Facts[leaf.Fact].Gate; gate != nil && leaves[leaf.Fact] == nil {
				tree(gate)
			}
			leaves[leaf.Fact] = append(leaves[leaf.Fact], leaf)
			if !slices.Contains(order, leaf.Fact) {
				order = append(order, leaf.Fact)
			}
		})
	}
	g.orphans = true
	for _, f := range rules {
		tree(f.condition)
		names := v.book.Dictionary.factsOf(f.condition)
		g.orphans = g.orphans && slices.Contains(names, "父亲.情形") && slices.Contains(names, "母亲.情形")
	}
	g.facts = order
	for _, fact := range order {
		kinds := kindsOf(v.book.Dictionary.Facts[fact], leaves[fact])
		g.kinds = append(g.kinds, kinds)
		g.size *= len(kinds)
	}
	return g
}

// kindsOf is one value for each kind that the leaves tell apart.
func kindsOf(f *Fact, leaves []*Node) []Value {
	switch {
	case f.Type.number():
		return intervalsOf(f, leaves)
	case f.Type == Multi:
		return subsetsOf(f, leaves)
	}
	var kinds []Value
	for _, class := range classesOf(f, leaves) {
		kinds = append(kinds, Value{Out: f.all() &^ (class & -class)})
	}
	return kinds
}

// intervalsOf cuts a number at the limits.
func intervalsOf(f *Fact, leaves []*Node) []Value {
	cuts := []int64{f.Range.Lo}
	for _, leaf := range leaves {
		if leaf.Op == Less {
			cuts = append(cuts, leaf.Limit)
		}
		for _, bound := range leaf.bounds {
			cuts = append(cuts, bound.Lo)
			if bound.Hi < Infinity {
				cuts = append(cuts, bound.Hi)
			}
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var kinds []Value
	for i, lo := range cuts {
		hi := f.Range.Hi
		if i+1 < len(cuts) {
			hi = cuts[i+1] - 1
		}
		if lo <= hi && lo <= f.Range.Hi {
			kinds = append(kinds, Value{Lo: lo, Hi: hi})
		}
	}
	return kinds
}

// classesOf splits the options into those that no leaf tells apart.
func classesOf(f *Fact, leaves []*Node) []uint64 {
	classes := []uint64{f.all()}
	split := func(mask uint64) {
		var finer []uint64
		for _, class := range classes {
			for _, part := range []uint64{class & mask, class &^ mask} {
				if part != 0 {
					finer = append(finer, part)
				}
			}
		}
		classes = finer
	}
	split(f.Exclusive)
	for _, leaf := range leaves {
		split(leaf.Mask)
		if leaf.Op == HasAll {
			for mask := leaf.Mask; mask != 0; mask &= mask - 1 {
				split(mask & -mask)
			}
		}
	}
	return classes
}

// subsetsOf is one set of options for each combination of classes: an exclusive option stands alone.
func subsetsOf(f *Fact, leaves []*Node) []Value {
	classes := classesOf(f, leaves)
	var kinds []Value
	for choice := range uint64(1) << len(classes) {
		in := uint64(0)
		for i, class := range classes {
			if choice&(1<<i) != 0 {
				in |= class & -class
			}
		}
		if in&f.Exclusive != 0 && bits.OnesCount64(in) > 1 {
			continue
		}
		kinds = append(kinds, Value{In: in, Out: f.all() &^ in})
	}
	return kinds
}

// each calls visit for every cell whose gates allow it. The values are only valid during the call.
func (g *grid) each(visit func([]Value)) {
	d := g.view.book.Dictionary
	values := make([]Value, len(d.Facts))
	for i, f := range d.Facts {
		values[i] = f.domain()
	}
	var fill func(int)
	fill = func(k int) {
		if k == len(g.facts) {
			visit(values)
			return
		}
		f := d.Facts[g.facts[k]]
		e := evaluation{values: values}
		if f.Gate != nil && e.eval(f.Gate) == Ineligible {
			values[f.index] = f.Else
			fill(k + 1)
			return
		}
		for _, kind := range g.kinds[k] {
			values[f.index] = kind
			fill(k + 1)
		}
	}
	fill(0)
}

// bothParents tells whether the conditions speak of both parents and each is in some situation.
func (g *grid) bothParents(values []Value) bool {
	found := 0
	for _, fact := range g.facts {
		f := g.view.book.Dictionary.Facts[fact]
		if f.Name == "父亲.情形" || f.Name == "母亲.情形" {
			found += min(1, bits.OnesCount64(values[fact].In))
		}
	}
	return found == 2
}

// describe says a cell in plain words.
func (g *grid) describe(values []Value) string {
	var parts []string
	for _, fact := range g.facts {
		f := g.view.book.Dictionary.Facts[fact]
		e := evaluation{values: values}
		if f.Gate != nil && e.eval(f.Gate) == Ineligible {
			continue
		}
		if values[fact] != f.domain() {
			parts = append(parts, f.Label+"："+f.show(values[fact]))
		}
	}
	return strings.Join(parts, "；")
}

// gaps reads gaps.yaml: the kinds of family that a look at the cells may find without a benefit, each with its reason.
func (b *Book) gaps(r reader, root *yaml.Node) {
	for _, item := range r.items(root) {
		fields := r.fields(item, "若", "说")
		if r.need(item, fields, "若", "说") {
			b.Gaps = append(b.Gaps, Contradiction{b.condition(r, fields["若"], nil), r.text(fields["说"])})
		}
	}
}
