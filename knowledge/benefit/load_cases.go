package benefit

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Precedent is a case with its known result (判例): the examples that the officers have confirmed.
type Precedent struct {
	Name     string
	Day      Day
	Places   Places
	Known    map[string]Said
	Verdicts map[string]Verdict
	Amounts  map[string]string
	Ask      []string // exactly the facts that can still change the verdicts; nil where not stated
	Flips    []string
	Source   string

	File string
	Line int
}

// Places are where a child belongs: the places that rules go by (按地), as 12-digit codes; 0 is the whole country.
type Places struct {
	Household  int64 // 户籍地
	Residence  int64 // 居住地
	School     int64 // 就读地
	Emergency  int64 // 急难发生地
	Proceeding int64 // 案件地
}

// Everywhere is the same place for all that rules go by.
func Everywhere(code string) Places {
	n, ok := placeCode(code)
	if !ok {
		n = Country
	}
	return Places{n, n, n, n, n}
}

// Set changes one of the places; by is 户籍地, 居住地, 就读地, 急难发生地 or 案件地.
func (p *Places) Set(by, code string) {
	if n, ok := placeCode(code); ok {
		*p.field(by) = n
	}
}

func (p *Places) field(by string) *int64 {
	switch by {
	case "居住地":
		return &p.Residence
	case "就读地":
		return &p.School
	case "急难发生地":
		return &p.Emergency
	case "案件地":
		return &p.Proceeding
	}
	return &p.Household
}

func (p Places) of(by string) int64 {
	if code := *p.field(by); code != 0 {
		return code
	}
	return Country
}

// precedents reads a file of cases/.
func (b *Book) precedents(r reader, root *yaml.Node) {
	for _, item := range r.items(root) {
		fields := r.fields(item, "名称", "日期", "户籍地", "居住地", "就读地", "急难发生地", "案件地", "已知", "结果", "金额", "还要问", "会改变", "来源")
		if !r.need(item, fields, "名称", "日期", "户籍地", "已知", "结果") {
			continue
		}
		p := Precedent{Name: r.text(fields["名称"]), Day: r.day(fields["日期"], 0), Known: map[string]Said{}, Verdicts: map[string]Verdict{},
			Amounts: map[string]string{}, Flips: r.texts(fields["会改变"]), Source: r.text(fields["来源"]), File: r.file, Line: item.Line}
		p.Places = Everywhere(r.text(fields["户籍地"]))
		for _, by := range placeNames {
			if n := fields[by]; n != nil {
				r.region(n, b)
				p.Places.Set(by, r.text(n))
			}
		}
		for _, e := range r.entries(fields["已知"]) {
			i := b.factIndex(r, e.key)
			if said, ok := b.saidOf(r, b.Dictionary.Facts[i], e.value); ok {
				p.Known[e.name] = said
			}
		}
		for _, e := range r.entries(fields["结果"]) {
			v, ok := ParseVerdict(r.text(e.value))
			if !ok || !slices.Contains(Benefits, e.name) {
				r.fail(e.key, "结果要写“福利编号: 符合、不符合或待确认”")
				continue
			}
			p.Verdicts[e.name] = v
		}
		if fields["金额"] != nil {
			for _, e := range r.entries(fields["金额"]) {
				p.Amounts[e.name] = r.text(e.value)
			}
		}
		if fields["还要问"] != nil {
			p.Ask = append([]string{}, r.texts(fields["还要问"])...)
		}
		b.Precedents = append(b.Precedents, p)
	}
}

// saidOf reads a value as people write it: 10, "9..12", 是, [服刑在押], [], {至少: […]}, {不是: […]}.
func (b *Book) saidOf(r reader, f *Fact, n *yaml.Node) (Said, bool) {
	n = resolved(n)
	if f.Type.number() {
		return r.saidNumber(f, n)
	}
	var said Said
	switch n.Kind {
	case yaml.ScalarNode:
		said.In = []string{n.Value}
		if f.Type == Multi {
			said.Only = true
		}
	case yaml.SequenceNode:
		said.In, said.Only = r.texts(n), f.Type == Multi
	case yaml.MappingNode:
		fields := r.fields(n, "至少", "不是")
		said.In, said.Out = r.texts(fields["至少"]), r.texts(fields["不是"])
	}
	for _, name := range slices.Concat(said.In, said.Out) {
		if !slices.Contains(f.Options, name) {
			r.fail(n, "“%s”没有“%s”这个取值（可用：%s）", f.Name, name, strings.Join(f.Options, "、"))
			return Said{}, false
		}
	}
	return said, true
}

// saidNumber reads a number, an amount in 元, a date or month, a place code, or an interval "9..12" of them.
func (r reader) saidNumber(f *Fact, n *yaml.Node) (Said, bool) {
	if f.Type == Place {
		return Said{Place: r.text(n)}, true
	}
	low, high, ranged := strings.Cut(r.text(n), "..")
	lo, _, okLo := parseBound(f, low)
	_, hi, okHi := parseBound(f, low)
	if ranged {
		_, hi, okHi = parseBound(f, high)
	}
	if !okLo || !okHi || lo > hi {
		r.fail(n, "“%s”的值“%s”写错了", f.Name, n.Value)
		return Said{}, false
	}
	return Number(lo, hi), true
}

// parseBound reads one end of an interval; a month stands for its days.
func parseBound(f *Fact, text string) (lo, hi int64, ok bool) {
	switch f.Type {
	case Money:
		amount, ok := parseYuan(text)
		return amount, amount, ok
	case Date:
		if len(text) == len("2018-05") {
			first, err := ParseDay(text + "-01")
			return int64(first), int64(lastOfMonth(first)), err == nil
		}
		day, err := ParseDay(text)
		return int64(day), int64(day), err == nil
	}
	value, err := strconv.ParseInt(text, 10, 64)
	return value, value, err == nil
}

func lastOfMonth(first Day) Day {
	y, m, _ := first.Date()
	return DayOf(y, m+1, 1) - 1
}
