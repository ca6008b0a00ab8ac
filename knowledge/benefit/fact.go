package benefit

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// Type is what kind of value a fact has.
type Type uint8

// The types of facts.yaml. A 推导 fact has the type that its formula gives.
const (
	Integer Type = iota // 整数
	Money               // 金额, in 分
	Date                // 日期, as Day
	Place               // 地区, as the 12-digit code
	YesNo               // 是否: the options 是 and 否
	Single              // 单选
	Multi               // 多选
)

var typeNames = map[string]Type{"整数": Integer, "金额": Money, "日期": Date, "地区": Place, "是否": YesNo, "单选": Single, "多选": Multi}

func (t Type) String() string {
	for name, other := range typeNames {
		if t == other {
			return name
		}
	}
	return ""
}

func (t Type) number() bool { return t <= Place }

// Change tells whether "what would change it" may touch a fact.
type Change uint8

// A fact without 变化 is never suggested: nobody is told that a parent should die or be jailed.
const (
	Fixed     Change = iota
	GrowsWith        // 随时间增加
	CanApply         // 可申请
)

// Fact is one entry of the dictionary: a typed thing known about the child, the parents or the household.
type Fact struct {
	Name      string // 孩子.年龄
	Label     string // 称呼: on a chip
	Type      Type
	Range     Interval // numbers
	Options   []string // choices; at most 64
	Spoken    []string // 说法 of each option, parallel to Options
	Unit      string
	Exclusive uint64 // 独占: options that exclude every other
	Gate      *Node  // 前提
	Else      Value  // the value while the gate is not met
	Question  string // 问
	Effort    int    // 难度 1..3
	Sensitive string // 敏感: the reason that is given before the question
	Change    Change
	Advice    map[string]string // 申请: what to do where this option holds, for a choice with 变化: 可申请
	Volunteer bool              // 主动问: 否; only recorded
	Group     string            // 组
	CapBy     string            // 上限标准
	Prior     []float64         // sampling weight of each option
	Tilt      *Tilt             // 偏向
	Papers    map[string]string
	Formula   *Formula // 推导

	index int
	file  string
	line  int
}

// Tilt makes the options of a 多选 likelier where something else is known: whoever is raised by grandparents has
// parents to ask about. It only orders questions.
type Tilt struct {
	When  *Node
	Times float64
}

// Person is who the fact speaks of: 孩子, 父亲, 母亲, 监护人, 家庭, 案件.
func (f *Fact) Person() string {
	person, _, _ := strings.Cut(f.Name, ".")
	return person
}

func (f *Fact) all() uint64 {
	if len(f.Options) == 64 {
		return ^uint64(0)
	}
	return 1<<len(f.Options) - 1
}

// domain is the fact's value while nothing is known.
func (f *Fact) domain() Value {
	if f.Type.number() {
		return Value{Lo: f.Range.Lo, Hi: f.Range.Hi}
	}
	return Value{}
}

// mask is the set of the named options; ok is false where one does not exist.
func (f *Fact) mask(names []string) (set uint64, unknown string) {
	for _, name := range names {
		i := slices.Index(f.Options, name)
		if i < 0 {
			return set, name
		}
		set |= 1 << i
	}
	return set, ""
}

// names lists the options of a set in the order of the dictionary.
func (f *Fact) names(set uint64) []string {
	out := []string{}
	for ; set != 0; set &= set - 1 {
		out = append(out, f.Options[bits.TrailingZeros64(set)])
	}
	return out
}

// spoken lists the options of a set in plain words.
func (f *Fact) spoken(set uint64) []string {
	out := []string{}
	for ; set != 0; set &= set - 1 {
		out = append(out, f.Spoken[bits.TrailingZeros64(set)])
	}
	return out
}

// Formula derives a fact from others (推导).
type Formula struct {
	Kind    FormulaKind
	Sources []int // facts
	Minus   []int // 扣
	Divisor int   // 除以
	When    *Node // 条件
}

// FormulaKind is one of the closed forms of 式.
type FormulaKind uint8

// The closed forms.
const (
	AgeOf     FormulaKind = iota // 周岁
	SumOf                        // 合计
	PerHead                      // 人均
	Different                    // 不同: two places
	Condition                    // 条件
)

// Value is the set of values that a fact may still have.
// Numbers are the interval Lo..Hi. 多选 knows what is certainly in and certainly out. 单选 and 是否 use Out alone:
// the options that are impossible.
type Value struct {
	Lo, Hi  int64
	In, Out uint64
}

// possible is the set of options that a choice may still be.
func (f *Fact) possible(v Value) uint64 { return f.all() &^ v.Out }

// known tells whether only one value is left.
func (f *Fact) known(v Value) bool {
	switch {
	case f.Type.number():
		return v.Lo == v.Hi
	case f.Type == Multi:
		return v.In|v.Out == f.all()
	}
	return bits.OnesCount64(f.possible(v)) == 1
}

// empty tells whether no value is left: what was said contradicts itself.
func (f *Fact) empty(v Value) bool {
	switch {
	case f.Type.number():
		return v.Lo > v.Hi
	case f.Type == Multi:
		return v.In&v.Out != 0
	}
	return f.possible(v) == 0
}

// meet keeps the values that both allow.
func (f *Fact) meet(a, b Value) Value {
	return f.close(Value{max(a.Lo, b.Lo), min(a.Hi, b.Hi), a.In | b.In, a.Out | b.Out})
}

// join allows what either allows.
func (f *Fact) join(a, b Value) Value {
	return Value{min(a.Lo, b.Lo), max(a.Hi, b.Hi), a.In & b.In, a.Out & b.Out}
}

// close draws what exclusive options imply: who died is in no other situation, who is in another did not die.
func (f *Fact) close(v Value) Value {
	if f.Exclusive == 0 || v.In == 0 {
		return v
	}
	if alone := v.In & f.Exclusive; alone != 0 {
		v.Out |= f.all() &^ (alone & -alone)
	} else {
		v.Out |= f.Exclusive
	}
	return v
}

// show writes a value in plain words.
func (f *Fact) show(v Value) string {
	switch f.Type {
	case Money:
		return showRange(v, func(n int64) string { return formatYuan(n) }, " 元")
	case Date:
		return showRange(v, func(n int64) string { return Day(n).String() }, "")
	case Place:
		return strconv.FormatInt(v.Lo, 10)
	case Integer:
		return showRange(v, func(n int64) string { return strconv.FormatInt(n, 10) }, " "+spokenUnit(f.Unit))
	case Multi:
		if v.In == 0 && v.Out == f.all() {
			return "都没有"
		}
		if v.In == 0 && v.Out != 0 {
			return "没有：" + strings.Join(f.spoken(v.Out), "、")
		}
		return strings.Join(f.spoken(v.In), "、")
	}
	return strings.Join(f.spoken(f.possible(v)), " 或 ")
}

// spokenUnit is a unit as it follows a number: 3 个月.
func spokenUnit(unit string) string {
	if unit == "月" {
		return "个月"
	}
	return unit
}

func showRange(v Value, write func(int64) string, unit string) string {
	switch {
	case v.Lo == v.Hi:
		return write(v.Lo) + unit
	case v.Hi >= Infinity:
		return "至少 " + write(v.Lo) + unit
	}
	return write(v.Lo) + "～" + write(v.Hi) + unit
}
